// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a LoRA file holds, part by part, for people.
#include "core/weights/lora_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace studio {
namespace {

std::string number_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

// "16", or "4 (12 modules), 16 (700)" when they differ.
std::string counted(const std::map<double, int>& counts) {
  if (counts.size() == 1) return number_text(counts.begin()->first);
  std::string text;
  for (const auto& [value, count] : counts)
    text += (text.empty() ? "" : ", ") + number_text(value) + " (" + std::to_string(count) + ")";
  return text;
}

ModelPart summary_of(const LoraFile& file, LoraPart part) {
  ModelPart summary;
  summary.name = name_of(part);
  summary.path = file.path();
  std::set<std::string> dtypes;
  std::map<double, int> ranks, alphas;
  int modules = 0, convolutions = 0, magnitudes = 0;
  for (const LoraModule& module : file.modules()) {
    if (module.part != part) continue;
    ++modules;
    convolutions +=
        module.down->shape.size() == 4 && module.down->shape[2] * module.down->shape[3] > 1 ? 1 : 0;
    magnitudes += module.magnitude != nullptr ? 1 : 0;
    ++ranks[static_cast<double>(module.rank)];
    ++alphas[module.alpha];
    for (const SafetensorsEntry* const entry : {module.down, module.up, module.magnitude}) {
      if (entry == nullptr) continue;
      ++summary.tensors;
      summary.parameters += entry->elements;
      summary.bytes += static_cast<std::int64_t>(entry->end - entry->begin);
      dtypes.insert(entry->dtype_text);
    }
  }
  for (const std::string& dtype : dtypes)
    summary.dtype += (summary.dtype.empty() ? "" : ", ") + dtype;
  summary.details =
      std::to_string(modules) + " modules, rank " + counted(ranks) + ", alpha " + counted(alphas);
  if (convolutions > 0)
    summary.details += ", " + std::to_string(convolutions) + " larger convolutions";
  if (magnitudes > 0)
    summary.details += ", " + std::to_string(magnitudes) + " with magnitudes (DoRA)";
  return summary;
}

}  // namespace

bool is_adapter_file(const std::string& path) {
  auto file = SafetensorsFile::open(path);
  if (!file) return false;
  const auto& entries = file.value()->entries();
  return std::any_of(entries.begin(), entries.end(), [](const SafetensorsEntry& entry) {
    const auto key = parse_lora_key(entry.name);
    return (key && key->role != LoraRole::Alpha) || !unsupported_adapter(entry.name).empty();
  });
}

ModelReport inspect_lora(const std::string& path) {
  ModelReport report;
  report.path = path;
  report.kind = "LoRA";
  auto file = LoraFile::open(path);
  if (!file) {
    report.parts.push_back({.name = "whole", .path = path, .problem = file.error().message});
    return report;
  }
  const LoraFile& lora = *file.value();
  const auto& modules = lora.modules();
  const bool is_dora = std::any_of(modules.begin(), modules.end(), [](const LoraModule& module) {
    return module.magnitude != nullptr;
  });
  const std::string_view architecture = architecture_of_width(lora.cross_width());
  report.kind = std::string(is_dora ? "DoRA" : "LoRA") +
                (architecture.empty() ? "" : " for " + std::string(architecture)) + ", " +
                std::string(name_of(lora.form()));
  for (const LoraPart part : kLoraParts) {
    if (lora.touches(part)) report.parts.push_back(summary_of(lora, part));
  }
  // A width that is nobody's may be that of a small model.
  report.loadable = architecture.empty() || architecture == "SDXL";
  if (!report.loadable)
    report.parts.front().problem =
        "it was made for " + std::string(architecture) + ", not for SDXL";
  return report;
}

}  // namespace studio
