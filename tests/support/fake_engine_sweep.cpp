// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps of the engine without a model: pictures with steps, previews, pauses, failures and files.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

namespace studio::test {
namespace {

QString name(const std::string& text) { return QString::fromStdString(text); }

// Settings of guidance that is off do not change the picture.
GenerationRequest without_idle_settings(GenerationRequest request) {
  for (const Card& card : fake_catalogue().terms) {
    bool off = false;
    for (const ParamSpec& spec : card.params) {
      const auto found = request.guidance.find(spec.key);
      const ParamValue now = found == request.guidance.end() ? spec.initial : found->second;
      request.guidance[std::string(spec.key)] = now;
      off = off || (spec.neutral && now == *spec.neutral);
    }
    if (!off) continue;
    for (const ParamSpec& spec : card.params) {
      if (spec.neutral) {
        request.guidance[std::string(spec.key)] = *spec.neutral;
      } else {
        request.guidance.erase(std::string(spec.key));
      }
    }
  }
  return request;
}

std::string key_of(const GenerationRequest& request) {
  std::string text = request.model + '\n';
  for (const auto& prompt : request.prompts) text += prompt + '\n';
  for (const auto& param : job_params(fake_catalogue())) {
    const auto value = get(request, fake_catalogue(), param.path);
    text += param.path + '=';
    if (value && value.value()) text += to_text(*value.value());
    text += '\n';
  }
  const QByteArray bytes = QByteArray::fromStdString(text);
  return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
}

int rows_of(const GenerationRequest& request) {
  int rows = 1;
  for (const Card& card : fake_catalogue().terms) {
    for (const ParamSpec& spec : card.params) {
      if (!spec.neutral) continue;
      const auto found = request.guidance.find(spec.key);
      const ParamValue now = found == request.guidance.end() ? spec.initial : found->second;
      if (now != *spec.neutral && spec.key != "cfg.rescale") ++rows;
    }
  }
  return rows;
}

QJsonObject journal_line(const CellResult& result, const char* state) {
  QJsonObject line;
  line["key"] = name(result.key);
  line["state"] = state;
  line["error"] = name(result.error);
  line["made"] = name(result.made);
  line["shared_steps"] = result.shared_steps;
  line["seconds"] = result.seconds;
  line["rows"] = result.row_evaluations;
  line["norm"] = result.guidance_norm;
  line["distance"] = result.twin_distance;
  line["latents"] = name(result.latents_hash);
  return line;
}

void take_line(CellResult& result, const QJsonObject& line) {
  const QString state = line["state"].toString();
  result.error = line["error"].toString().toStdString();
  if (state == "failed") result.state = CellState::Failed;
  if (state == "skipped") result.state = CellState::Skipped;
  if (state != "finished") return;
  result.state = CellState::Finished;
  result.made = line["made"].toString().toStdString();
  result.shared_steps = line["shared_steps"].toInt();
  result.seconds = line["seconds"].toDouble();
  result.row_evaluations = line["rows"].toDouble();
  result.guidance_norm = line["norm"].toDouble();
  result.twin_distance = line["distance"].toDouble(-1);
  result.latents_hash = line["latents"].toString().toStdString();
  result.file = "cells/" + result.key + ".png";
}

void append_line(const std::string& folder, const QJsonObject& line) {
  if (folder.empty()) return;
  QFile file(name(folder) + "/journal.jsonl");
  if (!file.open(QIODevice::Append)) return;
  file.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + "\n");
}

// Applies the journal; returns the key that was running at its end.
std::string read_journal(const std::string& folder, std::vector<CellResult>& pictures) {
  QFile file(name(folder) + "/journal.jsonl");
  std::string running;
  if (!file.open(QIODevice::ReadOnly)) return running;
  std::map<std::string, CellResult*> by_key;
  for (CellResult& result : pictures) by_key[result.key] = &result;
  while (!file.atEnd()) {
    const QJsonObject line = QJsonDocument::fromJson(file.readLine()).object();
    const auto found = by_key.find(line["key"].toString().toStdString());
    const bool starts = line["state"].toString() == "running";
    running = starts ? line["key"].toString().toStdString() : std::string();
    if (found != by_key.end() && !starts) take_line(*found->second, line);
  }
  return running;
}

}  // namespace

