// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture files of a project, and what their first bytes say. Everything here blocks on disk.
#pragma once

#include <QString>
#include <QStringList>

#include <atomic>
#include <vector>

namespace studio::ui {

struct GalleryFile {
  QString path;  // relative to the project folder, with '/'
  qint64 modified_ms = 0;
  qint64 bytes = 0;
};

struct GalleryListing {
  std::vector<GalleryFile> files;
  QStringList folders;  // absolute; those that may hold pictures, for a watcher
  QString problem;      // why the folder cannot be listed
};

// All PNG files of the project: its root, and every folder below but hidden ones, presets/, and
// what a sweep keeps beside its cells (grids and exports are made from pictures that are listed).
// Links to folders are not followed. `stop` ends it early.
GalleryListing listPictures(const QString& project, const std::atomic<bool>& stop);
// The same of one folder, without those below. `folder` is absolute and inside the project.
GalleryListing listFolder(const QString& project, const QString& folder);
// Whether listPictures() would list a file at this relative path.
bool isGalleryPath(const QString& relative);

bool isInSweep(const QString& relative);
// "images/a" for "images/a-twin.png"; empty for other pictures.
QString twinStemOf(const QString& relative);

// What can be said about a PNG without decoding it.
struct PngFacts {
  int width_px = 0, height_px = 0;
  bool has_job = false;  // a text chunk of this program
  QString foreign_text;  // the text other programs write about a picture, at most 64 KiB
  QString problem;       // why it is no whole PNG: a sentence without the file's name
};
// Walks the chunks; reads only their heads and the texts.
PngFacts probePng(const QString& path);

}  // namespace studio::ui
