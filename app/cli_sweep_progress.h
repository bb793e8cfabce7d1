// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a running sweep shows: a bar or a line a picture on standard error, or JSON lines on
// standard output.
#pragma once

#include "app/cli_args.h"
#include "app/cli_json.h"
#include "core/api/event.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace studio::cli {

// "seg.sigma 2, seed 3": where a cell stands on the axes; "job 7" in a list of jobs.
std::string cell_words(const SweepGrid& grid, std::size_t cell);

// Members of the forecast, as they stand in events.
void add_forecast(JsonObject& event, const SweepForecast& forecast);
// For a person.
std::string forecast_table(const SweepForecast& forecast);

// Threads: belongs to the main thread.
class SweepProgress {
 public:
  SweepProgress(ProgressStyle style, bool on_terminal) : style_(style), on_terminal_(on_terminal) {}

  void show(const JobEvent& event);
  // A line that is neither progress nor the end.
  void note(const std::string& text);
  void verified(const CellResult& picture,
                const std::string& words,
                const PictureDifference& difference,
                bool latents_equal);

  // Pictures as the sweep's events left them; empty before it started.
  const std::vector<CellResult>& pictures() const { return pictures_; }
  // Which cell a picture belongs to, in words.
  std::string words(int picture) const;
  std::size_t finished() const { return finished_; }

  // Exactly one of these ends the report. Each returns the program's exit status.
  int finish(const SweepFinished& ending, const std::vector<std::string>& files);
  int finish_verified(std::size_t pictures, int largest);
  int fail(const Error& error);
  int cancel(const std::vector<std::string>& files);

 private:
  void show_started(const SweepStarted& started);
  void show_phase(const PhaseChanged& change);
  void show_step(const StepDone& step);
  void show_cell(const CellChanged& change);
  void show_bar();
  void show_line(const std::string& text);
  void end_line();
  double seconds_left() const;

  ProgressStyle style_;
  bool on_terminal_;
  std::string folder_;
  std::shared_ptr<const SweepGrid> grid_;
  std::vector<CellResult> pictures_;
  std::vector<std::vector<int>> cells_of_,
      twins_of_;  // by picture: cells that show it, cells whose twin it is
  std::size_t finished_ = 0, settled_ = 0;  // settled: finished, failed or skipped
  int current_ = -1, step_ = 0, steps_ = 0;
  double left_when_told_ = 0;  // seconds
  std::chrono::steady_clock::time_point told_at_;
  Phase phase_ = Phase::Denoising;
  double shown_fraction_ = -1;
  bool line_is_open_ = false;
};

}  // namespace studio::cli
