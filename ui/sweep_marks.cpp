// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a person noted about the cells of a sweep, as lines of JSON.
#include "ui/sweep_marks.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace studio::ui {
namespace {

constexpr int kLongestName = 200;
constexpr qint64 kLongestLine = 64 << 10;

QString pathIn(const QString& folder) {
  return QDir(folder).filePath(QStringLiteral("marks.jsonl"));
}

QString nameOf(Verdict verdict) {
  return verdict == Verdict::Kept       ? QStringLiteral("kept")
         : verdict == Verdict::Rejected ? QStringLiteral("rejected")
                                        : QStringLiteral("none");
}

QByteArray lineOf(const QJsonObject& object) {
  return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

Result<void> append(const QString& folder, const QByteArray& lines) {
  QFile file(pathIn(folder));
  const auto failed = [&file] {
    return Error{ErrorCode::Io,
                 QCoreApplication::translate(
                     "SweepMarks", "What was noted about the sweep cannot be kept in %1: %2")
                     .arg(QDir::toNativeSeparators(file.fileName()), file.errorString())
                     .toStdString()};
  };
  if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered)) return failed();
  const qint64 before = file.size();
  QByteArray added;
  // Whatever a crash cut off ends here, so that it spoils no other line.
  if (before > 0 && file.seek(before - 1) && file.read(1) != "\n") added += '\n';
  added += lines;
  if (file.seek(before) && file.write(added) == added.size()) return {};
  const Error error = failed();
  file.resize(before);
  return error;
}

// The cell that a line is about; nothing when the sweep has no such cell.
std::optional<std::size_t> cellIn(const QJsonObject& line, std::size_t cells) {
  const double cell = line[QLatin1String("cell")].toDouble(-1);
  if (!(cell >= 0) || cell >= static_cast<double>(cells)) return std::nullopt;
  return static_cast<std::size_t>(cell);
}

}  // namespace

SweepMarks readSweepMarks(const SweepFolder& sweep) {
  SweepMarks marks;
  const std::size_t cells = sweep.picture_of_cell.size();
  const bool is_listed = sweep.grid && sweep.grid->axes.empty();
  QFile file(pathIn(QString::fromStdString(sweep.folder)));
  if (!file.open(QIODevice::ReadOnly)) return marks;
  while (!file.atEnd()) {
    const QJsonObject line = QJsonDocument::fromJson(file.readLine(kLongestLine)).object();
    const auto cell = cellIn(line, cells);
    if (!cell) continue;
    if (const QString name = line[QLatin1String("name")].toString(); !name.isEmpty() && is_listed) {
      while (marks.job_names.size() <= static_cast<qsizetype>(*cell)) marks.job_names << QString();
      marks.job_names[static_cast<qsizetype>(*cell)] = name.left(kLongestName);
    }
    const QString verdict = line[QLatin1String("verdict")].toString();
    if (verdict.isEmpty()) continue;
    const int picture = sweep.picture_of_cell[*cell];
    const QString key = line[QLatin1String("key")].toString();
    const QString now =
        picture >= 0 && picture < static_cast<int>(sweep.pictures.size())
            ? QString::fromStdString(sweep.pictures[static_cast<std::size_t>(picture)].key)
            : QString();
    if (!key.isEmpty() && !now.isEmpty() && key != now) continue;
    marks.verdicts[*cell] = verdict == nameOf(Verdict::Kept)       ? Verdict::Kept
                            : verdict == nameOf(Verdict::Rejected) ? Verdict::Rejected
                                                                   : Verdict::None;
  }
  return marks;
}

Result<void> keepVerdict(const QString& folder,
                         std::size_t cell,
                         const QString& key,
                         Verdict verdict) {
  QJsonObject line{{QStringLiteral("cell"), static_cast<qint64>(cell)},
                   {QStringLiteral("verdict"), nameOf(verdict)}};
  if (!key.isEmpty()) line[QStringLiteral("key")] = key;
  return append(folder, lineOf(line));
}

Result<void> keepJobNames(const QString& folder, const QStringList& names) {
  QByteArray lines;
  for (qsizetype i = 0; i < names.size(); ++i) {
    if (names[i].isEmpty()) continue;
    lines += lineOf({{QStringLiteral("cell"), static_cast<qint64>(i)},
                     {QStringLiteral("name"), names[i].left(kLongestName)}});
  }
  return lines.isEmpty() ? Result<void>() : append(folder, lines);
}

}  // namespace studio::ui
