// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The three methods, and what is done when one fails.
#include "core/pipeline/preview_maker.h"

#include "core/base/check.h"
#include "core/base/device_streams.h"
#include "core/base/guard.h"
#include "core/pipeline/pictures.h"
#include "core/pipeline/run_parts.h"

#include <ATen/ATen.h>

#include <chrono>
#include <utility>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

// A tiny decoder speaks SDXL's latents. A model with factors of its own has latents of its own, which only
// a decoder made for it fits.
at::Tensor for_tiny_decoder(const at::Tensor& x0, const SdxlModel& model) {
  if (model.preview.is_own) return x0;
  return in_units_of_sdxl(x0, model.vae.config());
}

}  // namespace

ImageRgb8 paint_preview(PreviewMethod method, const SdxlModel& model, const TinyVae* decoder, const at::Tensor& x0, bool less_memory,
                        const std::function<void()>& checkpoint) {
  const at::Tensor first = x0.narrow(0, 0, 1);
  if (method == PreviewMethod::Vae) return to_image(decode(model, first, less_memory, checkpoint)[0]);
  if (method == PreviewMethod::Taesd) {
    STUDIO_CHECK(decoder != nullptr);
    return to_image(decoder->decode(for_tiny_decoder(first, model).to(model.dtype), checkpoint)[0]);
  }
  return preview_image(first[0], model.preview);
}

PreviewMaker::PreviewMaker(PreviewSetup setup, Emit emit, Tell tell)
    : setup_(std::move(setup)),
      emit_(std::move(emit)),
      tell_(std::move(tell)),
      plan_(setup_.budget, setup_.method, setup_.decoder != nullptr, setup_.known) {}

bool PreviewMaker::needs_device(double seconds_left) const {
  const auto method = plan_.next(seconds_left);
  return method && *method != PreviewMethod::Rgb;
}

void PreviewMaker::after_step(const SdxlModel& model, const at::Tensor& x0, const PreviewStep& at) {
  // A decoder that must come to the device first sends the UNet away: not unasked.
  if (model.placement != nullptr && setup_.method == PreviewMethod::Auto) plan_.give_up(PreviewMethod::Vae);
  const auto method = plan_.next(at.seconds_left);
  if (!method || (at.is_ahead && *method != PreviewMethod::Rgb)) return;
  const Clock::time_point began = Clock::now();
  // No checkpoint: a preview is short, and a run that is to stop stops at its next step.
  auto image = to_result([&]() -> Result<ImageRgb8> {
    const at::Tensor shown = *method == PreviewMethod::Rgb ? fetch_beside(x0.narrow(0, 0, 1)) : x0;
    return paint_preview(*method, model, setup_.decoder.get(), shown, setup_.less_memory, [] {});
  });
  if (image) {
    emit_({.step = at.step, .picture = at.picture, .image = std::make_shared<const ImageRgb8>(std::move(image).value()), .method = *method});
    shown_step_ = at.step;
    shown_picture_ = at.picture;
    shown_by_ = *method;
  } else if (*method != PreviewMethod::Rgb) {
    plan_.give_up(*method);
    tell_("previews go on without the " + std::string(*method == PreviewMethod::Vae ? "model's own decoder" : "tiny decoder") + ": " +
          image.error().message);
  }
  // Beside a device that works on it takes no part of the run's time.
  plan_.made(*method, at.is_ahead ? 0.0 : std::chrono::duration<double>(Clock::now() - began).count());
}

StandstillWork PreviewMaker::upgrade(const SdxlModel& model, const at::Tensor& x0, int step, int picture) const {
  const bool is_shown = shown_by_ == PreviewMethod::Vae && shown_step_ == step && shown_picture_ == picture;
  if (setup_.budget <= 0 || is_shown) return {};
  return [&model, x0, step, picture, less_memory = setup_.less_memory, emit = emit_](const std::function<void()>& checkpoint) {
    // Without memory for it the frame stays as it is: nothing was asked for that failed.
    auto image = to_result([&]() -> Result<ImageRgb8> {
      return paint_preview(PreviewMethod::Vae, model, nullptr, x0, less_memory, checkpoint);
    });
    if (!image) return;
    emit({.step = step, .picture = picture, .image = std::make_shared<const ImageRgb8>(std::move(image).value()), .method = PreviewMethod::Vae});
  };
}

}  // namespace studio
