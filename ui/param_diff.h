// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// In which parameters jobs differ, in the words of the parameters' declarations.
#pragma once

#include "core/api/request.h"

#include <QString>

#include <vector>

namespace studio::ui {

struct ParamDiffRow {
  QString path;   // "guidance.x.y"
  QString label;  // with the unit, when it has one
  QString group;  // of the card
  QString doc;
  std::vector<QString> values;  // one a job
  std::vector<bool> differs;    // from the reference
  bool is_equal = true;         // in all jobs
};

// One row a declared parameter, in the order of forms. Values of guidance that is off in a job do
// nothing and show as a dash; equal texts of unequal values are written out in full.
// Range: reference is an index into `jobs`; others mean the first.
std::vector<ParamDiffRow> paramDifferences(const std::vector<GenerationRequest>& jobs,
                                           const Catalogue& catalogue,
                                           int reference = 0);

}  // namespace studio::ui
