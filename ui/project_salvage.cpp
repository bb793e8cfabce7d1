// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A JSON reader that goes on after damage. Sound files go through Qt's own reader.
#include "ui/project_salvage.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <optional>

namespace studio::ui {
namespace {

constexpr int kMostProblems = 20;

QString tr(const char* text) { return QCoreApplication::translate("Project", text); }

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// How deep objects and lists lie in each other, without reading them.
int depthOf(const QByteArray& text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (qsizetype i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

class Salvager {
 public:
  explicit Salvager(const QByteArray& text) : text_(text) {}

  SalvagedJson read() {
    skipSpace();
    if (!take('{')) {
      found_.problems << (text_.trimmed().isEmpty() ? tr("it is empty")
                                                    : tr("it does not begin as a JSON object"));
      return std::move(found_);
    }
    readMembers();
    if (!found_.problems.isEmpty()) return std::move(found_);
    skipSpace();
    if (at_ < text_.size()) note(tr("something follows after the end"));
    return std::move(found_);
  }

 private:
  void readMembers() {
    skipSpace();
    if (take('}')) return;
    while (true) {
      const auto key = readKey();
      if (key) {
        path_ = *key;
        if (auto value = readValue(1)) found_.root.insert(*key, *value);
        path_.clear();
        skipSpace();
        if (!broken_ && take('}')) return;
        if (!broken_ && take(',')) {
          skipSpace();
          continue;
        }
      }
      if (!broken_) damaged();
      if (!goOnAt("\n\"", -1)) return;
    }
  }

  std::optional<QString> readKey() {
    skipSpace();
    const auto key = readString();
    skipSpace();
    if (!key || !take(':')) return std::nullopt;
    return key;
  }

  std::optional<QJsonValue> readValue(int depth) {
    skipSpace();
    if (at_ >= text_.size()) return damaged();
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (depth >= kDeepestJson) return leaveOut();
      return c == '{' ? readObject(depth) : readList(depth);
    }
    if (c == '"') {
      const auto string = readString();
      return string ? std::optional<QJsonValue>(*string) : damaged();
    }
    return readWord();
  }

  std::optional<QJsonValue> readObject(int depth) {
    take('{');
    QJsonObject object;
    skipSpace();
    if (take('}')) return object;
    while (true) {
      const auto key = readKey();
      if (!key) return damaged();
      const auto value = readValue(depth + 1);
      if (broken_ || !value) return std::nullopt;
      object.insert(*key, *value);
      skipSpace();
      if (take('}')) return object;
      if (!take(',')) return damaged();
    }
  }

  // A list directly in the root has one element a line, so a damaged one costs only itself.
  std::optional<QJsonValue> readList(int depth) {
    take('[');
    QJsonArray list;
    skipSpace();
    if (take(']')) return list;
    while (true) {
      if (auto value = readValue(depth + 1); value && !broken_) list.append(*value);
      skipSpace();
      if (!broken_ && take(']')) return list;
      if (!broken_ && take(',')) continue;
      if (!broken_) damaged();
      const qsizetype next_member = text_.indexOf("\n\"", at_);
      if (depth != 1 || !goOnAt("\n  {", next_member)) return list;
    }
  }

  std::optional<QJsonValue> readWord() {
    const qsizetype start = at_;
    const auto ends = [](char c) { return isSpace(c) || c == ',' || c == ']' || c == '}'; };
    while (at_ < text_.size() && !ends(text_[at_])) ++at_;
    const QByteArray word = text_.mid(start, at_ - start);
    const auto document = QJsonDocument::fromJson('[' + word + ']');
    // A word that the end of the file cuts off may be another word.
    if (document.array().size() == 1 && at_ < text_.size()) return document.array().first();
    if (at_ < text_.size()) at_ = start;
    return damaged();
  }

  std::optional<QString> readString() {
    if (at_ >= text_.size() || text_[at_] != '"') return std::nullopt;
    qsizetype end = at_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) at_ = text_.size();
    if (end >= text_.size() || text_[end] != '"') return std::nullopt;
    const QByteArray quoted = text_.mid(at_, end + 1 - at_);
    auto document = QJsonDocument::fromJson('[' + quoted + ']');
    if (document.array().size() != 1) {
      // Bytes that are no UTF-8 become question marks; a bad escape is beyond help.
      document = QJsonDocument::fromJson('[' + QString::fromUtf8(quoted).toUtf8() + ']');
      if (document.array().size() != 1) return std::nullopt;
      note(tr("line %1 has text that is not valid UTF-8").arg(line()));
    }
    at_ = end + 1;
    return document.array().first().toString();
  }

  // Steps over a value that lies too deep.
  std::optional<QJsonValue> leaveOut() {
    note(
        tr("%1 has values deeper than %2 levels; these are left out").arg(path_).arg(kDeepestJson));
    qsizetype depth = 0;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quoted) {
        if (c == '\\') ++at_;
        if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        ++at_;
        return QJsonValue(QJsonValue::Null);
      }
    }
    return damaged();
  }

  std::nullopt_t damaged() {
    if (!broken_) {
      const QString where = path_.isEmpty() ? QString() : tr(", in %1").arg(path_);
      note(at_ >= text_.size() ? tr("it ends in the middle%1").arg(where)
                               : tr("line %1 is damaged%2").arg(line()).arg(where));
    }
    broken_ = true;
    return std::nullopt;
  }

  // Continues behind the line break at the next `mark`, before `limit`.
  bool goOnAt(const char* mark, qsizetype limit) {
    if (found_.problems.size() >= kMostProblems) return false;
    const qsizetype next = text_.indexOf(mark, at_);
    if (next < 0 || (limit >= 0 && next >= limit)) return false;
    at_ = next + 1;
    broken_ = false;
    return true;
  }

  void note(const QString& problem) {
    if (found_.problems.contains(problem)) return;
    if (found_.problems.size() < kMostProblems) found_.problems << problem;
  }
  void skipSpace() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  qsizetype line() const { return 1 + text_.left(at_).count('\n'); }

  const QByteArray& text_;
  qsizetype at_ = 0;
  QString path_;
  bool broken_ = false;
  SalvagedJson found_;
};

}  // namespace

SalvagedJson salvageJson(const QByteArray& text) {
  const QJsonDocument document = QJsonDocument::fromJson(text);
  if (document.isObject() && depthOf(text) <= kDeepestJson) return {document.object(), {}};
  if (document.isArray()) return {{}, {tr("it holds a list, but must be an object")}};
  SalvagedJson found = Salvager(text).read();
  if (found.problems.isEmpty()) found.problems << tr("it is not valid JSON");
  return found;
}

}  // namespace studio::ui
