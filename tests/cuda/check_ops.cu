// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Checks every GPU pass against the reference, then times it at the sizes of SDXL; exit status 1 where one is wrong.
// Needs neither Qt nor LibTorch. From the root of the tree:
//   nvcc -std=c++20 -O3 -gencode=arch=compute_90a,code=sm_90a -I. tests/cuda/check_ops.cu cuda/src/*.cu cuda/src/*.cpp cuda/ref/*.cpp -o check_ops && ./check_ops
// Options: --check, --time or --attention: only that; the last times attention alone.
#include "tests/cuda/attention_check.h"
#include "tests/cuda/linear_geglu_check.h"
#include "tests/cuda/winograd_check.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace studio::cuda;
using namespace studio::cuda::testing;

namespace {

constexpr double kBytesPerSecond = 4.3e12;  // what the memory of an H200 reaches
constexpr std::int64_t kBeyondCache = 256LL << 20;  // several times the level 2 cache of the largest GPUs
constexpr int kMostCopies = 32, kWarmUps = 10, kRuns = 50;

void must(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(error));
  std::exit(2);
}

void must(Status status) {
  if (status.error == nullptr) return;
  std::fprintf(stderr, "%s\n", status.error);
  std::exit(2);
}

class GpuMemory : public Memory {
 public:
  GpuMemory() = default;
  GpuMemory(const GpuMemory&) = delete;
  GpuMemory& operator=(const GpuMemory&) = delete;
  ~GpuMemory() override {
    for (void* pointer : pointers_) cudaFree(pointer);
  }
  void* allocate(std::int64_t bytes) override {
    void* pointer = nullptr;
    must(cudaMalloc(&pointer, static_cast<std::size_t>(std::max<std::int64_t>(bytes, 16))));
    pointers_.push_back(pointer);
    return pointer;
  }
  void write(void* to, const void* from, std::int64_t bytes) override {
    must(cudaDeviceSynchronize());
    must(cudaMemcpy(to, from, static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice));
  }
  void read(void* to, const void* from, std::int64_t bytes) override {
    must(cudaDeviceSynchronize());
    must(cudaMemcpy(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost));
  }

 private:
  std::vector<void*> pointers_;
};

int check(const Ops& ops) {
  std::vector<Case> cases = group_norm_cases();
  for (const Case& one : other_cases()) cases.push_back(one);
  int bad = 0, all = 0;
  const auto tell = [&](const char* op, const char* name, DType dtype, const Comparison& result) {
    const bool is_good = result.problem.empty();
    std::printf("%s  %-15s %s  %-32s %.3f of the tolerance  %s\n", is_good ? "ok " : "BAD", op, name_of(dtype), name, result.worst_part, result.problem.c_str());
    bad += is_good ? 0 : 1;
    ++all;
  };
  if (const Status status = ops.has_hopper(0); status.error != nullptr) {
    std::printf("attention and linear_geglu are left out: %s\n", status.error);
  } else {
    for (const AttentionCase& one : attention_cases()) {
      for (const DType dtype : {DType::F16, DType::BF16}) {
        GpuMemory memory;
        tell("attention", one.name, dtype, AttentionRun(one, dtype, ops, memory).run());
      }
    }
    for (const LinearGegluCase& one : linear_geglu_cases()) {
      for (const DType dtype : {DType::F16, DType::BF16}) {
        GpuMemory memory;
        tell("linear_geglu", one.name, dtype, LinearGegluRun(one, dtype, ops, memory).run());
      }
    }
  }
  for (const WinogradCase& one : winograd_cases()) {
    for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
      GpuMemory memory;
      tell("winograd", one.name, dtype, WinogradRun(one, dtype, ops, memory).run());
    }
  }
  for (const Case& one : cases) {
    for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
      GpuMemory memory;
      tell(name_of(one.op), one.name, dtype, CaseRun(one, dtype, ops, memory).run());
    }
  }
  std::printf("%d of %d cases are right\n\n", all - bad, all);
  return bad;
}

struct Timed {
  Op op = Op::GroupNorm;
  std::int64_t samples = 1, positions = 1, first = 1, second = 0;
};

