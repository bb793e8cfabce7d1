// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery's index as an SQLite database: opening, keeping and changing it.
#include "ui/gallery_store.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUrl>

#include <atomic>

namespace studio::ui {
namespace {

constexpr int kVersion = 1;
constexpr int kApplication = 0x5345475f;  // "SEG_", SQLite's application_id
const QStringList kTables = {
    QStringLiteral("picture"), QStringLiteral("param"), QStringLiteral("words")};

QString joined(const QStringList& tags) {
  return tags.isEmpty() ? QStringLiteral("")
                        : QLatin1Char('\n') + tags.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

QVariant orNull(const std::optional<qint64>& value) {
  return value ? QVariant(*value) : QVariant();
}

}  // namespace

GalleryStore::GalleryStore(const Catalogue& catalogue, bool full_text)
    : catalogue_(catalogue), wants_full_text_(full_text) {}

GalleryStore::~GalleryStore() { close(); }

QSqlDatabase GalleryStore::database() const { return QSqlDatabase::database(connection_, false); }

void GalleryStore::close() {
  if (connection_.isEmpty()) return;
  database().close();
  QSqlDatabase::removeDatabase(connection_);
  connection_.clear();
}

void GalleryStore::note(const QSqlQuery& query) {
  const int code = query.lastError().nativeErrorCode().toInt() & 0xff;
  // SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA and a table that is missing (SQLITE_ERROR).
  const bool damaged = code == 11 || code == 26 || code == 17 || code == 1;
  if (failure_ == Failure::None) failure_ = damaged ? Failure::Damaged : Failure::Unwritable;
  why_ = query.lastError().databaseText();
}

bool GalleryStore::exec(QSqlQuery& query) {
  if (query.exec()) return true;
  note(query);
  return false;
}

bool GalleryStore::exec(const QString& sql) {
  QSqlQuery query(database());
  if (query.exec(sql)) return true;
  note(query);
  return false;
}

GalleryStore::Failure GalleryStore::takeFailure(QString* why) {
  if (why != nullptr) *why = why_;
  why_.clear();
  return std::exchange(failure_, Failure::None);
}

// Index positions of parameters mean something only for the same list of parameters.
QString GalleryStore::fingerprint() const {
  QCryptographicHash hash(QCryptographicHash::Sha1);
  for (const JobParam& param : job_params(catalogue_))
    hash.addData(QByteArray::fromStdString(param.path + ';'));
  return QString::fromLatin1(hash.result().toHex());
}

GalleryStore::Opened GalleryStore::connectTo(const QString& name, bool uri) {
  static std::atomic<int> counter = 0;
  connection_ = QStringLiteral("gallery-%1").arg(++counter);
  QSqlDatabase made = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection_);
  made.setDatabaseName(name);
  made.setConnectOptions(uri ? QStringLiteral("QSQLITE_OPEN_URI;QSQLITE_BUSY_TIMEOUT=2000")
                             : QStringLiteral("QSQLITE_BUSY_TIMEOUT=2000"));
  if (!made.open()) {
    why_ = made.lastError().text();
    made = QSqlDatabase();
    close();
    return Opened::Failed;
  }
  // Losing the index with the power costs time only, and its damage is noticed; a killed program
  // leaves it whole.
  exec(QStringLiteral("PRAGMA synchronous = OFF"));
  // A journal that comes and goes would look like a change of the folder each time.
  exec(QStringLiteral("PRAGMA journal_mode = TRUNCATE"));
  exec(QStringLiteral("PRAGMA temp_store = MEMORY"));
  exec(QStringLiteral("PRAGMA cache_size = -16000"));
  return Opened::AsItWas;
}

bool GalleryStore::hasCurrentSchema() {
  QSqlQuery query(database());
  const auto number = [&](const char* pragma) {
    return query.exec(QLatin1String(pragma)) && query.next() ? query.value(0).toInt() : -1;
  };
  if (number("PRAGMA application_id") != kApplication) return false;
  if (number("PRAGMA user_version") != kVersion) return false;
  QString full_text, params;
  if (!query.exec(QStringLiteral("SELECT key, value FROM meta"))) return false;
  while (query.next()) {
    if (query.value(0) == QLatin1String("params")) params = query.value(1).toString();
    if (query.value(0) == QLatin1String("words")) full_text = query.value(1).toString();
  }
  full_text_ = full_text == QLatin1String("fts5");
  // A database with FTS5 cannot be read by an SQLite without it: selecting shows that.
  return params == fingerprint() && (!full_text_ || wants_full_text_) &&
         query.exec(QStringLiteral("SELECT count(*) FROM picture, (SELECT 1 FROM words LIMIT 1), "
                                   "(SELECT 1 FROM param LIMIT 1)"));
}

bool GalleryStore::createSchema() {
  if (!begin()) return false;
  const bool tables =
      exec(QStringLiteral("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")) &&
      exec(QStringLiteral(
          "CREATE TABLE picture(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, "
          "modified_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL DEFAULT 0, "
          "height INTEGER NOT NULL DEFAULT 0, kind INTEGER NOT NULL DEFAULT 0, "
          "in_sweep INTEGER NOT NULL, twin_stem TEXT NOT NULL, rating INTEGER NOT NULL, "
          "favourite INTEGER NOT NULL, tags TEXT NOT NULL, model TEXT NOT NULL DEFAULT '', "
          "caption TEXT NOT NULL DEFAULT '', prompt TEXT NOT NULL DEFAULT '', seed INTEGER, "
          "problem TEXT NOT NULL DEFAULT '', print INTEGER, twin_print INTEGER)")) &&
      exec(QStringLiteral("CREATE INDEX picture_date ON picture(modified_ms)")) &&
      exec(QStringLiteral("CREATE INDEX picture_print ON picture(print)")) &&
      exec(QStringLiteral("CREATE INDEX picture_twin ON picture(twin_print)")) &&
      exec(QStringLiteral("CREATE INDEX picture_stem ON picture(twin_stem)")) &&
      exec(QStringLiteral("CREATE INDEX picture_unread ON picture(kind) WHERE kind = 0")) &&
      exec(QStringLiteral("CREATE TABLE param(picture INTEGER, key INTEGER, number REAL, "
                          "text TEXT, PRIMARY KEY(picture, key)) WITHOUT ROWID"));
  if (!tables) return false;
  QSqlQuery words(database());
  full_text_ =
      wants_full_text_ && words.exec(QStringLiteral("CREATE VIRTUAL TABLE words USING fts5(body)"));
  if (!full_text_ &&
      !exec(QStringLiteral("CREATE TABLE words(rowid INTEGER PRIMARY KEY, body TEXT)")))
    return false;
  QSqlQuery meta(database());
  meta.prepare(QStringLiteral("INSERT INTO meta VALUES('params', ?), ('words', ?)"));
  meta.addBindValue(fingerprint());
  meta.addBindValue(full_text_ ? QStringLiteral("fts5") : QStringLiteral("like"));
  return exec(meta) && exec(QStringLiteral("PRAGMA application_id = %1").arg(kApplication)) &&
         exec(QStringLiteral("PRAGMA user_version = %1").arg(kVersion)) && commit();
}

GalleryStore::Opened GalleryStore::openFile(const QString& path) {
  close();
  if (QFileInfo::exists(path)) {
    if (connectTo(path, false) != Opened::Failed && hasCurrentSchema()) {
      takeFailure();
      return Opened::AsItWas;
    }
    close();
    for (const char* end : {"", "-journal", "-wal", "-shm"})
      QFile::remove(path + QLatin1String(end));
  }
  takeFailure();
  if (connectTo(path, false) == Opened::Failed) return Opened::Failed;
  if (createSchema()) return Opened::Anew;
  close();
  return Opened::Failed;
}

GalleryStore::Opened GalleryStore::openMemory(const QString& seed) {
  close();
  takeFailure();
  if (connectTo(QStringLiteral(":memory:"), true) == Opened::Failed) return Opened::Failed;
  if (!createSchema()) {
    close();
    return Opened::Failed;
  }
  if (seed.isEmpty() || !QFileInfo::exists(seed)) return Opened::Anew;
  // Only an index of the same version, parameters and search is worth copying.
  GalleryStore source(catalogue_, wants_full_text_);
  QUrl url = QUrl::fromLocalFile(seed);
  url.setQuery(QStringLiteral("mode=ro"));
  const QString uri = url.toString(QUrl::FullyEncoded);
  const bool usable = source.connectTo(uri, true) != Opened::Failed && source.hasCurrentSchema() &&
                      source.full_text_ == full_text_;
  source.close();
  QSqlQuery attach(database());
  attach.prepare(QStringLiteral("ATTACH ? AS disk"));
  attach.addBindValue(uri);
  if (!usable || !attach.exec()) return Opened::Anew;
  bool copied = begin();
  for (const QString& table : kTables) {
    const QString columns =
        table == kTables.last() ? QStringLiteral("rowid, body") : QStringLiteral("*");
    QSqlQuery copy(database());
    const QString into = table == kTables.last() ? table + QStringLiteral("(rowid, body)") : table;
    copied =
        copied &&
        copy.exec(
            QStringLiteral("INSERT INTO main.%1 SELECT %2 FROM disk.%3").arg(into, columns, table));
  }
  if (copied) {
    commit();
  } else {
    exec(QStringLiteral("ROLLBACK"));
  }
  exec(QStringLiteral("DETACH disk"));
  takeFailure();
  return copied ? Opened::AsItWas : Opened::Anew;
}

void GalleryStore::check() {
  QSqlQuery query(database());
  if (!query.exec(QStringLiteral("PRAGMA quick_check(1)"))) return note(query);
  if (query.next() && query.value(0).toString() != QLatin1String("ok")) {
    failure_ = Failure::Damaged;
    why_ = query.value(0).toString();
  }
}

bool GalleryStore::begin() { return exec(QStringLiteral("BEGIN")); }
bool GalleryStore::commit() { return exec(QStringLiteral("COMMIT")); }

QHash<QString, GalleryStore::Known> GalleryStore::known() {
  QHash<QString, Known> all;
  QSqlQuery query(database());
  query.setForwardOnly(true);
  query.prepare(QStringLiteral("SELECT path, id, modified_ms, bytes FROM picture"));
  if (!exec(query)) return all;
  while (query.next()) {
    all.insert(
        query.value(0).toString(),
        {query.value(1).toLongLong(), query.value(2).toLongLong(), query.value(3).toLongLong()});
  }
  return all;
}

qint64 GalleryStore::putListed(const GalleryFile& file, const GalleryMark& mark) {
  QSqlQuery query(database());
  query.prepare(QStringLiteral(
      "INSERT INTO picture(path, modified_ms, bytes, in_sweep, twin_stem, rating, favourite, tags) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
      "modified_ms = excluded.modified_ms, bytes = excluded.bytes, kind = 0 RETURNING id"));
  query.addBindValue(file.path);
  query.addBindValue(file.modified_ms);
  query.addBindValue(file.bytes);
  query.addBindValue(isInSweep(file.path) ? 1 : 0);
  const QString stem = twinStemOf(file.path);
  query.addBindValue(stem.isEmpty() ? QStringLiteral("") : stem);
  query.addBindValue(mark.rating);
  query.addBindValue(mark.favourite ? 1 : 0);
  query.addBindValue(joined(mark.tags));
  return exec(query) && query.next() ? query.value(0).toLongLong() : 0;
}

void GalleryStore::remove(qint64 id) {
  for (const char* sql : {"DELETE FROM picture WHERE id = ?",
                          "DELETE FROM param WHERE picture = ?",
                          "DELETE FROM words WHERE rowid = ?"}) {
    QSqlQuery query(database());
    query.prepare(QLatin1String(sql));
    query.addBindValue(id);
    if (!exec(query)) return;
  }
}

void GalleryStore::setWords(qint64 id, const QString& words) {
  QSqlQuery query(database());
  query.prepare(QStringLiteral("DELETE FROM words WHERE rowid = ?"));
  query.addBindValue(id);
  if (!exec(query)) return;
  query.prepare(QStringLiteral("INSERT INTO words(rowid, body) VALUES(?, ?)"));
  query.addBindValue(id);
  // Blanks around it let LIKE find beginnings of words.
  query.addBindValue(QLatin1Char(' ') + words + QLatin1Char(' '));
  exec(query);
}

void GalleryStore::setReading(qint64 id, const GalleryReading& reading) {
  QSqlQuery query(database());
  query.prepare(QStringLiteral(
      "UPDATE picture SET width = ?, height = ?, kind = ?, model = ?, caption = ?, prompt = ?, "
      "seed = ?, problem = ?, print = ?, twin_print = ? WHERE id = ?"));
  query.addBindValue(reading.width_px);
  query.addBindValue(reading.height_px);
  query.addBindValue(static_cast<int>(reading.kind));
  for (const QString* column : {&reading.model, &reading.caption, &reading.prompt})
    query.addBindValue(column->isNull() ? QStringLiteral("") : *column);
  query.addBindValue(orNull(reading.seed));
  query.addBindValue(reading.problem.isNull() ? QStringLiteral("") : reading.problem);
  query.addBindValue(orNull(reading.print));
  query.addBindValue(orNull(reading.twin_print));
  query.addBindValue(id);
  // A picture that was removed while it was read may leave nothing behind.
  if (!exec(query) || query.numRowsAffected() == 0) return;
  query.prepare(QStringLiteral("DELETE FROM param WHERE picture = ?"));
  query.addBindValue(id);
  if (!exec(query)) return;
  query.prepare(QStringLiteral("INSERT INTO param VALUES(?, ?, ?, ?)"));
  for (const auto& [key, value] : reading.params) {
    query.bindValue(0, id);
    query.bindValue(1, key);
    QVariant number, word;
    if (const auto* real = std::get_if<double>(&value)) number = *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) number = qint64(*whole);
    if (const auto* flag = std::get_if<bool>(&value)) number = *flag ? 1 : 0;
    if (const auto* string = std::get_if<std::string>(&value))
      word = QString::fromStdString(*string);
    query.bindValue(2, number);
    query.bindValue(3, word);
    if (!exec(query)) return;
  }
  setWords(id, reading.words);
}

