// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The last part of making a sweep's picture, which needs no device: from decoded pixels to a file in the folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <future>
#include <string>

#include "core/sweep/sweep_store.h"

namespace studio {

struct PictureFile {
  Finished finished;   // as given, with the images
  std::string sha256;  // of the file
};

// A picture that was made and is not on disk yet.
struct OpenPicture {
  int picture = -1;
  CellResult result;
  double step_seconds = 0, decode_seconds = 0;
  std::future<Result<PictureFile>> file;
};

enum class Writing { WhenAskedFor, Beside };

// Rounds `pictures` [B,3,H,W] in [0,1], on the CPU, to images and writes them under `key`. Beside: at once, on a thread
// of its own. Errors: those of SweepStore::write_picture(). The store outlives the result, whose destructor waits for
// the thread.
std::future<Result<PictureFile>> picture_file(SweepStore& store, std::string key, Finished finished, at::Tensor pictures, Writing when);

}  // namespace studio
