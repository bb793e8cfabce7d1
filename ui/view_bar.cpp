// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The line above the picture: compare modes on the left, zoom and twin on the right.
#include "ui/view_bar.h"

#include "ui/compare_view.h"

#include <QActionGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>

#include <cmath>

namespace studio::ui {
namespace {

constexpr int kSideMargin = 12;
constexpr int kSpacing = 3;
constexpr int kLeastGap = 8;  // between modes and zoom

}  // namespace

ViewBar::ViewBar(CompareView& view, QWidget* parent)
    : QWidget(parent), view_(view), modes_(new QActionGroup(this)) {
  setObjectName(QStringLiteral("viewBar"));
  setAttribute(Qt::WA_StyledBackground);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(kSideMargin, 5, kSideMargin, 5);
  layout->setSpacing(kSpacing);
  makeModes();
  layout->addStretch(1);
  QToolButton* fit = addButton(tr("Fit"), tr("Fit the picture to the view (Ctrl+0)"));
  connect(fit, &QToolButton::clicked, &view_, &CompareView::fit);
  zoom_ = addButton({}, tr("Zoom; click for one picture pixel to one screen pixel"));
  connect(zoom_, &QToolButton::clicked, &view_, [this] { view_.setZoom(1); });
  QToolButton* twin = addButton(tr("Twin (F)"), tr("Hold to see the unguided twin"));
  connect(twin, &QToolButton::pressed, &view_, [this] { view_.setFlipped(true); });
  connect(twin, &QToolButton::released, &view_, [this] { view_.setFlipped(false); });
  others_ = {fit, zoom_, twin};
  connect(&view_, &CompareView::zoomChanged, this, &ViewBar::showZoom);
  connect(&view_, &CompareView::modeChanged, this, &ViewBar::showMode);
  showMode();
  showZoom();
}

QToolButton* ViewBar::addButton(const QString& text, const QString& tip) {
  auto* button = new QToolButton(this);
  button->setText(text);
  button->setToolTip(tip);
  button->setFocusPolicy(Qt::TabFocus);
  layout()->addWidget(button);
  return button;
}

void ViewBar::makeModes() {
  const std::pair<CompareMode, QString> modes[] = {{CompareMode::Wipe, tr("Wipe")},
                                                   {CompareMode::SideBySide, tr("Side by side")},
                                                   {CompareMode::Flip, tr("Flip")},
                                                   {CompareMode::Single, tr("Single")}};
  mode_menu_ = addButton({}, tr("How the two pictures are compared"));
  mode_menu_->setObjectName(QStringLiteral("modeMenu"));
  mode_menu_->setAccessibleName(tr("Compare mode"));
  mode_menu_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(mode_menu_);
  int number = 1;
  for (const auto& [mode, text] : modes) {
    auto* action = new QAction(text, modes_);
    action->setCheckable(true);
    action->setData(static_cast<int>(mode));
    action->setToolTip(tr("%1 (%2)").arg(text).arg(number));
    action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++)));
    connect(action, &QAction::triggered, &view_, [this, picked = mode] { view_.setMode(picked); });
    QToolButton* button = addButton({}, {});
    button->setDefaultAction(action);
    mode_buttons_.push_back(button);
    menu->addAction(action);
  }
  mode_menu_->setMenu(menu);
  mode_menu_->hide();
}

void ViewBar::showMode() {
  for (QAction* action : modes_->actions()) {
    const bool in_use = action->data().toInt() == static_cast<int>(view_.mode());
    action->setChecked(in_use);
    if (in_use) mode_menu_->setText(action->text() + QStringLiteral(" ▾"));
  }
}

void ViewBar::showZoom() {
  zoom_->setText(view_.knowsSize() ? tr("%1 %").arg(std::lround(100 * view_.shownZoom()))
                                   : tr("– %"));
}

int ViewBar::widthOf(const std::vector<QToolButton*>& buttons) const {
  int width = 0;
  for (const QToolButton* button : buttons) width += button->sizeHint().width() + kSpacing;
  return width;
}

QSize ViewBar::minimumSizeHint() const {
  const int width = widthOf({mode_menu_}) + kLeastGap + widthOf(others_) + 2 * kSideMargin;
  return {width, QWidget::minimumSizeHint().height()};
}

void ViewBar::fitButtons() {
  const int wanted = widthOf(mode_buttons_) + kLeastGap + widthOf(others_) + 2 * kSideMargin;
  collapsed_ = wanted > width();
  for (QToolButton* button : mode_buttons_) button->setVisible(!collapsed_);
  mode_menu_->setVisible(collapsed_);
}

void ViewBar::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitButtons();
}

void ViewBar::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) fitButtons();
}

}  // namespace studio::ui
