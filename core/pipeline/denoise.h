// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One step of a run: plan the rows, evaluate them, combine, move the sampler. Between two steps a run
// can wait as long as it likes; nothing of it lives in the UNet.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/api/engine.h"
#include "core/guidance/guidance.h"
#include "core/model/unet.h"
#include "core/sampling/sampler.h"

namespace studio {

struct StepOutcome {
  at::Tensor x0;            // [B,4,h,w] estimate of the clean latents
  int row_evaluations = 0;  // UNet rows this step asked for, shared ones counted whole
};

// Distinct UNet rows that these terms ask for at a step, the conditional one included.
int count_branches(const std::vector<std::unique_ptr<GuidanceTerm>>& terms, const StepInfo& step);

// Threads: one at a time. The Unet must outlive it.
class Denoiser {
 public:
  struct Parts {
    const Unet* unet;
    std::unique_ptr<Sampler> sampler;
    std::vector<std::unique_ptr<GuidanceTerm>> terms;
    Conditioning conditioning;  // text 0 is positive, text 1 (if present) negative
    NoiseSource noise;
    RowSharing sharing;
  };
  // latents [B,4,h,w] in fp32 (fp64 with an fp64 model), at the noise level of `first_step`.
  Denoiser(Parts parts, at::Tensor latents, int first_step = 0);

  bool is_done() const { return step_ >= parts_.sampler->steps(); }
  int next_step() const { return step_; }
  int steps() const { return parts_.sampler->steps(); }
  const at::Tensor& latents() const { return latents_; }
  // Errors: throws what checkpoint throws, and tensor errors; the run is then where it was before.
  StepOutcome step(const std::function<void()>& checkpoint);

 private:
  struct Evaluated {
    std::vector<Branch> branches;
    std::vector<at::Tensor> predictions;
  };
  at::Tensor combine(const StepInfo& info, const Evaluated& evaluated,
                     const std::vector<std::vector<std::size_t>>& wanted);
  std::vector<at::Tensor> evaluate(const std::vector<Branch>& branches, const std::function<void()>& checkpoint);
  at::Tensor evaluate_with_gradient(const Branch& branch, const std::function<void()>& checkpoint);
  at::Tensor model_input(const Branch* branch) const;

  Parts parts_;
  at::Tensor latents_;
  int step_ = 0;
};

}  // namespace studio
