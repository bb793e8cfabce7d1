// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What presets do together.
#include "ui/preset_compare.h"

#include "ui/job_text.h"

#include <algorithm>

namespace studio::ui {
namespace {

// The value of one parameter in a job; no value where the job has none.
std::optional<ParamValue> valueIn(const GenerationRequest& request,
                                  const Catalogue& catalogue,
                                  const std::string& path) {
  const auto value = get(request, catalogue, path);
  return value ? value.value() : std::nullopt;
}

// Rows for every parameter that one of the presets sets, without `after`.
std::vector<PresetRow> rowsOf(const GenerationRequest& now,
                              const std::vector<Preset>& presets,
                              const Catalogue& catalogue) {
  std::vector<PresetRow> rows;
  const auto params = job_params(catalogue);
  for (const JobParam& param : params) {
    PresetRow row;
    bool is_set = false;
    for (std::size_t i = 0; i < presets.size(); ++i) {
      const auto found = presets[i].values.find(param.path);
      PresetRow::Cell cell;
      if (found != presets[i].values.end()) {
        is_set = true;
        cell.text = paramText(param, found->second);
        cell.overridden =
            std::any_of(presets.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        presets.end(),
                        [&](const Preset& later) {
                          const auto other = later.values.find(param.path);
                          return other != later.values.end() && other->second != found->second;
                        });
      }
      row.cells.push_back(std::move(cell));
    }
    if (!is_set) continue;
    row.label = paramLabel(param, params);
    row.tool_tip = fromView(param.spec->doc);
    row.now = paramText(param, valueIn(now, catalogue, param.path));
    row.differs = std::any_of(row.cells.begin(), row.cells.end(), [&](const PresetRow::Cell& cell) {
      return cell.text != row.cells.front().text;
    });
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<PresetStack> stackPresets(const GenerationRequest& base,
                                 const std::vector<Preset>& presets,
                                 const Catalogue& catalogue) {
  PresetStack stack;
  stack.result = base;
  for (const Preset& preset : presets) {
    auto next = appliedPreset(stack.result, preset, catalogue);
    if (!next) return std::move(next).in_context(preset.name.toStdString()).error();
    stack.result = std::move(next).value();
  }
  stack.rows = rowsOf(base, presets, catalogue);
  std::size_t at = 0;
  for (const JobParam& param : job_params(catalogue)) {
    const bool is_set = std::any_of(presets.begin(), presets.end(), [&](const Preset& preset) {
      return preset.values.contains(param.path);
    });
    if (!is_set) continue;
    PresetRow& row = stack.rows[at++];
    const auto after = valueIn(stack.result, catalogue, param.path);
    row.after = paramText(param, after);
    row.differs = after != valueIn(base, catalogue, param.path);
    stack.changed += row.differs ? 1 : 0;
    stack.overridden += static_cast<int>(
        std::count_if(row.cells.begin(), row.cells.end(), [](const PresetRow::Cell& cell) {
          return cell.overridden;
        }));
  }
  return stack;
}

std::vector<PresetRow> comparePresets(const GenerationRequest& now,
                                      const std::vector<Preset>& presets,
                                      const Catalogue& catalogue) {
  return rowsOf(now, presets, catalogue);
}

int changesOf(const Preset& preset, const GenerationRequest& now, const Catalogue& catalogue) {
  return static_cast<int>(
      std::count_if(preset.values.begin(), preset.values.end(), [&](const auto& one) {
        return valueIn(now, catalogue, one.first) != one.second;
      }));
}

}  // namespace studio::ui
