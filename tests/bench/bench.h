// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What every part of the benchmark is made of: settings, times that are taken in turn with a rival's, rows of results.
#pragma once

#include "core/model/model_outline.h"
#include "core/model/sdxl_model.h"
#include "core/pipeline/prompts.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace studio::bench {

struct Settings {
  std::string model_path, device_name = "cpu", dtype_name = "fp32";
  c10::Device device = c10::kCPU;
  c10::ScalarType dtype = c10::kFloat;
  int repeats = 12, threads = 0;
  bool quick = false;
  std::vector<std::string> only;  // a row is made when its name holds one of these; none: all
  ModelOutline outline;           // of the model, from its configuration files

  // A row takes fewer samples than `repeats` when they would take longer than this; at least three.
  double budget_s() const { return quick ? 1.5 : 6; }
  bool wants(const std::string& name) const;
};

// Of several samples, sorted. gflop: of one call; 0 when nobody counted.
struct Timing {
  std::vector<double> samples_ms;
  double gflop = 0;
  double median_ms() const { return samples_ms[samples_ms.size() / 2]; }
};
Timing timing_of(std::vector<double> samples_ms, double gflop = 0);

// The same work done another way.
struct Rival {
  std::string what;
  std::function<void()> body;
};

// One line of the table.
struct Row {
  Timing ours;
  struct Beside {
    std::string what;
    Timing timing;
    std::vector<double> ratios;  // ours / rival of each pair, sorted: below 1 ours is quicker
  };
  std::vector<Beside> rivals;
  double peak_mib = 0, gpu_peak_mib = 0;  // the most that one call of ours held; 0: not known
  nlohmann::json more = nlohmann::json::object();  // further members of the row in the document
};

// Calls all bodies in turn, A B A B, after each was called until it runs as it will from then on: on a GPU a UNet's
// first evaluation runs as it is and the second is recorded. Quick bodies are called several times a sample. The
// FLOPs are those that the layers count on this thread.
// Threads: blocks; waits for the device around every sample.
enum class Start {
  Cold,
  Warm,  // earlier rows did the like: what takes seconds is not called once more than it must be
};
Row take_turns(const Settings& settings, const std::function<void()>& ours, const std::vector<Rival>& rivals = {}, Start start = Start::Cold);

// Where a row stands in the plot: the cost of `what` at x on the panel "size" (pixels), "rows" or "cells".
nlohmann::json place(const std::string& panel, double x, const std::string& what);

// The loaded model, for all parts that work on its networks. Loaded when it is first asked for.
class Workshop {
 public:
  explicit Workshop(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }
  // Errors: throws std::runtime_error with the loader's sentence.
  const SdxlModel& model();
  PromptEncoder& prompts();
  // The same weights in the form that LibTorch's own operators take. On a CPU only.
  const SdxlModel& plain_model();
  // Makes room for an engine, which loads its own.
  void drop_models();
  double load_ms() const { return load_ms_; }

 private:
  const Settings& settings_;
  std::shared_ptr<const SdxlModel> model_, plain_;
  std::unique_ptr<PromptEncoder> prompts_;
  double load_ms_ = 0;
};

// A part makes one row. Errors: a sentence that says why it cannot be made here; it stands in the document.
struct Part {
  std::string name;
  std::function<Result<Row>(Workshop&)> make;
  bool is_in_quick = true;
  bool sets_rate = false;  // its arithmetic a second is what floors are computed with
};
using Parts = std::vector<Part>;

void add_kernel_parts(Parts& parts, const Settings& settings);
void add_step_parts(Parts& parts, const Settings& settings);
void add_picture_parts(Parts& parts, const Settings& settings);
void add_engine_parts(Parts& parts, const Settings& settings);

at::Tensor numbers(const Settings& settings, at::IntArrayRef sizes);
// CFG + SEG is cfg 4, seg 2; a term at its neutral value (cfg 1, seg 0) asks for no row.
GenerationRequest picture_request(double cfg, double seg, double blur_sigma, std::int64_t steps);

}  // namespace studio::bench
