// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The projects opened last, in the settings file.
#pragma once

#include <QDateTime>
#include <QImage>
#include <QString>

#include <atomic>
#include <vector>

namespace studio::ui {

struct RecentProject {
  QString folder, name;
  QDateTime opened;
};

// What a look at the disk says about a recent project.
struct ProjectGlance {
  enum class State { Unknown, There, FolderMissing, NoProject };
  State state = State::Unknown;
  QString name;  // as project.json has it now, or ""
  QImage picture;
  int pictures = 0;
  QDateTime changed;
};

// Newest first. Threads: the GUI thread.
class RecentProjects {
 public:
  // `settings_file` as for SettingsStore: "" for the user's own.
  explicit RecentProjects(const QString& settings_file);

  std::vector<RecentProject> list() const;
  void add(const QString& folder, const QString& name);
  void remove(const QString& folder);

 private:
  void store(const std::vector<RecentProject>& projects) const;

  QString file_;
};

// Blocks on disk. `side_px`: the picture fits in a square of that side. Gives up soon once `stop`
// is set.
ProjectGlance glanceAt(const QString& folder, int side_px, const std::atomic<bool>& stop);

}  // namespace studio::ui
