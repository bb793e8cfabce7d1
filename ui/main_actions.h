// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Commands of the window: registered once, then in menus, palette and shortcut editor.
#pragma once

#include "core/api/request.h"

#include <QObject>
#include <QPointer>

#include <optional>

class QDialog;
class QMenu;

namespace studio::ui {

class ActionRegistry;
class CommandPalette;
class DesktopBus;
class MainWindow;
class ProgressReporter;
struct RecentProject;

class MainActions : public QObject {
  Q_OBJECT
 public:
  explicit MainActions(MainWindow& window);

  ActionRegistry& registry() const { return *registry_; }
  CommandPalette& palette() const { return *palette_; }
  ProgressReporter& progress() const { return *progress_; }
  // A menu of the bar by its stable name, "file", "edit", "job", "view" or "help"; null for others.
  QMenu* menu(const QString& name) const;

  void showShortcuts();
  void showSettings();

 private:
  void addFileActions();
  void addEditActions();
  void addJobActions();
  void addViewActions();
  void addThemeActions();
  void showTheme();
  void addHelpActions();
  void addProjectActions();
  void addPageActions();
  void addQueueActions();
  void addSweepActions();
  void addPictureActions();
  void openSweepDialog();
  void addFixedKeys();
  void buildMenus();
  QMenu* addMenu(const QString& name, const QString& text, const QStringList& ids);
  void setUpPalette();
  void setParameter(const JobParam& param, const std::optional<ParamValue>& value);
  void applyPreset(const QString& id);
  void openProject(const RecentProject& project);
  void setUpProgress();
  void openDialog();
  void modelDialog(int file_mode);
  void savePictureDialog();
  void saveJobDialog();
  void showAbout();
  void applyTextSize(int text_px);

  MainWindow& window_;
  ActionRegistry* registry_;
  CommandPalette* palette_ = nullptr;
  DesktopBus* bus_ = nullptr;  // null without a desktop
  ProgressReporter* progress_ = nullptr;
  QStringList picture_ids_;  // commands about the picture in view
  QPointer<QDialog> shortcuts_, settings_;
};

}  // namespace studio::ui
