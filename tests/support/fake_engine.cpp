// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An engine without a model: paints synthetic pictures on its own thread.
#include "tests/support/fake_engine.h"

#include "core/api/picture_crop.h"
#include "tests/support/fake_catalogue.h"

#include <QFile>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace studio::test {
namespace {

constexpr char kTextKey[] = "seg-studio";

double number(const GenerationRequest& request, const char* path) {
  auto value = get(request, fake_catalogue(), path);
  return std::get<double>(*value.value());
}

QJsonObject to_json(const GenerationRequest& request, const Catalogue& catalogue) {
  QJsonObject json;
  for (const auto& param : job_params(catalogue)) {
    auto value = get(request, catalogue, param.path);
    if (value && value.value()) {
      json[QString::fromStdString(param.path)] = QString::fromStdString(to_text(*value.value()));
    }
  }
  return json;
}

Result<GenerationRequest> from_json(const QByteArray& bytes,
                                    const std::string& path,
                                    const Catalogue& catalogue) {
  const auto document = QJsonDocument::fromJson(bytes);
  if (!document.isObject())
    return Error{ErrorCode::BadFile, path + " holds no job of this program"};
  GenerationRequest request;
  const QJsonObject object = document.object();
  for (const auto& param : job_params(catalogue)) {
    const auto found = object.find(QString::fromStdString(param.path));
    if (found == object.end()) continue;
    auto value = parse_value(*param.spec, param.path, found->toString().toStdString());
    if (!value) return value.error();
    if (auto done = set(request, catalogue, param.path, value.value()); !done) return done.error();
  }
  return request;
}

QImage to_qimage(const ImageRgb8& image) {
  return QImage(image.pixels.data(),
                image.width_px,
                image.height_px,
                3 * image.width_px,
                QImage::Format_RGB888)
      .copy();
}

double wave(double x, double y, double seed) {
  return std::sin(x * 9 + seed) * std::cos(y * 11 - seed * 0.7) +
         0.6 * std::sin((x + y) * 17 + seed * 2.1);
}

}  // namespace

ImageRgb8 fake_picture(const GenerationRequest& request, int width_px, int height_px, double done) {
  ImageRgb8 image{
      width_px, height_px, std::vector<std::uint8_t>(3 * std::size_t(width_px) * height_px)};
  const double seed = static_cast<double>(request.seed.value_or(0) % 1000);
  const double sigma = number(request, "guidance.seg.sigma");
  const double effect = std::isinf(sigma) ? 1.0 : std::min(1.0, sigma / (sigma + 0.6));
  const double order = std::min(1.0, number(request, "guidance.seg.scale") / 3.0 * effect) *
                       std::min(1.0, done * 1.3);
  const double hue = 0.5 + 0.5 * std::sin(seed * 0.37);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      const double u = (x + 0.5) / width_px, v = (y + 0.5) / height_px;
      const double bend = 0.03 * std::sin(u * 7);
      const double edge = std::min({u - 0.06, 0.95 - u, v - 0.22 - bend, 0.8 - v + bend}) * 150;
      const double flag = 1 / (1 + std::exp(-edge));
      const double ground[3] = {110 + 25 * order, 128 - 12 * order, 108 - 34 * order};
      const double scribble = 1 / (1 + std::exp(-(wave(u * 1.6, v * 1.6, seed) - 0.35) * 14));
      const double d = std::hypot((u - 0.5) / 0.24, (v - 0.51) / 0.19) + 0.2 * std::cos(4 * u);
      const double disc = 1 / (1 + std::exp((d - 1) * 45));
      const double mark[3] = {170 - 100 * (1 - hue), 30 + 40 * (1 - hue), 40 + 90 * (1 - hue)};
      for (int c = 0; c < 3; ++c) {
        const double cloth = 238 + 14 * order - (c == 0 ? 10 * (1 - order) : 0);
        double ink = cloth + (1 - order) * scribble * (90 + 12 * c - cloth);
        ink += order * disc * (mark[c] - ink);
        const double noise = (1 - done) * (1 - done) * 60 * wave(u * 9 + c, v * 8, seed + c);
        const double value = ground[c] + flag * (ink - ground[c]) + noise;
        image.pixels[3 * (std::size_t(y) * width_px + x) + c] =
            static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return image;
}

FakeEngine::FakeEngine(JobObserver& observer, FakeScript script)
    : observer_(observer), script_(script), worker_([this] { work(); }) {}

FakeEngine::~FakeEngine() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  worker_.join();
}

Result<JobId> FakeEngine::submit(GenerationRequest request, RunOptions options) {
  if (auto valid = validate(request, describe()); !valid) return valid.error();
  const std::lock_guard lock(mutex_);
  if (refused_ && refused_(request)) return refusal_;
  const JobId id = next_id_++;
  submitted_.push_back(request);
  inbox_.push_back({id, std::move(request), options.priority == RunOptions::Priority::Live, {}});
  wake_.notify_all();
  return id;
}

