// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A GPU works behind its caller. Here are marks in its work to wait for, and copies that neither wait for all of it nor
// hold it up. On a CPU all that was asked for is done, and these do nothing.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace studio {

// A place in the work that a device was given.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
  // Until the device has got there. Errors: throws what went wrong on the device before. Blocks.
  virtual void wait() = 0;
};

// Marks the end of what the device's current stream was given; null where that is done already: on a CPU.
// Must not block.
std::unique_ptr<DeviceEvent> mark_event(c10::Device device);
// mark_event(), or a stand-in for it.
using MarkEvent = std::function<std::unique_ptr<DeviceEvent>(c10::Device device)>;

// x on the CPU, copied in a second stream that does not wait for what the first one was given after x. x must be
// finished: an event after it was waited for. Blocks for the copy alone.
at::Tensor fetch_beside(const at::Tensor& x);

// x, which is on the CPU, as `options` say, without waiting for the device. Must not block.
at::Tensor send(const at::Tensor& x, const at::TensorOptions& options);

}  // namespace studio
