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
