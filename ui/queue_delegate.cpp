// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How one item of the queue is painted.
#include "ui/queue_delegate.h"

#include "ui/queue_model.h"
#include "ui/theme.h"

#include <QPainter>

namespace studio::ui {
namespace {

constexpr int kHeight = 64;
constexpr int kPad = 10;
constexpr int kLine = 17;

QString stateText(const QModelIndex& index) {
  const auto state = static_cast<QueueState>(index.data(QueueModel::StateRole).toInt());
  const QString note = index.data(QueueModel::NoteRole).toString();
  if (!note.isEmpty()) return note;
  if (index.data(QueueModel::HeldRole).toBool()) return QueueModel::tr("On hold");
  return state == QueueState::Waiting ? QueueModel::tr("Waiting") : QString();
}

QColor stateColour(const QModelIndex& index) {
  const Theme& t = theme();
  switch (static_cast<QueueState>(index.data(QueueModel::StateRole).toInt())) {
    case QueueState::Running:
      return t.accent;
    case QueueState::Finished:
      return t.good;
    case QueueState::Failed:
    case QueueState::Interrupted:
      return t.bad;
    default:
      return t.muted;
  }
}

}  // namespace

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem& /*option*/,
                              const QModelIndex& /*index*/) const {
  return {200, kHeight};
}

void QueueDelegate::paint(QPainter* painter,
                          const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  const Theme& t = theme();
  const bool selected = option.state & QStyle::State_Selected;
  const bool focused = selected && (option.state & QStyle::State_HasFocus);
  const bool hovered = option.state & QStyle::State_MouseOver;
  const bool running =
      index.data(QueueModel::StateRole).toInt() == static_cast<int>(QueueState::Running);
  const QRectF card = QRectF(option.rect).adjusted(0, 2, 0, -2);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(focused ? QPen(t.accent, 2) : selected ? QPen(t.accent, 1.4) : Qt::NoPen);
  painter->setBrush(selected || hovered ? t.hover : t.window);
  painter->drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6);
  painter->setPen(Qt::NoPen);
  painter->setBrush(stateColour(index));
  painter->drawEllipse(QPointF(card.left() + kPad + 3, card.top() + kPad + kLine / 2.0), 3.5, 3.5);

  QFont font = painter->font();
  font.setPixelSize(13);
  painter->setFont(font);
  const QRectF text(card.left() + kPad + 14, card.top() + 6, card.width() - 2 * kPad - 14, kLine);
  const auto line = [&](int number, const QString& words, const QColor& colour) {
    painter->setPen(colour);
    painter->drawText(
        text.translated(0, number * kLine),
        Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetricsF(painter->font()).elidedText(words, Qt::ElideRight, text.width()));
  };
  line(0, index.data(Qt::DisplayRole).toString(), t.text);
  font.setPixelSize(12);
  painter->setFont(font);
  line(1, index.data(QueueModel::DetailRole).toString(), t.muted);
  const bool is_bad = stateColour(index) == t.bad;
  line(2, stateText(index), is_bad ? t.bad : t.muted);
  if (running) {
    const QRectF bar(card.left() + 1, card.bottom() - 3.5, card.width() - 2, 2.5);
    painter->setPen(Qt::NoPen);
    painter->setBrush(t.line);
    painter->drawRoundedRect(bar, 1, 1);
    painter->setBrush(t.accent);
    painter->drawRoundedRect(
        QRectF(bar.topLeft(),
               QSizeF(bar.width() * index.data(QueueModel::FractionRole).toDouble(), bar.height())),
        1,
        1);
  }
  painter->restore();
}

}  // namespace studio::ui
