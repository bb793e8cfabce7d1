// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One step of a run: plan the rows, evaluate them, combine, move the sampler. Between two steps a run
// can wait as long as it likes; nothing of it lives in the UNet. It can be parked there, and any number
// of runs go on from where it stood.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <typeindex>
#include <vector>

#include "core/api/engine.h"
#include "core/guidance/guidance.h"
#include "core/model/controlnet.h"
#include "core/model/unet.h"
#include "core/sampling/sampler.h"

namespace studio {

using Terms = std::vector<std::unique_ptr<GuidanceTerm>>;

struct StepOutcome {
  at::Tensor x0;            // [B,4,h,w] estimate of the clean latents
  int row_evaluations = 0;  // UNet rows this step evaluated, shared ones counted whole
  int rows_known = 0;       // rows it needed but was given
  at::Tensor conditional, guided;  // [B,4,h,w] epsilon before and after the terms
};

// Predictions of one step by branch_key(), each [B,4,h,w].
using Predictions = std::map<std::string, at::Tensor>;

// Names what a branch computes, so that another run can use it; "" for one that only its own run can use.
// `negative`: a text that stands for the negative prompt.
std::string branch_key(const Branch& branch, const std::string& negative);

// The distinct branches that these terms ask for at a step, the conditional one first.
std::vector<Branch> distinct_branches(const Terms& terms, const StepInfo& step);

// Distinct UNet rows that these terms ask for at a step, the conditional one included.
int count_branches(const Terms& terms, const StepInfo& step);

// Encoder outputs by what the encoder computes, as branch_key() says it of a branch edited in the down blocks alone.
using EncoderOutputs = std::map<std::string, EncoderOutput>;

// Whether the UNet runs whole at this step when its encoder's output is used again (`every` > 1): at each of the
// first tenth of the steps, and from there on at one in `every`.
// Source: Li et al. 2023 (Faster Diffusion), arXiv 2312.09608; hutaiHang/Faster-Diffusion utils_sd.py, whose steps 0-3, 5,
// 10, 15, 25, 35 of 50 lie closer at the start too. Differs: the mid block runs at every step, at its own timestep, so
// that what SEG changes there is of that step (theirs is used again); and no noise is added towards the end.
bool is_key_step(int step, int steps, int every);

// A run between two steps. Tensors are shared with the run, never written in place.
struct ParkedRun {
  int step = 0;
  at::Tensor latents;
  std::shared_ptr<const Sampler> sampler;
  NoiseSource noise;  // a copy stands at the same place
  std::map<std::type_index, std::shared_ptr<const void>> term_states;  // by kind of term
  EncoderOutputs encoder;  // what the next steps may use again
};

// A ControlNet at work on a job in the steps first_step <= step < end_step.
struct ControlUse {
  std::shared_ptr<const ControlNet> net;
  at::Tensor embedded;  // [1,C,h,w]: ControlNet::embed() of the job's control picture
  double scale = 1;
  int first_step = 0, end_step = 0;
};

// Latents that stay as a picture has them but for a part of them: after each step all others go back to the
// picture at the next step's noise level.
// Shapes: clean, noise [B,4,h,w]; repaint [1,1,h,w], true where latents are painted anew.
// Source: diffusers 0.30.3 pipeline_stable_diffusion_xl_inpaint.py, models of 4 channels.
struct KeptLatents {
  at::Tensor clean, noise, repaint;
};

// Threads: one at a time. The Unet must outlive it.
class Denoiser {
 public:
  struct Parts {
    const Unet* unet;
    std::unique_ptr<Sampler> sampler;
    Terms terms;
    std::shared_ptr<Conditioning> conditioning;  // text 0 is positive, text 1 (if present) negative
    NoiseSource noise;
    RowSharing sharing = RowSharing::Shared;
    bool one_row_at_a_time = false;  // least memory
    std::string negative;            // see branch_key()
    std::optional<ControlUse> control = {};
    std::shared_ptr<Conditioning> control_conditioning = {};  // the same texts for the ControlNet
    std::optional<KeptLatents> kept = {};
    // Above 1, an approximation: only key steps run the UNet's encoder, the others take its output from the last
    // one. A step with a row whose output is not there runs whole, and so does a row that somebody watches.
    int encoder_every = 1;
    // Another one: UnetInput::fp8, in every evaluation without gradients.
    bool fp8 = false;
    bool can_stop_inside = false;  // UnetInput::can_stop_inside
  };
  // latents [B,4,h,w] in fp32 (fp64 with an fp64 model), at the noise level of `first_step`; with as many
  // as there are steps nothing is left to do.
  Denoiser(Parts parts, at::Tensor latents, int first_step = 0);
  // Goes on from a parked run whose parameters have been equal so far; parts' sampler and noise are not
  // used.
  Denoiser(Parts parts, const ParkedRun& parked);

  bool is_done() const { return step_ >= parts_.sampler->steps(); }
  int next_step() const { return step_; }
  int steps() const { return parts_.sampler->steps(); }
  const at::Tensor& latents() const { return latents_; }
  // `known`: predictions of this very step from runs in the same state; those not in it are evaluated and
  // added. Not used when encoder outputs are: such predictions depend on which rows the last key step had.
  // Errors: throws what checkpoint throws, and tensor errors; the run is then where it was before.
  StepOutcome step(const std::function<void()>& checkpoint, Predictions* known = nullptr);
  // From here on one row at a time.
  void save_memory() { parts_.one_row_at_a_time = true; }
  bool saves_memory() const { return parts_.one_row_at_a_time; }
  // The run as it stands; it may go on itself.
  ParkedRun park() const;

 private:
  struct Evaluated {
    std::vector<Branch> branches;
    std::vector<at::Tensor> predictions;
    int rows_known = 0;
    // By branch; "" for one that runs whole. Filled in for steps that reuse or keep.
    std::vector<std::string> encoder_keys;
    bool reuses_encoder = false;
    bool keeps_encoder = false;  // the next step reuses what this one finds out
    EncoderOutputs encoder;      // if so
  };
  void plan_encoder(Evaluated& evaluated) const;
  at::Tensor combine(const StepInfo& info, const Evaluated& evaluated,
                     const std::vector<std::vector<std::size_t>>& wanted);
  void evaluate(Evaluated& evaluated, const std::function<void()>& checkpoint, Predictions* known);
  enum class Encoder { Runs, Reused };
  void evaluate_together(Evaluated& evaluated, const std::vector<std::size_t>& indices, Encoder encoder, const std::function<void()>& checkpoint);
  at::Tensor evaluate_with_gradient(const Branch& branch, const std::function<void()>& checkpoint);
  at::Tensor model_input(const Branch* branch) const;
  std::vector<ControlResiduals> control_for(const at::Tensor& input, std::span<const UnetRow> rows, const std::function<void()>& checkpoint) const;
  at::Tensor keep_rest(const at::Tensor& latents, int at_step) const;

  Parts parts_;
  at::Tensor latents_;
  int step_ = 0;
  EncoderOutputs encoder_;  // of the last key step, while the next step may reuse it
};

}  // namespace studio
