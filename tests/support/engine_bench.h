// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The real engine with a log of its events, and a small job for it.
#pragma once

#include <QtGlobal>

#include "core/make_engine.h"
#include "tests/support/event_log.h"

namespace studio::testing {

inline GenerationRequest tiny_job(std::int64_t steps = 3) {
  GenerationRequest request;
  request.model = std::string(STUDIO_TESTS_DIR) + "/golden/models/tiny-sdxl";
  request.prompts = {"a red apple"};
  request.seed = 4;
  request.steps = steps;
  request.width_px = request.height_px = 64;
  request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.5}};
  return request;
}

inline GenerationRequest with(GenerationRequest request, const std::string& path, const ParamValue& value) {
  if (auto done = set(request, catalogue(), path, value); !done) qFatal("%s", done.error().message.c_str());
  return request;
}

struct Bench {
  EventLog log;  // outlives the engine
  std::unique_ptr<Engine> engine;

  explicit Bench(std::function<void(JobId, const JobEvent&)> hook = {}, std::string device = "cpu") {
    log.hook = std::move(hook);
    EngineConfig config;
    config.resources_path = STUDIO_RESOURCES_DIR;
    config.device = std::move(device);
    auto made = make_engine(config, log);
    if (!made) qFatal("%s", made.error().message.c_str());
    engine = std::move(made).value();
  }
  // Submits and waits for the end.
  JobId run(const GenerationRequest& request, const RunOptions& options = {}) {
    auto job = engine->submit(request, options);
    if (!job) qFatal("%s", job.error().message.c_str());
    if (!log.wait_ended(job.value())) qFatal("the job does not end");
    return job.value();
  }
  Finished result(const GenerationRequest& request, const RunOptions& options = {}) {
    const JobId job = run(request, options);
    if (const auto failed = log.last<Failed>(job)) qFatal("%s", failed->error.message.c_str());
    return log.last<Finished>(job).value();
  }
};

inline bool same_pixels(const Finished& a, const Finished& b) {
  if (a.images.size() != b.images.size()) return false;
  for (std::size_t i = 0; i < a.images.size(); ++i) {
    if (a.images[i]->width_px != b.images[i]->width_px || a.images[i]->pixels != b.images[i]->pixels) return false;
  }
  return true;
}

}  // namespace studio::testing
