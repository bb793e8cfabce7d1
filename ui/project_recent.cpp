// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The projects opened last.
#include "ui/project_recent.h"

#include "ui/project_file.h"
#include "ui/project_salvage.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QImageReader>
#include <QSettings>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr std::size_t kMost = 30;
const QString kGroup = QStringLiteral("projects/recent");
const QString kFolder = QStringLiteral("folder");
const QString kName = QStringLiteral("name");
const QString kOpened = QStringLiteral("opened");

// project.json begins with the name; the pictures of presets further on are not read for it.
QString nameIn(const QString& path) {
  constexpr qint64 kEnough = 16 << 10;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  return salvageJson(file.read(kEnough)).root.value(kName).toString();
}

QImage readScaled(const QString& path, int side_px) {
  constexpr int kLargestMb = 256;
  QImageReader reader(path);
  reader.setAllocationLimit(kLargestMb);
  const QSize size = reader.size();
  if (size.isValid()) reader.setScaledSize(size.scaled(side_px, side_px, Qt::KeepAspectRatio));
  return reader.read();
}

}  // namespace

RecentProjects::RecentProjects(const QString& settings_file)
    : file_(settings_file.isEmpty() ? QSettings(QSettings::IniFormat,
                                                QSettings::UserScope,
                                                QStringLiteral("seg-studio"),
                                                QStringLiteral("seg-studio"))
                                          .fileName()
                                    : settings_file) {}

std::vector<RecentProject> RecentProjects::list() const {
  QSettings settings(file_, QSettings::IniFormat);
  std::vector<RecentProject> projects;
  const int count = std::clamp(settings.beginReadArray(kGroup), 0, static_cast<int>(kMost));
  for (int i = 0; i < count; ++i) {
    settings.setArrayIndex(i);
    RecentProject project{settings.value(kFolder).toString(),
                          settings.value(kName).toString(),
                          QDateTime::fromString(settings.value(kOpened).toString(), Qt::ISODate)};
    if (!project.folder.isEmpty()) projects.push_back(std::move(project));
  }
  settings.endArray();
  return projects;
}

void RecentProjects::add(const QString& folder, const QString& name) {
  auto projects = list();
  const QString place = QDir(folder).absolutePath();
  std::erase_if(projects, [&](const RecentProject& one) { return one.folder == place; });
  projects.insert(projects.begin(), {place, name, QDateTime::currentDateTime()});
  if (projects.size() > kMost) projects.resize(kMost);
  store(projects);
}

void RecentProjects::remove(const QString& folder) {
  auto projects = list();
  std::erase_if(projects, [&](const RecentProject& one) { return one.folder == folder; });
  store(projects);
}

void RecentProjects::store(const std::vector<RecentProject>& projects) const {
  QSettings settings(file_, QSettings::IniFormat);
  settings.remove(kGroup);
  settings.beginWriteArray(kGroup, static_cast<int>(projects.size()));
  for (std::size_t i = 0; i < projects.size(); ++i) {
    settings.setArrayIndex(static_cast<int>(i));
    settings.setValue(kFolder, projects[i].folder);
    settings.setValue(kName, projects[i].name);
    settings.setValue(kOpened, projects[i].opened.toString(Qt::ISODate));
  }
  settings.endArray();
}

ProjectGlance glanceAt(const QString& folder, int side_px, const std::atomic<bool>& stop) {
  ProjectGlance glance;
  if (stop) return glance;
  if (!QFileInfo(folder).isDir()) {
    glance.state = ProjectGlance::State::FolderMissing;
    return glance;
  }
  const QFileInfo file(projectFilePath(folder));
  if (!file.isFile()) {
    glance.state = ProjectGlance::State::NoProject;
    return glance;
  }
  glance.state = ProjectGlance::State::There;
  glance.changed = file.lastModified();
  glance.name = nameIn(file.absoluteFilePath());
  QDirIterator files(
      QDir(folder).filePath(QStringLiteral("images")), {QStringLiteral("*.png")}, QDir::Files);
  QString newest;
  QDateTime newest_time;
  while (files.hasNext() && !stop) {
    files.next();
    ++glance.pictures;
    const QDateTime time = files.fileInfo().lastModified();
    if (newest.isEmpty() || time > newest_time) {
      newest = files.filePath();
      newest_time = time;
    }
  }
  if (!newest.isEmpty() && !stop) glance.picture = readScaled(newest, side_px);
  if (newest_time.isValid()) glance.changed = std::max(glance.changed, newest_time);
  return glance;
}

}  // namespace studio::ui
