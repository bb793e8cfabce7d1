// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The style sheet, with names of roles in place of colours.
#include "ui/icon_resource.h"
#include "ui/icons.h"
#include "ui/theme.h"

namespace studio::ui {
namespace {

constexpr char kGrounds[] = R"(
QMainWindow, QDialog, #centre { background: @window; }
QToolTip { background: @field; color: @text; border: 1px solid @edge; border-radius: 0; padding: 5px 7px; }
QMenuBar { background: @window; border-bottom: 1px solid @line; padding: 2px 4px; }
QMenuBar::item { background: transparent; color: @soft; padding: 6px 9px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @panel; border: 1px solid @line; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 28px; border-radius: 5px; }
QMenu::item:selected { background: @hover; }
QMenu::item:disabled { color: @muted; background: transparent; }
QMenu::separator { height: 1px; background: @line; margin: 5px 8px; }
QMenu::icon { left: 7px; }
QMenu::indicator { width: 14px; height: 14px; left: 7px; }
QMenu::indicator:checked { image: url(@icons/check.svg); }
QMenu::right-arrow { image: url(@icons/right.svg); width: 12px; height: 12px; right: 4px; }
#brand { font-weight: 700; padding: 0 6px 0 10px; }
#badge { background: @hover; border-radius: 10px; padding: 2px 10px; color: @soft; font-size: @small; }
#badge:hover { background: @raised; color: @text; }
#controls, #side, #statusStrip, #galleryPane { background: @panel; }
#controls { border-right: 1px solid @line; }
#side { border-left: 1px solid @line; }
#statusStrip { border-top: 1px solid @line; }
#galleryPane { border-top: 1px solid @line; }
#viewBar { background: @window; }
QScrollArea, #formBody, #sideBody { background: transparent; border: none; }
#heading, QLabel[role="heading"] { color: @muted; font-size: @tiny; font-weight: 600; }
#pill { color: @muted; font-size: @tiny; }
#note, QLabel[role="note"] { color: @muted; font-size: @small; }
#rowError, QLabel[role="error"] { color: @bad; font-size: @small; }
#rowLabel:disabled, #rowLabel[dim="true"] { color: @muted; }
#banner { background: @banner; border: 1px solid @bad; border-radius: 6px; margin: 0 12px 8px 12px; }
#banner[kind="note"] { background: @panel; border: 1px solid @accent; }
QGroupBox { border: 1px solid @line; border-radius: 6px; margin-top: 10px; padding: 10px 8px 8px 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: @soft; }
QGroupBox::indicator { width: 16px; height: 16px; }
QFrame[frameShape="4"], QFrame[frameShape="5"] { color: @line; }
QDockWidget { titlebar-close-icon: url(@icons/close.svg); titlebar-normal-icon: url(@icons/up.svg); }
QDockWidget::title { background: @panel; border-bottom: 1px solid @line; padding: 6px 8px; text-align: left; }
QStatusBar { background: @panel; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QToolBar { background: @window; border: none; spacing: 4px; padding: 4px 8px; }
QToolBar::separator { background: @line; width: 1px; margin: 4px; }
)";

constexpr char kFields[] = R"(
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
  background: @field; border: 1px solid @line; border-radius: 5px; padding: 3px 8px;
  selection-background-color: @accent_strong; selection-color: @on_accent; }
QPlainTextEdit, QTextEdit { padding: 4px 5px; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 18px; }
QLineEdit:hover, QPlainTextEdit:hover, QTextEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: @edge; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus,
QComboBox:on { border: 1px solid @accent; }
QLineEdit:read-only { background: @panel; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
  background: @panel; color: @muted; border-color: @line; }
*[wrong="true"], *[wrong="true"]:hover, *[wrong="true"]:focus { border: 1px solid @bad; }
QComboBox QLineEdit { border: none; background: transparent; padding: 0; }
QComboBox { padding-right: 2px; }
QComboBox:!editable { padding-left: 10px; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: center right; border: none; width: 24px; }
QComboBox::down-arrow { image: url(@icons/down.svg); width: 12px; height: 12px; }
QComboBox::down-arrow:disabled { image: url(@icons/down-off.svg); }
QComboBox QAbstractItemView { background: @panel; border: 1px solid @line; outline: none; padding: 4px;
  selection-background-color: @hover; selection-color: @text; }
QComboBox QAbstractItemView::item { padding: 0 6px; border-radius: 5px; }
QComboBox QAbstractItemView::item:selected, QComboBox QAbstractItemView::item:hover { background: @hover; color: @text; }
QComboBox QAbstractItemView::item:disabled { color: @muted; background: transparent; }
QSpinBox, QDoubleSpinBox, QDateTimeEdit { padding-right: 20px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 20px;
  border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; border-top-right-radius: 4px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; border-bottom-right-radius: 4px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: @hover; }
QAbstractSpinBox::up-button:pressed, QAbstractSpinBox::down-button:pressed { background: @line; }
QAbstractSpinBox::up-arrow { image: url(@icons/up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(@icons/down.svg); width: 10px; height: 10px; }
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off { image: url(@icons/up-off.svg); }
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off { image: url(@icons/down-off.svg); }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px 4px 2px 2px; border: 1px solid transparent; border-radius: 5px; }
QCheckBox:focus, QRadioButton:focus { border-color: @accent; }
QCheckBox::indicator, QGroupBox::indicator, QAbstractItemView::indicator { width: 14px; height: 14px;
  border-radius: 4px; border: 1px solid @strongline; background: @field; }
QCheckBox::indicator:hover, QAbstractItemView::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QAbstractItemView::indicator:checked {
  background: @accent_strong; border-color: @accent_strong; image: url(@icons/tick.svg); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
  background: @accent_strong; border-color: @accent_strong; image: url(@icons/dash.svg); }
QCheckBox::indicator:disabled { background: @panel; border-color: @line; }
QCheckBox::indicator:checked:disabled { image: url(@icons/tick-off.svg); }
QCheckBox::indicator:indeterminate:disabled { image: url(@icons/dash-off.svg); }
QRadioButton::indicator { width: 14px; height: 14px; border-radius: 8px; border: 1px solid @strongline; background: @field; }
QRadioButton::indicator:hover { border-color: @accent; }
QRadioButton::indicator:checked { background: @accent_strong; border-color: @accent_strong; image: url(@icons/dot.svg); }
QRadioButton::indicator:disabled { background: @panel; border-color: @line; }
QRadioButton::indicator:checked:disabled { image: url(@icons/dot-off.svg); }
QSlider { min-height: 20px; border: 1px solid transparent; border-radius: 5px; }
QSlider:vertical { min-height: 60px; min-width: 20px; }
QSlider:focus { border-color: @accent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @line; margin: 0 2px; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: @line; margin: 2px 0; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; margin: 0 2px; }
QSlider::add-page:vertical { background: @accent; border-radius: 2px; margin: 2px 0; }
QSlider::sub-page:horizontal:disabled, QSlider::add-page:vertical:disabled { background: @edge; }
QSlider::handle { background: @handle; border: 1px solid @handleedge; border-radius: 7px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; }
QSlider::handle:vertical { width: 12px; height: 12px; margin: 0 -5px; }
QSlider::handle:hover { border-color: @accent; }
QSlider::handle:disabled { background: @edge; border-color: @line; }
)";

