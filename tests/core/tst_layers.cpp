// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fused layers and kernels against plain operators in fp64 on the same fp32 numbers.
#include "core/model/attention.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "tests/support/golden_cases.h"
#include "tests/support/linear_cases.h"
#include "tests/support/made_resnet.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kTolerance = 1e-5;

at::Tensor wide(const at::Tensor& x) { return x.to(at::kDouble); }

struct ConvShape {
  std::int64_t in, out;
  int kernel, stride, padding;
};

struct MadeConv {
  at::Tensor weight, bias;
  Conv2d conv;
};

MadeConv made_conv(const ConvShape& shape) {
  MadeConv made{made_noise({shape.out, shape.in, shape.kernel, shape.kernel}, 1), made_noise({shape.out}, 2), {}};
  TensorSource source = made_source({{"c.weight", made.weight}, {"c.bias", made.bias}});
  made.conv = Conv2d::load(source, "c", shape.in, shape.out, shape.kernel, shape.stride, shape.padding);
  return made;
}

at::Tensor plain_conv(const MadeConv& made, const ConvShape& shape, const at::Tensor& x) {
  return at::conv2d(wide(x), wide(made.weight), wide(made.bias), {shape.stride, shape.stride}, {shape.padding, shape.padding});
}

at::Tensor map_noise(at::IntArrayRef shape, std::uint64_t seed) {
  return made_noise(shape, seed).contiguous(at::MemoryFormat::ChannelsLast);
}

struct MadeNorm {
  at::Tensor weight, bias;
  GroupNorm norm;
};

MadeNorm made_norm(std::int64_t channels, std::int64_t groups, double eps) {
  MadeNorm made{made_noise({channels}, 3) + 1, made_noise({channels}, 4), {}};
  TensorSource source = made_source({{"n.weight", made.weight}, {"n.bias", made.bias}});
  made.norm = GroupNorm::load(source, "n", channels, groups, eps);
  return made;
}

at::Tensor plain_norm(const MadeNorm& made, std::int64_t groups, double eps, const at::Tensor& x, const at::Tensor& offset, bool silu) {
  const at::Tensor shifted = offset.defined() ? wide(x) + wide(offset).unsqueeze(-1).unsqueeze(-1) : wide(x);
  const at::Tensor y = at::group_norm(shifted, groups, wide(made.weight), wide(made.bias), eps);
  return silu ? at::silu(y) : y;
}

}  // namespace

