// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: a job's JSON. Whatever is accepted must be written and read back as the same job.
#include "core/io/request_json.h"
#include "tests/support/small_catalogue.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto& catalogue = studio::testing::small_catalogue();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = studio::request_from_json(text, catalogue);
  if (!request) {
    if (request.error().message.empty() || request.error().code == studio::ErrorCode::Internal)
      std::abort();
    return 0;
  }
  const std::string written = studio::request_to_json(request.value(), catalogue);
  const auto again = studio::request_from_json(written, catalogue);
  if (!again || studio::request_to_json(again.value(), catalogue) != written) std::abort();
  return 0;
}
