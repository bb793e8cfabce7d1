// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The language of the gallery's search field. Terms are joined by spaces or `;` and all must hold:
//   apple "red apple"        words of prompts, parameters, tags and file names, from their
//   beginning -apple                   not this seg.scale>2 seed=43      comparisons of any
//   declared parameter: < <= > >= = != model:emoji layers:mid   a text parameter contains this
//   rating>=3 favourite:yes tag:best file:grid date>=2026-11 (also today, yesterday)
#pragma once

#include "core/api/request.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace studio::ui {

struct SearchTerm {
  enum class Field { Words, Parameter, Rating, Favourite, Tag, File, Date };
  enum class Relation { Contains, Equal, NotEqual, Less, AtMost, More, AtLeast };

  Field field = Field::Words;
  Relation relation = Relation::Contains;
  bool negated = false;
  int parameter = -1;             // Field::Parameter: position in job_params()
  bool is_number = false;         // Field::Parameter: compared by number, not by text
  double number = 0;              // also Rating and Favourite (0 or 1)
  QString text;                   // Words, Tag, File, text parameters
  qint64 from_ms = 0, to_ms = 0;  // Field::Date: the span that was named, [from, to)
};

struct ParsedSearch {
  std::vector<SearchTerm> terms;
  QString problem;  // a sentence; terms are empty then
};

class GallerySearch {
 public:
  // The catalogue must outlive it.
  explicit GallerySearch(const Catalogue& catalogue);

  ParsedSearch parse(const QString& text) const;
  // What can stand before a comparison, as the user types it: "seg.scale", "rating", ...
  QStringList keys() const;
  const std::vector<JobParam>& params() const { return params_; }
  // "seg.scale" for "guidance.seg.scale".
  static QString shortPath(const std::string& path);

 private:
  struct Key {
    SearchTerm::Field field = SearchTerm::Field::Words;
    int parameter = -1;
    QString problem;
  };
  struct Piece {
    QString key, relation, value;
    bool negated = false;
    bool quoted = false;
  };
  static std::vector<Piece> pieces(const QString& text);
  Key keyOf(const QString& name) const;
  // "" when the term is complete.
  QString fill(SearchTerm& term, const Piece& piece) const;
  QString fillParameter(SearchTerm& term, const Piece& piece) const;

  std::vector<JobParam> params_;
};

}  // namespace studio::ui
