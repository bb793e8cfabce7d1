// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Progress of a sweep for a person, and for a program that reads lines.
#include "app/cli_sweep_progress.h"

#include "app/cli_events.h"
#include "app/cli_exit.h"
#include "core/api/nearest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <variant>

namespace studio::cli {
namespace {

const char* state_id(CellState state) {
  switch (state) {
    case CellState::Waiting:
      return "waiting";
    case CellState::Running:
      return "running";
    case CellState::Finished:
      return "finished";
    case CellState::Failed:
      return "failed";
    case CellState::Skipped:
      break;
  }
  return "skipped";
}

bool is_settled(CellState state) {
  return state == CellState::Finished || state == CellState::Failed || state == CellState::Skipped;
}

// "4 s", "3 min 20 s", "2 h 5 min".
std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::ostringstream text;
  text << std::fixed << std::setprecision(unit > 0 && bytes < 10 ? 1 : 0) << bytes << " "
       << kUnits[unit];
  return text.str();
}

// 3,600
std::string with_commas(double number) {
  std::string text = std::to_string(std::llround(number));
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string list_of(const std::vector<int>& numbers) {
  std::string text = "[";
  for (const int number : numbers)
    text.append(text.size() > 1 ? ", " : "").append(std::to_string(number));
  return text + "]";
}

std::string short_key(const std::string& key) { return key.substr(0, 12); }

}  // namespace

std::string cell_words(const SweepGrid& grid, std::size_t cell) {
  if (!grid.spec.listed.empty()) return "job " + std::to_string(cell + 1);
  const auto position = grid.position(cell);
  std::string text;
  for (std::size_t axis = 0; axis < position.size(); ++axis) {
    std::string name = grid.axes[axis].path;
    if (name.starts_with("guidance.")) name.erase(0, 9);
    text.append(text.empty() ? "" : ", ").append(name).append(" ");
    text.append(shown_text(axis_label(grid.axes[axis].values[position[axis]])));
  }
  return text.empty() ? "the only cell" : text;
}

void add_forecast(JsonObject& event, const SweepForecast& forecast) {
  event.integer("cells", static_cast<std::int64_t>(forecast.cells));
  event.integer("pictures", static_cast<std::int64_t>(forecast.pictures));
  event.integer("distinct_cells", static_cast<std::int64_t>(forecast.distinct_cells));
  event.integer("finished", static_cast<std::int64_t>(forecast.finished));
  event.number("row_evaluations_naive", forecast.rows_naive)
      .number("row_evaluations_shared", forecast.rows_shared);
  event.number("row_evaluations_left", forecast.rows_left).number("seconds", forecast.seconds_left);
  event.flag("seconds_are_measured", forecast.seconds_are_measured);
  event.number("bytes", forecast.bytes_left).number("bytes_free", forecast.bytes_free);
  event.integer("impossible_cells", static_cast<std::int64_t>(forecast.impossible_cells));
  if (forecast.problem) {
    event.text("problem", forecast.problem->message)
        .text("problem_code", error_code_name(forecast.problem->code));
  }
}

std::string forecast_table(const SweepForecast& forecast) {
  std::ostringstream text;
  const auto row = [&](const char* name, const std::string& value) {
    text << std::left << std::setw(34) << name << value << "\n";
  };
  row("cells", with_commas(static_cast<double>(forecast.cells)));
  row("distinct pictures, twins included",
      with_commas(static_cast<double>(forecast.pictures)) +
          (forecast.finished > 0
               ? ", " + with_commas(static_cast<double>(forecast.finished)) + " of them finished"
               : ""));
  row("row evaluations without sharing", with_commas(forecast.rows_naive));
  row("row evaluations", with_commas(forecast.rows_shared));
  row("row evaluations left", with_commas(forecast.rows_left));
  row("time left",
      forecast.seconds_left > 0
          ? (forecast.seconds_are_measured ? duration(forecast.seconds_left)
                                           : "about " + duration(forecast.seconds_left))
      : forecast.rows_left > 0 ? "not known before a first run"
                               : "none");
  row("disk",
      "about " + bytes_text(forecast.bytes_left) +
          (forecast.bytes_free > 0 ? " of " + bytes_text(forecast.bytes_free) + " free" : ""));
  return text.str();
}

void SweepProgress::show(const JobEvent& event) {
  if (const auto* started = std::get_if<SweepStarted>(&event)) show_started(*started);
  if (const auto* change = std::get_if<CellChanged>(&event)) show_cell(*change);
  if (style_ == ProgressStyle::None) return;
  if (const auto* change = std::get_if<PhaseChanged>(&event)) show_phase(*change);
  if (const auto* step = std::get_if<StepDone>(&event)) show_step(*step);
}

void SweepProgress::show_started(const SweepStarted& started) {
  folder_ = started.folder;
  grid_ = started.grid;
  pictures_ = started.pictures;
  cells_of_.assign(pictures_.size(), {});
  twins_of_.assign(pictures_.size(), {});
  const int count = static_cast<int>(pictures_.size());
  for (std::size_t cell = 0; cell < started.picture_of_cell.size(); ++cell) {
    const int picture = started.picture_of_cell[cell];
    if (picture >= 0 && picture < count) cells_of_[picture].push_back(static_cast<int>(cell));
  }
  for (std::size_t cell = 0; cell < started.twin_of_cell.size(); ++cell) {
    const int picture = started.twin_of_cell[cell];
    if (picture >= 0 && picture < count) twins_of_[picture].push_back(static_cast<int>(cell));
  }
  for (const CellResult& picture : pictures_) {
    finished_ += picture.state == CellState::Finished ? 1 : 0;
    settled_ += picture.state == CellState::Finished ? 1 : 0;
  }
  left_when_told_ = started.forecast.seconds_left;
  told_at_ = std::chrono::steady_clock::now();
  if (style_ == ProgressStyle::Json) {
    JsonObject forecast;
    add_forecast(forecast, started.forecast);
    print_event(JsonObject()
                    .text("event", "started")
                    .text("folder", folder_)
                    .integer("cells", static_cast<std::int64_t>(started.picture_of_cell.size()))
                    .integer("pictures", count)
                    .integer("finished", static_cast<std::int64_t>(finished_))
                    .raw("forecast", forecast.str()));
  } else if (style_ == ProgressStyle::Bar) {
    std::ostringstream text;
    text << count << " pictures for " << started.picture_of_cell.size() << " cells";
    if (finished_ > 0) text << ", " << finished_ << " of them finished already";
    note(text.str());
  }
}

void SweepProgress::show_phase(const PhaseChanged& change) {
  if (!change.note.empty()) note("note: " + change.note);
  const bool is_new = change.phase != phase_ || shown_fraction_ < 0 || !change.note.empty();
  if (!is_new && change.fraction - shown_fraction_ < kFractionToShow) return;
  phase_ = change.phase;
  shown_fraction_ = change.fraction;
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "phase").text("phase", phase_id(change.phase));
    event.number("fraction", change.fraction);
    if (!change.note.empty()) event.text("note", change.note);
    print_event(event);
  } else if (change.phase == Phase::LoadingModel && on_terminal_) {
    const int percent = static_cast<int>(std::lround(100 * change.fraction));
    show_line("loading the model" +
              (percent > 0 ? " " + std::to_string(percent) + " %" : std::string()));
  } else if (change.phase == Phase::LoadingModel && is_new) {
    show_line("loading the model");
  }
}

