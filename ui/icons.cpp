// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small line icons drawn in the colour of the text around them.
#include "ui/icons.h"

#include "ui/theme.h"

#include <QPainter>
#include <QSvgRenderer>

namespace studio::ui {
namespace {

const char* shapeOf(Glyph glyph) {
  switch (glyph) {
    case Glyph::Dice:
      return "<rect x='2.5' y='2.5' width='11' height='11' rx='2.5'/>"
             "<g fill='COLOUR' stroke='none'><circle cx='5.6' cy='5.6' r='1.05'/><circle cx='10.4' "
             "cy='5.6' r='1.05'/>"
             "<circle cx='8' cy='8' r='1.05'/><circle cx='5.6' cy='10.4' r='1.05'/>"
             "<circle cx='10.4' cy='10.4' r='1.05'/></g>";
    case Glyph::Locked:
      return "<rect x='3.5' y='7.2' width='9' height='6.3' rx='1.5'/><path d='M5.4 7V5.2a2.6 2.6 0 "
             "0 1 5.2 0V7'/>";
    case Glyph::Unlocked:
      return "<rect x='3.5' y='7.2' width='9' height='6.3' rx='1.5'/><path d='M5.4 7V4.6a2.6 2.6 0 "
             "0 1 5.1-.7'/>";
    case Glyph::Close:
      return "<path d='M4.5 4.5l7 7M11.5 4.5l-7 7'/>";
    case Glyph::Swap:
      return "<path d='M2.5 8h11M5 5.4L2.4 8 5 10.6M11 5.4L13.6 8 11 10.6'/>";
  }
  return "";
}

QPixmap drawn(const QByteArray& svg, int side) {
  QPixmap pixmap(side, side);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(svg).render(&painter);
  return pixmap;
}

QByteArray svgOf(Glyph glyph, const QColor& colour) {
  QByteArray svg =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><g fill='none' stroke='COLOUR' "
      "stroke-width='1.3' stroke-linecap='round' stroke-linejoin='round'>";
  svg += shapeOf(glyph);
  svg += "</g></svg>";
  return svg.replace("COLOUR", colour.name().toLatin1());
}

}  // namespace

QIcon glyphIcon(Glyph glyph) {
  QIcon icon;
  for (const int side : {16, 32, 48}) icon.addPixmap(drawn(svgOf(glyph, theme().text), side));
  return icon;
}

QIcon programIcon() {
  static constexpr char kSvg[] =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'><rect width='64' height='64' "
      "rx='14' fill='#1b1d21'/>"
      "<path d='M10 20c8-4 14 3 22 0s14-3 22 0v26c-8-3-14 3-22 0s-14-4-22 0z' fill='#fff'/>"
      "<path d='M18 33c8-11 20-11 28 0-8 11-20 11-28 0z' fill='#b3202a'/><circle cx='32' cy='33' "
      "r='3.4' fill='#f2b632'/></svg>";
  QIcon icon;
  for (const int side : {16, 32, 64, 128, 256}) icon.addPixmap(drawn(kSvg, side));
  return icon;
}

}  // namespace studio::ui
