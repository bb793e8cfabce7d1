// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's project: opened when the engine is there, fed with what the window's parts want
// kept.
#pragma once

#include "core/api/engine.h"
#include "ui/preset_store.h"
#include "ui/project.h"
#include "ui/project_recent.h"

#include <QJsonObject>
#include <QObject>

#include <memory>

namespace studio::ui {

// Until the project is open, what is kept waits here; a project that cannot be opened keeps nothing
// and says so once.
class ProjectDesk : public QObject {
  Q_OBJECT
 public:
  // `name`: of a project that is made here; "" takes the folder's. `settings_file`: "" for the
  // user's own.
  ProjectDesk(const Catalogue& catalogue,
              PoolTasks& tasks,
              const QString& folder,
              const QString& name,
              const QString& settings_file,
              QObject* parent = nullptr);
  ~ProjectDesk() override;

  // Opens the folder's project, or makes one there. The engine must outlive this.
  void open(Engine* engine);
  const QString& folder() const { return folder_; }
  QString sweepsFolder() const;
  Project* project() const { return project_.get(); }
  // Null until open() was called.
  PresetStore* presets() const { return presets_.get(); }
  RecentProjects& recent() { return recent_; }
  bool isReadOnly() const { return project_ != nullptr && project_->isReadOnly(); }

  void keepJob(const GenerationRequest& job);
  // `key`: Project::kSweeps, kLayout or kQueue.
  void keepPart(const QString& key, const QJsonValue& value);
  // Blocks until all is on disk.
  void close();

 Q_SIGNALS:
  // `is_first`: the project has just been made. Null: `problem` said why.
  void opened(studio::ui::Project* project, bool is_first);
  void saved();
  void problem(const QString& sentence);
  void note(const QString& sentence);

 private:
  void take(Result<std::unique_ptr<Project>> made, bool is_first);

  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  const QString folder_;
  const QString name_;  // of a project that is made here
  RecentProjects recent_;
  JobCodec codec_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<PresetStore> presets_;  // before the project goes
  std::optional<GenerationRequest> job_;  // kept before the project was open
};

}  // namespace studio::ui
