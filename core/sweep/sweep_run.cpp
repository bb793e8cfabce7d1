// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The loop over a sweep's pictures: which is next, making it, noting what became of it. Several lanes run
// it side by side: what they have in common is touched under one mutex, which is not held while a picture
// is computed.
#include "core/sweep/sweep_run.h"

#include "core/base/check.h"
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/model/recordings.h"
#include "core/sweep/crew.h"
#include "core/sweep/picture_file.h"
#include "core/sweep/picture_maker.h"
#include "core/sweep/sweep_previews.h"
#include "core/sweep/twin_latents.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <set>
#include <utility>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// What belongs to one device. Threads: its own lane's; `elsewhere` under the run's mutex.
struct Lane {
  const SweepHost::Load* load = nullptr;
  std::shared_ptr<LoadedModel> model;
  int model_index = -1;
  std::optional<SharedSteps> shared;
  std::optional<PictureMaker> maker;
  std::optional<PreviewMaker> previews;  // within the budget of its own time
  std::vector<int> elsewhere;  // pictures that other lanes took, not yet told to `shared`
  bool is_out = false;         // takes no more pictures
  // Written while the device makes the next one.
  std::optional<OpenPicture> open;
  std::optional<Error> broken;  // what the disk refused
};

using Lock = std::unique_lock<std::mutex>;

class SweepRun {
 public:
  SweepRun(SweepStore& store, const SweepOptions& options, const SweepHost& host)
      : store_(store),
        options_(options),
        host_(host),
        skip_(options.skip.begin(), options.skip.end()),
        less_memory_(options.less_memory_keys.begin(), options.less_memory_keys.end()),
        retry_(options.retry_keys.begin(), options.retry_keys.end()),
        grid_(std::make_shared<const SweepGrid>(store.grid())),
        contents_(host.contents != nullptr ? *host.contents : own_contents_),
        plan_(SweepPlan::make(grid_, *host.catalogue, outline_models(*grid_, host), contents_)),
        results_(plan_.pictures().size()),
        crew_(host),
        lanes_(static_cast<std::size_t>(crew_.lanes())) {
    lanes_.front().load = &host.load;
    for (std::size_t i = 1; i < lanes_.size(); ++i) lanes_[i].load = &host.more_lanes[i - 1];
  }

  Result<SweepFinished> run() {
    // A new folder can be shown at once; what an old one holds is known by keys, which need the weights' hash.
    const bool starts_first = !options_.resume && !all_hashes_known();
    for (const std::string& key : options_.retry_keys) skip_.erase(key);
    if (starts_first) tell_start();
    read_hashes();
    if (auto done = read_results(); !done) return done.error();
    if (auto fits = check_disk(forecast(), options_); !fits) return fits.error();
    if (starts_first) tell_known_results();
    else tell_start();
    if (options_.start_paused) host_.pause();
    return make_all();
  }

 private:
  bool all_hashes_known() const {
    return std::all_of(plan_.models().begin(), plan_.models().end(), [](const SweepModel& m) {
      return m.problem || !m.outline.hash.empty();
    });
  }
  void read_hashes();
  Result<void> read_results();
  SweepForecast forecast() const { return forecast_sweep(plan_, results_, options_.folder, *host_.speed, *host_.catalogue); }
  void tell_start();
  void tell_known_results();
  void tell(int picture, std::shared_ptr<const ImageRgb8> image = nullptr);

  Result<SweepFinished> make_all();
  Result<void> work(Lane& lane);
  Result<void> make_pictures(Lane& lane);
  std::vector<int> pictures_to_make();
  std::optional<int> take_next();
  void hear_of_others(Lane& lane);
  void tell_others(const Lane& lane, int picture);
  bool can_take_part(Lane& lane, int picture, Lock& lock);
  Result<LoadedModel*> use_model(Lane& lane, int index, Lock* lock);
  Result<void> handle(Lane& lane, int picture, Lock& lock);
  // What was skipped or failed and is asked for by its key.
  bool is_wished(const std::string& key) const { return less_memory_.contains(key) || retry_.contains(key); }
  bool is_left_out(const std::string& key) const { return skip_.contains(key) && !retry_.contains(key); }
  Result<void> note_failure(int picture, const Error& why);
  Result<void> note_skipped(int picture);
  Result<void> note_not_made(int picture, CellResult result);
  std::optional<CellResult> finished_in_store(const std::string& key);
  void will_not_be_made(Lane& lane, int picture);
  void note_rows(const Lane& lane, int rows);
  Result<MadePicture> make(Lane& lane, int picture, bool less_memory, int& steps_run);
  Result<void> open_picture(Lane& lane, int picture, const MadePicture& made, Finished finished, bool less_memory, Lock& lock);
  Result<void> close_picture(Lane& lane, Lock& lock);
  void close_beside(Lane& lane);
  void between_steps(Lane& lane);
  double distance_to_twin(int picture, const at::Tensor& latents, Lock& lock);
  void on_step(Lane& lane, int picture, int done, int rows, const SeenStep& step, const StepOutcome& outcome);
  // The first lane hears of what others took between two of its pictures, so that its count is too high
  // until then; with no picture left, what was done is all there was.
  double rows_total() const { return pictures_left_ > 0 ? std::max(rows_expected_ + rows_beside_, rows_done_) : rows_done_; }
  double seconds_left() const;
  double preview_share() const { return work_seconds_ > 0 ? preview_seconds_ / work_seconds_ : 0; }

