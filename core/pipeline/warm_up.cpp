// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The kinds of step are found as a run finds them, and run as a run runs them.
#include "core/pipeline/warm_up.h"

#include "core/base/device.h"
#include "core/pipeline/pipeline.h"

#include <ATen/ATen.h>

#include <set>
#include <utility>

namespace studio {
namespace {

// The first step of each kind.
std::vector<int> kinds_of_step(const Sampler& sampler, const Terms& terms) {
  std::vector<int> first;
  std::set<std::string> known;
  for (int step = 0; step < sampler.steps(); ++step) {
    std::string kind;
    for (const Branch& branch : distinct_branches(terms, step_info(sampler, step))) kind += branch_key(branch, "") + "\n";
    if (known.insert(kind).second) first.push_back(step);
  }
  return first;
}

}  // namespace

Result<void> warm_up(const GenerationRequest& request, LoadedModel& loaded, const std::function<void()>& checkpoint) {
  const SdxlModel& model = *loaded.model;
  auto resolved = resolve(request, model);
  if (!resolved) return resolved.error();
  auto control = control_settings(resolved.value().sections);
  if (!control) return control.error();
  if (control.value().is_on()) return {};
  const auto new_sampler = [&] { return sampler_of(resolved.value(), model.scheduler); };
  const auto new_terms = [&] { return make_terms(resolved.value().guidance, model.unet.self_attention_layers()); };
  auto sampler = new_sampler();
  if (!sampler) return sampler.error();
  auto terms = new_terms();
  if (!terms) return terms.error();
  checkpoint();
  auto texts = encode_texts(loaded.prompts, resolved.value(), needs_negative(terms.value(), *sampler.value()));
  if (!texts) return texts.error();
  const Attachments none;
  const RunMaterial material{model, resolved.value(), none, condition(model, texts.value(), *sampler.value(), resolved.value(), {}),
                             state_noise(first_noise(resolved.value(), model), model)};
  for (const int step : kinds_of_step(*sampler.value(), terms.value())) {
    for (int time = 0; time < 2; ++time) {
      checkpoint();
      Denoiser denoiser(parts_of(material, new_sampler().value(), new_terms().value(), RowSharing::Shared, false), material.noise, step);
      (void)denoiser.step(checkpoint);
      // One evaluation at most stands before a job that comes now.
      wait_for_device(model.device);
    }
  }
  checkpoint();
  // Not of noise, which a narrow precision may not bear.
  (void)decode(model, at::zeros_like(material.noise), false, checkpoint);
  return {};
}

}  // namespace studio
