// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps current settings as a preset: which of them, under which name, where, with which picture.
#pragma once

#include "ui/preset_store.h"

#include <QDialog>
#include <QImage>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace studio::ui {

class SavePresetDialog : public QDialog {
  Q_OBJECT
 public:
  // `picture`: the one on screen, or null.
  SavePresetDialog(const GenerationRequest& now,
                   const QImage& picture,
                   const PresetStore& store,
                   QWidget* parent = nullptr);

 Q_SIGNALS:
  // `replaced`: the id of the preset of that name that it takes the place of, or "".
  void saveAsked(PresetPlace place, const Preset& preset, const QString& replaced);

 private:
  QWidget* makeParameters();
  QWidget* makePicture(const QImage& picture);
  void fillParameters();
  void check(const std::set<std::string>& paths);
  std::set<std::string> checkedPaths() const;
  PresetPlace place() const;
  void refresh();
  void save();

  const GenerationRequest now_;
  const PresetStore& store_;
  const QImage picture_;
  QLineEdit* name_;
  QPlainTextEdit* note_;
  QComboBox* place_;
  QCheckBox* with_picture_;
  QTreeWidget* parameters_;
  QLabel* count_;
  QLabel* hint_;
  QPushButton* save_ = nullptr;
};

}  // namespace studio::ui
