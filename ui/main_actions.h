// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Menus and shortcuts of the window.
#pragma once

#include <QKeySequence>
#include <QObject>

#include <functional>

class QAction;
class QMenu;
class QToolButton;

namespace studio::ui {

class MainWindow;

class MainActions : public QObject {
  Q_OBJECT
 public:
  explicit MainActions(MainWindow& window);

 private:
  void fileMenu();
  void editMenu();
  void jobMenu();
  void viewMenu();
  void helpMenu();
  void openDialog();
  void modelDialog(int file_mode);
  void savePictureDialog();
  void saveJobDialog();
  void showShortcuts();
  void showAbout();
  QAction* add(QMenu* menu,
               const QString& text,
               const QKeySequence& keys,
               const std::function<void()>& act);

  MainWindow& window_;
};

}  // namespace studio::ui
