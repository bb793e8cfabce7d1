// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Line icons of one stroke, drawn in the colours of the theme.
#include "ui/icons.h"

#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

struct Shape {
  Glyph glyph;
  const char* name;
  const char* svg;  // on 16 x 16; COLOUR where something is filled
};

// Round caps, one stroke of 1.3, two units of margin.
constexpr Shape kShapes[] = {
    {Glyph::Bookmark, "bookmark", "<path d='M4.2 2.6h7.6v10.8L8 10.6l-3.8 2.8z'/>"},
    {Glyph::Check, "check", "<path d='M3.2 8.4l3.2 3.2 6.4-7'/>"},
    {Glyph::ChevronDown, "chevron down", "<path d='M4 6.2l4 4 4-4'/>"},
    {Glyph::ChevronLeft, "chevron left", "<path d='M9.8 4l-4 4 4 4'/>"},
    {Glyph::ChevronRight, "chevron right", "<path d='M6.2 4l4 4-4 4'/>"},
    {Glyph::ChevronUp, "chevron up", "<path d='M4 9.8l4-4 4 4'/>"},
    {Glyph::Clock, "clock", "<circle cx='8' cy='8' r='5.5'/><path d='M8 4.8V8l2.2 1.6'/>"},
    {Glyph::Close, "close", "<path d='M4.5 4.5l7 7M11.5 4.5l-7 7'/>"},
    {Glyph::Compare,
     "compare",
     "<path d='M4 3h4v10H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 3z' fill='COLOUR' "
     "fill-opacity='.3' stroke='none'/><rect x='2.5' y='3' width='11' height='10' rx='1.5'/>"
     "<path d='M8 1.6v12.8'/>"},
    {Glyph::Copy,
     "copy",
     "<rect x='5.6' y='5.6' width='7.9' height='7.9' rx='1.4'/><path d='M10.4 3.4a.9.9 0 0 "
     "0-.9-.9h-6a1 "
     "1 0 0 0-1 1v6a.9.9 0 0 0 .9.9'/>"},
    {Glyph::Dice,
     "dice",
     "<rect x='2.5' y='2.5' width='11' height='11' rx='2.5'/><g fill='COLOUR' stroke='none'>"
     "<circle cx='5.6' cy='5.6' r='1.05'/><circle cx='10.4' cy='5.6' r='1.05'/><circle cx='8' "
     "cy='8' "
     "r='1.05'/><circle cx='5.6' cy='10.4' r='1.05'/><circle cx='10.4' cy='10.4' r='1.05'/></g>"},
    {Glyph::Download, "download", "<path d='M8 2.6v7.2M5 7l3 3 3-3M3 13h10'/>"},
    {Glyph::Export,
     "export",
     "<path d='M8 9.8V2.6M5 5.4l3-3 3 3M3 9.4v2.8a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V9.4'/>"},
    {Glyph::Eye,
     "eye",
     "<path d='M1.6 8C3.4 4.9 5.6 3.6 8 3.6S12.6 4.9 14.4 8C12.6 11.1 10.4 12.4 8 12.4S3.4 11.1 "
     "1.6 "
     "8z'/><circle cx='8' cy='8' r='2'/>"},
    {Glyph::EyeOff,
     "eye off",
     "<path d='M6 3.9A6.6 6.6 0 0 1 8 3.6c2.4 0 4.6 1.3 6.4 4.4a11 11 0 0 1-1.8 2.3M10.3 11.9a6.5 "
     "6.5 "
     "0 0 1-2.3.5C5.6 12.4 3.4 11.1 1.6 8a10.7 10.7 0 0 1 2.3-2.8M2.6 2.6l10.8 10.8'/>"},
    {Glyph::Film,
     "film",
     "<rect x='2.5' y='3' width='11' height='10' rx='1.5'/><path d='M5.3 3v10M10.7 3v10M2.5 "
     "6.3h2.8M2.5 9.7h2.8M10.7 6.3h2.8M10.7 9.7h2.8'/>"},
    {Glyph::Filter, "filter", "<path d='M2.5 3.2h11l-4.2 5v4.6l-2.6-1.4V8.2z'/>"},
    {Glyph::Folder,
     "folder",
     "<path d='M2.4 12V4.2a1 1 0 0 1 1-1h3L8 4.9h4.6a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H3.4a1 1 0 0 "
     "1-1-1z'/>"},
    {Glyph::Grid,
     "grid",
     "<rect x='2.5' y='2.5' width='4.4' height='4.4' rx='1'/><rect x='9.1' y='2.5' width='4.4' "
     "height='4.4' rx='1'/><rect x='2.5' y='9.1' width='4.4' height='4.4' rx='1'/><rect x='9.1' "
     "y='9.1' width='4.4' height='4.4' rx='1'/>"},
    {Glyph::Handle,
     "drag handle",
     "<g fill='COLOUR' stroke='none'><circle cx='5.9' cy='3.8' r='1.05'/><circle cx='10.1' "
     "cy='3.8' "
     "r='1.05'/><circle cx='5.9' cy='8' r='1.05'/><circle cx='10.1' cy='8' r='1.05'/><circle "
     "cx='5.9' "
     "cy='12.2' r='1.05'/><circle cx='10.1' cy='12.2' r='1.05'/></g>"},
    {Glyph::Image,
     "image",
     "<rect x='2.5' y='3' width='11' height='10' rx='1.5'/><circle cx='5.7' cy='6.1' "
     "r='1.1'/><path "
     "d='M2.8 11.6l3.4-3.2 2.4 2.2 2.2-2 2.6 2.5'/>"},
    {Glyph::Info,
     "information",
     "<circle cx='8' cy='8' r='5.5'/><path d='M8 7.4v3.4'/><circle cx='8' cy='5.1' r='.75' "
     "fill='COLOUR' stroke='none'/>"},
    {Glyph::Keyboard,
     "keyboard",
     "<rect x='1.8' y='4' width='12.4' height='8' rx='1.4'/><path d='M4.5 6.7h.01M6.8 6.7h.01M9.2 "
     "6.7h.01M11.5 6.7h.01M5.4 9.4h5.2'/>"},
    {Glyph::Link,
     "link",
     "<path d='M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.9.9M9.2 6.8a2.6 2.6 0 0 "
     "0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.9-.9'/>"},
    {Glyph::Locked,
     "locked",
     "<rect x='3.5' y='7.2' width='9' height='6.3' rx='1.5'/><path d='M5.4 7V5.2a2.6 2.6 0 0 1 5.2 "
     "0V7'/>"},
    {Glyph::Minus, "minus", "<path d='M3.4 8h9.2'/>"},
    {Glyph::More,
     "more",
     "<g fill='COLOUR' stroke='none'><circle cx='3.6' cy='8' r='1.15'/><circle cx='8' cy='8' "
     "r='1.15'/><circle cx='12.4' cy='8' r='1.15'/></g>"},
    {Glyph::Pad,
     "pad",
     "<rect x='2.5' y='2.5' width='11' height='11' rx='1.5'/><path d='M2.8 6.2h4.6M11.2 6.2h2M9.3 "
     "2.8v1.4M9.3 8.2v5' stroke-opacity='.55'/><circle cx='9.3' cy='6.2' r='1.7' fill='COLOUR'/>"},
    {Glyph::Pause,
     "pause",
     "<rect x='3.9' y='3.2' width='2.7' height='9.6' rx='.8'/><rect x='9.4' y='3.2' width='2.7' "
     "height='9.6' rx='.8'/>"},
    {Glyph::Pencil,
     "pencil",
     "<path d='M3 13l.7-3 6.6-6.6a1.2 1.2 0 0 1 1.7 0l.6.6a1.2 1.2 0 0 1 0 1.7L6 12.3zM9.2 4.6l2.2 "
     "2.2'/>"},
    {Glyph::Play, "play", "<path d='M4.9 3v10l8-5z'/>"},
    {Glyph::Plot, "plot", "<path d='M2.6 2.6v10.8h10.8M4.8 10.4l2.6-3.6 2.4 1.8 3-4.4'/>"},
    {Glyph::Plus, "plus", "<path d='M8 3.4v9.2M3.4 8h9.2'/>"},
    {Glyph::Queue, "queue", "<path d='M2.5 3.8h11M2.5 8h5.4M2.5 12.2h5.4M10.4 7.6v5.2l3.6-2.6z'/>"},
    {Glyph::Redo,
     "redo",
     "<path d='M10.6 3l2.8 2.8-2.8 2.8M13.2 5.8H6.6a3.7 3.7 0 0 0 0 7.4H10'/>"},
    {Glyph::Retry, "retry", "<path d='M13 3v3.2H9.8M12.8 6A5.3 5.3 0 1 0 13.3 8.7'/>"},
    {Glyph::Search, "search", "<circle cx='7' cy='7' r='4.3'/><path d='M10.2 10.2l3.3 3.3'/>"},
    {Glyph::Settings,
     "settings",
     "<path d='M2.5 4.6h5.9M12.4 4.6h1.1M2.5 11.4h1.1M7.6 11.4h5.9'/><circle cx='10.4' cy='4.6' "
     "r='1.9'/><circle cx='5.6' cy='11.4' r='1.9'/>"},
    {Glyph::Skip, "skip", "<path d='M3.6 3.4v9.2L10.4 8zM12.6 3.6v8.8'/>"},
    {Glyph::Sort,
     "sort",
     "<path d='M4.8 3v10M2.5 10.7L4.8 13l2.3-2.3M9 3.8h4.8M9 8h3.4M9 12.2h2'/>"},
    {Glyph::Star,
     "star",
     "<path d='M8 2.2l1.68 3.7 4.03.45-3.0 2.73.83 3.97L8 11.05l-3.54 2 .83-3.97-3-2.73 "
     "4.03-.45z'/>"},
    {Glyph::StarFilled,
     "star filled",
     "<path fill='COLOUR' d='M8 2.2l1.68 3.7 4.03.45-3.0 2.73.83 3.97L8 11.05l-3.54 2 "
     ".83-3.97-3-2.73 "
     "4.03-.45z'/>"},
    {Glyph::Stop, "stop", "<rect x='3.7' y='3.7' width='8.6' height='8.6' rx='1.6'/>"},
    {Glyph::Swap, "swap", "<path d='M2.5 8h11M5 5.4L2.4 8 5 10.6M11 5.4L13.6 8 11 10.6'/>"},
    {Glyph::Tag,
     "tag",
     "<path d='M2.6 7.6V3.4a.8.8 0 0 1 .8-.8h4.2l5.6 5.6a1 1 0 0 1 0 1.4l-3.6 3.6a1 1 0 0 1-1.4 "
     "0z'/><circle cx='5.5' cy='5.5' r='.95' fill='COLOUR' stroke='none'/>"},
    {Glyph::Trash,
     "trash",
     "<path d='M2.8 4.4h10.4M6.2 4.4V2.8h3.6v1.6M4 4.4l.6 8.2a1 1 0 0 0 1 .9h4.8a1 1 0 0 0 "
     "1-.9l.6-8.2M6.7 7v4M9.3 7v4'/>"},
    {Glyph::Undo, "undo", "<path d='M5.4 3L2.6 5.8l2.8 2.8M2.8 5.8h6.6a3.7 3.7 0 0 1 0 7.4H6'/>"},
    {Glyph::Unlink,
     "unlink",
     "<path d='M8.1 4.2l.9-.9A2.6 2.6 0 0 1 12.7 7l-1.6 1.6M7.9 11.8l-.9.9A2.6 2.6 0 0 1 3.3 "
     "9l1.6-1.6"
     "M4.6 2.2v1.6M2.2 4.6h1.6M11.4 13.8v-1.6M13.8 11.4h-1.6'/>"},
    {Glyph::Unlocked,
     "unlocked",
     "<rect x='3.5' y='7.2' width='9' height='6.3' rx='1.5'/><path d='M5.4 7V4.6a2.6 2.6 0 0 1 "
     "5.1-.7'/>"},
    {Glyph::Warning,
     "warning",
     "<path d='M8 2.6l5.9 10.6H2.1z'/><path d='M8 6.6v3'/><circle cx='8' cy='11.3' r='.75' "
     "fill='COLOUR' stroke='none'/>"}};

