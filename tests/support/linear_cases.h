// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The shapes that linear layers are tested with, whatever their numbers' type.
#pragma once

#include <QTest>

#include <tuple>

namespace studio::testing {

// Adds the columns rows, in, out and has_bias and their data; `most_rows`: of the largest shape, which takes the time.
inline void add_linear_cases(int most_rows) {
  QTest::addColumn<int>("rows");
  QTest::addColumn<int>("in");
  QTest::addColumn<int>("out");
  QTest::addColumn<bool>("has_bias");
  for (const auto& [rows, in, out] : {std::tuple{1, 1, 1}, {1, 640, 64}, {3, 7, 5}, {77, 64, 192}, {64, 33, 128}, {most_rows, 320, 96}}) {
    for (const bool has_bias : {true, false}) {
      QTest::addRow("%d rows, %d to %d%s", rows, in, out, has_bias ? ", bias" : "") << rows << in << out << has_bias;
    }
  }
}

}  // namespace studio::testing
