// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Between the sweep page, the queue, the project and the engine: folders, runs, checks and exports.
#include "ui/sweep_desk.h"

#include "core/api/image_strip.h"
#include "ui/job_bridge.h"
#include "ui/pool_tasks.h"
#include "ui/project_desk.h"
#include "ui/queue_model.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_marks.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <atomic>

namespace studio::ui {
namespace {

const QString kSpec = QStringLiteral("spec");
const QString kNames = QStringLiteral("names");  // of listed jobs
const QString kFolder = QStringLiteral("folder");
// Larger pictures are hard to open elsewhere; an export makes the full size, in tiles.
constexpr int kOverviewPx = 16'384;

// The job that makes one picture of a sweep: a cell's own, or a cell's twin.
std::optional<GenerationRequest> requestOf(const SweepFolder& sweep,
                                           int picture,
                                           const Catalogue& catalogue) {
  const auto index_of = [&](const std::vector<int>& pictures) {
    const auto found = std::find(pictures.begin(), pictures.end(), picture);
    return found == pictures.end() ? -1 : static_cast<int>(found - pictures.begin());
  };
  if (const int cell = index_of(sweep.picture_of_cell); cell >= 0)
    return sweep.grid->request(static_cast<std::size_t>(cell), catalogue);
  if (const int cell = index_of(sweep.twin_of_cell); cell >= 0)
    return unguided_twin(sweep.grid->request(static_cast<std::size_t>(cell), catalogue), catalogue);
  return std::nullopt;
}

}  // namespace

SweepDesk::SweepDesk(const Parts& parts, QObject* parent)
    : QObject(parent),
      parts_(parts),
      exports_(nullptr, 1),
      notes_(nullptr, 1),
      leaving_(std::make_shared<std::atomic<bool>>(false)) {
  SweepPage* page = &parts_.page;
  QueueModel* queue = &parts_.queue;
  connect(page, &SweepPage::runAsked, this, &SweepDesk::run);
  connect(
      page, &SweepPage::pauseAsked, this, [this](bool pause) { parts_.queue.setPaused(pause); });
  connect(page, &SweepPage::stopAsked, this, [this] {
    parts_.queue.cancel(parts_.queue.rowOf(item_));
    settle();
  });
  connect(page, &SweepPage::bringForwardAsked, this, [this](int picture) {
    if (engine_ != nullptr && parts_.page.job())
      engine_->bring_forward(*parts_.page.job(), picture);
  });
  connect(page, &SweepPage::verifyAsked, this, &SweepDesk::verify);
  connect(page, &SweepPage::exportAsked, this, &SweepDesk::exportSweep);
  connect(page, &SweepPage::specChanged, this, &SweepDesk::keep);
  connect(&page->cells(), &SweepCells::judged, this, &SweepDesk::keepVerdictOf);
  connect(queue, &QueueModel::changed, this, &SweepDesk::settle);
  connect(
      queue,
      &QueueModel::sweepEvent,
      this,
      [this](const QString& id, JobId job, const JobEvent& event) { takeEvent(id, job, event); });
  connect(&parts_.bridge, &JobBridge::happened, this, &SweepDesk::handle);
}

void SweepDesk::takeEvent(const QString& id, JobId job, const JobEvent& event) {
  if (const auto* started = std::get_if<SweepStarted>(&event))
    running_ = Running{id, job, *started};
  if (const auto* cell = std::get_if<CellChanged>(&event); cell != nullptr && running_) {
    if (cell->picture >= 0 && cell->picture < static_cast<int>(running_->started.pictures.size()))
      running_->started.pictures[static_cast<std::size_t>(cell->picture)] = cell->result;
  }
  if (is_terminal(event)) running_.reset();
  if (const auto* finished = std::get_if<SweepFinished>(&event)) writeOverview(finished->folder);
  if (id != item_) return;
  const auto* started = std::get_if<SweepStarted>(&event);
  const QString shown = parts_.page.cells().folder();
  if (started != nullptr) {
    folder_ = QString::fromStdString(started->folder);
    keep();
  }
  parts_.page.handle(job, event);
  const int row = parts_.queue.rowOf(id);
  if (started != nullptr && folder_ != shown)
    takeMarks(*started, row >= 0 && !parts_.queue.item(row).options.resume);
}

void SweepDesk::keepVerdictOf(std::size_t cell) {
  const SweepCells& cells = parts_.page.cells();
  if (cells.folder().isEmpty() || parts_.project.isReadOnly()) return;
  notes_.run(
      this,
      [folder = cells.folder(),
       cell,
       key = QString::fromStdString(cells.resultOfCell(cell).key),
       verdict = cells.verdict(cell)] { return keepVerdict(folder, cell, key, verdict); },
      [this](const Result<void>& kept) {
        if (!kept) Q_EMIT problem(QString::fromStdString(kept.error().message));
      });
}

// What was noted in the folder of a sweep that begins there or goes on.
void SweepDesk::takeMarks(const SweepStarted& started, bool is_new) {
  if (started.folder.empty()) return;
  SweepFolder sweep;
  sweep.folder = started.folder;
  sweep.grid = started.grid;
  sweep.picture_of_cell = started.picture_of_cell;
  sweep.pictures = started.pictures;
  const QStringList names = is_new ? parts_.page.cells().jobNames() : QStringList();
  notes_.run(
      this,
      [sweep, names]() -> Result<SweepMarks> {
        const QString folder = QString::fromStdString(sweep.folder);
        if (auto kept = keepJobNames(folder, names); !kept) return kept.error();
        return readSweepMarks(sweep);
      },
      [this, folder = QString::fromStdString(started.folder)](const Result<SweepMarks>& read) {
        if (!read) return void(Q_EMIT problem(QString::fromStdString(read.error().message)));
        if (parts_.page.cells().folder() != folder) return;
        parts_.page.showMarks(read.value());
      });
}

void SweepDesk::settle() {
  if (item_.isEmpty() || !parts_.page.isRunning() || parts_.page.job()) return;
  const int row = parts_.queue.rowOf(item_);
  const QueueState state = row >= 0 ? parts_.queue.item(row).state : QueueState::Cancelled;
  if (state == QueueState::Waiting || state == QueueState::Running) return;
  parts_.page.showRefused(state == QueueState::Failed ? parts_.queue.item(row).note : QString());
}

// The page came to a sweep that already runs: it is told what happened so far.
void SweepDesk::replayRunning() {
  if (!running_ || running_->item != item_) return;
  parts_.page.handle(running_->job, running_->started);
  if (parts_.queue.isPaused()) parts_.page.handle(running_->job, Paused{true});
}

SweepDesk::~SweepDesk() {
  leaving_->store(true);
  exports_.finish();
}

void SweepDesk::attach(Engine* engine) {
  engine_ = engine;
  parts_.page.setEngine(engine);
  if (engine != nullptr) return;
  // Exports read through the engine.
  leaving_->store(true);
  exports_.finish();
}

int SweepDesk::itemOfFolder(const QString& folder) const {
  for (int row = 0; row < parts_.queue.rowCount(); ++row) {
    const QueueItem& item = parts_.queue.item(row);
    if (item.sweep && QString::fromStdString(item.options.folder) == folder) return row;
  }
  return -1;
}

QString SweepDesk::newFolder() const {
  const QDir sweeps(parts_.project.sweepsFolder());
  const QString name = QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd-HHmmss"));
  QString folder = sweeps.filePath(name);
  for (int n = 2; QFileInfo::exists(folder) || itemOfFolder(folder) >= 0; ++n)
    folder = sweeps.filePath(QStringLiteral("%1-%2").arg(name).arg(n));
  return folder;
}

// Twins and equal cells of the project's other sweeps need not run again.
std::vector<std::string> SweepDesk::otherFolders() const {
  std::vector<std::string> folders;
  const QDir sweeps(parts_.project.sweepsFolder());
  for (const QString& name : sweeps.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Time))
    folders.push_back(sweeps.filePath(name).toStdString());
  return folders;
}

