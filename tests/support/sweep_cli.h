// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A copy of seg-cli with an engine that needs no model, run in a folder of its own, for tests of
// sweeps.
#pragma once

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace studio::testing {

struct Run {
  int status = -1;
  QString out, err;
};

inline QList<QJsonObject> events_of(const QString& out) {
  QList<QJsonObject> events;
  for (const QString& line : out.split('\n', Qt::SkipEmptyParts)) {
    const auto json = QJsonDocument::fromJson(line.toUtf8());
    if (!json.isObject()) qFatal("not a JSON object: %s", qPrintable(line));
    events.append(json.object());
  }
  return events;
}

// A sweep of 3 sigmas by 3 scales, one of them 0: 7 pictures, twins included.
inline QByteArray sweep(const QByteArray& base = "", const QByteArray& axes = "") {
  const QByteArray usual =
      "{\"param\": \"guidance.seg.sigma\", \"values\": \"0.5, 1, inf\"}, {\"param\": "
      "\"guidance.seg.scale\", \"values\": \"0..4[3]\"}";
  return "{\"format\": \"seg-studio/sweep\", \"version\": 1, \"base\": {\"seed\": 5, \"steps\": 2, "
         "\"width\": 16, \"height\": 16" +
         (base.isEmpty() ? "" : ", " + base) + "}, \"axes\": [" + (axes.isEmpty() ? usual : axes) +
         "]}";
}

inline QByteArray axis(const QByteArray& param, const QByteArray& values) {
  return "{\"param\": \"" + param + "\", \"values\": \"" + values + "\"}";
}

class SweepCli {
 protected:
  std::unique_ptr<QTemporaryDir> folder_;

  Run run(const QString& line, const QByteArray& input = "") const {
    QProcess process;
    start(process, line, input);
    return ended(process);
  }
  void start(QProcess& process, const QString& line, const QByteArray& input = "") const {
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_FAKE_CLI, line.split(' ', Qt::SkipEmptyParts));
    QVERIFY(process.waitForStarted());
    process.write(input);
    process.closeWriteChannel();
  }
  Run run_in_shell(const QString& line) const {
    QProcess process;
    process.setWorkingDirectory(folder_->path());
    process.start("bash", {"-c", line, STUDIO_FAKE_CLI});
    return ended(process);
  }
  static Run ended(QProcess& process) {
    if (!process.waitForFinished(60'000)) process.kill();
    const bool exited = process.exitStatus() == QProcess::NormalExit;
    return {exited ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
  }
  void write(const QString& name, const QByteArray& text) const {
    QFile file(folder_->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
  }
  QByteArray content(const QString& name) const {
    QFile file(folder_->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  QStringList entries(const QString& name = ".") const {
    return QDir(folder_->filePath(name))
        .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
  }
  // Grammar: exactly one terminal event, the last; what ran is "finished" afterwards.
  static QJsonObject last_of(const Run& result, const QString& kind) {
    const auto events = events_of(result.out);
    if (events.isEmpty()) qFatal("no events: %s", qPrintable(result.err));
    const QStringList terminal{"finished", "failed", "cancelled"};
    for (qsizetype i = 0; i + 1 < events.size(); ++i) {
      if (terminal.contains(events[i]["event"].toString()))
        qFatal("a terminal event is not the last");
    }
    if (events.last()["event"].toString() != kind)
      qFatal(
          "ends in %s: %s", qPrintable(events.last()["event"].toString()), qPrintable(result.err));
    return events.last();
  }
  static int cells_in_state(const Run& result, const QString& state) {
    int count = 0;
    for (const QJsonObject& event : events_of(result.out))
      count += event["event"] == "cell" && event["state"] == state ? 1 : 0;
    return count;
  }
};

}  // namespace studio::testing
