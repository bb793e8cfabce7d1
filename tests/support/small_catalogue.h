// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A catalogue with the guidance keys of the contract, for tests that need no real guidance.
#pragma once

#include "core/api/request.h"

#include <vector>

namespace studio::testing {

inline Result<void> refuse_layer_x(const std::string& text) {
  if (text != "x9") return {};
  return Error{ErrorCode::InvalidArgument, "there is no layer \"x9\""};
}

inline ParamSpec real(
    std::string_view key, std::string_view label, double initial, double min, double max) {
  ParamSpec spec;
  spec.key = key;
  spec.label = label;
  spec.doc = "A number.";
  spec.initial = initial;
  spec.min = min;
  spec.max = max;
  spec.step = 0.1;
  return spec;
}

inline const Catalogue& small_catalogue() {
  static const std::vector<ParamSpec> cfg = [] {
    std::vector<ParamSpec> specs = {real("cfg.scale", "CFG scale", 1.0, 1.0, 30.0)};
    specs[0].neutral = 1.0;
    return specs;
  }();
  static const std::vector<ParamSpec> rescale = [] {
    std::vector<ParamSpec> specs = {real("cfg.rescale", "Rescale", 0.0, 0.0, 1.0)};
    specs[0].neutral = 0.0;
    return specs;
  }();
  static const std::vector<ParamSpec> seg = [] {
    ParamSpec layers;
    layers.key = "seg.layers";
    layers.label = "Layers";
    layers.kind = ParamKind::Text;
    layers.initial = std::string("mid");
    layers.max = 200;
    layers.check_text = &refuse_layer_x;
    ParamSpec count;
    count.key = "seg.every";
    count.label = "Every";
    count.kind = ParamKind::Integer;
    count.initial = std::int64_t{1};
    count.min = 1;
    count.max = 10;
    ParamSpec exact;
    exact.key = "seg.exact";
    exact.label = "Exact";
    exact.kind = ParamKind::Flag;
    exact.initial = false;
    std::vector<ParamSpec> specs = {real("seg.scale", "Scale", 3.0, 0.0, 20.0),
                                    real("seg.sigma", "Blur sigma", kInfinity, 0.0, kInfinity),
                                    layers,
                                    real("seg.start", "Start", 0.0, 0.0, 1.0),
                                    real("seg.stop", "Stop", 1.0, 0.0, 1.0),
                                    count,
                                    exact};
    specs[0].neutral = 0.0;
    specs[1].min_is_excluded = true;
    specs[1].has_infinity = true;
    return specs;
  }();
  static const std::vector<ParamSpec> style = [] {
    ParamSpec file;
    file.key = "1.file";
    file.label = "Style file";
    file.kind = ParamKind::Text;
    file.initial = std::string();
    file.max = 200;
    file.absent_means = "none";
    return std::vector<ParamSpec>{file, real("1.weight", "Style weight", 1.0, -2.0, 2.0)};
  }();
  static const Catalogue catalogue = {
      job_card(),
      {{"cfg", "Classifier-free guidance", "", "", cfg, true},
       {"seg", "Smoothed energy guidance", "", "", seg, false},
       {"rescale", "Rescale", "", "", rescale, true}},
      {{"euler", "Euler", "", "", {}, false}, {"dpmpp_2m", "DPM++ 2M", "", "", {}, false}},
      {{"style", "Style", "", "", style, true}}};
  return catalogue;
}

}  // namespace studio::testing
