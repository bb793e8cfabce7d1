// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// From a node of the tree to a picture.
#include "core/sweep/picture_maker.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// |guided - conditional| / |conditional|, 0-dim on the latents' device.
at::Tensor guidance_ratio(const StepOutcome& outcome) {
  return (outcome.guided - outcome.conditional).norm() / outcome.conditional.norm().clamp_min(1e-30);
}

// Everything that the conditioning depends on, each part with its length.
std::string conditioning_key(const GenerationRequest& request, bool with_negative, const std::string& negative) {
  std::string key;
  const auto add = [&](const std::string& part) { key += std::to_string(part.size()) + ":" + part; };
  for (const std::string& prompt : request.prompts) add(prompt);
  add(with_negative ? negative : "none");
  add(std::to_string(*request.width_px) + "x" + std::to_string(*request.height_px));
  for (const auto& [path, value] : request.sections) {
    add(path);
    add(to_text(value));
  }
  add(request.sampler + " " + *request.spacing + " " + request.sigmas + " " + std::to_string(request.steps));
  return key;
}

}  // namespace

std::string how_made(const MadePicture& made, bool less_memory) {
  std::string text;
  const int first = made.first_step + 1, end = first + made.shared_steps;
  if (made.shared_steps == 1) text = "step " + std::to_string(first) + " shared";
  if (made.shared_steps > 1) text = "steps " + std::to_string(first) + "-" + std::to_string(end - 1) + " shared";
  if (made.rows_known > 0) {
    text += (text.empty() ? "step " : ", step ") + std::to_string(end) + (text.empty() ? " shared in part" : " in part");
  }
  if (text.empty()) text = "alone";
  return text + (less_memory ? ", less memory" : "");
}

Finished finished_of(GenerationRequest resolved, const LoadedModel& model, const MadePicture& made) {
  Finished finished;
  finished.resolved = std::move(resolved);
  finished.model_hash = model.model->hash;
  finished.seconds = made.step_seconds + made.decode_seconds;
  for (const int rows : made.rows) finished.row_evaluations += rows;
  finished.latents_hash = hash_latents(made.latents);
  return finished;
}

CellResult result_of(const MadePicture& made, const Finished& finished, bool less_memory) {
  CellResult result;
  result.latents_hash = finished.latents_hash;
  result.made = how_made(made, less_memory);
  result.shared_steps = made.shared_steps;
  result.rows = made.rows;
  result.row_evaluations = finished.row_evaluations;
  result.seconds = finished.seconds;
  result.guidance_norm = made.guidance_norm;
  return result;
}

// The plan knows what the files held when it was made; a picture of other files may not stand under its key.
Result<Attachments> PictureMaker::attachments_for(const GenerationRequest& request, LoadedModel& model, const MakingCallbacks& callbacks) {
  auto attachments = model.attachments->get(request, *model.model, {callbacks.checkpoint, [&](double) { callbacks.checkpoint(); }});
  if (!attachments) return attachments;
  auto contents = contents_.contents(request.sections);
  if (!contents) return contents.error();
  if (contents.value() == plan_.contents(request)) return attachments;
  return Error{ErrorCode::BadFile, "a file that this picture starts from or follows was changed while the sweep ran"};
}

Result<JobConditioning> PictureMaker::conditioning_for(const GenerationRequest& request, LoadedModel& model, const Sampler& sampler,
                                               const Terms& terms, const std::optional<ControlUse>& control) {
  const bool with_negative = needs_negative(terms, sampler);
  const std::string key = conditioning_key(request, with_negative, negative_key(request, model.model->index.zeros_for_empty_negative));
  const std::shared_ptr<const ControlNet> net = control ? control->net : nullptr;
  for (auto kept = conditionings_.begin(); kept != conditionings_.end(); ++kept) {
    if (kept->first != key || kept->second.net != net) continue;
    conditionings_.splice(conditionings_.begin(), conditionings_, kept);
    return kept->second;
  }
  const auto texts = encode_texts(model.prompts, request, with_negative);
  if (!texts) return texts.error();
  conditionings_.emplace_front(key, condition(*model.model, texts.value(), sampler, request, control));
  if (conditionings_.size() > kKeptConditionings) conditionings_.pop_back();
  return conditionings_.front().second;
}

