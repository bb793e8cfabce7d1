// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading, fitting and encoding what a job names.
#include "core/pipeline/attachments.h"

#include "core/base/normal_tensors.h"
#include "core/io/picture.h"
#include "core/model/sdxl_model.h"
#include "core/pipeline/content_hashes.h"
#include "core/pipeline/fitted_picture.h"
#include "core/pipeline/seen_picture.h"

#include <ATen/ATen.h>

namespace studio {
namespace {

void append(std::string& key, const std::string& part) { key += std::to_string(part.size()) + ":" + part; }

std::string size_text(const GenerationRequest& resolved) { return std::to_string(*resolved.width_px) + "x" + std::to_string(*resolved.height_px); }

Error not_finite(const std::string& parameter) {
  return {ErrorCode::Internal, parameter + ": what the model makes of the picture is not finite: its precision is too small for this picture"};
}

bool is_finite(const at::Tensor& x) { return at::isfinite(x).all().item<bool>(); }

}  // namespace

template <class Value>
const Value* AttachmentShelf::Recent<Value>::find(const std::string& key) {
  for (auto item = kept_.begin(); item != kept_.end(); ++item) {
    if (item->first != key) continue;
    kept_.splice(kept_.begin(), kept_, item);
    return &kept_.front().second;
  }
  return nullptr;
}

template <class Value>
void AttachmentShelf::Recent<Value>::add(const std::string& key, Value value, std::size_t most) {
  kept_.emplace_front(key, std::move(value));
  while (kept_.size() > most) kept_.pop_back();
}

Result<StartPicture> AttachmentShelf::start(const StartSettings& settings, const GenerationRequest& resolved, const SdxlModel& model) {
  std::string key;
  for (const std::string& part : {stamp_of_files(settings.image), settings.mask.empty() ? "" : stamp_of_files(settings.mask),
                                  std::to_string(settings.mask_blur_px), size_text(resolved)}) {
    append(key, part);
  }
  if (const StartPicture* const known = starts_.find(key)) return *known;
  const NormalTensors guard;
  auto image = read_picture(settings.image).in_context("start.image");
  if (!image) return image.error();
  StartPicture start;
  start.picture = fit_picture(image.value(), *resolved.width_px, *resolved.height_px);
  if (!settings.mask.empty()) {
    auto mask = read_picture(settings.mask).in_context("start.mask");
    if (!mask) return mask.error();
    const at::Tensor fitted = fit_mask(mask.value(), image.value(), *resolved.width_px, *resolved.height_px);
    start.repaint = latent_mask(fitted, model.vae.config().factor()).to(model.device);
    start.paste_weights = soften_mask(fitted, settings.mask_blur_px);
  }
  start.clean_latents = model.vae.encode(start.picture.to(model.device, model.vae_dtype)).to(at::kFloat);
  if (!is_finite(start.clean_latents) && c10::isReducedFloatingType(model.vae_dtype)) {
    start.clean_latents = model.vae.in_dtype(at::kFloat).encode(start.picture.to(model.device, at::kFloat));
  }
  if (!is_finite(start.clean_latents)) return not_finite("start.image");
  starts_.add(key, start, kPictures);
  return start;
}

Result<std::shared_ptr<const ControlNet>> AttachmentShelf::net(const std::string& path, const SdxlModel& model,
                                                               const AttachmentCallbacks& callbacks) {
  const std::string key = stamp_of_files(path);
  if (const auto* const known = nets_.find(key)) return *known;
  nets_ = {};  // two may not fit
  maps_ = {};  // they were that net's
  auto loaded = load_control_net(path, model, callbacks.on_loading).in_context("control.model");
  if (loaded) nets_.add(key, loaded.value(), kNets);
  return loaded;
}

Result<ControlUse> AttachmentShelf::control(const ControlSettings& settings, const GenerationRequest& resolved, const SdxlModel& model,
                                            const AttachmentCallbacks& callbacks) {
  auto loaded = net(settings.model, model, callbacks);
  if (!loaded) return loaded.error();
  const auto at_step = [&](double fraction) { return static_cast<int>(fraction * static_cast<double>(resolved.steps) + 1e-9); };
  ControlUse use{loaded.value(), {}, settings.scale, at_step(settings.start), at_step(settings.stop)};
  std::string key;
  const std::string edges = settings.finds_edges ? std::to_string(settings.canny_low) + " " + std::to_string(settings.canny_high) : "map";
  for (const std::string& part : {stamp_of_files(settings.model), stamp_of_files(settings.image), edges, size_text(resolved)}) append(key, part);
  if (const at::Tensor* const known = maps_.find(key)) {
    use.embedded = *known;
    return use;
  }
  const NormalTensors guard;
  auto image = read_picture(settings.image).in_context("control.image");
  if (!image) return image.error();
  const at::Tensor map = control_map(image.value(), settings, *resolved.width_px, *resolved.height_px);
  use.embedded = use.net->embed(map.to(model.device, model.dtype));
  if (!is_finite(use.embedded)) return not_finite("control.image");
  maps_.add(key, use.embedded, kPictures);
  return use;
}

Result<Attachments> AttachmentShelf::get(const GenerationRequest& resolved, const SdxlModel& model, const AttachmentCallbacks& callbacks) {
  Attachments all;
  auto start_wanted = start_settings(resolved.sections);
  if (!start_wanted) return start_wanted.error();
  auto control_wanted = control_settings(resolved.sections);
  if (!control_wanted) return control_wanted.error();
  if (start_wanted.value().is_on()) {
    callbacks.checkpoint();
    auto start_picture = start(start_wanted.value(), resolved, model);
    if (!start_picture) return start_picture.error();
    all.start = std::move(start_picture).value();
    all.start->first_step = first_step_of(static_cast<int>(resolved.steps), start_wanted.value().strength);
  }
  if (control_wanted.value().is_on()) {
    callbacks.checkpoint();
    auto use = control(control_wanted.value(), resolved, model, callbacks);
    if (!use) return use.error();
    all.control = std::move(use).value();
  }
  return all;
}

}  // namespace studio
