// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A panel beside the pictures: their parameters next to each other, what differs standing out.
#pragma once

#include "ui/param_diff.h"

#include <QStringList>
#include <QWidget>

class QCheckBox;
class QLabel;
class QTableWidget;

namespace studio::ui {

class ParamDiffTable : public QWidget {
  Q_OBJECT
 public:
  // The catalogue must outlive the panel.
  explicit ParamDiffTable(const Catalogue& catalogue, QWidget* parent = nullptr);

  // The jobs of the pictures that are shown, first is A. Names stand beside the letters; there may
  // be fewer names than jobs.
  void setJobs(std::vector<GenerationRequest> jobs, const QStringList& names = {});
  void setReference(int index);
  bool hidesEqual() const;
  void setHidesEqual(bool hides);
  int differences() const;
  // Tab-separated, with a head: the selected rows, or all that are shown.
  QString copyText() const;

  QSize sizeHint() const override { return {360, 420}; }
  QSize minimumSizeHint() const override { return {320, 120}; }

 Q_SIGNALS:
  void hidesEqualChanged(bool hides);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fill();
  void fillRow(int row, const ParamDiffRow& differences);
  void showEqual();
  void fitColumns();
  void applyColours();

  const Catalogue& catalogue_;
  std::vector<GenerationRequest> jobs_;
  QStringList names_;
  std::vector<ParamDiffRow> rows_;
  int reference_ = 0;
  QLabel* summary_;
  QLabel* message_;
  QCheckBox* hide_equal_;
  QTableWidget* table_;
};

}  // namespace studio::ui
