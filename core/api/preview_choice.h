// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How the forming picture is shown. Nothing here changes the finished one.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace studio {

enum class PreviewMethod {
  Auto,   // the best one that the budget allows
  Rgb,    // latents times a small matrix: at once, rough, one pixel a latent
  Taesd,  // the tiny decoder of PreviewChoice::decoder_path
  Vae,    // the model's own decoder, as in the finished picture
};

struct PreviewMethodName {
  PreviewMethod method;
  std::string_view id;  // in settings and on the command line: stable for ever
};
inline constexpr std::array kPreviewMethods{PreviewMethodName{PreviewMethod::Auto, "auto"},
                                            PreviewMethodName{PreviewMethod::Rgb, "rgb"},
                                            PreviewMethodName{PreviewMethod::Taesd, "taesd"},
                                            PreviewMethodName{PreviewMethod::Vae, "vae"}};

struct PreviewChoice {
  PreviewMethod method = PreviewMethod::Auto;
  // A TAESDXL decoder (.safetensors); "" for none. A file that cannot be used is told in a note, and
  // previews are made without it.
  std::string decoder_path;
  bool operator==(const PreviewChoice&) const = default;
};

}  // namespace studio
