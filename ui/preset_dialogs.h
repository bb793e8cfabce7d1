// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Dialogs about presets: comparing several, applying several, naming one.
#pragma once

#include "ui/preset_compare.h"
#include "ui/preset_store.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace studio::ui {

class PresetTable;

class ComparePresetsDialog : public QDialog {
  Q_OBJECT
 public:
  ComparePresetsDialog(const GenerationRequest& now,
                       const std::vector<Preset>& presets,
                       const Catalogue& catalogue,
                       QWidget* parent = nullptr);

 private:
  void refresh();

  const std::vector<PresetRow> rows_;
  QStringList names_;
  QCheckBox* only_different_;
  QLabel* summary_;
  PresetTable* table_;
};

// Presets one after the other, reordered by dragging or with Alt+Up and Alt+Down.
class StackPresetsDialog : public QDialog {
  Q_OBJECT
 public:
  StackPresetsDialog(const GenerationRequest& now,
                     const QStringList& ids,
                     const PresetStore& store,
                     QWidget* parent = nullptr);

 Q_SIGNALS:
  void applyAsked(const GenerationRequest& result, const QString& what);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeList();
  void addRow(const QString& id);
  void moveRow(int by);
  void removeRow();
  void enableButtons();
  void refresh();
  void apply();

  const GenerationRequest now_;
  const PresetStore& store_;
  std::optional<PresetStack> stack_;
  QStringList names_;
  QListWidget* list_;
  QComboBox* more_;
  QPushButton *up_, *down_, *remove_, *apply_;
  QLabel* summary_;
  PresetTable* table_;
};

// One line of text with a check; used to rename.
class NameDialog : public QDialog {
  Q_OBJECT
 public:
  NameDialog(const QString& title, const QString& name, QWidget* parent = nullptr);

 Q_SIGNALS:
  void named(const QString& name);

 private:
  QLineEdit* name_;
};

}  // namespace studio::ui
