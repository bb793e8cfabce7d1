// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The SDXL UNet: any widths, depths and sizes a diffusers configuration can name.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/model/blocks.h"
#include "core/model/configs.h"
#include "core/model/unet_graphs.h"

namespace studio {

// Added to each skip of the down blocks, in their order, and to the mid block's output; [B,C,h,w] each.
struct ControlResiduals {
  std::vector<at::Tensor> skips;
  at::Tensor mid;
};

// What the down blocks made of one row: their skips in order, [B,C,h,w] each, without a ControlNet's residuals.
// The last one is also what the mid block gets.
using EncoderOutput = std::vector<at::Tensor>;

struct UnetInput {
  at::Tensor latents;             // [B,4,h,w], scaled for the model; the same for every row
  int step = 0;                   // index into the conditioning's timesteps
  std::span<const UnetRow> rows;  // at least one
  bool share_rows = true;         // false: each row runs whole and unshortened
  std::function<void()> checkpoint = [] {};  // may throw StopRequested
  // What a ControlNet adds, by the rows' text (UnetRow::text); may be empty: nothing is added.
  std::span<const ControlResiduals> control = {};
  // One for each of `rows`, from an evaluation of a row with the same text and the same edits in the down blocks:
  // these take the place of the first convolution and the down blocks, which do not run; `latents` then gives no
  // more than the size. Such rows have no observers and no gradients. Empty: everything runs.
  std::span<const EncoderOutput> reused = {};
  // An approximation: self-attention's and feed-forward products in fp8, where prepare_fp8() could make such weights.
  bool fp8 = false;
  // A GPU is given no more than two blocks ahead, so that `checkpoint` can stop it within the evaluation; it is not recorded
  // then, and takes a little longer.
  bool can_stop_inside = false;
  // Not null: becomes the encoder's output for each of `rows`, for later evaluations.
  std::vector<EncoderOutput>* kept = nullptr;
};

// How much of the UNet is there: its encoder alone is the trunk of a ControlNet.
enum class UnetExtent { Whole, Encoder };

// Threads: forward() is const and may run on several threads with different conditionings.
// Source: diffusers unets/unet_2d_condition.py, SDXL's configuration.
class Unet {
 public:
  static Unet load(TensorSource& source, const UnetConfig& config, UnetExtent extent = UnetExtent::Whole);

  const UnetConfig& config() const { return config_; }
  const LayerCounts& self_attention_layers() const { return layers_; }

  // Every linear layer and convolution under its diffusers name.
  void visit_layers(const LayerVisitor& visit);
  // All weights, in the order of use: first those of no block, then one piece after the other.
  std::vector<std::vector<at::Tensor>> weight_pieces();
  void set_gate(std::shared_ptr<WeightGate> gate) { gate_ = std::move(gate); }
  // Evaluations on a GPU are recorded there; null: they are not. A copy with other adapters needs its own.
  void set_graphs(std::shared_ptr<UnetGraphs> graphs) { graphs_ = std::move(graphs); }
  // Conv2d's, of resnets and upsamplers. Threads: before anyone has a copy.
  void use_filtering(bool keeps_weights);
  // Makes the weights that UnetInput::fp8 asks for, once for all copies. They stay on the GPU: where the weights come and
  // go, none are made. Threads: any. Errors: tensor errors.
  void prepare_fp8() const;
  // While it is held, what was used stays where it is: for gradients.
  void hold_weights(bool is_held) const {
    if (gate_) gate_->hold(is_held);
  }

  // Texts, time ids and all timesteps of a job. The Unet must outlive the result.
  // ids: one for each text, or one for all.
  Conditioning condition(std::vector<TextInput> texts, std::vector<TimeIds> ids, std::vector<double> timesteps) const;
  // One prediction [B,4,h,w] a row, in the order of input.rows. With gradients enabled and
  // latents.requires_grad the predictions carry the graph; then rows may still share, exactly.
  std::vector<at::Tensor> forward(const UnetInput& input, Conditioning& conditioning) const;
  // The skips and the mid block's output, by the texts of input.rows (one plain row a text, no two of one
  // text), with `added` [1 or B,C,h,w] on top of the first convolution.
  std::vector<ControlResiduals> encode(const UnetInput& input, const at::Tensor& added, Conditioning& conditioning) const;

 private:
  struct Stage {
    std::vector<ResnetBlock> resnets;
    std::vector<Transformer2d> transformers;  // none, or one a resnet (mid: one)
    std::optional<Conv2d> resample;
  };
  class Builder;
  // [rows*B,4,h,w], in order of activation.
  at::Tensor evaluate(const UnetInput& input, ActiveRows& rows, Conditioning& conditioning) const;
  // The same, never more than two blocks ahead of the device.
  at::Tensor evaluate_at_hand(const UnetInput& input, ActiveRows& rows, Conditioning& conditioning) const;
  at::Tensor run_down(at::Tensor h, std::vector<at::Tensor>& skips, UnetPass& pass) const;
  // The skips that input.reused brings, in the place of run_first() and run_down().
  std::vector<at::Tensor> take_skips(const UnetInput& input, UnetPass& pass) const;
  at::Tensor run_mid(at::Tensor h, UnetPass& pass) const;
  at::Tensor run_up(at::Tensor h, std::vector<at::Tensor>& skips, UnetPass& pass) const;
  // The first convolution's output, also as the first skip.
  at::Tensor run_first(const UnetInput& input, const at::Tensor& added, const ActiveRows& rows, std::vector<at::Tensor>& skips) const;
  template <class Visit>
  void for_each_stage(Visit visit) const;
  void enter_piece(UnetPass& pass) const {
    if (gate_) gate_->enter_piece(pass.piece++);
  }

  UnetConfig config_;
  LayerCounts layers_;
  int resnet_count_ = 0;
  Linear time_1_, time_2_, added_1_, added_2_;
  Conv2d in_, out_;
  GroupNorm out_norm_;
  std::vector<Stage> down_, up_;
  Stage mid_;
  std::shared_ptr<WeightGate> gate_;  // null: the weights are always there
  std::shared_ptr<UnetGraphs> graphs_;
};

}  // namespace studio