  SweepStore& store_;
  const SweepOptions& options_;
  const SweepHost& host_;
  std::set<std::string> skip_, less_memory_, retry_;
  std::shared_ptr<const SweepGrid> grid_;
  ContentHashes own_contents_;
  ContentHashes& contents_;
  SweepPlan plan_;
  std::vector<CellResult> results_;
  std::vector<int> failures_;  // of this run
  bool has_started_ = false;
  std::string reload_note_;  // still to be told

  Crew crew_;
  std::vector<Lane> lanes_;
  std::mutex mutex_;        // guards all that is not a lane's, from make_all() on, but for store_
  std::mutex store_mutex_;  // guards store_; taken after the other one, or alone
  std::optional<TwinLatents> twins_;
  std::vector<bool> waits_;     // by picture: to be made in this run
  std::deque<int> forwarded_;   // latest wish first
  int loading_ = 0;             // lanes after the first that load a model
  std::vector<int> order_;
  std::size_t at_ = 0;          // in order_
  double pictures_left_ = 0;
  double rows_expected_ = 0;  // of the first lane, with all that no lane has taken yet
  double rows_beside_ = 0;    // done by the other lanes
  double rows_done_ = 0, row_seconds_ = 0, picture_seconds_ = 0, pictures_made_ = 0, work_seconds_ = 0, preview_seconds_ = 0;
};

void SweepRun::read_hashes() {
  // The first model last: it is the first to be used.
  for (int i = static_cast<int>(plan_.models().size()) - 1; i >= 0; --i) {
    SweepModel& model = plan_.model(i);
    if (model.problem || !model.outline.hash.empty()) continue;
    auto loaded = use_model(lanes_.front(), i, nullptr);
    if (loaded) model.outline.hash = loaded.value()->model->hash;
  }
}

// Errors: the reason, which is also noted for all of the model's pictures. `lock` is not held while the
// model is loaded; null before there are several lanes.
Result<LoadedModel*> SweepRun::use_model(Lane& lane, int index, Lock* lock) {
  if (index == lane.model_index && lane.model != nullptr) return lane.model.get();
  SweepModel& model = plan_.model(index);
  if (model.problem) return *model.problem;
  if (lock != nullptr) lock->unlock();
  if (lane.maker) lane.maker->forget_model();
  lane.model.reset();
  const bool is_first = &lane == &lanes_.front();
  const auto progress = [&](double fraction) {
    lock != nullptr ? crew_.checkpoint() : host_.checkpoint();
    if (!has_started_ || !is_first) return;
    PhaseChanged phase{Phase::LoadingModel, fraction, std::exchange(reload_note_, {})};
    lock != nullptr ? crew_.emit(std::move(phase)) : host_.emit(phase);
  };
  // The other lanes' models go the same way; one of them speaks.
  if (is_first) reload_note_ = host_.reason_to_reload(model.use);
  progress(0);
  auto loaded = (*lane.load)(model.use, progress);
  if (lock != nullptr) lock->lock();
  if (!loaded) {
    // What the first device can do may be too much for another one.
    if (is_first) model.problem = loaded.error();
    return loaded.error();
  }
  // The keys are those of the outline: pictures of other weights or configurations would lie under
  // them.
  const SdxlModel& read = *loaded.value()->model;
  const bool is_same = (model.outline.hash.empty() || read.hash == model.outline.hash) && read.config_hash == model.outline.config_hash &&
                       loaded.value()->lora_key == model.outline.lora_key;
  if (!is_same) {
    model.problem = Error{ErrorCode::ModelUnloadable, "the files of the model \"" + model.use.name + "\" were changed while the sweep ran"};
    return *model.problem;
  }
  lane.model = std::move(loaded).value();
  lane.model_index = index;
  return lane.model.get();
}