FakePlan fake_plan(std::shared_ptr<const SweepGrid> grid, int size_px) {
  FakePlan plan;
  std::map<std::string, int> known;
  const auto picture_of = [&](const GenerationRequest& asked) {
    GenerationRequest job = without_idle_settings(asked);
    if (!job.width_px) job.width_px = size_px;
    if (!job.height_px) job.height_px = size_px;
    const std::string key = key_of(job);
    const auto [found, is_new] = known.emplace(key, static_cast<int>(plan.jobs.size()));
    if (is_new) {
      plan.jobs.push_back(job);
      CellResult result;
      result.key = key;
      plan.pictures.push_back(std::move(result));
    }
    return found->second;
  };
  const std::size_t cells = grid->cells();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const GenerationRequest job = grid->request(cell, fake_catalogue());
    plan.picture_of_cell.push_back(picture_of(job));
    plan.twin_of_cell.push_back(grid->spec.twin ? picture_of(unguided_twin(job, fake_catalogue()))
                                                : -1);
  }
  std::vector<bool> placed(plan.jobs.size());
  const auto place = [&](int picture) {
    if (picture < 0 || placed[static_cast<std::size_t>(picture)]) return;
    placed[static_cast<std::size_t>(picture)] = true;
    plan.order.push_back(picture);
  };
  for (const std::size_t cell : cell_order(*grid)) {
    place(plan.twin_of_cell[cell]);
    place(plan.picture_of_cell[cell]);
  }
  plan.grid = std::move(grid);
  return plan;
}

struct FakeEngine::SweepRun {
  JobId id = 0;
  std::shared_ptr<Sweep> sweep;
  std::map<int, std::shared_ptr<const ImageRgb8>> images;
  double rows_done = 0, rows_total = 0;
  double seconds = 0;
  std::size_t made = 0;

  // Whether the run is about this picture: one of its first cells, or their twin.
  bool asks_for(int picture) const {
    const FakePlan& plan = sweep->plan;
    std::size_t left = sweep->options.most_cells;
    if (left == 0) return true;
    for (const std::size_t cell : cell_order(*plan.grid)) {
      if (left-- == 0) break;
      if (plan.picture_of_cell[cell] == picture || plan.twin_of_cell[cell] == picture) return true;
    }
    return false;
  }
};

Result<JobId> FakeEngine::submit_sweep(SweepSpec spec, SweepOptions options) {
  auto read = read_sweep(spec, fake_catalogue());
  if (!read) return read.error();
  auto sweep = std::make_shared<Sweep>();
  sweep->plan = fake_plan(std::make_shared<SweepGrid>(std::move(read).value()), script_.size_px);
  sweep->spec = spec;
  sweep->options = options;
  const std::lock_guard lock(mutex_);
  sweep->failures = failing_pictures_;
  sweeps_.emplace_back(std::move(spec), std::move(options));
  const JobId id = next_id_++;
  if (sweep->options.start_paused) paused_.insert(id);
  inbox_.push_back({id, {}, false, std::move(sweep)});
  wake_.notify_all();
  return id;
}

void FakeEngine::bring_forward(JobId sweep, int picture) {
  const std::lock_guard lock(mutex_);
  brought_forward_.push_back(picture);
  forward_.emplace_front(sweep, picture);
}

void FakeEngine::set_paused(JobId job, bool paused) {
  const std::lock_guard lock(mutex_);
  paused ? (void)paused_.insert(job) : (void)paused_.erase(job);
  wake_.notify_all();
}

void FakeEngine::fail_pictures(std::map<int, std::string> reasons) {
  const std::lock_guard lock(mutex_);
  failing_pictures_ = std::move(reasons);
}

std::vector<std::pair<SweepSpec, SweepOptions>> FakeEngine::submitted_sweeps() const {
  const std::lock_guard lock(mutex_);
  return sweeps_;
}

std::vector<int> FakeEngine::brought_forward() const {
  const std::lock_guard lock(mutex_);
  return brought_forward_;
}

void FakeEngine::run_live_jobs() {
  while (true) {
    Waiting job;
    {
      const std::lock_guard lock(mutex_);
      const auto found =
          std::find_if(inbox_.begin(), inbox_.end(), [](const Waiting& w) { return w.live; });
      if (closing_ || found == inbox_.end()) return;
      job = std::move(*found);
      inbox_.erase(found);
    }
    emit_event(job.id, Queued{});
    run(job);
  }
}

// False when the sweep was cancelled.
bool FakeEngine::between_steps(JobId sweep) {
  bool told = false;
  while (true) {
    run_live_jobs();
    bool standing = false;
    {
      std::unique_lock lock(mutex_);
      if (closing_ || cancel_.count(sweep) > 0) return false;
      standing = paused_.count(sweep) > 0;
    }
    if (standing != told) emit_event(sweep, Paused{standing});
    told = standing;
    if (!standing) return true;
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] {
      return closing_ || cancel_.count(sweep) > 0 || paused_.count(sweep) == 0 ||
             std::any_of(inbox_.begin(), inbox_.end(), [](const Waiting& w) { return w.live; });
    });
  }
}

