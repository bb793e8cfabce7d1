// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip of finished pairs below the picture.
#include "ui/gallery_strip.h"

#include "ui/gallery_model.h"
#include "ui/theme.h"

#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QWheelEvent>

namespace studio::ui {
namespace {

constexpr int kThumb = 92;
constexpr int kGap = 4;
constexpr int kPad = 7;
constexpr int kLine = 17;
constexpr int kCellWidth = 2 * kThumb + kGap + 2 * kPad + 8;  // with the space between cards
constexpr int kCellHeight = kThumb + 2 * kLine + 2 * kPad + 4;

class PairDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {kCellWidth, kCellHeight};
  }

  void paint(QPainter* painter,
             const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Theme& t = theme();
    const bool selected = option.state & QStyle::State_Selected;
    const bool focused = selected && (option.state & QStyle::State_HasFocus);
    const bool hovered = option.state & QStyle::State_MouseOver;
    const QRectF card =
        QRectF(option.rect.left() + 4, option.rect.top() + 1, kCellWidth - 8, kCellHeight - 2);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(selected ? QPen(t.accent, focused ? 2.4 : 1.6) : Qt::NoPen);
    painter->setBrush(selected || hovered ? t.hover : t.window);
    painter->drawRoundedRect(card.adjusted(1, 1, -1, -1), 7, 7);
    const QRectF left(card.left() + kPad, card.top() + kPad, kThumb, kThumb);
    drawThumb(*painter,
              left,
              index.data(GalleryModel::TwinThumbRole).value<QImage>(),
              index.data(GalleryModel::HasTwinRole).toBool());
    drawThumb(*painter,
              left.translated(kThumb + kGap, 0),
              index.data(GalleryModel::GuidedThumbRole).value<QImage>(),
              true);
    drawText(*painter,
             QRectF(card.left() + kPad, left.bottom() + 4, card.width() - 2 * kPad, 2 * kLine),
             index);
    painter->restore();
  }

 private:
  static void drawThumb(QPainter& painter,
                        const QRectF& frame,
                        const QImage& image,
                        bool expected) {
    const Theme& t = theme();
    QPainterPath path;
    path.addRoundedRect(frame, 4, 4);
    painter.save();
    if (image.isNull()) {
      painter.setPen(expected ? QPen(Qt::NoPen) : QPen(t.line, 1, Qt::DashLine));
      painter.setBrush(expected ? t.line : QColor(Qt::transparent));
      painter.drawPath(path);
    } else {
      painter.setClipPath(path);
      painter.setRenderHint(QPainter::SmoothPixmapTransform);
      const QSizeF size = QSizeF(image.size()).scaled(frame.size(), Qt::KeepAspectRatioByExpanding);
      painter.drawImage(QRectF(frame.center() - QPointF(size.width() / 2, size.height() / 2), size),
                        image);
    }
    painter.restore();
  }

  static void drawText(QPainter& painter, const QRectF& area, const QModelIndex& index) {
    const Theme& t = theme();
    QFont small = painter.font();
    small.setPixelSize(12);
    painter.setFont(small);
    const QFontMetricsF metrics(small);
    const QString problem = index.data(GalleryModel::ProblemRole).toString();
    const QString seed = index.data(GalleryModel::SeedRole).toString();
    const QRectF first(area.left(), area.top(), area.width(), kLine);
    const QRectF second = first.translated(0, kLine);
    const double seed_width = metrics.horizontalAdvance(seed);
    painter.setPen(t.muted);
    painter.drawText(first, Qt::AlignRight | Qt::AlignVCenter, seed);
    painter.setPen(t.text);
    const QString caption = index.data(GalleryModel::CaptionRole).toString();
    painter.drawText(first,
                     Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(caption, Qt::ElideRight, first.width() - seed_width - 10));
    painter.setPen(problem.isEmpty() ? t.muted : t.bad);
    const QString line =
        problem.isEmpty() ? index.data(GalleryModel::PromptRole).toString() : problem;
    painter.drawText(second,
                     Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(line, Qt::ElideRight, second.width()));
  }
};

}  // namespace

GalleryStrip::GalleryStrip(QWidget* parent) : QListView(parent) {
  setObjectName(QStringLiteral("gallery"));
  setFlow(LeftToRight);
  setWrapping(false);
  setUniformItemSizes(true);
  setSelectionMode(SingleSelection);
  setHorizontalScrollMode(ScrollPerPixel);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setEditTriggers(NoEditTriggers);
  setDragEnabled(true);
  setDragDropMode(DragOnly);
  setMouseTracking(true);
  setFrameShape(NoFrame);
  viewport()->setAutoFillBackground(false);
  setItemDelegate(new PairDelegate(this));
  setFixedHeight(kCellHeight + 13);
  setAccessibleName(tr("Gallery of finished pairs"));
  connect(this, &QListView::clicked, this, [this](const QModelIndex& index) {
    Q_EMIT opened(index.row());
  });
}

void GalleryStrip::setGallery(GalleryModel* model) { setModel(model); }

void GalleryStrip::select(int row) {
  quiet_ = true;
  setCurrentIndex(model()->index(row, 0));
  quiet_ = false;
}

void GalleryStrip::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  QListView::currentChanged(current, previous);
  // Only keys open while moving; clicks say so themselves and new pairs only shift the selection.
  if (!quiet_ && current.isValid() && hasFocus() && QGuiApplication::mouseButtons() == Qt::NoButton)
    Q_EMIT opened(current.row());
}

// Its neighbour is marked; whether it is opened is the window's to say.
void GalleryStrip::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) {
  quiet_ = true;
  QListView::rowsAboutToBeRemoved(parent, start, end);
  quiet_ = false;
}

void GalleryStrip::keyPressEvent(QKeyEvent* event) {
  if (currentIndex().isValid()) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
      return Q_EMIT opened(currentIndex().row());
    if (event->key() == Qt::Key_Delete) return Q_EMIT removeAsked(currentIndex().row());
  }
  // Left to the window: hold to flip.
  if (event->key() == Qt::Key_F || event->key() == Qt::Key_Space) return event->ignore();
  QListView::keyPressEvent(event);
}

void GalleryStrip::contextMenuEvent(QContextMenuEvent* event) {
  const bool by_key = event->reason() == QContextMenuEvent::Keyboard;
  const QModelIndex index = by_key ? currentIndex() : indexAt(event->pos());
  if (!index.isValid()) return;
  Q_EMIT menuAsked(
      index.row(),
      by_key ? viewport()->mapToGlobal(visualRect(index).center()) : event->globalPos());
}

void GalleryStrip::paintEvent(QPaintEvent* event) {
  QListView::paintEvent(event);
  if (model() == nullptr || model()->rowCount() > 0) return;
  QPainter painter(viewport());
  painter.setPen(theme().muted);
  painter.drawText(viewport()->rect(),
                   Qt::AlignCenter,
                   tr("Finished pairs gather here, unguided beside guided."));
}

void GalleryStrip::wheelEvent(QWheelEvent* event) {
  const QPoint turn = event->angleDelta();
  const int along = std::abs(turn.x()) > std::abs(turn.y()) ? turn.x() : turn.y();
  horizontalScrollBar()->setValue(horizontalScrollBar()->value() - along);
  event->accept();
}

}  // namespace studio::ui
