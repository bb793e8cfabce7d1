// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Ratings and tags beside the pictures. They live in `ratings.jsonl` in the project folder, one
// JSON object a line ({"path": "images/a.png", "rating": 4, "favourite": true, "tags": ["best"]}),
// keyed by the path relative to the project; the last line of a path wins. That file is the truth:
// the index in gallery.sqlite only mirrors it, so ratings and tags survive the index. A line cut
// off by a crash is ignored; lines nobody understands are kept as they are.
#pragma once

#include "ui/gallery_types.h"

#include <QByteArrayList>
#include <QHash>
#include <QString>

namespace studio::ui {

// Used by one thread at a time. Blocks on disk.
class GalleryMarks {
 public:
  // Reads the folder's file; a missing one means no marks. Returns what is wrong, "" when nothing
  // is. A file with many outdated lines is written anew unless `read_only`.
  QString open(const QString& folder, bool read_only);

  GalleryMark of(const QString& path) const { return marks_.value(path); }
  const QHash<QString, GalleryMark>& all() const { return marks_; }

  // Writes the new marks of some pictures and flushes them to disk. Returns a sentence when that
  // failed, and then nothing has changed; "" when it is done.
  QString set(const QHash<QString, GalleryMark>& changed);

  // Whether another program has changed the file since it was read.
  bool isStale() const;

  static QString fileIn(const QString& folder);
  // A tag as it is kept: one line without commas, inner spaces single. "" when nothing is left.
  static QString tidyTag(const QString& tag);

 private:
  QString read();
  QString compact();
  void rememberFile();

  QString folder_;
  bool read_only_ = false;
  QHash<QString, GalleryMark> marks_;
  QByteArrayList unknown_;  // lines of some other version of this program
  int lines_ = 0;
  qint64 known_bytes_ = -1, known_ms_ = -1;
};

// `mark` with the change made to it.
GalleryMark changed(GalleryMark mark, const GalleryMarkChange& change);

}  // namespace studio::ui
