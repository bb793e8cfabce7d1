// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every GPU pass against its reference: op x type x shape. Skips, saying why, where there is no GPU or no library.
#include <ATen/ATen.h>
#include <QtTest>
#include <dlfcn.h>

#include <array>
#include <optional>
#include <utility>

#include "core/base/device.h"
#include "tests/cuda/attention_check.h"
#include "tests/cuda/linear_geglu_check.h"
#include "tests/cuda/winograd_check.h"

using namespace studio;
using namespace studio::cuda;
using namespace studio::cuda::testing;

namespace {

class TorchMemory : public Memory {
 public:
  explicit TorchMemory(c10::Device device) : device_(device) {}
  void* allocate(std::int64_t bytes) override {
    tensors_.push_back(at::empty({bytes}, options().device(device_)));
    return tensors_.back().data_ptr();
  }
  void write(void* to, const void* from, std::int64_t bytes) override {
    wait_for_device(device_);
    at::from_blob(to, {bytes}, options().device(device_)).copy_(at::from_blob(const_cast<void*>(from), {bytes}, options()));
    wait_for_device(device_);
  }
  void read(void* to, const void* from, std::int64_t bytes) override {
    wait_for_device(device_);
    at::from_blob(to, {bytes}, options()).copy_(at::from_blob(const_cast<void*>(from), {bytes}, options().device(device_)));
    wait_for_device(device_);
  }

 private:
  static at::TensorOptions options() { return at::TensorOptions().dtype(at::kByte); }

  c10::Device device_;
  std::vector<at::Tensor> tensors_;
};

struct Library {
  const Ops* ops = nullptr;
  QString why_none;
};

Library open_library() {
#ifdef STUDIO_CUDA_LIBRARY
  void* library = dlopen(STUDIO_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {nullptr, QString("the kernel library cannot be loaded: ") + dlerror()};
  const auto entry = reinterpret_cast<OpsEntry>(dlsym(library, kOpsEntry));
  const Ops* ops = entry == nullptr ? nullptr : entry(kOpsVersion);
  if (ops == nullptr) return {nullptr, "the kernel library is of another version"};
  return {ops, {}};
#else
  return {nullptr, "this build has no kernels (it was made without nvcc)"};
#endif
}

// What a test on a GPU needs; why_none: why it cannot be had here.
struct OnGpu {
  const Ops* ops = nullptr;
  std::optional<c10::Device> device;
  QString why_none;
};

OnGpu open_gpu() {
  const auto device = open_device("cuda:0");
  if (!device) return {nullptr, {}, device.error().message.c_str()};
  static const Library library = open_library();
  return {library.ops, device.value(), library.why_none};
}

}  // namespace

class TestCudaOps : public QObject {
  Q_OBJECT

  template <class Cases>
  static void add_rows(const Cases& cases, std::initializer_list<DType> dtypes) {
    QTest::addColumn<int>("index");
    QTest::addColumn<int>("dtype");
    for (int index = 0; index < static_cast<int>(cases.size()); ++index) {
      for (const DType dtype : dtypes) {
        QTest::addRow("%s, %s", name_of(dtype), cases[static_cast<std::size_t>(index)].name) << index << static_cast<int>(dtype);
      }
    }
  }

