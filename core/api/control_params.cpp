// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Declaration of the card, and reading its values.
#include "core/api/control_params.h"

#include "core/api/section_values.h"
#include "core/api/start_params.h"

#include <array>

namespace studio {
namespace {

ParamSpec fraction(std::string_view key, std::string_view label, std::string_view doc, double initial) {
  return {.key = key,
          .label = label,
          .unit = "of steps",
          .doc = doc,
          .kind = ParamKind::Real,
          .initial = initial,
          .min = 0.0,
          .max = 1.0,
          .step = 0.05,
          .needs = "model"};
}

ParamSpec threshold(std::string_view key, std::string_view label, std::string_view doc, double initial) {
  return {.key = key,
          .label = label,
          .doc = doc,
          .kind = ParamKind::Real,
          .initial = initial,
          .min = 0.0,
          .max = 255.0,
          .step = 5.0,
          .needs = "kind",
          .seen_in = "image"};
}

}  // namespace

const Card& control_card() {
  static const std::array params{
      ParamSpec{.key = "model",
                .label = "ControlNet",
                .doc = "An SDXL ControlNet: a diffusers folder or a .safetensors file.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMaxPathBytes,
                .absent_means = "none",
                .path_of = "*.safetensors",
                .file_kind = FileKind::ControlNet},
      ParamSpec{.key = "image",
                .label = "Control picture",
                .doc = "The picture the ControlNet sees (PNG, JPEG or WebP), scaled and cropped to fill the job's size.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMaxPathBytes,
                .absent_means = "none",
                .path_of = kPictureFiles,
                .needs = "model",
                .command = "Follow this picture"},
      ParamSpec{.key = "kind",
                .label = "Picture is",
                .doc = "map: the control picture is the map as the ControlNet wants it; canny: its edges are found first.",
                .kind = ParamKind::Choice,
                .initial = std::string("map"),
                .choices = {"map", "canny"},
                .needs = "model",
                .seen_in = "image"},
      ParamSpec{.key = "scale",
                .label = "Control scale",
                .doc = "How strongly the ControlNet acts; 0 is off.",
                .kind = ParamKind::Real,
                .initial = 1.0,
                .min = 0.0,
                .max = 2.0,
                .step = 0.05,
                .needs = "model"},
      fraction("start", "Control start", "The part of the steps after which the ControlNet begins.", 0.0),
      fraction("stop", "Control stop", "The part of the steps after which the ControlNet ends.", 1.0),
      threshold("canny_low", "Edge threshold, low", "Weaker edges than this are left out; between the two, edges stay that touch a strong one.", 100.0),
      threshold("canny_high", "Edge threshold, high", "Stronger edges than this always stay.", 200.0),
  };
  static const Card card{.id = "control",
                         .label = "ControlNet",
                         .source = "Zhang et al. 2023, arXiv 2302.05543; SusungHong/SEG-SDXL pipeline_seg_controlnet.py",
                         .doc = "Steers the picture by another one: its edges, its depth, a pose.",
                         .params = params,
                         .kept_in_twin = true};
  return card;
}

Result<ControlSettings> control_settings(const ParamSet& values) {
  const SectionValues read(control_card(), values);
  ControlSettings settings{.model = read.text("model"),
                           .image = read.text("image"),
                           .finds_edges = read.text("kind") == "canny",
                           .scale = read.real("scale"),
                           .start = read.real("start"),
                           .stop = read.real("stop"),
                           .canny_low = read.real("canny_low"),
                           .canny_high = read.real("canny_high")};
  if (!settings.model.empty() && settings.image.empty()) {
    return Error{ErrorCode::InvalidArgument, "control.model needs a picture to follow: control.image is absent"};
  }
  return settings;
}

}  // namespace studio