void SweepDesk::run(const SweepSpec& spec, SweepOptions options) {
  if (engine_ == nullptr)
    return parts_.page.showRefused(tr("The engine is still starting; try again in a moment."));
  if (parts_.project.isReadOnly())
    return parts_.page.showRefused(
        tr("The project is open for reading only, so a sweep has nowhere to go."));
  const QString asked = QString::fromStdString(options.folder);
  options.folder = (asked.isEmpty() ? newFolder() : asked).toStdString();
  options.reuse_folders = otherFolders();
  std::erase(options.reuse_folders, options.folder);
  if (const int row = itemOfFolder(asked); row >= 0 && !asked.isEmpty()) {
    if (parts_.queue.item(row).state == QueueState::Running) {
      item_ = parts_.queue.item(row).id;
      return replayRunning();
    }
    // Going on in a folder replaces the item that stood for it.
    parts_.queue.remove(row);
  }
  item_ = QString();
  const bool was_paused_by_an_end = parts_.queue.isPaused() && parts_.queue.runningRow() < 0;
  item_ = parts_.queue.addSweep(spec, options, QueueModel::Place::Front);
  if (was_paused_by_an_end) parts_.queue.setPaused(false);
  keep();
  const int row = parts_.queue.rowOf(item_);
  if (row < 0 || parts_.queue.item(row).state != QueueState::Failed) return;
  const QString why = parts_.queue.item(row).note;
  parts_.queue.remove(row);
  parts_.page.showRefused(why);
}

