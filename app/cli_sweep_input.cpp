// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Texts are only taken apart here; what they mean is for the engine to say.
#include "app/cli_sweep_input.h"

#include "core/api/nearest.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <optional>
#include <system_error>

namespace studio::cli {
namespace {

constexpr std::size_t kMostText = std::size_t{256} << 20;
constexpr std::size_t kLongestLine = std::size_t{4} << 20;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kGuidance = "\"guidance\"";

using Members = std::vector<std::pair<std::string, std::string>>;

Error wrong(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kSpace, at), text.size());
}

// Behind the string whose opening quote is at `at`; npos when it does not end.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.npos;
}

// Behind the value that begins at `at`: the comma or bracket that ends it.
std::size_t value_end(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      if (at == text.npos) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return text.npos;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

std::string object_of(const Members& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    text.append(text.size() > 1 ? ", " : "").append(name).append(": ").append(value);
  }
  return text + "}";
}

std::string* find(Members& members, const std::string& name) {
  const auto found = std::find_if(
      members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

Result<std::string> read_text(const std::string& path, std::istream& input) {
  std::ifstream file;
  if (path != "-") {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
      return Error{ErrorCode::Io, path + ": this is a folder, but a sweep's .json file is needed"};
    }
    errno = 0;
    file.open(path, std::ios::binary);
    if (!file) {
      return Error{ErrorCode::Io,
                   path + ": cannot be opened: " +
                       (errno == ENOENT ? "there is no such file or folder"
                                        : std::generic_category().message(errno))};
    }
  }
  std::istream& source = path == "-" ? input : file;
  const std::string name = path == "-" ? "standard input" : path;
  std::string text;
  std::vector<char> piece(std::size_t{1} << 16);
  while (source.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
         source.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(source.gcount()));
    if (text.size() > kMostText)
      return wrong(name + ": it is larger than the 256 MiB that are read");
  }
  if (source.bad()) return Error{ErrorCode::Io, name + ": cannot be read"};
  return text;
}

Result<SweepSpec> read_sweep_file(const Engine& engine,
                                  const std::string& path,
                                  std::istream& input) {
  auto text = read_text(path, input);
  if (!text) return text.error();
  auto spec = engine.parse_sweep(text.value());
  if (spec) return spec;
  // What was given on the command line is wrong usage, of whatever kind its fault is.
  return wrong((path == "-" ? "standard input" : path) + ": " + spec.error().message);
}

Result<void> set_base(SweepSpec& spec,
                      const Catalogue& catalogue,
                      const std::vector<Setting>& settings) {
  if (settings.empty()) return {};
  if (!spec.listed.empty()) {
    return wrong(
        "parameters set the base of a sweep, but this sweep is a list of jobs, which say theirs "
        "themselves");
  }
  for (const Setting& setting : settings) {
    const auto axis = std::find_if(spec.axes.begin(), spec.axes.end(), [&](const SweepAxis& each) {
      return each.param == setting.key || each.param == "guidance." + setting.key;
    });
    if (axis == spec.axes.end()) continue;
    return wrong(
        axis->param + " is set to " + shown_text(setting.text) +
        ", but it is an axis of this sweep, which sets it for every cell; change the axis");
  }
  return apply_settings(spec.base, catalogue, settings);
}

class JobLines {
 public:
  JobLines(const Engine& engine, const GenerationRequest& base)
      : engine_(engine), base_(engine.job_json(base)) {}

  Result<std::vector<GenerationRequest>> read(std::istream& input) {
    std::vector<GenerationRequest> jobs;
    for (std::string line; next_line(input, line);) {
      ++number_;
      if (line.size() > kLongestLine)
        return problem("it is longer than the 4 MiB that a job can have");
      if (line.find_first_not_of(kSpace) == line.npos) continue;
      if (jobs.size() == kMostCells)
        return problem("there are more than the " + std::to_string(kMostCells) +
                       " jobs that a sweep can have");
      auto merged = json_over(base_, line);
      if (!merged) return problem(merged.error().message);
      auto job = engine_.parse_job(merged.value());
      if (!job) {
        // Places in the merged text mean nothing to whoever wrote the line.
        const bool is_syntax = job.error().message.find("is not valid JSON") != std::string::npos;
        return problem(is_syntax ? "it is not valid JSON" : job.error().message);
      }
      jobs.push_back(std::move(job).value());
    }
    if (input.bad()) return Error{ErrorCode::Io, "standard input cannot be read"};
    if (jobs.empty())
      return wrong("there are no jobs on standard input: one JSON object a line is needed");
    return jobs;
  }

