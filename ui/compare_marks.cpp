// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is drawn over pictures: labels, notes, the wipe's handle and the scale of a difference.
#include "ui/compare_marks.h"

#include "ui/compare_palette.h"
#include "ui/theme.h"

#include <QFont>
#include <QFontMetricsF>
#include <QImage>
#include <QLineF>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kHandleRadius = 14;
constexpr double kKnobRadius = 6;
constexpr double kInsetShare = 0.28;
constexpr double kRadius = 5;
constexpr double kPad = 10, kBar = 10, kLeastLegend = 216;
// Pills lie on pictures, so they look alike in every theme.
constexpr QRgb kPill = 0xcd08090b, kInk = 0xfff0f2f5, kQuiet = 0xffaeb4bf, kAccent = 0xff8fbcff;

QColor colour(QRgb value) { return QColor::fromRgba(value); }

void drawPill(QPainter& painter, const QRectF& area) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour(kPill));
  painter.drawRoundedRect(area, kRadius, kRadius);
}

QFont smaller(const QFont& font) {
  QFont small = font;
  small.setPixelSize(12);
  return small;
}

double lineHeight(const QFontMetricsF& metrics) { return std::ceil(metrics.height()) + 2; }

QString scaleText(double value) {
  return QString::number(value, 'f', value < 10 && value != std::floor(value) ? 1 : 0);
}

}  // namespace

