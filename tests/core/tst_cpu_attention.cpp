// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Our own attention on CPUs against plain operators in fp64 on the same numbers, by way of studio::attention().
#include "core/model/attention.h"
#include "core/model/cpu_attention.h"

#include <ATen/ATen.h>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

double tolerance_of(at::ScalarType dtype) { return dtype == at::kFloat ? 2e-6 : 1.0 / 256; }

at::Tensor expected_of(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto wide = [](const at::Tensor& x) { return x.to(at::kDouble); };
  const at::Tensor scores = at::matmul(wide(q), wide(k).transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(-1)));
  return at::matmul(at::softmax(scores, -1), wide(v));
}

}  // namespace

class TestCpuAttention : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void shapes_data() {
    QTest::addColumn<at::ScalarType>("dtype");
    QTest::addColumn<QList<int>>("shape");  // batch, heads, queries, keys, width
    for (const QList<int>& shape :
         {QList<int>{1, 1, 1, 1, 16}, {2, 3, 1, 64, 32}, {3, 4, 64, 77, 32}, {2, 2, 65, 33, 48}, {1, 3, 130, 1, 64}, {1, 2, 17, 511, 80},
          {1, 1, 5, 512, 128}, {2, 1, 63, 31, 112}, {3, 2, 256, 256, 32}, {1, 2, 100, 1024, 64}}) {
      for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
        QTest::addRow("%s %dx%d, %d queries, %d keys, %d wide", c10::toString(dtype), shape[0], shape[1], shape[2], shape[3], shape[4])
            << dtype << shape;
      }
    }
  }
  void shapes() {
    QFETCH(at::ScalarType, dtype);
    QFETCH(QList<int>, shape);
    const std::int64_t b = shape[0], heads = shape[1], n = shape[2], m = shape[3], d = shape[4];
    QVERIFY(cpu::can_attend({b, heads, n, m, d}));
    const double tolerance = tolerance_of(dtype);
    const auto noise = [&](at::IntArrayRef sizes, std::uint64_t seed) { return made_noise(sizes, seed, dtype); };
    const at::Tensor q = noise({b, heads, n, d}, 1) * 2, k = noise({b, heads, m, d}, 2), v = noise({b, heads, m, d}, 3);
    const at::Tensor out = attention(q, k, v);
    QCOMPARE(out.scalar_type(), dtype);
    QCOMPARE(out.sizes(), q.sizes());
    VERIFY_CLOSE(out, expected_of(q, k, v), tolerance);
    QVERIFY2(join_heads(out).is_alias_of(out), "heads are joined without a copy");
    // Parts of one projection, and one text or query for all.
    const at::Tensor joint = noise({b, std::max(n, m), 3 * heads * d}, 4);
    const auto part = [&](int i, std::int64_t rows) { return split_heads(joint.narrow(1, 0, rows).narrow(2, i * heads * d, heads * d), heads); };
    VERIFY_CLOSE(attention(part(0, n), part(1, m), part(2, m)), expected_of(part(0, n), part(1, m), part(2, m)), tolerance);
    const at::Tensor same_k = k.narrow(0, 0, 1).expand_as(k), same_q = q.narrow(2, 0, 1).expand_as(q);
    VERIFY_CLOSE(attention(same_q, same_k, v), expected_of(same_q, same_k, v), tolerance);
    const at::Tensor leaf = q.clone().requires_grad_(true);
    QVERIFY2(attention(leaf, k, v).requires_grad(), "gradients are LibTorch's");
  }

  void extreme_scores_data() {
    QTest::addColumn<at::ScalarType>("dtype");
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) QTest::addRow("%s", c10::toString(dtype)) << dtype;
  }
  void extreme_scores() {
    QFETCH(at::ScalarType, dtype);
    const at::Tensor q = made_noise({1, 2, 40, 32}, 5, dtype), k = made_noise({1, 2, 50, 32}, 6, dtype), v = made_noise({1, 2, 50, 32}, 7, dtype);
    // Scores of thousands: nearly all weight on one key. Exact in powers of two, so that only the softmax is asked.
    const at::Tensor high = at::full({1, 2, 40, 32}, 64, q.options()), keys = at::zeros_like(k);
    keys.select(2, 7).fill_(64);
    keys.select(2, 8).fill_(-64);
    VERIFY_CLOSE(attention(high, keys, v), expected_of(high, keys, v), tolerance_of(dtype));
    VERIFY_CLOSE(attention(-high, keys, v), expected_of(-high, keys, v), tolerance_of(dtype));
    // All equal, far from zero: their mean.
    const at::Tensor equal_keys = at::full_like(k, 64);
    VERIFY_CLOSE(attention(high, equal_keys, v), v.to(at::kDouble).mean(2, true).expand(high.sizes()), tolerance_of(dtype));
    // What is no number stays none, and where it was.
    const at::Tensor bad_q = q.clone(), bad_v = v.clone();
    bad_q[0][1][3][5] = std::numeric_limits<double>::quiet_NaN();
    bad_v[0][0][49][2] = std::numeric_limits<double>::infinity();
    const at::Tensor of_bad_q = at::isnan(attention(bad_q, k, v)), of_bad_v = at::isfinite(attention(q, k, bad_v));
    QVERIFY(of_bad_q[0][1][3].all().item<bool>() && of_bad_q.sum().item<int>() == 32);
    QVERIFY(!of_bad_v[0][0].select(1, 2).any().item<bool>() && of_bad_v.logical_not().sum().item<int>() == 40);
  }

  void other_shapes_are_libtorchs() {
    for (const std::int64_t width : {8, 13, 24, 144}) QVERIFY(!cpu::can_attend({1, 1, 8, 8, width}));
    QVERIFY(!cpu::can_attend({1, 1, 8, 0, 32}));
    QVERIFY(!cpu::can_attend({1, 1, 4096, 4096, 64}));
  }
};

QTEST_GUILESS_MAIN(TestCpuAttention)
#include "tst_cpu_attention.moc"