int FakeEngine::next_picture(const SweepRun& run) {
  const auto waits = [&](int picture) {
    const auto& pictures = run.sweep->plan.pictures;
    return picture >= 0 && picture < static_cast<int>(pictures.size()) &&
           pictures[static_cast<std::size_t>(picture)].state == CellState::Waiting;
  };
  const std::lock_guard lock(mutex_);
  while (!forward_.empty()) {
    const auto [sweep, picture] = forward_.front();
    forward_.pop_front();
    if (sweep == run.id && waits(picture) && run.asks_for(picture)) return picture;
  }
  for (const int picture : run.sweep->plan.order) {
    if (waits(picture) && run.asks_for(picture)) return picture;
  }
  return -1;
}

void FakeEngine::tell_picture(const SweepRun& run,
                              int picture,
                              std::shared_ptr<const ImageRgb8> image) {
  const double left = run.rows_total - run.rows_done;
  emit_event(run.id,
             CellChanged{.picture = picture,
                         .result = run.sweep->plan.pictures[static_cast<std::size_t>(picture)],
                         .image = std::move(image),
                         .rows_done = run.rows_done,
                         .rows_total = run.rows_total,
                         .seconds_left = left * script_.step_ms / 2000.0});
}

void FakeEngine::fail_picture(SweepRun& run, int picture, const std::string& reason) {
  CellResult& result = run.sweep->plan.pictures[static_cast<std::size_t>(picture)];
  result.state = CellState::Failed;
  result.error = reason;
  append_line(run.sweep->options.folder, journal_line(result, "failed"));
  tell_picture(run, picture, nullptr);
}

void FakeEngine::finish_picture(SweepRun& run, int picture) {
  FakePlan& plan = run.sweep->plan;
  CellResult& result = plan.pictures[static_cast<std::size_t>(picture)];
  const GenerationRequest& job = plan.jobs[static_cast<std::size_t>(picture)];
  const std::string& folder = run.sweep->options.folder;
  auto image = std::make_shared<ImageRgb8>(
      fake_picture(job, static_cast<int>(*job.width_px), static_cast<int>(*job.height_px), 1.0));
  result.seconds = static_cast<double>(job.steps) * script_.step_ms / 1000.0;
  run.seconds += result.seconds;
  result.made = result.shared_steps > 0 ? "step 1 shared" : "alone";
  result.latents_hash =
      QCryptographicHash::hash(QByteArray::fromStdString(result.key), QCryptographicHash::Sha256)
          .toHex()
          .toStdString();
  const GenerationRequest twin = without_idle_settings(unguided_twin(job, fake_catalogue()));
  for (const auto& [other, twin_image] : run.images) {
    if (plan.jobs[static_cast<std::size_t>(other)] == twin)
      result.twin_distance = difference(*image, *twin_image).mean / 60.0;
  }
  if (twin == job) result.twin_distance = run.sweep->spec.twin ? 0 : -1;
  result.guidance_norm = 0.4 * std::max(0.0, result.twin_distance);
  run.images[picture] = image;
  if (!folder.empty()) {
    const Finished finished{.resolved = job, .images = {image}};
    const std::string file = "cells/" + result.key + ".png";
    if (auto saved = save_png(folder + "/" + file, finished, 0); !saved)
      return fail_picture(run, picture, saved.error().message);
    result.file = file;
  }
  result.state = CellState::Finished;
  append_line(folder, journal_line(result, "finished"));
  ++run.made;
  measured_ = true;
  tell_picture(run, picture, image);
}

