// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The query blur against recorded vectors, its algebra, and a plain padded depthwise convolution.
#include "core/guidance/query_blur.h"

#include <ATen/ATen.h>
#include <QtTest>

#include <cmath>

#include "core/api/params.h"
#include "core/base/check.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kRecorded = 5e-7;  // the recorded vectors have six digits
constexpr double kExact = 1e-12;    // fp64 against fp64
constexpr double kSingle = 2e-6;    // fp32 against fp64

at::Tensor doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Kernel size and weights as the authors' code states them, written out once more.
at::Tensor plain_kernel(double sigma, std::int64_t length) {
  std::int64_t size = static_cast<std::int64_t>(std::ceil(6 * sigma));
  size += 1 - size % 2;
  size = std::min(size, length - (length % 2 - 1));
  const at::Tensor x = at::arange(size, at::kDouble) - static_cast<double>(size - 1) / 2;
  const at::Tensor weights = at::exp(-0.5 * (x / sigma).square());
  return weights / weights.sum();
}

at::Tensor plain_blur(const at::Tensor& query_bhnd, MapSize map, double sigma) {
  const at::Tensor ky = plain_kernel(sigma, map.height), kx = plain_kernel(sigma, map.width);
  const std::int64_t pad_y = ky.size(0) / 2, pad_x = kx.size(0) / 2;
  const at::Tensor q = query_bhnd.to(at::kDouble);
  const std::int64_t channels = q.size(1) * q.size(3);
  const at::Tensor maps = q.transpose(2, 3).reshape({q.size(0), channels, map.height, map.width});
  const at::Tensor kernel = at::outer(ky, kx).expand({channels, 1, -1, -1});
  const at::Tensor out = at::conv2d(at::reflection_pad2d(maps, {pad_x, pad_x, pad_y, pad_y}), kernel, {}, {1, 1}, at::IntArrayRef{0, 0}, {1, 1}, channels);
  return out.reshape({q.size(0), q.size(1), q.size(3), q.size(2)}).transpose(2, 3);
}

}  // namespace

