// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention on made-up data, compared with the reference. Knows neither Qt nor a GPU, as op_check.h.
#pragma once

#include "tests/cuda/op_check.h"

namespace studio::cuda::testing {

struct AttentionCase {
  const char* name = "";
  std::int64_t samples = 1, heads = 1, queries = 1, keys = 1, height = 0, width = 0;
  std::vector<AttentionRow> rows;
  int mixes = 0;           // random matrices with rows that sum to 1; the mix after them is the mean
  bool is_fused = false;   // q, k and v are parts of one array [samples,tokens,3,heads,64]
};

inline std::vector<AttentionCase> attention_cases() {
  const AttentionRow plain{0, -1};
  return {
      {.name = "one tile", .queries = 128, .keys = 128, .rows = {plain}},
      {.name = "ten tiles of keys", .heads = 2, .queries = 128, .keys = 1280, .rows = {plain}},
      {.name = "a prompt's 77 keys", .samples = 2, .heads = 3, .queries = 300, .keys = 77, .rows = {plain, {1, -1}}},
      {.name = "one query, one key", .queries = 1, .keys = 1, .rows = {plain}},
      {.name = "129 queries and keys", .heads = 2, .queries = 129, .keys = 129, .rows = {plain}},
      {.name = "a fork blurred, 32x32", .samples = 2, .heads = 2, .queries = 1024, .keys = 1024, .height = 32, .width = 32, .rows = {plain, {1, -1}, {1, 0}}, .mixes = 1, .is_fused = true},
      {.name = "26x38, unfilled tiles", .heads = 1, .queries = 988, .keys = 988, .height = 26, .width = 38, .rows = {plain, {0, 0}}, .mixes = 1, .is_fused = true},
      {.name = "5x7, two blurs, mean", .samples = 3, .heads = 2, .queries = 35, .keys = 35, .height = 5, .width = 7, .rows = {{2, 0}, {0, -1}, {1, 1}, {1, 2}, {2, 2}}, .mixes = 2, .is_fused = true},
      {.name = "8x8 blurred", .heads = 4, .queries = 64, .keys = 64, .height = 8, .width = 8, .rows = {{0, 0}}, .mixes = 1, .is_fused = true},
      {.name = "12x64 blurred", .queries = 768, .keys = 768, .height = 12, .width = 64, .rows = {{0, 0}}, .mixes = 1, .is_fused = true},
      {.name = "3x100 blurred", .queries = 300, .keys = 300, .height = 3, .width = 100, .rows = {{0, 0}}, .mixes = 1, .is_fused = true},
      {.name = "100x4, two blurs", .heads = 2, .queries = 400, .keys = 400, .height = 100, .width = 4, .rows = {{0, 1}, plain, {0, 0}}, .mixes = 2, .is_fused = true},
      {.name = "60x3 blurred", .queries = 180, .keys = 180, .height = 60, .width = 3, .rows = {{0, 0}}, .mixes = 1, .is_fused = true},
      // More tiles than a Hopper GPU has multiprocessors (132): those left over are split in three pieces, or in two.
      {.name = "tiles in three pieces", .heads = 28, .queries = 960, .keys = 64, .rows = {plain}},
      {.name = "24x32, tiles in two pieces", .heads = 24, .queries = 768, .keys = 64, .height = 24, .width = 32, .rows = {plain, {0, 0}}, .mixes = 1},
      {.name = "mean, 1000 tokens", .heads = 3, .queries = 1000, .keys = 1000, .rows = {{0, 0}, plain}, .is_fused = true},
  };
}

// One case on a GPU. What matters of an error is its size beside the numbers of its query and head: `worst_part` is that of
// the allowed 4 roundings of dtype.
class AttentionRun {
 public:
  AttentionRun(const AttentionCase& one, DType dtype, const Ops& ops, Memory& memory) : case_(one), dtype_(dtype), ops_(ops), memory_(memory) {}

