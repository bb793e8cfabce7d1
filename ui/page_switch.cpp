// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's pages and the row of buttons that switches between them.
#include "ui/page_switch.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QToolButton>

namespace studio::ui {

PageSwitch::PageSwitch(QStackedWidget& pages, QWidget* parent)
    : QWidget(parent), pages_(pages), group_(new QActionGroup(this)), row_(new QHBoxLayout(this)) {
  setObjectName(QStringLiteral("viewBar"));
  row_->setContentsMargins(0, 0, 0, 0);
  row_->setSpacing(2);
}

QAction* PageSwitch::add(const QString& id,
                         const QString& text,
                         const QString& tip,
                         QWidget* page) {
  const int index = pages_.addWidget(page);
  auto* action = new QAction(text, this);
  action->setObjectName(id);
  action->setCheckable(true);
  action->setChecked(index == 0);
  action->setToolTip(tip);
  group_->addAction(action);
  actions_ << action;
  auto* button = new QToolButton(this);
  button->setDefaultAction(action);
  button->setFixedHeight(26);
  button->setAccessibleName(text);
  row_->addWidget(button);
  connect(action, &QAction::triggered, this, [this, index] { show(static_cast<Page>(index)); });
  return action;
}

void PageSwitch::show(Page page) {
  const int index = static_cast<int>(page);
  if (index < 0 || index >= pages_.count()) return;
  actions_.at(index)->setChecked(true);
  pages_.setCurrentIndex(index);
}

}  // namespace studio::ui