void SweepDesk::openFolder(const QString& folder, const std::optional<SweepSpec>& edited) {
  if (engine_ == nullptr) return;
  if (parts_.page.isRunning()) {
    Q_EMIT problem(tr("Another sweep is running on this page; stop it first, or let it end."));
    return;
  }
  Engine* engine = engine_;
  parts_.tasks.run(
      this,
      [engine, folder] {
        auto opened = engine->open_sweep(folder.toStdString());
        SweepMarks marks;
        if (opened) marks = readSweepMarks(opened.value());
        return std::pair(std::move(opened), std::move(marks));
      },
      [this, folder, edited](const std::pair<Result<SweepFolder>, SweepMarks>& read) {
        const Result<SweepFolder>& opened = read.first;
        if (!opened) {
          Q_EMIT problem(tr("The sweep in %1 cannot be shown: %2")
                             .arg(folder, QString::fromStdString(opened.error().message)));
          return;
        }
        if (parts_.page.isRunning()) return;  // one has begun meanwhile
        folder_ = folder;
        const int row = itemOfFolder(folder);
        item_ = row >= 0 ? parts_.queue.item(row).id : QString();
        parts_.page.setFolder(opened.value());
        parts_.page.showMarks(read.second);
        if (edited) parts_.page.setSpec(*edited);
        replayRunning();
        QStringList problems;
        for (const std::string& sentence : opened.value().problems)
          problems << QString::fromStdString(sentence);
        if (!problems.isEmpty()) Q_EMIT problem(problems.join(QChar(' ')));
        keep();
      });
}

void SweepDesk::showItem(const QString& id) {
  const int row = parts_.queue.rowOf(id);
  if (row < 0 || !parts_.queue.item(row).sweep || id == item_) return;
  const QueueItem& item = parts_.queue.item(row);
  const QString folder = QString::fromStdString(item.options.folder);
  if (item.options.resume && QFileInfo::exists(folder)) return openFolder(folder);
  if (parts_.page.isRunning()) return;
  item_ = id;
  parts_.page.setSpec(*item.sweep);
}

