// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Graph capture through LibTorch's CUDA half. A library of its own, loaded after that half: no program links it.
#include "core/model/cuda_ops.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace studio::gpu {
namespace {

class TorchGraph final : public Graph {
 public:
  explicit TorchGraph(c10::DeviceIndex device) : device_(device) {}
  ~TorchGraph() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_.reset();
  }
  TorchGraph(const TorchGraph&) = delete;
  TorchGraph& operator=(const TorchGraph&) = delete;

  void replay() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_->replay();
  }
  at::cuda::CUDAGraph& graph() { return *graph_; }

 private:
  c10::DeviceIndex device_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_ = std::make_unique<at::cuda::CUDAGraph>();
};

class TorchGraphPool final : public GraphPool {
 public:
  explicit TorchGraphPool(c10::DeviceIndex device)
      : device_(device), id_(at::cuda::graph_pool_handle()), stream_(c10::cuda::getStreamFromPool(false, device)) {}

  std::unique_ptr<Graph> capture(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard guard(device_);
    // The legacy default stream cannot be recorded.
    c10::cuda::getCurrentCUDAStream(device_).synchronize();
    const c10::cuda::CUDAStreamGuard recording(stream_);
    auto graph = std::make_unique<TorchGraph>(device_);
    // Other threads, with engines on other GPUs, go on allocating.
    graph->graph().capture_begin(id_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_quietly(graph->graph());
      throw;
    }
    graph->graph().capture_end();
    return graph;
  }

 private:
  // A recording that an error ended is of no use, but the stream must leave it.
  static void end_quietly(at::cuda::CUDAGraph& graph) {
    try {
      graph.capture_end();
    } catch (const std::exception&) {  // the error that is on its way says more
    }
  }

  c10::DeviceIndex device_;
  at::cuda::MempoolId_t id_;
  c10::cuda::CUDAStream stream_;
};

}  // namespace
}  // namespace studio::gpu

extern "C" __attribute__((visibility("default"))) studio::gpu::GraphPool* studio_cuda_graph_pool(int device) {
  return new studio::gpu::TorchGraphPool(static_cast<c10::DeviceIndex>(device));
}
