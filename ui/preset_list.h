// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The list of presets: pictures, names, stars, and what each sets.
#pragma once

#include "ui/preset_store.h"

#include <QAbstractListModel>
#include <QHash>
#include <QListView>
#include <QSortFilterProxyModel>

namespace studio::ui {

class PresetModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role {
    IdRole = Qt::UserRole + 1,
    SummaryRole,
    PlaceRole,
    StarRole,
    ProblemRole,
    SearchRole
  };

  explicit PresetModel(const PresetStore& store, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QImage thumb(const PresetEntry& entry) const;
  QString toolTip(const PresetEntry& entry) const;

  const PresetStore& store_;
  struct Thumb {
    QByteArray source;
    QImage image;
  };
  mutable QHash<QString, Thumb> thumbs_;
};

// Every word of the filter must occur in the name, the note or the settings; starred ones first.
class PresetFilter : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  explicit PresetFilter(QObject* parent = nullptr);
  void setWords(const QString& text);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

 private:
  QStringList words_;
};

class PresetList : public QListView {
  Q_OBJECT
 public:
  explicit PresetList(const PresetStore& store, QWidget* parent = nullptr);

  void setFilterText(const QString& text);
  // In the order of the list.
  QStringList selectedIds() const;
  void select(const QStringList& ids);

 Q_SIGNALS:
  void opened(const QString& id);  // Return or a double click
  void starToggled(const QString& id);
  void selectedChanged();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;

 private:
  const PresetStore& store_;
  PresetFilter* filter_;
  QStringList kept_;  // selected before the model changed
  QString current_;
  QString filter_text_;
};

}  // namespace studio::ui