Result<void> SweepRun::read_results() {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < results_.size(); ++i) keys.push_back(plan_.key(static_cast<int>(i), host_.dtype, *host_.catalogue));
  if (auto noted = store_.note_plan(keys, plan_.picture_of_cell(), plan_.twin_of_cell()); !noted) return noted;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    host_.checkpoint();
    const CellResult* known = store_.find(keys[i]);
    const bool is_finished = known != nullptr && known->state == CellState::Finished;
    if (!is_finished) {
      if (const CellResult* const adopted = store_.adopt(keys[i])) known = adopted;
    }
    const bool is_settled = known != nullptr && known->state != CellState::Running;
    if (is_settled && (known->state == CellState::Finished || !is_wished(keys[i]))) results_[i] = *known;
    results_[i].key = keys[i];
  }
  return {};
}

void SweepRun::tell_start() {
  has_started_ = true;
  host_.emit(SweepStarted{options_.folder, grid_, plan_.picture_of_cell(), plan_.twin_of_cell(), results_, forecast(), options_.most_cells});
  for (const std::string& note : {host_.note, std::exchange(reload_note_, {})})
    if (!note.empty()) host_.emit(PhaseChanged{Phase::LoadingModel, 1, note});
}

void SweepRun::tell_known_results() {
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (results_[i].state != CellState::Waiting) tell(static_cast<int>(i));
  }
}

void SweepRun::tell(int picture, std::shared_ptr<const ImageRgb8> image) {
  crew_.emit(CellChanged{picture, results_[picture], std::move(image), rows_done_, rows_total(), seconds_left()});
}

double SweepRun::seconds_left() const {
  const double per_row = rows_done_ > 0 ? row_seconds_ / rows_done_ : 0;
  const double per_picture = pictures_made_ > 0 ? picture_seconds_ / pictures_made_ : 0;
  return ((rows_total() - rows_done_) * per_row + pictures_left_ * per_picture) / crew_.lanes();
}

// Those of this run that may be computed; the others of this run, which fail at once, come along.
std::vector<int> SweepRun::pictures_to_make() {
  std::vector<int> made;
  const std::vector<bool> asked = pictures_of_first(plan_, options_.most_cells);
  for (const int picture : picture_order(plan_, options_.shard, options_.shards)) {
    const CellResult& result = results_[picture];
    // Those that are asked for by their keys wait: see read_results(). What was left out stays out
    // until then.
    const bool leave = !asked[picture] || result.state == CellState::Finished || result.state == CellState::Skipped ||
                       (result.state == CellState::Failed && !options_.retry_failed);
    if (leave) continue;
    order_.push_back(picture);
    waits_[picture] = true;
    const bool cannot = plan_.pictures()[picture].problem >= 0 || plan_.models()[plan_.pictures()[picture].model].problem;
    if (!cannot && !is_left_out(result.key)) made.push_back(picture);
  }
  return made;
}

std::optional<int> SweepRun::take_next() {
  while (const auto wish = host_.take_forwarded()) {
    if (*wish >= 0 && *wish < static_cast<int>(waits_.size())) forwarded_.push_front(*wish);
  }
  while (!forwarded_.empty()) {
    const int picture = forwarded_.front();
    forwarded_.pop_front();
    if (waits_[picture]) return picture;
  }
  while (at_ < order_.size() && !waits_[order_[at_]]) ++at_;
  if (at_ == order_.size()) return std::nullopt;
  return order_[at_];
}

