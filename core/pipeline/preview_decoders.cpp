// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A job never fails for its previews: what is wrong with a decoder's file is a note.
#include "core/pipeline/preview_decoders.h"

#include "core/io/files.h"

namespace studio {

PreviewDecoders::Choice PreviewDecoders::get(const PreviewChoice& choice) {
  const bool is_wanted = choice.method == PreviewMethod::Taesd || choice.method == PreviewMethod::Auto;
  if (!is_wanted) return {};
  if (choice.decoder_path.empty()) {
    if (choice.method == PreviewMethod::Auto) return {};
    return {nullptr, "previews are rough ones: the tiny decoder's file (TAESDXL) was not named"};
  }
  const std::string stamp = file_stamp(choice.decoder_path);
  if (choice.decoder_path == path_ && stamp == stamp_) return kept_;
  kept_ = {};
  path_ = choice.decoder_path;
  stamp_ = stamp;
  auto loaded = load_tiny_vae(path_, dtype_, device_);
  if (loaded) kept_.decoder = std::make_shared<const TinyVae>(std::move(loaded).value());
  else kept_.note = "previews are made without the tiny decoder: " + loaded.error().message;
  return kept_;
}

}  // namespace studio
