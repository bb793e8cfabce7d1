// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The lines above the picture: compare modes, zoom and twin; below them what the mode has to set.
#include "ui/view_bar.h"

#include "ui/compare_controls.h"
#include "ui/compare_view.h"

#include <QActionGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kSideMargin = 12;
constexpr int kSpacing = 3;
constexpr int kLeastGap = 8;  // between modes and zoom
const QString kArrow = QStringLiteral(" ▾");

// Which modes keep their buttons where there is little room.
constexpr std::array<CompareMode, kCompareModes> kInOrder{CompareMode::Wipe,
                                                          CompareMode::SideBySide,
                                                          CompareMode::Difference,
                                                          CompareMode::Flip,
                                                          CompareMode::Blink,
                                                          CompareMode::Checker,
                                                          CompareMode::SignedDifference,
                                                          CompareMode::Single};

QString nameInMenu(const QAction& mode) { return mode.iconText() + kArrow; }

}  // namespace

ViewBar::ViewBar(CompareView& view, QWidget* parent)
    : QWidget(parent), view_(view), modes_(new QActionGroup(this)) {
  setObjectName(QStringLiteral("viewBar"));
  setAttribute(Qt::WA_StyledBackground);
  auto* lines = new QVBoxLayout(this);
  lines->setContentsMargins(kSideMargin, 5, kSideMargin, 5);
  lines->setSpacing(2);
  row_ = new QHBoxLayout;
  row_->setSpacing(kSpacing);
  lines->addLayout(row_);
  makeModes();
  row_->addStretch(1);
  QToolButton* fit = addButton(tr("Fit"), tr("Fit the picture to the view (Ctrl+0)"));
  connect(fit, &QToolButton::clicked, &view_, &CompareView::fit);
  zoom_ = addButton({}, tr("Zoom; click for one picture pixel to one screen pixel"));
  connect(zoom_, &QToolButton::clicked, &view_, [this] { view_.setZoom(1); });
  QToolButton* twin = addButton(tr("Twin (F)"), tr("Hold to see the unguided twin"));
  connect(twin, &QToolButton::pressed, &view_, [this] { view_.setFlipped(true); });
  connect(twin, &QToolButton::released, &view_, [this] { view_.setFlipped(false); });
  others_ = {fit, zoom_, twin};
  lines->addWidget(new CompareControls(view_, this));
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
  row_->addWidget(button);
  return button;
}

void ViewBar::makeModes() {
  struct Mode {
    CompareMode mode;
    QString text, doc, brief;
  };
  const Mode modes[] = {
      {CompareMode::Wipe, tr("Wipe"), tr("A line parts the two pictures; any angle"), {}},
      {CompareMode::SideBySide,
       tr("Side by side"),
       tr("Two to four pictures, zoomed together"),
       {}},
      {CompareMode::Flip, tr("Flip"), tr("Hold the mouse button, F or Space for the other"), {}},
      {CompareMode::Single, tr("Single"), tr("One picture alone"), {}},
      {CompareMode::Blink, tr("Blink"), tr("The pictures take turns"), {}},
      {CompareMode::Difference,
       tr("Difference"),
       tr("How far each pixel differs, as a heat map"),
       {}},
      {CompareMode::SignedDifference,
       tr("Signed difference"),
       tr("Which pixels are darker and which brighter"),
       tr("Signed")},
      {CompareMode::Checker, tr("Checker"), tr("Cells of one picture and the other in turn"), {}}};
  mode_menu_ = addButton({}, tr("How the two pictures are compared"));
  mode_menu_->setObjectName(QStringLiteral("modeMenu"));
  mode_menu_->setAccessibleName(tr("Compare mode"));
  mode_menu_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(mode_menu_);
  int number = 1;
  for (const auto& [mode, text, doc, brief] : modes) {
    auto* action = new QAction(text, modes_);
    if (!brief.isEmpty()) action->setIconText(brief);
    action->setCheckable(true);
    action->setData(static_cast<int>(mode));
    action->setToolTip(tr("%1 (%2): %3").arg(text).arg(number).arg(doc));
    action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++)));
    connect(action, &QAction::triggered, &view_, [this, picked = mode] { view_.setMode(picked); });
    QToolButton* button = addButton({}, {});
    button->setDefaultAction(action);
    mode_buttons_.push_back(button);
    menu->addAction(action);
  }
  mode_menu_->setMenu(menu);
  row_->removeWidget(mode_menu_);
  row_->addWidget(mode_menu_);
  mode_menu_->hide();
}

void ViewBar::showMode() {
  for (QAction* action : modes_->actions()) {
    const bool in_use = action->data().toInt() == static_cast<int>(view_.mode());
    action->setChecked(in_use);
  }
  fitButtons();
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

// With the longest name it may show, of the modes that have no button.
int ViewBar::menuWidth(std::size_t buttons) const {
  const auto width = [this](const QString& text) { return fontMetrics().horizontalAdvance(text); };
  int text = width(tr("More") + kArrow);
  for (std::size_t i = buttons; i < kInOrder.size(); ++i)
    text = std::max(text, width(nameInMenu(*modeAction(kInOrder[i]))));
  const int frame = mode_menu_->sizeHint().width() - width(mode_menu_->text());
  return text + std::max(frame, 0) + kSpacing;
}

QAction* ViewBar::modeAction(CompareMode mode) const {
  return mode_buttons_[static_cast<std::size_t>(mode)]->defaultAction();
}

int ViewBar::marginWidth() const { return kLeastGap + widthOf(others_) + 2 * kSideMargin; }

QSize ViewBar::minimumSizeHint() const {
  return {menuWidth(0) + marginWidth(), QWidget::minimumSizeHint().height()};
}

void ViewBar::fitButtons() {
  const int room = width() - marginWidth();
  const auto needed = [this](std::size_t buttons) {
    int width = buttons < kInOrder.size() ? menuWidth(buttons) : 0;
    for (std::size_t i = 0; i < buttons; ++i)
      width += widthOf({mode_buttons_[static_cast<std::size_t>(kInOrder[i])]});
    return width;
  };
  std::size_t fitting = kInOrder.size();
  while (fitting > 0 && needed(fitting) > room) --fitting;
  collapsed_ = fitting < kInOrder.size();
  QString text = tr("More") + kArrow;
  for (std::size_t i = 0; i < kInOrder.size(); ++i) {
    const auto at = static_cast<std::size_t>(kInOrder[i]);
    mode_buttons_[at]->setVisible(i < fitting);
    const QAction* const action = modeAction(kInOrder[i]);
    if (i >= fitting && action->isChecked()) text = nameInMenu(*action);
  }
  mode_menu_->setText(text);
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
