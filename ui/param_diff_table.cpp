// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A panel beside the pictures: their parameters next to each other, what differs standing out.
#include "ui/param_diff_table.h"

#include "ui/theme.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <set>
#include <utility>

namespace studio::ui {
namespace {

constexpr int kMostTip = 4000;  // characters
constexpr int kLeastColumn = 44;

// One line for a cell; the whole text is in the tooltip.
QString oneLine(const QString& text) { return text.left(400).simplified(); }

}  // namespace

ParamDiffTable::ParamDiffTable(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent),
      catalogue_(catalogue),
      summary_(new QLabel(this)),
      message_(new QLabel(this)),
      hide_equal_(new QCheckBox(tr("Only differences"), this)),
      table_(new QTableWidget(this)) {
  setAccessibleName(tr("Parameters of the pictures"));
  summary_->setObjectName(QStringLiteral("note"));
  message_->setObjectName(QStringLiteral("note"));
  message_->setWordWrap(true);
  message_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  hide_equal_->setObjectName(QStringLiteral("hideEqual"));
  hide_equal_->setToolTip(tr("Leave out what is equal in all pictures"));
  table_->setObjectName(QStringLiteral("table"));
  table_->setAccessibleName(tr("Parameter differences"));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(26);
  table_->horizontalHeader()->setHighlightSections(false);
  table_->horizontalHeader()->setMinimumSectionSize(kLeastColumn);
  table_->horizontalHeader()->setTextElideMode(Qt::ElideRight);
  applyColours();
  table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  auto* copy = new QAction(tr("Copy"), table_);
  copy->setShortcut(QKeySequence::Copy);
  copy->setShortcutContext(Qt::WidgetShortcut);
  connect(
      copy, &QAction::triggered, this, [this] { QApplication::clipboard()->setText(copyText()); });
  table_->installEventFilter(this);
  table_->addAction(copy);
  table_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* head = new QHBoxLayout;
  head->addWidget(summary_, 1);
  head->addWidget(hide_equal_);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(12, 8, 12, 8);
  all->setSpacing(8);
  all->addLayout(head);
  all->addWidget(message_);
  all->addWidget(table_, 1);
  connect(hide_equal_, &QCheckBox::toggled, this, [this](bool hides) {
    showEqual();
    Q_EMIT hidesEqualChanged(hides);
  });
  fill();
}

void ParamDiffTable::setJobs(std::vector<GenerationRequest> jobs, const QStringList& names) {
  if (jobs == jobs_ && names == names_) return;
  jobs_ = std::move(jobs);
  names_ = names;
  if (reference_ >= static_cast<int>(jobs_.size())) reference_ = 0;
  fill();
}

void ParamDiffTable::setReference(int index) {
  if (index == reference_ || index < 0 || index >= static_cast<int>(jobs_.size())) return;
  reference_ = index;
  fill();
}

bool ParamDiffTable::hidesEqual() const { return hide_equal_->isChecked(); }
void ParamDiffTable::setHidesEqual(bool hides) { hide_equal_->setChecked(hides); }

int ParamDiffTable::differences() const {
  return static_cast<int>(std::count_if(
      rows_.begin(), rows_.end(), [](const ParamDiffRow& row) { return !row.is_equal; }));
}

void ParamDiffTable::fill() {
  rows_ = jobs_.size() < 2 ? std::vector<ParamDiffRow>()
                           : paramDifferences(jobs_, catalogue_, reference_);
  table_->clear();
  table_->setColumnCount(rows_.empty() ? 0 : 1 + static_cast<int>(jobs_.size()));
  table_->setRowCount(static_cast<int>(rows_.size()));
  if (!rows_.empty()) {
    table_->setHorizontalHeaderItem(0, new QTableWidgetItem(tr("Parameter")));
    for (int i = 0; i < static_cast<int>(jobs_.size()); ++i) {
      QString name(QChar('A' + i));
      // More columns have room for their letters only.
      if (jobs_.size() < 3 && i < names_.size() && !names_[i].isEmpty())
        name += QStringLiteral("  ") + names_[i];
      auto* head = new QTableWidgetItem(name);
      const QString whole = names_.value(i).isEmpty() ? name : names_.value(i);
      head->setToolTip(i == reference_ ? tr("%1 (reference)").arg(whole) : whole);
      table_->setHorizontalHeaderItem(i + 1, head);
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) fillRow(static_cast<int>(row), rows_[row]);
  hide_equal_->setEnabled(!rows_.empty());
  showEqual();
  fitColumns();
}

void ParamDiffTable::fillRow(int row, const ParamDiffRow& differences) {
  auto* name = new QTableWidgetItem(differences.label);
  name->setToolTip(QStringLiteral("%1\n%2\n%3")
                       .arg(differences.group + QStringLiteral(": ") + differences.label,
                            differences.doc,
                            differences.path));
  name->setForeground(differences.is_equal ? theme().muted : theme().text);
  table_->setItem(row, 0, name);
  for (std::size_t i = 0; i < differences.values.size(); ++i) {
    auto* cell = new QTableWidgetItem(oneLine(differences.values[i]));
    cell->setToolTip(differences.values[i].left(kMostTip));
    cell->setForeground(differences.is_equal     ? theme().muted
                        : differences.differs[i] ? theme().accent
                                                 : theme().text);
    if (differences.differs[i]) {
      QFont bold = font();
      bold.setWeight(QFont::DemiBold);
      cell->setFont(bold);
    }
    table_->setItem(row, static_cast<int>(i) + 1, cell);
  }
}

void ParamDiffTable::showEqual() {
  const bool hides = hidesEqual();
  for (std::size_t row = 0; row < rows_.size(); ++row)
    table_->setRowHidden(static_cast<int>(row), hides && rows_[row].is_equal);
  const int count = differences();
  summary_->setText(rows_.empty() ? QString() : tr("%1 of %2 differ").arg(count).arg(rows_.size()));
  const bool nothing = rows_.empty() || (hides && count == 0);
  message_->setText(rows_.empty() ? tr("Parameters of two to four pictures are compared here.")
                                  : tr("All parameters are equal."));
  message_->setVisible(nothing);
  table_->setVisible(!nothing);
}

// The values share the room that the names leave.
void ParamDiffTable::fitColumns() {
  if (table_->columnCount() < 2) return;
  const int most = width() * (table_->columnCount() > 3 ? 30 : 40) / 100;
  int names = 0;
  for (const ParamDiffRow& row : rows_)
    names = std::max(names, fontMetrics().horizontalAdvance(row.label));
  QHeaderView* header = table_->horizontalHeader();
  header->setSectionResizeMode(QHeaderView::Stretch);
  header->setSectionResizeMode(0, QHeaderView::Interactive);
  table_->setColumnWidth(0, std::min(names + 16, std::max(88, most)));
}

// The style's own head would shine in a quiet panel.
void ParamDiffTable::applyColours() {
  const QString sheet =
      QStringLiteral(
          "QHeaderView { background: transparent; }"
          "QHeaderView::section { background: transparent; color: %1; border: none; "
          "border-bottom: 1px solid %2; padding: 4px 3px; }"
          "QAbstractScrollArea::corner { background: transparent; border: none; }")
          .arg(theme().muted.name(), theme().line.name());
  if (table_->styleSheet() != sheet) table_->setStyleSheet(sheet);
}

QString ParamDiffTable::copyText() const {
  std::set<int> rows;
  for (const QModelIndex& index : table_->selectionModel()->selectedRows())
    rows.insert(index.row());
  QStringList lines;
  QStringList head{tr("Parameter")};
  for (std::size_t i = 0; i < jobs_.size(); ++i) head << QString(QChar('A' + static_cast<int>(i)));
  lines << head.join('\t');
  for (int row = 0; row < static_cast<int>(rows_.size()); ++row) {
    if (table_->isRowHidden(row) || (!rows.empty() && rows.count(row) == 0)) continue;
    QStringList cells{rows_[static_cast<std::size_t>(row)].path};
    for (const QString& value : rows_[static_cast<std::size_t>(row)].values)
      cells << value.simplified();
    lines << cells.join('\t');
  }
  return lines.join('\n');
}

// The view's own copy would take one cell.
bool ParamDiffTable::eventFilter(QObject* watched, QEvent* event) {
  if (watched == table_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
    QApplication::clipboard()->setText(copyText());
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void ParamDiffTable::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  // Colours of the theme lie in the cells.
  if (event->type() != QEvent::PaletteChange) return;
  applyColours();
  fill();
}

void ParamDiffTable::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitColumns();
}

}  // namespace studio::ui
