// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery's index as an SQLite database: gallery.sqlite in the project folder, or in memory. It
// holds nothing that cannot be read from the files again.
#pragma once

#include "ui/gallery_files.h"
#include "ui/gallery_reading.h"
#include "ui/gallery_search.h"
#include "ui/gallery_types.h"

#include <QHash>
#include <QString>
#include <QVariant>

class QSqlDatabase;
class QSqlQuery;

namespace studio::ui {

// Lives on one thread. Blocks on disk. Failures are told by failure(), once.
class GalleryStore {
 public:
  enum class Opened { AsItWas, Anew, Failed };
  enum class Failure { None, Damaged, Unwritable };
  struct Known {
    qint64 id = 0, modified_ms = 0, bytes = 0;
  };
  struct Unread {
    qint64 id = 0;
    QString path;
  };

  // `full_text`: use FTS5 where SQLite has it; otherwise, or without it, words are searched by LIKE
  // with the same results.
  GalleryStore(const Catalogue& catalogue, bool full_text);
  ~GalleryStore();

  // A file that is damaged, of another version or of other parameters is replaced by an empty one.
  Opened openFile(const QString& path);
  // In memory, filled from the index in `seed` where that can be read; the file is not changed.
  Opened openMemory(const QString& seed);
  void close();
  bool isOpen() const { return !connection_.isEmpty(); }
  bool usesFullText() const { return full_text_; }
  // Looks through the whole database; a damaged one becomes Failure::Damaged.
  void check();

  // What went wrong since the last call, and the database's own words for it.
  Failure takeFailure(QString* why = nullptr);
  bool hasFailed() const { return failure_ != Failure::None; }

  bool begin();
  bool commit();
  QHash<QString, Known> known();
  // Adds a picture that is still to be read, or marks a known one as changed. Returns its id.
  qint64 putListed(const GalleryFile& file, const GalleryMark& mark);
  void remove(qint64 id);
  void setReading(qint64 id, const GalleryReading& reading);
  void setMark(const QString& path, const GalleryMark& mark);
  // Marks of every picture, from the truth.
  void setAllMarks(const QHash<QString, GalleryMark>& marks);
  // Newest first; those without an engine to read them are skipped after `skip`.
  std::vector<Unread> unread(int limit, const QSet<qint64>& skip);
  int countUnread();
  std::optional<GalleryEntry> entry(const QString& path);
  // The unguided twin by name or by an equal job; empty when there is none.
  QString twinOf(const QString& path);
  GalleryRows rows(const GalleryQuery& query, const GallerySearch& search);

 private:
  struct Where {
    QStringList conditions;
    QVariantList values;
  };
  Opened connectTo(const QString& name, bool uri);
  bool hasCurrentSchema();
  bool createSchema();
  QString fingerprint() const;
  bool exec(QSqlQuery& query);
  bool exec(const QString& sql);
  void note(const QSqlQuery& query);
  QSqlDatabase database() const;
  void setWords(qint64 id, const QString& words);
  void addTerm(Where& where, const SearchTerm& term) const;
  void addWords(Where& where, const SearchTerm& term, bool negated) const;
  void addFilters(Where& where, const GalleryQuery& query) const;
  QString orderOf(const GalleryQuery& query, const GallerySearch& search) const;
  void addFacets(GalleryRows& rows, const GalleryQuery& query);

  const Catalogue& catalogue_;
  const bool wants_full_text_;
  bool full_text_ = false;
  QString connection_;
  Failure failure_ = Failure::None;
  QString why_;
};

// Heads the entries by the query's order: days and months, stars, or nothing. `today` is local.
std::vector<GalleryGroup> groupsOf(const std::vector<GalleryEntry>& entries,
                                   const GalleryQuery& query,
                                   const QDate& today);

}  // namespace studio::ui