class TestLayers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void linear_data() { add_linear_cases(1024); }
  void linear() {
    QFETCH(int, rows);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(bool, has_bias);
    const at::Tensor weight = made_noise({out, in}, 1), bias = has_bias ? made_noise({out}, 2) : at::Tensor();
    const Linear layer(weight, bias);
    const at::Tensor x = made_noise({2, rows, in}, 3), other = made_noise({2, rows, out}, 4);
    const at::Tensor expected = at::linear(wide(x), wide(weight), has_bias ? wide(bias) : at::Tensor());
    VERIFY_CLOSE(layer.forward(x), expected, kTolerance);
    VERIFY_CLOSE(layer.forward(x, Activation::Gelu), at::gelu(expected), kTolerance);
    VERIFY_CLOSE(layer.forward_add(x, other), expected + wide(other), kTolerance);
    VERIFY_CLOSE(layer.forward_mul(x, other), expected * wide(other), kTolerance);
    QVERIFY(at::equal(layer.weight(), weight));
    // Strided input, as heads joined after attention hand it over, and inside the worker's mode.
    const c10::InferenceMode guard;
    const at::Tensor strided = made_noise({2, in, rows}, 5).transpose(1, 2);
    VERIFY_CLOSE(layer.forward(strided), at::linear(wide(strided), wide(weight), has_bias ? wide(bias) : at::Tensor()), kTolerance);
  }

  void linear_gradient_path() {
    const at::Tensor weight = made_noise({48, 32}, 1), bias = made_noise({48}, 2);
    const Linear layer(weight, bias);
    const at::Tensor x = made_noise({1, 20, 32}, 3), other = made_noise({1, 20, 48}, 4);
    const at::Tensor leaf = x.clone().requires_grad_(true);
    VERIFY_CLOSE(layer.forward(leaf).detach(), layer.forward(x), kTolerance);
    VERIFY_CLOSE(layer.forward(leaf, Activation::Gelu).detach(), layer.forward(x, Activation::Gelu), kTolerance);
    VERIFY_CLOSE(layer.forward_add(leaf, other).detach(), layer.forward_add(x, other), kTolerance);
    VERIFY_CLOSE(layer.forward_mul(leaf, other).detach(), layer.forward_mul(x, other), kTolerance);
    layer.forward_mul(leaf, other).sum().backward();
    VERIFY_CLOSE(leaf.grad(), at::matmul(wide(other), wide(weight)), kTolerance);
    // A gradient that comes through the second operand alone must flow too.
    const at::Tensor second = other.clone().requires_grad_(true);
    layer.forward_mul(x, second).sum().backward();
    VERIFY_CLOSE(second.grad(), at::linear(wide(x), wide(weight), wide(bias)), kTolerance);
    const at::Tensor added = other.clone().requires_grad_(true);
    layer.forward_add(x, added).sum().backward();
    QVERIFY(at::equal(added.grad(), at::ones_like(added)));
  }

  void convolution_data() {
    QTest::addColumn<QList<int>>("shape");
    for (const QList<int>& shape : {QList<int>{4, 32, 3, 1, 1}, {32, 4, 3, 1, 1}, {32, 32, 3, 2, 1}, {32, 32, 3, 2, 0}, {3, 17, 3, 1, 1},
                                    {48, 96, 1, 1, 0}, {1, 8, 3, 1, 1},
                                    {8, 1, 3, 1, 1}, {2, 3, 1, 1, 0}, {64, 64, 3, 1, 1}}) {
      QTest::addRow("%d to %d, %d wide, stride %d, padding %d", shape[0], shape[1], shape[2], shape[3], shape[4]) << shape;
    }
  }
  void convolution() {
    QFETCH(QList<int>, shape);
    const ConvShape conv_shape{shape[0], shape[1], shape[2], shape[3], shape[4]};
    const MadeConv made = made_conv(conv_shape);
    // Back and forth between sizes on one layer, so that its weight is packed again each time.
    const std::vector<std::pair<int, int>> sizes{{16, 16}, {3, 5}, {16, 16}, {24, 40}, {40, 24}, {3, 5}, {2, 2}, {1, 6}, {6, 1}, {1, 1}, {4, 4}};
    for (const std::int64_t batch : {1, 3}) {
      for (const auto& [height, width] : sizes) {
        if (std::min(height, width) + 2 * conv_shape.padding < conv_shape.kernel) continue;
        const at::Tensor x = map_noise({batch, conv_shape.in, height, width}, 5);
        const at::Tensor expected = plain_conv(made, conv_shape, x);
        VERIFY_CLOSE(made.conv.forward(x), expected, kTolerance);
        const at::Tensor other = map_noise(expected.sizes(), 6);
        VERIFY_CLOSE(made.conv.forward_add(x, other), expected + wide(other), kTolerance);
        QVERIFY(at::equal(other, map_noise(expected.sizes(), 6)));  // not written to
        VERIFY_CLOSE(made.conv.forward_add(x, other.clone(), /*may_overwrite=*/true), expected + wide(other), kTolerance);
        const at::Tensor leaf = x.clone().requires_grad_(true);
        VERIFY_CLOSE(made.conv.forward(leaf).detach(), expected, kTolerance);
      }
    }
  }

  void convolution_gradient() {
    const ConvShape shape{6, 10, 3, 2, 1};
    const MadeConv made = made_conv(shape);
    const at::Tensor x = map_noise({2, 6, 9, 7}, 7);
    made.conv.forward(x);  // packs
    const at::Tensor leaf = x.clone().requires_grad_(true), wide_leaf = wide(x).requires_grad_(true);
    made.conv.forward(leaf).square().sum().backward();
    plain_conv(made, shape, wide_leaf).square().sum().backward();
    VERIFY_CLOSE(leaf.grad(), wide_leaf.grad(), kTolerance);
  }

  void doubled_convolution_data() {
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::addColumn<at::ScalarType>("dtype");
    for (const auto& [in, out] : {std::pair{32, 32}, {17, 5}, {1, 8}, {3, 1}, {64, 48}}) {
      for (const at::ScalarType dtype : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
        QTest::addRow("%d to %d, %s", in, out, c10::toString(dtype)) << in << out << dtype;
      }
    }
  }
  // Away from GPUs minimal filtering changes no more than how a weight lies that will be copied to one.
  void filtering_elsewhere() {
    constexpr std::int64_t kChannels = 640;
    QVERIFY(Conv2d::suits_filtering(kChannels, kChannels) && !Conv2d::suits_filtering(320, 640));
    const at::Tensor weight = made_noise({kChannels, kChannels, 3, 3}, 1) * 0.01, x = made_noise({1, kChannels, 16, 16}, 2).contiguous(at::MemoryFormat::ChannelsLast);
    const PlainWeights waits;
    TensorSource source = made_source({{"c.weight", weight}});
    const Conv2d conv = Conv2d::load(source, "c", kChannels, kChannels, 3, 1, 1, false);
    Conv2d filtering = conv;
    filtering.use_filtering(false);
    at::Tensor its_weight;
    filtering.visit_tensors([&](at::Tensor& tensor) { its_weight = tensor; });
    QVERIFY(its_weight.is_contiguous(at::MemoryFormat::ChannelsLast) && at::equal(its_weight, weight));
    VERIFY_CLOSE(filtering.forward(x), conv.forward(x), kTolerance);
  }

  // Against doubling and the 3x3 convolution in fp64, with and without a bias, on edges and in the middle.
  void doubled_convolution() {
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(at::ScalarType, dtype);
    const double tolerance = dtype == at::kDouble ? 1e-13 : dtype == at::kFloat ? kTolerance : dtype == at::kHalf ? 1.0 / 512 : 1.0 / 64;
    for (const bool has_bias : {true, false}) {
      const at::Tensor weight = made_noise({out, in, 3, 3}, 1, dtype), bias = has_bias ? made_noise({out}, 2, dtype) : at::Tensor();
      std::vector<std::pair<std::string, at::Tensor>> tensors{{"c.weight", weight}};
      if (has_bias) tensors.emplace_back("c.bias", bias);
      TensorSource source = made_source(tensors, dtype);
      Conv2d conv = Conv2d::load(source, "c", in, out, 3, 1, 1, has_bias);
      const Conv2d unprepared = conv;
      conv.prepare_doubling();
      for (const auto& [height, width] : {std::pair{8, 8}, {3, 5}, {1, 1}, {1, 4}, {6, 1}, {8, 8}}) {
        const at::Tensor x = made_noise({2, in, height, width}, 3, dtype).contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor doubled = at::upsample_nearest2d(wide(x), {2 * height, 2 * width});
        const at::Tensor expected = at::conv2d(doubled, wide(weight), has_bias ? wide(bias) : bias, {1, 1}, {1, 1});
        const at::Tensor y = conv.forward_doubled(x);
        QCOMPARE(y.scalar_type(), dtype);
        QVERIFY(y.is_contiguous(at::MemoryFormat::ChannelsLast));
        VERIFY_CLOSE(y, expected, tolerance);
        VERIFY_CLOSE(unprepared.forward_doubled(x), expected, tolerance);
        if (dtype == at::kDouble) {
          const at::Tensor leaf = x.clone().requires_grad_(true), wide_leaf = x.clone().requires_grad_(true);
          conv.forward_doubled(leaf).square().sum().backward();
          at::conv2d(at::upsample_nearest2d(wide_leaf, {2 * height, 2 * width}), weight, bias, {1, 1}, {1, 1}).square().sum().backward();
          VERIFY_CLOSE(leaf.grad(), wide_leaf.grad(), tolerance);
        }
      }
    }
  }

  void packing_keeps_every_bit_data() {
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("kernel");
    for (const auto& [out, in, kernel] : {std::tuple{1, 1, 1}, {5, 7, 3}, {17, 33, 3}, {64, 64, 3}, {96, 48, 1}, {4, 32, 3}}) {
      QTest::addRow("%dx%dx%d", out, in, kernel) << out << in << kernel;
    }
  }
  void packing_keeps_every_bit() {
    QFETCH(int, out);
    QFETCH(int, in);
    QFETCH(int, kernel);
    const at::Tensor matrix = made_noise({out, in}, 8);
    const PackedWeight linear = PackedWeight::linear(matrix.clone());
    QVERIFY(linear.is_packed());
    QVERIFY(at::equal(linear.plain(), matrix));
    const at::Tensor filter = made_noise({out, in, kernel, kernel}, 9);
    const PackedWeight convolution = PackedWeight::convolution(filter.clone(), 1, kernel / 2);
    QVERIFY(at::equal(convolution.plain(), filter));
    QCOMPARE(convolution.is_packed(), in > 1 && out > 1);
    if (!convolution.is_packed()) return;
    for (const auto& [batch, height, width] :
         {std::tuple{1, 8, 8}, {3, 8, 8}, {1, 64, 64}, {2, 5, 9}, {3, 8, 8}, {1, 8, 8}, {1, 1, 1}}) {
      const c10::InferenceMode guard;  // packed while the worker runs
      const at::Tensor x = at::empty({batch, in, height, width});
      const at::Tensor packed = convolution.packed_for(x);
      QVERIFY(packed.is_mkldnn());
      QVERIFY2(convolution.packed_for(x).is_same(packed), "made once");
      QVERIFY(at::equal(packed.to_dense(), filter));
      QVERIFY(at::equal(convolution.plain(), filter));
    }
    QVERIFY(!convolution.plain().is_inference());
  }

  void double_weights_stay_plain() {
    const at::Tensor weight = made_noise({5, 3}, 10, at::kDouble);
    QVERIFY(!PackedWeight::linear(weight).is_packed());
    const Linear layer(weight, {});
    const at::Tensor x = made_noise({2, 3}, 11, at::kDouble);
    VERIFY_CLOSE(layer.forward(x), at::matmul(x, weight.t()), 1e-14);
  }

  void group_norm_data() {
    QTest::addColumn<QList<int>>("shape");  // batch, channels, groups, height, width
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("tolerance");
    const auto row = [](QList<int> shape, double mean, double tolerance) {
      QTest::addRow("%dx%dx%dx%d in %d groups, mean %g", shape[0], shape[1], shape[3], shape[4], shape[2], mean) << shape << mean << tolerance;
    };
    for (const QList<int>& shape : {QList<int>{1, 32, 32, 16, 16}, {2, 64, 32, 8, 12}, {3, 15, 5, 7, 9}, {3, 7, 7, 5, 3}, {1, 33, 1, 6, 6},
                                    {3, 64, 16, 1, 1}, {1, 128, 32, 64, 64}, {1, 320, 32, 40, 24}}) {
      row(shape, 0, kTolerance);
      // With a mean of 1000 standard deviations fp32 has seven digits less three: 1e-4 is what is left.
      row(shape, 1e3, 1e-4);
    }
  }
  void group_norm() {
    QFETCH(QList<int>, shape);
    QFETCH(double, mean);
    QFETCH(double, tolerance);
    constexpr double kEps = 1e-5;
    const MadeNorm made = made_norm(shape[1], shape[2], kEps);
    const at::Tensor x = (map_noise({shape[0], shape[1], shape[3], shape[4]}, 12) + mean).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor offset = made_noise({shape[0], shape[1]}, 13);
    VERIFY_CLOSE(made.norm.forward(x), plain_norm(made, shape[2], kEps, x, {}, false), tolerance);
    VERIFY_CLOSE(made.norm.forward_silu(x), plain_norm(made, shape[2], kEps, x, {}, true), tolerance);
    VERIFY_CLOSE(made.norm.forward_silu(x, offset), plain_norm(made, shape[2], kEps, x, offset, true), tolerance);
    // The gradient path agrees with fp64 as far as fp32 allows it.
    const at::Tensor leaf = x.clone().requires_grad_(true);
    VERIFY_CLOSE(made.norm.forward_silu(leaf, offset).detach(), plain_norm(made, shape[2], kEps, x, offset, true), tolerance);
  }

  void group_norm_of_unlike_channels() {
    // Channels of one group far apart, and a first position 48 deviations away: as far as one of 48 x 48
    // can be. Sums are taken from there in fp32, which costs a digit.
    constexpr double kEps = 1e-5;
    const MadeNorm made = made_norm(8, 2, kEps);
    at::Tensor x = map_noise({2, 8, 48, 48}, 14);
    x += at::arange(8, at::kFloat).mul(50).reshape({1, 8, 1, 1});
    x.select(2, 0).select(2, 0).fill_(3000);
    x = x.contiguous(at::MemoryFormat::ChannelsLast);
    VERIFY_CLOSE(made.norm.forward(x), plain_norm(made, 2, kEps, x, {}, false), 10 * kTolerance);
  }

  void group_norm_of_constants() {
    const MadeNorm made = made_norm(6, 3, 1e-5);
    const at::Tensor x = at::full({1, 6, 4, 4}, 250.0F).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor expected = made.bias.reshape({1, 6, 1, 1}).expand({1, 6, 4, 4});
    QVERIFY((made.norm.forward(x) - expected).abs().max().item<double>() <= 1e-2);
    VERIFY_CLOSE(made.norm.forward(at::zeros_like(x)), expected, 1e-7);
  }

  void silu_far_out() {
    // Where e^x leaves the range of fp32: silu is the value itself above and zero below.
    TensorSource source = made_source({{"n.weight", at::full({1}, 100.0F)}, {"n.bias", at::zeros({1})}});
    const GroupNorm norm = GroupNorm::load(source, "n", 1, 1, 1e-5);
    const at::Tensor x = made_noise({1, 1, 32, 32}, 15);
    const at::Tensor y = at::group_norm(wide(x), 1, wide(at::full({1}, 100.0F)), {}, 1e-5);
    const at::Tensor out = norm.forward_silu(x);
    QVERIFY(at::isfinite(out).all().item<bool>());
    VERIFY_CLOSE(out, at::silu(y), kTolerance);
  }

  void layer_norm() {
    const at::Tensor weight = made_noise({40}, 16), bias = made_noise({40}, 17), x = made_noise({2, 9, 40}, 18);
    TensorSource source = made_source({{"l.weight", weight}, {"l.bias", bias}});
    const LayerNorm norm = LayerNorm::load(source, "l", 40, 1e-5);
    VERIFY_CLOSE(norm.forward(x), at::layer_norm(wide(x), {40}, wide(weight), wide(bias), 1e-5), kTolerance);
  }

  void attention_data() {
    QTest::addColumn<QList<int>>("shape");  // batch, heads, queries, keys, width
    for (const QList<int>& shape : {QList<int>{1, 1, 1, 1, 1}, {2, 3, 16, 16, 8}, {1, 2, 64, 77, 32}, {3, 1, 1, 24, 64}, {1, 5, 100, 100, 13}}) {
      QTest::addRow("%d,%d,%d,%d,%d", shape[0], shape[1], shape[2], shape[3], shape[4]) << shape;
    }
  }
  void attention() {
    QFETCH(QList<int>, shape);
    const std::int64_t b = shape[0], heads = shape[1], n = shape[2], m = shape[3], d = shape[4];
    const at::Tensor q = split_heads(made_noise({b, n, heads * d}, 19) * 3, heads);
    const at::Tensor k = split_heads(made_noise({b, m, heads * d}, 20) * 3, heads);
    const at::Tensor v = split_heads(made_noise({b, m, heads * d}, 21), heads);
    QCOMPARE(q.sizes(), at::IntArrayRef({b, heads, n, d}));
    QVERIFY(at::equal(join_heads(q), made_noise({b, n, heads * d}, 19) * 3));
    const at::Tensor logits = at::matmul(wide(q), wide(k).transpose(-1, -2)) / std::sqrt(static_cast<double>(d));
    VERIFY_CLOSE(studio::attention(q, k, v), at::matmul(at::softmax(logits, -1), wide(v)), kTolerance);
    if (n != m) return;
    const at::Tensor after = at::ones({n, n}, at::kBool).triu(1);
    const at::Tensor masked = logits.masked_fill(after, -kInfinity);
    VERIFY_CLOSE(studio::attention(q, k, v, true), at::matmul(at::softmax(masked, -1), wide(v)), kTolerance);
  }

  void maps_and_tokens_are_one_memory() {
    const at::Tensor map = map_noise({2, 6, 4, 5}, 22);
    const at::Tensor tokens = to_tokens(map);
    QCOMPARE(tokens.sizes(), at::IntArrayRef({2, 20, 6}));
    QVERIFY(tokens.const_data_ptr<float>() == map.const_data_ptr<float>());
    QCOMPARE(tokens[1][7][3].item<float>(), map[1][3][1][2].item<float>());
    const at::Tensor back = to_map(tokens, 4, 5);
    QVERIFY(back.const_data_ptr<float>() == map.const_data_ptr<float>() && at::equal(back, map));
  }

  void two_maps_are_their_concatenation_data() {
    QTest::addColumn<at::ScalarType>("dtype");
    QTest::addColumn<bool>("adapted");
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kBFloat16}) {
      QTest::addRow("%s", c10::toString(dtype)) << dtype << false;
      QTest::addRow("%s, an adapter on the shortcut", c10::toString(dtype)) << dtype << true;
    }
  }
  // To the bit, and with the same gradients, whichever of them they are asked of.
  void two_maps_are_their_concatenation() {
    QFETCH(at::ScalarType, dtype);
    QFETCH(bool, adapted);
    const MadeResnet made{12, 18, 24, 6, dtype};  // a group lies in both maps
    const ResnetBlock block = made.load(dtype, at::kCPU, adapted);
    const JoinedMap maps = made.input();
    const at::Tensor whole = at::cat({maps.first, maps.second}, 1).contiguous(at::MemoryFormat::ChannelsLast), offset = made.time_offset();
    QCOMPARE(maps.channels(), whole.size(1));
    QVERIFY(at::equal(maps.concatenated(), whole) && maps.concatenated().is_contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY(JoinedMap{whole}.concatenated().is_same(whole));
    QVERIFY(at::equal(block.forward(maps, offset), block.forward({whole}, offset)));
    QVERIFY(at::equal(block.forward_wide(maps, offset), block.forward_wide({whole}, offset)));
    if (dtype == at::kBFloat16) return;
    const at::Tensor leaf = whole.clone().requires_grad_(true);
    block.forward({leaf}, offset).square().sum().backward();
    const auto parts = leaf.grad().split_with_sizes({maps.first.size(1), maps.second.size(1)}, 1);
    for (const auto& [asks_first, asks_second] : {std::pair{true, true}, {true, false}, {false, true}}) {
      const JoinedMap asked{maps.first.clone().requires_grad_(asks_first), maps.second.clone().requires_grad_(asks_second)};
      const at::Tensor out = block.forward(asked, offset);
      VERIFY_CLOSE(out.detach(), block.forward(maps, offset), kTolerance);
      out.square().sum().backward();
      if (asks_first) VERIFY_CLOSE(asked.first.grad(), parts[0], kTolerance);
      if (asks_second) VERIFY_CLOSE(asked.second.grad(), parts[1], kTolerance);
    }
  }

  // Each layer by itself, also a convolution that is no single product.
  void layers_of_two_maps() {
    const JoinedMap maps{map_noise({2, 5, 6, 4}, 27), map_noise({2, 10, 6, 4}, 28)};
    const at::Tensor whole = maps.concatenated();
    const MadeNorm norm = made_norm(15, 5, 1e-5);
    QVERIFY(at::equal(norm.norm.forward_silu(maps), norm.norm.forward_silu(whole)));
    for (const ConvShape& shape : {ConvShape{15, 8, 1, 1, 0}, {15, 8, 3, 1, 1}, {15, 8, 1, 2, 0}}) {
      const MadeConv made = made_conv(shape);
      QVERIFY(at::equal(made.conv.forward(maps), made.conv.forward(whole)));
    }
  }

  // Where there is no GPU, a layer asked for products in fp8 computes as it is, and every reason is a sentence's end.
  void fp8_without_a_gpu() {
    const at::Tensor x = at::randn({2, 5, 32}), weight = at::randn({48, 32}), bias = at::randn({48});
    const Linear layer(weight, bias);
    layer.prepare_fp8();
    QVERIFY(at::equal(layer.forward_fp8(x), layer.forward(x)));
    const Linear copy = layer;
    QVERIFY(at::equal(copy.forward_fp8(x), layer.forward(x)));
    for (const at::ScalarType dtype : {at::kFloat, at::kHalf, at::kBFloat16}) QVERIFY(!why_no_fp8(at::kCPU, dtype).empty());
  }

  void flops_are_counted() {
    const Linear layer(made_noise({5, 3}, 23), {});
    reset_flops();
    layer.forward(made_noise({2, 7, 3}, 24));
    QCOMPARE(flops_done(), std::int64_t{2 * 14 * 3 * 5});
    const MadeConv made = made_conv({4, 6, 3, 2, 1});
    reset_flops();
    made.conv.forward(map_noise({2, 4, 8, 8}, 25));
    QCOMPARE(flops_done(), std::int64_t{2 * (2 * 6 * 4 * 4) * 4 * 9});
  }
};

QTEST_GUILESS_MAIN(TestLayers)
#include "tst_layers.moc"
