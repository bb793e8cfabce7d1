// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Questions to the gallery's index: filters, order, groups.
#include "ui/gallery_store.h"

#include <QCoreApplication>
#include <QLocale>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

using Field = SearchTerm::Field;
using Relation = SearchTerm::Relation;

// A twin is hidden as long as the picture it belongs to exists. Pairs are known by their names,
// twins of a sweep's cells by their jobs.
constexpr char kNoTwin[] =
    "NOT (p.twin_stem <> '' AND EXISTS(SELECT 1 FROM picture g WHERE g.path IN "
    "(p.twin_stem || '-guided.png', p.twin_stem || '.png'))) AND "
    "NOT (p.in_sweep = 1 AND p.twin_print IS NULL AND p.print IS NOT NULL AND "
    "EXISTS(SELECT 1 FROM picture g WHERE g.twin_print = p.print))";

constexpr char kColumns[] =
    "p.id, p.path, p.modified_ms, p.bytes, p.width, p.height, p.kind, p.in_sweep, p.rating, "
    "p.favourite, p.tags, p.caption, p.seed, p.prompt, p.problem";

QString text(const char* source, int count = -1) {
  return QCoreApplication::translate("GalleryStore", source, nullptr, count);
}

QString signOf(Relation relation) {
  switch (relation) {
    case Relation::NotEqual:
      return QStringLiteral("<>");
    case Relation::Less:
      return QStringLiteral("<");
    case Relation::AtMost:
      return QStringLiteral("<=");
    case Relation::More:
      return QStringLiteral(">");
    case Relation::AtLeast:
      return QStringLiteral(">=");
    case Relation::Contains:
    case Relation::Equal:
      break;
  }
  return QStringLiteral("=");
}

GalleryEntry entryOf(const QSqlQuery& query) {
  GalleryEntry entry;
  entry.id = query.value(0).toLongLong();
  entry.path = query.value(1).toString();
  entry.modified_ms = query.value(2).toLongLong();
  entry.bytes = query.value(3).toLongLong();
  entry.width_px = query.value(4).toInt();
  entry.height_px = query.value(5).toInt();
  entry.kind = static_cast<GalleryKind>(std::clamp(query.value(6).toInt(), 0, 3));
  entry.in_sweep = query.value(7).toInt() != 0;
  entry.mark.rating = std::clamp(query.value(8).toInt(), 0, 5);
  entry.mark.favourite = query.value(9).toInt() != 0;
  const QString tags = query.value(10).toString();
  if (!tags.isEmpty()) entry.mark.tags = tags.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
  entry.caption = query.value(11).toString();
  entry.seed = query.value(12).toString();
  entry.prompt = query.value(13).toString();
  entry.problem = query.value(14).toString();
  return entry;
}

// Doubles that were read from text on both sides are equal up to their last digits.
void addNumber(QStringList& conditions, QVariantList& values, const SearchTerm& term) {
  const bool equal = term.relation == Relation::Equal || term.relation == Relation::NotEqual;
  const QString of =
      QStringLiteral("EXISTS(SELECT 1 FROM param a WHERE a.picture = p.id AND a.key = ? AND %1)");
  QString condition;
  values << term.parameter;
  if (equal && std::isfinite(term.number)) {
    const double slack = 1e-9 * std::max(1.0, std::abs(term.number));
    condition =
        of.arg(term.relation == Relation::Equal ? QStringLiteral("a.number BETWEEN ? AND ?")
                                                : QStringLiteral("a.number NOT BETWEEN ? AND ?"));
    values << term.number - slack << term.number + slack;
  } else {
    condition = of.arg(QStringLiteral("a.number %1 ?").arg(signOf(term.relation)));
    values << term.number;
  }
  conditions << (term.negated ? QStringLiteral("NOT ") + condition : condition);
}

}  // namespace