bool FakeEngine::make_picture(SweepRun& run, int picture) {
  FakePlan& plan = run.sweep->plan;
  CellResult& result = plan.pictures[static_cast<std::size_t>(picture)];
  const GenerationRequest& job = plan.jobs[static_cast<std::size_t>(picture)];
  const int steps = static_cast<int>(job.steps), rows = rows_of(job);
  result.state = CellState::Running;
  append_line(run.sweep->options.folder, journal_line(result, "running"));
  tell_picture(run, picture, nullptr);
  result.shared_steps = run.made > 0 ? 1 : 0;
  for (int step = 1; step <= steps; ++step) {
    if (!between_steps(run.id) || !pause(run.id, script_.step_ms)) return false;
    const auto failure = run.sweep->failures.find(picture);
    if (failure != run.sweep->failures.end()) {
      fail_picture(run, picture, failure->second);
      return true;
    }
    const bool shared = step <= result.shared_steps;
    result.rows.push_back(shared ? 0 : rows);
    run.rows_done += rows;
    result.row_evaluations += shared ? 0 : rows;
    emit_event(run.id,
               StepDone{.step = step,
                        .steps = steps,
                        .ms = static_cast<double>(script_.step_ms),
                        .seconds_left = (run.rows_total - run.rows_done) * script_.step_ms / 2000.0,
                        .picture = picture});
    if (!script_.previews) continue;
    auto preview =
        std::make_shared<ImageRgb8>(fake_picture(job,
                                                 std::max(1, static_cast<int>(*job.width_px) / 4),
                                                 std::max(1, static_cast<int>(*job.height_px) / 4),
                                                 double(step) / steps));
    emit_event(run.id, Preview{.step = step, .picture = picture, .image = std::move(preview)});
  }
  finish_picture(run, picture);
  return true;
}

Result<void> FakeEngine::prepare_sweep(SweepRun& run) {
  FakePlan& plan = run.sweep->plan;
  const SweepOptions& options = run.sweep->options;
  if (!options.folder.empty()) {
    const QDir folder(name(options.folder));
    if (!options.resume && folder.exists(QStringLiteral("sweep.json")))
      return Error{ErrorCode::BadFile, options.folder + " holds another sweep"};
    if (!folder.mkpath(QStringLiteral("cells")))
      return Error{ErrorCode::Io, options.folder + " cannot be created"};
    QFile file(folder.filePath(QStringLiteral("sweep.json")));
    if (file.open(QIODevice::WriteOnly))
      file.write(QByteArray::fromStdString(sweep_json(plan.grid->spec)));
    file.close();
    if (options.resume) read_journal(options.folder, plan.pictures);
  }
  for (std::size_t i = 0; i < plan.pictures.size(); ++i) {
    CellResult& result = plan.pictures[i];
    if (result.state == CellState::Failed && options.retry_failed) {
      result.state = CellState::Waiting;
      result.error.clear();
    }
    const auto named = [&](const std::vector<std::string>& keys) {
      return std::count(keys.begin(), keys.end(), result.key) > 0;
    };
    if (result.state == CellState::Skipped && named(options.retry_keys)) {
      result.state = CellState::Waiting;
      result.error.clear();
    }
    if (named(options.skip) && !named(options.retry_keys)) {
      result.state = CellState::Skipped;
      result.error = "left out";
    }
    if (result.state == CellState::Waiting && run.asks_for(static_cast<int>(i)))
      run.rows_total += static_cast<double>(plan.jobs[i].steps) * rows_of(plan.jobs[i]);
  }
  return {};
}

void FakeEngine::run_sweep(const Waiting& job) {
  SweepRun run{.id = job.id, .sweep = job.sweep};
  FakePlan& plan = job.sweep->plan;
  const std::string& folder = job.sweep->options.folder;
  if (auto ready = prepare_sweep(run); !ready) return emit_event(job.id, Failed{ready.error()});
  emit_event(job.id,
             SweepStarted{.folder = folder,
                          .grid = plan.grid,
                          .picture_of_cell = plan.picture_of_cell,
                          .twin_of_cell = plan.twin_of_cell,
                          .pictures = plan.pictures,
                          .forecast = forecast(job.sweep->spec, folder).value(),
                          .asked_cells = job.sweep->options.most_cells});
  const auto stopped = [&] {
    ++cancelled_;
    emit_event(job.id, Cancelled{});
  };
  while (true) {
    if (!between_steps(job.id)) return stopped();
    const int picture = next_picture(run);
    if (picture < 0) break;
    if (!make_picture(run, picture)) return stopped();
  }
  SweepFinished done{.folder = folder, .seconds = run.seconds, .row_evaluations = run.rows_done};
  for (const CellResult& result : plan.pictures) {
    if (result.state == CellState::Finished) ++done.finished;
    if (result.state == CellState::Failed) ++done.failed;
    if (result.state == CellState::Skipped) ++done.skipped;
  }
  ++finished_;
  emit_event(job.id, done);
}

std::string FakeEngine::sweep_json(const SweepSpec& spec) const {
  QJsonObject object;
  object["base"] = QJsonDocument::fromJson(QByteArray::fromStdString(job_json(spec.base))).object();
  QJsonArray axes;
  for (const SweepAxis& axis : spec.axes)
    axes.append(QJsonObject{{"param", name(axis.param)}, {"values", name(axis.values)}});
  object["axes"] = axes;
  object["rows"] = spec.order == SweepOrder::Rows;
  object["twin"] = spec.twin;
  QJsonArray jobs;
  for (const GenerationRequest& job : spec.listed)
    jobs.append(QJsonDocument::fromJson(QByteArray::fromStdString(job_json(job))).object());
  if (!jobs.isEmpty()) object["jobs"] = jobs;
  return QJsonDocument(object).toJson().toStdString();
}

