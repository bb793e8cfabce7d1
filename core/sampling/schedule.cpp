// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Training table, spacings, Karras sigmas and the way back from sigma to timestep.
#include "core/sampling/schedule.h"

#include "core/base/check.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace studio {
namespace {

constexpr int kMostTrainTimesteps = 1'000'000;
constexpr int kMostEdmSteps = 1'000;

double to_fp32(double value) { return static_cast<double>(static_cast<float>(value)); }

// As torch.linspace in fp32: counted from the nearer end.
std::vector<double> fp32_linspace(double from, double to, int count) {
  const double start = to_fp32(from), end = to_fp32(to);
  const double step = to_fp32(to_fp32(end - start) / (count - 1));
  std::vector<double> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    values[i] = to_fp32(i < count / 2 ? start + step * i : end - step * (count - 1 - i));
  return values;
}

// Products of (1 - beta) up to each timestep. As torch.cumprod, which adds up in double.
std::vector<double> fp32_products(const std::vector<double>& betas) {
  std::vector<double> abar;
  abar.reserve(betas.size());
  double product = 1.0;
  for (const double beta : betas) {
    product *= to_fp32(1.0 - beta);
    abar.push_back(to_fp32(product));
  }
  return abar;
}

// Betas whose last abar is 0 and whose first is that of `abar`: sqrt(abar) is shifted and
// stretched.
std::vector<double> rescaled_betas(const std::vector<double>& abar) {
  const double first = to_fp32(std::sqrt(abar.front())), last = to_fp32(std::sqrt(abar.back()));
  const double stretch = to_fp32(first / to_fp32(first - last));
  std::vector<double> betas;
  betas.reserve(abar.size());
  double before = 1.0;
  for (const double value : abar) {
    const double root = to_fp32(to_fp32(to_fp32(std::sqrt(value)) - last) * stretch);
    const double now = to_fp32(root * root);
    betas.push_back(to_fp32(1.0 - to_fp32(now / before)));
    before = now;
  }
  return betas;
}

std::vector<double> leading_timesteps(const SamplerSettings& settings, int points) {
  const int train = settings.config.num_train_timesteps;
  // A ratio of 0 would give one timestep n times over, at the clean end of the range.
  const int ratio = std::max(1, train / points);
  std::vector<double> timesteps;
  for (int i = points - 1; i >= points - settings.steps; --i)
    timesteps.push_back(std::min(i * ratio + settings.config.steps_offset, train));
  return timesteps;
}

std::vector<double> trailing_timesteps(const SamplerSettings& settings) {
  const double train = settings.config.num_train_timesteps;
  const double ratio = train / settings.steps;
  // Not -ratio: numpy's arange repeats the difference of its first two values, and which way a half
  // is rounded depends on it.
  const double difference = (train - ratio) - train;
  std::vector<double> timesteps;
  for (int i = 0; i < settings.steps; ++i)
    timesteps.push_back(std::nearbyint(train + i * difference) - 1);
  return timesteps;
}

std::vector<double> linspace_timesteps(const SamplerSettings& settings, TimestepGrid grid) {
  const int points = grid == TimestepGrid::Interior ? settings.steps + 1 : settings.steps;
  const double last = settings.config.num_train_timesteps - 1;
  const double distance = points > 1 ? last / (points - 1) : 0.0;
  std::vector<double> timesteps;
  for (int i = points - 1; i >= points - settings.steps; --i) {
    // The far end is set, not computed, as numpy does.
    const double timestep = i > 0 && i == points - 1 ? last : i * distance;
    timesteps.push_back(grid == TimestepGrid::Even ? to_fp32(timestep) : std::nearbyint(timestep));
  }
  return timesteps;
}

// Source: diffusers 0.30.3 EDMEulerScheduler.set_timesteps. Differs: one exponential step starts at
// the largest sigma, not at the smallest.
Schedule edm_schedule(const SamplerSettings& settings) {
  const EdmConfig& edm = *settings.config.edm;
  Schedule schedule;
  if (settings.sigmas == SigmaKind::Karras || !edm.is_exponential) {
    const double rho = settings.sigmas == SigmaKind::Karras ? kKarrasRho : edm.rho;
    schedule.sigmas = karras_sigmas(edm.sigma_max, edm.sigma_min, settings.steps, rho);
  } else {
    const double high = std::log(edm.sigma_max), low = std::log(edm.sigma_min);
    for (int i = 0; i < settings.steps; ++i) {
      const double way = settings.steps > 1 ? static_cast<double>(i) / (settings.steps - 1) : 0.0;
      schedule.sigmas.push_back(std::exp(high + way * (low - high)));
    }
  }
  for (double& sigma : schedule.sigmas) {
    schedule.timesteps.push_back(0.25 * std::log(sigma));
    sigma /= edm.sigma_data;
  }
  schedule.sigmas.push_back(0.0);
  return schedule;
}

std::string find_edm_problem(const SamplerSettings& settings) {
  const EdmConfig& edm = *settings.config.edm;
  std::ostringstream text;
  const auto in_range = [](double value, double low, double high) {
    return value >= low && value <= high;
  };
  if (!(in_range(edm.sigma_min, 1e-6, 1e6) && in_range(edm.sigma_max, 1e-6, 1e6) &&
        edm.sigma_min < edm.sigma_max))
    text << "sigma_min " << edm.sigma_min << " and sigma_max " << edm.sigma_max
         << " of the model's scheduler are not allowed; allowed: 1e-6 <= sigma_min < sigma_max <= "
            "1e6";
  else if (!in_range(edm.sigma_data, 1e-3, 1e3))
    text << "sigma_data " << edm.sigma_data
         << " of the model's scheduler is not allowed; allowed: 0.001 to 1000";
  else if (!in_range(edm.rho, 1.0, 100.0))
    text << "rho " << edm.rho << " of the model's scheduler is not allowed; allowed: 1 to 100";
  else if (settings.config.prediction == Prediction::Clean)
    text << "a model with EDM noise levels predicts epsilon or v_prediction, not sample";
  else if (settings.config.has_zero_snr)
    text << "betas rescaled to no signal (zero_snr) mean nothing to a model with EDM noise levels, "
            "which has no betas";
  else if (settings.spacing != Spacing::Leading)
    text << "this model's EDM noise levels are not laid out by training timesteps: spacing must be "
            "leading, or absent";
  else if (settings.steps < 1 || settings.steps > kMostEdmSteps)
    text << "steps " << settings.steps << " is not allowed; allowed: 1 to " << kMostEdmSteps;
  return text.str();
}

}  // namespace

