// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Times the demo model's parts, whole pictures and whole processes; one JSON document on standard
// output, a table on standard error. Figures are medians. The floor beside a time is its arithmetic
// at the rate of the fastest large matrix product of the same run.
#include "core/base/device.h"
#include "core/base/spare_team.h"
#include "core/pipeline/pipeline.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

using namespace studio;

namespace {

using Clock = std::chrono::steady_clock;

struct Timing {
  double median_ms = 0, min_ms = 0, max_ms = 0, gflop = 0;
  double gflops_per_second() const { return gflop / median_ms * 1e3; }
};

c10::Device device = c10::kCPU;
c10::ScalarType dtype = c10::kFloat;
std::string only;  // a part of the names of what is timed

bool is_wanted(const std::string& name) { return name.find(only) != std::string::npos; }

template <class Body>
Timing time(int repeats, Body body) {
  const int warm_ups = std::min(10, std::max(2, repeats / 2));
  for (int i = 0; i < warm_ups; ++i) body();
  wait_for_device(device);
  std::vector<double> samples;
  reset_flops();
  for (int i = 0; i < repeats; ++i) {
    const auto start = Clock::now();
    body();
    wait_for_device(device);
    samples.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], samples.front(), samples.back(), static_cast<double>(flops_done()) / 1e9 / repeats};
}

GenerationRequest picture_request(double cfg, double seg, double sigma) {
  GenerationRequest request;
  request.prompts = {"red apple"};
  request.seed = 11;
  request.guidance = {{"cfg.scale", cfg}, {"seg.scale", seg}, {"seg.sigma", sigma}};
  return request;
}

at::Tensor numbers(at::IntArrayRef sizes) { return at::randn(sizes, at::TensorOptions(dtype).device(device)); }

class Bench {
 public:
  Bench(std::shared_ptr<const SdxlModel> model, int repeats) : model_(std::move(model)), prompts_(model_), repeats_(repeats) {}

  void add(const std::string& name, const Timing& timing) {
    const double floor_ms = peak_gflops_ > 0 ? timing.gflop / peak_gflops_ * 1e3 : timing.median_ms;
    rows_.push_back({{"name", name}, {"median_ms", timing.median_ms}, {"min_ms", timing.min_ms}, {"max_ms", timing.max_ms},
                     {"gflop", timing.gflop}, {"gflop_per_s", timing.gflops_per_second()}, {"floor_ms", floor_ms}});
    std::fprintf(stderr, "%-44s %9.2f ms  (%.2f to %.2f)  %8.2f GFLOP  %6.0f GFLOP/s  floor %.2f ms\n", name.c_str(),
                 timing.median_ms, timing.min_ms, timing.max_ms, timing.gflop, timing.gflops_per_second(), floor_ms);
  }

  void product() {
    const std::int64_t side = device.is_cpu() ? 2048 : 8192;
    if (!is_wanted("matrix product")) return;
    const std::string name = "matrix product " + std::to_string(side);
    const at::Tensor a = numbers({side, side}), b = numbers({side, side});
    const Linear layer(a, {});
    Timing plain = time(repeats_, [&] { at::mm(a, b); });
    plain.gflop = 2.0 * static_cast<double>(side * side * side) / 1e9;
    if (!device.is_cpu()) {
      peak_gflops_ = plain.gflops_per_second();
      return add(name + ", LibTorch", plain);
    }
    const Timing packed = time(repeats_, [&] { layer.forward(b); });
    peak_gflops_ = std::max(plain.gflops_per_second(), packed.gflops_per_second());
    add(name + ", LibTorch", plain);
    add(name + ", packed weights", packed);
  }

