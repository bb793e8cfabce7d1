// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading a job's pictures and fitting them.
#include "core/pipeline/seen_picture.h"

#include "core/api/section_values.h"
#include "core/api/start_params.h"
#include "core/io/picture.h"
#include "core/pipeline/canny.h"
#include "core/pipeline/fitted_picture.h"
#include "core/pipeline/pictures.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace studio {

at::Tensor control_map(const ImageRgb8& picture, const ControlSettings& settings, std::int64_t width_px, std::int64_t height_px) {
  const at::Tensor map = fit_picture(picture, width_px, height_px);
  if (!settings.finds_edges) return map;
  return fit_picture(canny_edges(to_image(map[0]), settings.canny_low, settings.canny_high), width_px, height_px);
}

Result<SeenPicture> see_picture(const GenerationRequest& request, const std::string& path) {
  const c10::InferenceMode inference;
  const SectionValues start(start_card(), request.sections), control(control_card(), request.sections);
  const bool is_mask = path == "start.mask", is_control = path == "control.image";
  std::string file;
  if (is_control) {
    file = control.text("image");
  } else if (is_mask || path == "start.image") {
    file = start.text(is_mask ? "mask" : "image");
  }
  if (file.empty()) return Error{ErrorCode::InvalidArgument, path + " is absent: there is no picture to see"};
  auto image = read_picture(file).in_context(path);
  if (!image) return image.error();
  SeenPicture seen;
  seen.file_width_px = image.value().width_px;
  seen.file_height_px = image.value().height_px;
  if (is_mask) {
    auto under = read_picture(start.text("image")).in_context("start.image");
    if (!under) return under.error();
    const at::Tensor mask = fit_mask(image.value(), under.value(), *request.width_px, *request.height_px);
    seen.image = to_image(mask[0].expand({3, -1, -1}).contiguous());
  } else if (is_control) {
    ControlSettings settings;
    settings.finds_edges = control.text("kind") == "canny";
    settings.canny_low = control.real("canny_low");
    settings.canny_high = control.real("canny_high");
    seen.image = to_image(control_map(image.value(), settings, *request.width_px, *request.height_px)[0]);
  } else {
    seen.image = to_image(fit_picture(image.value(), *request.width_px, *request.height_px)[0]);
  }
  return seen;
}

}  // namespace studio