void SweepDesk::skipInterrupted(const QString& id) {
  const int row = parts_.queue.rowOf(id);
  if (engine_ == nullptr || row < 0) return;
  Engine* engine = engine_;
  parts_.tasks.run(
      this,
      [engine, folder = parts_.queue.item(row).options.folder] {
        return engine->open_sweep(folder);
      },
      [this, id](const Result<SweepFolder>& opened) {
        const int found = parts_.queue.rowOf(id);
        if (found < 0) return;
        if (!opened) {
          Q_EMIT problem(QString::fromStdString(opened.error().message));
          return;
        }
        const int picture = opened.value().interrupted;
        if (picture >= 0) {
          const std::string& key = opened.value().pictures[static_cast<std::size_t>(picture)].key;
          parts_.queue.retrySkipping(found, QString::fromStdString(key));
        } else {
          parts_.queue.retry(found, false);
        }
        parts_.queue.setPaused(false);
      });
}

void SweepDesk::verify(int picture) {
  const QString shown = parts_.page.cells().folder();
  if (engine_ == nullptr || shown.isEmpty())
    return parts_.page.showVerifyFailed(tr("The sweep has no folder yet."));
  if (verification_) return parts_.page.setVerifying(verification_->picture);
  verification_ = Verification{0, picture, {}, {}};
  parts_.page.setVerifying(picture);
  Engine* engine = engine_;
  parts_.tasks.run(
      this,
      [engine, shown] { return engine->open_sweep(shown.toStdString()); },
      [this, picture](const Result<SweepFolder>& opened) { submitVerification(picture, opened); });
}

void SweepDesk::submitVerification(int picture, const Result<SweepFolder>& opened) {
  const auto fail = [this](const QString& message) {
    verification_.reset();
    parts_.page.showVerifyFailed(message);
  };
  if (engine_ == nullptr || !verification_) return;
  if (!opened) return fail(QString::fromStdString(opened.error().message));
  const SweepFolder& sweep = opened.value();
  const auto request = requestOf(sweep, picture, parts_.catalogue);
  if (!request || picture >= static_cast<int>(sweep.pictures.size()))
    return fail(tr("The sweep has no such picture."));
  const CellResult& result = sweep.pictures[static_cast<std::size_t>(picture)];
  if (result.state != CellState::Finished) return fail(tr("The picture is not finished yet."));
  verification_->file =
      QDir(QString::fromStdString(sweep.folder)).filePath(QString::fromStdString(result.file));
  verification_->latents_hash = QString::fromStdString(result.latents_hash);
  RunOptions options;
  options.priority = RunOptions::Priority::Live;
  options.previews = false;
  // As it was made: tiles of the decoder shift pixels a little.
  options.less_memory = result.made.find("less memory") != std::string::npos;
  auto job = engine_->submit(*request, options);
  if (!job) return fail(QString::fromStdString(job.error().message));
  verification_->job = job.value();
}

void SweepDesk::handle(JobId job, const JobEvent& event) {
  if (!verification_ || verification_->job != job || verification_->job == 0) return;
  if (const auto* finished = std::get_if<Finished>(&event)) return takeVerified(*finished);
  if (!is_terminal(event)) return;
  verification_.reset();
  const auto* failed = std::get_if<Failed>(&event);
  parts_.page.showVerifyFailed(failed != nullptr ? QString::fromStdString(failed->error.message)
                                                 : tr("Cancelled"));
}

void SweepDesk::takeVerified(const Finished& finished) {
  const Verification done = *std::exchange(verification_, std::nullopt);
  if (finished.images.empty() || engine_ == nullptr)
    return parts_.page.showVerifyFailed(tr("The job finished without a picture."));
  const bool equal =
      !done.latents_hash.isEmpty() && done.latents_hash.toStdString() == finished.latents_hash;
  Engine* engine = engine_;
  parts_.tasks.run(
      this,
      [engine, done, image = side_by_side(finished.images)]() -> Result<PictureDifference> {
        auto kept = engine->load_png(done.file.toStdString());
        if (!kept) return kept.error();
        return difference(kept.value(), image);
      },
      [this, done, equal](const Result<PictureDifference>& apart) {
        if (!apart)
          return parts_.page.showVerifyFailed(QString::fromStdString(apart.error().message));
        parts_.page.showVerified(done.picture, apart.value(), equal);
      });
}

