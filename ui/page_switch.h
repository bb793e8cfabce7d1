// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's pages and the row of buttons that switches between them.
#pragma once

#include <QStackedWidget>
#include <QWidget>

class QActionGroup;
class QHBoxLayout;

namespace studio::ui {

enum class Page { Picture, Sweep, Gallery };

class PageSwitch : public QWidget {
  Q_OBJECT
 public:
  explicit PageSwitch(QStackedWidget& pages, QWidget* parent = nullptr);

  // In the order of Page. Returns its checkable action, for menus and shortcuts.
  QAction* add(const QString& id, const QString& text, const QString& tip, QWidget* page);
  Page page() const { return static_cast<Page>(pages_.currentIndex()); }
  void show(Page page);
  const QList<QAction*>& actions() const { return actions_; }

 private:
  QStackedWidget& pages_;
  QActionGroup* group_;
  QHBoxLayout* row_;
  QList<QAction*> actions_;
};

}  // namespace studio::ui
