// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The real engine: one queue, one model kept loaded, recent results kept for equal jobs.
#include "core/api/conditioning_params.h"
#include "core/api/control_params.h"
#include "core/api/lora_params.h"
#include "core/api/model_params.h"
#include "core/api/speed_params.h"
#include "core/api/start_params.h"
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/base/resources.h"
#include "core/engine_sweeps.h"
#include "core/io/files.h"
#include "core/io/hash_cache.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/io/sweep_json.h"
#include "core/job/job_queue.h"
#include "core/make_engine.h"
#include "core/model/convert_model.h"
#include "core/model/cpu_kernels.h"
#include "core/model/cuda_ops.h"
#include "core/model/model_catalogue.h"
#include "core/model/recordings.h"
#include "core/pipeline/memory_forecast.h"
#include "core/pipeline/pictures.h"
#include "core/pipeline/pipeline.h"
#include "core/pipeline/preview_decoders.h"
#include "core/pipeline/seen_picture.h"
#include "core/pipeline/warm_up.h"
#include "core/sweep/sweep_export.h"
#include "core/sweep/sweep_store.h"
#include "core/weights/safetensors.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <sstream>
#include <thread>
#include <utility>

namespace studio {
namespace {

c10::ScalarType dtype_for(Precision precision, c10::Device device) {
  switch (precision) {
    case Precision::Float32: return c10::kFloat;
    case Precision::BFloat16: return c10::kBFloat16;
    case Precision::Float16: return c10::kHalf;
    case Precision::Auto: break;
  }
  return device.is_cuda() ? c10::kHalf : c10::kFloat;
}

// Part of the keys of pictures in sweeps' folders: stable for ever.
std::string dtype_id(c10::ScalarType dtype) {
  if (dtype == c10::kHalf) return "fp16";
  return dtype == c10::kBFloat16 ? "bf16" : "fp32";
}

// Finished jobs by what was asked, newest first, so that going back to an earlier setting, or asking for
// the same twin again, costs nothing. Threads: the worker's own.
class RecentResults {
 public:
  std::optional<Finished> find(const std::string& key) const {
    for (const auto& [kept_key, finished] : kept_) {
      if (kept_key == key) return finished;
    }
    return std::nullopt;
  }
  void add(const std::string& key, const Finished& finished) {
    kept_.emplace_front(key, finished);
    if (kept_.size() > kMost) kept_.pop_back();
  }
  void clear() { kept_.clear(); }

 private:
  static constexpr std::size_t kMost = 32;
  std::list<std::pair<std::string, Finished>> kept_;
};

class RealEngine final : public Engine {
 public:
  // `devices`: at least one; single jobs run on the first.
  RealEngine(EngineConfig config, std::string resources, const std::vector<c10::Device>& devices, JobObserver& observer)
      : config_(std::move(config)), resources_(std::move(resources)), device_(devices.front()),
        hashes_(config_.hash_file),
        models_(resources_, device_, dtype_for(config_.precision, device_), &hashes_, config_.memory),
        preview_decoders_(device_, dtype_for(config_.precision, device_)),
        sweeps_(models_, more_models_, speed_, preview_decoders_, dtype_id(dtype_for(config_.precision, device_)), &hashes_),
        found_(resources_, hashes_),
        queue_([this](const JobQueue::Job& job, JobQueue::Context& context) { return run_job(job, context); }, observer) {
    keep_freed_memory();
    for (std::size_t i = 1; i < devices.size(); ++i) {
      more_models_.emplace_back(resources_, devices[i], dtype_for(config_.precision, devices[i]), &hashes_, config_.memory);
    }
  }

  Result<JobId> submit(GenerationRequest request, RunOptions options) override {
    if (auto valid = validate(request, catalogue()); !valid) return valid.error();
    if (!(options.preview_budget >= 0 && options.preview_budget <= 1)) {
      return Error{ErrorCode::InvalidArgument, "the part of the time for previews must be from 0 to 1"};
    }
    if (!request.seed) request.seed = draw_seed();
    return queue_.submit(std::move(request), std::move(options));
  }
  void cancel(JobId job) override { queue_.cancel(job); }
  void preload(const std::string& model) override { preload_use(model); }
  void preload_for(const GenerationRequest& request) override {
    // What is wrong with a job is told when it is submitted.
    if (validate(request, catalogue())) preload_use(model_use_of(request), request);
  }
  const Catalogue& describe() const override { return catalogue(); }

