// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The language of the gallery's search field.
#include "ui/gallery_search.h"

#include "ui/job_text.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>

namespace studio::ui {
namespace {

using Field = SearchTerm::Field;
using Relation = SearchTerm::Relation;

struct Builtin {
  const char* name;
  Field field;
};
constexpr std::array kBuiltins = {Builtin{"rating", Field::Rating},
                                  Builtin{"favourite", Field::Favourite},
                                  Builtin{"tag", Field::Tag},
                                  Builtin{"file", Field::File},
                                  Builtin{"date", Field::Date}};

QString text(const char* source) { return QCoreApplication::translate("GallerySearch", source); }

bool isGap(QChar c) { return c.isSpace() || c == QLatin1Char(';'); }
bool isRelation(QChar c) {
  return c == QLatin1Char('<') || c == QLatin1Char('>') || c == QLatin1Char('=') ||
         c == QLatin1Char('!');
}

Relation relationOf(const QString& sign) {
  if (sign == QLatin1String("<")) return Relation::Less;
  if (sign == QLatin1String("<=")) return Relation::AtMost;
  if (sign == QLatin1String(">")) return Relation::More;
  if (sign == QLatin1String(">=")) return Relation::AtLeast;
  if (sign == QLatin1String("!=")) return Relation::NotEqual;
  return sign == QLatin1String(":") ? Relation::Contains : Relation::Equal;
}

std::optional<bool> flagOf(const QString& word) {
  for (const char* yes : {"yes", "true", "on", "1"}) {
    if (word.compare(QLatin1String(yes), Qt::CaseInsensitive) == 0) return true;
  }
  for (const char* no : {"no", "false", "off", "0"}) {
    if (word.compare(QLatin1String(no), Qt::CaseInsensitive) == 0) return false;
  }
  return {};
}

std::optional<double> numberOf(const QString& word) {
  if (word.compare(QLatin1String("inf"), Qt::CaseInsensitive) == 0 || word == QChar(0x221E))
    return kInfinity;
  bool ok = false;
  const double number = word.toDouble(&ok);
  if (!ok || std::isnan(number)) return {};
  return number;
}

// The days from one to before the other that a date, month or year names.
std::optional<std::pair<QDate, QDate>> daysOf(const QString& word) {
  const QDate today = QDate::currentDate();
  if (word.compare(text("today"), Qt::CaseInsensitive) == 0) return {{today, today.addDays(1)}};
  if (word.compare(text("yesterday"), Qt::CaseInsensitive) == 0)
    return {{today.addDays(-1), today}};
  if (const QDate day = QDate::fromString(word, QStringLiteral("yyyy-MM-dd")); day.isValid())
    return {{day, day.addDays(1)}};
  if (const QDate month = QDate::fromString(word, QStringLiteral("yyyy-MM")); month.isValid())
    return {{month, month.addMonths(1)}};
  if (const QDate year = QDate::fromString(word, QStringLiteral("yyyy")); year.isValid())
    return {{year, year.addYears(1)}};
  return {};
}

// Reads from `at`: a quoted text, or up to the next gap. `stops_at_relation` also ends at a sign.
QString readValue(const QString& all, qsizetype& at, bool stops_at_relation, bool& quoted) {
  QString value;
  quoted = at < all.size() && all[at] == QLatin1Char('"');
  if (quoted) {
    const qsizetype end = all.indexOf(QLatin1Char('"'), at + 1);
    value = all.mid(at + 1, (end < 0 ? all.size() : end) - at - 1);
    at = end < 0 ? all.size() : end + 1;
    return value;
  }
  while (at < all.size() && !isGap(all[at])) {
    if (stops_at_relation && (isRelation(all[at]) || all[at] == QLatin1Char(':'))) break;
    value += all[at++];
  }
  return value;
}

QString readRelation(const QString& all, qsizetype& at) {
  qsizetype next = at;
  while (next < all.size() && all[next].isSpace()) ++next;
  const bool adjacent = next == at;
  if (next >= all.size()) return {};
  if (adjacent && all[next] == QLatin1Char(':')) {
    at = next + 1;
    return QStringLiteral(":");
  }
  QString sign;
  while (next < all.size() && isRelation(all[next]) && sign.size() < 2) sign += all[next++];
  if (sign.isEmpty() || sign == QLatin1String("!")) return {};
  while (next < all.size() && all[next].isSpace()) ++next;
  at = next;
  return sign;
}

}  // namespace

GallerySearch::GallerySearch(const Catalogue& catalogue) : params_(job_params(catalogue)) {}

QString GallerySearch::shortPath(const std::string& path) {
  const QString whole = QString::fromStdString(path);
  const QLatin1String guidance("guidance.");
  return whole.startsWith(guidance) ? whole.mid(guidance.size()) : whole;
}

QStringList GallerySearch::keys() const {
  QStringList all;
  for (const JobParam& param : params_) all << shortPath(param.path);
  for (const Builtin& builtin : kBuiltins) all << QLatin1String(builtin.name);
  return all;
}

std::vector<GallerySearch::Piece> GallerySearch::pieces(const QString& all) {
  std::vector<Piece> found;
  qsizetype at = 0;
  while (true) {
    while (at < all.size() && isGap(all[at])) ++at;
    if (at >= all.size()) return found;
    Piece piece;
    if (all[at] == QLatin1Char('-') && at + 1 < all.size() && !isGap(all[at + 1])) {
      piece.negated = true;
      ++at;
    }
    const qsizetype start = at;
    QString word = readValue(all, at, true, piece.quoted);
    if (!piece.quoted && !word.isEmpty()) piece.relation = readRelation(all, at);
    if (piece.relation.isEmpty()) {
      piece.value = word;
      // A sign that begins a word belongs to it; it must not stop the reading.
      if (at == start) ++at;
    } else {
      piece.key = word;
      piece.value = readValue(all, at, false, piece.quoted);
    }
    if (!piece.value.trimmed().isEmpty() || !piece.key.isEmpty()) found.push_back(piece);
  }
}

GallerySearch::Key GallerySearch::keyOf(const QString& name) const {
  for (const Builtin& builtin : kBuiltins) {
    if (name.compare(QLatin1String(builtin.name), Qt::CaseInsensitive) == 0)
      return {builtin.field, -1, {}};
  }
  QStringList endings;
  int ending = -1;
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const QString shorter = shortPath(params_[i].path);
    if (name.compare(shorter, Qt::CaseInsensitive) == 0 ||
        name.compare(QString::fromStdString(params_[i].path), Qt::CaseInsensitive) == 0)
      return {Field::Parameter, static_cast<int>(i), {}};
    if (shorter.endsWith(QLatin1Char('.') + name, Qt::CaseInsensitive)) {
      endings << shorter;
      ending = static_cast<int>(i);
    }
  }
  if (endings.size() == 1) return {Field::Parameter, ending, {}};
  if (endings.size() > 1) {
    return {Field::Words,
            -1,
            text("\"%1\" may mean %2: type it whole.").arg(name, endings.join(text(" or ")))};
  }
  return {
      Field::Words,
      -1,
      text("No parameter is called \"%1\". Put text that holds : < > or = in quotes.").arg(name)};
}

