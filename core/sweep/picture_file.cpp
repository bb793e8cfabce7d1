// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A deferred task or one with a thread.
#include "core/sweep/picture_file.h"

#include "core/base/guard.h"
#include "core/pipeline/pictures.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <utility>

namespace studio {
namespace {

Result<PictureFile> write(SweepStore& store, const std::string& key, Finished finished, const at::Tensor& pictures) {
  for (std::int64_t i = 0; i < pictures.size(0); ++i) {
    finished.images.push_back(std::make_shared<const ImageRgb8>(to_image(pictures[i])));
  }
  auto sha256 = store.write_picture(key, finished);
  if (!sha256) return sha256.error();
  return PictureFile{std::move(finished), std::move(sha256).value()};
}

}  // namespace

std::future<Result<PictureFile>> picture_file(SweepStore& store, std::string key, Finished finished, at::Tensor pictures, Writing when) {
  const bool is_beside = when == Writing::Beside;
  return std::async(is_beside ? std::launch::async : std::launch::deferred,
                    [&store, key = std::move(key), finished = std::move(finished), pictures = std::move(pictures), is_beside] {
                      return to_result([&]() -> Result<PictureFile> {
                        const c10::InferenceMode inference;
                        // Its own team of threads would stay behind and be in the lanes' way.
                        if (is_beside) at::set_num_threads(1);
                        return write(store, key, finished, pictures);
                      });
                    });
}

}  // namespace studio
