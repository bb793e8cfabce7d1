// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip of finished pairs below the picture.
#pragma once

#include <QListView>

namespace studio::ui {

class GalleryModel;

class GalleryStrip : public QListView {
  Q_OBJECT
 public:
  explicit GalleryStrip(QWidget* parent = nullptr);

  void setGallery(GalleryModel* model);
  void select(int row);  // without opening it

 Q_SIGNALS:
  void opened(int row);
  void removeAsked(int row);
  void menuAsked(int row, const QPoint& global);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
  void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;
  // Letters are shortcuts of the window.
  void keyboardSearch(const QString&) override {}

 private:
  bool quiet_ = false;
};

}  // namespace studio::ui