void SweepProgress::show_step(const StepDone& step) {
  if (step.picture >= 0) current_ = step.picture;
  step_ = step.step;
  steps_ = step.steps;
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "step").integer("step", step.step).integer("steps", step.steps);
    event.number("ms", std::round(step.ms * 10) / 10).integer("picture", step.picture);
    if (step.picture >= 0 && step.picture < static_cast<int>(pictures_.size()))
      event.text("key", pictures_[step.picture].key);
    print_event(event.number("seconds_left", std::round(seconds_left() * 10) / 10));
  } else if (on_terminal_) {
    show_bar();
  }
}

void SweepProgress::show_cell(const CellChanged& change) {
  if (change.picture < 0 || change.picture >= static_cast<int>(pictures_.size())) return;
  CellResult& known = pictures_[change.picture];
  const auto count = [](std::size_t& number, bool was, bool is) {
    if (is && !was) ++number;
    if (was && !is) --number;
  };
  count(finished_, known.state == CellState::Finished, change.result.state == CellState::Finished);
  count(settled_, is_settled(known.state), is_settled(change.result.state));
  known = change.result;
  left_when_told_ = change.seconds_left;
  told_at_ = std::chrono::steady_clock::now();
  if (known.state == CellState::Running) current_ = change.picture;
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "cell").text("key", known.key).integer("picture", change.picture);
    event.raw("index", list_of(cells_of_[change.picture]))
        .raw("twin_of", list_of(twins_of_[change.picture]));
    event.text("state", state_id(known.state))
        .text("file", known.file)
        .number("seconds", known.seconds);
    event.text("made", known.made).integer("shared_steps", known.shared_steps);
    event.number("row_evaluations", known.row_evaluations);
    if (!known.sha256.empty()) event.text("sha256", known.sha256);
    if (!known.error.empty()) event.text("error", known.error);
    if (known.error_code) event.text("code", error_code_name(*known.error_code));
    event.integer("done", static_cast<std::int64_t>(finished_))
        .integer("of", static_cast<std::int64_t>(pictures_.size()));
    print_event(event.number("seconds_left", std::round(seconds_left() * 10) / 10));
    return;
  }
  if (style_ == ProgressStyle::None) return;
  if (known.state == CellState::Failed) {
    note(words(change.picture) + " failed: " + known.error);
  } else if (!on_terminal_ && is_settled(known.state)) {
    std::ostringstream text;
    text << settled_ << " of " << pictures_.size() << ": " << words(change.picture) << ", "
         << state_id(known.state);
    if (known.state == CellState::Finished && !known.made.empty())
      text << " (" << known.made << ")";
    show_line(text.str());
  }
  if (on_terminal_) show_bar();
}

