// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Texts that a view paints again and again: shortened, broken into lines and shaped once.
#include "ui/painted_text.h"

#include <QFontMetrics>
#include <QPainter>
#include <QTextOption>

#include <algorithm>

namespace studio::ui {
namespace {

// A screen full of tiles has fewer; times and steps of long ago are not kept.
constexpr qsizetype kMostKept = 1000;
constexpr int kAnyWidth = 1 << 20;

}  // namespace

PaintedTexts::Made PaintedTexts::make(const Key& key) {
  const QFontMetrics metrics(key.font);
  const QRect room(QPoint(0, 0), key.room);
  const int lines = std::max(1, room.height() / std::max(1, metrics.lineSpacing()));
  const auto needed = [&](Qt::TextFlag wrap, const QString& text) {
    return metrics.boundingRect(room, key.place.toInt() | wrap, text).size();
  };
  Made made;
  QString shown = key.text;
  QTextOption option(key.place & Qt::AlignHorizontal_Mask);
  bool in_lines = key.fit != TextFit::Line;
  if (in_lines) {
    made.size = needed(Qt::TextWordWrap, shown);
    const bool fits = made.size.height() <= room.height() && made.size.width() <= room.width();
    if (!fits && key.fit == TextFit::WordsOrPart) {
      shown = metrics.elidedText(shown, Qt::ElideRight, room.width() * lines - 24);
      option.setWrapMode(QTextOption::WrapAnywhere);
      made.size = needed(Qt::TextWrapAnywhere, shown);
      made.is_cut = true;
    }
    in_lines = fits || made.is_cut;
  }
  if (!in_lines) {
    shown = metrics.elidedText(shown, Qt::ElideRight, room.width());
    made.size = QSize(metrics.horizontalAdvance(shown), metrics.height());
  }
  made.text.setText(shown.replace('\n', QChar::LineSeparator));
  made.text.setTextFormat(Qt::PlainText);
  if (in_lines) {
    made.text.setTextOption(option);
    made.text.setTextWidth(room.width());
  }
  made.text.prepare({}, key.font);
  return made;
}

const PaintedTexts::Made& PaintedTexts::textFor(const Key& key) {
  if (const auto known = made_.constFind(key); known != made_.constEnd()) return *known;
  if (made_.size() >= kMostKept) made_.clear();
  return *made_.insert(key, make(key));
}

int PaintedTexts::widthOf(const QFont& font, const QString& text) {
  return textFor({text, font, {kAnyWidth, 0}, Qt::AlignLeft, TextFit::Line}).size.width();
}

void PaintedTexts::draw(
    QPainter& painter, const QRect& room, Qt::Alignment place, const QString& text, TextFit fit) {
  const Made& known = textFor({text, painter.font(), room.size(), place, fit});
  QPoint at = room.topLeft();
  // Lines are placed from side to side within the text's own width.
  const int free = known.text.textWidth() < 0 ? room.width() - known.size.width() : 0;
  if (place & Qt::AlignHCenter) at.rx() += free / 2;
  if (place & Qt::AlignRight) at.rx() += free;
  if (place & Qt::AlignVCenter) at.ry() += (room.height() - known.size.height()) / 2;
  if (known.is_cut) painter.setClipRect(room);
  painter.drawStaticText(at, known.text);
  if (known.is_cut) painter.setClipping(false);
}

}  // namespace studio::ui
