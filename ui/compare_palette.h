// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colour scales of the difference views: equal steps of a value are equal steps to the eye.
#pragma once

#include <QRgb>

namespace studio::ui {

// From black through violet, red and orange to a light yellow, ever lighter: readable without
// telling hues apart.
// Range: share 0..1, clamped; exactly black at 0 and nowhere else.
QRgb heatColour(double share);

// Blue below zero, orange above, the neutral grey at exactly zero; both arms grow light alike.
// Range: share -1..1, clamped.
QRgb signedColour(double share);

}  // namespace studio::ui
