// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A line of text that, while nobody types in it, shows what matters of a long text.
#include "ui/resting_line_edit.h"

#include <QPainter>
#include <QStyleOptionFrame>

namespace studio::ui {
namespace {

constexpr int kInset = 2;  // as far from the edge as QLineEdit draws its text

}  // namespace

QString RestingLineEdit::shownIn(int room) const {
  QString shown = text();
  if (fontMetrics().horizontalAdvance(shown) <= room) return shown;
  if (shown.contains(QLatin1Char('/'))) {
    const QString name = shown.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
    if (!name.isEmpty()) shown = name;
  }
  return fontMetrics().elidedText(shown, Qt::ElideRight, room);
}

void RestingLineEdit::paintEvent(QPaintEvent* event) {
  QStyleOptionFrame option;
  initStyleOption(&option);
  const QRect room =
      style()->subElementRect(QStyle::SE_LineEditContents, &option, this).adjusted(kInset, 0, -kInset, 0);
  const QString shown = shownIn(room.width());
  if (hasFocus() || shown == text()) return QLineEdit::paintEvent(event);
  QPainter painter(this);
  style()->drawPrimitive(QStyle::PE_PanelLineEdit, &option, &painter, this);
  painter.setPen(option.palette.color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::Text));
  painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter, shown);
}

}  // namespace studio::ui
