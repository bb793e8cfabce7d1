// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Layers in bf16 on a CPU against plain operators in fp64 on the same bf16 numbers: on packed weights where oneDNN has
// bf16, by plain operators elsewhere. The group norm's pass needs no special processor and is always there.
#include "core/model/cpu_kernels.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>

#include "tests/support/golden_cases.h"
#include "tests/support/linear_cases.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kOneRounding = 1.0 / 256;  // bf16 has eight digits: half a unit in the last, and as much again to spare
constexpr double kSomeRoundings = 1.0 / 96;  // where plain operators round in between

at::Tensor wide(const at::Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; }
at::Tensor narrow(const at::Tensor& x) { return x.to(at::kBFloat16); }
at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) { return made_noise(shape, seed, at::kBFloat16); }
at::Tensor map_noise(at::IntArrayRef shape, std::uint64_t seed) {
  return noise(shape, seed).contiguous(at::MemoryFormat::ChannelsLast);
}

// Of a sum that may come near zero the error is that of its parts.
double error_of_sum(const at::Tensor& actual, const at::Tensor& a, const at::Tensor& b) {
  const auto largest = [](const at::Tensor& x) { return x.abs().max().item<double>(); };
  return largest(wide(actual) - (wide(a) + wide(b))) / std::max(largest(wide(a)), largest(wide(b)));
}

struct Norm {
  at::Tensor weight, bias;
  GroupNorm layer;
};

Norm made_norm(std::int64_t channels, std::int64_t groups, at::ScalarType dtype = at::kBFloat16) {
  Norm norm{noise({channels}, 3) + 1, noise({channels}, 4), {}};
  TensorSource source = made_source({{"n.weight", norm.weight}, {"n.bias", norm.bias}}, dtype);
  norm.layer = GroupNorm::load(source, "n", channels, groups, 1e-5);
  return norm;
}

at::Tensor plain_norm(const Norm& norm, std::int64_t groups, const at::Tensor& x, const at::Tensor& offset, bool silu) {
  const at::Tensor shifted = offset.defined() ? wide(x) + wide(offset).unsqueeze(-1).unsqueeze(-1) : wide(x);
  const at::Tensor y = at::group_norm(shifted, groups, wide(norm.weight), wide(norm.bias), 1e-5);
  return silu ? at::silu(y) : y;
}

}  // namespace