Denoiser PictureMaker::start(int picture, const RunMaterial& material, Denoiser::Parts parts, at::Tensor& guidance_sum) {
  if (const Snapshot* const snapshot = shared_.find(shared_.start_of(picture))) {
    guidance_sum = snapshot->guidance_sum;
    return {std::move(parts), snapshot->run};
  }
  guidance_sum = at::zeros({}, material.noise.options());
  return denoiser_of(material, std::move(parts));
}

void PictureMaker::run_steps(int picture, Denoiser& denoiser, at::Tensor& guidance_sum, const MakingOptions& options,
                             const MakingCallbacks& callbacks, MadePicture& made, int& steps_run) {
  const int first = denoiser.next_step();
  std::deque<StepOutcome> asked;
  const auto ask = [&]() -> Result<void> {
    const int node = shared_.node_at(picture, denoiser.next_step());
    Snapshot* snapshot = shared_.find(node);
    if (snapshot == nullptr && node >= 0 && shared_.is_wanted(node)) snapshot = &shared_.keep(node, {denoiser.park(), {}, guidance_sum});
    asked.push_back(denoiser.step(callbacks.checkpoint, snapshot != nullptr ? &snapshot->predictions : nullptr));
    if (snapshot != nullptr) shared_.fit();
    guidance_sum = guidance_sum + guidance_ratio(asked.back());
    return {};
  };
  const auto see = [&](const SeenStep& time) {
    const StepOutcome outcome = std::move(asked.front());
    asked.pop_front();
    made.rows[steps_run] = outcome.row_evaluations;
    if (steps_run == first) made.rows_known = outcome.rows_known;
    ++steps_run;
    made.step_seconds += time.seconds;
    callbacks.on_step(steps_run, outcome.row_evaluations, time, outcome);
  };
  const auto done = run_step_loop({.device = guidance_sum.device(),
                                   .is_done = [&] { return denoiser.is_done(); },
                                   .ask = ask,
                                   .see = see,
                                   .may_go_ahead = [&] { return steps_run > first && callbacks.may_go_ahead(); },
                                   .checkpoint = callbacks.checkpoint,
                                   .between_steps = callbacks.between_steps,
                                   .is_wanted_between_steps = callbacks.is_wanted_between_steps,
                                   .mark = options.mark});
  STUDIO_CHECK(done);  // no step fails but by throwing
}

Result<MadePicture> PictureMaker::make(int picture, LoadedModel& model, const MakingOptions& options, const MakingCallbacks& callbacks,
                                       int& steps_run) {
  const GenerationRequest request = plan_.request(picture, catalogue_);
  auto sampler = sampler_of(request, model.model->scheduler);
  if (!sampler) return sampler.error();
  auto terms = make_terms(request.guidance, model.model->unet.self_attention_layers());
  if (!terms) return terms.error();
  callbacks.checkpoint();
  auto attachments = attachments_for(request, model, callbacks);
  if (!attachments) return attachments.error();
  auto conditioning = conditioning_for(request, model, *sampler.value(), terms.value(), attachments.value().control);
  if (!conditioning) return conditioning.error();
  const RunMaterial material{*model.model, request, attachments.value(), std::move(conditioning).value(),
                             state_noise(first_noise(request, *model.model), *model.model)};
  MadePicture made;
  made.first_step = first_step_of(request);
  at::Tensor guidance_sum;
  Denoiser denoiser = start(picture, material, parts_of(material, std::move(sampler).value(), std::move(terms).value(), options.sharing, options.less_memory),
                            guidance_sum);
  made.rows.assign(denoiser.steps(), 0);
  steps_run = denoiser.next_step();
  made.shared_steps = steps_run - made.first_step;
  run_steps(picture, denoiser, guidance_sum, options, callbacks, made, steps_run);
  made.guidance_norm = guidance_sum.item<double>() / std::max(1, denoiser.steps() - made.first_step);
  if (auto finite = check_latents(denoiser.latents()); !finite) return finite.error();
  callbacks.on_decoding();
  callbacks.checkpoint();
  const Clock::time_point began = Clock::now();
  made.latents = denoiser.latents().to(at::kCPU, at::kFloat).contiguous();
  made.pictures = finished_pictures(material, denoiser.latents(), options.less_memory, callbacks.checkpoint);
  if (auto finite = check_pictures(made.pictures); !finite) return finite.error();
  made.pictures = made.pictures.to(at::kCPU);
  made.decode_seconds = seconds_since(began);
  return made;
}

}  // namespace studio
