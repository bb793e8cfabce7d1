// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: a sweep's JSON, its axes and its order. Whatever is accepted must be written and read
// back as the same sweep.
#include "core/io/sweep_json.h"
#include "tests/support/small_catalogue.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto& catalogue = studio::testing::small_catalogue();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto spec = studio::sweep_from_json(text, catalogue);
  if (!spec) {
    if (spec.error().message.empty() || spec.error().code == studio::ErrorCode::Internal)
      std::abort();
    return 0;
  }
  const std::string written = studio::sweep_to_json(spec.value(), catalogue);
  const auto again = studio::sweep_from_json(written, catalogue);
  if (!again || studio::sweep_to_json(again.value(), catalogue) != written) std::abort();
  const auto grid = studio::read_sweep(spec.value(), catalogue);
  if (!grid) {
    if (grid.error().message.empty()) std::abort();
    return 0;
  }
  const auto order = studio::cell_order(grid.value());
  if (order.size() != grid.value().cells()) std::abort();
  for (std::size_t i = 0; i < order.size() && i < 8; ++i) {
    if (!studio::validate(grid.value().request(order[i], catalogue), catalogue)) std::abort();
  }
  return 0;
}
