// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which weights come and go when, and the copying itself.
#include "core/model/placement.h"

#include "core/base/check.h"
#include "core/base/device.h"
#include "core/base/normal_tensors.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <map>

namespace studio {
namespace {

// Pinned memory for weights that wait. LibTorch rounds each pinned block up to a power of two, which is 1.39
// times a transformer block's weights: so many share a block that is one already. Blocks stay as long as
// this does, and as long as a tensor is in them.
class PinnedHomes {
 public:
  at::Tensor copy_of(const at::Tensor& weight) {
    const auto bytes = static_cast<std::int64_t>(weight.nbytes());
    if (bytes >= kBlockBytes || bytes == 0) return weight.to(at::kCPU).pin_memory();
    auto block = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& one) { return one.used + bytes <= kBlockBytes; });
    if (block == blocks_.end()) {
      blocks_.push_back({at::empty({kBlockBytes}, at::TensorOptions(at::kByte).pinned_memory(true)), 0});
      block = std::prev(blocks_.end());
    }
    auto* const data = static_cast<char*>(block->memory.data_ptr()) + block->used;
    block->used += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    // Strides too: what is channels-last stays so.
    at::Tensor home = at::from_blob(data, weight.sizes(), weight.strides(), [kept = block->memory](void*) {}, weight.options().device(at::kCPU));
    home.copy_(weight);
    return home;
  }

 private:
  static constexpr std::int64_t kBlockBytes = std::int64_t{64} << 20, kAlignment = 512;
  struct Block {
    at::Tensor memory;
    std::int64_t used;
  };
  std::vector<Block> blocks_;
};

class DeviceMover final : public WeightMover {
 public:
  explicit DeviceMover(c10::Device device)
      : device_(device), guard_(device.type()), copying_(guard_.getStreamFromGlobalPool(device)), settled_(device.type()) {}

  at::Tensor at_home(const at::Tensor& weight) override { return homes_.copy_of(weight); }
  at::Tensor start_copy(const at::Tensor& home) override {
    const c10::Stream computing = guard_.getStream(device_);
    const c10::StreamGuard on(copying_);
    at::Tensor copy = home.to(device_, /*non_blocking=*/true);
    // Its memory belongs to the copying stream: without this it could be given out again while it is read.
    copy.record_stream(computing);
    return copy;
  }
  void mark(int piece) override {
    c10::Event& event = events_.try_emplace(piece, device_.type()).first->second;
    event.record(copying_);
  }
  void wait_for(int piece) override { events_.at(piece).block(guard_.getStream(device_)); }
  void settle() override {
    settled_.record(guard_.getStream(device_));
    settled_.synchronize();
  }
  void give_back() override { release_unused_memory(device_); }
  void forget_originals() override { release_unused_memory(c10::kCPU); }

 private:
  PinnedHomes homes_;
  c10::Device device_;
  c10::impl::VirtualGuardImpl guard_;
  c10::Stream copying_;
  c10::Event settled_;
  std::map<int, c10::Event> events_;
};

}  // namespace

std::unique_ptr<WeightMover> make_device_mover(c10::Device device) { return std::make_unique<DeviceMover>(device); }

class Placement::Gate final : public WeightGate {
 public:
  Gate(std::shared_ptr<Placement> placement, WeightGroup group) : placement_(std::move(placement)), group_(group) {}
  void enter() override { placement_->enter(group_); }
  void enter_piece(int index) override { placement_->enter_piece(group_, index); }
  void hold(bool is_held) override { placement_->is_held_ = is_held; }

 private:
  std::shared_ptr<Placement> placement_;
  WeightGroup group_;
};

Placement::Placement(MemoryMode mode, std::unique_ptr<WeightMover> mover) : mode_(mode), mover_(std::move(mover)) {
  STUDIO_CHECK(mode == MemoryMode::Turns || mode == MemoryMode::Streamed);
}

std::shared_ptr<WeightGate> Placement::gate(WeightGroup group) { return std::make_shared<Gate>(shared_from_this(), group); }

void Placement::add(WeightGroup group, std::vector<std::vector<at::Tensor>> pieces) {
  const NormalTensors normal;
  const bool in_pieces = mode_ == MemoryMode::Streamed && group == WeightGroup::Unet;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool is_new = i == 0 || in_pieces;
    if (is_new) {
      of(group).push_back({});
      of(group).back().number = pieces_++;
    }
    Piece& piece = of(group).back();
    for (at::Tensor& weight : pieces[i]) {
      piece.bytes += static_cast<std::int64_t>(weight.nbytes());
      piece.homes.push_back(mover_->at_home(weight));
      weight.set_data(piece.homes.back());
      piece.weights.push_back(weight);
    }
    // Else both copies of a UNet would be there for a while, as it is read as a whole.
    mover_->forget_originals();
  }
}

void Placement::bring(Piece& piece) {
  if (piece.is_there) return;
  const NormalTensors normal;
  // All before the first is used: when there is no memory for one, nothing has changed.
  std::vector<at::Tensor> copies;
  for (const at::Tensor& home : piece.homes) copies.push_back(mover_->start_copy(home));
  for (std::size_t i = 0; i < copies.size(); ++i) piece.weights[i].set_data(copies[i]);
  piece.is_there = true;
  bytes_there_ += piece.bytes;
  peak_bytes_ = std::max(peak_bytes_, bytes_there_);
  mover_->mark(piece.number);
}

bool Placement::forget(Piece& piece) {
  if (!piece.is_there) return false;
  const NormalTensors normal;
  for (std::size_t i = 0; i < piece.weights.size(); ++i) piece.weights[i].set_data(piece.homes[i]);
  piece.is_there = false;
  bytes_there_ -= piece.bytes;
  return true;
}

void Placement::enter(WeightGroup group) {
  bool has_forgotten = false;
  for (Group& other : groups_) {
    if (&other == &of(group)) continue;
    for (Piece& piece : other) has_forgotten = forget(piece) || has_forgotten;
  }
  // Only then is there room.
  if (has_forgotten) {
    mover_->settle();
    mover_->give_back();
  }
  const bool in_pieces = mode_ == MemoryMode::Streamed && group == WeightGroup::Unet;
  // Both text encoders are of one group: they are used together.
  for (Piece& piece : of(group)) {
    if (in_pieces && &piece != &of(group).front()) break;
    bring(piece);
    mover_->wait_for(piece.number);
  }
}

void Placement::enter_piece(WeightGroup group, int index) {
  if (mode_ != MemoryMode::Streamed || group != WeightGroup::Unet) return;
  Group& unet = of(group);
  const auto at = static_cast<std::size_t>(index) + 1;
  STUDIO_CHECK(at < unet.size(), index);
  if (!is_held_) {
    bool has_forgotten = false;
    for (std::size_t i = 1; i < unet.size(); ++i) {
      if (i != at) has_forgotten = forget(unet[i]) || has_forgotten;
    }
    // The device is never more than one piece behind, or the pieces it has not used yet would pile up.
    if (has_forgotten) mover_->settle();
  }
  bring(unet[at]);
  mover_->wait_for(unet[at].number);
  if (is_held_) return;
  bring(unet[at + 1 < unet.size() ? at + 1 : 1]);
}

}  // namespace studio