// Those of a UNet at 1024x1024 with one to three rows, and of the VAE's decoder.
std::vector<Timed> timed_sizes() {
  std::vector<Timed> sizes;
  for (const std::int64_t n : {1, 2, 3}) {
    sizes.push_back({Op::GroupNorm, n, 16384, 320});
    sizes.push_back({Op::GroupNorm, n, 16384, 320, 320});
    sizes.push_back({Op::GroupNorm, n, 16384, 640, 320});
    sizes.push_back({Op::GroupNorm, n, 4096, 320});
    sizes.push_back({Op::GroupNorm, n, 4096, 640});
    sizes.push_back({Op::GroupNorm, n, 4096, 640, 320});
    sizes.push_back({Op::GroupNorm, n, 4096, 640, 640});
    sizes.push_back({Op::GroupNorm, n, 4096, 1280, 640});
    sizes.push_back({Op::GroupNorm, n, 1024, 640});
    sizes.push_back({Op::GroupNorm, n, 1024, 1280});
    sizes.push_back({Op::GroupNorm, n, 1024, 1280, 640});
    sizes.push_back({Op::GroupNorm, n, 1024, 1280, 1280});
    sizes.push_back({Op::Geglu, 1, n * 4096, 2560});
    sizes.push_back({Op::Geglu, 1, n * 1024, 5120});
    sizes.push_back({Op::AddLayerNorm, 1, n * 4096, 640});
    sizes.push_back({Op::AddLayerNorm, 1, n * 1024, 1280});
    sizes.push_back({Op::AddBias, 1, n * 16384, 320});
    sizes.push_back({Op::AddBias, 1, n * 1024, 1280});
  }
  sizes.push_back({Op::GroupNorm, 1, 16384, 512});
  sizes.push_back({Op::GroupNorm, 1, 65536, 512});
  sizes.push_back({Op::GroupNorm, 1, 262144, 512});
  sizes.push_back({Op::GroupNorm, 1, 262144, 256});
  sizes.push_back({Op::GroupNorm, 1, 1048576, 256});
  sizes.push_back({Op::GroupNorm, 1, 1048576, 128});
  return sizes;
}

// Zeros take other paths through erf and other power than a model's numbers do.
void* noise(Memory& memory, std::int64_t bytes) {
  static const std::vector<std::uint16_t> tile = [] {
    std::vector<std::uint16_t> values(1U << 20U);
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    for (std::size_t i = 0; i < values.size(); ++i) ref::put(values.data(), DType::F16, static_cast<std::int64_t>(i), normal(random));
    return values;
  }();
  auto* pointer = static_cast<std::uint8_t*>(memory.allocate(bytes));
  const auto tile_bytes = static_cast<std::int64_t>(tile.size() * sizeof tile[0]);
  for (std::int64_t done = 0; done < bytes; done += tile_bytes) memory.write(pointer + done, tile.data(), std::min(tile_bytes, bytes - done));
  return pointer;
}

struct Work {
  std::vector<std::function<void(Stream)>> calls;  // the same on different arrays
  std::int64_t moved = 0;  // bytes a call must read and write; statistics read their input a second time
  std::int64_t least = 0;  // the same without the second reading
};

int copies_of(std::int64_t bytes) {
  return static_cast<int>(std::clamp<std::int64_t>((kBeyondCache + bytes - 1) / bytes, 1, kMostCopies));
}

Work group_norm_work(const Timed& size, const Ops& ops, Memory& memory) {
  const std::int64_t channels = size.first + size.second;
  const std::int64_t bytes = size.samples * size.positions * channels * 2;
  Work work{{}, 3 * bytes, 2 * bytes};
  GroupNormSilu call;
  call.dtype = call.parameter_dtype = call.out_dtype = DType::F16;
  call.samples = size.samples;
  call.positions = size.positions;
  call.groups = 32;
  call.weight = noise(memory, 2 * channels);
  call.bias = noise(memory, 2 * channels);
  call.offset = noise(memory, 2 * size.samples * channels);
  call.offset_stride = channels;
  call.first.channels = size.first;
  call.second.channels = size.second;
  for (int i = copies_of(2 * bytes); i > 0; --i) {
    call.first.data = noise(memory, bytes / channels * size.first);
    call.second.data = size.second > 0 ? noise(memory, bytes / channels * size.second) : nullptr;
    call.out = memory.allocate(bytes);
    call.workspace_bytes = ops.group_norm_silu_workspace(call);
    if (call.workspace == nullptr) call.workspace = memory.allocate(call.workspace_bytes);
    work.calls.emplace_back([call, &ops](Stream stream) { must(ops.group_norm_silu(call, stream)); });
  }
  return work;
}

Work geglu_work(const Timed& size, const Ops& ops, Memory& memory) {
  const std::int64_t bytes = size.positions * size.first * 2;
  Work work{{}, 3 * bytes, 3 * bytes};
  for (int i = copies_of(3 * bytes); i > 0; --i) {
    const auto* projection = static_cast<std::uint16_t*>(noise(memory, 2 * bytes));
    const Geglu call{DType::F16, projection, projection + size.first, 2 * size.first, memory.allocate(bytes), size.positions, size.first};
    work.calls.emplace_back([call, &ops](Stream stream) { must(ops.geglu(call, stream)); });
  }
  return work;
}

