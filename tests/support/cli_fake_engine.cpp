// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An engine without a model, linked into a copy of seg-cli; its sweeps have real folders. The request's
// "model" says how a job
// goes: "oom", "unloadable", "bug" fail, "endless" runs until it is cancelled, "endless-twin" does
// so only as a twin, "stubborn" does not listen to cancel(); anything else makes pictures of one
// colour: the SEG scale in red, the seed in green, the prompt's number in blue.
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/io/sweep_json.h"
#include "core/make_engine.h"
#include "core/sweep/sweep_store.h"
#include "tests/support/cli_fake_sweep.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

namespace studio {
namespace {

constexpr std::array<ParamSpec, 1> kCfg{{{.key = "cfg.scale",
                                          .label = "CFG scale",
                                          .unit = "",
                                          .doc = "How far to follow the prompt.",
                                          .kind = ParamKind::Real,
                                          .initial = 1.0,
                                          .neutral = 1.0,
                                          .min = 0.0,
                                          .max = 50.0,
                                          .step = 0.1}}};
constexpr std::array<ParamSpec, 2> kSeg{{{.key = "seg.scale",
                                          .label = "SEG scale",
                                          .unit = "",
                                          .doc = "Strength of the guidance.",
                                          .kind = ParamKind::Real,
                                          .initial = 3.0,
                                          .neutral = 0.0,
                                          .min = 0.0,
                                          .max = 50.0,
                                          .step = 0.1},
                                         {.key = "seg.sigma",
                                          .label = "Blur sigma",
                                          .unit = "tokens",
                                          .doc = "Width of the blur.",
                                          .kind = ParamKind::Real,
                                          .initial = kInfinity,
                                          .min = 0.0,
                                          .max = 9999.0,
                                          .step = 0.1,
                                          .min_is_excluded = true,
                                          .has_infinity = true}}};

double scale_of(const GenerationRequest& request) {
  const auto found = request.guidance.find("seg.scale");
  return found == request.guidance.end() ? 3.0 : std::get<double>(found->second);
}

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(JobObserver& observer) : observer_(observer) {}
  ~FakeEngine() override {
    cancel(job_);
    if (worker_.joinable()) worker_.join();
  }

  Result<JobId> submit(GenerationRequest request, RunOptions options) override {
    if (auto valid = validate(request, catalogue()); !valid) return valid.error();
    if (worker_.joinable()) worker_.join();
    is_cancelled_ = false;
    const JobId job = ++job_;
    worker_ = std::thread([this, job, request, options] { run(job, request, options); });
    return job;
  }

  void cancel(JobId job) override {
    if (job != job_) return;
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    changed_.notify_all();
  }

  void preload(const std::string&) override {}
  const Catalogue& describe() const override { return catalogue(); }

  // A job file holds "{" and the model's name.
  Result<GenerationRequest> load_job(const std::string& path) override {
    std::ifstream file(path);
    std::string brace;
    GenerationRequest request;
    if (!file) return Error{ErrorCode::Io, "cannot read " + path + "."};
    if (!(file >> brace >> request.model) || brace != "{") {
      return Error{ErrorCode::InvalidArgument, path + ": this is not a job."};
    }
    return request;
  }

  Result<void> save_png(const std::string& path, const Finished& finished, int index) override {
    if (path.find("full-disk") != std::string::npos) {
      return Error{ErrorCode::Io, "cannot write " + path + ": no space left on device."};
    }
    const ImageRgb8& image = *finished.images.at(static_cast<std::size_t>(index));
    std::ofstream file(path);
    file << image.width_px << "x" << image.height_px;
    for (const unsigned value : image.pixels) file << " " << value;
    return {};
  }

  Result<ImageRgb8> load_png(const std::string& path) override { return read_png(path); }
  Result<GenerationRequest> parse_job(const std::string& json) const override { return request_from_json(json, catalogue()); }
  std::string job_json(const GenerationRequest& request) const override { return request_to_json(request, catalogue()); }
  Result<SweepSpec> parse_sweep(const std::string& json) const override { return sweep_from_json(json, catalogue()); }
  std::string sweep_json(const SweepSpec& spec) const override { return sweep_to_json(spec, catalogue()); }

  Result<JobId> submit_sweep(SweepSpec spec, SweepOptions options) override {
    if (auto valid = read_sweep(spec, catalogue()); !valid) return valid.error();
    if (worker_.joinable()) worker_.join();
    is_cancelled_ = false;
    const JobId job = ++job_;
    worker_ = std::thread([this, job, spec, options] {
      testing::run_fake_sweep(job, spec, options, catalogue(), observer_, [this](bool is_endless) { return wait_step(is_endless); });
    });
    return job;
  }
  Result<SweepForecast> forecast(const SweepSpec& spec, const std::string& folder) override {
    return testing::fake_forecast(spec, folder, catalogue());
  }
  Result<SweepFolder> open_sweep(const std::string& folder) override { return read_sweep_folder(folder, catalogue()); }
  Result<void> export_sweep(const std::string& folder, const ExportOptions& options, const std::function<bool(double)>&) override {
    return testing::fake_export(folder, options, catalogue());
  }
  Result<void> save_job(const std::string&, const GenerationRequest&) override { return {}; }

