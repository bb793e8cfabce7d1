// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli generate: a job, on request its unguided twin, and the files they come to.
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "app/cli_inbox.h"
#include "app/cli_progress.h"
#include "core/api/image_strip.h"
#include "core/make_engine.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <unistd.h>
#include <utility>
#include <variant>

namespace studio::cli {
namespace {

namespace fs = std::filesystem;

Error io_error(std::string message) { return {ErrorCode::Io, std::move(message)}; }

// A file that will be written after minutes of work: what can be known now is said now.
Result<void> check_writable(const std::string& path) {
  std::error_code ignored;
  const fs::path folder =
      fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  if (!fs::exists(folder, ignored)) {
    return io_error("cannot write " + path + ": the folder " + folder.string() + " does not exist");
  }
  if (!fs::is_directory(folder, ignored)) {
    return io_error("cannot write " + path + ": " + folder.string() + " is not a folder");
  }
  if (fs::is_directory(path, ignored)) {
    return io_error("cannot write " + path + ": a folder of that name exists");
  }
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
    return io_error("cannot write " + path + ": this is not an ordinary file");
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return io_error("cannot write " + path + ": no permission to write into " + folder.string() +
                    ".");
  }
  return {};
}

Result<void> check_picture(const std::string& flag, const std::string& path) {
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  if (ending == ".png") return check_writable(path);
  return Error{ErrorCode::InvalidArgument,
               flag + " takes a file name that ends in .png, not \"" + path + "\""};
}

Result<void> check_files(const Arguments& arguments) {
  if (auto out = check_picture("--out", arguments.out_path); !out) return out;
  if (!arguments.preview_path.empty()) {
    if (auto preview = check_picture("--preview-out", arguments.preview_path); !preview) return preview;
  }
  if (!arguments.dump_path.empty()) {
    if (auto writable = check_writable(arguments.dump_path); !writable) return writable;
  }
  if (!arguments.latents_path.empty() && access(arguments.latents_path.c_str(), R_OK) != 0) {
    return io_error("--latents-in: cannot read " + arguments.latents_path);
  }
  return {};
}

// "out.png" -> "out-0-twin.png"; the number only in a batch.
std::string file_name(const std::string& out,
                      int index,
                      std::size_t count,
                      const std::string& suffix) {
  const fs::path path(out);
  std::string name = path.stem().string();
  if (count > 1) name += "-" + std::to_string(index);
  return (path.parent_path() / (name + suffix + path.extension().string())).string();
}

// How one job ended. Neither a result nor an error: it was cancelled.
struct Ending {
  std::optional<Finished> finished;
  std::optional<Error> error;
};

class Generation {
 public:
  Generation(const Arguments& arguments, Progress& progress)
      : arguments_(arguments), progress_(progress) {}

  int run() {
    if (auto ready = prepare(); !ready) return progress_.fail(ready.error());
    progress_.begin("guided");
    const RunOptions options{.sharing = arguments_.sharing,
                             .dump_path = arguments_.dump_path,
                             .latents_path = arguments_.latents_path,
                             .previews = !arguments_.preview_path.empty(),
                             .preview_budget = arguments_.preview_percent / 100.0,
                             .preview = arguments_.preview};
    const Ending guided = run_job(request_, options);
    if (guided.error) return progress_.fail(*guided.error);
    if (!guided.finished) return progress_.cancel(outcome_.files);
    outcome_.resolved = guided.finished->resolved;
    outcome_.model_hash = guided.finished->model_hash;
    if (auto saved = save(*guided.finished, ""); !saved) return progress_.fail(saved.error());
    return arguments_.with_twin ? run_twin(*guided.finished) : progress_.finish(outcome_);
  }

 private:
  // Reads the job and checks it and the places of its files; nothing is written.
  Result<void> prepare() {
    if (auto files = check_files(arguments_); !files) return files;
    auto engine = make_engine(arguments_.engine, inbox_);
    if (!engine) return engine.error();
    engine_ = std::move(engine).value();
    if (!arguments_.job_path.empty()) {
      auto job = engine_->load_job(arguments_.job_path);
      if (!job) return job.error();
      request_ = std::move(job).value();
    }
    if (auto set = apply_settings(request_, engine_->describe(), arguments_.settings); !set)
      return set;
    if (auto valid = validate(request_, engine_->describe()); !valid) return valid;
    return check_output_names();
  }

  Result<void> check_output_names() const {
    const std::size_t count = request_.prompts.size();
    for (std::size_t i = 0; i < count; ++i) {
      for (const char* suffix : {"", "-twin", "-side"}) {
        if (*suffix != '\0' && !arguments_.with_twin) continue;
        const std::string name = file_name(arguments_.out_path, static_cast<int>(i), count, suffix);
        if (auto writable = check_writable(name); !writable) return writable;
        const auto whole = [](const std::string& path) { return fs::absolute(path).lexically_normal(); };
        if (!arguments_.preview_path.empty() && whole(name) == whole(arguments_.preview_path)) {
          return Error{ErrorCode::InvalidArgument,
                       "--preview-out is \"" + name + "\", which the finished picture is written to; name another file"};
        }
      }
    }
    return {};
  }

