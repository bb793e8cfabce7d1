// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading a journal line by line. Anything may stand in the file; only well-formed lines count.
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/strict_json.h"
#include "core/sweep/journal.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <limits>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace studio {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPictures = 4 * kMostCells;
constexpr std::size_t kMostRuns = 4096;
constexpr std::size_t kMostSteps = 1000;
constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLinesNamed = 5;

std::string text_in(const json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_string()) return {};
  std::string text = found->get<std::string>();
  if (text.size() > kLongestText) {
    std::size_t cut = kLongestText;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text.resize(cut);
  }
  return text;
}

double number_in(const json& line, const char* name, double otherwise) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_number()) return otherwise;
  const double number = found->get<double>();
  return std::isfinite(number) ? number : otherwise;
}

std::optional<std::int64_t> whole(const json& value, std::int64_t least, std::int64_t most) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) return std::nullopt;
  return number;
}

std::int64_t whole_in(const json& line,
                      const char* name,
                      std::int64_t least,
                      std::int64_t most,
                      std::int64_t otherwise) {
  const auto found = line.find(name);
  return found == line.end() ? otherwise : whole(*found, least, most).value_or(otherwise);
}

// No value: something else than a list of such numbers.
std::optional<std::vector<int>> numbers_in(
    const json& line, const char* name, std::size_t count, int least, int most) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_array() || found->size() > count) return std::nullopt;
  std::vector<int> numbers;
  numbers.reserve(found->size());
  for (const json& item : *found) {
    const auto number = whole(item, least, most);
    if (!number) return std::nullopt;
    numbers.push_back(static_cast<int>(*number));
  }
  return numbers;
}

CellResult result_in(const json& line, const std::string& key, CellState state) {
  constexpr std::int64_t kMostRows = 1'000'000;
  CellResult result;
  result.state = state;
  result.key = key;
  result.error = text_in(line, "error");
  if (state == CellState::Failed) result.error_code = error_code_named(text_in(line, "error_code"));
  result.made = text_in(line, "made");
  result.latents_hash = text_in(line, "latents_hash");
  if (!is_sha256(result.latents_hash)) result.latents_hash.clear();
  result.shared_steps = static_cast<int>(whole_in(line, "shared_steps", 0, kMostSteps, 0));
  result.rows = numbers_in(line, "rows", kMostSteps, 0, kMostRows).value_or(std::vector<int>());
  result.seconds = number_in(line, "seconds", 0);
  result.row_evaluations = number_in(line, "row_evaluations", 0);
  result.guidance_norm = number_in(line, "guidance_norm", 0);
  result.twin_distance = number_in(line, "twin_distance", -1);
  return result;
}