Work add_layer_norm_work(const Timed& size, const Ops& ops, Memory& memory) {
  const std::int64_t bytes = size.positions * size.first * 2;
  Work work{{}, 4 * bytes, 4 * bytes};
  AddLayerNorm call;
  call.dtype = call.parameter_dtype = DType::F16;
  call.x_biases[0] = noise(memory, 2 * size.first);
  call.weight = noise(memory, 2 * size.first);
  call.bias = noise(memory, 2 * size.first);
  call.rows = size.positions;
  call.channels = size.first;
  for (int i = copies_of(4 * bytes); i > 0; --i) {
    call.x = noise(memory, bytes);
    call.residual = noise(memory, bytes);
    call.sum = memory.allocate(bytes);
    call.out = memory.allocate(bytes);
    work.calls.emplace_back([call, &ops](Stream stream) { must(ops.add_layer_norm(call, stream)); });
  }
  return work;
}

Work add_bias_work(const Timed& size, const Ops& ops, Memory& memory) {
  const std::int64_t bytes = size.positions * size.first * 2;
  Work work{{}, 3 * bytes, 3 * bytes};
  AddBias call;
  call.dtype = call.out_dtype = DType::F16;
  call.bias = noise(memory, 2 * size.first);
  call.rows = size.positions;
  call.channels = size.first;
  for (int i = copies_of(3 * bytes); i > 0; --i) {
    call.x = noise(memory, bytes);
    call.residual = noise(memory, bytes);
    call.out = memory.allocate(bytes);
    work.calls.emplace_back([call, &ops](Stream stream) { must(ops.add_bias(call, stream)); });
  }
  return work;
}

// Median milliseconds a call. The calls are captured into one graph: launching them one by one from the host would
// take longer than the small ones run. It also shows that they can be captured.
double time_of(const Work& work) {
  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  cudaEvent_t begin = nullptr, end = nullptr;
  must(cudaStreamCreate(&stream));
  must(cudaEventCreate(&begin));
  must(cudaEventCreate(&end));
  work.calls.front()({stream, 0});  // loads the kernels: not while capturing
  must(cudaStreamSynchronize(stream));
  must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (const auto& call : work.calls) call({stream, 0});
  must(cudaStreamEndCapture(stream, &graph));
  must(cudaGraphInstantiate(&ready, graph, 0));
  for (int i = 0; i < kWarmUps; ++i) must(cudaGraphLaunch(ready, stream));
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) {
    float elapsed_ms = 0;
    must(cudaEventRecord(begin, stream));
    must(cudaGraphLaunch(ready, stream));
    must(cudaEventRecord(end, stream));
    must(cudaEventSynchronize(end));
    must(cudaEventElapsedTime(&elapsed_ms, begin, end));
    times.push_back(elapsed_ms / static_cast<double>(work.calls.size()));
  }
  must(cudaGraphExecDestroy(ready));
  must(cudaGraphDestroy(graph));
  must(cudaEventDestroy(begin));
  must(cudaEventDestroy(end));
  must(cudaStreamDestroy(stream));
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
}

// A matrix [side,side] that blurs over `reach` neighbours to both sides, in the GPU's memory.
const float* blur_matrix(std::int64_t side, std::int64_t reach, Memory& memory) {
  std::vector<float> values(static_cast<std::size_t>(side * side));
  for (std::int64_t to = 0; to < side; ++to) {
    const std::int64_t first = std::max<std::int64_t>(to - reach, 0), end = std::min(to + reach + 1, side);
    std::fill(values.begin() + to * side + first, values.begin() + to * side + end, 1.0F / static_cast<float>(end - first));
  }
  const auto bytes = static_cast<std::int64_t>(values.size() * sizeof values[0]);
  void* const copy = memory.allocate(bytes);
  memory.write(copy, values.data(), bytes);
  return static_cast<const float*>(copy);
}