  void unet_rows(const std::string& name, const std::vector<UnetRow>& rows, bool share) {
    if (!is_wanted(name)) return;
    const std::int64_t side = model_->unet.config().sample_size;
    const at::Tensor latents = numbers({1, 4, side, side});
    std::vector<TextInput> texts{prompts_.encode({"red apple"}), prompts_.encode_negative(std::nullopt, 1)};
    const double px = model_->native_size_px();
    Conditioning conditioning = model_->unet.condition(texts, {TimeIds{{px, px, 0, 0, px, px}}}, {500.0});
    add(name, time(repeats_, [&] { model_->unet.forward({latents, 0, rows, share}, conditioning); }));
  }

  void decode() {
    if (!is_wanted("VAE decode")) return;
    const std::int64_t side = model_->unet.config().sample_size;
    const at::Tensor latents = numbers({1, 4, side, side});
    add("VAE decode", time(repeats_, [&] { model_->vae.decode(latents.to(model_->vae_dtype)); }));
  }

  void picture(const std::string& name, const GenerationRequest& request, RowSharing sharing) {
    if (!is_wanted(name)) return;
    const GenerationRequest resolved = resolve(request, *model_).value();
    RunInputs inputs;
    inputs.options.sharing = sharing;
    add(name, time(std::max(3, repeats_ / 4), [&] { (void)run(resolved, *model_, prompts_, inputs, {}); }));
  }

  // A whole seg-cli process, from its start to a finished PNG.
  void process(const std::string& program) {
    const std::string out = (std::filesystem::temp_directory_path() / ("seg-bench-" + std::to_string(getpid()) + ".png")).string();
    std::vector<double> seconds;
    long peak_kib = 0;
    for (int i = 0; i < 5; ++i) {
      const auto start = Clock::now();
      const pid_t child = fork();
      if (child == 0) {
        execl(program.c_str(), program.c_str(), "generate", "--prompt", "red apple", "--seed", "11", "--cfg-scale", "4",
              "--seg-scale", "2", "--progress", "none", "--out", out.c_str(), static_cast<char*>(nullptr));
        _exit(127);
      }
      int status = 0;
      rusage usage{};
      wait4(child, &status, 0, &usage);
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::fprintf(stderr, "seg-cli did not finish: its figures are left out\n");
        return;
      }
      seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
      peak_kib = std::max(peak_kib, usage.ru_maxrss);
    }
    std::filesystem::remove(out);
    std::sort(seconds.begin(), seconds.end());
    const double peak_mib = static_cast<double>(peak_kib) / 1024.0;
    rows_.push_back({{"name", "process start to PNG, 25 steps, CFG + SEG"}, {"median_ms", seconds[2] * 1e3}, {"min_ms", seconds[0] * 1e3},
                     {"max_ms", seconds[4] * 1e3}, {"peak_memory_mib", peak_mib}});
    std::fprintf(stderr, "%-44s %9.0f ms  (%.0f to %.0f)  peak memory %.0f MiB\n", "process start to PNG, 25 steps, CFG + SEG",
                 seconds[2] * 1e3, seconds[0] * 1e3, seconds[4] * 1e3, peak_mib);
  }

  nlohmann::json results() const { return rows_; }
  std::shared_ptr<const SdxlModel> model() const { return model_; }

 private:
  std::shared_ptr<const SdxlModel> model_;
  PromptEncoder prompts_;
  int repeats_;
  double peak_gflops_ = 0;
  nlohmann::json rows_ = nlohmann::json::array();
};

