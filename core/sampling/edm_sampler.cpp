// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A change of units around another sampler.
#include "core/sampling/edm_sampler.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <cmath>

namespace studio {
namespace {

class EdmSampler final : public Sampler {
 public:
  EdmSampler(std::unique_ptr<Sampler> inner, const EdmConfig& edm, bool is_negated)
      : inner_(std::move(inner)), edm_(edm), is_negated_(is_negated) {}

  int steps() const override { return inner_->steps(); }
  double timestep(int step) const override { return inner_->timestep(step); }
  double noise_sigma(int step) const override {
    return inner_->noise_sigma(step) * edm_.sigma_data;
  }
  double initial_noise_scale() const override {
    // The original adds the spread of unit data to the noise, not that of its own.
    const double sigma = inner_->noise_sigma(0);
    return inner_->initial_noise_scale() *
           std::sqrt((edm_.sigma_max * edm_.sigma_max + 1.0) / (sigma * sigma + 1.0));
  }
  at::Tensor model_input(int step, const at::Tensor& latents) const override {
    return inner_->model_input(step, latents / edm_.sigma_data);
  }
  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource& noise) override {
    const StepResult result =
        inner_->step(step, latents / edm_.sigma_data, is_negated_ ? -output : output, noise);
    return {result.latents * edm_.sigma_data, result.x0 * edm_.sigma_data};
  }
  at::Tensor noised(int step,
                    const at::Tensor& clean,
                    const at::Tensor& unit_noise) const override {
    return inner_->noised(step, clean / edm_.sigma_data, unit_noise) * edm_.sigma_data;
  }
  std::unique_ptr<Sampler> clone() const override {
    return std::make_unique<EdmSampler>(inner_->clone(), edm_, is_negated_);
  }

 private:
  std::unique_ptr<Sampler> inner_;
  EdmConfig edm_;
  bool is_negated_;
};

}  // namespace

std::unique_ptr<Sampler> make_edm_sampler(const SamplerInfo& info,
                                          const SamplerSettings& settings) {
  STUDIO_CHECK(settings.config.edm.has_value(), "not an EDM model");
  SamplerSettings inner = settings;
  inner.config.prediction = Prediction::Velocity;
  const bool is_negated = settings.config.prediction == Prediction::Epsilon;
  return std::make_unique<EdmSampler>(info.make(inner), *settings.config.edm, is_negated);
}

}  // namespace studio
