// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Thousands of pictures as tiles: where they are and how they look.
#include "ui/gallery_grid.h"

#include "ui/gallery_stars.h"
#include "ui/theme.h"

#include <QDir>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kMargin = 16;
constexpr int kPad = 8;    // inside a tile
constexpr int kGap = 4;    // between tiles, at least
constexpr int kLine = 17;  // of text
constexpr int kHeader = 40;
constexpr int kTextGap = 5;
constexpr double kRadius = 5;

int cellWidth(int side) { return side + 2 * kPad; }
int cellHeight(int side) { return side + 2 * kPad + kTextGap + 2 * kLine; }

}  // namespace

GalleryGrid::GalleryGrid(QWidget* parent, qsizetype thumb_budget)
    : QAbstractScrollArea(parent), thumbs_(nullptr, thumb_budget) {
  setObjectName(QStringLiteral("galleryGrid"));
  setAccessibleName(tr("Pictures of the project"));
  setFrameShape(NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  // Always there: tiles do not jump when the first row is filled.
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  verticalScrollBar()->setSingleStep(40);
  ask_timer_.setSingleShot(true);
  ask_timer_.setInterval(0);
  connect(&ask_timer_, &QTimer::timeout, this, &GalleryGrid::askThumbs);
  connect(&thumbs_, &ThumbLoader::ready, this, &GalleryGrid::takeThumbs);
}

void GalleryGrid::setFolder(const QString& folder) {
  folder_ = folder;
  rows_.reset();
  thumbs_.clear();
  selected_.clear();
  current_ = anchor_ = hovered_ = -1;
  layOut();
  verticalScrollBar()->setValue(0);
  tellSelection();
}

const GalleryEntry* GalleryGrid::entry(int row) const {
  return row >= 0 && row < count() ? &rows_->entries[static_cast<std::size_t>(row)] : nullptr;
}

void GalleryGrid::setRows(const std::shared_ptr<GalleryRows>& rows) {
  const auto id_of = [this](int row) { return entry(row) ? entry(row)->id : -1; };
  const qint64 current = id_of(current_), anchor = id_of(anchor_);
  // The first tile in view stays where it is, unless the view stands at the top.
  const int first = verticalScrollBar()->value() > 0 ? visibleRows().first : -1;
  const qint64 held = id_of(first);
  const int held_top = held >= 0 ? tileRect(first).top() : 0;
  const int old_current = current_;
  const QSet<qint64> before = selected_;
  rows_ = rows;
  QSet<qint64> kept;
  int held_row = -1;
  current_ = anchor_ = hovered_ = -1;
  for (int row = 0; row < count(); ++row) {
    const qint64 id = rows_->entries[static_cast<std::size_t>(row)].id;
    if (id == current) current_ = row;
    if (id == anchor) anchor_ = row;
    if (id == held) held_row = row;
    if (!before.isEmpty() && before.contains(id)) kept.insert(id);
  }
  selected_ = kept;
  // A picture that left while it was current hands over to the one in its place.
  if (current_ < 0 && current >= 0 && count() > 0) {
    current_ = anchor_ = std::min(old_current, count() - 1);
    if (selected_.isEmpty()) selected_.insert(id_of(current_));
  }
  layOut();
  if (held_row >= 0) {
    verticalScrollBar()->setValue(verticalScrollBar()->value() + tileRect(held_row).top() -
                                  held_top);
  }
  tellSelection();
}

void GalleryGrid::patchMarks(const QHash<QString, GalleryMark>& marks) {
  if (!rows_) return;
  for (GalleryEntry& one : rows_->entries) {
    const auto found = marks.constFind(one.path);
    if (found != marks.constEnd()) one.mark = *found;
  }
  viewport()->update();
}

int GalleryGrid::rowOf(const QString& path) const {
  for (int row = 0; row < count(); ++row) {
    if (entry(row)->path == path) return row;
  }
  return -1;
}

void GalleryGrid::setTileSide(int side) {
  side = std::clamp(side, kLeastSide, kMostSide);
  if (side == side_) return;
  const int held = current_ >= 0 ? current_ : visibleRows().first;
  side_ = side;
  layOut();
  if (held >= 0 && held < count()) {
    const int top = contentRect(held).top();
    verticalScrollBar()->setValue(std::max(0, top - viewport()->height() / 3));
  }
  Q_EMIT tileSideChanged(side_);
}

QImage GalleryGrid::thumbOf(int row) const {
  const GalleryEntry* one = entry(row);
  const Thumb* thumb = one == nullptr ? nullptr : thumbs_.find(one->id);
  return thumb == nullptr ? QImage() : thumb->image;
}

void GalleryGrid::layOut() {
  const int width = std::max(cellWidth(side_), viewport()->width() - 2 * kMargin);
  columns_ = std::max(1, (width + kGap) / (cellWidth(side_) + kGap));
  step_x_ = columns_ > 1 ? double(width - cellWidth(side_)) / (columns_ - 1) : 0;
  // Few tiles do not drift apart.
  step_x_ = std::min(step_x_, cellWidth(side_) * 1.35);
  sections_.clear();
  int top = kGap;
  if (rows_) {
    for (const GalleryGroup& group : rows_->groups) {
      Section section{top, group.title.isEmpty() ? kPad : kHeader, group.first, group.count};
      sections_.push_back(section);
      top = bottomOf(section);
    }
  }
  content_height_ = top + kMargin;
  QScrollBar* bar = verticalScrollBar();
  bar->setPageStep(std::max(1, viewport()->height() - cellHeight(side_) / 2));
  bar->setRange(0, std::max(0, content_height_ - viewport()->height()));
  viewport()->update();
  ask_timer_.start();
}

int GalleryGrid::bottomOf(const Section& section) const {
  const int lines = (section.count + columns_ - 1) / columns_;
  return section.top + section.header + lines * (cellHeight(side_) + kGap);
}

int GalleryGrid::sectionAt(int content_y) const {
  const auto after =
      std::upper_bound(sections_.begin(), sections_.end(), content_y, [](int y, const Section& s) {
        return y < s.top;
      });
  return std::max(0, static_cast<int>(after - sections_.begin()) - 1);
}

int GalleryGrid::sectionOf(int row) const {
  const auto after = std::upper_bound(
      sections_.begin(), sections_.end(), row, [](int r, const Section& s) { return r < s.first; });
  return std::max(0, static_cast<int>(after - sections_.begin()) - 1);
}

QRect GalleryGrid::contentRect(int row) const {
  if (row < 0 || row >= count() || sections_.empty()) return {};
  const Section& section = sections_[static_cast<std::size_t>(sectionOf(row))];
  const int within = row - section.first;
  return {kMargin + static_cast<int>(within % columns_ * step_x_),
          section.top + section.header + within / columns_ * (cellHeight(side_) + kGap),
          cellWidth(side_),
          cellHeight(side_)};
}

QRect GalleryGrid::tileRect(int row) const {
  return contentRect(row).translated(0, -verticalScrollBar()->value());
}

int GalleryGrid::rowAt(const QPoint& point) const {
  if (sections_.empty()) return -1;
  const int y = point.y() + verticalScrollBar()->value();
  const Section& section = sections_[static_cast<std::size_t>(sectionAt(y))];
  const int down = y - section.top - section.header;
  if (down < 0 || down % (cellHeight(side_) + kGap) >= cellHeight(side_)) return -1;
  const int line = down / (cellHeight(side_) + kGap);
  const int across = point.x() - kMargin;
  if (across < 0) return -1;
  const int column = step_x_ > 0 ? std::min(columns_ - 1, static_cast<int>(across / step_x_)) : 0;
  const int row = section.first + line * columns_ + column;
  if (row >= section.first + section.count) return -1;
  return tileRect(row).contains(point) ? row : -1;
}

std::pair<int, int> GalleryGrid::visibleRows() const {
  if (sections_.empty()) return {0, 0};
  const int top = verticalScrollBar()->value(), bottom = top + viewport()->height();
  const int height = cellHeight(side_) + kGap;
  const auto row_at = [&](int y, bool after) {
    const Section& section = sections_[static_cast<std::size_t>(sectionAt(y))];
    const int down = std::max(0, y - section.top - section.header);
    const int line = down / height + (after ? 1 : 0);
    return section.first + std::min(section.count, line * columns_);
  };
  return {row_at(top, false), row_at(bottom, true)};
}

void GalleryGrid::askThumbs() {
  const auto [first, last] = visibleRows();
  const int page = std::max(columns_, last - first);
  const qreal ratio = devicePixelRatioF();
  const int side_px = static_cast<int>(side_ * ratio);
  std::vector<ThumbWish> wishes;
  const auto add = [&](int from, int to) {
    for (int row = std::max(0, from); row < std::min(to, count()); ++row) {
      const GalleryEntry& one = rows_->entries[static_cast<std::size_t>(row)];
      const Thumb* thumb = thumbs_.find(one.id);
      if (thumb != nullptr && thumb->stamp == one.modified_ms && thumb->side_px == side_px)
        continue;
      wishes.push_back(
          {one.id, QDir(folder_).filePath(one.path), one.modified_ms, side_px, kRadius * ratio});
    }
  };
  add(first, last);
  add(last, last + page);
  add(first - page / 2, first);
  thumbs_.want(std::move(wishes));
}

void GalleryGrid::takeThumbs(const QList<qint64>& ids) {
  const auto [first, last] = visibleRows();
  for (int row = first; row < last; ++row) {
    const GalleryEntry& one = rows_->entries[static_cast<std::size_t>(row)];
    if (!ids.contains(one.id)) continue;
    updateTile(row);
    const Thumb* thumb = thumbs_.find(one.id);
    if (thumb != nullptr && thumb->image.isNull()) Q_EMIT fileVanished(one.path);
  }
}

void GalleryGrid::updateTile(int row) {
  if (row >= 0) viewport()->update(tileRect(row));
}

void GalleryGrid::resizeEvent(QResizeEvent*) { layOut(); }

void GalleryGrid::scrollContentsBy(int, int dy) {
  hovered_ = -1;
  // What stays in view is moved, only the strip that comes into view is painted.
  viewport()->scroll(0, dy);
  if (!ask_timer_.isActive()) ask_timer_.start();
}

void GalleryGrid::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  const QRect exposed = event->region().boundingRect();
  painter.fillRect(exposed, theme().window);
  if (sections_.empty()) return;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const int top = verticalScrollBar()->value();
  const auto first = static_cast<std::size_t>(sectionAt(top + exposed.top()));
  for (std::size_t i = first; i < sections_.size(); ++i) {
    if (sections_[i].top > top + exposed.bottom()) break;
    paintSection(painter, sections_[i], exposed);
  }
}

