// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Planning and evaluation of a step's branches.
#include "core/pipeline/denoise.h"

#include "core/base/check.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

namespace studio {
namespace {

// A branch that carries state of its own (an observer, gradients, other latents) is never merged.
bool is_private(const Branch& branch) {
  return branch.observer != nullptr || branch.with_gradient || branch.other_latents.has_value();
}

bool is_same(const Branch& a, const Branch& b) {
  if (is_private(a) || is_private(b)) return false;
  return a.text == b.text && a.edit == b.edit && (a.edit == nullptr || a.layers == b.layers);
}

// Index of an equal branch, appended when there is none.
std::size_t find_or_add(std::vector<Branch>& branches, const Branch& branch) {
  const auto same = std::find_if(branches.begin(), branches.end(), [&](const Branch& b) { return is_same(b, branch); });
  if (same != branches.end()) return static_cast<std::size_t>(same - branches.begin());
  branches.push_back(branch);
  return branches.size() - 1;
}

UnetRow row_of(const Branch& branch) {
  return {branch.text == Text::Positive ? 0 : 1, branch.layers, branch.edit, branch.observer};
}

}  // namespace

int count_branches(const std::vector<std::unique_ptr<GuidanceTerm>>& terms, const StepInfo& step) {
  std::vector<Branch> branches{Branch{.text = Text::Positive}};
  for (const auto& term : terms) {
    for (const Branch& branch : term->plan(step)) find_or_add(branches, branch);
  }
  return static_cast<int>(branches.size());
}

Denoiser::Denoiser(Parts parts, at::Tensor latents, int first_step)
    : parts_(std::move(parts)), latents_(std::move(latents)), step_(first_step) {
  STUDIO_CHECK(first_step >= 0 && first_step < parts_.sampler->steps(), first_step);
}

at::Tensor Denoiser::model_input(const Branch* branch) const {
  const at::Tensor& latents = branch != nullptr && branch->other_latents ? *branch->other_latents : latents_;
  return parts_.sampler->model_input(step_, latents).to(parts_.conditioning.dtype());
}

at::Tensor Denoiser::evaluate_with_gradient(const Branch& branch, const std::function<void()>& checkpoint) {
  const c10::InferenceMode off(false);
  const c10::AutoGradMode on(true);
  // A copy made here is a normal tensor, whatever the mode its source was made in.
  const at::Tensor input = model_input(&branch).clone().detach().requires_grad_(true);
  if (branch.gradient_input != nullptr) *branch.gradient_input = input;
  const std::vector<UnetRow> rows{row_of(branch)};
  return parts_.unet->forward({input, step_, rows, parts_.sharing == RowSharing::Shared, checkpoint}, parts_.conditioning).front();
}

std::vector<at::Tensor> Denoiser::evaluate(const std::vector<Branch>& branches, const std::function<void()>& checkpoint) {
  std::vector<at::Tensor> predictions(branches.size());
  std::vector<UnetRow> together;
  std::vector<std::size_t> together_index;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const bool is_apart = branches[i].with_gradient || branches[i].other_latents.has_value();
    if (!is_apart) {
      together.push_back(row_of(branches[i]));
      together_index.push_back(i);
    } else if (branches[i].with_gradient) {
      predictions[i] = evaluate_with_gradient(branches[i], checkpoint);
    } else {
      const std::vector<UnetRow> rows{row_of(branches[i])};
      predictions[i] = parts_.unet->forward({model_input(&branches[i]), step_, rows, true, checkpoint}, parts_.conditioning).front();
    }
  }
  const bool share = parts_.sharing == RowSharing::Shared;
  const auto results = parts_.unet->forward({model_input(nullptr), step_, together, share, checkpoint}, parts_.conditioning);
  for (std::size_t i = 0; i < results.size(); ++i) predictions[together_index[i]] = results[i];
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    // The state is kept in at least fp32; a narrower model's answer joins it there.
    if (!branches[i].with_gradient) predictions[i] = predictions[i].to(latents_.scalar_type());
  }
  return predictions;
}

at::Tensor Denoiser::combine(const StepInfo& info, const Evaluated& evaluated, const std::vector<std::vector<std::size_t>>& wanted) {
  at::Tensor epsilon = evaluated.predictions.front();
  for (std::size_t t = 0; t < parts_.terms.size(); ++t) {
    std::vector<at::Tensor> predictions;
    for (const std::size_t index : wanted[t]) predictions.push_back(evaluated.predictions[index]);
    epsilon = parts_.terms[t]->apply(info, epsilon, predictions);
  }
  return epsilon;
}

StepOutcome Denoiser::step(const std::function<void()>& checkpoint) {
  STUDIO_CHECK(!is_done());
  const Sampler& sampler = *parts_.sampler;
  const StepInfo info{step_, sampler.steps(), sampler.timestep(step_), sampler.noise_sigma(step_), latents_};
  Evaluated evaluated;
  find_or_add(evaluated.branches, Branch{.text = Text::Positive});  // where epsilon starts
  std::vector<std::vector<std::size_t>> wanted;
  for (const auto& term : parts_.terms) {
    std::vector<std::size_t> indices;
    for (const Branch& branch : term->plan(info)) indices.push_back(find_or_add(evaluated.branches, branch));
    wanted.push_back(std::move(indices));
  }
  evaluated.predictions = evaluate(evaluated.branches, checkpoint);
  const at::Tensor epsilon = combine(info, evaluated, wanted);
  const StepResult result = parts_.sampler->step(step_, latents_, epsilon, parts_.noise);
  latents_ = result.latents;
  ++step_;
  return {result.x0, static_cast<int>(evaluated.branches.size())};
}

}  // namespace studio
