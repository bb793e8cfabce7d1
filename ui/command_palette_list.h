// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of the command palette: model and painter.
#pragma once

#include "ui/command_palette.h"

#include <QAbstractListModel>
#include <QStyledItemDelegate>

namespace studio::ui {

class PaletteModel : public QAbstractListModel {
  Q_OBJECT
 public:
  using QAbstractListModel::QAbstractListModel;

  void setItems(std::vector<PaletteItem> items);
  const PaletteItem& item(int row) const { return items_.at(static_cast<std::size_t>(row)); }

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  std::vector<PaletteItem> items_;
};

class PaletteDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  PaletteDelegate(const PaletteModel& model, QObject* parent)
      : QStyledItemDelegate(parent), model_(model) {}

  void paint(QPainter* painter,
             const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  const PaletteModel& model_;
};

}  // namespace studio::ui
