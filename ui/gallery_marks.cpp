// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Ratings and tags beside the pictures, as lines of JSON.
#include "ui/gallery_marks.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>
#include <unistd.h>

namespace studio::ui {
namespace {

constexpr int kMostRating = 5;
constexpr int kMostTagLength = 80;
// A file is written anew when more than half of it, and at least this many lines, are outdated.
constexpr int kOutdatedLines = 200;

QString text(const char* source) { return QCoreApplication::translate("GalleryMarks", source); }

QByteArray lineOf(const QString& path, const GalleryMark& mark) {
  const QJsonObject object{{QStringLiteral("path"), path},
                           {QStringLiteral("rating"), mark.rating},
                           {QStringLiteral("favourite"), mark.favourite},
                           {QStringLiteral("tags"), QJsonArray::fromStringList(mark.tags)}};
  return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QStringList tidied(const QStringList& tags) {
  QStringList kept;
  for (const QString& tag : tags) {
    const QString tidy = GalleryMarks::tidyTag(tag);
    if (!tidy.isEmpty() && !kept.contains(tidy, Qt::CaseInsensitive)) kept << tidy;
  }
  kept.sort(Qt::CaseInsensitive);
  return kept;
}

std::optional<std::pair<QString, GalleryMark>> markIn(const QByteArray& line) {
  const QJsonDocument document = QJsonDocument::fromJson(line);
  if (!document.isObject()) return {};
  const QJsonObject object = document.object();
  const QString path = object[QLatin1String("path")].toString();
  if (path.isEmpty()) return {};
  GalleryMark mark;
  mark.rating = std::clamp(object[QLatin1String("rating")].toInt(), 0, kMostRating);
  mark.favourite = object[QLatin1String("favourite")].toBool();
  QStringList tags;
  for (const QJsonValue& tag : object[QLatin1String("tags")].toArray()) tags << tag.toString();
  mark.tags = tidied(tags);
  return std::pair(path, mark);
}

}  // namespace

QString GalleryMarks::fileIn(const QString& folder) {
  return QDir(folder).filePath(QStringLiteral("ratings.jsonl"));
}

QString GalleryMarks::tidyTag(const QString& tag) {
  QString tidy = tag;
  tidy.replace(QLatin1Char(','), QLatin1Char(' '));
  return tidy.simplified().left(kMostTagLength).trimmed();
}

QString GalleryMarks::open(const QString& folder, bool read_only) {
  folder_ = folder;
  read_only_ = read_only;
  const QString problem = read();
  if (!problem.isEmpty() || read_only_) return problem;
  const int outdated = lines_ - static_cast<int>(marks_.size() + unknown_.size());
  return outdated > kOutdatedLines && 2 * outdated > lines_ ? compact() : QString();
}

QString GalleryMarks::read() {
  marks_.clear();
  unknown_.clear();
  lines_ = 0;
  QFile file(fileIn(folder_));
  rememberFile();
  if (!file.exists()) return {};
  if (!file.open(QIODevice::ReadOnly)) {
    return text("The ratings in %1 cannot be read: %2")
        .arg(QDir::toNativeSeparators(file.fileName()), file.errorString());
  }
  while (!file.atEnd()) {
    const QByteArray line = file.readLine();
    if (line.trimmed().isEmpty()) continue;
    ++lines_;
    if (const auto found = markIn(line)) {
      marks_.insert(found->first, found->second);
    } else if (line.endsWith('\n')) {
      unknown_ << line;
    }
  }
  return {};
}

void GalleryMarks::rememberFile() {
  const QFileInfo info(fileIn(folder_));
  known_bytes_ = info.exists() ? info.size() : -1;
  known_ms_ = info.exists() ? info.lastModified().toMSecsSinceEpoch() : -1;
}

bool GalleryMarks::isStale() const {
  const QFileInfo info(fileIn(folder_));
  if (!info.exists()) return known_bytes_ >= 0;
  return info.size() != known_bytes_ || info.lastModified().toMSecsSinceEpoch() != known_ms_;
}

// Failing to tidy up is no loss: the long file stays.
QString GalleryMarks::compact() {
  QSaveFile file(fileIn(folder_));
  if (!file.open(QIODevice::WriteOnly)) return {};
  for (const QByteArray& line : unknown_) file.write(line);
  QStringList paths = marks_.keys();
  paths.sort();
  int written = static_cast<int>(unknown_.size());
  for (const QString& path : paths) {
    const GalleryMark mark = marks_.value(path);
    if (mark.isEmpty()) continue;
    file.write(lineOf(path, mark));
    ++written;
  }
  if (file.commit()) lines_ = written;
  rememberFile();
  return {};
}

QString GalleryMarks::set(const QHash<QString, GalleryMark>& changed) {
  if (read_only_)
    return text("This project is open for reading only: ratings and tags cannot be kept.");
  if (changed.isEmpty()) return {};
  QFile file(fileIn(folder_));
  if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered)) {
    return text("Ratings and tags cannot be written to %1: %2")
        .arg(QDir::toNativeSeparators(file.fileName()), file.errorString());
  }
  const qint64 before = file.size();
  QByteArray lines;
  if (before > 0 && file.seek(before - 1)) {
    // Whatever a crash cut off ends here, so that it spoils no other line.
    if (file.read(1) != "\n") lines += '\n';
  }
  for (auto it = changed.begin(); it != changed.end(); ++it) lines += lineOf(it.key(), it.value());
  const bool done =
      file.seek(before) && file.write(lines) == lines.size() && ::fsync(file.handle()) == 0;
  if (!done) {
    const QString why = file.errorString();
    file.resize(before);
    return text("Ratings and tags could not be kept, writing to %1 failed: %2")
        .arg(QDir::toNativeSeparators(file.fileName()), why);
  }
  file.close();
  for (auto it = changed.begin(); it != changed.end(); ++it) marks_.insert(it.key(), it.value());
  lines_ += static_cast<int>(changed.size());
  rememberFile();
  return {};
}

GalleryMark changed(GalleryMark mark, const GalleryMarkChange& change) {
  if (change.rating) mark.rating = std::clamp(*change.rating, 0, kMostRating);
  if (change.favourite) mark.favourite = *change.favourite;
  QStringList tags = mark.tags;
  for (const QString& tag : change.remove_tags) {
    const QString tidy = GalleryMarks::tidyTag(tag);
    erase_if(tags, [&](const QString& own) { return own.compare(tidy, Qt::CaseInsensitive) == 0; });
  }
  mark.tags = tidied(tags + change.add_tags);
  return mark;
}

}  // namespace studio::ui
