// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder in memory, that can be told to fail, and a host with models of the tests.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/make_engine.h"
#include "core/sweep/sweep_run.h"
#include "tests/support/golden_cases.h"

namespace studio::testing {

class MemoryStore final : public SweepStore {
 public:
  explicit MemoryStore(SweepGrid grid) : grid_(std::move(grid)) {}

  std::map<std::string, CellResult> results;
  std::map<std::string, Finished> finished;
  std::vector<std::string> lines;      // what was noted, in order: "running KEY"
  std::vector<std::string> keys;       // of the plan
  std::string latents_folder;          // on disk; "": twins' latents are not kept
  int finish_fails_at = -1;            // that call of finish() fails as on a full disk

  const SweepGrid& grid() const override { return grid_; }
  const std::vector<std::string>& problems() const override { return problems_; }
  const CellResult* find(const std::string& key) const override {
    const auto found = results.find(key);
    return found == results.end() ? nullptr : &found->second;
  }
  const CellResult* adopt(const std::string& /*key*/) override { return nullptr; }
  std::string latents_path(const std::string& key) const override {
    return latents_folder.empty() ? std::string() : latents_folder + "/" + key + ".safetensors";
  }
  Result<void> note_running(const std::string& key) override {
    lines.push_back("running " + key);
    return {};
  }
  Result<void> note_failed(const CellResult& result) override {
    lines.push_back("failed " + result.key);
    results[result.key] = result;
    return {};
  }
  Result<std::string> write_picture(const std::string& key, const Finished& made) override {
    const std::lock_guard lock(mutex_);
    if (finish_fails_at-- == 0) return Error{ErrorCode::Io, "the disk is full"};
    finished[key] = made;
    return std::string();
  }
  Result<CellResult> note_finished(CellResult result) override {
    result.state = CellState::Finished;
    result.file = "cells/" + result.key + ".png";
    lines.push_back("finished " + result.key);
    results[result.key] = result;
    return result;
  }
  Result<void> note_plan(const std::vector<std::string>& plan_keys, const std::vector<int>& /*picture_of_cell*/,
                         const std::vector<int>& /*twin_of_cell*/) override {
    keys = plan_keys;
    return {};
  }
  Result<void> note_end() override {
    lines.emplace_back("end");
    return {};
  }

 private:
  std::mutex mutex_;  // of write_picture()
  SweepGrid grid_;
  std::vector<std::string> problems_;
};

// Runs sweeps on models given by path or bundled name, and keeps what they say.
struct SweepBench {
  std::map<std::string, std::shared_ptr<LoadedModel>> loaded;
  SpeedBook speed;
  SweepHost host;
  SweepOptions options;
  std::vector<JobEvent> events;
  std::map<int, at::Tensor> latents;

  SweepBench() {
    options.folder = "no folder";
    host.catalogue = &catalogue();
    host.dtype = "fp32";
    host.speed = &speed;
    host.emit = [this](const JobEvent& event) { events.push_back(event); };
    host.on_latents = [this](int picture, const at::Tensor& last) { latents[picture] = last; };
    host.outline = [](const ModelUse& use) -> Result<ModelOutline> {
      auto outline = read_outline(path_of(use.name));
      return outline;
    };
    host.load = [this](const ModelUse& use, const std::function<void(double)>& progress) -> Result<std::shared_ptr<LoadedModel>> {
      const std::string& name = use.name;
      auto& model = loaded[name];
      if (model != nullptr) return model;
      ModelOptions how;
      how.progress = progress;
      auto read = load_model(path_of(name), how);
      if (!read) return read.error();
      model = std::make_shared<LoadedModel>(name, std::move(read).value());
      return model;
    };
  }
  SweepBench(const SweepBench&) = delete;
  SweepBench& operator=(const SweepBench&) = delete;

  static std::string path_of(const std::string& name) { return name == "emoji-sdxl" ? resources_path("models/" + name) : name; }

  Result<SweepFinished> run(MemoryStore& store) {
    events.clear();
    latents.clear();
    return run_sweep(store, options, host);
  }
  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const JobEvent& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }
};

}  // namespace studio::testing
