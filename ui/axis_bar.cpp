// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which axes of a sweep of many are shown across and down, and where the others stand.
#include "ui/axis_bar.h"

#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>

#include <algorithm>

namespace studio::ui {

AxisBar::AxisBar(SweepCells& cells, QWidget* parent) : QWidget(parent), cells_(cells) {
  setObjectName(QStringLiteral("viewBar"));
  setAttribute(Qt::WA_StyledBackground);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 2, 12, 6);
  layout->setSpacing(8);
  const auto add = [&](const QString& text, const QString& name) {
    auto* label = new QLabel(text, this);
    label->setObjectName(QStringLiteral("note"));
    auto* box = makeComboBox(this);
    box->setObjectName(name);
    box->setAccessibleName(text);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    layout->addWidget(label);
    layout->addWidget(box);
    return box;
  };
  across_ = add(tr("Across"), QStringLiteral("axisAcross"));
  down_ = add(tr("Down"), QStringLiteral("axisDown"));
  layout->addSpacing(8);
  sliders_ = new QHBoxLayout;
  sliders_->setSpacing(16);
  layout->addLayout(sliders_, 1);
  connect(across_, &QComboBox::activated, this, [this] {
    cells_.setAcross(across_->currentData().toInt());
  });
  connect(
      down_, &QComboBox::activated, this, [this] { cells_.setDown(down_->currentData().toInt()); });
  connect(&cells_, &SweepCells::reset, this, &AxisBar::build);
  connect(&cells_, &SweepCells::shownAxesChanged, this, &AxisBar::build);
  connect(&cells_, &SweepCells::currentChanged, this, &AxisBar::show);
  build();
}

void AxisBar::setWanted(bool wanted) {
  wanted_ = wanted;
  setVisible(wanted_ && cells_.axes() > 2);
}

void AxisBar::build() {
  setVisible(wanted_ && cells_.axes() > 2);
  // The same sliders stay while the hand is on one of them.
  std::vector<int> wanted;
  for (int axis = 0; axis < cells_.axes(); ++axis) {
    if (axis != cells_.across() && axis != cells_.down() && cells_.axes() > 2)
      wanted.push_back(axis);
  }
  across_->clear();
  down_->clear();
  for (int axis = 0; axis < cells_.axes(); ++axis) {
    across_->addItem(cells_.axisName(axis), axis);
    down_->addItem(cells_.axisName(axis), axis);
  }
  across_->setCurrentIndex(across_->findData(cells_.across()));
  down_->setCurrentIndex(down_->findData(cells_.down()));
  const bool same =
      wanted.size() == stands_.size() &&
      std::equal(
          wanted.begin(), wanted.end(), stands_.begin(), [this](int axis, const auto& stand) {
            const auto* slider = stand.second->template findChild<NotchedSlider*>();
            return axis == stand.first &&
                   slider->maximum() == static_cast<int>(cells_.axisSize(axis)) - 1 &&
                   slider->accessibleName() == cells_.axisName(axis);
          });
  if (same) return show();
  for (const auto& [axis, widget] : stands_) {
    widget->hide();
    widget->deleteLater();
  }
  stands_.clear();
  for (const int axis : wanted) {
    auto* stand = new QWidget(this);
    auto* row = new QHBoxLayout(stand);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto* name = new QLabel(cells_.axisName(axis), stand);
    name->setObjectName(QStringLiteral("note"));
    static constexpr ParamSpec kShare{
        .key = {}, .label = {}, .unit = {}, .doc = {}, .min = 0, .max = 1};
    auto* slider = new NotchedSlider(SliderMap(kShare), std::nullopt, stand);
    slider->setObjectName(QStringLiteral("superAxis%1").arg(axis));
    slider->setRange(0, static_cast<int>(cells_.axisSize(axis)) - 1);
    slider->setAccessibleName(cells_.axisName(axis));
    slider->setFixedWidth(150);
    auto* value = new QLabel(stand);
    value->setObjectName(QStringLiteral("value"));
    row->addWidget(name);
    row->addWidget(slider);
    row->addWidget(value);
    row->addStretch(1);
    const auto go = [this, axis](int at) {
      cells_.setAt(
          axis,
          static_cast<std::size_t>(std::clamp(at, 0, static_cast<int>(cells_.axisSize(axis)) - 1)));
    };
    connect(slider, &NotchedSlider::dragged, this, go);
    connect(slider, &NotchedSlider::jumped, this, go);
    connect(
        slider, &NotchedSlider::stepped, this, [go, slider](int by) { go(slider->value() + by); });
    sliders_->addWidget(stand, 1);
    stands_.emplace_back(axis, stand);
  }
  show();
}

void AxisBar::show() {
  for (const auto& [axis, stand] : stands_) {
    const std::size_t at = cells_.at(axis);
    stand->findChild<NotchedSlider*>()->setValue(static_cast<int>(at));
    auto* value = stand->findChild<QLabel*>(QStringLiteral("value"));
    value->setText(tr("%1  (%2 of %3)")
                       .arg(cells_.valueLabel(axis, at).simplified().left(24))
                       .arg(at + 1)
                       .arg(cells_.axisSize(axis)));
  }
}

}  // namespace studio::ui