constexpr char kButtons[] = R"(
QPushButton, QToolButton { background: @hover; border: 1px solid transparent; border-radius: 6px; padding: 6px 12px; }
QToolButton { padding: 4px 7px; }
#sectionHeading { text-align: left; background: transparent; color: @muted; font-size: @tiny; font-weight: 600; padding: 2px 0; }
#sectionHeading:hover { color: @text; }
#sectionHeading:checked { background: transparent; border: 1px solid transparent; }
#sectionHeading:focus { border: 1px solid @accent; }
QPushButton:hover, QToolButton:hover { background: @raised; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:checked, QToolButton:checked { background: @selected; border: 1px solid @accent; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton:disabled, QToolButton:disabled { color: @muted; background: @panel; border: 1px solid @line; }
QPushButton:flat { background: transparent; }
QPushButton:flat:hover { background: @hover; }
QPushButton::menu-indicator { image: url(@icons/down.svg); width: 12px; height: 12px; subcontrol-position: center right; right: 8px; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[popupMode="1"] { padding-right: 22px; }
QToolButton::menu-button { border: none; border-left: 1px solid @line; width: 18px;
  border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QToolButton::menu-button:hover { background: @line; }
QToolButton::menu-arrow { image: url(@icons/down.svg); width: 10px; height: 10px; }
QToolButton::up-arrow { image: url(@icons/up.svg); width: 12px; height: 12px; }
QToolButton::down-arrow { image: url(@icons/down.svg); width: 12px; height: 12px; }
QToolButton::left-arrow { image: url(@icons/left.svg); width: 12px; height: 12px; }
QToolButton::right-arrow { image: url(@icons/right.svg); width: 12px; height: 12px; }
QDialogButtonBox QPushButton { min-width: 72px; }
#generate, QPushButton[primary="true"], QDialogButtonBox QPushButton:default {
  background: @accent_strong; color: @on_accent; font-weight: 600; }
#generate:hover, QPushButton[primary="true"]:hover, QDialogButtonBox QPushButton:default:hover { background: @accent_deep; }
#generate:pressed, QPushButton[primary="true"]:pressed { background: @accent_deeper; }
#generate:focus, QPushButton[primary="true"]:focus, QDialogButtonBox QPushButton:default:focus { border: 2px solid @text; padding: 5px 11px; }
#generate:disabled, QPushButton[primary="true"]:disabled { background: @panel; color: @muted; }
QPushButton[danger="true"] { color: @bad; }
QPushButton[danger="true"]:hover { background: @banner; border: 1px solid @bad; }
QPushButton[danger="true"]:disabled { color: @muted; background: @panel; border: 1px solid @line; }
#live:checked { background: transparent; color: @good; border: 1px solid @good; }
#live:checked:focus { border: 2px solid @good; padding: 5px 11px; }
#viewBar QToolButton, #plain, QPushButton[quiet="true"], QToolButton[quiet="true"] {
  background: transparent; color: @soft; padding: 5px 11px; border-radius: 5px; }
#viewBar QToolButton:hover, #plain:hover, *[quiet="true"]:hover { background: @panel; color: @text; }
#viewBar QToolButton:checked, *[quiet="true"]:checked { background: @hover; color: @text; border: 1px solid transparent; }
#viewBar QToolButton:checked:focus, *[quiet="true"]:checked:focus { border: 1px solid @accent; }
*[quiet="true"]:disabled { background: transparent; border: 1px solid transparent; color: @muted; }
QToolButton#plain, QToolButton[quiet="true"] { padding: 4px 6px; }
#iconButton { padding: 3px; background: @field; border: 1px solid @line; border-radius: 5px; }
#iconButton:hover { border-color: @edge; }
#iconButton:focus { border: 1px solid @accent; }
#iconButton:checked { background: @hover; }
#queueButton { background: transparent; color: @muted; font-size: @small; padding: 2px 6px; border-radius: 5px; }
#queueButton:hover { background: @hover; color: @text; }
#queueButton[busy="true"] { color: @accent; }
*[segment] { background: @field; border: 1px solid @line; border-radius: 0; padding: 5px 12px; color: @soft; }
QToolButton[segment] { padding: 4px 10px; }
*[segment="first"] { border-top-left-radius: 6px; border-bottom-left-radius: 6px; border-right: none; }
*[segment="middle"] { border-right: none; }
*[segment="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
*[segment="only"] { border-radius: 6px; }
*[segment]:hover { background: @hover; color: @text; }
*[segment]:checked { background: @selected; color: @text; border-color: @line; }
*[segment]:focus { border: 1px solid @accent; }
*[segment]:disabled { color: @muted; background: @panel; }
*[chip] { border-radius: 5px; padding: 2px 7px; font-size: @small; border: 1px solid transparent; }
QAbstractButton[chip] { padding: 2px 7px; }
*[chip="note"] { background: @hover; color: @soft; }
*[chip="good"] { background: @goodchip; color: @goodtext; }
*[chip="warn"] { background: @warnchip; color: @warntext; }
*[chip="bad"] { background: @badchip; color: @badtext; }
QAbstractButton[chip]:hover { border: 1px solid @edge; }
QAbstractButton[chip]:checked { background: @selected; border: 1px solid @accent; color: @text; }
QAbstractButton[chip]:focus { border: 1px solid @accent; }
)";

constexpr char kViews[] = R"(
QProgressBar { background: @line; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: @good; border-radius: 2px; }
QProgressBar[textVisible="true"] { max-height: 18px; min-height: 18px; border-radius: 5px; text-align: center;
  color: @text; background: @field; border: 1px solid @line; }
QProgressBar[textVisible="true"]::chunk { background: @selected; border-radius: 4px; }
QProgressBar:disabled { color: @muted; }
QProgressBar::chunk:disabled { background: @edge; }
QAbstractItemView { outline: none; alternate-background-color: @stripe;
  selection-background-color: @selected; selection-color: @text; }
QListView { background: transparent; border: none; }
QListView::item { border-radius: 5px; padding: 0 6px; }
QTreeView, QTableView { background: @field; border: 1px solid @line; border-radius: 6px; gridline-color: @line; }
QTreeView:focus, QTableView:focus { border-color: @accent; }
QTreeView::item, QTableView::item { padding: 0 6px; border: none; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: @hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected { background: @selected; color: @text; }
QListView::item:disabled, QTreeView::item:disabled, QTableView::item:disabled { color: @muted; background: transparent; }
QTreeView::branch { background: transparent; }
QTreeView::branch:selected { background: @selected; }
QTreeView::branch:has-children:closed { image: url(@icons/right.svg); }
QTreeView::branch:has-children:open { image: url(@icons/down.svg); }
QHeaderView { background: @panel; border: none; border-top-left-radius: 6px; border-top-right-radius: 6px; }
QHeaderView::section { background: @panel; color: @muted; border: none; border-right: 1px solid @line;
  border-bottom: 1px solid @line; padding: 5px 8px; font-size: @small; font-weight: 600; }
QHeaderView::section:vertical { padding: 0 8px; }
QHeaderView::section:hover { color: @text; }
QHeaderView::section:last { border-right: none; }
QHeaderView::section:first:horizontal { border-top-left-radius: 5px; }
QHeaderView::down-arrow { image: url(@icons/down.svg); width: 10px; height: 10px; subcontrol-position: center right; right: 4px; }
QHeaderView::up-arrow { image: url(@icons/up.svg); width: 10px; height: 10px; subcontrol-position: center right; right: 4px; }
QTableCornerButton::section { background: @panel; border: none; border-right: 1px solid @line; border-bottom: 1px solid @line; }
QTabWidget::pane { border: 1px solid @line; border-radius: 6px; top: -1px; background: @panel; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: @soft; padding: 6px 13px; border: 1px solid transparent;
  border-bottom: 2px solid transparent; border-radius: 0; }
QTabBar::tab:hover { color: @text; background: @hover; border-radius: 5px; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; background: transparent; }
QTabBar::tab:selected:focus { background: @hover; }
QTabBar::tab:disabled { color: @muted; background: transparent; }
QTabBar::close-button { image: url(@icons/close.svg); width: 14px; height: 14px; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; margin: 2px; }
QScrollBar:horizontal { height: 12px; margin: 2px; }
QScrollBar::handle { background: @edge; border-radius: 4px; min-width: 28px; min-height: 28px; }
QScrollBar::handle:hover { background: @strongline; }
QScrollBar::handle:pressed { background: @muted; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: @line; }
QSplitter::handle:horizontal { width: 1px; margin: 0 3px; }
QSplitter::handle:vertical { height: 1px; margin: 3px 0; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: @accent; }
#table { background: transparent; border: none; gridline-color: transparent; }
#palette { background: @panel; border: 1px solid @edge; border-radius: 7px; }
#paletteEdit { border: none; border-bottom: 1px solid @line; border-radius: 0; background: transparent; padding: 9px 12px; }
#paletteEdit:focus { border: none; border-bottom: 1px solid @accent; }
)";

QByteArray dash(const QColor& colour) { return glyphSvg(Glyph::Minus, colour); }

QByteArray dot(const QColor& colour) {
  return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' "
         "r='3.4' "
         "fill='" +
         colour.name().toLatin1() + "'/></svg>";
}

QByteArray tick(const QColor& colour) {
  return glyphSvg(Glyph::Check, colour).replace("stroke-width='1.3'", "stroke-width='2'");
}

QString iconFolder(const Theme& t) {
  const QString folder =
      t.dark ? QStringLiteral("seg-theme-dark") : QStringLiteral("seg-theme-light");
  const QColor off = mixed(t.panel, t.muted, 0.55);
  addMemoryFiles(folder,
                 {{QStringLiteral("check.svg"), glyphSvg(Glyph::Check, t.text)},
                  {QStringLiteral("close.svg"), glyphSvg(Glyph::Close, t.soft)},
                  {QStringLiteral("dash.svg"), dash(t.on_accent)},
                  {QStringLiteral("dash-off.svg"), dash(t.muted)},
                  {QStringLiteral("dot.svg"), dot(t.on_accent)},
                  {QStringLiteral("dot-off.svg"), dot(t.muted)},
                  {QStringLiteral("down.svg"), glyphSvg(Glyph::ChevronDown, t.muted)},
                  {QStringLiteral("down-off.svg"), glyphSvg(Glyph::ChevronDown, off)},
                  {QStringLiteral("left.svg"), glyphSvg(Glyph::ChevronLeft, t.muted)},
                  {QStringLiteral("right.svg"), glyphSvg(Glyph::ChevronRight, t.muted)},
                  {QStringLiteral("tick.svg"), tick(t.on_accent)},
                  {QStringLiteral("tick-off.svg"), tick(t.muted)},
                  {QStringLiteral("up.svg"), glyphSvg(Glyph::ChevronUp, t.muted)},
                  {QStringLiteral("up-off.svg"), glyphSvg(Glyph::ChevronUp, off)}});
  return QStringLiteral(":/") + folder;
}

QString px(double size) { return QStringLiteral("%1px").arg(qRound(size)); }

}  // namespace

QString styleSheetFor(const Theme& t) {
  QString sheet = QString::fromLatin1(kGrounds) + QString::fromLatin1(kFields) +
                  QString::fromLatin1(kButtons) + QString::fromLatin1(kViews);
  const double text_px = interfaceTextPx();
  const QColor white(Qt::white), black(Qt::black);
  // Longer names first where one begins another.
  const std::pair<const char*, QString> roles[] = {
      {"@icons", iconFolder(t)},
      {"@window", t.window.name()},
      {"@panel", t.panel.name()},
      {"@field", t.field.name()},
      {"@line", t.line.name()},
      {"@hover", t.hover.name()},
      {"@text", t.text.name()},
      {"@muted", t.muted.name()},
      {"@accent_strong", t.accent_strong.name()},
      {"@accent_deeper", mixed(t.accent_strong, black, 0.22).name()},
      {"@accent_deep", mixed(t.accent_strong, black, 0.12).name()},
      {"@accent", t.accent.name()},
      {"@on_accent", t.on_accent.name()},
      {"@goodchip", mixed(t.panel, t.good, t.dark ? 0.22 : 0.14).name()},
      {"@goodtext", mixed(t.good, t.dark ? white : black, t.dark ? 0.45 : 0.2).name()},
      {"@good", t.good.name()},
      {"@warnchip", mixed(t.panel, t.warn, t.dark ? 0.20 : 0.16).name()},
      {"@warntext", mixed(t.warn, t.dark ? white : black, t.dark ? 0.35 : 0.2).name()},
      {"@badchip", mixed(t.panel, t.bad, t.dark ? 0.24 : 0.12).name()},
      {"@badtext", mixed(t.bad, t.dark ? white : black, t.dark ? 0.25 : 0.1).name()},
      {"@banner", mixed(t.panel, t.bad, 0.10).name()},
      {"@bad", t.bad.name()},
      {"@soft", t.soft.name()},
      {"@edge", t.edge.name()},
      {"@raised", t.raised.name()},
      {"@selected", t.selected.name()},
      {"@stripe", mixed(t.field, t.text, 0.025).name()},
      {"@strongline", mixed(t.line, t.text, 0.42).name()},
      {"@handleedge", t.dark ? t.text.name() : mixed(t.line, t.text, 0.42).name()},
      {"@handle", t.dark ? QColor(0xf2f4f8).name() : white.name()},
      {"@small", px(text_px * 12 / 13)},
      {"@tiny", px(text_px * 11 / 13)}};
  for (const auto& [role, value] : roles) sheet.replace(QLatin1String(role), value);
  return sheet;
}

}  // namespace studio::ui
