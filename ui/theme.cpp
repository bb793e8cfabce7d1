// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colours by role, fonts, and how both reach the program.
#include "ui/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOption>

#include <algorithm>
#include <array>
#include <cmath>

namespace studio::ui {
namespace {

// Fusion without underlined letters in menus (Alt still opens them) and icons on dialog buttons.
class QuietStyle : public QProxyStyle {
 public:
  using QProxyStyle::QProxyStyle;

  int styleHint(StyleHint hint,
                const QStyleOption* option,
                const QWidget* widget,
                QStyleHintReturn* data) const override {
    if (hint == SH_UnderlineShortcut || hint == SH_DialogButtonBox_ButtonsHaveIcons) return 0;
    // A list under its box, not over it.
    if (hint == SH_ComboBox_Popup) return 0;
    return QProxyStyle::styleHint(hint, option, widget, data);
  }

  // Rows a pointer can hit. Not in the style sheet: Qt lays some views out before it has read that.
  QSize sizeFromContents(ContentsType type,
                         const QStyleOption* option,
                         const QSize& contents,
                         const QWidget* widget) const override {
    QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
    if (type == CT_ItemViewItem && option != nullptr)
      size.setHeight(std::max(size.height(), option->fontMetrics.height() + 9));
    return size;
  }
};

Theme& current() {
  static Theme theme = darkTheme();
  return theme;
}

// Taken before this program sets a palette of its own.
QPalette& systemPalette() {
  static QPalette palette = QApplication::palette();
  return palette;
}

std::optional<bool>& systemPrefersDark() {
  static std::optional<bool> dark;
  return dark;
}

int& textPx() {
  static int text_px = kUsualTextPx;
  return text_px;
}

void setInterfaceFont(QApplication& app) {
  QFont font = app.font();
  static const bool has_inter = QFontDatabase::families().contains(QStringLiteral("Inter"));
  if (has_inter) font.setFamily(QStringLiteral("Inter"));
  font.setPixelSize(textPx());
  if (font != app.font()) app.setFont(font);
}

QPalette paletteFor(const Theme& theme) {
  QPalette palette;
  palette.setColor(QPalette::Window, theme.window);
  palette.setColor(QPalette::WindowText, theme.text);
  palette.setColor(QPalette::Base, theme.field);
  palette.setColor(QPalette::AlternateBase, theme.panel);
  palette.setColor(QPalette::Text, theme.text);
  palette.setColor(QPalette::PlaceholderText, theme.muted);
  palette.setColor(QPalette::Button, theme.hover);
  palette.setColor(QPalette::ButtonText, theme.text);
  palette.setColor(QPalette::BrightText, theme.bad);
  palette.setColor(QPalette::ToolTipBase, theme.field);
  palette.setColor(QPalette::ToolTipText, theme.text);
  palette.setColor(QPalette::Highlight, theme.accent_strong);
  palette.setColor(QPalette::HighlightedText, theme.on_accent);
  palette.setColor(QPalette::Link, theme.accent);
  palette.setColor(QPalette::LinkVisited, theme.accent);
  palette.setColor(QPalette::Light, theme.raised);
  palette.setColor(QPalette::Midlight, theme.hover);
  palette.setColor(QPalette::Mid, theme.line);
  palette.setColor(QPalette::Dark, theme.edge);
  palette.setColor(QPalette::Shadow, theme.dark ? QColor(Qt::black) : theme.edge);
  palette.setColor(QPalette::Disabled, QPalette::Text, theme.muted);
  palette.setColor(QPalette::Disabled, QPalette::ButtonText, theme.muted);
  palette.setColor(QPalette::Disabled, QPalette::WindowText, theme.muted);
  palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.line);
  palette.setColor(QPalette::Disabled, QPalette::HighlightedText, theme.muted);
  return palette;
}

Theme finished(Theme theme) {
  theme.soft = mixed(theme.text, theme.muted, 0.45);
  theme.edge = mixed(theme.line, theme.text, 0.25);
  theme.raised = mixed(theme.hover, theme.text, 0.08);
  theme.selected = mixed(theme.panel, theme.accent_strong, theme.dark ? 0.32 : 0.16);
  return theme;
}

double luminance(const QColor& colour) {
  const auto linear = [](double part) {
    return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
         0.0722 * linear(colour.blueF());
}

bool hasEvenFigures(const QFont& font) {
  const QFontMetricsF metrics(font);
  const double width = metrics.horizontalAdvance(QChar('0'));
  return std::all_of(std::begin(u"123456789"), std::end(u"123456789") - 1, [&](char16_t digit) {
    return std::abs(metrics.horizontalAdvance(QChar(digit)) - width) < 0.01;
  });
}

}  // namespace

Theme darkTheme() {
  return finished({.window = QColor(0x1b1d21),
                   .panel = QColor(0x202328),
                   .field = QColor(0x16181c),
                   .canvas = QColor(0x16181c),
                   .line = QColor(0x32363e),
                   .hover = QColor(0x2b2f36),
                   .text = QColor(0xd7dae0),
                   .muted = QColor(0x969dab),
                   .accent = QColor(0x6ea8fe),
                   .accent_strong = QColor(0x2f70e2),
                   .on_accent = QColor(0xffffff),
                   .good = QColor(0x46b37b),
                   .bad = QColor(0xff9b9b),
                   .dark = true,
                   .warn = QColor(0xe0b04f)});
}

Theme lightTheme() {
  return finished({.window = QColor(0xf4f5f7),
                   .panel = QColor(0xfbfbfc),
                   .field = QColor(0xffffff),
                   .canvas = QColor(0xe7e9ed),
                   .line = QColor(0xd5d9e0),
                   .hover = QColor(0xe6e9ee),
                   .text = QColor(0x22262d),
                   .muted = QColor(0x5b6371),
                   .accent = QColor(0x2563cf),
                   .accent_strong = QColor(0x2a66d4),
                   .on_accent = QColor(0xffffff),
                   .good = QColor(0x16703f),
                   .bad = QColor(0xb3261e),
                   .dark = false,
                   .warn = QColor(0x875800)});
}

Theme themeFor(ThemeChoice choice) {
  if (choice == ThemeChoice::Dark) return darkTheme();
  if (choice == ThemeChoice::Light) return lightTheme();
  if (systemPrefersDark()) return *systemPrefersDark() ? darkTheme() : lightTheme();
  const bool stated = qEnvironmentVariableIsSet("XDG_CURRENT_DESKTOP");
  const bool light = stated && systemPalette().color(QPalette::Window).lightness() >= 128;
  return light ? lightTheme() : darkTheme();
}

const Theme& theme() { return current(); }

void forgetSystemPalette(QApplication& app) {
  QPalette& kept = systemPalette();
  // An empty palette brings the desktop's own back.
  app.setPalette(QPalette());
  kept = QApplication::palette();
}

void setSystemPrefersDark(std::optional<bool> dark) { systemPrefersDark() = dark; }

void setInterfaceTextPx(int text_px) {
  textPx() = std::clamp(text_px, kLeastTextPx, kLargestTextPx);
}

int interfaceTextPx() { return textPx(); }

QFont numberFont(const QFont& base) {
  if (hasEvenFigures(base)) return base;
  static const QStringList installed = QFontDatabase::families();
  for (const char* family :
       {"Noto Sans", "DejaVu Sans", "Liberation Sans", "Ubuntu", "Cantarell"}) {
    if (!installed.contains(QLatin1String(family))) continue;
    QFont font = base;
    font.setFamily(QLatin1String(family));
    if (hasEvenFigures(font)) return font;
  }
  QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  if (base.pixelSize() > 0) fixed.setPixelSize(base.pixelSize());
  fixed.setWeight(base.weight());
  return fixed;
}

QColor mixed(const QColor& from, const QColor& to, double share) {
  const auto blend = [&](int x, int y) { return static_cast<int>(x + (y - x) * share); };
  return QColor(
      blend(from.red(), to.red()), blend(from.green(), to.green()), blend(from.blue(), to.blue()));
}

double contrast(const QColor& a, const QColor& b) {
  const double first = luminance(a), second = luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

void setStyleProperty(QWidget* widget, const char* property, const QVariant& value) {
  if (widget->property(property) == value) return;
  widget->setProperty(property, value);
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
  widget->update();
}

void joinButtons(const QList<QAbstractButton*>& buttons) {
  for (qsizetype i = 0; i < buttons.size(); ++i) {
    const char* place = buttons.size() == 1       ? "only"
                        : i == 0                  ? "first"
                        : i + 1 == buttons.size() ? "last"
                                                  : "middle";
    setStyleProperty(buttons[i], "segment", QLatin1String(place));
  }
}

void applyTheme(QApplication& app, const Theme& chosen) {
  systemPalette();
  current() = chosen;
  static const bool first = [&app] {
    app.setStyle(new QuietStyle(QStyleFactory::create(QStringLiteral("Fusion"))));
    return true;
  }();
  (void)first;
  setInterfaceFont(app);
  app.setPalette(paletteFor(chosen));
  app.setStyleSheet(styleSheetFor(chosen));
}

}  // namespace studio::ui
