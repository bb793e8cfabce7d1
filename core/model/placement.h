// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where the parts of a model are: on the device while they are used, else in the computer's memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/api/memory.h"
#include "core/model/weight_tensors.h"

namespace studio {

// How weights travel. The copies on the host stay: weights never change, so that going back is forgetting.
class WeightMover {
 public:
  virtual ~WeightMover() = default;
  // What the tensor is while it is not on the device.
  virtual at::Tensor at_home(const at::Tensor& weight) = 0;
  // Starts copying to the device; what follows on the copying side waits for it. Returns the copy.
  virtual at::Tensor start_copy(const at::Tensor& home) = 0;
  // Notes the end of the copies started so far, for wait_for().
  virtual void mark(int piece) = 0;
  // What is computed from here on waits for what mark(piece) noted.
  virtual void wait_for(int piece) = 0;
  // Blocks until all that was given to the device to compute so far is done.
  virtual void settle() = 0;
  // After settle(): what was copied and is not used any more is free for all.
  virtual void give_back() {}
  // What the weights took before at_home() is not kept for reuse.
  virtual void forget_originals() {}
};

// A second stream of the device copies from pinned memory while the first one computes.
std::unique_ptr<WeightMover> make_device_mover(c10::Device device);

enum class WeightGroup { Text, Unet, Vae };

// Threads: one at a time. Outlives the networks whose gates it makes: they share it.
class Placement : public std::enable_shared_from_this<Placement> {
 public:
  // mode: Turns or Streamed.
  Placement(MemoryMode mode, std::unique_ptr<WeightMover> mover);

  MemoryMode mode() const { return mode_; }
  // Takes over weights that are in the computer's memory. pieces[0] is what must be there for any use of the
  // network; the others may come one after the other, but for the UNet in mode Streamed all come together.
  void add(WeightGroup group, std::vector<std::vector<at::Tensor>> pieces);
  // For the networks of a group.
  std::shared_ptr<WeightGate> gate(WeightGroup group);

  // Bytes of weights on the device now, and at most since the beginning.
  std::int64_t bytes_there() const { return bytes_there_; }
  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  class Gate;
  struct Piece {
    int number = 0;  // over all groups
    std::vector<at::Tensor> weights, homes;
    std::int64_t bytes = 0;
    bool is_there = false;
  };
  using Group = std::vector<Piece>;

  Group& of(WeightGroup group) { return groups_[static_cast<std::size_t>(group)]; }
  void enter(WeightGroup group);
  void enter_piece(WeightGroup group, int index);
  void bring(Piece& piece);
  // Whether there was something to forget.
  bool forget(Piece& piece);

  MemoryMode mode_;
  std::unique_ptr<WeightMover> mover_;
  std::array<Group, 3> groups_;
  bool is_held_ = false;
  int pieces_ = 0;
  std::int64_t bytes_there_ = 0, peak_bytes_ = 0;
};

}  // namespace studio
