// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Planning and evaluation of a step's branches.
#include "core/pipeline/denoise.h"

#include "core/base/check.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <span>
#include <typeinfo>

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

std::string branch_key(const Branch& branch, const std::string& negative) {
  if (is_private(branch)) return {};
  std::string key = "p";
  if (branch.text == Text::Negative) key = "n" + std::to_string(negative.size()) + ":" + negative;
  if (branch.edit == nullptr) return key;
  const std::string edit = branch.edit->key();
  return edit.empty() ? edit : key + " " + branch.layers.key() + " " + edit;
}

namespace {

// Names what the down blocks compute for a branch; "" when nobody else may use it.
std::string encoder_key(const Branch& branch, const std::string& negative, int down_layers) {
  Branch encoder = branch;
  if (branch.layers.first() < 0 || branch.layers.first() >= down_layers) encoder.edit = nullptr;
  return branch_key(encoder, negative);
}

}  // namespace

bool is_key_step(int step, int steps, int every) {
  const int lead = steps / 10;
  return step < lead || (step - lead) % every == 0;
}

std::vector<Branch> distinct_branches(const Terms& terms, const StepInfo& step) {
  std::vector<Branch> branches{Branch{.text = Text::Positive}};
  for (const auto& term : terms) {
    for (const Branch& branch : term->plan(step)) find_or_add(branches, branch);
  }
  return branches;
}

int count_branches(const Terms& terms, const StepInfo& step) { return static_cast<int>(distinct_branches(terms, step).size()); }

Denoiser::Denoiser(Parts parts, at::Tensor latents, int first_step)
    : parts_(std::move(parts)), latents_(std::move(latents)), step_(first_step) {
  STUDIO_CHECK(first_step >= 0 && first_step <= parts_.sampler->steps(), first_step);
}

Denoiser::Denoiser(Parts parts, const ParkedRun& parked)
    : parts_(std::move(parts)), latents_(parked.latents), step_(parked.step), encoder_(parked.encoder) {
  STUDIO_CHECK(parked.sampler->steps() == parts_.sampler->steps(), parked.sampler->steps());
  parts_.sampler = parked.sampler->clone();
  parts_.noise = parked.noise;
  for (const auto& term : parts_.terms) {
    const GuidanceTerm& kind = *term;
    const auto state = parked.term_states.find(typeid(kind));
    if (state != parked.term_states.end()) term->restore_state(state->second);
  }
}

ParkedRun Denoiser::park() const {
  ParkedRun parked{step_, latents_, parts_.sampler->clone(), parts_.noise, {}, encoder_};
  for (const auto& term : parts_.terms) {
    const GuidanceTerm& kind = *term;
    if (auto state = term->saved_state()) parked.term_states.emplace(typeid(kind), std::move(state));
  }
  return parked;
}

at::Tensor Denoiser::model_input(const Branch* branch) const {
  const at::Tensor& latents = branch != nullptr && branch->other_latents ? *branch->other_latents : latents_;
  return parts_.sampler->model_input(step_, latents).to(parts_.conditioning->dtype());
}

// Residuals by text for the texts of `rows`; empty when no ControlNet acts at this step. Rows of one text
// share them: what an edit changes is inside the UNet.
std::vector<ControlResiduals> Denoiser::control_for(const at::Tensor& input, std::span<const UnetRow> rows,
                                                    const std::function<void()>& checkpoint) const {
  if (!parts_.control || step_ < parts_.control->first_step || step_ >= parts_.control->end_step) return {};
  std::vector<UnetRow> plain;
  for (const UnetRow& row : rows) {
    const bool is_known = std::any_of(plain.begin(), plain.end(), [&](const UnetRow& other) { return other.text == row.text; });
    if (!is_known) plain.push_back({.text = row.text, .layers = {}, .edit = nullptr, .observer = nullptr});
  }
  std::vector<ControlResiduals> all;
  const std::size_t at_once = parts_.one_row_at_a_time ? 1 : plain.size();
  for (std::size_t first = 0; first < plain.size(); first += at_once) {
    const UnetInput some{input, step_, std::span(plain).subspan(first, at_once), parts_.sharing == RowSharing::Shared, checkpoint};
    auto residuals = parts_.control->net->forward(some, parts_.control->embedded, parts_.control->scale, *parts_.control_conditioning);
    all.resize(std::max(all.size(), residuals.size()));
    for (std::size_t text = 0; text < residuals.size(); ++text) {
      if (residuals[text].mid.defined()) all[text] = std::move(residuals[text]);
    }
  }
  return all;
}

