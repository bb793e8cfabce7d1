// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The look of tables, trees and lists in the dialogs about presets.
#include "ui/preset_style.h"

#include "ui/theme.h"

namespace studio::ui {
namespace {

constexpr char kSheet[] = R"(
QTableView, QTreeView, QListWidget { background: @field; border: 1px solid @line; border-radius: 6px;
  outline: none; padding: 4px; }
QTableView:focus, QTreeView:focus, QListWidget:focus { border: 1px solid @accent; }
QTableView::item { padding: 0 6px; border: none; }
QTableView::item:focus, QTableView::item:selected { background: transparent; border: none; }
QTreeView::item { padding: 3px 0; border: none; }
QTreeView::item:selected { background: @hover; color: @text; }
QListWidget::item { padding: 6px 8px; border-radius: 5px; color: @text; }
QListWidget::item:selected { background: @hover; border: 1px solid @accent; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: @muted; border: none;
  border-bottom: 1px solid @line; padding: 4px 6px; }
QTreeView::indicator { width: 14px; height: 14px; border-radius: 4px; border: 1px solid @muted;
  background: @field; }
QTreeView::indicator:checked { background: @accent_strong; border-color: @accent_strong; }
QTreeView::indicator:indeterminate { background: @line; border-color: @accent_strong; }
QAbstractScrollArea::corner { background: transparent; border: none; }
)";

}  // namespace

QString itemViewSheet() {
  const Theme& t = theme();
  QString sheet = QString::fromLatin1(kSheet);
  const std::pair<const char*, QColor> roles[] = {{"@field", t.field},
                                                  {"@line", t.line},
                                                  {"@hover", t.hover},
                                                  {"@text", t.text},
                                                  {"@muted", t.muted},
                                                  {"@accent_strong", t.accent_strong},
                                                  {"@accent", t.accent}};
  for (const auto& [role, colour] : roles) sheet.replace(QLatin1String(role), colour.name());
  return sheet;
}

}  // namespace studio::ui