void GalleryStore::setMark(const QString& path, const GalleryMark& mark) {
  QSqlQuery query(database());
  query.prepare(
      QStringLiteral("UPDATE picture SET rating = ?, favourite = ?, tags = ? WHERE path = ?"));
  query.addBindValue(mark.rating);
  query.addBindValue(mark.favourite ? 1 : 0);
  query.addBindValue(joined(mark.tags));
  query.addBindValue(path);
  exec(query);
}

void GalleryStore::setAllMarks(const QHash<QString, GalleryMark>& marks) {
  exec(
      QStringLiteral("UPDATE picture SET rating = 0, favourite = 0, tags = '' "
                     "WHERE rating <> 0 OR favourite <> 0 OR tags <> ''"));
  for (auto it = marks.begin(); it != marks.end(); ++it) {
    if (!it.value().isEmpty()) setMark(it.key(), it.value());
  }
}

std::vector<GalleryStore::Unread> GalleryStore::unread(int limit, const QSet<qint64>& skip) {
  std::vector<Unread> found;
  QSqlQuery query(database());
  query.setForwardOnly(true);
  query.prepare(QStringLiteral(
      "SELECT id, path FROM picture WHERE kind = 0 ORDER BY modified_ms DESC, path DESC"));
  if (!exec(query)) return found;
  while (static_cast<int>(found.size()) < limit && query.next()) {
    if (skip.contains(query.value(0).toLongLong())) continue;
    found.push_back({query.value(0).toLongLong(), query.value(1).toString()});
  }
  return found;
}

int GalleryStore::countUnread() {
  QSqlQuery query(database());
  query.prepare(QStringLiteral("SELECT count(*) FROM picture WHERE kind = 0"));
  return exec(query) && query.next() ? query.value(0).toInt() : 0;
}

}  // namespace studio::ui