const Shape& shapeOf(Glyph glyph) { return kShapes[static_cast<std::size_t>(glyph)]; }

class GlyphEngine : public QIconEngine {
 public:
  GlyphEngine(Glyph glyph, ThemeRole role) : glyph_(glyph), role_(role) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double ratio = painter->device() != nullptr ? painter->device()->devicePixelRatio() : 1;
    painter->drawPixmap(rect, scaledPixmap(rect.size() * ratio, mode, state, ratio));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return scaledPixmap(size, mode, state, 1);
  }
  // `size` is in device pixels.
  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal ratio) override {
    const QColor colour = mode == QIcon::Disabled ? theme().muted : theme().*role_;
    const QString key = QStringLiteral("glyph %1 %2 %3x%4 %5")
                            .arg(static_cast<int>(glyph_))
                            .arg(colour.rgba())
                            .arg(size.width())
                            .arg(size.height())
                            .arg(ratio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) return pixmap;
    pixmap = QPixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    if (mode == QIcon::Disabled) painter.setOpacity(0.7);
    const int side = std::min(size.width(), size.height());
    QSvgRenderer(glyphSvg(glyph_, colour))
        .render(&painter,
                QRectF((size.width() - side) / 2.0, (size.height() - side) / 2.0, side, side));
    painter.end();
    pixmap.setDevicePixelRatio(ratio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
  }
  QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
  QList<QSize> availableSizes(QIcon::Mode, QIcon::State) override {
    return {QSize(16, 16), QSize(32, 32), QSize(48, 48)};
  }
  QIconEngine* clone() const override { return new GlyphEngine(*this); }
  QString key() const override { return QStringLiteral("seg-glyph"); }
  bool isNull() override { return false; }

 private:
  Glyph glyph_;
  ThemeRole role_;
};

QPixmap drawn(const QByteArray& svg, int side) {
  QPixmap pixmap(side, side);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(svg).render(&painter);
  return pixmap;
}

}  // namespace

QByteArray glyphSvg(Glyph glyph, const QColor& colour) {
  QByteArray svg =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><g fill='none' stroke='COLOUR' "
      "stroke-width='1.3' stroke-linecap='round' stroke-linejoin='round'>";
  svg += shapeOf(glyph).svg;
  svg += "</g></svg>";
  return svg.replace("COLOUR", colour.name().toLatin1());
}

QIcon glyphIcon(Glyph glyph, ThemeRole role) { return QIcon(new GlyphEngine(glyph, role)); }

const std::vector<Glyph>& allGlyphs() {
  static const std::vector<Glyph> all = [] {
    std::vector<Glyph> glyphs;
    for (const Shape& shape : kShapes) glyphs.push_back(shape.glyph);
    return glyphs;
  }();
  return all;
}

QString glyphName(Glyph glyph) { return QString::fromLatin1(shapeOf(glyph).name); }

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
