// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Files to the desktop's wastebasket and back.
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace studio::ui {

struct TrashedFile {
  QString path;      // where it was
  QString in_trash;  // where it is now; empty when the desktop does not tell
};
struct TrashOutcome {
  std::vector<TrashedFile> moved;
  QString problem;  // a sentence about the first file that stayed; "" when all went
};

// Stops at the first file that cannot be moved: nothing is ever deleted instead. Files that are
// gone already are skipped. Blocks.
TrashOutcome moveToTrash(const QStringList& paths);
// Puts files back. A file that exists again in the meantime is not overwritten. Returns a sentence
// about the first that could not be put back, and in `restored` the paths of the others. Blocks.
QString restoreFromTrash(const std::vector<TrashedFile>& files, QStringList& restored);

}  // namespace studio::ui
