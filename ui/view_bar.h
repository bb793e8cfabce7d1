// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The line above the picture: compare modes on the left, zoom and twin on the right.
#pragma once

#include <QWidget>

#include <vector>

class QActionGroup;
class QToolButton;

namespace studio::ui {

class CompareView;

// Where there is no room for a button a mode, one button with a menu names the mode in use.
class ViewBar : public QWidget {
  Q_OBJECT
 public:
  explicit ViewBar(CompareView& view, QWidget* parent = nullptr);

  // Checkable, with shortcuts; for the menus too.
  QActionGroup* modes() const { return modes_; }
  bool isCollapsed() const { return collapsed_; }

  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void makeModes();
  QToolButton* addButton(const QString& text, const QString& tip);
  void showMode();
  void showZoom();
  void fitButtons();
  int widthOf(const std::vector<QToolButton*>& buttons) const;

  CompareView& view_;
  QActionGroup* modes_;
  std::vector<QToolButton*> mode_buttons_, others_;
  QToolButton* mode_menu_;
  QToolButton* zoom_;
  bool collapsed_ = false;
};

}  // namespace studio::ui
