// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One axis in the sweep's editor: its parameter, its values, what is wrong with them.
#pragma once

#include "core/api/sweep.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QToolButton;

namespace studio::ui {

class AxisEdit;
class AxisGrip;

class AxisRow : public QWidget {
  Q_OBJECT
 public:
  // `params` outlives the row.
  explicit AxisRow(const std::vector<JobParam>& params, QWidget* parent = nullptr);

  SweepAxis axis() const;
  void setAxis(const SweepAxis& axis);    // no signal
  void setLetter(const QString& letter);  // "X"
  void setBase(const GenerationRequest& base, const Catalogue& catalogue);
  void setConflict(const QString& message);  // with another axis; "" takes it away
  void setWarning(const QString& message);   // it can run all the same; "" takes it away
  const QString& warning() const { return warning_; }
  // Why this axis cannot run; "" when it can.
  QString problem() const;
  std::size_t valueCount() const;
  void focusValues();
  void focusParam();
  void refreshIcons();
  AxisEdit* edit() const { return edit_; }
  QComboBox* combo() const { return combo_; }

 Q_SIGNALS:
  void edited();
  void committed();
  void removeAsked();
  void moveAsked(int by);
  void dragged(int global_y);
  void dropped();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  const JobParam* param() const;
  void buildCombo();
  void takeParam(int index);
  void showNote();
  void fillMenu();
  void nameControls();

  const std::vector<JobParam>& params_;
  AxisGrip* grip_;
  QComboBox* combo_;
  QToolButton* remove_;
  AxisEdit* edit_;
  QLabel* note_;
  QLabel* warning_label_;
  QToolButton* suggest_;
  std::string path_;
  AxisValue now_;
  QString conflict_, warning_;
  QString letter_;
};

// What can be typed, as rich text for a tooltip.
QString axisFormsText(const ParamSpec& spec);

}  // namespace studio::ui
