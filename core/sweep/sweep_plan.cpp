// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// From cells to pictures: resolve, ask the terms what each step does, and intern what is equal.
#include "core/sweep/sweep_plan.h"

#include "core/api/speed_params.h"
#include "core/base/check.h"
#include "core/base/sha256.h"
#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <set>
#include <map>

namespace studio {
namespace {

// A text that no neighbour can run into.
void append(std::string& all, std::string_view text) {
  all += std::to_string(text.size());
  all += ':';
  all += text;
}

std::string params_text(const ParamSet& params) {
  std::string text;
  for (const auto& [key, value] : params) {
    append(text, key);
    if (const double* number = std::get_if<double>(&value)) append(text, exact_text(*number));
    else append(text, to_text(value));
  }
  return text;
}

// All that decides how a run starts, but for the model.
std::string base_text(const GenerationRequest& resolved, const ParamSet& contents) {
  std::string text;
  append(text, std::to_string(*resolved.seed));
  append(text, std::to_string(*resolved.width_px));
  append(text, std::to_string(*resolved.height_px));
  append(text, std::to_string(resolved.steps));
  append(text, resolved.sampler);
  append(text, *resolved.spacing);
  append(text, resolved.sigmas);
  // The hashes of the files say more of what the model is made of: see key().
  for (const auto& [path, value] : contents) {
    if (!is_of_model(path)) append(text, params_text({{path, value}}));
  }
  append(text, std::to_string(resolved.prompts.size()));
  for (const std::string& prompt : resolved.prompts) append(text, prompt);
  return text;
}

class Interner {
 public:
  // The text's number, and whether it is new.
  std::pair<int, bool> number(const std::string& text) {
    const auto [found, is_new] = numbers_.emplace(text, static_cast<int>(numbers_.size()));
    return {found->second, is_new};
  }

 private:
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace

class SweepPlan::Builder {
 public:
  Builder(SweepPlan& plan, const Catalogue& catalogue, ContentHashes& contents) : plan_(plan), catalogue_(catalogue), contents_(contents) {
    for (std::size_t i = 0; i < plan.models_.size(); ++i) models_.emplace(plan.models_[i].use.key(), static_cast<int>(i));
  }

  void build() {
    const std::size_t cells = plan_.grid_->cells();
    plan_.picture_of_cell_.reserve(cells);
    double steps = 0;
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const GenerationRequest request = plan_.grid_->request(cell, catalogue_);
      steps += static_cast<double>(request.steps - first_step_of(request));
      plan_.picture_of_cell_.push_back(picture_for(request, cell, false));
    }
    plan_.distinct_cells_ = plan_.pictures_.size();
    plan_.rows_naive_ = steps * fullest_;
    plan_.twin_of_cell_.assign(cells, -1);
    if (!plan_.grid_->spec.twin) return;
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const GenerationRequest request = plan_.grid_->request(cell, catalogue_);
      plan_.twin_of_cell_[cell] = picture_for(unguided_twin(request, catalogue_), cell, true);
    }
  }

 private:
  // Equal requests need no second look; most cells of a sweep have the same twin.
  int picture_for(const GenerationRequest& request, std::size_t cell, bool is_twin) {
    std::string text;
    append(text, request.model);
    append(text, params_text(request.guidance));
    append(text, params_text(request.sections));
    append(text, request.negative_prompt ? "text " + *request.negative_prompt : "absent");
    append(text, request.width_px ? std::to_string(*request.width_px) : "");
    append(text, request.height_px ? std::to_string(*request.height_px) : "");
    append(text, request.spacing.value_or(""));
    append(text, std::to_string(*request.seed) + "," + std::to_string(request.steps) + "," + request.sampler + "," + request.sigmas);
    for (const std::string& prompt : request.prompts) append(text, prompt);
    const auto [number, is_new] = requests_.number(text);
    if (is_new) picture_of_request_.push_back(add_picture(request, text, cell, is_twin));
    return picture_of_request_[number];
  }

  int add_picture(const GenerationRequest& request, const std::string& text, std::size_t cell, bool is_twin) {
    PlannedPicture picture;
    picture.cell = cell;
    picture.is_twin = is_twin;
    picture.model = models_.at(model_use_of(request).key());
    picture.steps = static_cast<int>(request.steps);
    const SweepModel& model = plan_.models_[picture.model];
    std::vector<PlanSegment> segments;
    std::optional<Error> problem = model.problem;
    if (!problem) problem = plan_steps(request, model, picture, segments);
    if (problem) {
      // It shares nothing, and fails with this sentence.
      segments = {{0, transition("cannot be made " + text, {})}};
      picture.base = base("cannot be made " + text);
      picture.problem = static_cast<int>(plan_.problems_.size());
      plan_.problems_.push_back(*problem);
    }
    return find_or_add(picture, segments);
  }