QString GallerySearch::fillParameter(SearchTerm& term, const Piece& piece) const {
  const ParamSpec& spec = *params_[static_cast<std::size_t>(term.parameter)].spec;
  term.text = piece.value;
  if (spec.kind == ParamKind::Flag) {
    const auto flag = flagOf(piece.value);
    if (!flag) return text("%1 is on or off, not \"%2\".").arg(piece.key, piece.value);
    term.is_number = true;
    term.number = *flag ? 1 : 0;
  } else if (spec.kind == ParamKind::Real || spec.kind == ParamKind::Integer) {
    const auto number = numberOf(piece.value);
    if (!number) return text("%1 is a number, not \"%2\".").arg(piece.key, piece.value);
    term.is_number = true;
    term.number = *number;
  } else if (term.relation != Relation::Contains && term.relation != Relation::Equal &&
             term.relation != Relation::NotEqual) {
    return text("%1 is a text: it can be compared with : = or != only.").arg(piece.key);
  }
  if (term.is_number && term.relation == Relation::Contains) term.relation = Relation::Equal;
  return {};
}

QString GallerySearch::fill(SearchTerm& term, const Piece& piece) const {
  term.negated = piece.negated;
  if (piece.key.isEmpty()) {
    term.text = piece.value;
    return {};
  }
  const Key key = keyOf(piece.key);
  if (!key.problem.isEmpty()) return key.problem;
  if (piece.value.trimmed().isEmpty() && !piece.quoted)
    return text("%1%2 still needs a value.").arg(piece.key, piece.relation);
  term.field = key.field;
  term.parameter = key.parameter;
  term.relation = relationOf(piece.relation);
  if (key.field == Field::Parameter) return fillParameter(term, piece);
  term.text = piece.value;
  if (key.field == Field::Rating) {
    const auto number = numberOf(piece.value);
    if (!number) return text("A rating is a number from 0 to 5, not \"%1\".").arg(piece.value);
    term.number = *number;
    if (term.relation == Relation::Contains) term.relation = Relation::Equal;
  } else if (key.field == Field::Favourite) {
    const auto flag = flagOf(piece.value);
    if (!flag) return text("favourite is yes or no, not \"%1\".").arg(piece.value);
    term.number = *flag ? 1 : 0;
  } else if (key.field == Field::Date) {
    const auto days = daysOf(piece.value);
    if (!days) {
      return text("\"%1\" is no date: type 2026-11-25, 2026-11, 2026, today or yesterday.")
          .arg(piece.value);
    }
    term.from_ms = days->first.startOfDay().toMSecsSinceEpoch();
    term.to_ms = days->second.startOfDay().toMSecsSinceEpoch();
  }
  return {};
}

ParsedSearch GallerySearch::parse(const QString& all) const {
  ParsedSearch parsed;
  for (const Piece& piece : pieces(all)) {
    SearchTerm term;
    const QString problem = fill(term, piece);
    if (!problem.isEmpty()) return {{}, problem};
    parsed.terms.push_back(term);
  }
  return parsed;
}

}  // namespace studio::ui
