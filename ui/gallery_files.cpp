// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture files of a project, and what their first bytes say.
#include "ui/gallery_files.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

namespace studio::ui {
namespace {

constexpr char kSweeps[] = "sweeps/";
constexpr char kTwinEnd[] = "-twin.png";
constexpr qint64 kMostText = 1 << 16;   // bytes
constexpr qint64 kMostChunk = 1 << 24;  // of a text that is looked into
constexpr int kMostChunks = 1 << 20;    // a hostile file may hold millions of empty ones

QString text(const char* source) { return QCoreApplication::translate("GalleryFiles", source); }

bool isPng(const QString& name) {
  return name.endsWith(QLatin1String(".png"), Qt::CaseInsensitive);
}

// Of folders, relative: whether pictures below may be listed.
bool isOpenFolder(const QString& relative) {
  const QStringList parts = relative.split(QLatin1Char('/'), Qt::SkipEmptyParts);
  for (const QString& part : parts) {
    if (part.startsWith(QLatin1Char('.'))) return false;
  }
  if (parts.isEmpty()) return true;
  if (parts[0] == QLatin1String("presets") || parts[0] == QLatin1String("masks")) return false;
  return parts[0] != QLatin1String("sweeps") || parts.size() < 3 ||
         parts[2] == QLatin1String("cells");
}

// Of the folders that may be passed through, those whose own files count.
bool holdsPictures(const QString& relative) {
  if (!isOpenFolder(relative)) return false;
  const QStringList parts = relative.split(QLatin1Char('/'), Qt::SkipEmptyParts);
  return parts.isEmpty() || parts[0] != QLatin1String("sweeps") || parts.size() >= 3;
}

void addFolder(GalleryListing& listing,
               const QString& folder,
               const QString& relative,
               QStringList& below) {
  listing.folders << folder;
  const bool counts = holdsPictures(relative);
  QDirIterator it(folder, QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot);
  while (it.hasNext()) {
    it.next();
    const QFileInfo info = it.fileInfo();
    const QString path =
        relative.isEmpty() ? info.fileName() : relative + QLatin1Char('/') + info.fileName();
    if (info.isDir()) {
      if (!info.isSymLink() && isOpenFolder(path)) below << path;
    } else if (counts && isPng(path)) {
      listing.files.push_back({path, info.lastModified().toMSecsSinceEpoch(), info.size()});
    }
  }
}

// The text of a chunk: Latin-1 plain or compressed, or UTF-8 either way. Empty when malformed.
QString chunkText(const QByteArray& type, const QByteArray& data, qsizetype after_keyword) {
  QByteArray body = data.mid(after_keyword);
  bool compressed = false;
  if (type == "zTXt") {
    if (body.isEmpty() || body[0] != 0) return {};
    body.remove(0, 1);
    compressed = true;
  } else if (type == "iTXt") {
    if (body.size() < 2) return {};
    compressed = body[0] != 0;
    const qsizetype language = body.indexOf('\0', 2);
    const qsizetype translated = language < 0 ? -1 : body.indexOf('\0', language + 1);
    if (translated < 0) return {};
    body.remove(0, translated + 1);
  }
  if (compressed) {
    // qUncompress() wants the expected size first; a wrong one only costs it another try, a small
    // limit keeps a hostile text from filling the memory.
    if (body.size() > kMostText) return {};
    QByteArray sized(4, '\0');
    qToBigEndian<quint32>(kMostText, sized.data());
    body = qUncompress(sized + body);
  }
  body.truncate(kMostText);
  return type == "iTXt" ? QString::fromUtf8(body) : QString::fromLatin1(body);
}

struct Chunk {
  quint32 length;
  QByteArray type;
};

void takeText(PngFacts& facts, QFile& file, const Chunk& chunk) {
  if (chunk.length > kMostChunk) return;
  const QByteArray start = file.peek(80);
  const qsizetype end = start.indexOf('\0');
  if (end <= 0 || end > static_cast<qsizetype>(chunk.length)) return;
  const QByteArray keyword = start.left(end);
  if (keyword == "seg-studio") facts.has_job = true;
  if (keyword == "parameters" && facts.foreign_text.isEmpty())
    facts.foreign_text = chunkText(chunk.type, file.peek(chunk.length), end + 1);
}

bool takeHeader(PngFacts& facts, QFile& file, const Chunk& chunk) {
  const QByteArray header = file.peek(8);
  if (chunk.type != "IHDR" || chunk.length != 13 || header.size() < 8) {
    facts.problem = text("it does not begin like a PNG picture");
    return false;
  }
  const quint32 width = qFromBigEndian<quint32>(header.constData()),
                height = qFromBigEndian<quint32>(header.constData() + 4);
  if (width == 0 || height == 0 || width > 0x7fffffff || height > 0x7fffffff) {
    facts.problem = text("it states an impossible size");
    return false;
  }
  facts.width_px = static_cast<int>(width);
  facts.height_px = static_cast<int>(height);
  return true;
}

}  // namespace

GalleryListing listPictures(const QString& project, const std::atomic<bool>& stop) {
  GalleryListing listing;
  const QFileInfo root(project);
  if (!root.isDir()) {
    listing.problem = text("There is no folder %1.").arg(QDir::toNativeSeparators(project));
    return listing;
  }
  if (!root.isReadable()) {
    listing.problem = text("The folder %1 may not be read.").arg(QDir::toNativeSeparators(project));
    return listing;
  }
  QStringList waiting{QString()};
  while (!waiting.isEmpty() && !stop) {
    const QString relative = waiting.takeLast();
    const QString folder = relative.isEmpty() ? project : QDir(project).filePath(relative);
    addFolder(listing, folder, relative, waiting);
  }
  return listing;
}

GalleryListing listFolder(const QString& project, const QString& folder) {
  GalleryListing listing;
  QString relative = QDir(project).relativeFilePath(folder);
  if (relative == QLatin1String(".")) relative.clear();
  QStringList below;
  if (isOpenFolder(relative)) addFolder(listing, folder, relative, below);
  listing.folders.clear();
  for (const QString& path : below) listing.folders << QDir(project).filePath(path);
  return listing;
}

bool isGalleryPath(const QString& relative) {
  if (relative.startsWith(QLatin1String("../")) || QDir::isAbsolutePath(relative)) return false;
  const qsizetype slash = relative.lastIndexOf(QLatin1Char('/'));
  return isPng(relative) && holdsPictures(slash < 0 ? QString() : relative.left(slash));
}

bool isInSweep(const QString& relative) { return relative.startsWith(QLatin1String(kSweeps)); }

QString twinStemOf(const QString& relative) {
  const QLatin1String end(kTwinEnd);
  return relative.endsWith(end) ? relative.chopped(end.size()) : QString();
}

PngFacts probePng(const QString& path) {
  PngFacts facts;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    facts.problem = text("it cannot be opened: %1").arg(file.errorString());
    return facts;
  }
  const QByteArray magic = file.read(8);
  if (magic.isEmpty()) {
    facts.problem = text("it is empty");
    return facts;
  }
  if (magic != QByteArray::fromHex("89504e470d0a1a0a")) {
    facts.problem = text("it is not a PNG picture");
    return facts;
  }
  bool has_pixels = false;
  for (int count = 0; count < kMostChunks; ++count) {
    const QByteArray head = file.read(8);
    if (head.size() < 8) break;
    const Chunk chunk{qFromBigEndian<quint32>(head.constData()), head.mid(4)};
    if (count == 0 && !takeHeader(facts, file, chunk)) return facts;
    if (chunk.type == "IEND") {
      if (!has_pixels) facts.problem = text("it holds no pixels");
      return facts;
    }
    if (chunk.type == "IDAT") has_pixels = true;
    if (chunk.type == "tEXt" || chunk.type == "zTXt" || chunk.type == "iTXt")
      takeText(facts, file, chunk);
    const qint64 next = file.pos() + qint64(chunk.length) + 4;
    if (next > file.size() || !file.seek(next)) break;
  }
  facts.problem = text("it is cut off: the end of the file is missing");
  return facts;
}

}  // namespace studio::ui
