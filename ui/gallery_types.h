// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the gallery knows about pictures, as values that cross threads.
#pragma once

#include "core/api/request.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace studio::ui {

// What a person thinks of a picture. Kept in ratings.jsonl, not in the index.
struct GalleryMark {
  int rating = 0;  // stars, 0..5; 0: not rated
  bool favourite = false;
  QStringList tags;  // sorted, without duplicates

  bool operator==(const GalleryMark&) const = default;
  bool isEmpty() const { return *this == GalleryMark(); }
};

// A change to the marks of one or more pictures; what is absent stays as it is.
struct GalleryMarkChange {
  std::optional<int> rating;
  std::optional<bool> favourite;
  QStringList add_tags, remove_tags;
};

enum class GalleryKind {
  Unread,   // listed, its job is still to be read
  Made,     // carries a job of this program
  Foreign,  // a picture without a job that can be read
  Broken,   // no readable picture; `problem` says why
};

// One picture as the grid shows it.
struct GalleryEntry {
  qint64 id = 0;           // stable while the index lives
  QString path;            // relative to the project folder, with '/'
  qint64 modified_ms = 0;  // since 1970, UTC
  qint64 bytes = 0;
  int width_px = 0, height_px = 0;  // 0: unknown
  GalleryKind kind = GalleryKind::Unread;
  bool in_sweep = false;
  GalleryMark mark;
  QString caption;  // "σ ∞ · s 3"
  QString seed;     // "43"; empty without one
  QString prompt;   // one line, shortened
  QString problem;  // a sentence, of broken pictures and jobs that cannot be read
};

struct GalleryGroup {
  QString title;  // "" when the order has no groups
  int first = 0;
  int count = 0;
};

enum class GalleryScope { All, Singles, Sweeps };
enum class GallerySort { Date, Rating, Name, Parameter };

struct GalleryQuery {
  QString text;  // words, "phrases", key:value and comparisons; see gallery_search.h
  int least_rating = 0;
  bool only_favourites = false;
  QString tag;
  GalleryScope scope = GalleryScope::All;
  QString model;
  std::optional<QDate> since;  // local time
  bool show_twins = false;     // unguided twins as pictures of their own
  GallerySort sort = GallerySort::Date;
  QString sort_parameter;  // a path of job_params(), with GallerySort::Parameter
  bool ascending = false;

  bool operator==(const GalleryQuery&) const = default;
  bool isFiltered() const {
    return !text.trimmed().isEmpty() || least_rating > 0 || only_favourites || !tag.isEmpty() ||
           scope != GalleryScope::All || !model.isEmpty() || since;
  }
};

// The answer to a query, in its order.
struct GalleryRows {
  std::vector<GalleryEntry> entries;
  std::vector<GalleryGroup> groups;  // without gaps; at least one unless entries is empty
  int total = 0;                     // pictures in the project, twins not counted unless shown
  QStringList models, tags;          // what filters can choose from
  QString text_problem;              // what is wrong with the query's text; entries are empty then
};

// Everything about one picture.
struct GalleryDetails {
  GalleryEntry entry;
  QString twin_path;  // relative; empty without one
  std::optional<GenerationRequest> request;
  std::vector<std::pair<QString, QString>> params;  // label, value
  QString foreign_text;                             // what another program wrote about it
};

}  // namespace studio::ui