Result<SweepFinished> SweepRun::make_all() {
  waits_.assign(results_.size(), false);
  const std::vector<int> to_make = pictures_to_make();
  pictures_left_ = static_cast<double>(to_make.size());
  for (Lane& lane : lanes_) {
    lane.shared.emplace(plan_, to_make, host_.most_snapshot_bytes);
    lane.maker.emplace(plan_, *lane.shared, *host_.catalogue, contents_);
    lane.previews.emplace(previews_of_lane(options_, host_, static_cast<int>(&lane - lanes_.data()), [this](JobEvent event) { crew_.emit(std::move(event)); }));
  }
  rows_expected_ = lanes_.front().shared->rows_total();
  twins_.emplace(plan_, to_make);
  try {
    if (auto done = crew_.run([&](int lane) { return work(lanes_[lane]); }); !done) return done.error();
  } catch (const StopRequested&) {
    // Stopped in good order: nothing was running when the program ended.
    (void)store_.note_end();
    throw;
  }
  if (auto ended = store_.note_end(); !ended) return ended.error();
  SweepFinished finished;
  finished.folder = options_.folder;
  for (const CellResult& result : results_) {
    finished.finished += result.state == CellState::Finished ? 1 : 0;
    finished.failed += result.state == CellState::Failed ? 1 : 0;
    finished.skipped += result.state == CellState::Skipped ? 1 : 0;
  }
  finished.failures = failures_;
  finished.seconds = work_seconds_ / crew_.lanes();
  finished.row_evaluations = rows_done_;
  finished.preview_share = preview_share();
  return finished;
}

Result<void> SweepRun::work(Lane& lane) {
  const auto close_last = [&] {
    Lock lock(mutex_);
    return close_picture(lane, lock);
  };
  try {
    auto done = make_pictures(lane);
    auto closed = close_last();
    return done ? closed : done;
  } catch (const StopRequested&) {
    (void)close_last();  // what is made is kept
    throw;
  }
}

Result<void> SweepRun::make_pictures(Lane& lane) {
  for (;;) {
    crew_.checkpoint();
    between_steps(lane);
    Lock lock(mutex_);
    hear_of_others(lane);
    const auto picture = take_next();
    if (!picture && loading_ > 0 && &lane == &lanes_.front()) {
      // A lane that cannot load its model gives its picture back.
      crew_.wait_until(lock, [&] { return loading_ == 0; });
      continue;
    }
    if (!picture) return {};
    waits_[*picture] = false;
    tell_others(lane, *picture);
    if (auto done = handle(lane, *picture, lock); !done || lane.is_out) return done;
  }
}

// On a device beside the first one: whether it has the model. Else the lane ends and the others go on.
bool SweepRun::can_take_part(Lane& lane, int picture, Lock& lock) {
  ++loading_;
  const auto model = use_model(lane, plan_.pictures()[picture].model, &lock);
  --loading_;
  if (model || plan_.model(plan_.pictures()[picture].model).problem) {
    crew_.changed();
    return true;
  }
  lane.is_out = true;
  waits_[picture] = true;
  forwarded_.push_front(picture);
  for (Lane& other : lanes_) std::erase(other.elsewhere, picture);
  crew_.emit(PhaseChanged{Phase::LoadingModel, 1, "a further device takes no part in the sweep: " + model.error().message});
  crew_.changed();
  return false;
}

// What another lane makes, this one need keep nothing for.
void SweepRun::hear_of_others(Lane& lane) {
  for (const int picture : std::exchange(lane.elsewhere, {})) {
    if (lane.shared->contains(picture)) lane.shared->done(picture, 0);
  }
  note_rows(lane, 0);
}

void SweepRun::tell_others(const Lane& lane, int picture) {
  for (Lane& other : lanes_) {
    if (&other != &lane) other.elsewhere.push_back(picture);
  }
}

void SweepRun::note_rows(const Lane& lane, int rows) {
  rows_done_ += rows;
  if (&lane == &lanes_.front()) rows_expected_ = lane.shared->rows_total();
  else rows_beside_ += rows;
}

Result<void> SweepRun::note_failure(int picture, const Error& why) {
  failures_.push_back(picture);
  CellResult result;
  result.state = CellState::Failed;
  result.error = why.message;
  result.error_code = why.code;
  return note_not_made(picture, std::move(result));
}

Result<void> SweepRun::note_skipped(int picture) {
  CellResult result;
  result.state = CellState::Skipped;
  result.error = "left out on request";
  return note_not_made(picture, std::move(result));
}

Result<void> SweepRun::note_not_made(int picture, CellResult result) {
  result.key = results_[picture].key;
  results_[picture] = std::move(result);
  {
    const std::lock_guard store_lock(store_mutex_);
    if (auto noted = store_.note_failed(results_[picture]); !noted) return noted;
  }
  tell(picture);
  return {};
}

std::optional<CellResult> SweepRun::finished_in_store(const std::string& key) {
  const std::lock_guard store_lock(store_mutex_);
  const CellResult* const known = store_.find(key);
  return known != nullptr && known->state == CellState::Finished ? std::optional(*known) : std::nullopt;
}

