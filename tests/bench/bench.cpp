// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Takes times in turn.
#include "tests/bench/bench.h"

#include "core/base/device.h"
#include "core/model/layers.h"
#include "tests/bench/machine.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace studio::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double time_calls(const Settings& settings, const std::function<void()>& body, int calls) {
  wait_for_device(settings.device);
  const auto start = Clock::now();
  for (int i = 0; i < calls; ++i) body();
  wait_for_device(settings.device);
  return ms_since(start) / calls;
}

// Returns what a call takes by then.
double warm_up(const Settings& settings, const std::function<void()>& body) {
  const int least = settings.device.is_cuda() ? 4 : 1, most = 10;
  const double budget_ms = settings.budget_s() * 1e3 / 8;
  const auto start = Clock::now();
  double last_ms = 0;
  for (int i = 0; i < most && (i < least || ms_since(start) + last_ms < budget_ms); ++i) last_ms = time_calls(settings, body, 1);
  return last_ms;
}

struct Runner {
  const std::function<void()>* body;
  int calls = 1;
  std::vector<double> samples_ms = {};
  double gflop = 0;
};

void take_sample(const Settings& settings, Runner& runner) {
  reset_flops();
  runner.samples_ms.push_back(time_calls(settings, *runner.body, runner.calls));
  runner.gflop = static_cast<double>(flops_done()) / runner.calls / 1e9;
}

}  // namespace

bool Settings::wants(const std::string& name) const {
  return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

Timing timing_of(std::vector<double> samples_ms, double gflop) {
  std::sort(samples_ms.begin(), samples_ms.end());
  return {std::move(samples_ms), gflop};
}

Row take_turns(const Settings& settings, const std::function<void()>& ours, const std::vector<Rival>& rivals, Start start) {
  std::vector<Runner> runners{{&ours}};
  for (const Rival& rival : rivals) runners.push_back({&rival.body});
  Row row;
  double round_ms = 0;
  for (Runner& runner : runners) {
    const bool is_ours = &runner == runners.data();
    // What earlier parts left behind is no part of this one's memory.
    if (is_ours && settings.device.is_cpu()) release_unused_memory(settings.device);
    const bool is_watched = is_ours && watch_peak_of_process();
    if (is_ours) watch_peak_memory(settings.device);
    if (start == Start::Warm) take_sample(settings, runner);
    const double call_ms = start == Start::Warm ? runner.samples_ms.front() : warm_up(settings, *runner.body);
    if (is_watched) row.peak_mib = peak_of_process_mib();
    if (is_ours) row.gpu_peak_mib = static_cast<double>(peak_memory_bytes(settings.device)) / 1048576.0;
    constexpr double kShortestSampleMs = 2;
    if (start == Start::Cold) runner.calls = static_cast<int>(std::clamp(std::ceil(kShortestSampleMs / std::max(call_ms, 1e-6)), 1.0, 200.0));
    round_ms += runner.calls * call_ms;
  }
  const int samples = std::clamp(static_cast<int>(settings.budget_s() * 1e3 / round_ms), 3, settings.repeats);
  while (static_cast<int>(runners[0].samples_ms.size()) < samples) {
    for (Runner& runner : runners) take_sample(settings, runner);
  }
  for (std::size_t i = 0; i < rivals.size(); ++i) {
    Runner& rival = runners[i + 1];
    std::vector<double> ratios;
    for (int sample = 0; sample < samples; ++sample) ratios.push_back(runners[0].samples_ms[sample] / rival.samples_ms[sample]);
    std::sort(ratios.begin(), ratios.end());
    row.rivals.push_back({rivals[i].what, timing_of(std::move(rival.samples_ms), rival.gflop), std::move(ratios)});
  }
  row.ours = timing_of(std::move(runners[0].samples_ms), runners[0].gflop);
  return row;
}

nlohmann::json place(const std::string& panel, double x, const std::string& what) { return {{"panel", panel}, {"x", x}, {"what", what}}; }

const SdxlModel& Workshop::model() {
  if (model_ != nullptr) return *model_;
  const auto start = Clock::now();
  ModelOptions options;
  options.device = settings_.device;
  options.dtype = settings_.dtype;
  auto loaded = load_model(settings_.model_path, options);
  if (!loaded) throw std::runtime_error(loaded.error().message);
  wait_for_device(settings_.device);
  load_ms_ = ms_since(start);
  model_ = std::move(loaded).value();
  prompts_ = std::make_unique<PromptEncoder>(model_);
  return *model_;
}

PromptEncoder& Workshop::prompts() {
  model();
  return *prompts_;
}

const SdxlModel& Workshop::plain_model() {
  if (plain_ != nullptr) return *plain_;
  const PlainWeights plain;
  ModelOptions options;
  options.dtype = settings_.dtype;
  auto loaded = load_model(settings_.model_path, options);
  if (!loaded) throw std::runtime_error(loaded.error().message);
  plain_ = std::move(loaded).value();
  return *plain_;
}

void Workshop::drop_models() {
  prompts_.reset();
  model_.reset();
  plain_.reset();
  release_unused_memory(settings_.device);
}

at::Tensor numbers(const Settings& settings, at::IntArrayRef sizes) {
  return at::randn(sizes, at::TensorOptions(settings.dtype).device(settings.device));
}

GenerationRequest picture_request(double cfg, double seg, double blur_sigma, std::int64_t steps) {
  GenerationRequest request;
  request.prompts = {"red apple"};
  request.seed = 11;
  request.steps = steps;
  request.guidance = {{"cfg.scale", cfg}, {"seg.scale", seg}, {"seg.sigma", blur_sigma}};
  return request;
}

}  // namespace studio::bench
