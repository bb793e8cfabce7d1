// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A catalogue shaped like the real one, for tests of the window that need no model.
#include "tests/support/fake_catalogue.h"

#include "core/api/control_params.h"
#include "core/api/request.h"
#include "core/api/start_params.h"

namespace studio::test {
namespace {

Result<void> check_layers(const std::string& text) {
  if (text.empty()) {
    return Error{ErrorCode::InvalidArgument, "needs at least one of mid, up, down"};
  }
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    const std::string name = text.substr(start, comma - start);
    const bool is_index = name.size() > 1 &&
                          std::string("dmu").find(name[0]) != std::string::npos &&
                          name.find_first_not_of("0123456789", 1) == std::string::npos;
    if (name != "mid" && name != "up" && name != "down" && !is_index) {
      return Error{ErrorCode::InvalidArgument,
                   "\"" + name + "\" is no layer: mid, up, down, or indices such as m0,u3"};
    }
    start = comma + 1;
  }
  return {};
}

std::vector<ParamSpec> cfg_params() {
  ParamSpec scale{.key = "cfg.scale",
                  .label = "CFG scale",
                  .unit = "",
                  .doc = "How far the prediction is pushed from the negative prompt."};
  scale.initial = 5.0;
  scale.neutral = ParamValue{1.0};
  scale.min = 1, scale.max = 50, scale.step = 0.1;
  scale.slider_min = 1, scale.slider_max = 15;
  return {scale};
}

ParamSpec fraction(std::string_view key, std::string_view label, double initial) {
  ParamSpec spec{.key = key,
                 .label = label,
                 .unit = "",
                 .doc = "Fraction of the steps at which the guidance begins or ends."};
  spec.initial = initial;
  spec.min = 0, spec.max = 1, spec.step = 0.05;
  return spec;
}

std::vector<ParamSpec> seg_params() {
  ParamSpec scale{.key = "seg.scale",
                  .label = "SEG scale",
                  .unit = "",
                  .doc = "How far the prediction is pushed from the one with blurred queries."};
  scale.initial = 3.0;
  scale.neutral = ParamValue{0.0};
  scale.min = 0, scale.max = 20, scale.step = 0.1;
  scale.slider_min = 0, scale.slider_max = 10;

  ParamSpec sigma{
      .key = "seg.sigma",
      .label = "Blur sigma",
      .unit = "positions",
      .doc = "Width of the Gaussian that blurs the queries, in positions of the layer's map."};
  sigma.initial = kInfinity;
  sigma.min = 0, sigma.max = 1e7, sigma.step = 0.1;
  sigma.min_is_excluded = true, sigma.has_infinity = true;
  sigma.slider_min = 0.1, sigma.slider_max = 12;
  sigma.slider_scale = SliderScale::Logarithmic;

  ParamSpec layers{.key = "seg.layers",
                   .label = "Layers",
                   .unit = "",
                   .doc = "Self-attention layers whose queries are blurred."};
  layers.kind = ParamKind::Text;
  layers.initial = std::string("mid");
  layers.choices = {"mid", "up", "down", "mid,up", "down,mid,up"};
  layers.check_text = check_layers;
  return {
      sigma, scale, layers, fraction("seg.start", "Start", 0.0), fraction("seg.stop", "Stop", 1.0)};
}

std::vector<ParamSpec> rescale_params() {
  ParamSpec spec{.key = "cfg.rescale",
                 .label = "Rescale",
                 .unit = "",
                 .doc = "How much the spread of the conditional prediction is restored."};
  spec.initial = 0.0;
  spec.neutral = ParamValue{0.0};
  spec.min = 0, spec.max = 1, spec.step = 0.05;
  return {spec};
}

Card sampler(std::string_view id, std::string_view label) {
  return {.id = id, .label = label, .source = "", .doc = "", .params = {}};
}

}  // namespace

const Catalogue& fake_catalogue() {
  static const auto cfg = cfg_params();
  static const auto seg = seg_params();
  static const auto rescale = rescale_params();
  static const Catalogue catalogue = [] {
    Catalogue made;
    made.job = job_card();
    made.terms = {{.id = "cfg",
                   .label = "Classifier-free guidance",
                   .source = "arXiv 2207.12598",
                   .doc = "Pushes away from the negative prompt.",
                   .params = cfg,
                   .kept_in_twin = true},
                  {.id = "seg",
                   .label = "Smoothed energy guidance",
                   .source = "arXiv 2408.00760",
                   .doc = "Pushes away from blurred attention.",
                   .params = seg},
                  {.id = "rescale",
                   .label = "Guidance rescale",
                   .source = "arXiv 2305.08891",
                   .doc = "Keeps contrast in check.",
                   .params = rescale,
                   .kept_in_twin = true}};
    made.samplers = {sampler("euler", "Euler"),
                     sampler("euler_a", "Euler ancestral"),
                     sampler("ddim", "DDIM"),
                     sampler("dpmpp_2m", "DPM++ 2M"),
                     sampler("unipc", "UniPC")};
    return made;
  }();
  return catalogue;
}

const Catalogue& fake_catalogue_with_pictures() {
  static const Catalogue catalogue = [] {
    Catalogue made = fake_catalogue();
    made.sections = {start_card(), control_card()};
    return made;
  }();
  return catalogue;
}

}  // namespace studio::test