void GalleryStore::addWords(Where& where, const SearchTerm& term, bool negated) const {
  const QString words = searchable(term.text);
  QString condition;
  if (words.isEmpty()) {
    // Signs alone are no words; they can still stand in a prompt.
    condition = QStringLiteral("instr(p.prompt, ?)");
    where.values << term.text;
  } else if (hasUnspacedScript(words)) {
    condition = QStringLiteral("p.id IN (SELECT rowid FROM words WHERE instr(body, ?))");
    where.values << words;
  } else if (full_text_) {
    condition = QStringLiteral("p.id IN (SELECT rowid FROM words WHERE words MATCH ?)");
    where.values << QLatin1Char('"') + words + QLatin1String("\"*");
  } else {
    condition = QStringLiteral("p.id IN (SELECT rowid FROM words WHERE instr(body, ?))");
    where.values << QLatin1Char(' ') + words;
  }
  where.conditions << QStringLiteral("%1(%2 OR instr(lower(p.tags), ?))")
                          .arg(negated ? QStringLiteral("NOT ") : QString(), condition);
  where.values << term.text.toLower();
}

void GalleryStore::addTerm(Where& where, const SearchTerm& term) const {
  const QString no = term.negated ? QStringLiteral("NOT ") : QString();
  switch (term.field) {
    case Field::Words:
      return addWords(where, term, term.negated);
    case Field::Rating:
      where.conditions << QStringLiteral("%1p.rating %2 ?").arg(no, signOf(term.relation));
      where.values << term.number;
      return;
    case Field::Favourite:
      where.conditions << QStringLiteral("%1p.favourite %2 ?").arg(no, signOf(term.relation));
      where.values << term.number;
      return;
    case Field::Tag: {
      const bool not_equal = (term.relation == Relation::NotEqual) != term.negated;
      where.conditions << QStringLiteral("%1instr(lower(p.tags), ?)")
                              .arg(not_equal ? QStringLiteral("NOT ") : QString());
      const bool whole = term.relation != Relation::Contains;
      const QString tag = term.text.toLower();
      where.values << (whole ? QLatin1Char('\n') + tag + QLatin1Char('\n') : tag);
      return;
    }
    case Field::File:
      where.conditions << QStringLiteral("%1instr(lower(p.path), ?)").arg(no);
      where.values << term.text.toLower();
      return;
    case Field::Date: {
      const QString at = QStringLiteral("p.modified_ms");
      const bool inside = term.relation == Relation::Contains || term.relation == Relation::Equal;
      if (inside || term.relation == Relation::NotEqual) {
        where.conditions << QStringLiteral("%1(%2 >= ? AND %2 < ?)")
                                .arg(inside != term.negated ? QString() : QStringLiteral("NOT "),
                                     at);
        where.values << term.from_ms << term.to_ms;
        return;
      }
      const bool later = term.relation == Relation::More || term.relation == Relation::AtMost;
      const bool up = term.relation == Relation::More || term.relation == Relation::AtLeast;
      where.conditions << QStringLiteral("%1(%2 %3 ?)")
                              .arg(no, at, up ? QStringLiteral(">=") : QStringLiteral("<"));
      where.values << (later ? term.to_ms : term.from_ms);
      return;
    }
    case Field::Parameter:
      break;
  }
  if (term.is_number) return addNumber(where.conditions, where.values, term);
  const bool not_equal = (term.relation == Relation::NotEqual) != term.negated;
  where.conditions
      << QStringLiteral(
             "%1EXISTS(SELECT 1 FROM param a WHERE a.picture = p.id AND a.key = ? AND %2)")
             .arg(not_equal ? QStringLiteral("NOT ") : QString(),
                  term.relation == Relation::Contains ? QStringLiteral("instr(lower(a.text), ?)")
                                                      : QStringLiteral("lower(a.text) = ?"));
  where.values << term.parameter << term.text.toLower();
}