// `latents`, with all but the part to be repainted put back to the picture as it stands before `at_step`.
at::Tensor Denoiser::keep_rest(const at::Tensor& latents, int at_step) const {
  const KeptLatents& kept = *parts_.kept;
  const bool is_last = at_step >= parts_.sampler->steps();
  return at::where(kept.repaint, latents, is_last ? kept.clean : parts_.sampler->noised(at_step, kept.clean, kept.noise));
}

at::Tensor Denoiser::evaluate_with_gradient(const Branch& branch, const std::function<void()>& checkpoint) {
  const c10::InferenceMode off(false);
  const c10::AutoGradMode on(true);
  // A copy made here is a normal tensor, whatever the mode its source was made in.
  const at::Tensor input = model_input(&branch).clone().detach().requires_grad_(true);
  if (branch.gradient_input != nullptr) *branch.gradient_input = input;
  const std::vector<UnetRow> rows{row_of(branch)};
  const auto control = control_for(input, rows, checkpoint);
  return parts_.unet->forward({input, step_, rows, parts_.sharing == RowSharing::Shared, checkpoint, control}, *parts_.conditioning).front();
}

void Denoiser::plan_encoder(Evaluated& evaluated) const {
  const int steps = parts_.sampler->steps(), every = parts_.encoder_every;
  const bool may_reuse = !is_key_step(step_, steps, every);
  const bool next_reuses = step_ + 1 < steps && !is_key_step(step_ + 1, steps, every);
  if (!may_reuse && !next_reuses) return;
  const int down_layers = parts_.unet->self_attention_layers().down;
  bool has_all = true;
  for (const Branch& branch : evaluated.branches) {
    evaluated.encoder_keys.push_back(encoder_key(branch, parts_.negative, down_layers));
    has_all = has_all && (evaluated.encoder_keys.back().empty() || encoder_.contains(evaluated.encoder_keys.back()));
  }
  evaluated.reuses_encoder = may_reuse && has_all;
  evaluated.keeps_encoder = next_reuses && !evaluated.reuses_encoder;
}

void Denoiser::evaluate_together(Evaluated& evaluated, const std::vector<std::size_t>& indices, Encoder encoder,
                                 const std::function<void()>& checkpoint) {
  if (indices.empty()) return;
  std::vector<UnetRow> rows;
  for (const std::size_t index : indices) rows.push_back(row_of(evaluated.branches[index]));
  const bool share = parts_.sharing == RowSharing::Shared;
  const std::size_t at_once = parts_.one_row_at_a_time ? 1 : rows.size();
  const at::Tensor input = model_input(nullptr);
  const auto control = control_for(input, rows, checkpoint);
  for (std::size_t first = 0; first < rows.size(); first += at_once) {
    UnetInput some{input, step_, std::span(rows).subspan(first, at_once), share, checkpoint, control};
    const auto key_of = [&](std::size_t i) -> const std::string& { return evaluated.encoder_keys[indices[first + i]]; };
    std::vector<EncoderOutput> reused, kept;
    for (std::size_t i = 0; i < at_once && encoder == Encoder::Reused; ++i) reused.push_back(encoder_.at(key_of(i)));
    some.reused = reused;
    some.fp8 = parts_.fp8;
    some.can_stop_inside = parts_.can_stop_inside;
    if (evaluated.keeps_encoder) some.kept = &kept;
    const auto results = parts_.unet->forward(some, *parts_.conditioning);
    for (std::size_t i = 0; i < results.size(); ++i) evaluated.predictions[indices[first + i]] = results[i];
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!key_of(i).empty()) evaluated.encoder.emplace(key_of(i), std::move(kept[i]));
    }
  }
}

