// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Layers that read two maps where they lie on a GPU, against their concatenation. Skips, saying why, where there is no GPU or
// no library.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/base/device.h"
#include "core/model/cuda_ops.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_resnet.h"

using namespace studio;
using namespace studio::testing;

class TestCudaLayers : public QObject {
  Q_OBJECT

 private:
  c10::Device device_ = at::kCPU;

  JoinedMap placed(const JoinedMap& x) const { return {x.first.to(device_), x.second.to(device_)}; }

 private Q_SLOTS:
  void initTestCase() {
    const auto device = open_device("cuda:0");
    if (!device) QSKIP(device.error().message.c_str());
    if (!gpu::why_no_kernels().empty()) QSKIP(gpu::why_no_kernels().c_str());
    device_ = device.value();
  }

  void resnet_data() {
    QTest::addColumn<at::ScalarType>("dtype");
    QTest::addColumn<QList<int>>("channels");  // of the two maps and of the output, groups
    QTest::addColumn<bool>("adapted");
    for (const at::ScalarType dtype : {at::kFloat, at::kHalf, at::kBFloat16}) {
      for (const QList<int>& channels : {QList<int>{64, 32, 64, 32}, {640, 320, 320, 32}, {12, 18, 24, 6}}) {
        for (const bool adapted : {false, true}) {
          const char* const with = adapted ? ", an adapter on the shortcut" : "";
          QTest::addRow("%s, %d and %d channels%s", c10::toString(dtype), channels[0], channels[1], with) << dtype << channels << adapted;
        }
      }
    }
  }
  void resnet() {
    QFETCH(at::ScalarType, dtype);
    QFETCH(QList<int>, channels);
    QFETCH(bool, adapted);
    const MadeResnet made{channels[0], channels[1], channels[2], channels[3], dtype};
    const JoinedMap input = made.input(), maps = placed(input);
    QVERIFY(gpu::can_fuse(maps));
    const at::Tensor offset = made.time_offset().to(device_);
    const ResnetBlock block = made.load(dtype, device_, adapted);
    const at::Tensor expected = made.load(at::kDouble, at::kCPU, adapted)
                                    .forward({input.first.to(at::kDouble), input.second.to(at::kDouble)}, made.time_offset().to(at::kDouble));
    // Some roundings of the type; one whole map, which has as many, is held to the same.
    const double tolerance = dtype == at::kFloat ? 1e-5 : dtype == at::kHalf ? 1.5e-3 : 1.2e-2;
    for (const JoinedMap& x : {maps, JoinedMap{maps.concatenated()}}) {
      const at::Tensor out = block.forward(x, offset);
      QVERIFY(out.is_contiguous(at::MemoryFormat::ChannelsLast) && out.scalar_type() == dtype);
      VERIFY_CLOSE(out.cpu(), expected, tolerance);
      VERIFY_CLOSE(block.forward_wide(x, offset).cpu(), expected, tolerance);
    }
    QVERIFY(at::equal(maps.first.cpu(), input.first) && at::equal(maps.second.cpu(), input.second));  // not written to
  }

  // The same sums in the same order, whether a pack of channels lies in one map or the other.
  void group_norm() {
    for (const at::ScalarType dtype : {at::kFloat, at::kHalf, at::kBFloat16}) {
      const MadeResnet made{640, 320, 320, 32, dtype};
      const JoinedMap maps = placed(made.input());
      const at::Tensor weight = made.rounded({960}, 1).to(device_), bias = made.rounded({960}, 2).to(device_);
      const auto apart = gpu::group_norm({maps, {}, {}}, weight, bias, 32, 1e-5, true);
      const auto whole = gpu::group_norm({{maps.concatenated()}, {}, {}}, weight, bias, 32, 1e-5, true);
      QVERIFY(apart && whole && at::equal(*apart, *whole));
    }
  }

