// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A slider and a number field for one numeric parameter: linear or logarithmic, with infinity as
// its own stop where the parameter has it.
#pragma once

#include "core/api/params.h"

#include <QAbstractSpinBox>
#include <QSlider>

#include <optional>

namespace studio::ui {

// Between values of a parameter and positions of its slider. Positions 0..kTop span the finite
// part; kInfinity is the extra stop.
class SliderMap {
 public:
  static constexpr int kTop = 1000;
  static constexpr int kGap = 70;  // between the largest finite value and the infinity stop
  static constexpr int kInfinityStop = kTop + kGap;

  explicit SliderMap(const ParamSpec& spec);

  int maximum() const { return has_infinity_ ? kInfinityStop : kTop; }
  double low() const { return low_; }
  double high() const { return high_; }
  int positionOf(double value) const;
  // Rounded as a person would write it: whole steps, or three digits on a logarithmic scale.
  double valueAt(int position) const;
  // One key press: `steps` steps up or down; past the largest finite value lies infinity.
  double stepped(double value, int steps) const;

 private:
  double rounded(double value) const;

  double low_, high_, step_;
  bool logarithmic_, has_infinity_, whole_;
  double min_, max_;
  bool min_is_excluded_;
};

// QSlider with a mark at the value that does nothing and a notch for infinity.
class NotchedSlider : public QSlider {
  Q_OBJECT
 public:
  NotchedSlider(const SliderMap& map, std::optional<int> mark, QWidget* parent = nullptr);

  QSize sizeHint() const override;

 Q_SIGNALS:
  void stepped(int steps);
  void jumped(int position);
  void dragged(int position);
  void dragEnded();
  void digitTyped(const QString& text);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  double xOf(int position) const;
  int positionAt(double x) const;

  const SliderMap map_;
  const std::optional<int> mark_;
  bool dragging_ = false;
};

// Takes typed numbers, "inf" and "∞"; says what is allowed when it refuses.
class NumberField : public QAbstractSpinBox {
  Q_OBJECT
 public:
  NumberField(const ParamSpec& spec, const SliderMap& map, QWidget* parent = nullptr);

  ~NumberField() override;

  double value() const { return value_; }
  void setValue(double value);
  // Shows this word in place of a number; an emptied field, too, then means that there is none.
  void setAbsent(const QString& word);
  // Starts typing with this.
  void typeInto(const QString& text);
  // True when what is typed was taken (or nothing had changed).
  bool commit();

  void stepBy(int steps) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void stepRequested(int steps);
  void typed(double value);
  void cleared();
  void refused(const QString& message);

 protected:
  StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }
  QValidator::State validate(QString& input, int& position) const override;
  void wheelEvent(QWheelEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;

 private:
  const ParamSpec& spec_;
  const SliderMap map_;
  double value_ = 0;
  QString absent_;  // shown while there is no number
};

class ParamSlider : public QWidget {
  Q_OBJECT
 public:
  // Lives no longer than the declaration.
  explicit ParamSlider(const ParamSpec& spec, QWidget* parent = nullptr);
  ~ParamSlider() override;

  double value() const { return value_; }
  void setValue(double value);  // no signal
  void setAbsent(const QString& word);  // no signal; the parameter says what absent means
  // Takes what is typed but not yet confirmed. False when it was refused.
  bool commitTyped() { return field_->commit(); }

  NotchedSlider* slider() const { return slider_; }
  NumberField* field() const { return field_; }

 Q_SIGNALS:
  void changed(double value);    // every move
  void committed(double value);  // once at the end of a drag; at once for keys and typing
  void cleared();                // typed away, where a parameter may be absent
  void refused(const QString& message);

 private:
  void take(double value, bool final);

  const SliderMap map_;
  NotchedSlider* slider_;
  NumberField* field_;
  double value_;
  bool is_absent_ = false;
};

}  // namespace studio::ui
