// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which part of a picture fills a job's size, for the engine and for those who draw on that part.
#pragma once

#include <cstdint>

namespace studio {

struct PictureCrop {
  std::int64_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const PictureCrop&) const = default;
};

// The middle part of a picture that has the shape of the target. Sides of at least 1.
PictureCrop crop_for(std::int64_t width, std::int64_t height, std::int64_t target_width, std::int64_t target_height);

// The same part of a picture of another size, in whole pixels.
PictureCrop same_part(const PictureCrop& crop, std::int64_t from_width, std::int64_t from_height, std::int64_t to_width, std::int64_t to_height);

// A mask is laid over a whole picture, whatever its own size. This is one whose part over the picture's crop
// has the job's size to the pixel, so that nothing of what is drawn there is resampled.
struct MaskPlace {
  std::int64_t width = 0, height = 0;  // of the whole mask
  PictureCrop part;                    // as large as the job
};
MaskPlace mask_place(std::int64_t picture_width, std::int64_t picture_height, std::int64_t job_width, std::int64_t job_height);

}  // namespace studio
