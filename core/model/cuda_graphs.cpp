// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Graph capture through LibTorch's CUDA half. A library of its own, loaded after that half: no program links it.
#include "core/model/cuda_ops.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace studio::gpu {
namespace {

// A pool's number is dead once its last graph is gone: the next recording needs a new one.
struct PoolNumber {
  at::cuda::MempoolId_t id{0, 0};
  int graphs = 0;
};

class TorchGraph final : public Graph {
 public:
  TorchGraph(c10::DeviceIndex device, std::shared_ptr<PoolNumber> number) : device_(device), number_(std::move(number)) {
    if (number_->graphs == 0) number_->id = at::cuda::graph_pool_handle();
    number_->graphs += 1;
  }
  ~TorchGraph() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_.reset();
    number_->graphs -= 1;
  }
  TorchGraph(const TorchGraph&) = delete;
  TorchGraph& operator=(const TorchGraph&) = delete;

  void replay() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_->replay();
  }

  // Records what `work` queues on the current stream.
  void record(const std::function<void()>& work) {
    // Other threads, with engines on other GPUs, go on allocating.
    graph_->capture_begin(number_->id, cudaStreamCaptureModeThreadLocal);
    Ending ending(*this);
    work();
    ending.end();
  }

 private:
  // A recording that an error ended is of no use, but the stream and the allocator must leave it.
  class Ending {
   public:
    explicit Ending(TorchGraph& graph) : graph_(graph) {}
    ~Ending() {
      if (is_over_) return;
      try {
        end();
      } catch (const std::exception&) {  // the error that is on its way says more
      }
    }
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;
    void end() {
      is_over_ = true;
      try {
        graph_.graph_->capture_end();
      } catch (const std::exception&) {
        graph_.leave_pool();
        throw;
      }
    }

   private:
    TorchGraph& graph_;
    bool is_over_ = false;
  };

  // capture_end() does this last, and not at all where the stream refuses what was recorded.
  void leave_pool() {
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(device_, number_->id);
    } catch (const std::exception&) {  // it had been left
    }
  }

  c10::DeviceIndex device_;
  std::shared_ptr<PoolNumber> number_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_ = std::make_unique<at::cuda::CUDAGraph>();
};

class TorchGraphPool final : public GraphPool {
 public:
  explicit TorchGraphPool(c10::DeviceIndex device) : device_(device), stream_(c10::cuda::getStreamFromPool(false, device)) {}

  std::unique_ptr<Graph> capture(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard guard(device_);
    // The legacy default stream cannot be recorded.
    c10::cuda::getCurrentCUDAStream(device_).synchronize();
    const c10::cuda::CUDAStreamGuard recording(stream_);
    auto graph = std::make_unique<TorchGraph>(device_, number_);
    graph->record(work);
    return graph;
  }

 private:
  c10::DeviceIndex device_;
  std::shared_ptr<PoolNumber> number_ = std::make_shared<PoolNumber>();
  c10::cuda::CUDAStream stream_;
};

}  // namespace
}  // namespace studio::gpu

extern "C" __attribute__((visibility("default"))) studio::gpu::GraphPool* studio_cuda_graph_pool(int device) {
  return new studio::gpu::TorchGraphPool(static_cast<c10::DeviceIndex>(device));
}
