// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's project: opened when the engine is there, fed with what the window's parts want
// kept.
#include "ui/project_desk.h"

#include <QDir>

namespace studio::ui {

ProjectDesk::ProjectDesk(const Catalogue& catalogue,
                         PoolTasks& tasks,
                         const QString& folder,
                         const QString& name,
                         const QString& settings_file,
                         QObject* parent)
    : QObject(parent),
      catalogue_(catalogue),
      tasks_(tasks),
      folder_(folder),
      name_(name),
      recent_(settings_file) {}

ProjectDesk::~ProjectDesk() {
  presets_.reset();
  project_.reset();
}

QString ProjectDesk::sweepsFolder() const {
  return QDir(folder_).filePath(QStringLiteral("sweeps"));
}

void ProjectDesk::open(Engine* engine) {
  codec_ = {[engine](std::string_view json) { return engine->parse_job(std::string(json)); },
            [engine](const GenerationRequest& request) { return engine->job_json(request); }};
  const QString resources = QString::fromStdString(engine->resources_path());
  presets_ = std::make_unique<PresetStore>(
      catalogue_,
      codec_,
      resources.isEmpty() ? QString() : QDir(resources).filePath(QStringLiteral("presets")),
      PresetStore::defaultUserFolder());
  connect(presets_.get(), &PresetStore::problem, this, &ProjectDesk::problem);
  connect(presets_.get(), &PresetStore::note, this, &ProjectDesk::note);
  if (QFileInfo::exists(projectFilePath(folder_))) {
    Project::open(
        folder_, catalogue_, codec_, tasks_, this, [this](Result<std::unique_ptr<Project>> made) {
          take(std::move(made), false);
        });
  } else {
    Project::create(folder_,
                    name_,
                    catalogue_,
                    codec_,
                    tasks_,
                    this,
                    [this](Result<std::unique_ptr<Project>> made) { take(std::move(made), true); });
  }
}

void ProjectDesk::take(Result<std::unique_ptr<Project>> made, bool is_first) {
  if (!made) {
    Q_EMIT problem(tr("This session's settings are not kept: %1")
                       .arg(QString::fromStdString(made.error().message)));
    Q_EMIT opened(nullptr, is_first);
    return;
  }
  project_ = std::move(made).value();
  connect(project_.get(), &Project::saved, this, &ProjectDesk::saved);
  connect(project_.get(), &Project::problem, this, &ProjectDesk::problem);
  connect(project_.get(), &Project::note, this, &ProjectDesk::note);
  presets_->setProject(project_.get());
  recent_.add(folder_, project_->name());
  Q_EMIT opened(project_.get(), is_first);
  if (job_) project_->setJob(*std::exchange(job_, std::nullopt));
  QStringList sentences = project_->problems();
  if (project_->isReadOnly()) {
    sentences.prepend(
        tr("The project is open for reading only: %1. New pictures and changes are not kept in it.")
            .arg(project_->readOnlyReason()));
  }
  if (!sentences.isEmpty()) Q_EMIT problem(sentences.join(QChar(' ')));
}

void ProjectDesk::keepJob(const GenerationRequest& job) {
  if (project_ == nullptr) {
    job_ = job;
    return;
  }
  if (!project_->isReadOnly()) project_->setJob(job);
}

void ProjectDesk::keepPart(const QString& key, const QJsonValue& value) {
  if (project_ != nullptr && !project_->isReadOnly()) project_->setPart(key, value);
}

void ProjectDesk::close() {
  if (presets_) presets_->finish();
  if (project_ == nullptr) return;
  if (auto done = project_->flush(); !done)
    Q_EMIT problem(QString::fromStdString(done.error().message));
}

}  // namespace studio::ui