void GalleryStore::addFilters(Where& where, const GalleryQuery& query) const {
  if (!query.show_twins) where.conditions << QLatin1String(kNoTwin);
  if (query.least_rating > 0) {
    where.conditions << QStringLiteral("p.rating >= ?");
    where.values << query.least_rating;
  }
  if (query.only_favourites) where.conditions << QStringLiteral("p.favourite = 1");
  if (!query.tag.isEmpty()) {
    where.conditions << QStringLiteral("instr(p.tags, ?)");
    where.values << QLatin1Char('\n') + query.tag + QLatin1Char('\n');
  }
  if (query.scope != GalleryScope::All) {
    where.conditions << QStringLiteral("p.in_sweep = ?");
    where.values << (query.scope == GalleryScope::Sweeps ? 1 : 0);
  }
  if (!query.model.isEmpty()) {
    where.conditions << QStringLiteral("p.model = ?");
    where.values << query.model;
  }
  if (query.since) {
    where.conditions << QStringLiteral("p.modified_ms >= ?");
    where.values << query.since->startOfDay().toMSecsSinceEpoch();
  }
}

QString GalleryStore::orderOf(const GalleryQuery& query, const GallerySearch& search) const {
  const QString way = query.ascending ? QStringLiteral("ASC") : QStringLiteral("DESC");
  const QString newest = QStringLiteral("p.modified_ms DESC, p.path DESC");
  switch (query.sort) {
    case GallerySort::Date:
      return QStringLiteral("p.modified_ms %1, p.path %1").arg(way);
    case GallerySort::Rating:
      return QStringLiteral("p.rating %1, p.favourite %1, %2").arg(way, newest);
    case GallerySort::Name:
      return QStringLiteral("p.path COLLATE NOCASE %1").arg(way);
    case GallerySort::Parameter:
      break;
  }
  const auto& params = search.params();
  const auto found = std::find_if(params.begin(), params.end(), [&](const JobParam& param) {
    return param.path == query.sort_parameter.toStdString();
  });
  if (found == params.end()) return newest;
  const QString value =
      QStringLiteral(
          "(SELECT coalesce(a.number, a.text) FROM param a WHERE a.picture = p.id AND "
          "a.key = %1)")
          .arg(found - params.begin());
  // Pictures without the parameter come last either way.
  return QStringLiteral("%1 IS NULL, %1 %2, %3").arg(value, way, newest);
}

void GalleryStore::addFacets(GalleryRows& rows, const GalleryQuery& query) {
  QSqlQuery facets(database());
  facets.setForwardOnly(true);
  facets.prepare(
      QStringLiteral("SELECT count(*) FROM picture p") +
      (query.show_twins ? QString() : QLatin1String(" WHERE ") + QLatin1String(kNoTwin)));
  if (exec(facets) && facets.next()) rows.total = facets.value(0).toInt();
  facets.prepare(QStringLiteral("SELECT DISTINCT model FROM picture WHERE model <> ''"));
  if (exec(facets)) {
    while (facets.next()) rows.models << facets.value(0).toString();
  }
  rows.models.sort(Qt::CaseInsensitive);
  facets.prepare(QStringLiteral("SELECT DISTINCT tags FROM picture WHERE tags <> ''"));
  if (!exec(facets)) return;
  QSet<QString> tags;
  while (facets.next()) {
    for (const QString& tag :
         facets.value(0).toString().split(QLatin1Char('\n'), Qt::SkipEmptyParts))
      tags.insert(tag);
  }
  rows.tags = QStringList(tags.begin(), tags.end());
  rows.tags.sort(Qt::CaseInsensitive);
}

GalleryRows GalleryStore::rows(const GalleryQuery& query, const GallerySearch& search) {
  GalleryRows rows;
  addFacets(rows, query);
  const ParsedSearch parsed = search.parse(query.text);
  rows.text_problem = parsed.problem;
  if (!parsed.problem.isEmpty()) return rows;
  Where where;
  addFilters(where, query);
  for (const SearchTerm& term : parsed.terms) addTerm(where, term);
  QString sql = QStringLiteral("SELECT %1 FROM picture p").arg(QLatin1String(kColumns));
  if (!where.conditions.isEmpty())
    sql += QStringLiteral(" WHERE ") + where.conditions.join(QStringLiteral(" AND "));
  sql += QStringLiteral(" ORDER BY ") + orderOf(query, search);
  QSqlQuery ask(database());
  ask.setForwardOnly(true);
  if (!ask.prepare(sql)) {
    note(ask);
    return rows;
  }
  for (const QVariant& value : where.values) ask.addBindValue(value);
  if (!exec(ask)) return rows;
  while (ask.next()) rows.entries.push_back(entryOf(ask));
  rows.groups = groupsOf(rows.entries, query, QDate::currentDate());
  return rows;
}