Result<SweepSpec> FakeEngine::parse_sweep(const std::string& json) const {
  const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(json));
  if (!document.isObject()) return Error{ErrorCode::BadFile, "this is no sweep"};
  const QJsonObject object = document.object();
  auto base = parse_job(QJsonDocument(object["base"].toObject()).toJson().toStdString());
  if (!base) return base.error();
  SweepSpec spec;
  spec.base = base.value();
  for (const auto axis : object["axes"].toArray())
    spec.axes.push_back({axis.toObject()["param"].toString().toStdString(),
                         axis.toObject()["values"].toString().toStdString()});
  spec.order = object["rows"].toBool() ? SweepOrder::Rows : SweepOrder::CoarseToFine;
  spec.twin = object["twin"].toBool();
  for (const auto job : object["jobs"].toArray()) {
    auto read = parse_job(QJsonDocument(job.toObject()).toJson().toStdString());
    if (!read) return read.error();
    spec.listed.push_back(read.value());
  }
  return spec;
}

Result<SweepForecast> FakeEngine::forecast(const SweepSpec& spec, const std::string& folder) {
  ++forecasts_;
  auto read = read_sweep(spec, fake_catalogue());
  if (!read) return read.error();
  FakePlan plan = fake_plan(std::make_shared<SweepGrid>(std::move(read).value()), script_.size_px);
  if (!folder.empty()) read_journal(folder, plan.pictures);
  SweepForecast made;
  made.cells = plan.picture_of_cell.size();
  made.pictures = plan.jobs.size();
  made.picture_of_cell = plan.picture_of_cell;
  std::set<int> own(plan.picture_of_cell.begin(), plan.picture_of_cell.end());
  made.distinct_cells = own.size();
  double fullest = 0;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const double rows = static_cast<double>(plan.jobs[i].steps) * rows_of(plan.jobs[i]);
    fullest = std::max(fullest, rows);
    const double shared = rows - (i > 0 ? rows_of(plan.jobs[i]) : 0);
    made.rows_shared += shared;
    if (plan.pictures[i].state == CellState::Finished) {
      ++made.finished;
    } else {
      made.rows_left += shared;
    }
  }
  made.rows_naive = fullest * static_cast<double>(made.cells);
  made.seconds_are_measured = script_.measured || measured_;
  if (made.seconds_are_measured) made.seconds_left = made.rows_left * script_.step_ms / 2000.0;
  made.bytes_left =
      static_cast<double>(made.pictures - made.finished) * script_.size_px * script_.size_px * 1.6;
  made.bytes_free = script_.bytes_free;
  return made;
}

Result<SweepFolder> FakeEngine::open_sweep(const std::string& folder) {
  QFile file(name(folder) + "/sweep.json");
  if (!file.open(QIODevice::ReadOnly))
    return Error{ErrorCode::Io, folder + " holds no sweep.json that can be read"};
  auto spec = parse_sweep(file.readAll().toStdString());
  if (!spec) return spec.error();
  auto read = read_sweep(spec.value(), fake_catalogue());
  if (!read) return read.error();
  FakePlan plan = fake_plan(std::make_shared<SweepGrid>(std::move(read).value()), script_.size_px);
  const std::string running = read_journal(folder, plan.pictures);
  SweepFolder opened{.folder = folder,
                     .grid = plan.grid,
                     .picture_of_cell = plan.picture_of_cell,
                     .twin_of_cell = plan.twin_of_cell,
                     .pictures = plan.pictures};
  for (std::size_t i = 0; i < plan.pictures.size(); ++i) {
    if (!running.empty() && plan.pictures[i].key == running)
      opened.interrupted = static_cast<int>(i);
  }
  return opened;
}

Result<void> FakeEngine::export_sweep(const std::string& folder,
                                      const ExportOptions& options,
                                      const std::function<bool(double)>& keep_going) {
  if (auto opened = open_sweep(folder); !opened) return opened.error();
  if (!keep_going(0.5)) return {};
  QFile file(name(options.path));
  if (!file.open(QIODevice::WriteOnly))
    return Error{ErrorCode::Io, options.path + " cannot be written"};
  file.write("exported");
  return {};
}

}  // namespace studio::test
