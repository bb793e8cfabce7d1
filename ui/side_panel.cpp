// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The right panel: the pair in numbers, its steps, and its parameters against its twin's.
#include "ui/side_panel.h"

#include "ui/job_text.h"
#include "ui/panel_parts.h"
#include "ui/param_form.h"
#include "ui/param_slider.h"

#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <cmath>

namespace studio::ui {
namespace {

constexpr int kPanelWidth = 258;

QGridLayout* makeGrid() {
  auto* grid = new QGridLayout;
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(10);
  grid->setVerticalSpacing(5);
  return grid;
}

QLabel* cell(const QString& text, bool muted, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  if (muted) label->setObjectName(QStringLiteral("note"));
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  label->setTextFormat(Qt::PlainText);
  QFont font = label->font();
  font.setPixelSize(12);
  label->setFont(font);
  return label;
}

QString elided(const QLabel* label, const QString& text, int width) {
  return QFontMetrics(label->font()).elidedText(text.simplified(), Qt::ElideRight, width);
}

}  // namespace

SidePanel::SidePanel(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), catalogue_(catalogue), numbers_(makeGrid()), parameters_(makeGrid()) {
  setObjectName(QStringLiteral("side"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedWidth(kPanelWidth);
  auto* content = new QWidget;
  content->setObjectName(QStringLiteral("sideBody"));
  auto* body = new QVBoxLayout(content);
  body->setContentsMargins(12, 12, 12, 12);
  body->setSpacing(8);
  step_heading_ = makeHeading(tr("Step"), this);
  static constexpr ParamSpec kSteps{
      .key = {}, .label = {}, .unit = {}, .doc = {}, .min = 0, .max = 1};
  step_slider_ = new NotchedSlider(SliderMap(kSteps), std::nullopt, this);
  step_slider_->setObjectName(QStringLiteral("stepSlider"));
  step_slider_->setAccessibleName(tr("Step shown on both sides"));
  step_slider_->setToolTip(tr("Look back at both sides, step by step"));
  step_slider_->setEnabled(false);
  plot_ = new StepPlot(this);
  body->addWidget(step_heading_);
  body->addWidget(step_slider_);
  body->addSpacing(8);
  body->addWidget(makeHeading(tr("Distance from twin"), this));
  body->addWidget(plot_);
  body->addSpacing(8);
  body->addWidget(makeHeading(tr("Numbers"), this));
  body->addLayout(numbers_);
  body->addSpacing(8);
  body->addWidget(makeHeading(tr("Parameters"), this));
  body->addLayout(parameters_);
  body->addStretch(1);
  auto* scroll = makePanelScroll(content, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(scroll);

  auto* slider = static_cast<NotchedSlider*>(step_slider_);
  const auto go = [this](int step) {
    showStep(std::clamp(step, step_slider_->minimum(), step_slider_->maximum()));
  };
  connect(slider, &NotchedSlider::dragged, this, [go](int step) { go(step); });
  connect(slider, &NotchedSlider::jumped, this, [go](int step) { go(step); });
  connect(slider, &NotchedSlider::stepped, this, [this, go](int steps) {
    go(step_slider_->value() + steps);
  });
  forgetTrace();
}

void SidePanel::showStep(int step) {
  const int steps = step_slider_->maximum();
  step_slider_->setValue(step);
  step_heading_->setText(
      (step == steps ? tr("Step %1 of %1").arg(steps) : tr("Step %1 of %2").arg(step).arg(steps))
          .toUpper());
  plot_->setMarkedStep(step);
  Q_EMIT stepChosen(step == steps ? 0 : step);
}

void SidePanel::showTrace(const StepTrace& trace, int steps) {
  distances_ = trace.distances();
  plot_->setDistances(distances_, steps);
  if (steps < 2 || trace.isEmpty()) return forgetTrace();
  step_slider_->setRange(1, steps);
  step_slider_->setEnabled(true);
  step_slider_->setValue(steps);
  plot_->setMarkedStep(steps);
  step_heading_->setText(tr("Step %1 of %1").arg(steps).toUpper());
}

void SidePanel::forgetTrace() {
  distances_.clear();
  plot_->setDistances({}, 0);
  step_slider_->setEnabled(false);
  step_slider_->setRange(0, 1);
  step_slider_->setValue(1);
  step_heading_->setText(tr("Step").toUpper());
}

void SidePanel::fillNumbers(const Pair& pair) {
  clearGrid(numbers_);
  int row = 0;
  const auto add = [&](const QString& name, const QString& value) {
    if (value.isEmpty()) return;
    numbers_->addWidget(cell(name, true, this), row, 0);
    numbers_->addWidget(cell(value, false, this), row++, 1, Qt::AlignRight);
  };
  const Finished& guided = pair.guided->finished;
  const auto evaluations = [](double rows) {
    return rows > 0 ? QString::number(std::round(rows * 10) / 10, 'g', 6) : QString();
  };
  add(tr("Evaluations"), evaluations(guided.row_evaluations));
  add(tr("Time"), guided.seconds > 0 ? secondsText(guided.seconds) : QString());
  const double speed =
      guided.seconds > 0 ? static_cast<double>(guided.resolved.steps) / guided.seconds : 0;
  add(tr("Speed"),
      speed <= 0   ? QString()
      : speed >= 1 ? tr("%1 steps/s").arg(speed, 0, 'f', 1)
                   : tr("%1 s a step").arg(1 / speed, 0, 'f', 1));
  if (guided.preview_share > 0)
    add(tr("Preview cost"), tr("%1 %").arg(100 * guided.preview_share, 0, 'f', 1));
  if (pair.twin && pair.twin != pair.guided) {
    const Finished& twin = pair.twin->finished;
    add(tr("Twin's evaluations"), evaluations(twin.row_evaluations));
    add(tr("Twin's time"), twin.seconds > 0 ? secondsText(twin.seconds) : QString());
  }
  if (!distances_.empty())
    add(tr("Distance at the end"), tr("%1 %").arg(100 * distances_.rbegin()->second, 0, 'f', 1));
  add(tr("Size"),
      QStringLiteral("%1 × %2").arg(pair.guided->image.width()).arg(pair.guided->image.height()));
  if (row == 1) add(tr("Made"), tr("before, from the gallery"));
}

void SidePanel::fillParameters(const Pair& pair) {
  clearGrid(parameters_);
  const GenerationRequest& guided = pair.guided->finished.resolved;
  const GenerationRequest twin = unguided_twin(guided, catalogue_);
  int row = 0;
  parameters_->addWidget(cell(tr("A"), true, this), row, 1, Qt::AlignRight);
  parameters_->addWidget(cell(tr("B"), true, this), row++, 2, Qt::AlignRight);
  parameters_->setColumnStretch(0, 1);
  for (const JobParam& param : job_params(catalogue_)) {
    const auto b = get(guided, catalogue_, param.path);
    const auto a = get(twin, catalogue_, param.path);
    if (!a || !b || !b.value()) continue;
    const bool equal = a.value() == b.value();
    const bool of_job = param.path == param.spec->key;
    const bool of_section = !of_job && !param.path.starts_with("guidance.");
    if (of_section && !guided.sections.contains(param.path)) continue;
    if (!of_job && !isActive(*param.card, guided) && !param.spec->neutral) continue;
    // Without the guidance its other settings say nothing.
    const bool silent = !of_job && !isActive(*param.card, twin) && !param.spec->neutral;
    const QString name = paramName(param);
    const bool chosen = param.spec->kind == ParamKind::Choice;
    const QString right = chosen ? choiceText(catalogue_, std::get<std::string>(*b.value()))
                                 : valueText(*param.spec, *b.value());
    if (right.isEmpty()) continue;
    QLabel* name_cell = cell(name, true, this);
    name_cell->setText(elided(name_cell, name, 120));
    if (name_cell->text() != name) name_cell->setToolTip(name);
    parameters_->addWidget(name_cell, row, 0);
    QLabel* value = cell({}, equal && !silent, this);
    value->setToolTip(right);
    if (equal && !silent) {
      value->setText(elided(value, right, 110));
      parameters_->addWidget(value, row, 1, 1, 2, Qt::AlignRight);
    } else {
      value->setText(elided(value, right, 60));
      parameters_->addWidget(
          cell(silent || !a.value() ? QStringLiteral("–") : valueText(*param.spec, *a.value()),
               true,
               this),
          row,
          1,
          Qt::AlignRight);
      parameters_->addWidget(value, row, 2, Qt::AlignRight);
    }
    ++row;
  }
}

void SidePanel::showPair(const Pair& pair) {
  if (!pair.guided) return;
  fillNumbers(pair);
  fillParameters(pair);
}

}  // namespace studio::ui
