// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Noise levels: the model's training table, and the timesteps and sigmas a run of n steps visits.
// Plain arithmetic in double, no tensors.
#pragma once

#include "core/sampling/sampler.h"

#include <span>
#include <vector>

namespace studio {

// How a family of samplers lays n timesteps over the training range.
enum class TimestepGrid {
  Even,      // n points, linspace ones fractional (euler, euler_a)
  Rounded,   // n points, all whole (ddim)
  Interior,  // the first n of n + 1 whole points, so that none stands at the clean end (dpmpp_2m,
             // unipc)
};

struct Schedule {
  std::vector<double> timesteps;  // n, what the model is asked with
  std::vector<double> sigmas;     // n + 1, never rising, the last one 0
};

// abar of the last training timestep of betas rescaled to zero signal: what samplers divide by, and
// what stands for zero in those that do not. Source: diffusers 0.30.3 (2^-24), and a number whose
// root is lost beside 1 in every precision.
inline constexpr double kLiftedAbar = 1.0 / 16'777'216.0;
inline constexpr double kNoAbar = 1e-60;

// abar at every training timestep; with rescaled betas the last one is `zero`.
// Errors: throws CheckError for a beta schedule it does not know.
// Source: diffusers 0.30.3 schedulers (betas, alphas_cumprod); Lin 2023, arXiv 2305.08891,
// algorithm 1 (rescaled betas). Rounded to fp32 wherever these round: at timestep 0 that alone
// moves sigma by 1e-5.
std::vector<double> training_abar(const SchedulerConfig& config, double zero = kLiftedAbar);

// sqrt((1 - abar) / abar), rising. Range: abar in (0, 1).
std::vector<double> training_sigmas(std::span<const double> abar);

// Linear interpolation in a table of training sigmas; a timestep outside is taken as the nearest
// end.
double sigma_at(std::span<const double> table, double timestep);

// The timestep whose sigma is `sigma`, by linear interpolation in log sigma; clamped to the table.
double timestep_at(std::span<const double> table, double sigma);

inline constexpr double kKarrasRho = 7.0;

// n sigmas from `high` down to `low`, evenly spaced in sigma^(1/rho); one alone is `high`.
// Source: Karras 2022, eq. 5.
std::vector<double> karras_sigmas(double high, double low, int n, double rho = kKarrasRho);

// Timesteps, falling. Source: set_timesteps() of the diffusers 0.30.3 schedulers. Differs: where
// these return one step too many (trailing, 61 steps among others) or the same timestep n times
// (Interior, leading, as many steps as training timesteps) this returns n timesteps that fall.
std::vector<double> spaced_timesteps(const SamplerSettings& settings, TimestepGrid grid);

// Timesteps and sigmas of a run. Karras: Interior spans the whole training range and rounds its
// timesteps; the others span the ends of their own spaced sigmas and keep fractions. diffusers has
// no Karras in its euler_a and ddim: there the rule of its Euler sampler is taken.
// With an EDM model sigmas are in units of its data's spread, and timesteps are a quarter of log
// sigma.
Schedule make_schedule(const SamplerSettings& settings, TimestepGrid grid);

// What stands for no signal at all in a sampler that never divides by it, such as DDIM: kNoAbar
// where the prediction and the sigmas allow that, else kLiftedAbar.
double smallest_abar(const SamplerSettings& settings);

// The sentence saying why `settings` cannot be sampled with, or "".
std::string find_settings_problem(const SamplerSettings& settings);

}  // namespace studio
