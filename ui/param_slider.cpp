// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A slider and a number field for one numeric parameter.
#include "ui/param_slider.h"

#include "ui/job_text.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kHandleRadius = 7.0;
constexpr int kLogStepsPerDecade = 20;
constexpr int kFieldWidth = 58;

double threeDigits(double value) {
  if (value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
  // Dividing by a whole power keeps 0.3 from becoming 0.30000000000000004.
  return unit >= 1 ? std::round(value / unit) * unit
                   : std::round(value / unit) / std::round(1 / unit);
}

double initialNumber(const ParamSpec& spec) {
  if (const auto* real = std::get_if<double>(&spec.initial)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&spec.initial))
    return static_cast<double>(*whole);
  return spec.min;
}

std::optional<int> markOf(const ParamSpec& spec, const SliderMap& map) {
  if (!spec.neutral) return std::nullopt;
  if (const auto* real = std::get_if<double>(&*spec.neutral)) return map.positionOf(*real);
  if (const auto* whole = std::get_if<std::int64_t>(&*spec.neutral))
    return map.positionOf(static_cast<double>(*whole));
  return std::nullopt;
}

}  // namespace

SliderMap::SliderMap(const ParamSpec& spec)
    : low_(spec.slider_min),
      high_(spec.slider_max),
      step_(spec.step),
      logarithmic_(spec.slider_scale == SliderScale::Logarithmic),
      has_infinity_(spec.has_infinity),
      whole_(spec.kind == ParamKind::Integer),
      min_(spec.min),
      max_(spec.max),
      min_is_excluded_(spec.min_is_excluded) {
  if (low_ == 0 && high_ == 0) low_ = spec.min, high_ = spec.max;
  if (!std::isfinite(high_)) high_ = std::max(low_, 0.0) + 100;
  if (logarithmic_ && low_ <= 0) low_ = high_ / 1000;
  if (!(high_ > low_)) high_ = low_ + 1;
  if (step_ <= 0) step_ = whole_ ? 1 : (high_ - low_) / 100;
}

int SliderMap::positionOf(double value) const {
  if (std::isinf(value)) return maximum();
  const double clamped = std::clamp(value, low_, high_);
  const double share = logarithmic_ ? std::log(clamped / low_) / std::log(high_ / low_)
                                    : (clamped - low_) / (high_ - low_);
  return static_cast<int>(std::lround(share * kTop));
}

double SliderMap::rounded(double value) const {
  if (whole_) return std::round(value);
  if (logarithmic_) return threeDigits(value);
  // Counting steps from zero gives 0.3 and not 0.30000000000000004.
  const double steps = std::round(value / step_);
  const double per_one = std::round(1 / step_);
  return step_ < 1 && std::abs(per_one * step_ - 1) < 1e-9 ? steps / per_one : steps * step_;
}

double SliderMap::valueAt(int position) const {
  if (has_infinity_ && position > kTop + kGap / 2) return studio::kInfinity;
  if (position <= 0) return low_;
  if (position >= kTop) return high_;
  const double share = static_cast<double>(position) / kTop;
  const double exact =
      logarithmic_ ? low_ * std::pow(high_ / low_, share) : low_ + share * (high_ - low_);
  return std::clamp(rounded(exact), low_, high_);
}

double SliderMap::stepped(double value, int steps) const {
  if (std::isinf(value)) return steps < 0 ? valueAt(positionOf(high_)) : value;
  if (has_infinity_ && steps > 0 && value >= high_) return studio::kInfinity;
  double next = 0;
  if (logarithmic_) {
    next = rounded(std::max(value, low_ / 10) *
                   std::pow(10, static_cast<double>(steps) / kLogStepsPerDecade));
    if (value < high_ && next > high_) next = high_;
    if (value > low_ && next < low_) next = low_;
  } else {
    next = rounded(value + steps * step_);
  }
  const double floor = min_is_excluded_ ? std::min(low_, value) : min_;
  return std::clamp(next, floor, max_);
}

NotchedSlider::NotchedSlider(const SliderMap& map, std::optional<int> mark, QWidget* parent)
    : QSlider(Qt::Horizontal, parent), map_(map), mark_(mark) {
  setRange(0, map_.maximum());
  setFocusPolicy(Qt::StrongFocus);
  setMinimumWidth(70);
}

QSize NotchedSlider::sizeHint() const { return {120, 24}; }

double NotchedSlider::xOf(int position) const {
  return kHandleRadius + 1 + (width() - 2 * kHandleRadius - 2) * position / std::max(1, maximum());
}