void GalleryGrid::paintSection(QPainter& painter, const Section& section, const QRect& exposed) {
  const Theme& t = theme();
  const int scroll = verticalScrollBar()->value();
  const int top = section.top - scroll;
  const GalleryGroup& group = rows_->groups[static_cast<std::size_t>(&section - sections_.data())];
  if (!group.title.isEmpty() && top + section.header > exposed.top()) {
    QFont font = painter.font();
    font.setPixelSize(13);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(t.text);
    const QRect line(kMargin + kPad, top, viewport()->width() - 2 * kMargin, section.header);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, group.title);
    const int after = painter.fontMetrics().horizontalAdvance(group.title) + 10;
    font.setBold(false);
    painter.setFont(font);
    painter.setPen(t.muted);
    painter.drawText(line.adjusted(after, 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     locale().toString(group.count));
  }
  const int height = cellHeight(side_) + kGap;
  const int tiles_top = top + section.header;
  const int first_line = std::max(0, (exposed.top() - tiles_top) / height);
  const int end = section.first + section.count;
  for (int row = section.first + first_line * columns_; row < end; ++row) {
    const QRect tile = tileRect(row);
    if (tile.top() > exposed.bottom()) break;
    if (tile.intersects(exposed)) paintTile(painter, row);
  }
}

