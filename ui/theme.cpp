// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colours by role, and the one style sheet made from them.
#include "ui/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QProxyStyle>
#include <QStyleFactory>

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
    return QProxyStyle::styleHint(hint, option, widget, data);
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

void setInterfaceFont(QApplication& app) {
  QFont font = app.font();
  if (QFontDatabase::families().contains(QStringLiteral("Inter")))
    font.setFamily(QStringLiteral("Inter"));
  font.setPixelSize(13);
  app.setFont(font);
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
  palette.setColor(QPalette::ToolTipBase, theme.field);
  palette.setColor(QPalette::ToolTipText, theme.text);
  palette.setColor(QPalette::Highlight, theme.accent_strong);
  palette.setColor(QPalette::HighlightedText, theme.on_accent);
  palette.setColor(QPalette::Link, theme.accent);
  palette.setColor(QPalette::Disabled, QPalette::Text, theme.muted);
  palette.setColor(QPalette::Disabled, QPalette::ButtonText, theme.muted);
  palette.setColor(QPalette::Disabled, QPalette::WindowText, theme.muted);
  return palette;
}

constexpr char kSheet[] = R"(
QMainWindow, QDialog, #centre { background: @window; }
QWidget { color: @text; }
QToolTip { background: @field; color: @text; border: 1px solid @line; padding: 5px 7px; }
QMenuBar { background: @window; border-bottom: 1px solid @line; padding: 2px 4px; }
QMenuBar::item { background: transparent; color: @soft; padding: 6px 9px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @panel; border: 1px solid @line; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 22px; border-radius: 5px; }
QMenu::item:selected { background: @hover; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 5px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 6px; }
#brand { font-weight: 700; padding: 0 6px 0 10px; }
#badge { background: @hover; border-radius: 10px; padding: 2px 10px; color: @soft; font-size: 12px; }
#controls, #side, #statusStrip, #galleryPane { background: @panel; }
#controls { border-right: 1px solid @line; }
#side { border-left: 1px solid @line; }
#statusStrip { border-top: 1px solid @line; }
#galleryPane { border-top: 1px solid @line; }
#viewBar { background: @window; }
QScrollArea, #formBody, #sideBody { background: transparent; border: none; }
#heading { color: @muted; font-size: 11px; font-weight: 600; }
#pill { color: @muted; font-size: 11px; }
#note { color: @muted; font-size: 12px; }
#rowError { color: @bad; font-size: 12px; }
#rowLabel:disabled, #rowLabel[dim="true"] { color: @muted; }
QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox {
  background: @field; border: 1px solid @line; border-radius: 5px; padding: 3px 8px;
  selection-background-color: @accent_strong; selection-color: @on_accent; }