int NotchedSlider::positionAt(double x) const {
  const double share = (x - kHandleRadius - 1) / std::max(1.0, width() - 2 * kHandleRadius - 2);
  const int position = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * maximum()));
  if (position <= SliderMap::kTop) return position;
  return position > SliderMap::kTop + SliderMap::kGap / 2 ? maximum() : SliderMap::kTop;
}

void NotchedSlider::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const double y = height() / 2.0;
  const double end = xOf(std::min(maximum(), SliderMap::kTop));
  const double x = xOf(value());
  const auto bar = [&](double from, double to, const QColor& colour) {
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(from, y - 2, to - from, 4), 2, 2);
  };
  bar(xOf(0), end, t.line);
  if (isEnabled()) bar(xOf(0), std::min(x, end), t.accent);
  if (maximum() > SliderMap::kTop) {
    painter.setBrush(value() == maximum() ? t.accent : t.line);
    painter.drawEllipse(QPointF(xOf(maximum()), y), 3.5, 3.5);
  }
  if (mark_) {
    painter.setBrush(t.muted);
    painter.drawRoundedRect(QRectF(xOf(*mark_) - 1, y + 6, 2, 4), 1, 1);
  }
  if (hasFocus()) {
    painter.setBrush(QColor(t.accent.red(), t.accent.green(), t.accent.blue(), 110));
    painter.drawEllipse(QPointF(x, y), kHandleRadius + 3, kHandleRadius + 3);
  }
  painter.setBrush(t.dark ? QColor(0xf2f4f8) : QColor(0xffffff));
  if (!t.dark) painter.setPen(QPen(t.muted, 1));
  painter.drawEllipse(QPointF(x, y),
                      underMouse() || dragging_ ? kHandleRadius + 0.5 : kHandleRadius,
                      underMouse() || dragging_ ? kHandleRadius + 0.5 : kHandleRadius);
}

void NotchedSlider::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down:
      return Q_EMIT stepped(-1);
    case Qt::Key_Right:
    case Qt::Key_Up:
      return Q_EMIT stepped(1);
    case Qt::Key_PageDown:
      return Q_EMIT stepped(-10);
    case Qt::Key_PageUp:
      return Q_EMIT stepped(10);
    case Qt::Key_Home:
      return Q_EMIT jumped(0);
    case Qt::Key_End:
      return Q_EMIT jumped(maximum());
    default:
      break;
  }
  const QString text = event->text();
  if (text.size() == 1 && (text[0].isDigit() || text[0] == '.' || text[0] == '-'))
    return Q_EMIT digitTyped(text);
  event->ignore();
}

void NotchedSlider::wheelEvent(QWheelEvent* event) {
  if (!hasFocus() || event->angleDelta().y() == 0) return event->ignore();
  Q_EMIT stepped(event->angleDelta().y() > 0 ? 1 : -1);
  event->accept();
}

void NotchedSlider::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return event->ignore();
  dragging_ = true;
  Q_EMIT dragged(positionAt(event->position().x()));
  update();
}

void NotchedSlider::mouseMoveEvent(QMouseEvent* event) {
  if (dragging_) Q_EMIT dragged(positionAt(event->position().x()));
}

void NotchedSlider::mouseReleaseEvent(QMouseEvent* event) {
  if (!dragging_ || event->button() != Qt::LeftButton) return event->ignore();
  dragging_ = false;
  Q_EMIT dragEnded();
  update();
}

void NotchedSlider::enterEvent(QEnterEvent* event) {
  QSlider::enterEvent(event);
  update();
}

void NotchedSlider::leaveEvent(QEvent* event) {
  QSlider::leaveEvent(event);
  update();
}

NumberField::NumberField(const ParamSpec& spec, const SliderMap& map, QWidget* parent)
    : QAbstractSpinBox(parent), spec_(spec), map_(map) {
  setButtonSymbols(NoButtons);
  setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  setFocusPolicy(Qt::StrongFocus);
  connect(this, &QAbstractSpinBox::editingFinished, this, [this] { commit(); });
}

// Only its own handler, which the base class would still call. Others must hear that it is gone:
// the style sheet forgets a widget by its destroyed().
NumberField::~NumberField() { disconnect(this, &QAbstractSpinBox::editingFinished, this, nullptr); }

QSize NumberField::sizeHint() const { return {kFieldWidth, QAbstractSpinBox::sizeHint().height()}; }