void Denoiser::evaluate(Evaluated& evaluated, const std::function<void()>& checkpoint, Predictions* known) {
  const std::vector<Branch>& branches = evaluated.branches;
  std::vector<at::Tensor>& predictions = evaluated.predictions;
  predictions.resize(branches.size());
  std::vector<std::size_t> together, reusing, added;
  std::vector<std::string> keys(branches.size());
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (known != nullptr) keys[i] = branch_key(branches[i], parts_.negative);
    if (parts_.fp8 && !keys[i].empty()) keys[i] += " fp8";
    const auto found = keys[i].empty() ? Predictions::iterator() : known->find(keys[i]);
    if (!keys[i].empty() && found != known->end()) {
      predictions[i] = found->second;
      ++evaluated.rows_known;
      continue;
    }
    added.push_back(i);
    if (branches[i].with_gradient) {
      predictions[i] = evaluate_with_gradient(branches[i], checkpoint);
    } else if (branches[i].other_latents.has_value()) {
      const std::vector<UnetRow> rows{row_of(branches[i])};
      const at::Tensor input = model_input(&branches[i]);
      const auto control = control_for(input, rows, checkpoint);
      predictions[i] = parts_.unet->forward({input, step_, rows, true, checkpoint, control}, *parts_.conditioning).front();
    } else if (evaluated.reuses_encoder && !evaluated.encoder_keys[i].empty()) {
      reusing.push_back(i);
    } else {
      together.push_back(i);
    }
  }
  evaluate_together(evaluated, together, Encoder::Runs, checkpoint);
  evaluate_together(evaluated, reusing, Encoder::Reused, checkpoint);
  for (const std::size_t i : added) {
    // The state is kept in at least fp32; a narrower model's answer joins it there.
    if (!branches[i].with_gradient) predictions[i] = predictions[i].to(latents_.scalar_type());
    // A copy: a view would keep the whole batch alive.
    if (!keys[i].empty()) known->emplace(keys[i], predictions[i].clone());
  }
}

at::Tensor Denoiser::combine(const StepInfo& info, const Evaluated& evaluated, const std::vector<std::vector<std::size_t>>& wanted) {
  // Terms that asked for gradients take them here, from normal tensors; nothing of their graph goes on
  // into the latents.
  const bool has_graph = std::any_of(evaluated.branches.begin(), evaluated.branches.end(), [](const Branch& b) { return b.with_gradient; });
  const c10::InferenceMode mode(c10::InferenceMode::is_enabled() && !has_graph);
  const c10::AutoGradMode gradients(has_graph);
  const auto usable = [&](const at::Tensor& x) { return has_graph && x.is_inference() ? x.clone() : x; };
  StepInfo seen = info;
  seen.latents = usable(info.latents);
  at::Tensor epsilon = usable(evaluated.predictions.front());
  for (std::size_t t = 0; t < parts_.terms.size(); ++t) {
    std::vector<at::Tensor> predictions;
    for (const std::size_t index : wanted[t]) predictions.push_back(usable(evaluated.predictions[index]));
    epsilon = parts_.terms[t]->apply(seen, epsilon, predictions).detach();
  }
  return epsilon;
}

namespace {

// A gradient goes back through weights that were used before.
class HeldWeights {
 public:
  HeldWeights(const Unet& unet, const std::vector<Branch>& branches)
      : unet_(unet), holds_(std::any_of(branches.begin(), branches.end(), [](const Branch& b) { return b.with_gradient; })) {
    if (holds_) unet_.hold_weights(true);
  }
  ~HeldWeights() {
    if (holds_) unet_.hold_weights(false);
  }
  HeldWeights(const HeldWeights&) = delete;
  HeldWeights& operator=(const HeldWeights&) = delete;

 private:
  const Unet& unet_;
  bool holds_;
};

}  // namespace

StepOutcome Denoiser::step(const std::function<void()>& checkpoint, Predictions* known) {
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
  const HeldWeights held(*parts_.unet, evaluated.branches);
  plan_encoder(evaluated);
  evaluate(evaluated, checkpoint, parts_.encoder_every > 1 ? nullptr : known);
  const at::Tensor epsilon = combine(info, evaluated, wanted);
  StepResult result = parts_.sampler->step(step_, latents_, epsilon, parts_.noise);
  if (parts_.kept) {
    result.latents = keep_rest(result.latents, step_ + 1);
    result.x0 = at::where(parts_.kept->repaint, result.x0, parts_.kept->clean);  // for whoever looks
  }
  latents_ = result.latents;
  ++step_;
  if (!evaluated.reuses_encoder) encoder_ = std::move(evaluated.encoder);
  if (is_done() || is_key_step(step_, steps(), parts_.encoder_every)) encoder_.clear();
  const int rows = static_cast<int>(evaluated.branches.size()) - evaluated.rows_known;
  return {result.x0, rows, evaluated.rows_known, evaluated.predictions.front(), epsilon};
}

}  // namespace studio
