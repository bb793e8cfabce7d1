// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of the settings about how forming pictures are made.
#pragma once

#include "core/api/preview_choice.h"

#include <QObject>

class QComboBox;
class QFormLayout;
class QLineEdit;
class QWidget;

namespace studio::ui {

class SettingsStore;

// Every change is kept and told at once.
class PreviewSettings : public QObject {
  Q_OBJECT
 public:
  // Adds its rows to `form`, with widgets of `dialog`, which owns it. `settings` outlives it.
  PreviewSettings(SettingsStore& settings, QFormLayout* form, QWidget* dialog);

 Q_SIGNALS:
  void chosen();  // SettingsStore::previewChoice() has changed

 private:
  void take();
  void chooseFile();

  SettingsStore& settings_;
  QWidget* dialog_;
  QComboBox* method_;
  QLineEdit* decoder_;
};

}  // namespace studio::ui
