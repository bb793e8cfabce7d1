// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture with the mask over it: what is shown, where, and how it changes.
#include "ui/mask_canvas.h"

#include "ui/theme.h"

#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace studio::ui {
namespace {

constexpr double kTint = 0.62;  // of a pixel that is painted anew
constexpr int kLeastLevel = 256;

struct Softened {
  QImage mask;
  QRect changed;
};

// The rows and columns in which two masks of one size differ.
QRect differenceOf(const QImage& a, const QImage& b) {
  int top = -1, bottom = -1, left = a.width(), right = -1;
  for (int y = 0; y < a.height(); ++y) {
    const uchar *one = a.constScanLine(y), *other = b.constScanLine(y);
    if (std::memcmp(one, other, static_cast<std::size_t>(a.width())) == 0) continue;
    if (top < 0) top = y;
    bottom = y;
    left = static_cast<int>(std::mismatch(one, one + std::min(left, a.width()), other).first - one);
    int x = a.width() - 1;
    while (x > right && one[x] == other[x]) --x;
    right = std::max(right, x);
  }
  return top < 0 ? QRect() : QRect(QPoint(left, top), QPoint(right, bottom));
}

}  // namespace

MaskCanvas::MaskCanvas(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("maskCanvas"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Mask over the picture"));
  makeTints();
}

std::vector<QImage> MaskCanvas::levelsOf(const QImage& picture) {
  std::vector<QImage> levels{picture.convertToFormat(QImage::Format_RGB32)};
  while (std::min(levels.back().width(), levels.back().height()) >= 2 * kLeastLevel) {
    const QSize half = (levels.back().size() + QSize(1, 1)) / 2;
    levels.push_back(levels.back()
                         .scaled(half, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                         .convertToFormat(QImage::Format_RGB32));
  }
  return levels;
}

void MaskCanvas::setPicture(std::vector<QImage> levels, const QImage& mask) {
  levels_ = std::move(levels);
  mask_ = std::make_unique<MaskImage>(levels_.front().size());
  if (!mask.isNull()) mask_->adopt(mask);
  shown_ = mask_->image();
  overlay_ = QImage(mask_->size(), QImage::Format_ARGB32_Premultiplied);
  paintOverlay(overlay_.rect());
  centre_ = QRectF(QPointF(), QSizeF(mask_->size())).center();
  zoom_ = 0;
  soften();
  showCursor();
  update();
  Q_EMIT zoomChanged();
  Q_EMIT changed();
}

void MaskCanvas::setMessage(const QString& text) {
  message_ = text;
  setAccessibleDescription(text);
  update();
}

void MaskCanvas::setClean() {
  if (mask_) mask_->setClean();
}

void MaskCanvas::setTool(MaskTool tool) {
  tool_ = tool;
  showCursor();
  update(ringRect());
}

void MaskCanvas::setBrushSize(double diameter_px) {
  const double wanted = std::clamp(diameter_px, kLeastBrush, kMostBrush);
  if (wanted == brush_) return;
  update(ringRect());
  brush_ = wanted;
  update(ringRect());
  showCursor();
  Q_EMIT brushSizeChanged(brush_);
}

void MaskCanvas::setSoftness(double sigma_px) {
  if (sigma_px == softness_) return;
  softness_ = sigma_px;
  if (mask_) soften();
}

// --- changes ----------------------------------------------------------------------------------

void MaskCanvas::undo() {
  if (!mask_ || drag_ != Drag::None || !mask_->canUndo()) return;
  finishStep(mask_->undo());
}

void MaskCanvas::redo() {
  if (!mask_ || drag_ != Drag::None || !mask_->canRedo()) return;
  finishStep(mask_->redo());
}

void MaskCanvas::fill(bool white) {
  if (!mask_ || drag_ != Drag::None) return;
  mask_->begin();
  const QRect touched = mask_->fill(white);
  mask_->end();
  finishStep(touched);
}

void MaskCanvas::invert() {
  if (!mask_ || drag_ != Drag::None) return;
  mask_->begin();
  const QRect touched = mask_->invert();
  mask_->end();
  finishStep(touched);
}

void MaskCanvas::replace(const QImage& mask) {
  if (!mask_ || drag_ != Drag::None) return;
  mask_->begin();
  const QRect touched = mask_->replace(mask);
  mask_->end();
  finishStep(touched);
}

void MaskCanvas::finishStep(QRect touched) {
  showHard(touched);
  soften();
  Q_EMIT changed();
}

// At once as it is; its soft edge follows from the pool.
void MaskCanvas::showHard(const QRect& touched) {
  if (touched.isEmpty()) return;
  for (int y = touched.top(); y <= touched.bottom(); ++y) {
    std::memcpy(shown_.scanLine(y) + touched.left(),
                mask_->image().constScanLine(y) + touched.left(),
                static_cast<std::size_t>(touched.width()));
  }
  paintOverlay(touched);
  updatePart(touched);
}

void MaskCanvas::soften() {
  if (softening_) {
    soften_again_ = true;
    return;
  }
  softening_ = true;
  soften_again_ = false;
  tasks_.run(
      this,
      [mask = mask_->image(), sigma = softness_, shown = shown_] {
        Softened made{softened(mask, sigma), {}};
        made.changed = differenceOf(made.mask, shown);
        return made;
      },
      [this](const Softened& made) {
        softening_ = false;
        // Under a hand that goes on painting it would be of yesterday.
        const bool stale = std::exchange(soften_again_, false) || made.mask.size() != shown_.size();
        if (drag_ == Drag::Stroke) return void(soften_again_ = true);
        if (stale) return soften();
        shown_ = made.mask;
        paintOverlay(made.changed);
        updatePart(made.changed);
      });
}

// --- view -------------------------------------------------------------------------------------

double MaskCanvas::shownZoom() const {
  if (zoom_ > 0 || !mask_) return zoom_ > 0 ? zoom_ : 1;
  constexpr double kMargin = 12;
  const double fitted = std::min((width() - 2 * kMargin) / mask_->size().width(),
                                 (height() - 2 * kMargin) / mask_->size().height());
  return std::clamp(fitted, kLeastZoom, kMostZoom);
}

QRectF MaskCanvas::pictureRect() const {
  if (!mask_) return {};
  const double shown = shownZoom(), dpr = devicePixelRatioF();
  const QSizeF size = QSizeF(mask_->size()) * shown;
  const QPointF middle = zoom_ > 0 ? centre_ * shown : QPointF(size.width() / 2, size.height() / 2);
  const QPointF corner = QPointF(width() / 2.0, height() / 2.0) - middle;
  // On whole device pixels: a picture at its own size stays sharp.
  return {QPointF(std::round(corner.x() * dpr) / dpr, std::round(corner.y() * dpr) / dpr), size};
}

QPointF MaskCanvas::toPicture(QPointF point) const {
  return (point - pictureRect().topLeft()) / shownZoom();
}
QPointF MaskCanvas::toView(QPointF pixel) const {
  return pictureRect().topLeft() + pixel * shownZoom();
}

void MaskCanvas::setZoom(double zoom) {
  if (!mask_) return;
  const bool was_fitted = zoom_ <= 0;
  zoom_ = zoom <= 0 ? 0 : std::clamp(zoom, kLeastZoom, kMostZoom);
  if (zoom_ <= 0 || was_fitted) centre_ = QRectF(QPointF(), QSizeF(mask_->size())).center();
  showCursor();
  update();
  Q_EMIT zoomChanged();
}

void MaskCanvas::zoomBy(double factor, QPointF around) {
  if (!mask_) return;
  const QPointF pixel = toPicture(around);
  zoom_ = std::clamp(shownZoom() * factor, kLeastZoom, kMostZoom);
  centre_ = pixel - (around - QPointF(width() / 2.0, height() / 2.0)) / zoom_;
  showCursor();
  update();
  Q_EMIT zoomChanged();
}

// --- paint ------------------------------------------------------------------------------------

// One colour for the mask on both themes: it lies on pictures, not on the window.
void MaskCanvas::makeTints() {
  const QColor tint = theme().dark ? theme().accent : theme().accent_strong;
  for (int i = 0; i < 256; ++i) {
    QColor colour = tint;
    colour.setAlphaF(static_cast<float>(kTint * i / 255));
    tints_[static_cast<std::size_t>(i)] = qPremultiply(colour.rgba());
  }
}

void MaskCanvas::paintOverlay(const QRect& part) {
  for (int y = part.top(); y <= part.bottom(); ++y) {
    const uchar* from = shown_.constScanLine(y);
    auto* to = reinterpret_cast<QRgb*>(overlay_.scanLine(y));
    for (int x = part.left(); x <= part.right(); ++x) to[x] = tints_[from[x]];
  }
}

void MaskCanvas::updatePart(const QRect& part) {
  if (part.isEmpty()) return;
  const QRectF shown(toView(part.topLeft()), QSizeF(part.size()) * shownZoom());
  update(shown.toAlignedRect().adjusted(-2, -2, 2, 2));
}

void MaskCanvas::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  painter.fillRect(event->rect(), theme().canvas);
  if (!mask_) {
    painter.setPen(theme().soft);
    painter.drawText(
        rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, message_);
    return;
  }
  const double device_zoom = shownZoom() * devicePixelRatioF();
  std::size_t level = 0;
  while (level + 1 < levels_.size() && device_zoom * static_cast<double>(2U << level) <= 1) ++level;
  const QRectF target = pictureRect();
  // From twice its size on one wants to see the pixels.
  painter.setRenderHint(QPainter::SmoothPixmapTransform, device_zoom < 2 && device_zoom != 1);
  painter.drawImage(target, levels_[level]);
  painter.drawImage(target, overlay_);
  painter.setRenderHint(QPainter::Antialiasing);
  paintShape(painter);
  paintRing(painter);
  if (hasFocus()) {
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(theme().accent);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
}

void MaskCanvas::paintShape(QPainter& painter) const {
  if (shape_.size() < 2) return;
  QPolygonF shown;
  for (const QPointF& corner : shape_) shown << toView(corner);
  painter.setBrush(Qt::NoBrush);
  for (const auto& [colour, style] :
       {std::pair(QColor(Qt::black), Qt::SolidLine), std::pair(QColor(Qt::white), Qt::DashLine)}) {
    painter.setPen(QPen(colour, 1.4, style));
    painter.drawPolygon(shown);
  }
}

void MaskCanvas::paintRing(QPainter& painter) const {
  if (!ring_ || space_ || drag_ == Drag::Pan ||
      (tool_ != MaskTool::Brush && tool_ != MaskTool::Eraser))
    return;
  const double shown = brush_ / 2 * shownZoom();
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 170), 2.6));
  painter.drawEllipse(*ring_, shown, shown);
  painter.setPen(QPen(Qt::white, 1.2, tool_ == MaskTool::Eraser ? Qt::DashLine : Qt::SolidLine));
  painter.drawEllipse(*ring_, shown, shown);
}

QRect MaskCanvas::ringRect() const {
  if (!ring_) return {};
  const double reach = brush_ / 2 * shownZoom() + 4;
  return QRectF(*ring_ - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach)).toAlignedRect();
}

void MaskCanvas::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange && event->type() != QEvent::StyleChange) return;
  makeTints();
  if (mask_) paintOverlay(overlay_.rect());
  update();
}

}  // namespace studio::ui
