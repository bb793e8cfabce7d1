// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The two forms of progress: for a person, and for a program that reads lines.
#include "app/cli_progress.h"

#include "app/cli_events.h"
#include "app/cli_exit.h"

#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <variant>

namespace studio::cli {
namespace {

const char* phase_words(Phase phase) {
  switch (phase) {
    case Phase::LoadingModel:
      return "loading the model";
    case Phase::Encoding:
      return "encoding the prompt";
    case Phase::Denoising:
      return "denoising";
    case Phase::Decoding:
      return "decoding";
    case Phase::Saving:
      break;
  }
  return "saving";
}

std::string in_seconds(double seconds) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(seconds < 10 ? 1 : 0) << seconds << " s";
  return text.str();
}

std::string bar_line(const StepDone& step) {
  std::ostringstream text;
  text << progress_bar(static_cast<std::size_t>(step.step), static_cast<std::size_t>(step.steps))
       << " " << step.step << "/" << step.steps << std::fixed << std::setprecision(0) << "  "
       << step.ms << " ms a step, " << in_seconds(step.seconds_left) << " left";
  return text.str();
}

}  // namespace

void Progress::begin(const std::string& job) {
  job_ = job;
  phase_ = Phase::LoadingModel;
  shown_fraction_ = -1;
}

void Progress::show(const JobEvent& event) {
  if (style_ == ProgressStyle::None) return;
  if (const auto* started = std::get_if<Started>(&event)) show_started(*started);
  if (const auto* change = std::get_if<PhaseChanged>(&event)) show_phase(*change);
  if (const auto* step = std::get_if<StepDone>(&event)) show_step(*step);
}

void Progress::show_started(const Started& started) {
  if (style_ != ProgressStyle::Json) return;
  JsonObject event;
  event.text("event", "started").text("job", job_).integer("steps", started.steps);
  if (started.resolved.seed) event.integer("seed", *started.resolved.seed);
  print_event(event.number("row_evaluations", started.row_evaluations));
}

void Progress::show_phase(const PhaseChanged& change) {
  const bool is_new = change.phase != phase_ || shown_fraction_ < 0 || !change.note.empty();
  if (!is_new && change.fraction - shown_fraction_ < kFractionToShow) return;
  phase_ = change.phase;
  shown_fraction_ = change.fraction;
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "phase").text("job", job_).text("phase", phase_id(change.phase));
    event.number("fraction", change.fraction);
    if (!change.note.empty()) event.text("note", change.note);
    print_event(event);
    return;
  }
  if (!change.note.empty()) {
    end_line();
    std::cerr << "note: " << change.note << std::endl;
  }
  if (on_terminal_) {
    const int percent = static_cast<int>(std::lround(100 * change.fraction));
    show_line(phase_words(change.phase) +
              (percent > 0 ? " " + std::to_string(percent) + " %" : std::string()));
  } else if (is_new && change.phase == Phase::LoadingModel) {
    show_line(phase_words(change.phase));
  }
}

void Progress::show_step(const StepDone& step) {
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "step")
                    .text("job", job_)
                    .integer("step", step.step)
                    .integer("steps", step.steps)
                    .number("ms", std::round(step.ms * 10) / 10));
  } else if (on_terminal_) {
    show_line(bar_line(step));
  } else if (step.step == step.steps ||
             4 * step.step / step.steps > 4 * (step.step - 1) / step.steps) {
    std::ostringstream text;
    text << job_ << ": step " << step.step << " of " << step.steps;
    show_line(text.str());
  }
}

// Off a terminal every text is a line of its own; on one it replaces the last.
void Progress::show_line(const std::string& text) {
  if (on_terminal_) {
    std::cerr << "\r\x1b[K" << text << std::flush;
    line_is_open_ = true;
  } else {
    std::cerr << text << std::endl;
  }
}

void Progress::end_line() {
  if (line_is_open_) std::cerr << "\r\x1b[K" << std::flush;
  line_is_open_ = false;
}

int Progress::finish(const Outcome& outcome) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "finished").texts("files", outcome.files);
    if (outcome.resolved.seed) event.integer("seed", *outcome.resolved.seed);
    event.number("seconds", outcome.seconds)
        .number("row_evaluations", outcome.row_evaluations)
        .text("model_hash", outcome.model_hash);
    if (outcome.gpu_peak_bytes > 0) event.integer("gpu_peak_bytes", outcome.gpu_peak_bytes);
    if (outcome.preview_share > 0) event.number("preview_share", outcome.preview_share);
    print_event(event);
  } else if (style_ == ProgressStyle::Bar) {
    for (const std::string& file : outcome.files) std::cerr << "wrote " << file << "\n";
    std::cerr << "seed " << outcome.resolved.seed.value_or(0) << ", " << in_seconds(outcome.seconds)
              << " of denoising" << std::endl;
  }
  return kDone;
}

int Progress::fail(const Error& error) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "failed")
                    .text("code", error_code_name(error.code))
                    .text("message", error.message));
  }
  return report(error);
}

int Progress::cancel(const std::vector<std::string>& files) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject().text("event", "cancelled").texts("files", files));
  }
  std::cerr << "seg-cli: interrupted";
  if (files.empty()) std::cerr << "; nothing was written";
  for (const std::string& file : files) std::cerr << "; " << file << " is kept";
  std::cerr << std::endl;
  return kInterrupted;
}

}  // namespace studio::cli
