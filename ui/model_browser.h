// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Models, LoRAs, VAEs and ControlNets to choose from, and the folders they are looked for in.
#pragma once

#include "core/api/params.h"

#include <QDialog>
#include <QList>

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace studio::ui {

class CardList;
class CardModel;
class ModelLibrary;

class ModelBrowser : public QDialog {
  Q_OBJECT
 public:
  // The library outlives it. `start_folder`: where a folder to add is looked for first.
  ModelBrowser(ModelLibrary& library, const QString& start_folder, QWidget* parent = nullptr);

  // What the open job uses, as it names it.
  void setInUse(const QStringList& values);
  // What became of the last choice.
  void showNote(const QString& text);
  void showProblem(const QString& text);
  void showKind(FileKind kind);

  CardModel* cards() const { return cards_; }
  CardList* list() const { return list_; }

 Q_SIGNALS:
  void useAsked(studio::FileKind kind, const QString& value);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeSide();
  QWidget* makeTop();
  QWidget* makeKinds();
  QWidget* makeProgress();
  QWidget* makeButtons();
  void takeFilter();
  void refresh();
  void refreshFolders();
  void refreshProgress();
  void refreshButtons();
  void tell(const QString& text, bool is_problem);
  void use();
  void toggleFavourite(const QModelIndex& index);
  void hash();
  void addFolder();
  void removeFolder();
  QString root() const;  // the folder that is chosen; "": all
  QString emptyText() const;

  ModelLibrary& library_;
  QString start_folder_;
  CardModel* cards_;
  CardList* list_;
  QListWidget* folders_ = nullptr;
  QPushButton* remove_ = nullptr;
  QLineEdit* search_ = nullptr;
  QComboBox* order_ = nullptr;
  QToolButton* favourites_ = nullptr;
  QButtonGroup* kinds_ = nullptr;
  QCheckBox* unusable_ = nullptr;
  QWidget* hint_ = nullptr;  // while no folder is watched
  QLabel *status_ = nullptr, *folder_problem_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QPushButton* stop_ = nullptr;
  QPushButton *hash_ = nullptr, *place_ = nullptr, *use_ = nullptr;
  QString note_;
  bool note_is_problem_ = false;
};

}  // namespace studio::ui