  Result<JobId> submit_sweep(SweepSpec spec, SweepOptions options) override {
    auto sweep = EngineSweeps::prepare(std::move(spec), std::move(options));
    if (!sweep) return sweep.error();
    return queue_.submit(std::move(sweep).value());
  }
  void bring_forward(JobId sweep, int picture) override { sweeps_.wishes().add(sweep, picture); }
  void set_paused(JobId job, bool paused) override { queue_.set_paused(job, paused); }
  Result<SweepForecast> forecast(const SweepSpec& spec, const std::string& folder) override {
    return to_result([&] { return sweeps_.forecast(spec, folder); });
  }
  Result<SweepFolder> open_sweep(const std::string& folder) override {
    return to_result([&] { return read_sweep_folder(folder, catalogue()); });
  }
  Result<void> export_sweep(const std::string& folder, const ExportOptions& options, const std::function<bool(double)>& keep_going) override {
    return to_result([&]() -> Result<void> {
      auto read = read_sweep_folder(folder, catalogue());
      if (!read) return read.error();
      return studio::export_sweep(read.value(), catalogue(), options, keep_going);
    });
  }
  Result<GenerationRequest> parse_job(const std::string& json) const override { return request_from_json(json, catalogue()); }
  std::string job_json(const GenerationRequest& request) const override { return request_to_json(request, catalogue()); }
  Result<SweepSpec> parse_sweep(const std::string& json) const override { return sweep_from_json(json, catalogue()); }
  std::string sweep_json(const SweepSpec& spec) const override { return sweep_to_json(spec, catalogue()); }

  Result<GenerationRequest> load_job(const std::string& path) override {
    return to_result([&]() -> Result<GenerationRequest> {
      std::string ending = std::filesystem::path(path).extension().string();
      std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (ending == ".png") return request_from_png(path, catalogue());
      auto text = read_file(path, kLargestJob);
      if (!text) return text.error();
      auto request = request_from_json(text.value(), catalogue());
      if (request) return request;
      return Error{ErrorCode::InvalidArgument, "\"" + path + "\": " + request.error().message};
    });
  }
  Result<void> save_png(const std::string& path, const Finished& finished, int index) override {
    return to_result([&]() -> Result<void> {
      if (index < 0 || index >= static_cast<int>(finished.images.size())) {
        return Error{ErrorCode::InvalidArgument, "there is no picture number " + std::to_string(index)};
      }
      return write_png(path, *finished.images[index],
                       job_texts(finished.resolved, catalogue(), finished.model_hash, static_cast<std::size_t>(index)));
    });
  }
  Result<ImageRgb8> load_png(const std::string& path) override {
    return to_result([&] { return read_png(path); });
  }
  Result<SeenPicture> see_picture(const GenerationRequest& request, const std::string& path) override {
    return to_result([&]() -> Result<SeenPicture> {
      if (auto valid = validate(request, catalogue()); !valid) return valid.error();
      GenerationRequest sized = request;
      if (!sized.width_px || !sized.height_px) {
        ModelUse use = model_use_of(request);
        use.loras.clear();  // they do not change the size
        auto outline = models_.outline(use);
        if (!outline) return outline.error();
        sized.width_px = request.width_px.value_or(outline.value().native_size_px);
        sized.height_px = request.height_px.value_or(outline.value().native_size_px);
      }
      return studio::see_picture(sized, path);
    });
  }
  Result<void> save_job(const std::string& path, const GenerationRequest& request) override {
    return to_result([&] { return write_file(path, request_to_json(request, catalogue())); });
  }
  Result<ModelReport> inspect(const std::string& model) override {
    return to_result([&]() -> Result<ModelReport> {
      auto path = find_model(resources_, model);
      if (!path) return path.error();
      ModelReport report = inspect_model(path.value(), paths());
      report.model = model;
      return report;
    });
  }
  Result<MemoryForecast> forecast_memory(const GenerationRequest& request, bool less_memory) override;
  Result<CheckReport> check(const std::string& model) override;
  Result<void> convert_model(const std::string& model, const std::string& out, const std::string& dtype,
                             const std::function<bool(double)>& keep_going) override;
  Result<FoundModels> find_models(const std::string& folder, const std::function<bool(const FoundModel*, int, int)>& tell) override {
    return found_.find(folder, tell);
  }
  Result<std::string> hash_model(const std::string& path, const std::function<bool(double)>& keep_going) override {
    return found_.hash(path, keep_going);
  }
  std::vector<std::string> bundled_models() const override { return studio::bundled_models(resources_); }
  std::string resources_path() const override { return resources_; }

