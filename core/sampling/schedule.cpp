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

constexpr double kKarrasRho = 7.0;
constexpr int kMostTrainTimesteps = 1'000'000;

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

}  // namespace

std::vector<double> training_abar(const SchedulerConfig& config) {
  const bool scaled = config.beta_schedule == "scaled_linear";
  STUDIO_CHECK(scaled || config.beta_schedule == "linear", config.beta_schedule);
  const auto bend = [scaled](double beta) { return scaled ? std::sqrt(beta) : beta; };
  std::vector<double> abar =
      fp32_linspace(bend(config.beta_start), bend(config.beta_end), config.num_train_timesteps);
  double product = 1.0;
  for (double& value : abar) {
    const double beta = scaled ? to_fp32(value * value) : value;
    product *= to_fp32(1.0 - beta);
    value = to_fp32(product);
  }
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

std::vector<double> karras_sigmas(double high, double low, int n) {
  STUDIO_CHECK(n >= 1 && low > 0.0 && high >= low, "n ", n, ", from ", high, " to ", low);
  const double high_root = std::pow(high, 1.0 / kKarrasRho);
  const double low_root = std::pow(low, 1.0 / kKarrasRho);
  std::vector<double> sigmas;
  for (int i = 0; i < n; ++i) {
    const double way = n > 1 ? static_cast<double>(i) / (n - 1) : 0.0;
    sigmas.push_back(std::pow(high_root + way * (low_root - high_root), kKarrasRho));
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

Schedule make_schedule(const SamplerSettings& settings, TimestepGrid grid) {
  const std::string problem = find_settings_problem(settings);
  STUDIO_CHECK(problem.empty(), problem);
  const std::vector<double> table = training_sigmas(training_abar(settings.config));

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
  else if (const auto abar = training_abar(config); !(abar.back() > 0.0 && abar.front() < 1.0))
    text
        << "beta_start " << config.beta_start << ", beta_end " << config.beta_end << " and "
        << config.num_train_timesteps
        << " timesteps of the model's scheduler leave no signal or no noise at an end of its range";
  return text.str();
}

}  // namespace studio