 private:
  // Holds at most a piece more than the longest line.
  static bool next_line(std::istream& input, std::string& line) {
    line.clear();
    std::streambuf& buffer = *input.rdbuf();
    for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
      if (c == '\n') return true;
      if (line.size() <= kLongestLine) line.push_back(static_cast<char>(c));
    }
    return !line.empty();
  }
  Error problem(const std::string& what) const {
    return wrong("standard input, line " + std::to_string(number_) + ": " + what);
  }

  const Engine& engine_;
  std::string base_;
  std::size_t number_ = 0;
};

Result<SweepSpec> read_listed(const Engine& engine,
                              const Arguments& arguments,
                              std::istream& input) {
  SweepSpec spec;
  const std::string& path = arguments.sweep.sweep_path;
  if (!path.empty() && path != "-") {
    auto given = read_sweep_file(engine, path, input);
    if (!given) return given.error();
    spec = std::move(given).value();
    if (!spec.axes.empty() || !spec.listed.empty()) {
      return wrong(path + ": with --jobs-from-stdin only its base is used, so it may have " +
                   (spec.axes.empty() ? "no jobs" : "no axes (\"axes\": [])"));
    }
  }
  if (auto set = set_base(spec, engine.describe(), arguments.settings); !set) return set.error();
  auto jobs = JobLines(engine, spec.base).read(input);
  if (!jobs) return jobs.error();
  spec.listed = std::move(jobs).value();
  return spec;
}

}  // namespace

Result<Members> json_members(std::string_view text) {
  const auto malformed = [] { return wrong("it is not a JSON object, such as {\"seed\": 3}"); };
  Members members;
  std::size_t at = skip_space(text, 0);
  if (at == text.size() || text[at] != '{') return malformed();
  at = skip_space(text, at + 1);
  if (at < text.size() && text[at] == '}') {
    return skip_space(text, at + 1) == text.size() ? Result<Members>(members) : malformed();
  }
  while (true) {
    if (at >= text.size() || text[at] != '"') return malformed();
    const std::size_t name_end = string_end(text, at);
    if (name_end == text.npos) return malformed();
    const std::string name(text.substr(at, name_end - at));
    at = skip_space(text, name_end);
    if (at >= text.size() || text[at] != ':') return malformed();
    const std::size_t end = value_end(text, at + 1);
    if (end == text.npos || text[end] == ']') return malformed();
    if (find(members, name) != nullptr)
      return wrong("the key " + shown_text(name) + " is there twice");
    members.emplace_back(name, trimmed(text.substr(at + 1, end - at - 1)));
    if (members.back().second.empty()) return malformed();
    at = skip_space(text, end + 1);
    if (text[end] == '}') break;
  }
  if (at != text.size()) return malformed();
  return members;
}

Result<std::string> json_over(const std::string& base, std::string_view line) {
  auto merged = json_members(base);
  if (!merged) return merged.error();
  auto over = json_members(line);
  if (!over) return over.error();
  Members& members = merged.value();
  for (const auto& [name, value] : over.value()) {
    std::string* const own = find(members, name);
    if (own == nullptr) {
      members.emplace_back(name, value);
    } else if (name == kGuidance && value.front() == '{') {
      auto guidance = json_over(*own, value);
      if (!guidance) return std::move(guidance).in_context("guidance");
      *own = std::move(guidance).value();
    } else {
      *own = value;
    }
  }
  return object_of(members);
}

Result<SweepSpec> read_sweep_input(const Engine& engine,
                                   const Arguments& arguments,
                                   std::istream& input) {
  if (arguments.sweep.jobs_from_stdin) return read_listed(engine, arguments, input);
  const bool is_of_folder = arguments.sweep.sweep_path.empty();
  const std::string path =
      is_of_folder ? arguments.sweep.folder + "/sweep.json" : arguments.sweep.sweep_path;
  if (is_of_folder && !std::filesystem::exists(path)) {
    return wrong(arguments.sweep.folder + " holds no sweep yet: name a SWEEP.json to begin one");
  }
  auto spec = read_sweep_file(engine, path, input);
  if (!spec) return spec.error();
  if (auto set = set_base(spec.value(), engine.describe(), arguments.settings); !set)
    return set.error();
  return spec;
}

}  // namespace studio::cli
