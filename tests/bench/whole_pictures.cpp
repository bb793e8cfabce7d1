// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Whole pictures, from the prompt to the last pixel, and a whole process.
#include "core/base/resources.h"
#include "core/pipeline/pipeline.h"
#include "tests/bench/bench.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace studio::bench {
namespace {

// `start`: warm when rows before had this size.
Part picture_part(const std::string& name, const GenerationRequest& request, Start start) {
  return {name,
          [=](Workshop& shop) -> Result<Row> {
            const SdxlModel& model = shop.model();
            PromptEncoder& prompts = shop.prompts();
            const auto resolved = resolve(request, model);
            if (!resolved) return resolved.error();
            const auto make = [&](RowSharing sharing) {
              RunInputs inputs;
              inputs.options.sharing = sharing;
              (void)run(resolved.value(), model, prompts, inputs, {});
            };
            return take_turns(shop.settings(), [&] { make(RowSharing::Shared); }, {{"every row whole", [&] { make(RowSharing::Exact); }}}, start);
          },
          start == Start::Cold};
}

// seg-cli from its start to a finished PNG. Nothing when it did not finish.
struct ProcessRun {
  double ms = 0, peak_mib = 0;
};
std::optional<ProcessRun> run_process(const std::string& program, const std::string& model, const std::string& out) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), "generate", "--model", model.c_str(), "--prompt", "red apple", "--seed", "11", "--cfg-scale", "4",
          "--seg-scale", "2", "--progress", "none", "--out", out.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return ProcessRun{ms, static_cast<double>(usage.ru_maxrss) / 1024.0};
}

Part process_part() {
  return {"process start to PNG, 25 steps, CFG + SEG",
          [](Workshop& shop) -> Result<Row> {
            if (shop.settings().device.is_cuda()) return Error{ErrorCode::InvalidArgument, "on a GPU it is the time to load the model"};
            const std::string out = (std::filesystem::temp_directory_path() / ("seg-bench-" + std::to_string(getpid()) + ".png")).string();
            std::vector<double> samples_ms;
            Row row;
            for (int i = 0; i < 3; ++i) {
              const auto done = run_process(program_folder() + "/seg-cli", shop.settings().model_path, out);
              if (!done) return Error{ErrorCode::Internal, "seg-cli, which should be beside this program, did not finish"};
              samples_ms.push_back(done->ms);
              row.peak_mib = std::max(row.peak_mib, done->peak_mib);
            }
            std::filesystem::remove(out);
            row.ours = timing_of(std::move(samples_ms));
            return row;
          },
          false};
}

}  // namespace

void add_picture_parts(Parts& parts, const Settings& settings) {
  const auto whole = [&](const std::string& what, double cfg, double seg) {
    parts.push_back(picture_part("picture, 25 steps, " + what, picture_request(cfg, seg, kInfinity, 25), Start::Warm));
  };
  whole("unguided", 1, 0);
  whole("SEG", 1, 3);
  whole("CFG + SEG", 4, 2);
  GenerationRequest wide = picture_request(4, 2, kInfinity, 8), batch = wide;
  const int native = settings.outline.native_size_px, multiple = settings.outline.size_multiple_px;
  wide.width_px = native + std::max(multiple, native / 2 / multiple * multiple);
  wide.height_px = native;
  parts.push_back(picture_part("picture, 8 steps, CFG + SEG, " + std::to_string(*wide.width_px) + "x" + std::to_string(native), wide, Start::Cold));
  batch.prompts = {"red apple", "green pear"};
  parts.push_back(picture_part("picture, 8 steps, CFG + SEG, batch of 2", batch, Start::Cold));
  parts.push_back(process_part());
}

}  // namespace studio::bench