 private:
  static constexpr std::size_t kLargestJob = 4U << 20U;

  ModelPaths paths() const { return {.resources_path = resources_, .vae_path = {}, .text_encoders_path = {}}; }
  void set_threads() {
    // Thread counts belong to the thread that sets them.
    if (config_.threads > 0) at::set_num_threads(config_.threads);
  }
  // `planned`: a job to make a GPU ready for, when nothing is asked for once the model is there.
  void preload_use(const ModelUse& use, const std::optional<GenerationRequest>& planned = {}) {
    const auto is_loaded = std::make_shared<bool>(false);  // the worker's own
    const auto load = [this, use, planned, is_loaded](const std::function<void()>& checkpoint) {
      set_threads();
      // A failure is told to the first job that asks for this model.
      const auto model = models_.use(use, [&](double) { checkpoint(); });
      *is_loaded = true;
      if (!model || !planned || !device_.is_cuda() || model.value()->model->placement != nullptr) return;
      const c10::InferenceMode inference;
      (void)warm_up(*planned, *model.value(), checkpoint);
    };
    const std::string key = use.base_key();
    // A job of this model has to wait for its weights, but for nothing else.
    const auto helps = [key, is_loaded](const GenerationRequest& request) { return !*is_loaded && model_use_of(request).base_key() == key; };
    queue_.post({load, helps, key});
  }
  // State of a thread that computes for as long as the thread lives.
  void enter_lane() {
    thread_local const c10::InferenceMode inference;
    set_threads();
    if (config_.threads == 0) at::set_num_threads(std::max(1, at::get_num_threads() / static_cast<int>(1 + more_models_.size())));
  }
  JobEvent run_job(const JobQueue::Job& job, JobQueue::Context& context);
  Result<Finished> generate(const JobQueue::Job& job, JobQueue::Context& context);
  Result<Finished> attempt(const JobQueue::Job& job, JobQueue::Context& context, bool& has_started);
  Result<Finished> run_resolved(const JobQueue::Job& job, JobQueue::Context& context, LoadedModel& model, const GenerationRequest& resolved);
  static Result<RunInputs> inputs_of(const RunOptions& options, const GenerationRequest& resolved, const SdxlModel& model);

  EngineConfig config_;
  std::string resources_;
  c10::Device device_;
  HashCache hashes_;
  ModelShelf models_;
  std::deque<ModelShelf> more_models_;  // of the devices after the first
  SpeedBook speed_;
  PreviewDecoders preview_decoders_;  // the worker's own
  bool has_told_of_kernels_ = false;  // likewise
  bool has_told_of_bf16_ = false;     // likewise
  EngineSweeps sweeps_;
  ModelCatalogue found_;
  // The worker's own.
  RecentResults recent_;
  int recent_loads_ = 0;  // models loaded when recent_ began