  // Fills in base and segments. Returns why the model cannot make this, if it cannot.
  std::optional<Error> plan_steps(const GenerationRequest& request,
                                  const SweepModel& model,
                                  PlannedPicture& picture,
                                  std::vector<PlanSegment>& segments) {
    auto resolved = resolve_fast(request, model, picture.model);
    if (!resolved) return resolved.error();
    auto terms = make_terms(request.guidance, model.outline.layers);
    if (!terms) return terms.error();
    auto contents = contents_of(request.sections);
    if (!contents) return contents.error();
    const Sampler& sampler = *sampler_for(resolved.value(), picture.model);
    const bool zeros = model.outline.zeros_for_empty_negative;
    picture.base = base(std::to_string(picture.model) + " " + base_text(resolved.value(), *contents.value()) +
                        padding_key(request, terms.value(), sampler, zeros));
    const std::string negative = negative_key(request, zeros);
    const int steps = sampler.steps();
    const int first_step = first_step_of(request);
    if (first_step > 0) segments.push_back({0, transition("left out", {})});
    for (int step = first_step; step < steps;) {
      const StepInfo info = step_info(sampler, step);
      const Transition next = transition_of(terms.value(), info, negative, request);
      if (segments.empty() || segments.back().transition != next) segments.push_back({step, next});
      int until = steps;
      for (const auto& term : terms.value()) until = std::min(until, std::max(term->steady_until(info), step + 1));
      step = until;
    }
    return std::nullopt;
  }

  // Few sections, many cells.
  Result<const ParamSet*> contents_of(const ParamSet& sections) {
    const std::string text = params_text(sections);
    const auto found = plan_.contents_.find(text);
    if (found != plan_.contents_.end()) return &found->second;
    auto contents = contents_.contents(sections);
    if (!contents) return contents.error();
    return &plan_.contents_.emplace(text, std::move(contents).value()).first->second;
  }

  // resolve() checks the sampler anew for each job; here its settings repeat.
  Result<GenerationRequest> resolve_fast(const GenerationRequest& request, const SweepModel& model, int number) {
    std::string text = std::to_string(number) + " " + std::to_string(request.steps) + " " + request.sampler + " " +
                       request.spacing.value_or("") + " " + request.sigmas + " " +
                       (request.width_px ? std::to_string(*request.width_px) : "") + "x" +
                       (request.height_px ? std::to_string(*request.height_px) : "") + " " + params_text(request.sections);
    const auto found = resolved_.find(text);
    if (found == resolved_.end()) {
      GenerationRequest frame = request;
      frame.guidance.clear();
      frame.prompts = {""};
      auto resolved = resolve(frame, model.outline);
      if (!resolved) return resolved.error();
      resolved_.emplace(std::move(text), resolved.value());
      return completed(request, resolved.value());
    }
    return completed(request, found->second);
  }
  static GenerationRequest completed(GenerationRequest request, const GenerationRequest& like) {
    request.width_px = like.width_px;
    request.height_px = like.height_px;
    request.spacing = like.spacing;
    return request;
  }

  const std::unique_ptr<Sampler>& sampler_for(const GenerationRequest& resolved, int model) {
    const std::string text = std::to_string(model) + " " + std::to_string(resolved.steps) + " " + resolved.sampler + " " +
                             *resolved.spacing + " " + resolved.sigmas + " " + params_text(resolved.sections);
    auto& sampler = samplers_[text];
    if (sampler == nullptr) {
      auto made = sampler_of(resolved, plan_.models_[model].outline.scheduler);
      STUDIO_CHECK(made, made.error().message);  // resolve() has made one
      sampler = std::move(made).value();
    }
    return sampler;
  }