void drawLabel(QPainter& painter,
               const QFont& font,
               const QString& letter,
               bool is_accented,
               const QString& text,
               Corner corner,
               const QRectF& area) {
  const QFontMetricsF metrics(font);
  const double room = std::max(40.0, area.width() - 24);
  const QString shown = metrics.elidedText(text, Qt::ElideRight, room - 44);
  const double letter_width = metrics.horizontalAdvance(letter);
  const double gap = shown.isEmpty() ? 0 : 7;
  const QSizeF size(letter_width + gap + metrics.horizontalAdvance(shown) + 18,
                    metrics.height() + 8);
  const double left =
      corner == Corner::TopRight ? area.right() - 12 - size.width() : area.left() + 12;
  const double top =
      corner == Corner::BottomLeft ? area.bottom() - 10 - size.height() : area.top() + 10;
  const QRectF pill(QPointF(left, top), size);
  drawPill(painter, pill);
  QFont bold = font;
  bold.setWeight(QFont::DemiBold);
  painter.setPen(colour(is_accented ? kAccent : kQuiet));
  painter.setFont(bold);
  painter.drawText(pill.adjusted(9, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, letter);
  painter.setFont(font);
  painter.setPen(colour(kInk));
  painter.drawText(
      pill.adjusted(9 + letter_width + gap, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, shown);
}

void drawNotes(QPainter& painter, const QFont& font, const QStringList& notes, Foot foot) {
  if (notes.isEmpty()) return;
  const QFont small = smaller(font);
  const QFontMetricsF metrics(small);
  QStringList lines;
  double width = 0;
  for (const QString& note : notes) {
    lines << metrics.elidedText(note, Qt::ElideRight, foot.room - 18);
    width = std::max(width, metrics.horizontalAdvance(lines.last()));
  }
  const double line_height = lineHeight(metrics);
  const double height = line_height * static_cast<double>(lines.size()) + 8;
  const QRectF pill(foot.at.x(), foot.at.y() - height, width + 18, height);
  drawPill(painter, pill);
  painter.setFont(small);
  painter.setPen(colour(kInk));
  for (qsizetype i = 0; i < lines.size(); ++i) {
    painter.drawText(QRectF(pill.left() + 9,
                            pill.top() + 4 + line_height * static_cast<double>(i),
                            width + 2,
                            line_height),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     lines[i]);
  }
  painter.setFont(font);
}

QSizeF legendSize(const QFont& font, const Legend& legend, double room) {
  const QFontMetricsF metrics(smaller(font));
  const double text =
      std::max(metrics.horizontalAdvance(legend.title), metrics.horizontalAdvance(legend.numbers));
  return {std::min(std::max(kLeastLegend, text + 2 * kPad + 2), room),
          3 * lineHeight(metrics) + kBar + 3 + 2 * kPad - 6};
}

void drawLegend(QPainter& painter, const QFont& font, const Legend& legend, Foot foot) {
  const QFont small = smaller(font);
  const QFontMetricsF metrics(small);
  const double line = lineHeight(metrics);
  const QSizeF size = legendSize(font, legend, foot.room);
  const QRectF pill(foot.at - QPointF(0, size.height()), size);
  drawPill(painter, pill);
  painter.setFont(small);
  const QRectF inside = pill.adjusted(kPad, kPad - 3, -kPad, -kPad + 3);
  const auto row = [&](double top, const QString& text, int align, QRgb ink) {
    painter.setPen(colour(ink));
    painter.drawText(QRectF(inside.left(), inside.top() + top, inside.width(), line),
                     align | Qt::AlignVCenter,
                     metrics.elidedText(text, Qt::ElideRight, inside.width()));
  };
  row(0, legend.title, Qt::AlignLeft, kInk);
  const QRectF bar(inside.left(), inside.top() + line + 2, inside.width(), kBar);
  constexpr int kSteps = 256;
  QImage scale(kSteps, 1, QImage::Format_RGB32);
  for (int i = 0; i < kSteps; ++i) {
    const double share = double(i) / (kSteps - 1);
    scale.setPixel(i, 0, legend.is_signed ? signedColour(2 * share - 1) : heatColour(share));
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(bar, scale);
  painter.setPen(QPen(QColor(255, 255, 255, 70), 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5));
  const double ticks = line + kBar + 3;
  const QString most = scaleText(legend.full_scale);
  row(ticks, legend.is_signed ? QChar(0x2212) + most : QStringLiteral("0"), Qt::AlignLeft, kQuiet);
  row(ticks,
      legend.is_signed ? QStringLiteral("0") : scaleText(legend.full_scale / 2),
      Qt::AlignHCenter,
      kQuiet);
  row(ticks, legend.is_signed ? QLatin1Char('+') + most : most, Qt::AlignRight, kQuiet);
  row(ticks + line, legend.numbers, Qt::AlignLeft, kInk);
  painter.setFont(font);
}

void drawWipe(QPainter& painter, const QLineF& line, const WipeMarks& marks) {
  painter.setPen(QPen(QColor(0, 0, 0, 60), 4, Qt::SolidLine, Qt::FlatCap));
  painter.drawLine(line);
  painter.setPen(QPen(Qt::white, 2, Qt::SolidLine, Qt::FlatCap));
  painter.drawLine(line);
  painter.setPen(Qt::NoPen);
  if (marks.is_lit) {
    painter.setBrush(theme().accent);
    painter.drawEllipse(marks.handle, kHandleRadius + 3, kHandleRadius + 3);
  }
  painter.setBrush(QColor(0, 0, 0, 60));
  painter.drawEllipse(marks.knob, kKnobRadius + 1.5, kKnobRadius + 1.5);
  painter.setBrush(Qt::white);
  painter.drawEllipse(marks.handle, kHandleRadius, kHandleRadius);
  painter.drawEllipse(marks.knob, kKnobRadius, kKnobRadius);
  painter.setBrush(QColor(0x33373f));
  painter.drawEllipse(marks.knob, 2, 2);
  painter.save();
  painter.translate(marks.handle);
  const QPointF up = marks.knob - marks.handle;
  painter.rotate(std::atan2(up.x(), -up.y()) * 180 / 3.14159265358979);
  painter.setPen(QPen(QColor(0x33373f), 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.setBrush(Qt::NoBrush);
  for (const double way : {-1.0, 1.0}) {
    painter.drawPolyline(
        QPolygonF{QPointF(way * 3.5, -4), QPointF(way * 7.5, 0), QPointF(way * 3.5, 4)});
  }
  painter.restore();
}

void drawInset(QPainter& painter, const QImage& image, const QRectF& area) {
  const double width = std::max(72.0, std::min(area.width(), area.height()) * kInsetShare);
  const QSizeF size(width, width * image.height() / std::max(1, image.width()));
  const QRectF frame(area.right() - size.width() - 10,
                     area.bottom() - size.height() - 10,
                     size.width(),
                     size.height());
  painter.save();
  QPainterPath path;
  path.addRoundedRect(frame, 6, 6);
  painter.setClipPath(path);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(frame, image);
  painter.setClipping(false);
  painter.setPen(QPen(QColor(255, 255, 255, 210), 1.5));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(frame, 6, 6);
  painter.restore();
}

void drawSentence(QPainter& painter, const QString& text, const QRectF& area) {
  painter.setPen(theme().muted);
  const double margin = std::min(40.0, area.width() / 12);
  painter.drawText(area.adjusted(margin, 0, -margin, 0), Qt::AlignCenter | Qt::TextWordWrap, text);
}

}  // namespace studio::ui
