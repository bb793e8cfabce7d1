// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a running job shows: a bar or a few lines on standard error, or JSON lines on standard
// output.
#pragma once

#include "app/cli_args.h"
#include "core/api/event.h"

#include <string>
#include <vector>

namespace studio::cli {

// What a whole `generate` came to.
struct Outcome {
  std::vector<std::string> files;
  GenerationRequest resolved;
  std::string model_hash;
  double seconds = 0;
  double row_evaluations = 0;
  std::int64_t gpu_peak_bytes = 0;  // of the picture and its twin; 0 on a CPU
  double preview_share = 0;  // of the time that went into previews
};

// Threads: belongs to the main thread.
class Progress {
 public:
  Progress(ProgressStyle style, bool on_terminal) : style_(style), on_terminal_(on_terminal) {}

  // Names the job whose events follow: "guided" or "twin".
  void begin(const std::string& job);
  void show(const JobEvent& event);

  // Exactly one of these ends the report. Each returns the program's exit status.
  int finish(const Outcome& outcome);
  int fail(const Error& error);
  int cancel(const std::vector<std::string>& files);

 private:
  void show_started(const Started& started);
  void show_phase(const PhaseChanged& change);
  void show_step(const StepDone& step);
  void show_line(const std::string& text);
  void end_line();

  ProgressStyle style_;
  bool on_terminal_;
  std::string job_ = "guided";
  Phase phase_ = Phase::LoadingModel;
  double shown_fraction_ = -1;  // of the phase; negative: nothing shown of it yet
  bool line_is_open_ = false;   // the terminal's last line will be written over
};

}  // namespace studio::cli
