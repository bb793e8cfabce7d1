// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The lines above the picture: compare modes, zoom and twin; below them what the mode has to set.
#pragma once

#include "ui/compare_scene.h"

#include <QWidget>

#include <vector>

class QAction;
class QActionGroup;
class QBoxLayout;
class QToolButton;

namespace studio::ui {

class CompareView;

// Modes without room for a button are in a menu, which names the mode in use when it has no button.
class ViewBar : public QWidget {
  Q_OBJECT
 public:
  explicit ViewBar(CompareView& view, QWidget* parent = nullptr);

  // Checkable, with shortcuts; for the menus too. In the order of CompareMode.
  QActionGroup* modes() const { return modes_; }
  // Some modes are in the menu only.
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
  int menuWidth(std::size_t buttons) const;
  QAction* modeAction(CompareMode mode) const;
  int marginWidth() const;

  CompareView& view_;
  QActionGroup* modes_;
  QBoxLayout* row_ = nullptr;
  std::vector<QToolButton*> mode_buttons_, others_;
  QToolButton* mode_menu_;
  QToolButton* zoom_;
  bool collapsed_ = false;
};

}  // namespace studio::ui