class TestQueryBlur : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void recorded_vectors() {
    const at::Tensor ramp = at::matmul(blur_matrix(1.0, 8), at::arange(8, at::kDouble));
    const at::Tensor ramp_recorded = doubles({0.726693, 1.125743, 2.008866, 3, 4, 4.991134, 5.874257, 6.273307});
    QVERIFY(largest_difference(ramp, ramp_recorded) <= kRecorded);
    const at::Tensor inner = doubles({.008866, .054006, .242036, .399050, .242036, .054006, .004433, 0});
    QVERIFY(largest_difference(blur_matrix(1.0, 8).select(1, 3), inner) <= kRecorded);
    const at::Tensor corner = doubles({.114828, .114256, .112555, .109776, .106000, 0, 0, 0});
    QVERIFY(largest_difference(blur_matrix(10.0, 8).select(1, 0), corner) <= kRecorded);
    // Row 8 of 17 sees the whole kernel, free of borders.
    const at::Tensor kernel = doubles({.004433, .054006, .242036, .399050, .242036, .054006, .004433});
    const at::Tensor row = blur_matrix(1.0, 17).select(0, 8);
    QVERIFY(largest_difference(row.narrow(0, 5, 7), kernel) <= kRecorded);
    QCOMPARE(at::count_nonzero(row).item<int>(), 7);
  }

  void row_energy_recorded_data() {
    QTest::addColumn<double>("sigma");
    QTest::addColumn<double>("energy");
    for (const auto& [sigma, energy] : {std::pair{1.0, .2929}, {2.0, .1557}, {5.0, .0721}, {10.0, .0496}, {100.0, .0459}}) {
      QTest::addRow("sigma %g", sigma) << sigma << energy;
    }
  }
  void row_energy_recorded() {
    QFETCH(double, sigma);
    QFETCH(double, energy);
    QVERIFY(std::abs(blur_matrix(sigma, 32).square().sum(1).mean().item<double>() - energy) <= 5.1e-5);
  }

  void kernel_size_data() {
    QTest::addColumn<double>("sigma");
    QTest::addColumn<int>("length");
    QTest::addColumn<int>("size");
    struct Row {
      double sigma;
      int length, size;
    };
    const std::vector<Row> rows{
        {0.1, 32, 1},   {0.5, 32, 3},    {1, 32, 7},      {2, 32, 13},   {5, 32, 31},    {5.1666, 32, 31}, {5.1667, 32, 33},
        {5.5, 32, 33},  {5.6, 32, 33},   {10, 32, 33},    {100, 32, 33}, {9999, 32, 33}, {5, 31, 31},      {5.5, 31, 31},
        {100, 31, 31},  {100, 33, 33},   {2, 8, 9},       {1.4, 8, 9},   {1.1, 8, 7},    {100, 8, 9},      {100, 9, 9},
        {100, 7, 7},    {100, 3, 3},     {100, 12, 13},   {0.3, 1, 1},   {100, 1, 1},    {0.3, 2, 3},      {100, 2, 3},
        {1.0 / 6, 9, 1}, {0.17, 9, 3},   {0.5001, 64, 5}, {4, 24, 25},   {4, 40, 25},
    };
    for (const Row& row : rows) QTest::addRow("sigma %g on %d", row.sigma, row.length) << row.sigma << row.length << row.size;
  }
  void kernel_size() {
    QFETCH(double, sigma);
    QFETCH(int, length);
    QFETCH(int, size);
    // The first row reaches its radius and no further.
    QCOMPARE(at::count_nonzero(blur_matrix(sigma, length).select(0, 0)).item<int>(), (size - 1) / 2 + 1);
    QCOMPARE(plain_kernel(sigma, length).size(0), static_cast<std::int64_t>(size));
  }

  void matrix_is_stochastic_data() {
    QTest::addColumn<double>("sigma");
    QTest::addColumn<int>("length");
    for (const double sigma : {1e-300, 0.01, 0.3, 1.0, 2.5, 10.0, 100.0, 9999.0}) {
      for (const int length : {1, 2, 3, 8, 9, 24, 33, 64}) QTest::addRow("sigma %g on %d", sigma, length) << sigma << length;
    }
  }
  void matrix_is_stochastic() {
    QFETCH(double, sigma);
    QFETCH(int, length);
    const at::Tensor matrix = blur_matrix(sigma, length);
    QCOMPARE(matrix.sizes(), at::IntArrayRef({length, length}));
    QVERIFY(matrix.ge(0).all().item<bool>());
    QVERIFY(largest_difference(matrix.sum(1), at::ones(length, at::kDouble)) <= 1e-14);
    QVERIFY(largest_difference(at::matmul(matrix, at::full(length, 7.25, at::kDouble)), at::full(length, 7.25)) <= 1e-13);
    QVERIFY(largest_difference(matrix, matrix.flip({0, 1})) <= 1e-15);  // neither end is preferred
  }

  void constant_queries_stay() {
    const at::Tensor q = made_noise({2, 3, 1, 4}, 1, at::kDouble).expand({2, 3, 6 * 10, 4});
    for (const double sigma : {0.5, 3.0, 500.0, kInfinity}) {
      QVERIFY(largest_difference(blur_queries(q, {6, 10}, sigma), q) <= kExact);
    }
  }

  void against_plain_convolution_data() {
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::addColumn<double>("sigma");
    for (const auto& [height, width] : {std::pair{8, 8}, {9, 9}, {6, 10}, {10, 6}, {1, 1}, {1, 12}, {12, 1}, {2, 2}, {2, 7},
                                        {3, 16}, {16, 24}, {32, 32}}) {
      for (const double sigma : {0.2, 0.5, 1.0, 1.7, 3.0, 10.0, 100.0, 9999.0}) {
        QTest::addRow("%dx%d, sigma %g", height, width, sigma) << height << width << sigma;
      }
    }
  }
  void against_plain_convolution() {
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(double, sigma);
    const MapSize map{height, width};
    for (const auto& [dtype, tolerance] : {std::pair{at::kDouble, kExact}, {at::kFloat, kSingle}}) {
      // As the UNet hands them over: a strided view of [B,N,3*H*D].
      const at::Tensor qkv = made_noise({2, height * width, 3 * 2 * 5}, 3, dtype);
      const at::Tensor q = qkv.narrow(-1, 0, 10).unflatten(-1, {2, 5}).transpose(1, 2);
      const at::Tensor blurred = blur_queries(q, map, sigma);
      QCOMPARE(blurred.scalar_type(), dtype);
      const double error = relative_error(blurred, plain_blur(q, map, sigma));
      QVERIFY2(error <= tolerance, qPrintable(QString::number(error)));
    }
  }

  void transposed_map() {
    for (const double sigma : {0.7, 2.0, 50.0, kInfinity}) {
      const at::Tensor q = made_noise({1, 2, 5 * 9, 3}, 4, at::kDouble);
      const at::Tensor turned = q.unflatten(2, {5, 9}).transpose(2, 3).flatten(2, 3);
      const at::Tensor back = blur_queries(turned, {9, 5}, sigma).unflatten(2, {9, 5}).transpose(2, 3).flatten(2, 3);
      QVERIFY(relative_error(back, blur_queries(q, {5, 9}, sigma)) <= kExact);
    }
  }

  // G * (Q K^T) = (G * Q) K^T: the identity the whole method stands on.
  void queries_or_logits() {
    const std::int64_t h = 4, w = 6;
    const at::Tensor q = made_noise({2, 2, h * w, 8}, 5, at::kDouble), k = made_noise({2, 2, h * w, 8}, 6, at::kDouble);
    const at::Tensor logits = at::matmul(q, k.transpose(-1, -2));
    for (const double sigma : {0.6, 2.0, 80.0}) {
      const at::Tensor whole = at::kron(blur_matrix(sigma, h), blur_matrix(sigma, w));  // [N,N] over positions
      const at::Tensor of_queries = at::matmul(blur_queries(q, {h, w}, sigma), k.transpose(-1, -2));
      QVERIFY(relative_error(of_queries, at::matmul(whole, logits)) <= kExact);
    }
    const at::Tensor of_mean = at::matmul(blur_queries(q, {h, w}, kInfinity), k.transpose(-1, -2));
    QVERIFY(relative_error(of_mean, logits.mean(2, true).expand_as(logits)) <= kExact);
  }

  void tiny_sigma_is_identity() {
    const at::Tensor q = made_noise({1, 2, 7 * 4, 3}, 7);
    for (const double sigma : {1e-300, 1e-6, 0.1, 1.0 / 6}) QVERIFY(at::equal(blur_queries(q, {7, 4}, sigma), q));
    QVERIFY(!at::equal(blur_queries(q, {7, 4}, 0.2), q));
  }

  void above_9999_is_the_mean() {
    const at::Tensor q = made_noise({1, 2, 8 * 8, 3}, 8, at::kDouble);
    const at::Tensor mean = q.mean(2, true).expand_as(q);
    for (const double sigma : {9999.0001, 1e6, 1e308, kInfinity}) {
      QVERIFY(relative_error(blur_queries(q, {8, 8}, sigma), mean) <= kExact);
    }
    // 9999 itself is still the clamped kernel: nine equal taps with reflected borders.
    const at::Tensor clamped = blur_queries(q, {8, 8}, 9999.0);
    QVERIFY(relative_error(clamped, plain_blur(q, {8, 8}, 9999.0)) <= kExact);
    QVERIFY(relative_error(clamped, mean) >= 0.1);
  }

  void lengths_one_and_two() {
    QVERIFY(at::equal(blur_matrix(3.0, 1), at::ones({1, 1}, at::kDouble)));
    // Two samples, three taps: both neighbours of one sample are the other.
    const at::Tensor taps = plain_kernel(3.0, 2);
    const double middle = taps[1].item<double>();
    const at::Tensor expected = doubles({middle, 1 - middle, 1 - middle, middle}).reshape({2, 2});
    QVERIFY(largest_difference(blur_matrix(3.0, 2), expected) <= 1e-15);
  }

  void half_precision_is_rounded_once() {
    const at::Tensor q = made_noise({1, 2, 8 * 8, 4}, 9).to(at::kBFloat16);
    const at::Tensor expected = blur_queries(q.to(at::kFloat), {8, 8}, 2.0).to(at::kBFloat16);
    QVERIFY(at::equal(blur_queries(q, {8, 8}, 2.0), expected));
  }

  void gradient_is_the_transposed_blur() {
    const at::Tensor q = made_noise({1, 1, 6 * 4, 2}, 10, at::kDouble).requires_grad_(true);
    const at::Tensor back = made_noise({1, 1, 6 * 4, 2}, 11, at::kDouble);
    (blur_queries(q, {6, 4}, 1.5) * back).sum().backward();
    const at::Tensor whole = at::kron(blur_matrix(1.5, 6), blur_matrix(1.5, 4));
    QVERIFY(relative_error(q.grad(), at::matmul(whole.t(), back)) <= kExact);
  }

  void refuses_what_does_not_fit() {
    const at::Tensor q = made_noise({1, 1, 12, 2}, 12);
    QVERIFY_EXCEPTION_THROWN(blur_queries(q, {3, 5}, 1.0), CheckError);
    QVERIFY_EXCEPTION_THROWN(blur_queries(q[0], {3, 4}, 1.0), CheckError);
    QVERIFY_EXCEPTION_THROWN(blur_matrix(0.0, 4), CheckError);
    QVERIFY_EXCEPTION_THROWN(blur_matrix(std::nan(""), 4), CheckError);
    QVERIFY_EXCEPTION_THROWN(blur_matrix(1.0, 0), CheckError);
  }
};

QTEST_GUILESS_MAIN(TestQueryBlur)
#include "tst_query_blur.moc"