class TestBf16Layers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void group_norm_data() {
    QTest::addColumn<QList<int>>("shape");  // batch, channels, groups, height, width
    for (const QList<int>& shape : {QList<int>{1, 32, 32, 16, 16}, {2, 64, 32, 8, 12}, {3, 15, 5, 7, 9}, {3, 7, 7, 5, 3}, {1, 33, 1, 6, 6},
                                    {3, 64, 16, 1, 1}, {1, 128, 32, 64, 64}, {1, 320, 32, 40, 24}}) {
      QTest::addRow("%dx%dx%dx%d in %d groups", shape[0], shape[1], shape[3], shape[4], shape[2]) << shape;
    }
  }
  void group_norm() {
    QFETCH(QList<int>, shape);
    const Norm norm = made_norm(shape[1], shape[2]);
    const Norm in_fp32 = made_norm(shape[1], shape[2], at::kFloat);
    const at::Tensor x = map_noise({shape[0], shape[1], shape[3], shape[4]}, 12), offset = noise({shape[0], shape[1]}, 13);
    const at::Tensor x_fp32 = x.to(at::kFloat), offset_fp32 = offset.to(at::kFloat);
    const at::Tensor plain = norm.layer.forward(x), silu = norm.layer.forward_silu(x), both = norm.layer.forward_silu(x, offset);
    VERIFY_CLOSE(plain, plain_norm(norm, shape[2], x, {}, false), kOneRounding);
    VERIFY_CLOSE(silu, plain_norm(norm, shape[2], x, {}, true), kOneRounding);
    VERIFY_CLOSE(both, plain_norm(norm, shape[2], x, offset, true), kOneRounding);
    // Rounded once, and as LibTorch rounds: the same as the pass in fp32, bit for bit.
    QCOMPARE(plain.scalar_type(), at::kBFloat16);
    QVERIFY(at::equal(plain, narrow(in_fp32.layer.forward(x_fp32))));
    QVERIFY(at::equal(silu, narrow(in_fp32.layer.forward_silu(x_fp32))));
    QVERIFY(at::equal(both, narrow(in_fp32.layer.forward_silu(x_fp32, offset_fp32))));
    QVERIFY(both.is_contiguous(at::MemoryFormat::ChannelsLast));
    // Maps that lie otherwise, and a gradient's way.
    QVERIFY(at::equal(norm.layer.forward_silu(x.contiguous(), offset), both));
    const at::Tensor leaf = x.clone().requires_grad_(true);
    VERIFY_CLOSE(norm.layer.forward_silu(leaf, offset).detach(), plain_norm(norm, shape[2], x, offset, true), 4 * kOneRounding);
  }

  void what_is_no_number_stays_none() {
    const Norm norm = made_norm(8, 2);
    at::Tensor x = map_noise({1, 8, 6, 5}, 14);
    x.select(1, 1).fill_(std::numeric_limits<double>::quiet_NaN());
    for (const at::Tensor& out : {norm.layer.forward(x), norm.layer.forward_silu(x)}) {
      QVERIFY(at::isnan(out.narrow(1, 0, 4)).all().item<bool>());
      QVERIFY(at::isfinite(out.narrow(1, 4, 4)).all().item<bool>());
    }
    // A NaN of only ones, which rounding up would carry into the sign, made of the weight.
    at::Tensor weight = at::full({8}, 0x7FFF, at::kShort).view(at::kBFloat16);
    at::Tensor clean = map_noise({1, 8, 6, 5}, 14), out = at::empty_like(clean), bias = at::zeros({8}, at::kBFloat16);
    cpu::group_norm({1, 30, 8, 2}, clean.const_data_ptr<at::BFloat16>(), nullptr, weight.const_data_ptr<at::BFloat16>(),
                    bias.const_data_ptr<at::BFloat16>(), false, out.mutable_data_ptr<at::BFloat16>());
    QVERIFY(at::isnan(out).all().item<bool>());
  }

  void linear_data() { add_linear_cases(150); }
  void linear() {
    QFETCH(int, rows);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(bool, has_bias);
    const at::Tensor weight = noise({out, in}, 1), bias = has_bias ? noise({out}, 2) : at::Tensor();
    const Linear layer(weight, bias);
    const at::Tensor x = noise({2, rows, in}, 3), other = noise({2, rows, out}, 4);
    const at::Tensor expected = at::linear(wide(x), wide(weight), wide(bias));
    QCOMPARE(layer.forward(x).scalar_type(), at::kBFloat16);
    VERIFY_CLOSE(layer.forward(x), expected, kOneRounding);
    VERIFY_CLOSE(layer.forward(x, Activation::Gelu), at::gelu(expected), kSomeRoundings);
    QVERIFY(error_of_sum(layer.forward_add(x, other), expected, other) <= kSomeRoundings);
    VERIFY_CLOSE(layer.forward_mul(x, other), expected * wide(other), kSomeRoundings);
    QVERIFY(at::equal(layer.weight(), weight));
    // What is added may be in fp32: then the sum is.
    const at::Tensor wider = layer.forward_add(x, other.to(at::kFloat));
    QCOMPARE(wider.scalar_type(), at::kFloat);
    QVERIFY(error_of_sum(wider, expected, other) <= kOneRounding);
    const c10::InferenceMode guard;
    const at::Tensor strided = noise({2, in, rows}, 5).transpose(1, 2);
    VERIFY_CLOSE(layer.forward(strided), at::linear(wide(strided), wide(weight), wide(bias)), kOneRounding);
  }

  void geglu() {
    const at::Tensor value = noise({256, 64}, 1) / 8, gate = noise({256, 64}, 2) / 8, bias = noise({512}, 3);
    const Linear value_layer(value, bias.narrow(0, 0, 256).clone()), gate_layer(gate, bias.narrow(0, 256, 256).clone());
    const at::Tensor x = noise({3, 100, 64}, 4);
    const at::Tensor expected = at::linear(wide(x), wide(value), wide(bias.narrow(0, 0, 256))) *
                                at::gelu(at::linear(wide(x), wide(gate), wide(bias.narrow(0, 256, 256))));
    VERIFY_CLOSE(value_layer.forward_mul(x, gate_layer.forward(x, Activation::Gelu)), expected, kSomeRoundings);
  }

  void linear_gradient_path() {
    const at::Tensor weight = noise({48, 32}, 1), bias = noise({48}, 2), other = noise({1, 20, 48}, 4);
    const Linear layer(weight, bias);
    const at::Tensor leaf = noise({1, 20, 32}, 3).requires_grad_(true);
    layer.forward_mul(leaf, other).sum().backward();
    VERIFY_CLOSE(leaf.grad(), at::matmul(wide(other), wide(weight)), kSomeRoundings);
  }

  void convolution_data() {
    QTest::addColumn<QList<int>>("shape");
    for (const QList<int>& shape : {QList<int>{4, 32, 3, 1, 1}, {32, 4, 3, 1, 1}, {32, 32, 3, 2, 1}, {32, 32, 3, 2, 0}, {3, 17, 3, 1, 1},
                                    {48, 96, 1, 1, 0}, {1, 8, 3, 1, 1}, {8, 1, 3, 1, 1}, {2, 3, 1, 1, 0}, {64, 64, 3, 1, 1}}) {
      QTest::addRow("%d to %d, %d wide, stride %d, padding %d", shape[0], shape[1], shape[2], shape[3], shape[4]) << shape;
    }
  }
  void convolution() {
    QFETCH(QList<int>, shape);
    const int in = shape[0], out = shape[1], kernel = shape[2], stride = shape[3], padding = shape[4];
    const at::Tensor weight = noise({out, in, kernel, kernel}, 1), bias = noise({out}, 2);
    TensorSource source = made_source({{"c.weight", weight}, {"c.bias", bias}}, at::kBFloat16);
    const Conv2d conv = Conv2d::load(source, "c", in, out, kernel, stride, padding);
    // Back and forth between sizes on one layer, so that its weight is packed again each time.
    const std::vector<std::pair<int, int>> sizes{{16, 16}, {3, 5}, {16, 16}, {24, 40}, {2, 2}, {1, 6}, {1, 1}, {4, 4}};
    for (const std::int64_t batch : {1, 3}) {
      for (const auto& [height, width] : sizes) {
        if (std::min(height, width) + 2 * padding < kernel) continue;
        const at::Tensor x = map_noise({batch, in, height, width}, 5);
        const at::Tensor expected = at::conv2d(wide(x), wide(weight), wide(bias), {stride, stride}, {padding, padding});
        QCOMPARE(conv.forward(x).scalar_type(), at::kBFloat16);
        VERIFY_CLOSE(conv.forward(x), expected, kOneRounding);
        const at::Tensor other = map_noise(expected.sizes(), 6);
        QVERIFY(error_of_sum(conv.forward_add(x, other), expected, other) <= kSomeRoundings);
        const at::Tensor sum = conv.forward_add_wide(x, other);
        QCOMPARE(sum.scalar_type(), at::kFloat);
        QVERIFY(error_of_sum(sum, expected, other) <= kOneRounding);
      }
    }
    QVERIFY(at::equal(conv.weight(), weight));
  }

  void packing_keeps_every_bit() {
    const at::Tensor matrix = noise({96, 33}, 8), filter = noise({17, 33, 3, 3}, 9);
    const PackedWeight linear = PackedWeight::linear(matrix.clone()), convolution = PackedWeight::convolution(filter.clone(), 1, 1);
    QCOMPARE(convolution.is_packed(), linear.is_packed());
    QVERIFY(at::equal(linear.plain(), matrix));
    QVERIFY(at::equal(convolution.plain(), filter));
    if (cpu::has_bf16_instructions()) QVERIFY2(linear.is_packed(), "this processor has bf16 instructions");
    if (!linear.is_packed()) QSKIP("oneDNN has no bf16 on this processor (it needs AVX-512): the layers ran plain operators");
    QVERIFY(linear.packed().is_mkldnn());
    for (const std::int64_t batch : {1, 3}) {
      const c10::InferenceMode guard;
      const at::Tensor x = at::empty({batch, 33, 12, 20}, at::kBFloat16);
      const at::Tensor packed = convolution.packed_for(x);
      QVERIFY(packed.is_mkldnn());
      QVERIFY2(convolution.packed_for(x).is_same(packed), "made once");
      QVERIFY(at::equal(convolution.plain(), filter));
    }
  }
};

QTEST_GUILESS_MAIN(TestBf16Layers)
#include "tst_bf16_layers.moc"