void run_all(Bench& bench) {
  const auto& layers = bench.model()->unet.self_attention_layers();
  const auto term = [&](double sigma) {
    auto terms = make_terms({{"cfg.scale", 1.0}, {"seg.scale", 1.0}, {"seg.sigma", sigma}}, layers);
    return terms.value().front()->plan({0, 1, 500.0, 1.0, {}})[1];
  };
  const Branch finite = term(2.0), infinite = term(kInfinity);
  const UnetRow cond{0}, uncond{1};
  const UnetRow blurred{0, finite.layers, finite.edit, nullptr}, mean{0, infinite.layers, infinite.edit, nullptr};
  bench.product();
  watch_peak_memory(device);  // of the model, not of the product
  bench.unet_rows("UNet, 1 row", {cond}, true);
  bench.unet_rows("UNet, CFG, 2 rows", {cond, uncond}, true);
  bench.unet_rows("UNet, SEG sigma 2, 2 rows", {cond, blurred}, true);
  bench.unet_rows("UNet, CFG + SEG sigma 2, 3 rows", {cond, uncond, blurred}, true);
  bench.unet_rows("UNet, CFG + SEG sigma inf, 3 rows", {cond, uncond, mean}, true);
  bench.unet_rows("UNet, CFG + SEG sigma 2, 3 whole rows", {cond, uncond, blurred}, false);
  bench.decode();
  bench.picture("picture, 25 steps, unguided", picture_request(1, 0, kInfinity), RowSharing::Shared);
  bench.picture("picture, 25 steps, SEG", picture_request(1, 3, kInfinity), RowSharing::Shared);
  bench.picture("picture, 25 steps, CFG + SEG", picture_request(4, 2, kInfinity), RowSharing::Shared);
  bench.picture("picture, 25 steps, CFG + SEG, whole rows", picture_request(4, 2, kInfinity), RowSharing::Exact);
}

}  // namespace

int main(int argc, char** argv) {
  std::string model_path = std::string(STUDIO_RESOURCES_DIR) + "/models/emoji-sdxl";
  std::string device_name = "cpu", dtype_name = "fp32";
  int repeats = 20, threads = at::get_num_threads();
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--model") model_path = argv[i + 1];
    else if (flag == "--repeats") repeats = std::max(3, std::atoi(argv[i + 1]));
    else if (flag == "--threads") threads = std::max(1, std::atoi(argv[i + 1]));
    else if (flag == "--device") device_name = argv[i + 1];
    else if (flag == "--dtype") dtype_name = argv[i + 1];
    else if (flag == "--only") only = argv[i + 1];
    else {
      std::fprintf(stderr,
                   "unknown option %s; allowed are --model FOLDER, --device cpu|cuda:N, --dtype fp32|bf16|fp16, --repeats N, --threads N, --only PART_OF_A_NAME\n",
                   argv[i]);
      return 2;
    }
  }
  at::set_num_threads(threads);
  const SpareTeam spare_team;
  const auto start = Clock::now();
  auto opened = open_device(device_name);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 2;
  }
  device = opened.value();
  if (dtype_name != "fp32" && dtype_name != "bf16" && dtype_name != "fp16") {
    std::fprintf(stderr, "--dtype is \"%s\", but must be fp32, bf16 or fp16\n", dtype_name.c_str());
    return 2;
  }
  dtype = dtype_name == "bf16" ? c10::kBFloat16 : dtype_name == "fp16" ? c10::kHalf : c10::kFloat;
  ModelOptions options;
  options.device = device;
  options.dtype = dtype;
  auto model = load_model(model_path, options);
  if (!model) {
    std::fprintf(stderr, "%s\n", model.error().message.c_str());
    return 3;
  }
  const double load_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  const c10::InferenceMode guard;
  Bench bench(model.value(), repeats);
  run_all(bench);
  if (device.is_cpu() && is_wanted("process")) bench.process((std::filesystem::read_symlink("/proc/self/exe").parent_path() / "seg-cli").string());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double peak_mib = static_cast<double>(usage.ru_maxrss) / 1024.0;
  std::fprintf(stderr, "model load %.0f ms, peak memory %.0f MiB, %d threads\n", load_ms, peak_mib, threads);
  std::cout << nlohmann::json{{"model", model_path.substr(model_path.find_last_of('/') + 1)}, {"threads", threads}, {"device", device_name}, {"dtype", dtype_name},
                              {"repeats", repeats}, {"load_ms", load_ms}, {"peak_memory_mib", peak_mib}, {"gpu_peak_bytes", peak_memory_bytes(device)}, {"results", bench.results()}}.dump(1)
            << std::endl;
  return 0;
}
