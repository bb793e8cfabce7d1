// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The guidance seam: a term says which UNet rows a step needs and turns their predictions into a new
// epsilon. Terms combine without knowing each other. A new method is one .cpp and one registry line.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/api/catalogue.h"
#include "core/api/result.h"
#include "core/model/attention_edit.h"

namespace studio {

enum class Text { Positive, Negative };

struct StepInfo {
  int step = 0;  // 0-based
  int steps = 1;
  double timestep = 0;
  double noise_sigma = 0;
  at::Tensor latents;  // [B,4,h,w] before the step, as the sampler keeps them (not scaled for the model)
};

// One UNet forward that a step needs.
struct Branch {
  Text text = Text::Positive;
  LayerSet layers;                            // where the edit applies
  std::shared_ptr<const AttentionEdit> edit;  // null: plain attention
  std::shared_ptr<LayerObserver> observer;    // null: nobody watches; a watched branch is never shared
  // With gradient: evaluated apart, and the prediction (and what the observer sees) carries the graph
  // back to `gradient_input`, which the loop sets to the model's input, a leaf that requires grad.
  bool with_gradient = false;
  std::shared_ptr<at::Tensor> gradient_input;
  // Evaluate at these latents instead of the step's own (an inversion's trajectory, say).
  std::optional<at::Tensor> other_latents;
};

class GuidanceTerm {  // one instance a job, so state cannot leak into the next
 public:
  virtual ~GuidanceTerm() = default;
  // The rows this step needs. Equal branches of several terms are evaluated once.
  virtual std::vector<Branch> plan(const StepInfo& step) const = 0;
  // epsilon: what the terms before made, [B,4,h,w]; it starts as the conditional prediction.
  // predictions[i] belongs to plan(step)[i], each [B,4,h,w]. Returns the new epsilon. May update own state.
  virtual at::Tensor apply(const StepInfo& step, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) = 0;

  // What follows lets sweeps share the steps that several jobs have in common.

  // Everything of this term that decides plan() and apply() at this step, its id first; "" when it does
  // nothing there. Jobs whose other parameters, and whose keys of all steps so far, are equal are in the
  // same state. nullopt: cannot be said, so a job with this term shares no step. `step` has no latents.
  virtual std::optional<std::string> step_key(const StepInfo& /*step*/) const { return std::nullopt; }
  // The first later step at which step_key() or plan() may be different.
  virtual int steady_until(const StepInfo& step) const { return step.step + 1; }
  // A term that carries something from step to step hands it over here, to one of its own kind whose job
  // has been equal so far. Null: nothing to carry, as at the start of a job.
  virtual std::shared_ptr<const void> saved_state() const { return nullptr; }
  virtual void restore_state(const std::shared_ptr<const void>& /*state*/) {}
};

struct TermInfo {
  Card card;
  // A term that is inactive with these parameters comes back as null.
  // Errors: InvalidArgument when the parameters do not fit this model's layers.
  Result<std::unique_ptr<GuidanceTerm>> (*make)(const ParamSet& params, const LayerCounts& layers);
};

// In the order they are applied.
std::span<const TermInfo* const> guidance_terms();

// The active terms of a job. Errors: those of TermInfo::make.
Result<std::vector<std::unique_ptr<GuidanceTerm>>> make_terms(const ParamSet& guidance, const LayerCounts& layers);

// A parameter's value, or its declared initial one. Throws CheckError for a key that `card` lacks.
double real_param(const Card& card, const ParamSet& params, std::string_view key);
std::string text_param(const Card& card, const ParamSet& params, std::string_view key);

// A number's bits as text, for keys: no two different numbers have the same.
std::string exact_text(double value);

}  // namespace studio
