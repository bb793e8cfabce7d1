// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colours by role, and the one style sheet made from them.
#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

class QApplication;

namespace studio::ui {

struct Theme {
  QColor window, panel, field, canvas, line, hover, text, muted, accent, accent_strong, on_accent,
      good, bad;
  bool dark = true;
};

enum class ThemeChoice { System, Dark, Light };

Theme darkTheme();
Theme lightTheme();
// The desktop's own lightness when it states one; dark when it states nothing.
Theme themeFor(ThemeChoice choice);

// The theme in use; painters read it.
const Theme& theme();
// Sets fonts, palette and style sheet of the whole program.
void applyTheme(QApplication& app, const Theme& theme);

// The desktop's colours changed: the next themeFor() looks again.
void forgetSystemPalette(QApplication& app);

QString styleSheetFor(const Theme& theme);

}  // namespace studio::ui
