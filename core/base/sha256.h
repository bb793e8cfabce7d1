// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// SHA-256 of bytes in memory.
#pragma once

#include <string>
#include <string_view>

namespace studio {

// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace studio
