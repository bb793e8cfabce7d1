// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An open project and its autosave.
#include "ui/project.h"

#include <QDir>
#include <QSignalBlocker>
#include <QTimer>

#include <algorithm>
#include <future>

namespace studio::ui {
namespace {

constexpr int kLongestRetryMs = 60'000;

}  // namespace

const QString Project::kSweeps = QStringLiteral("sweeps");
const QString Project::kLayout = QStringLiteral("layout");
const QString Project::kQueue = QStringLiteral("queue");

void Project::open(const QString& path,
                   const Catalogue& catalogue,
                   const JobCodec& codec,
                   PoolTasks& tasks,
                   QObject* context,
                   Opened done) {
  tasks.run(
      context,
      [path, &catalogue, codec] { return loadProject(path, catalogue, codec); },
      [codec, done = std::move(done)](Result<ProjectLoad> load) {
        if (!load) return done(load.error());
        done(std::make_unique<Project>(std::move(load).value(), codec));
      });
}

void Project::create(const QString& folder,
                     const QString& name,
                     const Catalogue& catalogue,
                     const JobCodec& codec,
                     PoolTasks& tasks,
                     QObject* context,
                     Opened done) {
  tasks.run(
      context,
      [folder, name, &catalogue, codec] { return createProject(folder, name, catalogue, codec); },
      [codec, done = std::move(done)](Result<ProjectLoad> load) {
        if (!load) return done(load.error());
        done(std::make_unique<Project>(std::move(load).value(), codec));
      });
}

Project::Project(ProjectLoad load, const JobCodec& codec, ProjectOptions options)
    : folder_(load.folder),
      read_only_reason_(load.read_only_reason),
      problems_(load.problems),
      options_(std::move(options)),
      state_(std::move(load.state)),
      lock_(std::move(load.lock)),
      writer_(std::make_shared<ProjectWriter>(folder_, load.stamp, codec, options_.write_file)),
      timer_(new QTimer(this)),
      next_retry_ms_(options_.retry_ms) {
  timer_->setSingleShot(true);
  connect(timer_, &QTimer::timeout, this, &Project::write);
}

Project::~Project() {
  const QSignalBlocker quiet(this);  // who listens may be half gone
  (void)flush();
}

QString Project::imagesFolder() const { return QDir(folder_).filePath(QStringLiteral("images")); }
QString Project::sweepsFolder() const { return QDir(folder_).filePath(QStringLiteral("sweeps")); }
QString Project::galleryPath() const {
  return QDir(folder_).filePath(QStringLiteral("gallery.sqlite"));
}

void Project::setName(const QString& name) {
  if (name == state_.name) return;
  state_.name = name;
  changed();
  Q_EMIT nameChanged(name);
}

void Project::setNotes(const QString& notes) {
  if (notes == state_.notes) return;
  state_.notes = notes;
  changed();
}

void Project::setJob(const GenerationRequest& job) {
  if (state_.job == job) return;
  state_.job = job;
  state_.unread_job = QJsonValue::Undefined;
  changed();
}

void Project::setPresets(std::vector<Preset> presets) {
  if (presets == state_.presets) return;
  state_.presets = std::move(presets);
  changed();
  Q_EMIT presetsChanged();
}

void Project::setPart(const QString& key, const QJsonValue& value) {
  if (state_.parts.value(key) == value) return;
  if (value.isUndefined()) {
    state_.parts.remove(key);
  } else {
    state_.parts.insert(key, value);
  }
  changed();
}

void Project::changed() {
  if (isReadOnly()) {
    if (!std::exchange(told_read_only_, true)) {
      Q_EMIT problem(
          tr("Changes to this project are not kept, because %1.").arg(read_only_reason_));
    }
    return;
  }
  const bool was_saved = isSaved();
  ++revision_;
  // A change while others wait does not put them off; one that follows a failure tries at once.
  if (!timer_->isActive() || timer_->interval() > options_.autosave_ms)
    timer_->start(options_.autosave_ms);
  if (was_saved) Q_EMIT savedChanged(false);
}

void Project::write() {
  if (writing_ || isSaved()) return;  // finishWrite() goes on with what has changed meanwhile
  writing_ = true;
  tasks_.run([writer = writer_, state = state_] { return writer->write(state); },
             [this, revision = revision_](const Result<ProjectWriter::Written>& done) {
               writing_ = false;
               finishWrite(revision, done);
             });
}

void Project::finishWrite(quint64 revision, const Result<ProjectWriter::Written>& done) {
  if (revision <= saved_revision_) {  // flush() was faster with something newer
    if (done && !done.value().note.isEmpty()) Q_EMIT note(done.value().note);
    return;
  }
  if (!done) {
    const QString sentence = QString::fromStdString(done.error().message);
    timer_->start(next_retry_ms_);
    next_retry_ms_ = std::min(2 * next_retry_ms_, std::max(kLongestRetryMs, options_.retry_ms));
    if (std::exchange(write_problem_, sentence) != sentence) {
      Q_EMIT problem(tr("The project could not be saved; it is kept in memory and tried again. %1")
                         .arg(sentence));
    }
    return;
  }
  saved_revision_ = revision;
  next_retry_ms_ = options_.retry_ms;
  if (!done.value().note.isEmpty()) Q_EMIT note(done.value().note);
  if (!write_problem_.isEmpty()) {
    write_problem_.clear();
    Q_EMIT note(tr("The project is saved again."));
  }
  if (!isSaved()) {
    if (!timer_->isActive()) timer_->start(options_.autosave_ms);
    return;
  }
  timer_->stop();
  Q_EMIT saved();
  Q_EMIT savedChanged(true);
}

Result<void> Project::flush() {
  if (isSaved()) return {};
  timer_->stop();
  // Behind a write that is under way, on the same thread.
  std::promise<Result<ProjectWriter::Written>> promise;
  auto written = promise.get_future();
  tasks_.run(
      [writer = writer_, state = state_, &promise] {
        promise.set_value(writer->write(state));
        return 0;
      },
      [](int) {});
  const auto done = written.get();
  finishWrite(revision_, done);
  if (!done) return done.error();
  return {};
}

}  // namespace studio::ui