void SweepProgress::show_bar() {
  const std::size_t total = std::max<std::size_t>(1, pictures_.size());
  std::ostringstream text;
  text << progress_bar(settled_, total) << " " << settled_ << "/" << pictures_.size();
  if (steps_ > 0) text << "  step " << step_ << "/" << steps_;
  if (seconds_left() > 0) text << "  " << duration(seconds_left()) << " left";
  if (current_ >= 0) text << "  " << words(current_);
  show_line(text.str());
}

double SweepProgress::seconds_left() const {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - told_at_;
  return std::max(0.0, left_when_told_ - since.count());
}

std::string SweepProgress::words(int picture) const {
  if (grid_ == nullptr || picture < 0 || picture >= static_cast<int>(pictures_.size()))
    return "a picture";
  if (!cells_of_[picture].empty())
    return cell_words(*grid_, static_cast<std::size_t>(cells_of_[picture].front()));
  if (!twins_of_[picture].empty())
    return "unguided twin of " +
           cell_words(*grid_, static_cast<std::size_t>(twins_of_[picture].front()));
  return "a picture";
}

void SweepProgress::note(const std::string& text) {
  if (style_ != ProgressStyle::Bar) return;
  end_line();
  std::cerr << text << std::endl;
}

void SweepProgress::verified(const CellResult& picture,
                             const std::string& words,
                             const PictureDifference& difference,
                             bool latents_equal) {
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "verified")
                    .text("key", picture.key)
                    .text("file", picture.file)
                    .flag("same_size", difference.same_size)
                    .integer("largest_difference", difference.largest)
                    .number("mean_difference", difference.mean)
                    .flag("latents_equal", latents_equal));
    return;
  }
  end_line();
  std::cout << short_key(picture.key) << "  ";
  if (difference.same_size) {
    std::cout << "largest difference " << std::setw(3) << std::right << difference.largest
              << " of 255, mean " << std::fixed << std::setprecision(3) << difference.mean
              << (latents_equal ? ", last latents equal" : ", last latents differ");
  } else {
    std::cout << "another size than its job gives";
  }
  std::cout << "  " << words << std::endl;
}

// Off a terminal every text is a line of its own; on one it replaces the last.
void SweepProgress::show_line(const std::string& text) {
  if (on_terminal_) {
    std::cerr << "\r\x1b[K" << text << std::flush;
    line_is_open_ = true;
  } else {
    std::cerr << text << std::endl;
  }
}

void SweepProgress::end_line() {
  if (line_is_open_) std::cerr << "\r\x1b[K" << std::flush;
  line_is_open_ = false;
}

int SweepProgress::finish(const SweepFinished& ending, const std::vector<std::string>& files) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "finished")
                    .text("folder", ending.folder)
                    .integer("finished", static_cast<std::int64_t>(ending.finished))
                    .integer("failed", static_cast<std::int64_t>(ending.failed))
                    .integer("skipped", static_cast<std::int64_t>(ending.skipped))
                    .number("seconds", ending.seconds)
                    .number("row_evaluations", ending.row_evaluations)
                    .texts("files", files));
  } else if (style_ == ProgressStyle::Bar) {
    std::cerr << ending.finished << " of " << pictures_.size() << " pictures are in "
              << ending.folder;
    if (ending.failed > 0) std::cerr << ", " << ending.failed << " failed in other runs";
    if (ending.skipped > 0) std::cerr << ", " << ending.skipped << " skipped";
    std::cerr << "; " << with_commas(ending.row_evaluations) << " row evaluations in "
              << duration(ending.seconds) << std::endl;
    for (const std::string& file : files) std::cerr << "wrote " << file << std::endl;
  }
  return kDone;
}

int SweepProgress::finish_verified(std::size_t pictures, int largest) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "finished")
                    .integer("pictures", static_cast<std::int64_t>(pictures))
                    .integer("largest_difference", largest));
  } else {
    std::cout << pictures << " pictures made again alone; largest difference " << largest
              << " of 255" << std::endl;
  }
  return kDone;
}

int SweepProgress::fail(const Error& error) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    JsonObject event;
    event.text("event", "failed")
        .text("code", error_code_name(error.code))
        .text("message", error.message);
    if (grid_ != nullptr)
      event.text("folder", folder_).integer("finished", static_cast<std::int64_t>(finished_));
    print_event(event);
  }
  return report(error);
}

int SweepProgress::cancel(const std::vector<std::string>& files) {
  end_line();
  if (style_ == ProgressStyle::Json) {
    print_event(JsonObject()
                    .text("event", "cancelled")
                    .text("folder", folder_)
                    .integer("finished", static_cast<std::int64_t>(finished_))
                    .integer("pictures", static_cast<std::int64_t>(pictures_.size()))
                    .texts("files", files));
  }
  std::cerr << "seg-cli: interrupted";
  if (grid_ != nullptr) {
    std::cerr << "; " << finished_ << " of " << pictures_.size()
              << " pictures are finished and kept: go on with --resume";
  } else {
    std::cerr << "; nothing was written";
  }
  std::cerr << std::endl;
  return kInterrupted;
}

}  // namespace studio::cli