void GalleryGrid::paintTile(QPainter& painter, int row) {
  const Theme& t = theme();
  const GalleryEntry& one = rows_->entries[static_cast<std::size_t>(row)];
  const QRect tile = tileRect(row);
  const bool selected = selected_.contains(one.id);
  if (selected || row == hovered_) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.hover);
    painter.drawRoundedRect(tile, 7, 7);
  }
  if (selected || (row == current_ && hasFocus())) {
    const bool focused = row == current_ && hasFocus();
    painter.setPen(QPen(selected ? t.accent : t.muted, focused ? 2.4 : 1.4));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(tile).adjusted(1.2, 1.2, -1.2, -1.2), 7, 7);
  }
  const QRect frame(tile.left() + kPad, tile.top() + kPad, side_, side_);
  paintThumb(painter, one, frame);
  paintTexts(
      painter, one, QRect(frame.left(), frame.bottom() + 1 + kTextGap, frame.width(), 2 * kLine));
}

void GalleryGrid::paintThumb(QPainter& painter, const GalleryEntry& one, const QRect& frame) {
  const Theme& t = theme();
  const Thumb* thumb = thumbs_.find(one.id);
  if (thumb != nullptr && !thumb->image.isNull()) {
    const qreal ratio = devicePixelRatioF();
    const QSizeF size =
        QSizeF(thumb->image.size()).scaled(QSizeF(side_, side_), Qt::KeepAspectRatio);
    QRectF place(QPointF(0, 0), size);
    place.moveCenter(QRectF(frame).center());
    if (thumb->side_px == static_cast<int>(side_ * ratio)) {
      // Pixel on pixel, without resampling.
      const QSizeF exact = QSizeF(thumb->image.size()) / ratio;
      const QPointF at(std::round(place.left() * ratio) / ratio,
                       std::round(place.top() * ratio) / ratio);
      place = QRectF(at, exact);
    }
    painter.drawImage(place, thumb->image);
  } else if (thumb != nullptr || one.kind == GalleryKind::Broken) {
    paintProblem(painter, frame, one.problem.isEmpty() && thumb ? thumb->problem : one.problem);
  } else {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.panel);
    painter.drawRoundedRect(frame, kRadius, kRadius);
  }
  if (!one.mark.favourite) return;
  const QRectF badge(frame.right() - 25, frame.top() + 5, 21, 21);
  QColor shade = t.canvas;
  shade.setAlpha(215);
  painter.setPen(Qt::NoPen);
  painter.setBrush(shade);
  painter.drawEllipse(badge);
  painter.fillPath(starPath(badge.adjusted(4, 4, -4, -4)), t.accent);
}

