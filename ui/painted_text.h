// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Texts that a view paints again and again: shortened, broken into lines and shaped once.
#pragma once

#include <QFont>
#include <QHash>
#include <QStaticText>

class QPainter;

namespace studio::ui {

// How a text is made to fit its room.
enum class TextFit {
  Line,         // one line, its end left out
  Words,        // lines of whole words, else as Line
  WordsOrPart,  // lines of whole words, else as many letters as there are lines for
};

// For one view; GUI thread. Paints with the painter's font and pen.
class PaintedTexts {
 public:
  void draw(QPainter& painter,
            const QRect& room,
            Qt::Alignment place,
            const QString& text,
            TextFit fit = TextFit::Line);
  int widthOf(const QFont& font, const QString& text);

 private:
  struct Key {
    QString text;
    QFont font;
    QSize room;
    Qt::Alignment place;
    TextFit fit;
    friend bool operator==(const Key&, const Key&) = default;
    friend std::size_t qHash(const Key& key, std::size_t seed) {
      return qHashMulti(seed, key.text, key.room.width(), key.room.height(), int(key.place));
    }
  };
  struct Made {
    QStaticText text;
    QSize size;           // of what is painted
    bool is_cut = false;  // may reach over its room
  };
  const Made& textFor(const Key& key);
  static Made make(const Key& key);

  QHash<Key, Made> made_;
};

}  // namespace studio::ui