std::vector<double> training_abar(const SchedulerConfig& config, double zero) {
  const bool scaled = config.beta_schedule == "scaled_linear";
  STUDIO_CHECK(scaled || config.beta_schedule == "linear", config.beta_schedule);
  const auto bend = [scaled](double beta) { return scaled ? std::sqrt(beta) : beta; };
  std::vector<double> betas =
      fp32_linspace(bend(config.beta_start), bend(config.beta_end), config.num_train_timesteps);
  if (scaled)
    for (double& beta : betas) beta = to_fp32(beta * beta);
  std::vector<double> abar = fp32_products(betas);
  if (!config.has_zero_snr) return abar;
  abar = fp32_products(rescaled_betas(abar));
  abar.back() = zero;
  return abar;
}

std::vector<double> training_sigmas(std::span<const double> abar) {
  std::vector<double> sigmas;
  sigmas.reserve(abar.size());
  for (const double value : abar) sigmas.push_back(std::sqrt((1.0 - value) / value));
  return sigmas;
}

double sigma_at(std::span<const double> table, double timestep) {
  STUDIO_CHECK(!table.empty());
  if (!(timestep > 0.0)) return table.front();
  if (timestep >= static_cast<double>(table.size() - 1)) return table.back();
  const auto low = static_cast<std::size_t>(timestep);
  const double fraction = timestep - static_cast<double>(low);
  return table[low] + fraction * (table[low + 1] - table[low]);
}

double timestep_at(std::span<const double> table, double sigma) {
  STUDIO_CHECK(table.size() >= 2);
  if (!(sigma > table.front())) return 0.0;
  if (sigma >= table.back()) return static_cast<double>(table.size() - 1);
  const auto high = std::upper_bound(table.begin(), table.end(), sigma);
  const double low_log = std::log(*(high - 1));
  const double fraction = (std::log(sigma) - low_log) / (std::log(*high) - low_log);
  return static_cast<double>(high - 1 - table.begin()) + fraction;
}