  int run_twin(const Finished& guided) {
    // From the resolved job: the twin must have the seed that was drawn.
    const GenerationRequest request = unguided_twin(guided.resolved, engine_->describe());
    Finished twin = guided;
    if (request != guided.resolved) {
      progress_.begin("twin");
      const Ending ending = run_job(request,
                                    {.sharing = arguments_.sharing,
                                     .latents_path = arguments_.latents_path,
                                     .previews = false});
      if (ending.error) return progress_.fail(*ending.error);
      if (!ending.finished) return progress_.cancel(outcome_.files);
      twin = *ending.finished;
      outcome_.seconds += twin.seconds;
      outcome_.row_evaluations += twin.row_evaluations;
    }
    if (auto saved = save(twin, "-twin"); !saved) return progress_.fail(saved.error());
    Finished side = guided;
    for (std::size_t i = 0; i < side.images.size() && i < twin.images.size(); ++i) {
      const std::array both{twin.images[i], guided.images[i]};
      side.images[i] = std::make_shared<const ImageRgb8>(side_by_side(both));
    }
    if (auto saved = save(side, "-side"); !saved) return progress_.fail(saved.error());
    return progress_.finish(outcome_);
  }

  Ending run_job(const GenerationRequest& request, const RunOptions& options) {
    if (inbox_.is_interrupted()) return {};
    const auto job = engine_->submit(request, options);
    if (!job) return {.finished = {}, .error = job.error()};
    bool is_cancelled = false;
    while (true) {
      for (const auto& [id, event] : inbox_.wait()) {
        if (id != job.value()) continue;
        progress_.show(event);
        if (const auto* preview = std::get_if<Preview>(&event); preview != nullptr && saves_previews_) {
          if (auto saved = save_preview(request, *preview); !saved) {
            saves_previews_ = false;  // the picture itself still comes
            progress_.show(PhaseChanged{Phase::Denoising, 0, "previews are no longer written: " + saved.error().message});
          }
        }
        if (const auto* finished = std::get_if<Finished>(&event))
          return checked(*finished, request);
        if (const auto* failed = std::get_if<Failed>(&event))
          return {.finished = {}, .error = failed->error};
        if (std::holds_alternative<Cancelled>(event)) return {};
      }
      if (inbox_.is_interrupted() && !is_cancelled) {
        engine_->cancel(job.value());
        is_cancelled = true;
      }
    }
  }

  static Ending checked(const Finished& finished, const GenerationRequest& request) {
    const bool has_all =
        finished.images.size() == request.prompts.size() &&
        std::find(finished.images.begin(), finished.images.end(), nullptr) == finished.images.end();
    if (has_all) return {.finished = finished, .error = {}};
    return {.finished = {},
            .error = Error{ErrorCode::Internal,
                           "the engine finished without a picture for every prompt"}};
  }

  // Readers see whole pictures only: each is written beside the file and takes its place.
  Result<void> save_preview(const GenerationRequest& request, const Preview& preview) {
    Finished forming;
    forming.resolved = request;
    forming.images = {preview.image};
    return engine_->save_png(arguments_.preview_path, forming, 0);
  }

  Result<void> save(const Finished& finished, const std::string& suffix) {
    if (suffix.empty()) {
      outcome_.seconds = finished.seconds;
      outcome_.preview_share = finished.preview_share;
      outcome_.row_evaluations = finished.row_evaluations;
    }
    outcome_.gpu_peak_bytes = std::max(outcome_.gpu_peak_bytes, finished.gpu_peak_bytes);
    for (std::size_t i = 0; i < finished.images.size(); ++i) {
      const int index = static_cast<int>(i);
      const std::string path =
          file_name(arguments_.out_path, index, finished.images.size(), suffix);
      if (auto saved = engine_->save_png(path, finished, index); !saved) return saved;
      outcome_.files.push_back(path);
    }
    return {};
  }

  const Arguments& arguments_;
  Progress& progress_;
  Inbox inbox_;  // outlives the engine that reports to it
  std::unique_ptr<Engine> engine_;
  GenerationRequest request_;
  bool saves_previews_ = true;  // until one cannot be written
  Outcome outcome_;
};

}  // namespace

int run_generate(const Arguments& arguments) {
  Progress progress(arguments.progress, isatty(STDERR_FILENO) != 0);
  try {
    return Generation(arguments, progress).run();
  } catch (const std::bad_alloc&) {
    return progress.fail({ErrorCode::OutOfMemory, "out of memory"});
  } catch (const std::exception& bug) {  // a reader of events must see the end of this, too
    return progress.fail({ErrorCode::Internal, bug.what()});
  }
}

}  // namespace studio::cli
