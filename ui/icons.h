// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small line icons drawn in the colour of the text around them.
#pragma once

#include <QIcon>

namespace studio::ui {

enum class Glyph { Dice, Locked, Unlocked, Close, Swap };

// Sharp at every device pixel ratio up to 3; made anew after a change of theme.
QIcon glyphIcon(Glyph glyph);

// The program's own icon.
QIcon programIcon();

}  // namespace studio::ui
