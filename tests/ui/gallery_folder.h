// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Project folders full of small pictures, for tests of the gallery.
#pragma once

#include <QBuffer>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

#include <utility>

namespace studio::test {

struct MadePicture {
  QString prompt = QStringLiteral("a red apple");
  qint64 seed = 1;
  double scale = 3.0;
  QString sigma = QStringLiteral("inf");
  QString model = QStringLiteral("emoji-sdxl");
  int side_px = 24;
};

// The bytes of a PNG that carries a job as the fake engine reads it.
inline QByteArray pngOf(const MadePicture& made) {
  QImage image(made.side_px, made.side_px, QImage::Format_RGB32);
  image.fill(QColor::fromHsv(static_cast<int>(made.seed * 37 % 360), 160, 210));
  const QJsonObject job{{"model", made.model},
                        {"prompt", made.prompt},
                        {"seed", QString::number(made.seed)},
                        {"guidance.seg.scale", QString::number(made.scale)},
                        {"guidance.seg.sigma", made.sigma}};
  image.setText("seg-studio", QString::fromUtf8(QJsonDocument(job).toJson()));
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return buffer.data();
}

inline bool writeFile(const QString& path, const QByteArray& bytes) {
  QDir().mkpath(QFileInfo(path).absolutePath());
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

inline bool setAge(const QString& path, const QDateTime& time) {
  QFile file(path);
  return file.open(QIODevice::ReadWrite) &&
         file.setFileTime(time, QFileDevice::FileModificationTime);
}

// A folder with `dir.path()` as the project.
struct GalleryFolder {
  QString path(const QString& relative = {}) const {
    return relative.isEmpty() ? dir.path() : dir.filePath(relative);
  }
  bool add(const QString& relative, const MadePicture& made = {}) const {
    return writeFile(path(relative), pngOf(made));
  }
  // `count` pictures, the first the newest, one minute between two.
  void fill(int count) const {
    const QDateTime now = QDateTime::currentDateTime();
    for (int i = 0; i < count; ++i) {
      const QString name = QStringLiteral("images/%1-guided.png").arg(i, 5, 10, QLatin1Char('0'));
      add(name,
          {.prompt = QStringLiteral("picture number %1").arg(i), .seed = i, .scale = i % 10 * 0.5});
      setAge(path(name), now.addSecs(-60 * (i + 1)));
    }
  }
  QTemporaryDir dir;
};

}  // namespace studio::test
