// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The panel of presets: find, apply, stack, compare, keep, and put in order.
#pragma once

#include "ui/preset_store.h"

#include <QDialog>
#include <QImage>
#include <QPointer>
#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QToolButton;
class QUndoStack;

namespace studio::ui {

class PresetList;

// Every change of presets is one step on the undo stack. Store and stack must outlive the panel.
class PresetPanel : public QWidget {
  Q_OBJECT
 public:
  PresetPanel(PresetStore& store, QUndoStack& undo, QWidget* parent = nullptr);

  // The settings that presets are compared with and saved from.
  void setCurrent(const GenerationRequest& request);
  // The picture on screen, taken along when settings are saved; null for none.
  void setPicture(const QImage& picture);
  // Where file dialogs begin.
  void setFolder(const QString& folder) { folder_ = folder; }

  PresetList* list() const { return list_; }
  void focusFilter();

  // Opens the dialog for keeping the current settings.
  void save();
  // Preset and job files; what cannot be read is said in the panel.
  void importFiles(const QStringList& paths);
  // One file per selected preset when `path` is a folder.
  void exportTo(const QString& path);

 Q_SIGNALS:
  // Put `result` in place as one undo step called `what`.
  void applyAsked(const GenerationRequest& result, const QString& what);
  void folderChanged(const QString& folder);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void buildTop();
  void buildActions();
  QLayout* buildButtons();
  QAction* add(const QString& text, const QKeySequence& keys, void (PresetPanel::*act)());

  std::vector<PresetEntry> selected() const;
  void refresh();
  void apply();
  void open(const QString& id);
  void stack();
  void compare();
  void rename();
  void duplicate();
  void toggleStars();
  void toggleStar(const QString& id);
  void remove();
  void importDialog();
  void exportDialog();
  void keep(PresetPlace place, const Preset& preset, const QString& replaced);
  void addAll(const QString& what, PresetPlace place, const std::vector<Preset>& presets);
  void replaceUndoably(const QString& what, const PresetEntry& before, const Preset& after);
  // `undoable`: offers to undo the newest step of the stack.
  void say(const QString& text, bool is_problem, bool undoable = false);

  PresetStore& store_;
  QUndoStack& undo_;
  GenerationRequest now_;
  QImage picture_;
  QString folder_;
  QLineEdit* filter_;
  QToolButton* save_;
  PresetList* list_;
  QLabel *message_, *detail_;
  QPushButton *apply_, *stack_button_, *compare_button_;
  QMenu* menu_;
  QAction *rename_ = nullptr, *duplicate_ = nullptr, *star_ = nullptr, *remove_ = nullptr,
          *export_ = nullptr;
  int undo_index_ = -1;
};

// The panel as a window of its own.
class PresetDialog : public QDialog {
  Q_OBJECT
 public:
  PresetDialog(PresetStore& store, QUndoStack& undo, QWidget* parent = nullptr);
  PresetPanel* panel() const { return panel_; }

 private:
  PresetPanel* panel_;
};

}  // namespace studio::ui