  JobQueue queue_;  // last: its worker uses all of the above
};

Result<RunInputs> RealEngine::inputs_of(const RunOptions& options, const GenerationRequest& resolved, const SdxlModel& model) {
  RunInputs inputs;
  inputs.options = options;
  inputs.keep_steps = !options.dump_path.empty();
  if (options.latents_path.empty()) return inputs;
  auto file = SafetensorsFile::open(options.latents_path);
  if (!file) return file.error();
  const auto refuse = [&](const std::string& why) { return file_error(ErrorCode::BadFile, options.latents_path, why); };
  if (file.value()->find("latents_init") == nullptr) return refuse("there is no tensor \"latents_init\" in it");
  const at::Tensor latents = file.value()->tensor("latents_init");
  const int factor = model.vae.config().factor();
  const std::vector<std::int64_t> wanted{static_cast<std::int64_t>(resolved.prompts.size()), model.vae.config().latent_channels,
                                         *resolved.height_px / factor, *resolved.width_px / factor};
  if (latents.sizes() != at::IntArrayRef(wanted) || !latents.is_floating_point()) {
    std::ostringstream text;
    text << "\"latents_init\" is " << latents.scalar_type() << " of shape " << latents.sizes()
         << ", but must be floating-point numbers of shape " << at::IntArrayRef(wanted) << " for this job";
    return refuse(text.str());
  }
  inputs.latents_init = latents.to(at::kFloat).clone();
  if (!at::isfinite(inputs.latents_init).all().item<bool>()) return refuse("\"latents_init\" has values that are not finite");
  return inputs;
}

Result<void> write_dump(const std::string& path, const RunResult& result) {
  // A start from a picture may leave out all steps.
  const at::Tensor steps = result.steps.empty() ? result.latents_init.unsqueeze(0).narrow(0, 0, 0) : at::stack(result.steps);
  std::vector<std::pair<std::string, at::Tensor>> tensors{{"latents_init", result.latents_init},
                                                          {"steps", steps},
                                                          {"image", result.pictures},
                                                          {"prompt_embeds", result.positive.states},
                                                          {"pooled", result.positive.pooled}};
  if (result.negative) {
    tensors.emplace_back("negative_prompt_embeds", result.negative->states);
    tensors.emplace_back("negative_pooled", result.negative->pooled);
  }
  for (auto& [name, tensor] : tensors) tensor = tensor.to(at::kCPU, at::kFloat).contiguous();
  return write_safetensors(path, tensors);
}

// The decoding of the picture itself says what a preview by the model's own decoder costs.
PreviewCosts costs_seen(const RunResult& done) {
  PreviewCosts costs = done.preview_costs;
  costs.of(PreviewMethod::Vae) = done.decode_seconds / static_cast<double>(done.pictures.size(0));
  return costs;
}

// A model that does not fit is loaded again in a way that takes less of the device, as far as that goes.
Result<Finished> RealEngine::generate(const JobQueue::Job& job, JobQueue::Context& context) {
  bool has_started = false;
  for (;;) {
    auto finished = to_result([&] { return attempt(job, context, has_started); });
    const bool lacks_memory = !finished && finished.error().code == ErrorCode::OutOfMemory;
    // A ControlNet, LoRAs or a start picture may find room where recordings were.
    if (lacks_memory && forget_recordings(device_)) continue;
    if (!lacks_memory || !models_.take_less_memory(model_use_of(job.request))) return finished;
    release_unused_memory(device_);
    context.emit(PhaseChanged{Phase::LoadingModel, 0,
                              models_.memory() == MemoryMode::Turns
                                  ? "there was not enough memory: from here on the parts of the model take turns on the device"
                                  : "there was not enough memory: from here on the model comes to the device in pieces"});
  }
}

Result<Finished> RealEngine::attempt(const JobQueue::Job& job, JobQueue::Context& context, bool& has_started) {
  // Started comes first and needs the model; a job that must load one says so with what is known.
  bool is_loading = false;
  const auto tell_loading = [&](std::string reason) {
    is_loading = true;
    if (!std::exchange(has_started, true)) context.emit(Started{job.request, static_cast<int>(job.request.steps), 0});
    context.emit(PhaseChanged{Phase::LoadingModel, 0, std::move(reason)});
  };
  const ModelUse use = model_use_of(job.request);
  if (!models_.is_loaded(use)) tell_loading(models_.reason_to_reload(use));
  // Held here: a live job may bring in another model between two steps of this one.
  auto model = models_.use(use, [&](double fraction) {
    context.checkpoint();
    if (!is_loading) tell_loading("");  // its files have changed this very moment
    context.emit(PhaseChanged{Phase::LoadingModel, fraction, ""});
  });
  if (!model) return model.error();
  if (recent_loads_ != models_.loads()) recent_.clear();
  recent_loads_ = models_.loads();
  auto resolved = resolve(job.request, *model.value()->model);
  if (!resolved) return resolved.error();
  auto rows = count_rows(resolved.value(), *model.value()->model);
  if (!rows) return rows.error();
  if (!std::exchange(has_started, true))
    context.emit(Started{resolved.value(), static_cast<int>(job.request.steps), rows.value()});

  const bool is_plain = job.options.dump_path.empty() && job.options.latents_path.empty();
  const std::string key = request_to_json(resolved.value(), catalogue()) + (job.options.sharing == RowSharing::Exact ? "exact" : "") +
                          (job.options.less_memory ? "less memory" : "") + model.value()->lora_key + stamp_of_sections(resolved.value().sections);
  if (is_plain) {
    if (auto known = recent_.find(key)) {
      known->from_cache = true;
      return *known;
    }
  }
  auto finished = run_resolved(job, context, *model.value(), resolved.value());
  if (finished && is_plain) recent_.add(key, finished.value());
  return finished;
}

Result<Finished> RealEngine::run_resolved(const JobQueue::Job& job, JobQueue::Context& context, LoadedModel& model,
                                          const GenerationRequest& resolved) {
  auto inputs = inputs_of(job.options, resolved, *model.model);
  if (!inputs) return inputs.error();
  const auto tell = [&](std::string note) { context.emit(PhaseChanged{Phase::Encoding, 0, std::move(note)}); };
  if (job.options.previews && job.options.preview_budget > 0) {
    inputs.value().preview_costs = speed_.preview_costs(resolved);
    auto [decoder, note] = preview_decoders_.get(job.options.preview);
    inputs.value().preview_decoder = std::move(decoder);
    if (!note.empty()) tell(std::move(note));
  }
  // A moved slider does not wait for a long step that nobody wants any more.
  constexpr double kLongRowSeconds = 0.008;
  const auto cost = speed_.cost(resolved);
  inputs.value().can_stop_inside = job.options.priority == RunOptions::Priority::Live && model.model->device.is_cuda() && cost &&
                                   cost->seconds_per_row > kLongRowSeconds;
  if (model.model->device.is_cuda() && !std::exchange(has_told_of_kernels_, true)) {
    for (const std::string& why : {gpu::why_no_kernels(), gpu::why_no_graphs(), gpu::why_no_hopper(model.model->device)}) {
      if (!why.empty()) tell("this GPU runs slower than it could: " + why);
    }
  }
  const bool is_slow_bf16 = model.model->device.is_cpu() && model.model->dtype == at::kBFloat16 && !cpu::has_quick_bf16();
  if (is_slow_bf16 && !std::exchange(has_told_of_bf16_, true)) {
    tell("bf16 is slow here: this processor has neither AMX nor quick AVX-512 instructions for it. fp32 is faster, and exact");
  }
  if (speed_settings(resolved.sections).fp8) {
    std::string note = note_on_missing_fp8(why_no_fp8(*model.model));
    if (!note.empty()) tell(std::move(note));
  }
  const auto on_loading = [&](double fraction) {
    context.checkpoint();
    context.emit(PhaseChanged{Phase::LoadingModel, fraction});
  };
  watch_peak_memory(model.model->device);
  auto attachments = model.attachments->get(resolved, *model.model, {[&] { context.checkpoint(); }, on_loading});
  if (!attachments) return attachments.error();
  inputs.value().attachments = std::move(attachments).value();
  StandstillWork while_still;
  Phase phase_now = Phase::Encoding;
  const RunCallbacks callbacks{.checkpoint = [&] { context.checkpoint(); },
                               .between_steps = [&] { context.between_steps(std::exchange(while_still, {})); },
                               .is_wanted_between_steps = [&] { return context.is_wanted_between_steps(); },
                               .while_still = [&](StandstillWork work) { while_still = std::move(work); },
                               .on_note = [&](std::string note) { context.emit(PhaseChanged{phase_now, 0, std::move(note)}); },
                               .on_phase = [&](Phase phase, double fraction) { context.emit(PhaseChanged{phase_now = phase, fraction}); },
                               .on_step = [&](const StepDone& step) { context.emit(step); },
                               .on_preview = [&](const Preview& preview) { context.emit(preview); }};
  auto result = run(resolved, *model.model, model.prompts, inputs.value(), callbacks);
  if (!result) return result.error();
  const RunResult& done = result.value();
  speed_.add_rows(resolved, done.row_evaluations, done.seconds * (1 - done.preview_share));
  speed_.add_previews(resolved, costs_seen(done));
  if (!job.options.dump_path.empty()) {
    context.emit(PhaseChanged{Phase::Saving, 0});
    if (auto written = write_dump(job.options.dump_path, done); !written) return written.error();
  }
  Finished finished{.resolved = resolved,
                    .images = {},
                    .model_hash = model.model->hash,
                    .seconds = done.seconds,
                    .row_evaluations = done.row_evaluations,
                    .from_cache = false,
                    .preview_share = done.preview_share,
                    .latents_hash = done.latents_hash,
                    .gpu_peak_bytes = peak_memory_bytes(model.model->device)};
  for (std::int64_t i = 0; i < done.pictures.size(0); ++i) {
    finished.images.push_back(std::make_shared<const ImageRgb8>(to_image(done.pictures[i])));
  }
  return finished;
}

JobEvent RealEngine::run_job(const JobQueue::Job& job, JobQueue::Context& context) {
  const c10::InferenceMode inference;
  set_threads();
  if (job.sweep != nullptr) {
    return sweeps_.run(job, context, [&] { queue_.set_paused(job.id, true); }, [this] { enter_lane(); });
  }
  auto finished = to_result([&] { return generate(job, context); });
  if (!finished) return Failed{finished.error()};
  return std::move(finished).value();
}

Result<MemoryForecast> RealEngine::forecast_memory(const GenerationRequest& request, bool less_memory) {
  return to_result([&]() -> Result<MemoryForecast> {
    if (auto valid = validate(request, catalogue()); !valid) return valid.error();
    const ModelUse use = model_use_of(request);
    auto path = find_model(resources_, use.name);
    if (!path) return path.error();
    const auto model_paths = models_.paths(use);
    if (!model_paths) return model_paths.error();
    const DeviceMemory memory = device_memory(device_);
    return studio::forecast_memory(request, path.value(), model_paths.value(),
                                   {.device = device_,
                                    .dtype = dtype_for(config_.precision, device_),
                                    .mode = models_.memory(),
                                    .less_memory = less_memory,
                                    .total_bytes = memory.total_bytes,
                                    .free_bytes = memory.free_bytes});
  });
}

Result<CheckReport> RealEngine::check(const std::string& name) {
  return to_result([&]() -> Result<CheckReport> {
    auto report = inspect(name);
    if (!report) return report.error();
    CheckReport check;
    check.model = std::move(report).value();
    for (const ModelPart& part : check.model.parts) {
      if (!part.problem.empty() && check.first_problem.empty()) check.first_problem = part.problem;
      check.tensors_loaded += part.tensors;
    }
    if (!check.model.loadable) return check;
    auto files = ModelFiles::open(check.model.path, paths());
    if (!files) return files.error();
    check.first_problem = first_broken_weight(files.value());
    if (!check.first_problem.empty()) return check;
    auto model = load_model(check.model.path, {.device = device_,
                                               .dtype = dtype_for(config_.precision, device_),
                                               .paths = paths(),
                                               .placement = models_.placement_for(check.model.path, paths())});
    if (!model) return model.error();
    const c10::InferenceMode inference;
    set_threads();
    PromptEncoder prompts(model.value());
    GenerationRequest request;
    request.model = name;
    request.prompts = {"a test"};
    request.seed = 1;
    request.steps = 1;
    auto resolved = resolve(request, *model.value());
    if (!resolved) return resolved.error();
    const RunInputs inputs;
    auto result = run(resolved.value(), *model.value(), prompts, inputs, {});
    check.finite = bool(result);
    if (!result) check.first_problem = result.error().message;
    return check;
  });
}

Result<void> RealEngine::convert_model(const std::string& model, const std::string& out, const std::string& dtype,
                                       const std::function<bool(double)>& keep_going) {
  static const std::map<std::string, std::optional<c10::ScalarType>> kTypes{
      {"keep", std::nullopt}, {"fp32", c10::kFloat}, {"fp16", c10::kHalf}, {"bf16", c10::kBFloat16}};
  const auto type = kTypes.find(dtype);
  if (type == kTypes.end()) {
    return Error{ErrorCode::InvalidArgument, "the dtype is \"" + dtype + "\", but must be keep, fp32, fp16 or bf16"};
  }
  auto path = find_model(resources_, model);
  if (!path) return path.error();
  const auto progress = [&](double fraction) {
    if (!keep_going(fraction)) throw StopRequested();
  };
  try {
    return studio::convert_model(path.value(), out, {type->second, paths(), progress});
  } catch (const StopRequested&) {
    return Error{ErrorCode::Io, "\"" + out + "\" was not written: stopped"};
  }
}

}  // namespace

Result<std::unique_ptr<Engine>> make_engine(EngineConfig config, JobObserver& observer) {
  auto resources = find_resources(config.resources_path);
  if (!resources) return resources.error();
  auto devices = to_result([&] { return open_devices(config.device); });
  if (!devices) return devices.error();
  const auto is_other = [&](c10::Device device) { return dtype_for(config.precision, device) != dtype_for(config.precision, devices.value().front()); };
  if (std::any_of(devices.value().begin(), devices.value().end(), is_other)) {
    return Error{ErrorCode::InvalidArgument, "the devices \"" + config.device + "\" compute in different precisions, so their pictures would differ: give one"};
  }
  if (config.threads < 0 || config.threads > 1024) {
    return Error{ErrorCode::InvalidArgument, "threads is " + std::to_string(config.threads) + ", but must be from 1 to 1024, or 0 for one a core"};
  }
  const bool stays = config.memory == MemoryMode::Auto || config.memory == MemoryMode::Resident;
  const bool are_gpus = std::all_of(devices.value().begin(), devices.value().end(), [](c10::Device device) { return device.is_cuda(); });
  if (!stays && !are_gpus) {
    return Error{ErrorCode::InvalidArgument, "the memory modes 8gb and 6gb need a GPU: on a CPU a model is in the computer's memory anyway"};
  }
  return std::unique_ptr<Engine>(std::make_unique<RealEngine>(std::move(config), resources.value(), devices.value(), observer));
}

std::string usual_hash_file() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  std::filesystem::path folder = variable("XDG_CACHE_HOME");
  // The specification has relative paths ignored.
  if (!folder.is_absolute()) {
    const std::filesystem::path home = variable("HOME");
    if (!home.is_absolute()) return "";
    folder = home / ".cache";
  }
  return (folder / "seg-studio" / "hashes.json").string();
}

const Catalogue& catalogue() {
  static const Catalogue all = [] {
    Catalogue result{job_card(), {}, {}, {conditioning_card(), model_card(), lora_card()}};
    for (const TermInfo* term : guidance_terms()) result.terms.push_back(term->card);
    for (const SamplerInfo* sampler : samplers()) result.samplers.push_back(sampler->card);
    result.sections.push_back(start_card());
    result.sections.push_back(control_card());
    result.sections.push_back(speed_card());
    return result;
  }();
  return all;
}

}  // namespace studio