  // Minimal filtering takes the place of cuDNN's convolution, with a kept weight or one made in every call, of odd sizes too and of
  // more samples than go through at once.
  void filtering_data() {
    QTest::addColumn<QList<int>>("sizes");  // samples, height, width
    for (const QList<int>& sizes : {QList<int>{3, 32, 32}, {2, 17, 23}, {70, 17, 16}}) {
      QTest::addRow("%d of %dx%d", sizes[0], sizes[1], sizes[2]) << sizes;
    }
  }
  void filtering() {
    QFETCH(QList<int>, sizes);
    constexpr std::int64_t kIn = 640, kOut = 648;
    const at::Tensor weight = made_noise({kOut, kIn, 3, 3}, 1).to(at::kHalf) * 0.02, bias = made_noise({kOut}, 2).to(at::kHalf);
    const auto load = [&] {
      TensorSource source = made_source({{"c.weight", weight}, {"c.bias", bias}}, at::kHalf, device_);
      return Conv2d::load(source, "c", kIn, kOut, 3, 1, 1);
    };
    constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
    const at::Tensor x = made_noise({sizes[0], kIn, sizes[1], sizes[2]}, 3).to(device_, at::kHalf).contiguous(kLayout);
    const at::Tensor other = made_noise({sizes[0], kOut, sizes[1], sizes[2]}, 4).to(device_, at::kHalf).contiguous(kLayout);
    const auto flops_of = [](const auto& work) {
      reset_flops();
      work();
      return flops_done();
    };
    const Conv2d plain = load();
    Conv2d keeping = load(), making = load();
    keeping.use_filtering(true);
    making.use_filtering(false);
    const at::Tensor exact = at::conv2d(x.to(at::kDouble), weight.to(device_, at::kDouble), bias.to(device_, at::kDouble), 1, 1).cpu();
    for (const Conv2d* conv : {&keeping, &making}) {
      at::Tensor y;
      QVERIFY(flops_of([&] { y = conv->forward(x); }) < flops_of([&] { plain.forward(x); }) * 6 / 10);
      VERIFY_CLOSE(y.cpu(), exact, 1.5e-3);
      QVERIFY(y.is_contiguous(kLayout) && at::equal(y, keeping.forward(x)));
      VERIFY_CLOSE(conv->forward_add(x, other).cpu(), exact + other.cpu(), 1.5e-3);
      const auto [unfinished, its_bias] = conv->forward_unfinished(x);
      VERIFY_CLOSE((unfinished + its_bias.view({1, -1, 1, 1})).cpu(), exact, 1.5e-3);
    }
    // Doubled.
    const at::Tensor of_doubled = at::conv2d(at::upsample_nearest2d(x.to(at::kDouble), {2 * sizes[1], 2 * sizes[2]}), weight.to(device_, at::kDouble),
                                             bias.to(device_, at::kDouble), 1, 1).cpu();
    Conv2d doubling = load(), keeping_doubling = load(), making_doubling = load();
    for (Conv2d* conv : {&doubling, &keeping_doubling, &making_doubling}) conv->prepare_doubling();
    keeping_doubling.use_filtering(true);
    making_doubling.use_filtering(false);
    for (const Conv2d* conv : {&keeping_doubling, &making_doubling}) {
      at::Tensor y;
      QVERIFY(flops_of([&] { y = conv->forward_doubled(x); }) < flops_of([&] { doubling.forward_doubled(x); }) * 8 / 10);
      VERIFY_CLOSE(y.cpu(), of_doubled, 1.5e-3);
      QVERIFY(y.is_contiguous(kLayout) && at::equal(y, keeping_doubling.forward_doubled(x)));
      QVERIFY(at::equal(conv->forward(x), plain.forward(x)));  // what adapters ask for stays as it is
    }
    // Neither small maps nor other types.
    for (const at::Tensor& other_x : {x.narrow(2, 0, 7).contiguous(kLayout), x.to(at::kFloat)}) {
      const Conv2d wide = [&] {
        TensorSource source = made_source({{"c.weight", weight}, {"c.bias", bias}}, other_x.scalar_type(), device_);
        return Conv2d::load(source, "c", kIn, kOut, 3, 1, 1);
      }();
      Conv2d same = wide;
      same.use_filtering(true);
      QVERIFY(at::equal(same.forward(other_x), wide.forward(other_x)));
    }
  }

  // What the pass refuses, and what asks for gradients, is concatenated.
  void other_maps() {
    const MadeResnet made{12, 18, 24, 6, at::kDouble};
    const JoinedMap input = made.input(), maps = placed(input);
    QVERIFY(!gpu::can_fuse(maps));
    const at::Tensor offset = made.time_offset();
    const at::Tensor expected = made.load(at::kDouble).forward(input, offset);
    VERIFY_CLOSE(made.load(at::kDouble, device_).forward(maps, offset.to(device_)).cpu(), expected, 1e-12);
    const ResnetBlock single = made.load(at::kFloat, device_);
    for (const bool asks_first : {true, false}) {
      const JoinedMap asked{maps.first.to(at::kFloat).requires_grad_(asks_first), maps.second.to(at::kFloat).requires_grad_(!asks_first)};
      QVERIFY(!gpu::can_fuse(asked));
      const at::Tensor out = single.forward(asked, offset.to(device_, at::kFloat));
      VERIFY_CLOSE(out.detach().cpu(), expected, 1e-5);
      out.sum().backward();
      QVERIFY((asks_first ? asked.first : asked.second).grad().defined());
    }
  }
};

QTEST_GUILESS_MAIN(TestCudaLayers)
#include "tst_cuda_layers.moc"