  Result<ModelReport> inspect(const std::string& model) override {
    if (model == "none") return Error{ErrorCode::ModelUnloadable, "no model is named none."};
    ModelReport report{.model = model, .path = "models/" + model, .kind = "SDXL, diffusers folder"};
    ModelPart unet{.name = "unet", .path = "unet/x.safetensors", .dtype = "F16", .tensors = 3};
    if (model == "broken") unet.missing = {"a", "b", "c", "d", "e", "f", "g", "h", "tenth.weight"};
    report.parts = {unet};
    report.loadable = model != "broken" && model != "unloadable";
    return report;
  }

  Result<CheckReport> check(const std::string& model) override {
    auto report = inspect(model);
    if (!report) return report.error();
    const bool finite = model != "nan";
    return CheckReport{report.value(), 3, finite, finite ? "" : "unet: tensor x holds a NaN."};
  }

  std::vector<std::string> bundled_models() const override { return {"emoji-sdxl"}; }

 private:
  void run(JobId job, GenerationRequest request, const RunOptions& options) {
    observer_.on_event(job, Queued{});
    request.seed = request.seed.value_or(77);
    observer_.on_event(job, Started{request, static_cast<int>(request.steps), 2.0 * request.steps});
    observer_.on_event(job, PhaseChanged{Phase::LoadingModel, 0.0});
    if (request.model == "oom")
      return fail(job, ErrorCode::OutOfMemory, "out of memory: 3 GB asked.");
    if (request.model == "unloadable") return fail(job, ErrorCode::ModelUnloadable, "no unet.");
    if (request.model == "bug") return fail(job, ErrorCode::Internal, "a shape does not fit.");
    observer_.on_event(job, PhaseChanged{Phase::Denoising, 0.0});
    const bool is_endless =
        request.model == "endless" || (request.model == "endless-twin" && scale_of(request) == 0.0);
    for (int step = 1; step <= request.steps; ++step) {
      observer_.on_event(job, StepDone{step, static_cast<int>(request.steps), 41.23, 0.5});
      std::unique_lock lock(mutex_);
      while (request.model == "stubborn") changed_.wait(lock);
      if (is_endless) changed_.wait(lock, [this] { return is_cancelled_; });
      if (is_cancelled_) {
        lock.unlock();
        return observer_.on_event(job, Cancelled{});
      }
    }
    if (!options.dump_path.empty()) std::ofstream(options.dump_path) << "dump";
    Finished finished{
        .resolved = request, .model_hash = "abc", .seconds = 1.5, .row_evaluations = 8};
    finished.latents_hash = testing::fake_latents_hash(request);
    for (std::size_t i = 0; i < request.prompts.size(); ++i) {
      finished.images.push_back(std::make_shared<const ImageRgb8>(testing::fake_picture(request, i)));
    }
    observer_.on_event(job, finished);
  }

  // A step takes about two milliseconds; false: the sweep was cancelled.
  bool wait_step(bool is_endless) {
    std::unique_lock lock(mutex_);
    const auto is_over = [this] { return is_cancelled_; };
    if (is_endless) changed_.wait(lock, is_over);
    changed_.wait_for(lock, std::chrono::milliseconds(2), is_over);
    return !is_cancelled_;
  }

  void fail(JobId job, ErrorCode code, const std::string& message) {
    observer_.on_event(job, Failed{{code, message}});
  }

  JobObserver& observer_;
  std::thread worker_;
  std::atomic<JobId> job_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_cancelled_ = false;
};

}  // namespace

const Catalogue& catalogue() {
  static const std::vector<ParamSpec> cfg(kCfg.begin(), kCfg.end());
  static const std::vector<ParamSpec> seg(kSeg.begin(), kSeg.end());
  static const Catalogue catalogue{
      job_card(),
      {Card{.id = "cfg", .label = "CFG", .params = cfg, .kept_in_twin = true},
       Card{.id = "seg", .label = "SEG", .params = seg}},
      {Card{.id = "euler", .label = "Euler"}}};
  return catalogue;
}

std::string usual_hash_file() { return {}; }

Result<std::unique_ptr<Engine>> make_engine(EngineConfig config, JobObserver& observer) {
  if (config.device == "toaster")
    return Error{ErrorCode::InvalidArgument, "there is no device toaster."};
  if (config.resources_path == "/nowhere") return Error{ErrorCode::Io, "no resources in /nowhere."};
  return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer));
}

}  // namespace studio
