// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parts that the panels left and right of the pages are made of.
#include "ui/panel_parts.h"

#include <QGridLayout>
#include <QScrollArea>
#include <QWidget>

namespace studio::ui {

void clearGrid(QGridLayout* grid) {
  while (QLayoutItem* item = grid->takeAt(0)) {
    if (item->widget() != nullptr) {
      item->widget()->hide();
      item->widget()->deleteLater();
    }
    delete item;
  }
}

QScrollArea* makePanelScroll(QWidget* content, QWidget* panel) {
  auto* scroll = new QScrollArea(panel);
  scroll->setWidget(content);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->viewport()->setAutoFillBackground(false);
  return scroll;
}

}  // namespace studio::ui
