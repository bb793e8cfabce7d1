// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a user sets once: looks, notifications, previews, folders.
#pragma once

#include "ui/theme.h"

#include <QDialog>

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace studio::ui {

class SettingsStore;

// Every change is kept and told at once; there is nothing to confirm.
class SettingsDialog : public QDialog {
  Q_OBJECT
 public:
  // `settings` outlives it.
  explicit SettingsDialog(SettingsStore& settings, QWidget* parent = nullptr);

 Q_SIGNALS:
  void themeChosen(studio::ui::ThemeChoice choice);
  void textPxChosen(int text_px);
  void notifyAfterChosen(int seconds);    // 0: never
  void previewBudgetChosen(int percent);  // 0: no previews
  void previewChoiceChosen();
  void projectFolderChosen(const QString& folder);
  void shortcutsAsked();

 private:
  void addLooks(QFormLayout* form);
  void addWork(QFormLayout* form);
  void addFolder(QFormLayout* form);
  void takeFolder(const QString& folder);
  QLabel* note(const QString& text);

  SettingsStore& settings_;
  QComboBox* theme_;
  QSpinBox* text_px_;
  QSpinBox* notify_;
  QSpinBox* previews_;
  QLineEdit* folder_;
  QLabel* folder_error_;
};

}  // namespace studio::ui