void NumberField::setAbsent(const QString& word) {
  absent_ = word;
  lineEdit()->setText(word);
}

void NumberField::setValue(double value) {
  value_ = value;
  absent_.clear();
  lineEdit()->setText(numberText(spec_, value));
}

void NumberField::typeInto(const QString& text) {
  setFocus(Qt::OtherFocusReason);
  lineEdit()->selectAll();
  lineEdit()->insert(text);
}

bool NumberField::commit() {
  QString text = lineEdit()->text().trimmed();
  if (absent_.isEmpty() ? text == numberText(spec_, value_) : text == absent_) {
    Q_EMIT refused({});
    return true;
  }
  if (text.isEmpty() && !spec_.absent_means.empty()) {
    Q_EMIT refused({});
    Q_EMIT cleared();
    return true;
  }
  text.replace(',', '.');
  if (text.startsWith('+')) text.remove(0, 1);
  if (text == QChar(0x221E) || text.compare(QLatin1String("infinity"), Qt::CaseInsensitive) == 0) {
    text = QStringLiteral("inf");
  }
  const auto parsed = parse_value(spec_, spec_.label, text.toStdString());
  if (!parsed) {
    Q_EMIT refused(QString::fromStdString(parsed.error().message));
    return false;
  }
  const auto* whole = std::get_if<std::int64_t>(&parsed.value());
  setValue(whole != nullptr ? static_cast<double>(*whole) : std::get<double>(parsed.value()));
  Q_EMIT refused({});
  Q_EMIT typed(value_);
  return true;
}

void NumberField::stepBy(int steps) {
  if (commit()) Q_EMIT stepRequested(steps);
}

QValidator::State NumberField::validate(QString&, int&) const {
  return QValidator::Acceptable;  // commit() judges, in words
}

void NumberField::wheelEvent(QWheelEvent* event) {
  if (!hasFocus()) return event->ignore();
  QAbstractSpinBox::wheelEvent(event);
}

void NumberField::focusInEvent(QFocusEvent* event) {
  QAbstractSpinBox::focusInEvent(event);
  if (event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason)
    selectAll();
}

ParamSlider::ParamSlider(const ParamSpec& spec, QWidget* parent)
    : QWidget(parent), map_(spec), value_(initialNumber(spec)) {
  slider_ = new NotchedSlider(map_, markOf(spec, map_), this);
  field_ = new NumberField(spec, map_, this);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(slider_, 1);
  layout->addWidget(field_);
  setFocusProxy(slider_);
  setValue(value_);

  connect(slider_, &NotchedSlider::dragged, this, [this](int position) {
    take(map_.valueAt(position), false);
  });
  // Only assistive tools set the slider itself; our own setValue() is blocked.
  connect(slider_, &QSlider::valueChanged, this, [this](int position) {
    take(map_.valueAt(position), true);
  });
  connect(slider_, &NotchedSlider::dragEnded, this, [this] { Q_EMIT committed(value_); });
  connect(slider_, &NotchedSlider::jumped, this, [this](int position) {
    take(map_.valueAt(position), true);
  });
  connect(slider_, &NotchedSlider::stepped, this, [this](int steps) {
    take(map_.stepped(value_, steps), true);
  });
  connect(field_, &NumberField::stepRequested, this, [this](int steps) {
    take(map_.stepped(value_, steps), true);
  });
  connect(slider_, &NotchedSlider::digitTyped, field_, &NumberField::typeInto);
  connect(field_, &NumberField::typed, this, [this](double value) { take(value, true); });
  connect(field_, &NumberField::refused, this, &ParamSlider::refused);
  connect(field_, &NumberField::cleared, this, &ParamSlider::cleared);
}

// A field that loses the focus by being destroyed still says what was typed.
ParamSlider::~ParamSlider() {
  slider_->disconnect(this);
  field_->disconnect(this);
}

void ParamSlider::setAbsent(const QString& word) {
  setValue(value_);
  is_absent_ = true;
  field_->setAbsent(word);
}

void ParamSlider::setValue(double value) {
  value_ = value;
  is_absent_ = false;
  const QSignalBlocker quiet(slider_);
  slider_->setValue(map_.positionOf(value));
  slider_->update();
  field_->setValue(value);
}

void ParamSlider::take(double value, bool final) {
  const bool moved = is_absent_ || value != value_;
  setValue(value);
  Q_EMIT refused({});
  if (moved) Q_EMIT changed(value);
  if (moved && final) Q_EMIT committed(value);
}

}  // namespace studio::ui
