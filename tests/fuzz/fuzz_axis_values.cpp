// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: what people type for an axis. The first byte chooses the parameter. Tokens lie in order
// inside the text, and the values are written and read back as the same.
#include "core/api/sweep.h"
#include "tests/support/small_catalogue.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto params = studio::job_params(studio::testing::small_catalogue());
  if (size == 0) return 0;
  const studio::JobParam& param = params[data[0] % params.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto reading = studio::read_axis(*param.spec, param.path, text);
  std::size_t before = 0, values = 0;
  bool is_bad = reading.tokens.empty();
  for (const studio::AxisToken& token : reading.tokens) {
    const bool is_good = token.state == studio::TokenState::Good;
    if (token.begin < before || token.begin + token.length > text.size()) std::abort();
    if (is_good != token.message.empty() || (!is_good && !token.values.empty())) std::abort();
    before = token.begin + token.length;
    values += token.values.size();
    is_bad = is_bad || (!is_good && token.state != studio::TokenState::Repeated);
  }
  if (values != reading.values.size() || values > studio::kMostAxisValues) std::abort();
  if (is_bad == reading.problem.empty()) std::abort();
  for (const studio::AxisValue& value : reading.values) {
    if (value && !studio::validate(*param.spec, param.path, *value)) std::abort();
    if (studio::axis_label(value).empty()) std::abort();
  }
  if (reading.values.empty()) return 0;
  const auto again = studio::read_axis(*param.spec, param.path, studio::axis_text(reading.values));
  if (!again.problem.empty() || again.values != reading.values) std::abort();
  return 0;
}