 private Q_SLOTS:
  void same_as_reference_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<int>("dtype");
    for (int index = 0; index < static_cast<int>(cases_.size()); ++index) {
      const Case& one = cases_[static_cast<std::size_t>(index)];
      for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
        const Tolerance tolerance = tolerance_of(one, dtype);
        QTest::addRow("%s, %s, %s, within %g + %g of it", name_of(one.op), name_of(dtype), one.name, tolerance.absolute, tolerance.relative)
            << index << static_cast<int>(dtype);
      }
    }
  }

  void same_as_reference() {
    QFETCH(int, index);
    QFETCH(int, dtype);
    const OnGpu gpu = open_gpu();
    if (gpu.ops == nullptr) QSKIP(qPrintable(gpu.why_none));
    TorchMemory memory(*gpu.device);
    const Case& one = cases_[static_cast<std::size_t>(index)];
    const Comparison result = CaseRun(one, static_cast<DType>(dtype), *gpu.ops, memory).run();
    QVERIFY2(result.problem.empty(), result.problem.c_str());
  }

  void attention_as_reference_data() { add_rows(attention_cases_, {DType::F16, DType::BF16}); }

  void attention_as_reference() {
    QFETCH(int, index);
    QFETCH(int, dtype);
    const OnGpu gpu = open_gpu();
    if (gpu.ops == nullptr) QSKIP(qPrintable(gpu.why_none));
    if (const Status status = gpu.ops->has_hopper(0); status.error != nullptr) QSKIP(status.error);
    TorchMemory memory(*gpu.device);
    const AttentionCase& one = attention_cases_[static_cast<std::size_t>(index)];
    const Comparison result = AttentionRun(one, static_cast<DType>(dtype), *gpu.ops, memory).run();
    QVERIFY2(result.problem.empty(), result.problem.c_str());
  }

  void linear_geglu_as_reference_data() { add_rows(linear_geglu_cases_, {DType::F16, DType::BF16}); }

  void linear_geglu_as_reference() {
    QFETCH(int, index);
    QFETCH(int, dtype);
    const OnGpu gpu = open_gpu();
    if (gpu.ops == nullptr) QSKIP(qPrintable(gpu.why_none));
    if (const Status status = gpu.ops->has_hopper(0); status.error != nullptr) QSKIP(status.error);
    TorchMemory memory(*gpu.device);
    const Comparison result = LinearGegluRun(linear_geglu_cases_[static_cast<std::size_t>(index)], static_cast<DType>(dtype), *gpu.ops, memory).run();
    QVERIFY2(result.problem.empty(), result.problem.c_str());
  }

  void winograd_as_reference_data() { add_rows(winograd_cases_, {DType::F32, DType::F16, DType::BF16}); }

  void winograd_as_reference() {
    QFETCH(int, index);
    QFETCH(int, dtype);
    const OnGpu gpu = open_gpu();
    if (gpu.ops == nullptr) QSKIP(qPrintable(gpu.why_none));
    TorchMemory memory(*gpu.device);
    const Comparison result = WinogradRun(winograd_cases_[static_cast<std::size_t>(index)], static_cast<DType>(dtype), *gpu.ops, memory).run();
    QVERIFY2(result.problem.empty(), result.problem.c_str());
  }

  // The reference itself: its three passes around products are a convolution, of the map or of the doubled map.
  void reference_winograd() {
    for (const bool doubles : {false, true}) {
      for (const auto& [height, width] : {std::pair{6, 8}, {5, 7}, {1, 3}}) {
        const std::int64_t times = doubles ? 2 : 1, parts = times * times, numbers = winograd_numbers(doubles);
        const std::int64_t tiles = 2 * winograd_lines(height, doubles) * winograd_lines(width, doubles);
        const at::Tensor x = at::randn({2, height, width, 8}), weight = at::randn({4, 3, 3, 8}), bias = at::randn({4});
        at::Tensor v = at::empty({numbers, tiles, 8}), u = at::empty({numbers, parts * 4, 8}), sum = at::randn({2, times * height, times * width, 4});
        const at::Tensor map = x.permute({0, 3, 1, 2}), seen = doubles ? at::upsample_nearest2d(map, {2 * height, 2 * width}) : map;
        const at::Tensor expected = at::conv2d(seen, weight.permute({0, 3, 1, 2}), bias, 1, 1) + sum.permute({0, 3, 1, 2});
        QVERIFY(ref::winograd_input({DType::F32, doubles, x.const_data_ptr(), v.mutable_data_ptr(), 2, height, width, 8}).error == nullptr);
        QVERIFY(ref::winograd_weight({DType::F32, doubles, weight.const_data_ptr(), u.mutable_data_ptr(), 4, 8}).error == nullptr);
        const at::Tensor products = at::bmm(v, u.transpose(1, 2));
        QVERIFY(ref::winograd_output({DType::F32, doubles, products.const_data_ptr(), bias.const_data_ptr(), sum.const_data_ptr(),
                                      sum.mutable_data_ptr(), 2, height, width, 4}).error == nullptr);
        QVERIFY(at::allclose(sum.permute({0, 3, 1, 2}), expected, 1e-5, 1e-5));
      }
    }
  }

  // The reference itself, against LibTorch's operators.
  void reference_linear_geglu() {
    const at::Tensor x = at::randn({3, 10}), weight = at::randn({12, 10}), bias = at::randn({12});
    at::Tensor out = at::empty({3, 6});
    const LinearGeglu call{DType::F32, x.const_data_ptr(), weight.const_data_ptr(), bias.const_data_ptr(), out.mutable_data_ptr(), 3, 10, 6};
    QVERIFY(ref::linear_geglu(call).error == nullptr);
    const std::vector<at::Tensor> halves = at::linear(x, weight, bias).chunk(2, -1);
    QVERIFY(at::allclose(out, halves[0] * at::gelu(halves[1]), 1e-5, 1e-6));
  }

  void reference_interleave() {
    const at::Tensor x = at::randn({2, 4, 5, 4, 5}), bias = at::randn({5});
    at::Tensor out = at::empty({2, 6, 8, 5}), expected = at::empty_like(out);
    QVERIFY(ref::interleave({DType::F32, x.const_data_ptr(), bias.const_data_ptr(), out.mutable_data_ptr(), 2, 3, 4, 5}).error == nullptr);
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        expected.slice(1, i, {}, 2).slice(2, j, {}, 2).copy_(x.narrow(1, i, 3).narrow(2, j, 4).select(3, 2 * i + j) + bias);
      }
    }
    QVERIFY(at::equal(out, expected));
  }

  // The reference itself: a mix of unit matrices changes nothing, and all queries equal give all outputs equal.
  void reference_attention() {
    std::vector<float> q{0.5F, -1, 2, 3}, unit{1, 0, 0, 1};
    std::vector<float> heads(4 * 64), out(2 * 4 * 64);
    for (std::size_t i = 0; i < heads.size(); ++i) heads[i] = q[i / 64] * static_cast<float>(i % 7);
    const QueryMix mixes[2] = {{unit.data(), unit.data()}, {}};
    const AttentionRow rows[2] = {{0, -1}, {0, 0}};
    Attention call{DType::F32, heads.data(), heads.data(), heads.data(), {256, 64, 64}, {256, 64, 64}, out.data()};
    call.queries = call.keys = 4;
    call.height = call.width = 2;
    call.rows = rows;
    call.row_count = 2;
    call.mixes = mixes;
    call.mix_count = 2;
    QVERIFY(ref::attention(call).error == nullptr);
    QVERIFY(std::equal(out.begin(), out.begin() + 256, out.begin() + 256));
    QVERIFY(!std::equal(out.begin(), out.begin() + 64, out.begin() + 64));
    const AttentionRow means[2] = {{0, 1}, {0, 1}};
    call.rows = means;
    QVERIFY(ref::attention(call).error == nullptr);
    QVERIFY(std::equal(out.begin(), out.begin() + 64, out.begin() + 64));
  }

  // The reference's own fp8 numbers, against LibTorch's: all there are, and what lies between them.
  void reference_fp8() {
    for (int bits = 0; bits < 256; ++bits) {
      const c10::Float8_e4m3fn number(static_cast<std::uint8_t>(bits), c10::Float8_e4m3fn::from_bits());
      const double value = ref::fp8_value(static_cast<std::uint8_t>(bits));
      if (std::isnan(value)) {
        QVERIFY(std::isnan(static_cast<float>(number)));
        continue;
      }
      QCOMPARE(value, static_cast<double>(static_cast<float>(number)));
      QCOMPARE(static_cast<int>(ref::fp8_bits(value)), bits);
    }
    for (int i = -40000; i <= 40000; ++i) {
      const float value = 0.0112F * static_cast<float>(i) * (i % 3 == 0 ? 1.0F : 0.01F);
      if (std::abs(value) <= 448) QCOMPARE(ref::fp8_bits(value), c10::Float8_e4m3fn(value).x);
    }
    QCOMPARE(ref::fp8_value(ref::fp8_bits(1e6)), 448.0);
    QCOMPARE(ref::fp8_value(ref::fp8_bits(-1e6)), -448.0);
  }

  // Wrong parameters get a sentence and no launch; empty ones nothing at all. None of it needs a GPU.
  void refusals() {
    const Ops reference{nullptr, ref::group_norm_silu, ref::geglu, ref::add_layer_norm, ref::add_bias, ref::attention, nullptr, ref::quantise_rows, ref::linear_geglu, nullptr, ref::interleave,
                        ref::winograd_input, ref::winograd_weight, ref::winograd_output};
    const Library library = open_library();
    for (const Ops* ops : {&reference, library.ops}) {
      if (ops == nullptr) continue;
      GroupNormSilu norm;
      norm.first.channels = 33;
      norm.groups = 32;
      norm.samples = norm.positions = 1;
      QVERIFY(ops->group_norm_silu(norm, {}).error != nullptr);
      norm.groups = 33;
      QVERIFY(ops->group_norm_silu(norm, {}).error != nullptr);  // no arrays
      norm.samples = 0;
      QVERIFY(ops->group_norm_silu(norm, {}).error == nullptr);
      Geglu geglu;
      geglu.rows = -1;
      QVERIFY(ops->geglu(geglu, {}).error != nullptr);
      AddLayerNorm layer_norm;
      layer_norm.dtype = DType::F16;
      layer_norm.parameter_dtype = DType::BF16;
      QVERIFY(ops->add_layer_norm(layer_norm, {}).error != nullptr);
      AddBias add;
      add.dtype = DType::F16;
      add.out_dtype = DType::BF16;
      QVERIFY(ops->add_bias(add, {}).error != nullptr);
      QuantiseRows fp8;
      QVERIFY(ops->quantise_rows(fp8, {}).error == nullptr);  // no rows
      fp8.rows = fp8.channels = 1;
      QVERIFY(ops->quantise_rows(fp8, {}).error != nullptr);  // and no arrays
      Interleave interleave;
      QVERIFY(ops->interleave(interleave, {}).error == nullptr);  // no samples
      interleave.samples = interleave.height = interleave.width = interleave.channels = 1;
      QVERIFY(ops->interleave(interleave, {}).error != nullptr);  // and no arrays
      WinogradInput tiles;
      QVERIFY(ops->winograd_input(tiles, {}).error == nullptr);  // no samples
      tiles.samples = tiles.height = tiles.width = 1;
      tiles.channels = 4;
      QVERIFY(ops->winograd_input(tiles, {}).error != nullptr);  // and no arrays
      alignas(16) std::array<float, 128> some{};
      tiles.x = some.data() + 1;
      tiles.out = some.data() + 64;
      QVERIFY(ops->winograd_input(tiles, {}).error != nullptr);  // not aligned
      WinogradWeight filters{DType::F32, false, some.data(), some.data(), 1, 6};
      QVERIFY(ops->winograd_weight(filters, {}).error != nullptr);  // no fours
      WinogradOutput pixels{DType::F32, false, some.data(), some.data() + 1, nullptr, some.data(), 1, 1, 1, 4};
      QVERIFY(ops->winograd_output(pixels, {}).error != nullptr);  // its bias is not aligned
      LinearGeglu linear;
      QVERIFY(ops->linear_geglu(linear, {}).error == nullptr);  // no rows
      linear.rows = linear.inner = 1;
      QVERIFY(ops->linear_geglu(linear, {}).error != nullptr);  // no channels
      linear.channels = 1;
      QVERIFY(ops->linear_geglu(linear, {}).error != nullptr);  // and no arrays
      Attention attention;
      QVERIFY(ops->attention(attention, {}).error == nullptr);  // no rows
      const AttentionRow beyond{1, -1}, lost{0, 0};
      float number = 0;
      attention.q = attention.k = attention.v = attention.out = &number;
      attention.row_count = 1;
      attention.rows = &beyond;
      QVERIFY(ops->attention(attention, {}).error != nullptr);  // there is one sample
      attention.rows = &lost;
      QVERIFY(ops->attention(attention, {}).error != nullptr);  // and no mix
      const QueryMix half{&number, nullptr};
      attention.mixes = &half;
      attention.mix_count = 1;
      QVERIFY(ops->attention(attention, {}).error != nullptr);
      const QueryMix whole{&number, &number};
      attention.mixes = &whole;
      attention.height = attention.width = 2;
      QVERIFY(ops->attention(attention, {}).error != nullptr);  // a map of four for one query
    }
    if (library.ops == nullptr) QSKIP(qPrintable(library.why_none));
    float number = 0;
    GroupNormSilu norm;
    norm.first = {&number, 1};
    norm.weight = norm.bias = norm.out = &number;
    norm.samples = norm.positions = 1;
    QVERIFY(library.ops->group_norm_silu_workspace(norm) > 0);
    QVERIFY(library.ops->group_norm_silu(norm, {}).error != nullptr);  // no workspace
    Attention attention;
    const AttentionRow mixed{0, 0};
    const QueryMix mix{&number, &number};
    attention.q = attention.k = attention.v = attention.out = &number;
    attention.row_count = attention.mix_count = attention.height = attention.width = 1;
    attention.rows = &mixed;
    attention.mixes = &mix;
    QCOMPARE(library.ops->attention_workspace(attention), std::int64_t{128});
    QVERIFY(library.ops->attention(attention, {}).error != nullptr);  // nor here
  }

 private:
  const std::vector<AttentionCase> attention_cases_ = attention_cases();
  const std::vector<LinearGegluCase> linear_geglu_cases_ = linear_geglu_cases();
  const std::vector<WinogradCase> winograd_cases_ = winograd_cases();
  const std::vector<Case> cases_ = [] {
    std::vector<Case> all = group_norm_cases();
    for (const Case& one : other_cases()) all.push_back(one);
    return all;
  }();
};

QTEST_GUILESS_MAIN(TestCudaOps)
#include "tst_cuda_ops.moc"
