// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The left panel of the sweep page: axes, forecast, time, order, and the buttons that run it.
#include "ui/sweep_editor.h"

#include "ui/axis_row.h"
#include "ui/axis_suggest.h"
#include "ui/icons.h"
#include "ui/job_text.h"
#include "ui/panel_parts.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/sweep_forecast_box.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kPanelWidth = 308;
constexpr char kNoArrow[] = "QPushButton::menu-indicator { image: none; width: 0; }";

QString letterOf(std::size_t axis) {
  static constexpr const char* kLetters[] = {"X", "Y", "Z"};
  return axis < 3 ? QLatin1String(kLetters[axis]) : QString::number(axis + 1);
}

}  // namespace

SweepEditor::SweepEditor(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), catalogue_(catalogue), params_(job_params(catalogue)) {
  setObjectName(QStringLiteral("controls"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedWidth(kPanelWidth);
  auto* content = new QWidget;
  content->setObjectName(QStringLiteral("formBody"));
  auto* body = new QVBoxLayout(content);
  body->setContentsMargins(12, 12, 12, 8);
  body->setSpacing(8);
  buildTop(body);
  buildBottom(body);
  body->addStretch(1);
  auto* scroll = makePanelScroll(content, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(scroll, 1);
  buildButtons(layout);
  showBase();
  arrange();
}

SweepEditor::~SweepEditor() {
  // Fields still speak while they are being destroyed.
  for (AxisRow* row : rows_) row->disconnect(this);
}

void SweepEditor::buildTop(QVBoxLayout* body) {
  auto* top = new QHBoxLayout;
  top->addWidget(makeHeading(tr("Sweep"), this));
  top->addStretch(1);
  swap_ = new QToolButton(this);
  swap_->setObjectName(QStringLiteral("plain"));
  swap_->setText(tr("Swap X and Y"));
  swap_->setToolTip(tr("Show the first axis down and the second across"));
  swap_->setFocusPolicy(Qt::StrongFocus);
  connect(swap_, &QToolButton::clicked, this, &SweepEditor::swapFirstTwo);
  top->addWidget(swap_);
  body->addLayout(top);
  auto* base = new QHBoxLayout;
  base_text_ = new QLabel(this);
  base_text_->setObjectName(QStringLiteral("note"));
  base_text_->setTextFormat(Qt::PlainText);
  base_text_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  base_text_->setAccessibleName(tr("The job under the sweep"));
  use_current_ = new QToolButton(this);
  use_current_->setObjectName(QStringLiteral("plain"));
  use_current_->setText(tr("Use current job"));
  use_current_->setFocusPolicy(Qt::StrongFocus);
  connect(use_current_, &QToolButton::clicked, this, [this] {
    base_ = current_job_;
    showBase();
    changed(true);
  });
  base->addWidget(base_text_, 1);
  base->addWidget(use_current_);
  body->addLayout(base);
  axes_ = new QVBoxLayout;
  axes_->setSpacing(8);
  body->addLayout(axes_);
  buildListed(body);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  add_ = new QPushButton(tr("+ Axis"), this);
  add_->setAccessibleName(tr("Add an axis"));
  add_->setToolTip(tr("Vary one more parameter"));
  connect(add_, &QPushButton::clicked, this, &SweepEditor::addAxis);
  preset_ = new QPushButton(tr("Ready-made ▾"), this);
  preset_->setAccessibleName(tr("Ready-made sweeps"));
  preset_->setToolTip(tr("Start from a ready-made sweep, or compare presets"));
  preset_menu_ = new QMenu(preset_);
  preset_menu_->addAction(tr("The paper's grid"), this, [this] {
    SweepSpec example = spec();
    example.axes = exampleAxes(catalogue_);
    example.listed.clear();
    setSpec(example);
    changed(true);
  });
  preset_menu_->addAction(tr("A cell for each preset…"), this, &SweepEditor::presetsAsked);
  preset_->setMenu(preset_menu_);
  preset_->setStyleSheet(QLatin1String(kNoArrow));
  buttons->addWidget(add_, 1);
  buttons->addWidget(preset_, 1);
  body->addLayout(buttons);
}

// Stands for the axes when the cells are given one by one.
void SweepEditor::buildListed(QVBoxLayout* body) {
  listed_box_ = new QWidget(this);
  listed_text_ = new QLabel(listed_box_);
  listed_text_->setWordWrap(true);
  listed_text_->setTextFormat(Qt::PlainText);
  listed_text_->setAccessibleName(tr("Cells given one by one"));
  auto* remove = new QToolButton(listed_box_);
  remove->setObjectName(QStringLiteral("plain"));
  remove->setText(tr("Remove"));
  remove->setToolTip(tr("Set up axes instead"));
  remove->setFocusPolicy(Qt::StrongFocus);
  connect(remove, &QToolButton::clicked, this, [this] { setListed({}, {}); });
  auto* layout = new QHBoxLayout(listed_box_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(listed_text_, 1);
  layout->addWidget(remove, 0, Qt::AlignTop);
  body->addWidget(listed_box_);
}

void SweepEditor::showListed() {
  const QStringList names = listed_names_.filter(QRegularExpression(QStringLiteral("\\S")));
  QString text = tr("One cell each of %1 jobs").arg(listed_.size());
  if (!names.isEmpty()) {
    constexpr qsizetype kMostNamed = 12;
    text = tr("A cell for each preset: %1").arg(names.mid(0, kMostNamed).join(", "));
    if (names.size() > kMostNamed) text += tr(" and %1 more").arg(names.size() - kMostNamed);
  }
  listed_text_->setText(text);
  listed_box_->setVisible(rows_.empty() && !listed_.empty());
}

void SweepEditor::setListed(const std::vector<GenerationRequest>& jobs, const QStringList& names) {
  SweepSpec made = spec();
  made.axes.clear();
  made.listed = jobs;
  setSpec(made);
  setListedNames(names);
  changed(true);
}

void SweepEditor::setListedNames(const QStringList& names) {
  listed_names_ = names;
  showListed();
}

void SweepEditor::buildBottom(QVBoxLayout* body) {
  body->addSpacing(4);
  forecast_ = new ForecastBox(this);
  body->addWidget(forecast_);
  body->addSpacing(4);
  time_ = new TimeBox(this);
  body->addWidget(time_);
  body->addSpacing(4);
  body->addWidget(makeHeading(tr("Order"), this));
  order_ = makeComboBox(this);
  order_->setObjectName(QStringLiteral("sweepOrder"));
  order_->addItem(tr("Coarse to fine"));
  order_->addItem(tr("Row by row"));
  order_->setAccessibleName(tr("Order in which cells are made"));
  order_->setToolTip(
      tr("Coarse to fine makes the corners first, then what lies between: the grid is evenly "
         "covered at any moment"));
  wheelOnlyWhenFocused(order_, this);
  connect(order_, &QComboBox::activated, this, [this] { changed(true); });
  body->addWidget(order_);
  twin_ = new QCheckBox(tr("Unguided twins"), this);
  twin_->setObjectName(QStringLiteral("sweepTwin"));
  twin_->setChecked(true);
  twin_->setToolTip(
      tr("Also make each cell without the guidance under study, to compare with; equal twins are "
         "made once"));
  connect(twin_, &QCheckBox::clicked, this, [this] { changed(true); });
  body->addWidget(twin_);
}

void SweepEditor::buildButtons(QVBoxLayout* layout) {
  auto* foot = new QVBoxLayout;
  foot->setContentsMargins(12, 8, 12, 12);
  foot->setSpacing(6);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  run_ = new QPushButton(this);
  run_->setObjectName(QStringLiteral("sweepRun"));
  stop_ = new QPushButton(tr("Stop"), this);
  stop_->setObjectName(QStringLiteral("sweepStop"));
  export_ = new QPushButton(tr("Export ▾"), this);
  export_->setObjectName(QStringLiteral("sweepExport"));
  export_->setStyleSheet(QLatin1String(kNoArrow));
  for (QPushButton* button : {run_, stop_, export_}) buttons->addWidget(button, 1);
  run_note_ = new QLabel(this);
  run_note_->setObjectName(QStringLiteral("note"));
  run_note_->setWordWrap(true);
  run_note_->setTextFormat(Qt::PlainText);
  foot->addLayout(buttons);
  foot->addWidget(run_note_);
  layout->addLayout(foot);
  connect(run_, &QPushButton::clicked, this, &SweepEditor::runAsked);
  connect(stop_, &QPushButton::clicked, this, &SweepEditor::stopAsked);
}

AxisRow* SweepEditor::makeRow(const SweepAxis& axis) {
  auto* row = new AxisRow(params_, this);
  row->setAxis(axis);
  row->setBase(base_, catalogue_);
  connect(row, &AxisRow::edited, this, [this] { changed(false); });
  connect(row, &AxisRow::committed, this, [this] { changed(true); });
  connect(row, &AxisRow::removeAsked, this, [this, row] { removeRow(row); });
  connect(row, &AxisRow::moveAsked, this, [this, row](int by) {
    const auto at = std::find(rows_.begin(), rows_.end(), row) - rows_.begin();
    const int to = static_cast<int>(at) + by;
    if (to < 0 || to >= static_cast<int>(rows_.size())) return;
    moveRow(row, to);
    changed(true);
  });
  connect(row, &AxisRow::dragged, this, [this, row](int y) { dragRow(row, y); });
  connect(row, &AxisRow::dropped, this, [this] {
    if (!moved_) return;
    moved_ = false;
    changed(true);
  });
  return row;
}

void SweepEditor::addAxis() {
  std::vector<SweepAxis> taken;
  for (const AxisRow* row : rows_) taken.push_back(row->axis());
  const JobParam* param = likelyAxis(params_, taken);
  if (param == nullptr) return;
  const auto now = get(base_, catalogue_, param->path);
  const QString values =
      suggestionsFor(*param->spec, param->path, now ? now.value() : std::nullopt).front().values;
  listed_.clear();
  listed_names_.clear();
  rows_.push_back(makeRow({param->path, values.toStdString()}));
  arrange();
  changed(true);
  rows_.back()->focusParam();
}

void SweepEditor::removeRow(AxisRow* row) {
  const auto found = std::find(rows_.begin(), rows_.end(), row);
  if (found == rows_.end()) return;
  const auto at = static_cast<std::size_t>(found - rows_.begin());
  rows_.erase(found);
  row->disconnect(this);
  axes_->removeWidget(row);
  row->hide();
  row->deleteLater();
  arrange();
  changed(true);
  if (!rows_.empty()) {
    rows_[std::min(at, rows_.size() - 1)]->focusValues();
  } else {
    add_->setFocus(Qt::OtherFocusReason);
  }
}

void SweepEditor::moveRow(AxisRow* row, int to) {
  std::erase(rows_, row);
  rows_.insert(rows_.begin() + to, row);
  arrange();
}

void SweepEditor::dragRow(AxisRow* row, int global_y) {
  int to = 0;
  for (const AxisRow* other : rows_) {
    if (other == row) continue;
    const int middle = other->mapToGlobal(QPoint(0, other->height() / 2)).y();
    to += global_y > middle;
  }
  if (rows_[static_cast<std::size_t>(to)] == row) return;
  moved_ = true;
  moveRow(row, to);
}

void SweepEditor::swapFirstTwo() {
  if (rows_.size() < 2) return;
  moveRow(rows_[1], 0);
  changed(true);
}

// Puts the rows into the layout in their order and letters on them; the focus follows that order.
void SweepEditor::arrange() {
  QWidget* before = use_current_;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    axes_->removeWidget(rows_[i]);
    axes_->insertWidget(static_cast<int>(i), rows_[i]);
    rows_[i]->setLetter(letterOf(i));
    rows_[i]->show();
    setTabOrder(before, rows_[i]);
    before = rows_[i];
  }
  swap_->setVisible(rows_.size() >= 2);
  showListed();
  checkConflicts();
}

void SweepEditor::checkConflicts() {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    QString conflict;
    for (std::size_t j = 0; j < i; ++j) {
      if (rows_[j]->axis().param == rows_[i]->axis().param)
        conflict = tr("This parameter is on axis %1 already.").arg(letterOf(j));
    }
    rows_[i]->setConflict(conflict);
  }
}

void SweepEditor::changed(bool final) {
  for (AxisRow* row : rows_) row->setBase(base_, catalogue_);
  checkConflicts();
  outlook_problem_.clear();
  showButtons();
  Q_EMIT edited();
  if (final) Q_EMIT specChanged();
}

SweepSpec SweepEditor::spec() const {
  SweepSpec made;
  made.base = base_;
  for (const AxisRow* row : rows_) made.axes.push_back(row->axis());
  made.order = order_->currentIndex() == 0 ? SweepOrder::CoarseToFine : SweepOrder::Rows;
  made.twin = twin_->isChecked();
  if (rows_.empty()) made.listed = listed_;
  return made;
}

void SweepEditor::setSpec(const SweepSpec& spec) {
  base_ = spec.base;
  base_follows_ = false;
  if (!(listed_ == spec.listed)) listed_names_.clear();
  listed_ = spec.listed;
  for (AxisRow* row : rows_) {
    row->disconnect(this);
    axes_->removeWidget(row);
    row->hide();
    row->deleteLater();
  }
  rows_.clear();
  for (const SweepAxis& axis : spec.axes) rows_.push_back(makeRow(axis));
  order_->setCurrentIndex(spec.order == SweepOrder::CoarseToFine ? 0 : 1);
  twin_->setChecked(spec.twin);
  outlook_problem_.clear();
  arrange();
  showBase();
  showButtons();
}

void SweepEditor::setCurrentJob(const GenerationRequest& job) {
  current_job_ = job;
  if (base_follows_ && rows_.empty() && listed_.empty()) base_ = job;
  showBase();
}

void SweepEditor::showBase() {
  QString prompt = base_.prompts.empty()
                       ? QString()
                       : QString::fromStdString(base_.prompts.front()).simplified();
  prompt = prompt.isEmpty() ? tr("no prompt") : QStringLiteral("“%1”").arg(prompt.left(80));
  const QString seed = base_.seed ? tr("seed %1").arg(*base_.seed) : tr("a new seed");
  const QString text = tr("Over: %1, %2, %3 steps").arg(prompt, seed).arg(base_.steps);
  base_text_->setText(text);
  base_text_->setToolTip(
      QStringLiteral("<p>%1</p><p>%2</p>")
          .arg(text.toHtmlEscaped(), shortGuidanceText(base_, catalogue_).toHtmlEscaped()));
  const bool same = base_ == current_job_;
  use_current_->setVisible(!same);
  use_current_->setToolTip(tr("Vary the job as it is set up on the main page now"));
}

void SweepEditor::showAsking() { forecast_->showAsking(); }

void SweepEditor::showOutlook(const SweepOutlook& outlook) {
  // A row says it in its own place and in fewer words.
  const bool row_says = std::any_of(
      rows_.begin(), rows_.end(), [](const AxisRow* row) { return !row->problem().isEmpty(); });
  outlook_problem_ = row_says ? QString() : outlook.problem;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    rows_[i]->setWarning(outlook.collapsed.value(static_cast<qsizetype>(i)));
  if (rows_.empty() && listed_.empty()) {
    forecast_->showNothing(tr("Add an axis to see what the sweep will cost."));
    time_->setUnknown(tr("Known once a sweep is set up."));
  } else {
    SweepOutlook shown = outlook;
    if (row_says) shown.problem = tr("Known once all values are right.");
    if (row_says)
      forecast_->showAsking(), forecast_->showNothing(shown.problem);
    else
      forecast_->showOutlook(shown);
    const bool steps_vary = std::any_of(rows_.begin(), rows_.end(), [this](const AxisRow* row) {
      SweepSpec probe;
      const auto now = get(base_, catalogue_, row->axis().param);
      GenerationRequest changed = base_;
      if (!now || !now.value() || !std::holds_alternative<std::int64_t>(*now.value())) return false;
      const ParamValue other = std::get<std::int64_t>(*now.value()) + 1;
      return static_cast<bool>(set(changed, catalogue_, row->axis().param, other)) &&
             changed.steps != base_.steps;
    });
    if (outlook.has_forecast && outlook.problem.isEmpty()) {
      time_->setForecast(outlook.forecast, timeFrame(outlook, steps_vary));
    } else {
      time_->setUnknown(tr("Known once all values are right."));
    }
  }
  showButtons();
}

TimeFrame SweepEditor::timeFrame(const SweepOutlook& outlook, bool steps_vary) const {
  TimeFrame frame{base_.steps, {}, outlook.done_cells, order_->currentIndex() == 0};
  if (outlook.continues) frame.why_fixed = tr("The cells that are there have all their steps");
  if (steps_vary) frame.why_fixed = tr("The steps are on an axis");
  if (rows_.empty()) {
    frame.why_fixed = tr("Every preset has steps of its own");
    frame.evenly = false;
  }
  if (!frame.why_fixed.isEmpty()) frame.steps = 0;
  return frame;
}

QString SweepEditor::problem() const {
  if (rows_.empty() && listed_.empty()) return tr("Add an axis first.");
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const QString wrong = rows_[i]->problem();
    if (!wrong.isEmpty()) return tr("Axis %1: %2").arg(letterOf(i), wrong);
  }
  return outlook_problem_;
}

void SweepEditor::setRunState(RunState state, bool can_export) {
  state_ = state;
  can_export_ = can_export;
  showButtons();
}

void SweepEditor::showButtons() {
  const QString wrong = problem();
  const bool idle = state_ == RunState::Idle || state_ == RunState::Continuable;
  switch (state_) {
    case RunState::Idle:
      run_text_ = tr("Run");
      break;
    case RunState::Continuable:
      run_text_ = tr("Continue");
      break;
    case RunState::Starting:
      run_text_ = tr("Waiting…");
      break;
    case RunState::Running:
      run_text_ = tr("Pause");
      break;
    case RunState::Paused:
      run_text_ = tr("Go on");
      break;
    case RunState::Stopping:
      run_text_ = tr("Stopping…");
      break;
  }
  run_->setText(run_text_);
  const bool can_run =
      idle ? wrong.isEmpty() : state_ == RunState::Running || state_ == RunState::Paused;
  run_->setEnabled(can_run);
  // A button that cannot be pressed does not shine.
  setStyleProperty(run_, "primary", can_run);
  const QString run_tip =
      !idle ? (state_ == RunState::Running ? tr("Stand still after this step; live work goes on")
                                           : QString())
      : wrong.isEmpty()
          ? (state_ == RunState::Continuable ? tr("Make what is missing; finished cells are kept")
                                             : tr("Make the pictures"))
          : wrong;
  run_->setToolTip(run_tip);
  run_->setAccessibleDescription(run_tip);
  stop_->setEnabled(!idle && state_ != RunState::Stopping);
  stop_->setToolTip(idle ? tr("Nothing runs")
                         : tr("End the sweep; finished cells are kept and it can go on later"));
  export_->setEnabled(can_export_);
  export_->setToolTip(can_export_
                          ? tr("Write the grid as a picture, a web page, a table or an animation")
                          : tr("There is no finished picture to export yet"));
  const bool says = idle && !wrong.isEmpty() && !(rows_.empty() && listed_.empty());
  run_note_->setText(says ? wrong : QString());
  run_note_->setVisible(says);
}

void SweepEditor::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) {
    for (AxisRow* row : rows_) row->refreshIcons();
  }
}

}  // namespace studio::ui
