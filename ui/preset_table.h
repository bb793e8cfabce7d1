// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parameters down, presets across: what differs stands out, what is overridden is struck out.
#pragma once

#include "ui/preset_compare.h"

#include <QTableView>

class QStandardItemModel;

namespace studio::ui {

class PresetTable : public QTableView {
  Q_OBJECT
 public:
  explicit PresetTable(QWidget* parent = nullptr);

  // Side by side: rows that are equal in all are quiet, or hidden.
  void showCompared(const QStringList& names,
                    const std::vector<PresetRow>& rows,
                    bool only_different);
  // One after the other, with the result beside what is now.
  void showStack(const QStringList& names, const std::vector<PresetRow>& rows);

 private:
  void fill(const QStringList& headings, const std::vector<PresetRow>& rows, bool is_stack);

  QStandardItemModel* model_;
};

}  // namespace studio::ui
