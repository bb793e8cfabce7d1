// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What presets do together: one after the other (a stack), and side by side.
#pragma once

#include "ui/preset.h"

#include <vector>

namespace studio::ui {

// One parameter in several presets. A cell without text: that preset leaves the parameter alone.
struct PresetRow {
  struct Cell {
    std::optional<QString> text;
    bool overridden = false;  // a later preset of the stack sets another value
  };
  QString label, tool_tip;
  QString now;    // in the current job
  QString after;  // when the whole stack is applied
  std::vector<Cell> cells;
  bool differs = false;  // side by side: not the same in all; in a stack: after is not now
};

struct PresetStack {
  GenerationRequest result;
  std::vector<PresetRow> rows;  // every parameter that one of the presets sets
  int changed = 0;              // parameters that are not what they were
  int overridden = 0;           // values that a later preset replaces by another
};

// Applies presets in their order. Errors: as appliedPreset(), with the preset's name.
Result<PresetStack> stackPresets(const GenerationRequest& base,
                                 const std::vector<Preset>& presets,
                                 const Catalogue& catalogue);

// Every parameter that one of the presets sets, in the order of the declarations.
std::vector<PresetRow> comparePresets(const GenerationRequest& now,
                                      const std::vector<Preset>& presets,
                                      const Catalogue& catalogue);

// How many parameters the preset would change in `now`.
int changesOf(const Preset& preset, const GenerationRequest& now, const Catalogue& catalogue);

}  // namespace studio::ui
