// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Times the parts of a model, whole pictures, sweeps and the engine's answer to a slider; one JSON document, and a
// table on standard error. Figures are medians. The floor beside a time is its arithmetic at the rate of the fastest
// large matrix product of the same run; a ratio is the median of ours / rival over pairs taken in turn.
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/base/resources.h"
#include "core/io/files.h"
#include "tests/bench/bench.h"
#include "tests/bench/machine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <CLI/CLI.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>

using namespace studio;
using namespace studio::bench;
using nlohmann::json;

namespace {

struct Arguments {
  Settings settings;
  std::string model = "emoji-sdxl", out, commit;
  bool is_list = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  Settings& settings = arguments.settings;
  app.add_option("--model", arguments.model, "A bundled model's name, a diffusers folder or a .safetensors file")->capture_default_str();
  app.add_option("--device", settings.device_name, "cpu or cuda:N")->capture_default_str();
  app.add_option("--dtype", settings.dtype_name, "What the model computes in")->check(CLI::IsMember({"fp32", "bf16", "fp16"}))->capture_default_str();
  app.add_option("--repeats", settings.repeats, "Most samples of a row; long ones take at least three")->check(CLI::Range(3, 10000))->capture_default_str();
  app.add_option("--threads", settings.threads, "CPU threads; 0: one a core")->check(CLI::Range(0, 1024))->capture_default_str();
  app.add_option("--only", settings.only, "Part of a row's name; may be given several times")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--quick", settings.quick, "Fewer rows and samples");
  app.add_flag("--list", arguments.is_list, "Print the names of the rows and end");
  app.add_option("--out", arguments.out, "File for the JSON document; else it goes to standard output");
  app.add_option("--commit", arguments.commit, "What was built, as git names it; kept in the document");
}

// Without folders, which are nobody else's business, and without what does not change a figure.
std::string command_of(int argc, char** argv) {
  std::string command = "seg-bench";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool is_left_out = word.rfind("--out", 0) == 0 || word.rfind("--commit", 0) == 0;
    if (is_left_out && word.find('=') == std::string::npos) ++i;
    if (is_left_out) continue;
    const bool has_folder = word.find('/') != std::string::npos;
    const std::string shown = has_folder ? std::filesystem::path(word).filename().string() : word;
    command += " " + (shown.find(' ') == std::string::npos ? shown : "\"" + shown + "\"");
  }
  return command;
}

// Five digits are more than a time has.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 4);
  // Dividing by a whole number gives the shortest text; multiplying by 0.001 would not.
  return unit < 1 ? std::round(value / unit) / std::round(1 / unit) : std::round(value);
}

json json_of(const Timing& timing) {
  json result{{"median_ms", rounded(timing.median_ms())}, {"min_ms", rounded(timing.samples_ms.front())}, {"max_ms", rounded(timing.samples_ms.back())}};
  if (timing.gflop > 0) result["gflop"] = rounded(timing.gflop);
  return result;
}

double middle_of(const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; }

json json_of(const std::string& name, const Row& row) {
  json result{{"name", name}, {"samples", row.ours.samples_ms.size()}};
  result.update(json_of(row.ours));
  if (row.ours.gflop > 0) result["gflop_per_s"] = rounded(row.ours.gflop / row.ours.median_ms() * 1e3);
  for (const Row::Beside& rival : row.rivals) {
    json beside{{"what", rival.what}, {"ratio", rounded(middle_of(rival.ratios))}, {"ratio_min", rounded(rival.ratios.front())},
                {"ratio_max", rounded(rival.ratios.back())}};
    beside.update(json_of(rival.timing));
    result["rivals"].push_back(std::move(beside));
  }
  if (row.peak_mib > 0) result["peak_memory_mib"] = std::round(row.peak_mib);
  if (row.gpu_peak_mib > 0) result["gpu_peak_mib"] = std::round(row.gpu_peak_mib);
  result.update(row.more);
  return result;
}

void print(const std::string& name, const Row& row, double gflops_rate) {
  std::fprintf(stderr, "%-62s %9.3f ms  (%.3f to %.3f)", name.c_str(), row.ours.median_ms(), row.ours.samples_ms.front(), row.ours.samples_ms.back());
  if (row.ours.gflop > 0) std::fprintf(stderr, "  %.2f GFLOP, %.0f GFLOP/s", row.ours.gflop, row.ours.gflop / row.ours.median_ms() * 1e3);
  if (row.ours.gflop > 0 && gflops_rate > 0) std::fprintf(stderr, ", floor %.2f ms", row.ours.gflop / gflops_rate * 1e3);
  std::fprintf(stderr, "\n");
  for (const Row::Beside& rival : row.rivals) {
    std::fprintf(stderr, "    %-58s %9.3f ms  ours takes %.2f of it (%.2f to %.2f)\n", rival.what.c_str(), rival.timing.median_ms(), middle_of(rival.ratios),
                 rival.ratios.front(), rival.ratios.back());
  }
}