  Transition transition_of(const Terms& terms, const StepInfo& info, const std::string& negative, const GenerationRequest& request) {
    std::string text;
    bool can_share = true;
    for (const auto& term : terms) {
      const auto key = term->step_key(info);
      if (!key) can_share = false;
      else if (!key->empty()) append(text, *key);
    }
    std::vector<std::string> keys;
    for (const Branch& branch : distinct_branches(terms, info)) {
      keys.push_back(branch_key(branch, negative));
      can_share = can_share && !keys.back().empty();
      append(text, keys.back());
    }
    if (!can_share) {
      // Nothing but the whole job says what such a step does.
      text = "own ";
      append(text, params_text(request.guidance));
      append(text, negative);
      append(text, std::to_string(info.step));
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].empty()) keys[i] = text + " branch " + std::to_string(i);
      }
    }
    const SpeedSettings speed = speed_settings(request.sections);
    if (speed.fp8) {
      text += " fp8";
      for (std::string& key : keys) key += " fp8";
    }
    if (speed.encoder_every > 1) {
      // The Denoiser takes no predictions from others then: whole steps are shared, branches are not.
      text += " encoder reused";
      for (std::string& key : keys) key = text + " branch " + key;
    }
    return transition(text, keys);
  }

  Transition transition(const std::string& text, const std::vector<std::string>& keys) {
    const auto [number, is_new] = transitions_.number(text);
    if (is_new) {
      TransitionText entry{text, {}};
      for (const std::string& key : keys) entry.branches.push_back(branches_.number(key).first);
      fullest_ = std::max(fullest_, static_cast<double>(keys.size()));
      plan_.transitions_.push_back(std::move(entry));
    }
    return number;
  }
  int base(const std::string& text) {
    const auto [number, is_new] = bases_.number(text);
    if (is_new) plan_.bases_.push_back(text);
    return number;
  }

  int find_or_add(PlannedPicture picture, const std::vector<PlanSegment>& segments) {
    std::string signature = std::to_string(picture.base);
    for (const PlanSegment& segment : segments) {
      signature += " " + std::to_string(segment.first_step) + "," + std::to_string(segment.transition);
    }
    const auto [number, is_new] = signatures_.number(signature);
    if (is_new) {
      picture.first_segment = static_cast<std::uint32_t>(plan_.segments_.size());
      picture.segments = static_cast<std::uint32_t>(segments.size());
      plan_.segments_.insert(plan_.segments_.end(), segments.begin(), segments.end());
      plan_.pictures_.push_back(picture);
    }
    return number;
  }

  SweepPlan& plan_;
  const Catalogue& catalogue_;
  ContentHashes& contents_;
  std::unordered_map<std::string, int> models_;
  Interner requests_, bases_, transitions_, branches_, signatures_;
  std::vector<int> picture_of_request_;
  std::unordered_map<std::string, GenerationRequest> resolved_;
  std::unordered_map<std::string, std::unique_ptr<Sampler>> samplers_;
  double fullest_ = 0;
};

std::vector<ModelUse> SweepPlan::model_uses(const SweepGrid& grid, const Catalogue& catalogue) {
  std::vector<ModelUse> uses;
  std::set<std::string> known;
  const auto add = [&](const GenerationRequest& request) {
    ModelUse use = model_use_of(request);
    if (known.insert(use.key()).second) uses.push_back(std::move(use));
  };
  const bool varies = !grid.spec.listed.empty() ||
                      std::any_of(grid.axes.begin(), grid.axes.end(), [](const SweepGrid::Axis& axis) {
                        return axis.path == "model" || is_of_model(axis.path);
                      });
  const std::size_t cells = varies ? grid.cells() : std::min<std::size_t>(1, grid.cells());
  for (std::size_t cell = 0; cell < cells; ++cell) add(grid.request(cell, catalogue));
  return uses;
}

SweepPlan SweepPlan::make(std::shared_ptr<const SweepGrid> grid, const Catalogue& catalogue, std::vector<SweepModel> models,
                          ContentHashes& contents) {
  SweepPlan plan;
  plan.grid_ = std::move(grid);
  plan.models_ = std::move(models);
  Builder(plan, catalogue, contents).build();
  return plan;
}

GenerationRequest SweepPlan::request(int picture, const Catalogue& catalogue) const {
  const PlannedPicture& planned = pictures_[picture];
  GenerationRequest request = grid_->request(planned.cell, catalogue);
  if (planned.is_twin) request = unguided_twin(request, catalogue);
  if (planned.problem >= 0) return request;
  auto resolved = resolve(request, models_[planned.model].outline);
  STUDIO_CHECK(resolved, resolved.error().message);
  return std::move(resolved).value();
}

const ParamSet& SweepPlan::contents(const GenerationRequest& request) const {
  const auto found = contents_.find(params_text(request.sections));
  STUDIO_CHECK(found != contents_.end());
  return found->second;
}

double SweepPlan::rows_alone(int picture) const {
  const PlannedPicture& planned = pictures_[picture];
  const PlanSegment* const all = segments(picture);
  double rows = 0;
  for (std::uint32_t i = 0; i < planned.segments; ++i) {
    const int end = i + 1 < planned.segments ? all[i + 1].first_step : planned.steps;
    rows += static_cast<double>(branches(all[i].transition).size()) * (end - all[i].first_step);
  }
  return rows;
}

std::string SweepPlan::key(int picture, const std::string& dtype, const Catalogue& catalogue) const {
  const PlannedPicture& planned = pictures_[picture];
  const SweepModel& model = models_[planned.model];
  std::string text = "seg-studio/picture";
  append(text, std::to_string(dtype == "fp32" ? kArithmeticVersion : kHalfArithmeticVersion));
  append(text, dtype);
  append(text, model.outline.hash.empty() ? "unread model " + model.use.key() : model.outline.hash);
  append(text, model.outline.config_hash);
  append(text, model.outline.lora_key);
  if (planned.problem >= 0) {
    append(text, bases_[planned.base]);
    return sha256_hex(text);
  }
  const GenerationRequest resolved = request(picture, catalogue);
  append(text, base_text(resolved, contents(resolved)));
  const PlanSegment* const all = segments(picture);
  for (std::uint32_t i = 0; i < planned.segments; ++i) {
    append(text, std::to_string(all[i].first_step));
    append(text, transitions_[all[i].transition].text);
  }
  return sha256_hex(text);
}

}  // namespace studio
