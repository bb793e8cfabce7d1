// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parts that the panels left and right of the pages are made of.
#pragma once

class QGridLayout;
class QScrollArea;
class QWidget;

namespace studio::ui {

// Takes all rows away; their widgets go when the event loop turns.
void clearGrid(QGridLayout* grid);

// The panel's content in a frame that scrolls up and down only and lets the panel's colour through.
QScrollArea* makePanelScroll(QWidget* content, QWidget* panel);

}  // namespace studio::ui