// A picture of this run that needs no work any more, or cannot get it.
void SweepRun::will_not_be_made(Lane& lane, int picture) {
  if (!lane.shared->contains(picture)) return;
  pictures_left_ -= 1;
  lane.shared->done(picture, 0);
  note_rows(lane, 0);
  twins_->done(picture);
}

Result<void> SweepRun::handle(Lane& lane, int picture, Lock& lock) {
  const PlannedPicture& planned = plan_.pictures()[picture];
  CellResult& result = results_[picture];
  if (lane.open && lane.open->result.key == result.key) {
    if (auto closed = close_picture(lane, lock); !closed) return closed;
  }
  // One model under two names has the same pictures twice.
  if (const auto known = finished_in_store(result.key)) {
    result = *known;
    will_not_be_made(lane, picture);
    tell(picture);
    return {};
  }
  if (is_left_out(result.key)) return note_skipped(picture);
  if (planned.problem >= 0) return note_failure(picture, plan_.problems()[planned.problem]);
  if (&lane != &lanes_.front() && !can_take_part(lane, picture, lock)) return {};
  auto model = use_model(lane, planned.model, &lock);
  if (!model) {
    will_not_be_made(lane, picture);
    return note_failure(picture, model.error());
  }
  const std::string key = result.key;
  {
    const std::lock_guard store_lock(store_mutex_);
    if (auto noted = store_.note_running(key); !noted) return noted;
  }
  result = {};
  result.key = key;
  result.state = CellState::Running;
  tell(picture);

  bool less_memory = options_.less_memory || less_memory_.contains(key);
  int steps_run = 0;
  lock.unlock();
  auto made = make(lane, picture, less_memory, steps_run);
  if (!made && made.error().code == ErrorCode::OutOfMemory && !less_memory) {
    less_memory = true;
    lane.maker->forget_model();
    forget_recordings(lane.model->model->device);
    release_unused_memory(lane.model->model->device);
    made = make(lane, picture, less_memory, steps_run);
  }
  Finished finished;
  if (made) finished = finished_of(plan_.request(picture, *host_.catalogue), *model.value(), made.value());
  lock.lock();
  pictures_left_ -= 1;
  if (lane.shared->contains(picture)) lane.shared->done(picture, steps_run);
  note_rows(lane, 0);
  auto done = made ? open_picture(lane, picture, made.value(), std::move(finished), less_memory, lock) : note_failure(picture, made.error());
  if (!made) twins_->done(picture);
  crew_.changed();
  return done;
}

Result<MadePicture> SweepRun::make(Lane& lane, int picture, bool less_memory, int& steps_run) {
  MakingCallbacks callbacks;
  callbacks.checkpoint = [&] { crew_.checkpoint(); };
  callbacks.between_steps = [&] { between_steps(lane); };
  callbacks.is_wanted_between_steps = [&] { return crew_.is_wanted_between_steps(); };
  callbacks.may_go_ahead = [&] {
    const Lock lock(mutex_);
    return lane.model->model->placement == nullptr && !lane.previews->needs_device(seconds_left());
  };
  callbacks.on_step = [&](int done, int rows, const SeenStep& step, const StepOutcome& outcome) {
    on_step(lane, picture, done, rows, step, outcome);
  };
  callbacks.on_decoding = [&] { crew_.emit(PhaseChanged{Phase::Decoding, 0}); };
  const GenerationRequest request = plan_.request(picture, *host_.catalogue);
  lane.previews->plan().expect(host_.speed->preview_costs(request));
  auto made = to_result([&] { return lane.maker->make(picture, *lane.model, {options_.sharing, less_memory, host_.mark}, callbacks, steps_run); });
  if (made) note_costs(*lane.previews, request, made.value(), *host_.speed);
  return made;
}

void SweepRun::on_step(Lane& lane, int picture, int done, int rows, const SeenStep& step, const StepOutcome& outcome) {
  if (lane.open && lane.open->file.wait_for(std::chrono::seconds(0)) == std::future_status::ready) close_beside(lane);
  const int steps = plan_.pictures()[picture].steps;
  Lock lock(mutex_);
  note_rows(lane, rows);
  row_seconds_ += step.seconds;
  work_seconds_ += step.seconds;
  const double left = seconds_left();
  lock.unlock();
  const SweepHost* const alone = crew_.lanes() == 1 ? &host_ : nullptr;
  const double spent = preview_step(*lane.previews, *lane.model->model, outcome.x0, {done, steps, picture, step.seconds, left, step.is_ahead}, alone);
  lock.lock();
  preview_seconds_ += spent;
  work_seconds_ += spent;
  crew_.emit(StepDone{done, steps, step.seconds * 1e3, left, picture, preview_share()});
}

