// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Several pictures as one, from left to right: a batch in one file, a picture beside its twin.
#pragma once

#include <memory>
#include <span>

#include "core/api/image.h"

namespace studio {

// As high as the highest; below lower ones it is black. None may be null.
ImageRgb8 side_by_side(std::span<const std::shared_ptr<const ImageRgb8>> images);

}  // namespace studio