QPlainTextEdit { padding: 4px 5px; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 18px; }
QLineEdit:hover, QPlainTextEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: @edge; }
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border: 1px solid @accent; }
*[wrong="true"] { border: 1px solid @bad; }
QComboBox QLineEdit { border: none; background: transparent; padding: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView { background: @panel; border: 1px solid @line; outline: none; padding: 4px;
  selection-background-color: @hover; selection-color: @text; }
QPushButton, QToolButton { background: @hover; border: 1px solid transparent; border-radius: 6px; padding: 6px 12px; }
QToolButton { padding: 4px 7px; }
QPushButton:hover, QToolButton:hover { background: @raised; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton:disabled, QToolButton:disabled { color: @muted; background: @panel; border: 1px solid @line; }
#generate { background: @accent_strong; color: @on_accent; font-weight: 600; }
#generate:hover { background: @accent; }
#generate:focus { border: 2px solid @text; }
#live:checked { background: transparent; color: @good; border: 1px solid @good; }
#live:checked:focus { border: 2px solid @good; }
#viewBar QToolButton, #plain { background: transparent; color: @soft; padding: 5px 11px; border-radius: 5px; }
#viewBar QToolButton:hover, #plain:hover { background: @panel; color: @text; }
#viewBar QToolButton:checked { background: @hover; color: @text; }
#iconButton { padding: 3px; background: @field; border: 1px solid @line; border-radius: 5px; }
#iconButton:hover { border-color: @edge; }
#iconButton:focus { border: 1px solid @accent; }
#iconButton:checked { background: @hover; }
QToolButton::menu-indicator { image: none; width: 0; }
QCheckBox { spacing: 7px; }
QCheckBox::indicator { width: 14px; height: 14px; border-radius: 4px; border: 1px solid @edge; background: @field; }
QCheckBox::indicator:checked { background: @accent_strong; border-color: @accent_strong; }
QCheckBox::indicator:focus { border-color: @accent; }
QProgressBar { background: @line; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: @good; border-radius: 2px; }
QListView { background: transparent; border: none; outline: none; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; margin: 2px; }
QScrollBar:horizontal { height: 10px; margin: 2px; }
QScrollBar::handle { background: @line; border-radius: 3px; min-width: 28px; min-height: 28px; }
QScrollBar::handle:hover { background: @edge; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
#banner { background: @banner; border: 1px solid @bad; border-radius: 6px; margin: 0 12px 8px 12px; }
#banner[kind="note"] { background: @panel; border: 1px solid @accent; }
#table { background: transparent; border: none; gridline-color: transparent; }
)";

QString mixed(const QColor& a, const QColor& b, double share) {
  const auto blend = [&](int x, int y) { return static_cast<int>(x + (y - x) * share); };
  return QColor(blend(a.red(), b.red()), blend(a.green(), b.green()), blend(a.blue(), b.blue()))
      .name();
}

}  // namespace

Theme darkTheme() {
  return {.window = QColor(0x1b1d21),
          .panel = QColor(0x202328),
          .field = QColor(0x16181c),
          .canvas = QColor(0x16181c),
          .line = QColor(0x32363e),
          .hover = QColor(0x2b2f36),
          .text = QColor(0xd7dae0),
          .muted = QColor(0x8b92a0),
          .accent = QColor(0x6ea8fe),
          .accent_strong = QColor(0x3b7ded),
          .on_accent = QColor(0xffffff),
          .good = QColor(0x46b37b),
          .bad = QColor(0xff9b9b),
          .dark = true};
}

Theme lightTheme() {
  return {.window = QColor(0xf4f5f7),
          .panel = QColor(0xfbfbfc),
          .field = QColor(0xffffff),
          .canvas = QColor(0xe7e9ed),
          .line = QColor(0xd5d9e0),
          .hover = QColor(0xe6e9ee),
          .text = QColor(0x22262d),
          .muted = QColor(0x646c7a),
          .accent = QColor(0x2f6fdf),
          .accent_strong = QColor(0x2a66d4),
          .on_accent = QColor(0xffffff),
          .good = QColor(0x1f8a55),
          .bad = QColor(0xb3261e),
          .dark = false};
}

Theme themeFor(ThemeChoice choice) {
  if (choice == ThemeChoice::Dark) return darkTheme();
  if (choice == ThemeChoice::Light) return lightTheme();
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

QString styleSheetFor(const Theme& t) {
  QString sheet = QString::fromLatin1(kSheet);
  const std::pair<const char*, QString> roles[] = {{"@window", t.window.name()},
                                                   {"@panel", t.panel.name()},
                                                   {"@field", t.field.name()},
                                                   {"@line", t.line.name()},
                                                   {"@hover", t.hover.name()},
                                                   {"@text", t.text.name()},
                                                   {"@muted", t.muted.name()},
                                                   {"@accent_strong", t.accent_strong.name()},
                                                   {"@accent", t.accent.name()},
                                                   {"@on_accent", t.on_accent.name()},
                                                   {"@good", t.good.name()},
                                                   {"@soft", mixed(t.text, t.muted, 0.45)},
                                                   {"@edge", mixed(t.line, t.text, 0.25)},
                                                   {"@raised", mixed(t.hover, t.text, 0.08)},
                                                   {"@banner", mixed(t.panel, t.bad, 0.10)},
                                                   {"@bad", t.bad.name()}};
  for (const auto& [role, colour] : roles) sheet.replace(QLatin1String(role), colour);
  return sheet;
}

void applyTheme(QApplication& app, const Theme& chosen) {
  systemPalette();
  current() = chosen;
  static const bool first = [&app] {
    app.setStyle(new QuietStyle(QStyleFactory::create(QStringLiteral("Fusion"))));
    setInterfaceFont(app);
    return true;
  }();
  (void)first;
  app.setPalette(paletteFor(chosen));
  app.setStyleSheet(styleSheetFor(chosen));
}

}  // namespace studio::ui
