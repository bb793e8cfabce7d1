// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One parameter as a labelled row: the control its declaration asks for, its tooltip, its error.
#pragma once

#include "core/api/request.h"

#include <QWidget>

#include <optional>

class QCheckBox;
class QComboBox;
class QLabel;
class QToolButton;

namespace studio::ui {

class ParamSlider;

class ParamRow : public QWidget {
  Q_OBJECT
 public:
  ParamRow(const JobParam& param, const Catalogue& catalogue, QWidget* parent = nullptr);
  ~ParamRow() override;

  const std::string& path() const { return param_.path; }
  const ParamSpec& spec() const { return *param_.spec; }
  std::optional<ParamValue> value() const { return value_; }
  void setValue(const std::optional<ParamValue>& value);  // no signal
  // Takes typed text that was not confirmed yet; false when it was refused.
  bool commitTyped();

  void setError(const QString& message);  // "" takes it away
  bool hasError() const { return has_error_; }
  void setDim(bool dim);
  void setSuggestions(const QStringList& suggestions);  // Text only
  int labelWidth() const;
  void setLabelWidth(int width_px);
  void focusControl();
  // A path chosen elsewhere, as if it was typed.
  void takePath(const QString& path);
  // Below everything else of the row, which becomes its parent.
  void setBelow(QWidget* widget);

  // The inner control, for tests and focus order.
  QWidget* control() const { return control_; }

 Q_SIGNALS:
  void changed(const std::optional<studio::ParamValue>& value);    // every move
  void committed(const std::optional<studio::ParamValue>& value);  // once a drag, once an edit
  void dropHovered(bool hovered);                                  // by a file that may be dropped

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makeSlider();
  void makeCombo(const Catalogue& catalogue);
  void makeCheckBox();
  void makeText();
  void makeBrowse();
  QString absentText() const;
  void take(const std::optional<ParamValue>& value, bool final);
  void takeText(QString text);
  void browse();
  void resetToDeclared();

  const JobParam param_;
  std::optional<ParamValue> value_;
  QLabel* label_;
  QLabel* error_;
  QWidget* control_ = nullptr;
  ParamSlider* slider_ = nullptr;
  QComboBox* combo_ = nullptr;
  QCheckBox* check_box_ = nullptr;
  QToolButton* browse_ = nullptr;  // of a path
  bool has_error_ = false;
};

// The name of a path as an objectName.
QString objectNameOf(const std::string& path);
// Lets a control react to the wheel only while it has the focus.
void wheelOnlyWhenFocused(QWidget* control, QObject* filter);
// A combo box whose arrow is drawn in the theme's colours.
QComboBox* makeComboBox(QWidget* parent);
void setWrong(QWidget* control, bool wrong);

}  // namespace studio::ui