double SweepRun::distance_to_twin(int picture, const at::Tensor& latents, Lock& lock) {
  const int twin = twins_->twin_of(picture);
  if (twin >= 0 && twin != picture) crew_.wait_until(lock, [&] { return results_[twin].state != CellState::Running; });
  // Another share's twin may be finished by now, though its journal line was not there when this
  // run began.
  const CellResult known = twin >= 0 ? results_[twin] : CellResult();
  const double distance = twins_->distance(
      picture, latents, twin >= 0 ? store_.latents_path(known.key) : "", known.latents_hash);
  twins_->done(picture);
  return distance;
}

// Behind its device, the caller has time to write a picture while the next one is made.
Result<void> SweepRun::open_picture(Lane& lane, int picture, const MadePicture& made, Finished finished, bool less_memory, Lock& lock) {
  if (auto closed = close_picture(lane, lock); !closed) return closed;
  CellResult result = result_of(made, finished, less_memory);
  result.key = results_[picture].key;
  // Before the picture counts as finished: from then on nothing makes them again.
  if (auto kept = twins_->keep(picture, made.latents, store_.latents_path(result.key)); !kept) return kept;
  result.twin_distance = distance_to_twin(picture, made.latents, lock);
  host_.on_latents(picture, made.latents);
  crew_.emit(PhaseChanged{Phase::Saving, 0});
  const bool is_beside = host_.mark(lane.model->model->device) != nullptr;
  auto file = picture_file(store_, result.key, std::move(finished), made.pictures, is_beside ? Writing::Beside : Writing::WhenAskedFor);
  lane.open.emplace(OpenPicture{picture, std::move(result), made.step_seconds, made.decode_seconds, std::move(file)});
  return is_beside ? Result<void>() : close_picture(lane, lock);
}

// Waits until the lane's open picture is on disk and notes what became of it.
Result<void> SweepRun::close_picture(Lane& lane, Lock& lock) {
  if (lane.broken) return *lane.broken;
  if (!lane.open) return {};
  OpenPicture open = std::move(*lane.open);
  lane.open.reset();
  const int picture = open.picture;
  lock.unlock();
  const Clock::time_point began = Clock::now();
  const auto file = open.file.get();
  auto noted = [&]() -> Result<CellResult> {
    if (!file) return file.error();
    open.result.sha256 = file.value().sha256;
    const std::lock_guard store_lock(store_mutex_);
    return store_.note_finished(std::move(open.result));
  }();
  const double seconds = open.decode_seconds + seconds_since(began);
  lock.lock();
  // What cannot be written as a picture is this picture's failure; what the disk refuses stops all.
  if (!noted && noted.error().code != ErrorCode::Io) return note_failure(picture, noted.error());
  if (!noted) return noted.error();
  results_[picture] = std::move(noted).value();
  work_seconds_ += seconds;
  picture_seconds_ += seconds;
  pictures_made_ += 1;
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(std::filesystem::path(options_.folder) / results_[picture].file, unknown);
  const Finished& finished = file.value().finished;
  host_.speed->add_rows(finished.resolved, results_[picture].row_evaluations, open.step_seconds);
  host_.speed->add_picture(finished.resolved, seconds, unknown ? 0.0 : static_cast<double>(bytes));
  tell(picture, finished.images.front());
  crew_.changed();
  return {};
}

// In the middle of the next picture, which a full disk ends with.
void SweepRun::close_beside(Lane& lane) {
  Lock lock(mutex_);
  if (auto closed = close_picture(lane, lock); !closed) lane.broken = closed.error();
}

// Who stands still sees all that was made.
void SweepRun::between_steps(Lane& lane) {
  if (lane.open && crew_.is_wanted_between_steps()) close_beside(lane);
  crew_.between_steps();
}

}  // namespace

Result<SweepFinished> run_sweep(SweepStore& store, const SweepOptions& options, const SweepHost& host) {
  STUDIO_CHECK(host.catalogue != nullptr && host.speed != nullptr && host.outline && host.load);
  return SweepRun(store, options, host).run();
}

}  // namespace studio
