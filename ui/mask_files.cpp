// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Painted masks as files.
#include "ui/mask_files.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QImageWriter>
#include <QPainter>
#include <QSaveFile>

#include <cstring>

namespace studio::ui {
namespace {

// What the engine reads of a picture at most.
constexpr qint64 kMostSide = 32'768, kMostPixels = (qint64{512} << 20) / 3;

QString text(const char* source) { return QCoreApplication::translate("MaskFiles", source); }

Error notWritten(const QString& path, const QString& why) {
  return {ErrorCode::Io,
          text("The mask could not be written to %1: %2.")
              .arg(QDir::toNativeSeparators(path), why)
              .toStdString()};
}

}  // namespace

std::optional<MaskPlace> maskPlaceFor(QSize picture, QSize job) {
  if (picture.isEmpty() || job.isEmpty()) return std::nullopt;
  const MaskPlace place = mask_place(picture.width(), picture.height(), job.width(), job.height());
  if (place.width > kMostSide || place.height > kMostSide ||
      place.width * place.height > kMostPixels)
    return std::nullopt;
  return place;
}

QImage wholeMask(const QImage& painted, const MaskPlace& place) {
  QImage whole(
      static_cast<int>(place.width), static_cast<int>(place.height), QImage::Format_Grayscale8);
  whole.fill(0);
  for (int y = 0; y < painted.height(); ++y) {
    std::memcpy(whole.scanLine(y + static_cast<int>(place.part.y)) + place.part.x,
                painted.constScanLine(y),
                static_cast<std::size_t>(painted.width()));
  }
  return whole;
}

QString maskFileName(const QImage& mask) {
  QCryptographicHash hash(QCryptographicHash::Sha256);
  hash.addData(QStringLiteral("%1x%2:").arg(mask.width()).arg(mask.height()).toLatin1());
  for (int y = 0; y < mask.height(); ++y)
    hash.addData(QByteArray::fromRawData(reinterpret_cast<const char*>(mask.constScanLine(y)),
                                         mask.width()));
  return QStringLiteral("mask-%1.png").arg(QString::fromLatin1(hash.result().toHex().left(16)));
}

Result<void> writeMask(const QImage& mask, const QString& path) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return notWritten(path, file.errorString());
  QImageWriter writer(&file, "png");
  if (!writer.write(mask)) {
    const QString why =
        file.error() != QFileDevice::NoError ? file.errorString() : writer.errorString();
    file.cancelWriting();
    return notWritten(path, why);
  }
  if (!file.commit()) return notWritten(path, file.errorString());
  return {};
}

Result<QString> keepMask(const QImage& mask, const QString& folder) {
  const QString path = QDir(folder).filePath(maskFileName(mask));
  if (!QDir().mkpath(folder)) return notWritten(path, text("the folder cannot be made"));
  if (QFileInfo::exists(path)) {
    const QImage there(path);
    if (there.format() == QImage::Format_Grayscale8 && there == mask) return path;
  }
  if (auto done = writeMask(mask, path); !done) return done.error();
  return path;
}

}  // namespace studio::ui