std::optional<JournalPlan> plan_in(const json& line) {
  JournalPlan plan;
  const auto keys = line.find("pictures");
  if (keys == line.end() || !keys->is_array() || keys->size() > 2 * kMostCells) return std::nullopt;
  for (const json& key : *keys) {
    if (!key.is_string() || !is_sha256(key.get_ref<const std::string&>())) return std::nullopt;
    plan.keys.push_back(key.get<std::string>());
  }
  const int last = static_cast<int>(plan.keys.size()) - 1;
  auto cells = numbers_in(line, "picture_of_cell", kMostCells, 0, last);
  auto twins = numbers_in(line, "twin_of_cell", kMostCells, -1, last);
  if (!cells || !twins || cells->size() != twins->size()) return std::nullopt;
  plan.picture_of_cell = std::move(*cells);
  plan.twin_of_cell = std::move(*twins);
  return plan;
}

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  // A line without its line feed. The last one of the file may be torn: that is no news.
  void line(std::string_view text, bool is_last) {
    ++number_;
    if (text.find_first_not_of(" \t\r") == text.npos) return;
    JsonLimits limits;
    limits.max_bytes = kMostJournalLine;
    limits.max_depth = 4;
    const auto read = parse_strict(text, path_, limits);
    const bool is_good = read && read.value().is_object() && take(read.value());
    if (!is_good && !is_last) damaged();
  }
  void too_long() {
    ++number_;
    damaged();
  }

  JournalReading finish() {
    if (bad_count_ > 0) {
      std::string text = bad_count_ == 1 ? "line " : "lines ";
      for (std::size_t i = 0; i < bad_lines_.size(); ++i)
        text += (i > 0 ? ", " : "") + std::to_string(bad_lines_[i]);
      if (bad_count_ > bad_lines_.size())
        text += " and " + std::to_string(bad_count_ - bad_lines_.size()) + " more";
      text += bad_count_ == 1 ? " is damaged and was left out" : " are damaged and were left out";
      reading_.problems.push_back(file_error(ErrorCode::BadFile, path_, text).message);
    }
    if (has_too_many_) {
      reading_.problems.push_back(
          file_error(ErrorCode::BadFile,
                     path_,
                     "it names more pictures than a sweep can have; some were left out")
              .message);
    }
    return std::move(reading_);
  }

 private:
  void damaged() {
    if (++bad_count_ <= kLinesNamed) bad_lines_.push_back(number_);
  }

  // False: the line is damaged.
  bool take(const json& line) {
    const std::string state = text_in(line, "state");
    if (state.empty()) return false;
    if (state == "begin") return begin(line);
    if (state == "end") return end(line);
    if (state == "plan") {
      auto plan = plan_in(line);
      if (plan) reading_.plan = std::move(plan);
      return reading_.plan.has_value();
    }
    const bool is_of_picture =
        state == "running" || state == "finished" || state == "failed" || state == "skipped";
    return !is_of_picture || picture(line, state);
  }

  bool begin(const json& line) {
    JournalRun run;
    run.id = text_in(line, "run");
    run.shards = static_cast<int>(whole_in(line, "shards", 1, kMostCells, 1));
    run.shard = static_cast<int>(whole_in(line, "shard", 0, run.shards - 1, 0));
    // A run of the whole, or of the same share, takes over from those before it.
    std::erase_if(reading_.open_runs, [&](const JournalRun& earlier) {
      return run.shards == 1 || earlier.shards != run.shards || earlier.shard == run.shard;
    });
    if (reading_.open_runs.size() < kMostRuns) reading_.open_runs.push_back(std::move(run));
    return true;
  }
  bool end(const json& line) {
    const std::string id = text_in(line, "run");
    std::erase_if(reading_.open_runs, [&](const JournalRun& run) { return run.id == id; });
    return true;
  }
  bool picture(const json& line, const std::string& state) {
    const std::string key = text_in(line, "key");
    if (!is_sha256(key)) return false;
    if (reading_.pictures.size() >= kMostPictures && !reading_.pictures.contains(key)) {
      has_too_many_ = true;
      return true;
    }
    const std::string run_id = text_in(line, "run");
    const auto run = std::find_if(reading_.open_runs.begin(),
                                  reading_.open_runs.end(),
                                  [&](const JournalRun& open) { return open.id == run_id; });
    if (state == "running") {
      reading_.pictures[key].is_running = true;
      if (run != reading_.open_runs.end()) run->running.push_back(key);
      return true;
    }
    if (state == "finished" && !finished(line, key)) return false;
    JournalPicture& entry = reading_.pictures[key];
    if (state == "failed") entry.other = result_in(line, key, CellState::Failed);
    if (state == "skipped") entry.other = result_in(line, key, CellState::Skipped);
    entry.is_running = false;
    for (JournalRun& open : reading_.open_runs) {
      std::erase(open.running, key);
    }
    return true;
  }
  bool finished(const json& line, const std::string& key) {
    CellResult result = result_in(line, key, CellState::Finished);
    result.sha256 = text_in(line, "sha256");
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const FileStamp stamp{whole_in(line, "bytes", 1, kLargest, -1),
                          whole_in(line, "mtime_ns", -kLargest, kLargest, 0)};
    if (!is_sha256(result.sha256) || stamp.bytes < 1) return false;
    // Never from the line: a journal from elsewhere must not name files outside of its folder.
    result.file = "cells/" + key + ".png";
    JournalPicture& entry = reading_.pictures[key];
    entry.finished = std::move(result);
    entry.stamp = stamp;
    entry.other.reset();
    return true;
  }

  std::string path_;
  JournalReading reading_;
  std::size_t number_ = 0, bad_count_ = 0;
  std::vector<std::size_t> bad_lines_;
  bool has_too_many_ = false;
};

// Hands out lines while holding at most one of them.
class Lines {
 public:
  explicit Lines(Reader& reader) : reader_(reader) {}

  void add(std::string_view piece) {
    while (!piece.empty()) {
      const auto feed = piece.find('\n');
      const std::string_view part = piece.substr(0, feed);
      if (!is_skipping_ && held_.size() + part.size() > kMostJournalLine) {
        is_skipping_ = true;
        held_.clear();
        held_.shrink_to_fit();
      }
      if (!is_skipping_) held_.append(part);
      if (feed == piece.npos) return;
      end_line(false);
      piece.remove_prefix(feed + 1);
    }
  }
  void finish() {
    if (!held_.empty() || is_skipping_) end_line(true);
  }

 private:
  void end_line(bool is_last) {
    if (is_skipping_) {
      reader_.too_long();
    } else {
      reader_.line(held_, is_last);
    }
    is_skipping_ = false;
    held_.clear();
  }

  Reader& reader_;
  std::string held_;
  bool is_skipping_ = false;
};

}  // namespace

Result<JournalReading> read_journal(const std::string& path) {
  return to_result([&]() -> Result<JournalReading> {
    struct stat status {};
    // Asked first: opening a pipe would wait for its writer.
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) return JournalReading{};
      return io_error(path, "cannot be opened: ", errno);
    }
    if (!S_ISREG(status.st_mode))
      return file_error(ErrorCode::Io, path, "this is not an ordinary file");
    const auto too_large = [&] {
      return file_error(ErrorCode::BadFile,
                        path,
                        "it is larger than the " + std::to_string(kMostJournalBytes >> 20) +
                            " MiB that a journal can have");
    };
    if (static_cast<std::uint64_t>(status.st_size) > kMostJournalBytes) return too_large();
    const auto close = [](const int* descriptor) { ::close(*descriptor); };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return io_error(path, "cannot be opened: ", errno);
    const std::unique_ptr<const int, decltype(close)> closed_at_end(&descriptor, close);
    Reader reader(path);
    Lines lines(reader);
    std::vector<char> piece(std::size_t{1} << 20);
    std::size_t total = 0;
    while (true) {
      const ssize_t got = ::read(descriptor, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_error(path, "cannot be read: ", errno);
      if (got == 0) break;
      total += static_cast<std::size_t>(got);
      if (total > kMostJournalBytes) return too_large();
      lines.add({piece.data(), static_cast<std::size_t>(got)});
    }
    lines.finish();
    return reader.finish();
  });
}

}  // namespace studio
