// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep as a table, one line a cell, as RFC 4180 has it.
#include "core/io/files.h"
#include "core/sweep/export_cells.h"

#include <algorithm>
#include <charconv>

namespace studio {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}
  ~Line() { out_ += "\r\n"; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // A number or a word of ours, as it is.
  void plain(std::string_view text) {
    separate();
    out_ += text;
  }
  // Text of a person: a spreadsheet must not take it for a formula.
  void text(std::string_view text) {
    separate();
    const bool is_formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    const bool needs_quotes = text.empty() || text.find_first_of(",\"\r\n") != text.npos ||
                              text.front() == ' ' || text.back() == ' ';
    if (!needs_quotes) {
      out_.append(is_formula ? "'" : "").append(text);
      return;
    }
    out_.append(is_formula ? "\"'" : "\"");
    for (const char c : text) {
      if (c == '"') out_.push_back('"');
      out_.push_back(c);
    }
    out_.push_back('"');
  }
  // Absent values are empty fields; an empty text is a pair of quotes.
  void value(const AxisValue& value) {
    if (!value) return plain("");
    if (const auto* words = std::get_if<std::string>(&*value)) return text(*words);
    plain(to_text(*value));
  }
  void number(double value) { plain(to_text(value)); }

 private:
  void separate() {
    if (!is_first_) out_ += ",";
    is_first_ = false;
  }
  std::string& out_;
  bool is_first_ = true;
};

void write_head(std::string& out, const std::vector<JobParam>& params) {
  Line line(out);
  line.plain("cell");
  for (const JobParam& param : params) line.text(param.path);
  for (const char* name : {"state",
                           "key",
                           "file",
                           "sha256",
                           "latents_hash",
                           "seconds",
                           "row_evaluations",
                           "shared_steps",
                           "guidance_norm",
                           "twin_distance",
                           "made",
                           "error",
                           "twin_key",
                           "twin_file"}) {
    line.plain(name);
  }
}

void write_cell(std::string& out,
                const SweepFolder& folder,
                const Catalogue& catalogue,
                const std::vector<JobParam>& params,
                std::size_t cell) {
  Line line(out);
  line.number(static_cast<double>(cell));
  const GenerationRequest request = folder.grid->request(cell, catalogue);
  for (const JobParam& param : params) {
    if (param.path == "prompt" && request.prompts.size() != 1) {  // a batch in one field
      std::string all;
      for (const std::string& prompt : request.prompts)
        all.append(all.empty() ? "" : "\n").append(prompt);
      line.text(all);
      continue;
    }
    const auto value = get(request, catalogue, param.path);
    line.value(value ? value.value() : AxisValue());
  }
  const CellResult* const result = result_of(folder, cell);
  const bool is_finished = result != nullptr && result->state == CellState::Finished;
  line.plain(is_finished ? "finished" : state_text(result));
  const CellResult nothing;
  const CellResult& shown = result == nullptr ? nothing : *result;
  line.plain(shown.key);
  shown.file.empty() ? line.plain("") : line.text(shown.file);
  line.plain(shown.sha256);
  line.plain(shown.latents_hash);
  // What was not measured is left empty rather than 0.
  const auto measured = [&](double value, bool is_known) {
    is_known ? line.number(value) : line.plain("");
  };
  measured(shown.seconds, is_finished);
  measured(shown.row_evaluations, is_finished);
  measured(shown.shared_steps, is_finished);
  measured(shown.guidance_norm, is_finished);
  measured(shown.twin_distance, is_finished && shown.twin_distance >= 0);
  shown.made.empty() ? line.plain("") : line.text(shown.made);
  shown.error.empty() ? line.plain("") : line.text(shown.error);
  const CellResult* const twin = twin_result_of(folder, cell);
  line.plain(twin == nullptr ? "" : twin->key);
  twin == nullptr || twin->file.empty() ? line.plain("") : line.text(twin->file);
}

}  // namespace

Result<void> export_csv(const SweepFolder& folder,
                        const Catalogue& catalogue,
                        const ExportOptions& options,
                        const KeepGoing& keep_going) {
  auto params = job_params(catalogue);
  // The axes' parameters first, in their order.
  const auto axis_of = [&](const JobParam& param) {
    const auto& axes = folder.grid->axes;
    return std::find_if(axes.begin(),
                        axes.end(),
                        [&](const auto& axis) { return axis.path == param.path; }) -
           axes.begin();
  };
  std::stable_sort(params.begin(), params.end(), [&](const JobParam& a, const JobParam& b) {
    return axis_of(a) < axis_of(b);
  });

  auto file = AtomicFile::create(options.path);
  if (!file) return file.error();
  std::string out;
  write_head(out, params);
  const std::size_t cells = folder.grid->cells();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    write_cell(out, folder, catalogue, params, cell);
    if (out.size() < kBlock && cell + 1 < cells) continue;
    if (!keep_going(static_cast<double>(cell + 1) / static_cast<double>(cells)))
      return export_stopped(options.path);
    if (auto done = file.value()->write(out); !done) return done;
    out.clear();
  }
  return file.value()->commit();
}

}  // namespace studio
