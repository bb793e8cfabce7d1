// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Files to the desktop's wastebasket and back.
#include "ui/gallery_trash.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

namespace studio::ui {
namespace {

QString text(const char* source) { return QCoreApplication::translate("GalleryTrash", source); }

// The desktop's note of where a file in its wastebasket came from.
void removeTrashNote(const QString& in_trash) {
  const QFileInfo info(in_trash);
  const QDir files = info.dir();
  if (files.dirName() != QLatin1String("files")) return;
  QFile::remove(files.filePath(QStringLiteral("../info/%1.trashinfo").arg(info.fileName())));
}

// Some versions of Qt move a file into the working folder where there is no wastebasket yet.
bool isWastebasket(const QString& in_trash) {
  QDir folder = QFileInfo(in_trash).dir();
  if (!QDir::isAbsolutePath(in_trash) || folder.dirName() != QLatin1String("files")) return false;
  return folder.cdUp() && folder.absolutePath().contains(QLatin1String("Trash"));
}

}  // namespace

TrashOutcome moveToTrash(const QStringList& paths) {
  TrashOutcome outcome;
  // The wastebasket lies in this folder; a fresh account may not have it yet.
  QDir().mkpath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation));
  for (const QString& path : paths) {
    if (!QFileInfo::exists(path)) continue;
    QFile file(path);
    if (!file.moveToTrash()) {
      outcome.problem = text("%1 could not be moved to the wastebasket, so it stays: %2")
                            .arg(QDir::toNativeSeparators(path), file.errorString());
      return outcome;
    }
    // The file object names its new place.
#if defined(Q_OS_LINUX)
    if (const QString now = file.fileName(); now != path && !isWastebasket(now)) {
      const bool is_back = file.rename(path);
      if (is_back) removeTrashNote(now);
      outcome.problem =
          is_back ? text("There is no wastebasket for %1, so it stays.")
                        .arg(QDir::toNativeSeparators(path))
                  : text("There is no wastebasket for %1; it now lies in %2.")
                        .arg(QDir::toNativeSeparators(path), QDir::toNativeSeparators(now));
      return outcome;
    }
#endif
    outcome.moved.push_back({path, file.fileName() == path ? QString() : file.fileName()});
  }
  return outcome;
}

QString restoreFromTrash(const std::vector<TrashedFile>& files, QStringList& restored) {
  QString problem;
  const auto note = [&](const QString& sentence) {
    if (problem.isEmpty()) problem = sentence;
  };
  for (const TrashedFile& file : files) {
    const QString shown = QDir::toNativeSeparators(file.path);
    if (file.in_trash.isEmpty()) {
      note(text("Where %1 lies in the wastebasket is not known; the file manager can restore it.")
               .arg(shown));
    } else if (QFileInfo::exists(file.path)) {
      note(text("%1 exists again; the one in the wastebasket stays there.").arg(shown));
    } else {
      QDir().mkpath(QFileInfo(file.path).absolutePath());
      QFile back(file.in_trash);
      if (!back.rename(file.path)) {
        note(text("%1 could not be put back: %2").arg(shown, back.errorString()));
        continue;
      }
      removeTrashNote(file.in_trash);
      restored << file.path;
    }
  }
  return problem;
}

}  // namespace studio::ui
