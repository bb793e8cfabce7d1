// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is drawn over pictures: labels, notes, the wipe's handle and the scale of a difference.
#pragma once

#include <QPointF>
#include <QRectF>
#include <QStringList>

class QFont;
class QImage;
class QLineF;
class QPainter;

namespace studio::ui {

enum class Corner { TopLeft, TopRight, BottomLeft };

// A letter and a text on a dark pill in a corner of `area`.
void drawLabel(QPainter& painter,
               const QFont& font,
               const QString& letter,
               bool is_accented,
               const QString& text,
               Corner corner,
               const QRectF& area);

// Where a pill's lower left corner lies, and how wide it may be.
struct Foot {
  QPointF at;
  double room = 0;
};

// Lines of text on a pill.
void drawNotes(QPainter& painter, const QFont& font, const QStringList& notes, Foot foot);

struct Legend {
  QString title;
  QString numbers;
  double full_scale = 255;  // at the right end; at the left end of a signed one its negative
  bool is_signed = false;
};
QSizeF legendSize(const QFont& font, const Legend& legend, double room);
void drawLegend(QPainter& painter, const QFont& font, const Legend& legend, Foot foot);

struct WipeMarks {
  QPointF handle, knob;
  bool is_lit = false;  // it has the keyboard, or the mouse moves it
};
void drawWipe(QPainter& painter, const QLineF& line, const WipeMarks& marks);

// A picture that forms, in the lower right corner of `area`.
void drawInset(QPainter& painter, const QImage& image, const QRectF& area);

// A sentence in the middle of `area`, where there is no picture.
void drawSentence(QPainter& painter, const QString& text, const QRectF& area);

}  // namespace studio::ui