void FakeEngine::cancel(JobId job) {
  const std::lock_guard lock(mutex_);
  cancel_.insert(job);
  wake_.notify_all();
}

void FakeEngine::preload(const std::string&) {}

const Catalogue& FakeEngine::describe() const {
  return script_.catalogue == nullptr ? fake_catalogue() : *script_.catalogue;
}

std::vector<std::string> FakeEngine::bundled_models() const { return {"emoji-sdxl"}; }

void FakeEngine::fail_next(Error error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

void FakeEngine::refuse(std::function<bool(const GenerationRequest&)> refused, Error error) {
  const std::lock_guard lock(mutex_);
  refused_ = std::move(refused);
  refusal_ = std::move(error);
}

std::vector<GenerationRequest> FakeEngine::submitted() const {
  const std::lock_guard lock(mutex_);
  return submitted_;
}

void FakeEngine::emit_event(JobId job, const JobEvent& event) { observer_.on_event(job, event); }

bool FakeEngine::stop_asked(JobId job) {
  const std::lock_guard lock(mutex_);
  return closing_ || cancel_.count(job) > 0;
}

bool FakeEngine::pause(JobId job, int ms) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(
      lock, std::chrono::milliseconds(ms), [&] { return closing_ || cancel_.count(job) > 0; });
}

void FakeEngine::work() {
  while (true) {
    Waiting job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closing_ || !inbox_.empty(); });
      if (inbox_.empty()) return;
      job = std::move(inbox_.front());
      inbox_.pop_front();
    }
    emit_event(job.id, Queued{});
    if (stop_asked(job.id)) {
      ++cancelled_;
      emit_event(job.id, Cancelled{});
      continue;
    }
    job.sweep ? run_sweep(job) : run(job);
  }
}

bool FakeEngine::answered(JobId job, const GenerationRequest& resolved) {
  if (!script_.remembers) return false;
  for (const Finished& result : results_) {
    if (!(result.resolved == resolved)) continue;
    Finished known = result;
    known.from_cache = true;
    ++finished_;
    emit_event(job, known);
    return true;
  }
  return false;
}

void FakeEngine::run(const Waiting& job) {
  GenerationRequest resolved = job.request;
  if (!resolved.seed) resolved.seed = static_cast<std::int64_t>(job.id * 7919);
  if (!resolved.width_px) resolved.width_px = script_.size_px;
  if (!resolved.height_px) resolved.height_px = script_.size_px;
  const int width = static_cast<int>(*resolved.width_px),
            height = static_cast<int>(*resolved.height_px);
  const int steps = static_cast<int>(resolved.steps);
  int rows = 1;
  if (number(resolved, "guidance.cfg.scale") > 1) ++rows;
  if (number(resolved, "guidance.seg.scale") > 0) ++rows;
  std::optional<Error> failure;
  {
    const std::lock_guard lock(mutex_);
    failure.swap(failure_);
  }
  emit_event(
      job.id,
      Started{resolved, steps, script_.tells_rows_early ? static_cast<double>(rows * steps) : 0.0});
  if (answered(job.id, resolved)) return;
  const auto stopped = [&] {
    ++cancelled_;
    emit_event(job.id, Cancelled{});
  };
  if (!loaded_ && script_.load_ms > 0) {
    for (int part = 0; part < 10; ++part) {
      emit_event(job.id, PhaseChanged{Phase::LoadingModel, part / 10.0});
      if (!pause(job.id, script_.load_ms / 10)) return stopped();
    }
  }
  loaded_ = true;
  emit_event(job.id, PhaseChanged{Phase::Encoding, 0});
  emit_event(job.id, PhaseChanged{Phase::Denoising, 0});
  for (int step = 1; step <= steps; ++step) {
    if (!pause(job.id, script_.step_ms)) return stopped();
    if (failure) return emit_event(job.id, Failed{*failure});
    const double left = (steps - step) * script_.step_ms / 1000.0;
    emit_event(job.id,
               StepDone{.step = step,
                        .steps = steps,
                        .ms = static_cast<double>(script_.step_ms),
                        .seconds_left = left});
    if (script_.previews) {
      emit_event(job.id,
                 Preview{.step = step,
                         .image = std::make_shared<ImageRgb8>(fake_picture(resolved,
                                                                           std::max(1, width / 4),
                                                                           std::max(1, height / 4),
                                                                           double(step) / steps))});
    }
  }
  emit_event(job.id, PhaseChanged{Phase::Decoding, 0});
  Finished finished{resolved,
                    {std::make_shared<ImageRgb8>(fake_picture(resolved, width, height, 1.0))},
                    "",
                    steps * script_.step_ms / 1000.0,
                    static_cast<double>(rows * steps),
                    false};
  ++finished_;
  measured_ = true;
  if (script_.remembers) results_.push_back(finished);
  emit_event(job.id, finished);
}