  Comparison run() {
    const std::int64_t tokens = std::max(case_.queries, case_.keys), inner = case_.heads * 64;
    const std::int64_t parts = case_.is_fused ? 3 : 1;
    std::vector<Both> arrays;
    for (int i = 0; i < (case_.is_fused ? 1 : 3); ++i) arrays.push_back(numbers(case_.samples * tokens * parts * inner));
    const auto out_count = static_cast<std::int64_t>(case_.rows.size()) * case_.queries * inner;
    Both out{std::vector<std::uint8_t>(static_cast<std::size_t>(2 * out_count), 0xff), memory_.allocate(2 * out_count)};
    memory_.write(out.gpu, out.host.data(), 2 * out_count);
    std::vector<QueryMix> on_host(static_cast<std::size_t>(case_.mixes)), on_gpu(on_host.size());
    std::vector<std::vector<float>> matrices;
    for (int i = 0; i < case_.mixes; ++i) {
      for (const std::int64_t side : {case_.height, case_.width}) {
        matrices.push_back(matrix(side));
        const auto bytes = static_cast<std::int64_t>(matrices.back().size() * sizeof(float));
        void* const copy = memory_.allocate(bytes);
        memory_.write(copy, matrices.back().data(), bytes);
        const bool is_y = matrices.size() % 2 == 1;
        (is_y ? on_gpu[i].along_y : on_gpu[i].along_x) = static_cast<const float*>(copy);
      }
    }
    for (int i = 0; i < case_.mixes; ++i) on_host[i] = {matrices[2 * i].data(), matrices[2 * i + 1].data()};
    on_host.push_back({});  // the mean
    on_gpu.push_back({});
    const auto call_with = [&](bool gpu) {
      const auto part = [&](int i) {
        Both& array = arrays[case_.is_fused ? 0 : i];
        return static_cast<const std::uint8_t*>(gpu ? array.gpu : array.host.data()) + (case_.is_fused ? 2 * i * inner : 0);
      };
      const AttentionStrides stride{tokens * parts * inner, 64, parts * inner};
      Attention call{dtype_, part(0), part(1), part(2), stride, stride, gpu ? out.gpu : out.host.data()};
      call.samples = case_.samples;
      call.heads = case_.heads;
      call.queries = case_.queries;
      call.keys = case_.keys;
      call.height = case_.height;
      call.width = case_.width;
      call.rows = case_.rows.data();
      call.row_count = static_cast<std::int64_t>(case_.rows.size());
      call.mixes = gpu ? on_gpu.data() : on_host.data();
      call.mix_count = static_cast<std::int64_t>(on_host.size());
      return call;
    };
    Attention on_gpu_call = call_with(true);
    on_gpu_call.workspace_bytes = ops_.attention_workspace(on_gpu_call);
    on_gpu_call.workspace = memory_.allocate(on_gpu_call.workspace_bytes);
    if (const Status status = ops_.attention(on_gpu_call, {}); status.error != nullptr) return {status.error};
    if (const Status status = ref::attention(call_with(false)); status.error != nullptr) return {status.error};
    std::vector<std::uint8_t> actual(out.host.size());
    memory_.read(actual.data(), out.gpu, 2 * out_count);
    return compare(actual, out.host, out_count / 64);
  }

 private:
  struct Both {
    std::vector<std::uint8_t> host;
    void* gpu = nullptr;
  };

  Both numbers(std::int64_t count) {
    Both both{std::vector<std::uint8_t>(static_cast<std::size_t>(2 * count)), memory_.allocate(2 * count)};
    std::normal_distribution<double> normal(0.0, 1.3);
    for (std::int64_t i = 0; i < count; ++i) ref::put(both.host.data(), dtype_, i, normal(random_));
    memory_.write(both.gpu, both.host.data(), 2 * count);
    return both;
  }

  std::vector<float> matrix(std::int64_t side) {
    std::uniform_real_distribution<float> uniform;
    std::vector<float> values(static_cast<std::size_t>(side * side));
    for (std::int64_t row = 0; row < side; ++row) {
      float sum = 0;
      // Most of the weight is near: a blur by everything would leave nothing to compare.
      for (std::int64_t i = 0; i < side; ++i) {
        const auto away = static_cast<float>(std::abs(row - i));
        sum += values[row * side + i] = away > 20 ? 0.0F : uniform(random_) * std::exp(-0.3F * away);
      }
      for (std::int64_t i = 0; i < side; ++i) values[row * side + i] /= sum;
    }
    return values;
  }

  Comparison compare(const std::vector<std::uint8_t>& actual, const std::vector<std::uint8_t>& expected, std::int64_t heads) const {
    const double allowed = 4 * (dtype_ == DType::F16 ? 1.0 / 2048 : 1.0 / 256);
    Comparison result;
    for (std::int64_t head = 0; head < heads; ++head) {
      double error = 0, size = 0;
      for (std::int64_t i = head * 64; i < head * 64 + 64; ++i) {
        const double want = ref::get(expected.data(), dtype_, i), got = ref::get(actual.data(), dtype_, i);
        error += (got - want) * (got - want);
        size += want * want;
      }
      const double part = std::sqrt(error / size) / allowed;
      if (part <= result.worst_part) continue;
      result.worst_part = part;
      if (part <= 1) continue;
      result.problem = "head " + std::to_string(head) + " of the output is " + std::to_string(part) + " times what is allowed away";
      if (std::isnan(part)) return result;
    }
    return result;
  }

  const AttentionCase& case_;
  DType dtype_;
  const Ops& ops_;
  Memory& memory_;
  std::mt19937 random_{20262};
};

}  // namespace studio::cuda::testing
