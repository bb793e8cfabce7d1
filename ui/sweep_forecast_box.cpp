// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep will cost, and what of it fits into the time there is.
#include "ui/sweep_forecast_box.h"

#include "ui/job_text.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QRegularExpression>
#include <QStandardItemModel>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kLeastShare = 0.02;  // of the whole time, at the slider's left end

void setRole(QLabel* label, const QString& role) {
  if (label->objectName() == role) return;
  label->setObjectName(role);
  label->style()->unpolish(label);
  label->style()->polish(label);
}

}  // namespace

QString countText(double count) { return QLocale(QLocale::English).toString(count, 'f', 0); }

QString bytesText(double bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  double value = bytes / 1000;
  int unit = 0;
  while (value >= 999.5 && unit < 3) value /= 1000, ++unit;
  return QStringLiteral("%1 %2")
      .arg(value, 0, 'f', value < 9.95 ? 1 : 0)
      .arg(QLatin1String(kUnits[unit]));
}

ForecastBox::ForecastBox(QWidget* parent) : QWidget(parent), note_(new QLabel(this)) {
  setObjectName(QStringLiteral("forecast"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(makeHeading(tr("Forecast"), this));
  auto* grid = new QGridLayout;
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(0, 1);
  layout->addLayout(grid);
  layout->addWidget(note_);
  note_->setWordWrap(true);
  note_->setTextFormat(Qt::PlainText);
  addRow("cells", tr("Cells"), tr("Every combination of the axes' values"));
  addRow("pictures",
         tr("Distinct pictures"),
         tr("After cells that must look the same share one, unguided twins included"));
  addRow("naive",
         tr("Evaluations, one by one"),
         tr("UNet rows when every cell is made alone, as other tools do"));
  addRow("shared",
         tr("Evaluations, shared"),
         tr("UNet rows when steps that are the same are made once"));
  addRow("time", tr("Time"), tr("From the speed measured on this computer"));
  addRow("disk", tr("Disk"), tr("For the pictures that are still to be made"));
  showNothing({});
}

ForecastBox::Row ForecastBox::addRow(const char* key, const QString& name, const QString& tip) {
  auto* grid = static_cast<QGridLayout*>(layout()->itemAt(1)->layout());
  Row row{new QLabel(name, this), new QLabel(this)};
  row.name->setObjectName(QStringLiteral("note"));
  row.name->setToolTip(tip);
  row.value->setToolTip(tip);
  row.value->setAccessibleName(name);
  QFont font = row.value->font();
  font.setPixelSize(12);
  row.value->setFont(font);
  row.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  const int at = static_cast<int>(rows_.size());
  grid->addWidget(row.name, at, 0);
  grid->addWidget(row.value, at, 1, Qt::AlignRight);
  rows_.emplace_back(QLatin1String(key), row);
  return row;
}

QString ForecastBox::valueOf(const QString& row) const {
  for (const auto& [key, known] : rows_) {
    if (key == row) return known.value->text();
  }
  return {};
}

void ForecastBox::setDim(bool dim) {
  for (const auto& [key, row] : rows_) row.value->setEnabled(!dim);
}

void ForecastBox::showAsking() { setDim(true); }

void ForecastBox::showNothing(const QString& text) {
  for (const auto& [key, row] : rows_) row.value->setText(QStringLiteral("–"));
  setRole(note_, QStringLiteral("note"));
  note_->setText(text);
  note_->setVisible(!text.isEmpty());
}

void ForecastBox::showOutlook(const SweepOutlook& outlook) {
  setDim(false);
  showNothing(outlook.problem);
  if (!outlook.problem.isEmpty()) return setRole(note_, QStringLiteral("rowError"));
  const SweepForecast& f = outlook.forecast;
  QStringList values{countText(static_cast<double>(f.cells))};
  if (outlook.has_forecast) {
    const double saved = f.rows_naive > 0 ? 1 - f.rows_shared / f.rows_naive : 0;
    QString shared = countText(std::round(f.rows_shared));
    if (saved >= 0.005) shared += tr("  (−%1 %)").arg(std::lround(100 * saved));
    QString disk = bytesText(f.bytes_left);
    if (f.bytes_free > 0) disk += tr(" of %1 free").arg(bytesText(f.bytes_free));
    values << countText(static_cast<double>(f.pictures)) << countText(f.rows_naive) << shared
           << (f.seconds_are_measured ? tr("about %1").arg(secondsText(f.seconds_left))
                                      : tr("not measured yet"))
           << disk;
    QStringList notes;
    if (f.problem) {
      setRole(note_, QStringLiteral("rowError"));
      const QString reason = QString::fromStdString(f.problem->message);
      notes << (f.impossible_cells == f.cells
                    ? tr("No cell can be made: %1.").arg(reason)
                    : tr("%1 cells cannot be made; the first: %2.")
                          .arg(countText(static_cast<double>(f.impossible_cells)), reason));
    }
    if (f.finished > 0)
      notes << tr("%1 of them are there already.").arg(countText(static_cast<double>(f.finished)));
    if (f.bytes_free > 0 && f.bytes_left > f.bytes_free) {
      setRole(note_, QStringLiteral("rowError"));
      notes << tr("The disk has only %1 free: the sweep will stop when it is full.")
                   .arg(bytesText(f.bytes_free));
    }
    note_->setText(notes.join(' '));
    note_->setVisible(!notes.isEmpty());
  }
  for (int i = 0; i < values.size(); ++i)
    rows_[static_cast<std::size_t>(i)].second.value->setText(values[i]);
}

std::optional<double> secondsOf(const QString& text) {
  const QString plain = text.trimmed().toLower();
  static const QRegularExpression clock(QStringLiteral("^(\\d+):([0-5]\\d)(?::([0-5]\\d))?$"));
  if (const auto match = clock.match(plain); match.hasMatch()) {
    const double a = match.captured(1).toDouble(), b = match.captured(2).toDouble();
    return match.captured(3).isEmpty() ? 60 * a + b
                                       : 3600 * a + 60 * b + match.captured(3).toDouble();
  }
  static const QRegularExpression whole(
      QStringLiteral("^(?:\\d+(?:\\.\\d+)?\\s*(?:h|hours?|min|m|minutes?|s|sec|seconds?)?\\s*)+$"));
  if (!whole.match(plain).hasMatch()) return std::nullopt;
  static const QRegularExpression part(QStringLiteral("(\\d+(?:\\.\\d+)?)\\s*([a-z]*)"));
  double seconds = 0;
  for (auto it = part.globalMatch(plain); it.hasNext();) {
    const auto match = it.next();
    const QString unit = match.captured(2);
    seconds += match.captured(1).toDouble() * (unit.startsWith('h')   ? 3600
                                               : unit.startsWith('m') ? 60
                                                                      : 1);
  }
  return seconds > 0 ? std::optional(seconds) : std::nullopt;
}

TimeBox::TimeBox(QWidget* parent)
    : QWidget(parent),
      all_(new QToolButton(this)),
      mode_(makeComboBox(this)),
      field_(new QLineEdit(this)),
      pick_(new QLabel(this)) {
  setObjectName(QStringLiteral("timeBox"));
  static constexpr ParamSpec kShare{
      .key = {}, .label = {}, .unit = {}, .doc = {}, .min = 0, .max = 1};
  slider_ = new NotchedSlider(SliderMap(kShare), std::nullopt, this);
  slider_->setObjectName(QStringLiteral("timeSlider"));
  slider_->setAccessibleName(tr("Time I have"));
  slider_->setToolTip(
      tr("How long the sweep may take: fewer steps or fewer cells are chosen to fit"));
  all_->setObjectName(QStringLiteral("plain"));
  all_->setText(tr("Everything"));
  all_->setToolTip(tr("Make all cells with all their steps, however long it takes"));
  all_->setFocusPolicy(Qt::StrongFocus);
  mode_->setObjectName(QStringLiteral("timeMode"));
  mode_->addItem(tr("Fewer steps"));
  mode_->addItem(tr("Fewer cells"));
  mode_->setAccessibleName(tr("What is left out when time is short"));
  mode_->setToolTip(
      tr("Fewer steps for all cells, or only the first cells: in coarse order they cover the grid "
         "evenly"));
  field_->setObjectName(QStringLiteral("timeField"));
  field_->setFixedWidth(100);
  field_->setAlignment(Qt::AlignRight);
  field_->setAccessibleName(tr("Time I have, typed"));
  field_->setToolTip(tr("“3 min”, “90 s”, “1:30”, “2 h”"));
  pick_->setObjectName(QStringLiteral("note"));
  pick_->setWordWrap(true);
  auto* top = new QHBoxLayout;
  top->addWidget(makeHeading(tr("Time I have"), this));
  top->addStretch(1);
  top->addWidget(all_);
  auto* bottom = new QHBoxLayout;
  bottom->setSpacing(8);
  bottom->addWidget(mode_, 1);
  bottom->addWidget(field_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(5);
  layout->addLayout(top);
  layout->addWidget(slider_);
  layout->addLayout(bottom);
  layout->addWidget(pick_);
  connect(slider_, &NotchedSlider::dragged, this, &TimeBox::setPosition);
  connect(slider_, &NotchedSlider::jumped, this, &TimeBox::setPosition);
  connect(slider_, &NotchedSlider::stepped, this, [this](int steps) {
    setPosition(slider_->value() + 20 * steps);
  });
  connect(all_, &QToolButton::clicked, this, &TimeBox::reset);
  connect(mode_, &QComboBox::activated, this, &TimeBox::choose);
  connect(field_, &QLineEdit::editingFinished, this, [this] {
    const auto seconds = secondsOf(field_->text());
    if (seconds && field_->isModified()) return setBudget(seconds);
    show();
  });
  setUnknown(tr("Known once a sweep is set up."));
}

void TimeBox::setUnknown(const QString& why) {
  known_ = false;
  plan_ = {};
  for (QWidget* control : {static_cast<QWidget*>(slider_),
                           static_cast<QWidget*>(field_),
                           static_cast<QWidget*>(mode_)})
    control->setEnabled(false);
  all_->hide();
  slider_->setValue(SliderMap::kTop);
  field_->setText(QStringLiteral("–"));
  pick_->setText(why);
}

void TimeBox::setForecast(const SweepForecast& forecast, const TimeFrame& frame) {
  forecast_ = forecast;
  frame_ = frame;
  const std::int64_t steps = frame.steps;
  if (!forecast.seconds_are_measured)
    return setUnknown(tr("The speed is not measured yet: it is after the first picture."));
  if (forecast.seconds_left <= 0) return setUnknown(tr("Everything is there already."));
  known_ = true;
  for (QWidget* control : {static_cast<QWidget*>(slider_),
                           static_cast<QWidget*>(field_),
                           static_cast<QWidget*>(mode_)})
    control->setEnabled(true);
  auto* items = qobject_cast<QStandardItemModel*>(mode_->model());
  items->item(0)->setEnabled(steps > 1);
  items->item(0)->setToolTip(steps > 1 ? QString() : frame.why_fixed);
  if (steps <= 1) mode_->setCurrentIndex(1);
  choose();
}

void TimeBox::setBudget(std::optional<double> seconds) {
  budget_ = seconds;
  choose();
}

void TimeBox::reset() { setBudget(std::nullopt); }

void TimeBox::setPosition(int position) {
  position = std::clamp(position, 0, SliderMap::kTop);
  if (position >= SliderMap::kTop) return reset();
  const double share = std::pow(kLeastShare, 1 - static_cast<double>(position) / SliderMap::kTop);
  setBudget(share * forecast_.seconds_left);
}

void TimeBox::choose() {
  const TimePlan before = plan_;
  const std::size_t missing = forecast_.cells - std::min(forecast_.cells, frame_.done_cells);
  const std::int64_t steps = frame_.steps;
  plan_ = {TimePlan::Kind::All, steps, missing, forecast_.seconds_left};
  if (known_ && budget_ && *budget_ < forecast_.seconds_left) {
    const double share = *budget_ / forecast_.seconds_left;
    if (mode_->currentIndex() == 0) {
      plan_.kind = TimePlan::Kind::FewerSteps;
      plan_.steps = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(std::floor(share * static_cast<double>(steps))));
      plan_.seconds =
          forecast_.seconds_left * static_cast<double>(plan_.steps) / static_cast<double>(steps);
    } else if (missing > 1) {
      plan_.kind = TimePlan::Kind::FewerCells;
      plan_.cells = std::max<std::size_t>(
          1, static_cast<std::size_t>(std::floor(share * static_cast<double>(missing))));
      plan_.seconds =
          forecast_.seconds_left * static_cast<double>(plan_.cells) / static_cast<double>(missing);
    }
  }
  show();
  if (!(plan_ == before)) Q_EMIT planChanged();
}

void TimeBox::show() {
  if (!known_) return;
  const bool all = plan_.kind == TimePlan::Kind::All;
  all_->setVisible(budget_.has_value());
  const double share = budget_ ? std::min(1.0, *budget_ / forecast_.seconds_left) : 1.0;
  const double at = 1 - std::log(std::max(share, kLeastShare)) / std::log(kLeastShare);
  slider_->setValue(static_cast<int>(std::lround(at * SliderMap::kTop)));
  if (!field_->hasFocus() || !field_->isModified())
    field_->setText(secondsText(budget_ && !all ? *budget_ : forecast_.seconds_left));
  field_->setModified(false);
  const QString about = tr("about %1").arg(secondsText(plan_.seconds));
  switch (plan_.kind) {
    case TimePlan::Kind::All:
      pick_->setText(frame_.done_cells > 0 ? tr("All that is missing: %1").arg(about)
                     : frame_.steps > 0
                         ? tr("All cells at %1 steps: %2").arg(frame_.steps).arg(about)
                         : tr("All cells: %1").arg(about));
      break;
    case TimePlan::Kind::FewerSteps:
      pick_->setText(
          tr("All cells at %1 of %2 steps: %3").arg(plan_.steps).arg(frame_.steps).arg(about));
      break;
    case TimePlan::Kind::FewerCells:
      pick_->setText(QStringLiteral("%1: %2").arg(cellsText(), about));
      break;
  }
}

// Which cells are made when time is short.
QString TimeBox::cellsText() const {
  const std::size_t missing = forecast_.cells - std::min(forecast_.cells, frame_.done_cells);
  const QString which = frame_.done_cells > 0
                            ? tr("The next %1 of %2 missing cells").arg(plan_.cells).arg(missing)
                            : tr("The first %1 of %2 cells").arg(plan_.cells).arg(forecast_.cells);
  return (frame_.evenly ? tr("%1, evenly spread") : tr("%1, in order")).arg(which);
}

}  // namespace studio::ui
