// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Chooses presets that become the cells of a sweep.
#pragma once

#include "ui/preset_store.h"

#include <QDialog>

class QLabel;
class QListWidget;
class QPushButton;

namespace studio::ui {

class PresetSweepDialog : public QDialog {
  Q_OBJECT
 public:
  // `base`: the job that each preset is put over. Without a seed of its own one is drawn, so that
  // the cells can be compared. The store must outlive the dialog.
  PresetSweepDialog(const PresetStore& store,
                    const GenerationRequest& base,
                    QWidget* parent = nullptr);

  QListWidget* list() const { return list_; }
  QPushButton* acceptButton() const { return accept_; }
  void accept() override;

 Q_SIGNALS:
  // One job a preset, in the order of the list.
  void chosen(const std::vector<studio::GenerationRequest>& jobs, const QStringList& names);

 private:
  void fill();
  void showCount();
  std::vector<const PresetEntry*> checked() const;

  const PresetStore& store_;
  GenerationRequest base_;
  QListWidget* list_;
  QLabel* note_;
  QPushButton* accept_;
};

}  // namespace studio::ui