void SweepDesk::exportSweep(const ExportOptions& options) {
  const QString shown = parts_.page.cells().folder();
  if (engine_ == nullptr || shown.isEmpty())
    return parts_.page.showExported(tr("The sweep has no folder yet."), true);
  Engine* engine = engine_;
  parts_.page.showExported(
      tr("Writing %1…").arg(QFileInfo(QString::fromStdString(options.path)).fileName()), false);
  exports_.run(
      this,
      [engine, options, shown, leaving = leaving_] {
        return engine->export_sweep(
            shown.toStdString(), options, [leaving](double) { return !leaving->load(); });
      },
      [this, options](const Result<void>& done) {
        if (!done)
          return parts_.page.showExported(QString::fromStdString(done.error().message), true);
        parts_.page.showExported(tr("Saved %1.").arg(QString::fromStdString(options.path)), false);
      });
}

// What every finished sweep's folder holds beside its pictures.
void SweepDesk::writeOverview(const std::string& folder) {
  if (engine_ == nullptr) return;
  Engine* engine = engine_;
  exports_.run(
      this,
      [engine, folder, leaving = leaving_]() -> Result<void> {
        const auto keep_going = [leaving](double) { return !leaving->load(); };
        for (const auto& [kind, name] : {std::pair{SweepExport::GridPng, "/grid.png"},
                                         std::pair{SweepExport::Html, "/index.html"}}) {
          ExportOptions options;
          options.kind = kind;
          options.path = folder + name;
          if (kind == SweepExport::GridPng) options.longest_side_px = kOverviewPx;
          if (auto done = engine->export_sweep(folder, options, keep_going); !done) return done;
        }
        return {};
      },
      [this, leaving = leaving_](const Result<void>& done) {
        if (!done && !leaving->load()) Q_EMIT problem(QString::fromStdString(done.error().message));
      });
}

void SweepDesk::keep() {
  if (engine_ == nullptr) return;
  const QByteArray spec = QByteArray::fromStdString(engine_->sweep_json(parts_.page.spec()));
  QJsonObject kept{{kFolder, QDir(parts_.project.folder()).relativeFilePath(folder_)}};
  if (folder_.isEmpty()) kept.remove(kFolder);
  kept[kSpec] = QJsonDocument::fromJson(spec).object();
  const QStringList& names = parts_.page.editor()->listedNames();
  if (!names.isEmpty()) kept[kNames] = QJsonArray::fromStringList(names);
  parts_.project.keepPart(Project::kSweeps, kept);
}

void SweepDesk::restore(const QJsonValue& value) {
  if (engine_ == nullptr) return;
  const QJsonObject kept = value.toObject();
  std::optional<SweepSpec> edited;
  if (kept.contains(kSpec)) {
    auto spec = engine_->parse_sweep(QJsonDocument(kept[kSpec].toObject()).toJson().toStdString());
    if (spec) edited = std::move(spec).value();
    if (edited) showEdited(*edited, kept[kNames]);
  }
  for (int row = 0; row < parts_.queue.rowCount(); ++row) {
    const QueueItem& item = parts_.queue.item(row);
    if (item.sweep && item.state == QueueState::Interrupted)
      return openFolder(QString::fromStdString(item.options.folder));
  }
  const QString folder = QDir(parts_.project.folder()).absoluteFilePath(kept[kFolder].toString());
  if (kept.contains(kFolder) &&
      QFileInfo::exists(QDir(folder).filePath(QStringLiteral("sweep.json"))))
    openFolder(folder, edited);
}

void SweepDesk::showEdited(const SweepSpec& spec, const QJsonValue& names) {
  QStringList read;
  for (const QJsonValue& name : names.toArray()) read << name.toString();
  if (spec.listed.empty()) read.clear();
  parts_.page.setSpec(spec);
  parts_.page.editor()->setListedNames(read);
}

}  // namespace studio::ui