Result<GenerationRequest> FakeEngine::parse_job(const std::string& json) const {
  return from_json(QByteArray::fromStdString(json), "the job", describe());
}

std::string FakeEngine::job_json(const GenerationRequest& request) const {
  return QJsonDocument(to_json(request, describe())).toJson().toStdString();
}

Result<GenerationRequest> FakeEngine::load_job(const std::string& path) {
  const QString name = QString::fromStdString(path);
  if (name.endsWith(".png", Qt::CaseInsensitive)) {
    const QImage image(name);
    if (image.isNull()) return Error{ErrorCode::BadFile, path + " is not a readable PNG"};
    const QString text = image.text(kTextKey);
    if (text.isEmpty()) return Error{ErrorCode::BadFile, path + " carries no job of this program"};
    return from_json(text.toUtf8(), path, describe());
  }
  QFile file(name);
  if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::Io, path + " cannot be opened"};
  return from_json(file.readAll(), path, describe());
}

Result<void> FakeEngine::save_png(const std::string& path, const Finished& finished, int index) {
  QImage image = to_qimage(*finished.images.at(index));
  image.setText(kTextKey,
                QString::fromUtf8(QJsonDocument(to_json(finished.resolved, describe())).toJson()));
  const QString name = QString::fromStdString(path);
  if (!image.save(name + ".part", "PNG")) {
    return Error{ErrorCode::Io, path + " cannot be written: is the folder writable?"};
  }
  QFile::remove(name);
  if (!QFile::rename(name + ".part", name))
    return Error{ErrorCode::Io, path + " cannot be renamed"};
  return {};
}

Result<ImageRgb8> FakeEngine::load_png(const std::string& path) {
  const QImage image = QImage(QString::fromStdString(path)).convertToFormat(QImage::Format_RGB888);
  if (image.isNull()) return Error{ErrorCode::BadFile, path + " is not a readable PNG"};
  ImageRgb8 read{image.width(), image.height(), {}};
  for (int y = 0; y < image.height(); ++y) {
    read.pixels.insert(
        read.pixels.end(), image.constScanLine(y), image.constScanLine(y) + 3 * image.width());
  }
  return read;
}

Result<SeenPicture> FakeEngine::see_picture(const GenerationRequest& request,
                                            const std::string& path) {
  ++pictures_seen_;
  const auto file_of = [&](const std::string& which) {
    const auto value = get(request, describe(), which);
    return value && value.value() ? std::get<std::string>(*value.value()) : std::string();
  };
  const std::string file = file_of(path);
  if (file.empty()) return Error{ErrorCode::InvalidArgument, path + " is absent"};
  auto image = load_png(file);
  if (!image) return std::move(image).in_context(path).error();
  const int width = static_cast<int>(request.width_px.value_or(script_.size_px));
  const int height = static_cast<int>(request.height_px.value_or(script_.size_px));
  const ImageRgb8& from = image.value();
  PictureCrop crop = crop_for(from.width_px, from.height_px, width, height);
  const bool is_mask = path == "start.mask";
  if (is_mask) {
    auto under = load_png(file_of("start.image"));
    if (!under) return under.error();
    const int under_width = under.value().width_px, under_height = under.value().height_px;
    crop = same_part(crop_for(under_width, under_height, width, height),
                     under_width,
                     under_height,
                     from.width_px,
                     from.height_px);
  }
  const bool is_negative = request.sections.contains("control.kind") && path == "control.image";
  SeenPicture seen{{width, height, {}}, from.width_px, from.height_px};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::int64_t u = crop.x + x * crop.width / width, v = crop.y + y * crop.height / height;
      for (int channel = 0; channel < 3; ++channel) {
        const std::uint8_t value =
            from.pixels[3 * static_cast<std::size_t>(v * from.width_px + u) + channel];
        seen.image.pixels.push_back(is_mask       ? (value < 128 ? 0 : 255)
                                    : is_negative ? static_cast<std::uint8_t>(255 - value)
                                                  : value);
      }
    }
  }
  return seen;
}

Result<void> FakeEngine::save_job(const std::string& path, const GenerationRequest& request) {
  QFile file(QString::fromStdString(path));
  if (!file.open(QIODevice::WriteOnly)) return Error{ErrorCode::Io, path + " cannot be written"};
  file.write(QJsonDocument(to_json(request, describe())).toJson());
  return {};
}

Result<ModelReport> FakeEngine::inspect(const std::string&) {
  return Error{ErrorCode::ModelUnloadable, "this engine has no model"};
}

Result<CheckReport> FakeEngine::check(const std::string&) {
  return Error{ErrorCode::ModelUnloadable, "this engine has no model"};
}

}  // namespace studio::test
