// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parameters down, presets across.
#include "ui/preset_table.h"

#include "ui/preset_style.h"
#include "ui/theme.h"

#include <QHeaderView>
#include <QStandardItemModel>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kWidest = 176;
constexpr int kNarrowest = 72;

QStandardItem* cell(const QString& text, const QColor& colour) {
  auto* item = new QStandardItem(text);
  item->setEditable(false);
  item->setForeground(colour);
  item->setToolTip(text);
  return item;
}

void strikeOut(QStandardItem* item) {
  QFont font = item->font();
  font.setStrikeOut(true);
  item->setFont(font);
  item->setToolTip(PresetTable::tr("%1, overridden by a later preset").arg(item->text()));
  item->setData(item->toolTip(), Qt::AccessibleTextRole);
}

}  // namespace

PresetTable::PresetTable(QWidget* parent)
    : QTableView(parent), model_(new QStandardItemModel(this)) {
  setObjectName(QStringLiteral("presetTable"));
  setModel(model_);
  setStyleSheet(itemViewSheet());
  setSelectionMode(NoSelection);
  setFocusPolicy(Qt::StrongFocus);
  setShowGrid(false);
  setFrameShape(NoFrame);
  setWordWrap(false);
  setHorizontalScrollMode(ScrollPerPixel);
  setVerticalScrollMode(ScrollPerPixel);
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(26);
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setMinimumSectionSize(kNarrowest);
  setAccessibleName(tr("Parameters of the presets"));
}

void PresetTable::showCompared(const QStringList& names,
                               const std::vector<PresetRow>& rows,
                               bool only_different) {
  std::vector<PresetRow> shown = rows;
  if (only_different) std::erase_if(shown, [](const PresetRow& row) { return !row.differs; });
  fill(QStringList{tr("Parameter"), tr("Now")} + names, shown, false);
}

void PresetTable::showStack(const QStringList& names, const std::vector<PresetRow>& rows) {
  fill(QStringList{tr("Parameter"), tr("Now"), tr("Result")} + names, rows, true);
}

void PresetTable::fill(const QStringList& headings,
                       const std::vector<PresetRow>& rows,
                       bool is_stack) {
  const Theme& t = theme();
  model_->clear();
  model_->setHorizontalHeaderLabels(headings);
  for (const PresetRow& row : rows) {
    QList<QStandardItem*> cells{cell(row.label, row.differs ? t.text : t.muted),
                                cell(row.now, t.muted)};
    cells[0]->setToolTip(row.tool_tip);
    if (is_stack) cells << cell(row.after, row.differs ? t.accent : t.muted);
    for (const PresetRow::Cell& one : row.cells) {
      const bool quiet = !one.text || (is_stack ? one.overridden : !row.differs);
      auto* item = cell(one.text.value_or(QStringLiteral("–")), quiet ? t.muted : t.text);
      if (!one.text) {
        item->setToolTip(tr("Left as it is"));
        item->setData(item->toolTip(), Qt::AccessibleTextRole);
      }
      if (is_stack && one.overridden) strikeOut(item);
      cells << item;
    }
    model_->appendRow(cells);
  }
  resizeColumnsToContents();
  for (int column = 0; column < model_->columnCount(); ++column)
    setColumnWidth(column, std::clamp(columnWidth(column) + 8, kNarrowest, kWidest));
}

}  // namespace studio::ui