struct Results {
  json rows = json::array(), skipped = json::array();
};

// on_row is called after each row.
Results run_parts(const Parts& parts, Workshop& shop, const std::function<void(const Results&)>& on_row) {
  Results results;
  double gflops_rate = 0;
  for (const Part& part : parts) {
    if (!shop.settings().wants(part.name) || (shop.settings().quick && !part.is_in_quick)) continue;
    const auto row = to_result([&] { return part.make(shop); });
    if (!row) {
      results.skipped.push_back({{"name", part.name}, {"why", row.error().message}});
      std::fprintf(stderr, "%-62s left out: %s\n", part.name.c_str(), row.error().message.c_str());
      continue;
    }
    if (part.sets_rate) gflops_rate = std::max(gflops_rate, row.value().ours.gflop / row.value().ours.median_ms() * 1e3);
    results.rows.push_back(json_of(part.name, row.value()));
    print(part.name, row.value(), gflops_rate);
    on_row(results);
  }
  for (json& row : results.rows) {
    if (gflops_rate > 0 && row.contains("gflop")) row["floor_ms"] = rounded(row["gflop"].get<double>() / gflops_rate * 1e3);
  }
  return results;
}

// One row a line: it can be read, and two runs compared line by line.
std::string text_of(const json& header, const Results& results) {
  std::string text = header.dump(1);
  text.resize(text.size() - 2);  // "\n}"
  const auto add = [&](const char* key, const json& lines) {
    text += std::string(",\n \"") + key + "\": [";
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "\n  " : ",\n  ") + lines[i].dump();
    text += lines.empty() ? "]" : "\n ]";
  };
  add("results", results.rows);
  add("skipped", results.skipped);
  return text + "\n}\n";
}

Result<void> prepare(Arguments& arguments) {
  Settings& settings = arguments.settings;
  auto device = open_device(settings.device_name);
  if (!device) return device.error();
  settings.device = device.value();
  settings.device_name = settings.device.str();
  settings.dtype = settings.dtype_name == "bf16" ? c10::kBFloat16 : settings.dtype_name == "fp16" ? c10::kHalf : c10::kFloat;
  // A program that was copied without its resources is told a model's path.
  auto resources = find_resources("");
  auto path = find_model(resources ? resources.value() : "", arguments.model);
  if (!path) return path.error();
  settings.model_path = std::filesystem::absolute(path.value()).string();
  auto outline = read_outline(settings.model_path);
  if (!outline) return outline.error();
  settings.outline = std::move(outline).value();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Times the parts of SEG Studio on this computer", "seg-bench");
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  const Settings& settings = arguments.settings;
  keep_freed_memory();
  at::set_num_threads(settings.threads > 0 ? settings.threads : at::get_num_threads());
  if (const auto ready = to_result([&] { return prepare(arguments); }); !ready) {
    std::fprintf(stderr, "%s\n", ready.error().message.c_str());
    return ready.error().code == ErrorCode::ModelUnloadable ? 3 : 2;
  }
  Parts parts;
  for (const auto add : {add_kernel_parts, add_step_parts, add_picture_parts, add_engine_parts}) add(parts, settings);
  if (arguments.is_list) {
    for (const Part& part : parts) std::cout << part.name << "\n";
    return 0;
  }
  json header{{"format", "seg-studio/bench"}, {"version", 1}, {"program", STUDIO_VERSION}, {"date", date_now()}, {"command", command_of(argc, argv)},
              {"machine", describe_machine(settings.device)}, {"model", std::filesystem::path(settings.model_path).filename().string()},
              {"native_size_px", settings.outline.native_size_px}, {"threads", at::get_num_threads()}, {"device", settings.device_name},
              {"dtype", settings.dtype_name}, {"repeats", settings.repeats}};
  if (!arguments.commit.empty()) header["commit"] = arguments.commit;
  const c10::InferenceMode guard;
  Workshop shop(settings);
  // What was measured is not lost with a run that is cut short.
  const auto keep = [&](const Results& so_far) {
    if (arguments.out.empty()) return;
    json unfinished = header;
    unfinished["is_finished"] = false;
    (void)write_file(arguments.out, text_of(unfinished, so_far));  // whether the file can be written is said at the end
  };
  const Results results = run_parts(parts, shop, keep);
  parts.clear();  // ends the engine
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  header["peak_memory_mib"] = std::round(static_cast<double>(usage.ru_maxrss) / 1024.0);
  if (shop.load_ms() > 0) header["load_ms"] = rounded(shop.load_ms());
  const std::string text = text_of(header, results);
  if (arguments.out.empty()) {
    std::cout << text << std::flush;
    return results.rows.empty() ? 1 : 0;
  }
  if (const auto written = write_file(arguments.out, text); !written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 4;
  }
  return results.rows.empty() ? 1 : 0;
}
