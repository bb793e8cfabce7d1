// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Through LibTorch's interface for any device, so that no CUDA header is needed.
#include "core/base/device_streams.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <map>

namespace studio {
namespace {

class StreamEvent final : public DeviceEvent {
 public:
  explicit StreamEvent(c10::Device device) : event_(device.type()) {
    event_.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }
  void wait() override { event_.synchronize(); }

 private:
  c10::Event event_;
};

// Streams of LibTorch's pool do not wait for the default stream, nor it for them.
c10::Stream stream_beside(c10::Device device) {
  thread_local std::map<c10::DeviceIndex, c10::Stream> streams;
  auto found = streams.find(device.index());
  if (found == streams.end()) {
    found = streams.emplace(device.index(), c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)).first;
  }
  return found->second;
}

// In memory that a GPU reads and writes by itself, while its caller goes on.
at::Tensor pinned_like(const at::Tensor& x) {
  return at::empty(x.sizes(), at::TensorOptions().dtype(x.scalar_type()).device(at::kCPU).pinned_memory(true));
}

}  // namespace

std::unique_ptr<DeviceEvent> mark_event(c10::Device device) {
  return device.is_cpu() ? nullptr : std::make_unique<StreamEvent>(device);
}

at::Tensor fetch_beside(const at::Tensor& x) {
  if (x.is_cpu()) return x;
  const c10::StreamGuard guard(stream_beside(x.device()));
  at::Tensor copy = pinned_like(x);
  copy.copy_(x, /*non_blocking=*/true);
  // Once it has been waited for, no stream but x's own uses x's memory: nothing need be recorded for it.
  StreamEvent(x.device()).wait();
  return copy;
}

at::Tensor send(const at::Tensor& x, const at::TensorOptions& options) {
  if (options.device().is_cpu()) return x.to(options);
  at::Tensor pinned = pinned_like(x);
  pinned.copy_(x);
  // The allocator keeps the pinned memory until the copy has been made.
  return pinned.to(options, /*non_blocking=*/true);
}

}  // namespace studio