void GalleryGrid::paintProblem(QPainter& painter, const QRect& frame, const QString& text) {
  const Theme& t = theme();
  painter.setPen(QPen(t.line, 1, Qt::DashLine));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  QFont small = painter.font();
  small.setPixelSize(12);
  small.setBold(false);
  painter.setFont(small);
  painter.setPen(t.bad);
  const QRect area = frame.adjusted(8, 8, -8, -8);
  constexpr int kFlags = Qt::AlignCenter | Qt::TextWordWrap;
  // In a small tile the reason is in the tooltip and the panel.
  const bool fits = area.contains(painter.fontMetrics().boundingRect(area, kFlags, text));
  painter.drawText(area, kFlags, fits ? text : tr("Cannot be shown"));
}

void GalleryGrid::paintTexts(QPainter& painter, const GalleryEntry& one, const QRect& area) {
  const Theme& t = theme();
  QFont small = painter.font();
  small.setPixelSize(12);
  small.setBold(false);
  painter.setFont(small);
  const QFontMetrics metrics(small);
  const QString name = one.path.mid(one.path.lastIndexOf(QLatin1Char('/')) + 1);
  const QRect first(area.left(), area.top(), area.width(), kLine);
  const QRect second = first.translated(0, kLine);
  // The seed gives way before the guidance does.
  const QString caption = one.caption.isEmpty() ? name : one.caption;
  const QString seed = one.seed.isEmpty() ? QString() : tr("seed %1").arg(one.seed);
  const int seed_width = seed.isEmpty() ? 0 : metrics.horizontalAdvance(seed) + 8;
  const bool both = metrics.horizontalAdvance(caption) + seed_width <= first.width();
  painter.setPen(one.kind == GalleryKind::Broken ? t.bad : t.text);
  painter.drawText(first,
                   Qt::AlignLeft | Qt::AlignVCenter,
                   both ? caption : metrics.elidedText(caption, Qt::ElideRight, first.width()));
  painter.setPen(t.muted);
  if (both && seed_width > 0) painter.drawText(first, Qt::AlignRight | Qt::AlignVCenter, seed);
  constexpr qreal kStar = 11;
  const int stars_width = one.mark.rating * static_cast<int>(kStar + 1);
  QString line = one.prompt;
  if (line.isEmpty()) {
    line = one.kind == GalleryKind::Made     ? tr("no prompt")
           : one.kind == GalleryKind::Unread ? QString()
           : one.width_px > 0 ? QStringLiteral("%1 × %2").arg(one.width_px).arg(one.height_px)
                              : QString();
  }
  const int room = second.width() - stars_width - (stars_width > 0 ? 8 : 0);
  painter.drawText(
      second, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(line, Qt::ElideRight, room));
  if (one.mark.rating > 0) {
    drawStars(painter,
              {second.right() + 1.0 - stars_width, second.top() + (kLine - kStar) / 2.0},
              kStar,
              one.mark.rating,
              t.accent);
  }
}

}  // namespace studio::ui
