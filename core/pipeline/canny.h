// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The edges of a picture, as ControlNets for edges were trained to see them.
#pragma once

#include "core/api/image.h"

namespace studio {

// Canny's edges: white on black, one pixel thin. Sobel 3x3 with repeated borders, of each pixel the channel
// that changes most, |dx| + |dy| as strength; edges below `low` are left out, those above `high` stay, and
// those between stay where they touch one that stays.
// Range: 0 <= low, high; the lower one of the two is taken as low.
// Source: OpenCV 4 modules/imgproc/src/canny.cpp, cv::Canny(image, low, high) on three channels: equal output.
ImageRgb8 canny_edges(const ImageRgb8& picture, double low, double high);

}  // namespace studio
