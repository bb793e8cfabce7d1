// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a person noted about the cells of a sweep. Lives in `marks.jsonl` in the sweep's folder, one
// JSON object a line, {"cell": 4, "key": "3f…", "verdict": "kept"} or {"cell": 0, "name": "Soft"};
// the last line about a cell wins. A line cut off by a crash, or one that nobody understands, is
// passed over.
#pragma once

#include "core/api/engine.h"
#include "ui/sweep_cells.h"

#include <QStringList>

#include <map>

namespace studio::ui {

struct SweepMarks {
  std::map<std::size_t, Verdict> verdicts;
  QStringList job_names;  // of listed jobs, by cell; empty when none was named
};

// Blocks on disk. A missing file means no marks. A verdict on a picture that the folder no longer
// stands for (another key) is passed over.
SweepMarks readSweepMarks(const SweepFolder& sweep);

// Blocks on disk; calls for one folder must not overlap. `key`: of the cell's picture, "" while it
// is not known. Errors: Io, and then nothing has changed.
Result<void> keepVerdict(const QString& folder,
                         std::size_t cell,
                         const QString& key,
                         Verdict verdict);
Result<void> keepJobNames(const QString& folder, const QStringList& names);

}  // namespace studio::ui
