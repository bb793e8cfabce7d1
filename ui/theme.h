// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colours by role, fonts, and the one style sheet made from them.
#pragma once

#include <QColor>
#include <QFont>
#include <QList>
#include <QPalette>
#include <QString>

#include <optional>

class QAbstractButton;
class QApplication;
class QWidget;

namespace studio::ui {

// Text of every role has a contrast of at least 4.5 : 1 on window, panel, field, canvas and hover,
// and on_accent has it on accent_strong.
struct Theme {
  QColor window, panel, field, canvas, line, hover, text, muted, accent, accent_strong, on_accent,
      good, bad;
  bool dark = true;
  QColor warn;      // unfinished, skipped, needs a look
  QColor soft;      // text that steps back a little
  QColor edge;      // a border under the pointer
  QColor raised;    // a button under the pointer
  QColor selected;  // behind selected rows and cells
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
// What the desktop's settings say, which counts more than its palette; nothing when they are
// silent.
void setSystemPrefersDark(std::optional<bool> dark);

// Size of the interface's text in pixels, 11 to 18; the next applyTheme() uses it.
inline constexpr int kUsualTextPx = 13, kLeastTextPx = 11, kLargestTextPx = 18;
void setInterfaceTextPx(int text_px);
int interfaceTextPx();

// `base` when its figures are all of one width, else the nearest family that has such figures:
// columns of numbers stay still while they change.
QFont numberFont(const QFont& base);

QString styleSheetFor(const Theme& theme);

// A colour `share` of the way from `from` to `to`.
QColor mixed(const QColor& from, const QColor& to, double share);
// Contrast of two opaque colours as WCAG 2 defines it, 1 to 21.
double contrast(const QColor& a, const QColor& b);

// Dynamic properties that the style sheet knows:
//   wrong="true"    a field whose text is refused
//   primary="true"  the button of a dialog or panel that goes on
//   danger="true"   a button that destroys something
//   quiet="true"    a button without a ground of its own
//   chip="note|good|warn|bad"  a small rounded label or button for one value or tag
//   role="note|heading|error"  a QLabel that steps back, heads a section, says what is wrong
// Sets one and lets the style see it.
void setStyleProperty(QWidget* widget, const char* property, const QVariant& value);
// Joins buttons, which stand side by side without spacing, into one control.
void joinButtons(const QList<QAbstractButton*>& buttons);

}  // namespace studio::ui