std::vector<double> karras_sigmas(double high, double low, int n, double rho) {
  STUDIO_CHECK(n >= 1 && low > 0.0 && high >= low, "n ", n, ", from ", high, " to ", low);
  const double high_root = std::pow(high, 1.0 / rho);
  const double low_root = std::pow(low, 1.0 / rho);
  std::vector<double> sigmas;
  for (int i = 0; i < n; ++i) {
    const double way = n > 1 ? static_cast<double>(i) / (n - 1) : 0.0;
    sigmas.push_back(std::pow(high_root + way * (low_root - high_root), rho));
  }
  return sigmas;
}

std::vector<double> spaced_timesteps(const SamplerSettings& settings, TimestepGrid grid) {
  switch (settings.spacing) {
    case Spacing::Leading:
      return leading_timesteps(
          settings, grid == TimestepGrid::Interior ? settings.steps + 1 : settings.steps);
    case Spacing::Trailing:
      return trailing_timesteps(settings);
    case Spacing::Linspace:
      return linspace_timesteps(settings, grid);
  }
  STUDIO_CHECK(false, "unknown spacing");
  return {};
}

double smallest_abar(const SamplerSettings& settings) {
  // A noise prediction is divided by the signal's part, and Karras sigmas spread from the largest.
  const bool divides =
      settings.config.prediction == Prediction::Epsilon || settings.sigmas == SigmaKind::Karras;
  return divides ? kLiftedAbar : kNoAbar;
}

Schedule make_schedule(const SamplerSettings& settings, TimestepGrid grid) {
  const std::string problem = find_settings_problem(settings);
  STUDIO_CHECK(problem.empty(), problem);
  if (settings.config.edm) return edm_schedule(settings);
  const double zero = grid == TimestepGrid::Rounded ? smallest_abar(settings) : kLiftedAbar;
  const std::vector<double> table = training_sigmas(training_abar(settings.config, zero));

  Schedule schedule;
  schedule.timesteps = spaced_timesteps(settings, grid);
  for (const double timestep : schedule.timesteps)
    schedule.sigmas.push_back(sigma_at(table, timestep));

  if (settings.sigmas == SigmaKind::Karras) {
    const bool whole_range = grid == TimestepGrid::Interior;
    schedule.sigmas = karras_sigmas(whole_range ? table.back() : schedule.sigmas.front(),
                                    whole_range ? table.front() : schedule.sigmas.back(),
                                    settings.steps);
    for (int i = 0; i < settings.steps; ++i) {
      const double timestep = timestep_at(table, schedule.sigmas[i]);
      schedule.timesteps[i] = whole_range ? std::nearbyint(timestep) : timestep;
    }
  }
  schedule.sigmas.push_back(0.0);
  return schedule;
}

std::string find_settings_problem(const SamplerSettings& settings) {
  const SchedulerConfig& config = settings.config;
  if (config.edm) return find_edm_problem(settings);
  std::ostringstream text;
  if (config.beta_schedule != "scaled_linear" && config.beta_schedule != "linear")
    text << "beta_schedule \"" << config.beta_schedule
         << "\" of the model's scheduler is not known; allowed: scaled_linear, linear";
  else if (config.num_train_timesteps < 2 || config.num_train_timesteps > kMostTrainTimesteps)
    text << "num_train_timesteps " << config.num_train_timesteps
         << " of the model's scheduler is not allowed; allowed: 2 to " << kMostTrainTimesteps;
  else if (!(config.beta_start > 0.0 && config.beta_start <= config.beta_end &&
             config.beta_end < 1.0))
    text << "beta_start " << config.beta_start << " and beta_end " << config.beta_end
         << " of the model's scheduler are not allowed; allowed: 0 < beta_start <= beta_end < 1";
  else if (config.steps_offset < 0 || config.steps_offset >= config.num_train_timesteps)
    text << "steps_offset " << config.steps_offset
         << " of the model's scheduler is not allowed; allowed: 0 to "
         << config.num_train_timesteps - 1;
  else if (settings.steps < 1 || settings.steps > config.num_train_timesteps)
    text << "steps " << settings.steps << " is not allowed; allowed: 1 to "
         << config.num_train_timesteps << ", the timesteps the model was trained with";
  else if (const auto abar = training_abar(config);
           !(abar.back() > 0.0 && abar.front() < 1.0 && abar[abar.size() - 2] > abar.back()))
    text
        << "beta_start " << config.beta_start << ", beta_end " << config.beta_end << " and "
        << config.num_train_timesteps
        << " timesteps of the model's scheduler leave no signal or no noise at an end of its range";
  return text.str();
}

}  // namespace studio
