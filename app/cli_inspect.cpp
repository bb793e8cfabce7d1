// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli info and seg-cli check: what a model consists of, and whether it works.
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "core/make_engine.h"

#include <iomanip>
#include <iostream>
#include <sstream>

namespace studio::cli {
namespace {

constexpr std::size_t kNamesShown = 8;  // of a list of tensors; a wrong file has thousands

struct NoObserver : JobObserver {
  void on_event(JobId, const JobEvent&) override {}
};

std::string megabytes(std::int64_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / 1e6 << " MB";
  return text.str();
}

void print_names(const char* what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::cout << "    " << what << ": ";
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) {
    std::cout << (i > 0 ? ", " : "") << names[i];
  }
  if (names.size() > kNamesShown) std::cout << " and " << names.size() - kNamesShown << " more";
  std::cout << "\n";
}

void print_report(const ModelReport& report) {
  std::cout << report.model << ": " << report.kind << "\n  " << report.path << "\n";
  if (report.native_width_px > 0) {
    std::cout << "  size " << report.native_width_px << " x " << report.native_height_px
              << ", any multiple of " << report.size_multiple_px << "\n";
  }
  for (const ModelPart& part : report.parts) {
    std::cout << "  " << std::left << std::setw(16) << part.name << std::right << std::setw(6)
              << part.tensors << " tensors  " << std::setw(14) << part.parameters << " parameters  "
              << std::setw(12) << megabytes(part.bytes) << "  " << part.dtype << "\n";
    if (!part.details.empty()) std::cout << "    " << part.details << "\n";
    if (!part.problem.empty()) std::cout << "    problem: " << part.problem << "\n";
    print_names("missing", part.missing);
    print_names("unknown", part.unknown);
    print_names("of another shape", part.misshapen);
  }
  if (!report.self_attention_layers.empty()) {
    std::cout << "  self-attention layers:";
    for (const std::string& layer : report.self_attention_layers) std::cout << " " << layer;
    std::cout << "\n";
  }
  for (const std::string& note : report.notes) std::cout << "  note: " << note << "\n";
  std::cout << (report.loadable ? "can be loaded" : "cannot be loaded") << std::endl;
}

}  // namespace

int run_info(const Arguments& arguments) {
  NoObserver observer;
  auto engine = make_engine(arguments.engine, observer);
  if (!engine) return report(engine.error());
  const auto model = engine.value()->inspect(arguments.model);
  if (!model) return report(model.error());
  print_report(model.value());
  if (model.value().loadable) return kDone;
  return report({ErrorCode::ModelUnloadable, arguments.model + " cannot be loaded as it is"});
}

int run_check(const Arguments& arguments) {
  NoObserver observer;
  auto engine = make_engine(arguments.engine, observer);
  if (!engine) return report(engine.error());
  const auto check = engine.value()->check(arguments.model);
  if (!check) return report(check.error());
  print_report(check.value().model);
  if (check.value().model.loadable) {
    std::cout << check.value().tensors_loaded << " tensors loaded; "
              << (check.value().finite ? "all values finite, one step too"
                                       : "not all values are finite")
              << std::endl;
  }
  if (!check.value().first_problem.empty()) {
    return report({ErrorCode::ModelUnloadable, check.value().first_problem});
  }
  return check.value().finite && check.value().model.loadable ? kDone : kModelUnloadable;
}

}  // namespace studio::cli