// Attention of a map's positions to each other, beside that with the last row's queries mixed.
void time_attention(const Ops& ops) {
  std::printf("attention, fp16, us a call: no blur, and the last row blurred over 6 neighbours, over all, by the mean\n");
  struct Size {
    std::int64_t side, heads;
  };
  for (const Size size : {Size{32, 20}, Size{64, 10}}) {
    for (std::int64_t rows = 1; rows <= 3; ++rows) {
      std::printf("%lldx%lld, %lld heads, %lld rows: ", static_cast<long long>(size.side), static_cast<long long>(size.side),
                  static_cast<long long>(size.heads), static_cast<long long>(rows));
      GpuMemory memory;
      const std::int64_t tokens = size.side * size.side, inner = size.heads * 64, bytes = rows * tokens * inner * 2;
      const std::vector<QueryMix> mixes{{blur_matrix(size.side, 6, memory), blur_matrix(size.side, 6, memory)},
                                        {blur_matrix(size.side, size.side, memory), blur_matrix(size.side, size.side, memory)},
                                        {}};
      for (int mix = -1; mix < static_cast<int>(mixes.size()); ++mix) {
        std::vector<AttentionRow> all;
        for (int row = 0; row < rows; ++row) all.push_back({row, row + 1 == rows ? std::min(mix, 0) : -1});
        Work work;
        for (int i = copies_of(4 * bytes); i > 0; --i) {
          const auto* qkv = static_cast<std::uint16_t*>(noise(memory, 3 * bytes));
          const AttentionStrides stride{tokens * 3 * inner, 64, 3 * inner};
          Attention call{DType::F16, qkv, qkv + inner, qkv + 2 * inner, stride, stride, memory.allocate(bytes)};
          call.samples = call.row_count = rows;
          call.heads = size.heads;
          call.queries = call.keys = tokens;
          call.height = call.width = size.side;
          call.workspace_bytes = tokens * inner * 2;
          call.workspace = memory.allocate(call.workspace_bytes);
          work.calls.emplace_back([=, &ops, &mixes](Stream stream) {
            Attention now = call;
            now.rows = all.data();
            now.mixes = mixes.data() + std::max(mix, 0);
            now.mix_count = mix < 0 ? 0 : 1;
            must(ops.attention(now, stream));
          });
        }
        std::printf(" %8.2f", time_of(work) * 1e3);
      }
      std::printf("\n");
    }
  }
}

void time_all(const Ops& ops, const std::string& gpu) {
  std::printf("fp16, median of %d runs of a graph; floor: bytes at %.1f TB/s, in brackets without a second reading\n", kRuns, kBytesPerSecond / 1e12);
  std::string json = "{\"gpu\": \"" + gpu + "\", \"dtype\": \"fp16\", \"results\": [";
  for (const Timed& size : timed_sizes()) {
    GpuMemory memory;
    const Work work = size.op == Op::GroupNorm ? group_norm_work(size, ops, memory)
                      : size.op == Op::Geglu   ? geglu_work(size, ops, memory)
                      : size.op == Op::AddBias ? add_bias_work(size, ops, memory)
                                               : add_layer_norm_work(size, ops, memory);
    const double ms = time_of(work);
    const auto floor_us = [](std::int64_t bytes) { return static_cast<double>(bytes) / kBytesPerSecond * 1e6; };
    const double rate = static_cast<double>(work.moved) / (ms * 1e6);
    std::printf("%-15s %lld x %7lld x %4lld + %4lld  %8.2f MB  %9.2f us  %7.0f GB/s  floor %8.2f us (%.2f)\n",
                name_of(size.op), static_cast<long long>(size.samples), static_cast<long long>(size.positions),
                static_cast<long long>(size.first), static_cast<long long>(size.second), static_cast<double>(work.moved) / 1e6,
                ms * 1e3, rate, floor_us(work.moved), floor_us(work.least));
    char row[400];
    std::snprintf(row, sizeof row,
                  "%s\n  {\"op\": \"%s\", \"samples\": %lld, \"positions\": %lld, \"channels\": [%lld, %lld], \"bytes\": %lld, "
                  "\"ms\": %.6f, \"gb_per_s\": %.1f, \"floor_ms\": %.6f, \"arrays\": %zu}",
                  json.back() == '[' ? "" : ",", name_of(size.op), static_cast<long long>(size.samples),
                  static_cast<long long>(size.positions), static_cast<long long>(size.first), static_cast<long long>(size.second),
                  static_cast<long long>(work.moved), ms, rate, floor_us(work.moved) / 1e3, work.calls.size());
    json += row;
  }
  std::printf("%s\n]}\n", json.c_str());
}

}  // namespace

int main(int count, char** arguments) {
  const std::string only = count > 1 ? arguments[1] : "";
  const Ops* ops = studio_cuda_ops(kOpsVersion);
  if (ops == nullptr || studio_cuda_ops(kOpsVersion + 1) != nullptr) {
    std::fprintf(stderr, "the table of passes does not mind its version\n");
    return 1;
  }
  cudaDeviceProp properties{};
  must(cudaGetDeviceProperties(&properties, 0));
  std::printf("%s, compute capability %d.%d\n", properties.name, properties.major, properties.minor);
  const int bad = only.empty() || only == "--check" ? check(*ops) : 0;
  if ((only.empty() || only == "--attention") && ops->has_hopper(0).error == nullptr) time_attention(*ops);
  if (only.empty() || only == "--time") time_all(*ops, properties.name);
  return bad == 0 ? 0 : 1;
}