std::optional<GalleryEntry> GalleryStore::entry(const QString& path) {
  QSqlQuery ask(database());
  ask.prepare(
      QStringLiteral("SELECT %1 FROM picture p WHERE p.path = ?").arg(QLatin1String(kColumns)));
  ask.addBindValue(path);
  if (!exec(ask) || !ask.next()) return {};
  return entryOf(ask);
}

QString GalleryStore::twinOf(const QString& path) {
  QString stem = path;
  for (const char* end : {"-guided.png", ".png"}) {
    if (path.endsWith(QLatin1String(end))) {
      stem = path.chopped(static_cast<qsizetype>(qstrlen(end)));
      break;
    }
  }
  QSqlQuery ask(database());
  ask.prepare(QStringLiteral("SELECT path FROM picture WHERE twin_stem = ? LIMIT 1"));
  ask.addBindValue(stem);
  if (exec(ask) && ask.next()) return ask.value(0).toString();
  ask.prepare(
      QStringLiteral("SELECT t.path FROM picture p JOIN picture t ON t.print = p.twin_print "
                     "WHERE p.path = ? ORDER BY t.twin_stem = '', t.path LIMIT 1"));
  ask.addBindValue(path);
  return exec(ask) && ask.next() ? ask.value(0).toString() : QString();
}

namespace {

struct Span {
  QString title;
  qint64 from_ms, to_ms;  // [from, to)
};

Span spanOf(qint64 modified_ms, const QDate& today) {
  constexpr qint64 kEver = std::numeric_limits<qint64>::max();
  const auto ms = [](const QDate& day) { return day.startOfDay().toMSecsSinceEpoch(); };
  const qint64 today_ms = ms(today), yesterday_ms = ms(today.addDays(-1));
  if (modified_ms >= today_ms) return {text("Today"), today_ms, kEver};
  if (modified_ms >= yesterday_ms) return {text("Yesterday"), yesterday_ms, today_ms};
  const qint64 week_ms = std::min(ms(today.addDays(1 - today.dayOfWeek())), yesterday_ms);
  if (modified_ms >= week_ms) return {text("This week"), week_ms, yesterday_ms};
  const QDate day = QDateTime::fromMSecsSinceEpoch(modified_ms).date();
  const QDate month(day.year(), day.month(), 1);
  return {QLocale(QLocale::English).toString(month, QStringLiteral("MMMM yyyy")),
          ms(month),
          std::min(ms(month.addMonths(1)), week_ms)};
}

}  // namespace

std::vector<GalleryGroup> groupsOf(const std::vector<GalleryEntry>& entries,
                                   const GalleryQuery& query,
                                   const QDate& today) {
  std::vector<GalleryGroup> groups;
  const int count = static_cast<int>(entries.size());
  if (count == 0) return groups;
  if (query.sort != GallerySort::Date && query.sort != GallerySort::Rating) {
    groups.push_back({QString(), 0, count});
    return groups;
  }
  Span span{{}, 0, -1};
  int rating = -1;
  for (int i = 0; i < count; ++i) {
    const GalleryEntry& entry = entries[static_cast<std::size_t>(i)];
    if (query.sort == GallerySort::Date) {
      if (span.to_ms >= 0 && entry.modified_ms >= span.from_ms && entry.modified_ms < span.to_ms)
        continue;
      span = spanOf(entry.modified_ms, today);
      groups.push_back({span.title, i, 0});
    } else if (entry.mark.rating != rating) {
      rating = entry.mark.rating;
      groups.push_back({rating == 0   ? text("Not rated")
                        : rating == 1 ? text("1 star")
                                      : text("%1 stars").arg(rating),
                        i,
                        0});
    }
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const int end = i + 1 < groups.size() ? groups[i + 1].first : count;
    groups[i].count = end - groups[i].first;
  }
  return groups;
}

}  // namespace studio::ui
