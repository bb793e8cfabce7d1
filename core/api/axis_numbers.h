// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One piece of an axis of numbers: a single number, a range with a step or a number of values.
#pragma once

#include "core/api/sweep.h"

#include <string>
#include <string_view>
#include <vector>

namespace studio {

struct NumbersRead {
  TokenState state = TokenState::Good;
  std::string message;
  std::vector<AxisValue> values;  // at most kMostAxisValues, all allowed; empty unless Good
};

// Reads `text` (no surrounding spaces, not empty) for a Real or Integer parameter. Forms:
//   2.5, 1e-3, +4, inf     one number; 25.0 is whole
//   a..b[n], a-b[n]        n evenly spaced values, both ends included; whole numbers are rounded,
//   and
//                          refused when there are fewer than n from a to b
//   log(a..b)[n]           the same in the logarithm; both ends above 0
//   a-b                    whole numbers in ones, also downwards
//   a-b(+s), a-b(s), a-b:s in steps of s from a, not past b; downwards also a-b(-s)
// Counts are checked by arithmetic before anything is made. `path` is for messages. Never fails.
NumbersRead read_numbers(const ParamSpec& spec, std::string_view path, std::string_view text);

// The values between `second` and `last` that go on in the step from `first` to `second`, as in
// "1, 2, .., 10". All three are of the parameter's kind. `last` must be on the way.
NumbersRead numbers_between(const ParamSpec& spec,
                            std::string_view path,
                            const ParamValue& first,
                            const ParamValue& second,
                            const ParamValue& last);

}  // namespace studio
