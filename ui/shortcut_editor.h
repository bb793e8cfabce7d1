// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// All shortcuts: found by text or by pressing them, changed, and put back.
#pragma once

#include "ui/shortcut_recorder.h"

#include <QDialog>

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace studio::ui {

class ActionRegistry;

class ShortcutEditor : public QDialog {
  Q_OBJECT
 public:
  // `actions` outlives it. Changes count at once; there is nothing to confirm.
  explicit ShortcutEditor(ActionRegistry& actions, QWidget* parent = nullptr);

 private:
  QWidget* buildSearch();
  QWidget* buildDetails();
  void fillTree();
  void updateRows();
  void filter();
  void showSelected();
  void showKeys();
  QWidget* keyChip(const QKeySequence& keys);
  void ask(const QKeySequence& keys);
  void take();
  void forgetQuestion();
  QString selectedId() const;
  QTreeWidgetItem* rowOf(const QString& id) const;

  ActionRegistry& actions_;
  QLineEdit* search_;
  ShortcutRecorder* search_keys_;
  QPushButton* everything_;
  QTreeWidget* tree_;
  QLabel* nothing_;
  QWidget* details_;
  QLabel* name_;
  QLabel* tip_;
  QHBoxLayout* chips_;
  ShortcutRecorder* record_;
  QPushButton* reset_;
  QPushButton* reset_all_;
  QLabel* conflict_;
  QPushButton* take_;
  QPushButton* leave_;
  QKeySequence wanted_;         // asked about: someone else has them
  QKeySequence searched_keys_;  // the list is limited to them
  bool filling_ = false;
};

}  // namespace studio::ui
