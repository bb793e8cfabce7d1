// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Paints one card of the model browser.
#pragma once

#include <QStyledItemDelegate>

namespace studio::ui {

class CardModel;
struct LibraryEntry;

class CardDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  CardDelegate(const CardModel& cards, QObject* parent);

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void paint(QPainter* painter,
             const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  bool editorEvent(QEvent* event,
                   QAbstractItemModel* model,
                   const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;

 Q_SIGNALS:
  void favouriteAsked(const QModelIndex& index);

 private:
  const CardModel& cards_;
};

// "today, 14:03"; "" for an invalid time.
QString whenUsedText(const QDateTime& time);

}  // namespace studio::ui
