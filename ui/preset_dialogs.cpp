// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Dialogs about presets.
#include "ui/preset_dialogs.h"

#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/preset_style.h"
#include "ui/preset_table.h"

#include <QAbstractItemModel>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kIdRole = Qt::UserRole + 1;

QLabel* note(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(QStringLiteral("note"));
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  return label;
}

QStringList namesOf(const std::vector<Preset>& presets) {
  QStringList names;
  for (const Preset& preset : presets) names << preset.name;
  return names;
}

}  // namespace

ComparePresetsDialog::ComparePresetsDialog(const GenerationRequest& now,
                                           const std::vector<Preset>& presets,
                                           const Catalogue& catalogue,
                                           QWidget* parent)
    : QDialog(parent),
      rows_(comparePresets(now, presets, catalogue)),
      names_(namesOf(presets)),
      only_different_(new QCheckBox(tr("Only &differences"), this)),
      summary_(note(this)),
      table_(new PresetTable(this)) {
  setObjectName(QStringLiteral("comparePresets"));
  setWindowTitle(tr("Compare presets"));
  resize(std::clamp(300 + 150 * static_cast<int>(presets.size()), 560, 1100), 460);
  only_different_->setObjectName(QStringLiteral("onlyDifferent"));
  only_different_->setToolTip(
      tr("Hides parameters that all of these presets set to the same value"));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  auto* top = new QHBoxLayout;
  top->addWidget(summary_, 1);
  top->addWidget(only_different_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(8);
  layout->addLayout(top);
  layout->addWidget(table_, 1);
  layout->addWidget(buttons);
  connect(only_different_, &QCheckBox::toggled, this, &ComparePresetsDialog::refresh);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  refresh();
  table_->setFocus();
}

void ComparePresetsDialog::refresh() {
  const auto different =
      std::count_if(rows_.begin(), rows_.end(), [](const PresetRow& row) { return row.differs; });
  summary_->setText(different == 0 ? tr("These presets set the same values.")
                                   : tr("%1 of %2 parameters differ. A dash: the preset leaves the "
                                        "parameter as it is.")
                                         .arg(different)
                                         .arg(rows_.size()));
  table_->showCompared(names_, rows_, only_different_->isChecked());
}

StackPresetsDialog::StackPresetsDialog(const GenerationRequest& now,
                                       const QStringList& ids,
                                       const PresetStore& store,
                                       QWidget* parent)
    : QDialog(parent),
      now_(now),
      store_(store),
      list_(new QListWidget(this)),
      more_(makeComboBox(this)),
      up_(new QPushButton(tr("Up"), this)),
      down_(new QPushButton(tr("Down"), this)),
      remove_(new QPushButton(tr("Remove"), this)),
      summary_(note(this)),
      table_(new PresetTable(this)) {
  setObjectName(QStringLiteral("stackPresets"));
  setWindowTitle(tr("Stack presets"));
  resize(920, 480);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  apply_ = buttons->addButton(tr("Apply"), QDialogButtonBox::AcceptRole);
  apply_->setObjectName(QStringLiteral("applyStack"));
  apply_->setDefault(true);
  auto* right = new QVBoxLayout;
  right->setSpacing(8);
  right->addWidget(makeHeading(tr("What they do together"), this));
  right->addWidget(table_, 1);
  right->addWidget(summary_);
  auto* columns = new QHBoxLayout;
  columns->setSpacing(16);
  columns->addWidget(makeList());
  columns->addLayout(right, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(12);
  layout->addLayout(columns, 1);
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &StackPresetsDialog::apply);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  for (const QString& id : ids) addRow(id);
  if (list_->count() > 0) list_->setCurrentRow(0);
  refresh();
  list_->setFocus();
}

QWidget* StackPresetsDialog::makeList() {
  list_->setObjectName(QStringLiteral("stackList"));
  list_->setAccessibleName(tr("Presets in the order they are applied"));
  list_->setToolTip(
      tr("Applied from top to bottom. Drag to reorder, or press Alt+Up and Alt+Down."));
  list_->setStyleSheet(itemViewSheet());
  list_->setDragDropMode(QAbstractItemView::InternalMove);
  list_->setDefaultDropAction(Qt::MoveAction);
  list_->setSelectionMode(QAbstractItemView::SingleSelection);
  list_->setTextElideMode(Qt::ElideRight);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->installEventFilter(this);
  more_->setObjectName(QStringLiteral("stackMore"));
  more_->setAccessibleName(tr("Add a preset"));
  more_->addItem(tr("Add a preset…"));
  more_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  more_->setMinimumContentsLength(12);
  for (const PresetEntry& entry : store_.entries()) {
    if (entry.isUsable()) more_->addItem(entry.preset.name, entry.id);
  }
  up_->setAccessibleName(tr("Apply earlier"));
  down_->setAccessibleName(tr("Apply later"));
  remove_->setAccessibleName(tr("Take out of the stack"));
  up_->setObjectName(QStringLiteral("stackUp"));
  down_->setObjectName(QStringLiteral("stackDown"));
  remove_->setObjectName(QStringLiteral("stackRemove"));
  for (QPushButton* button : {up_, down_, remove_}) button->setAutoDefault(false);
  auto* box = new QWidget(this);
  box->setFixedWidth(232);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(up_);
  row->addWidget(down_);
  row->addWidget(remove_);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(makeHeading(tr("Applied in this order"), this));
  layout->addWidget(list_, 1);
  layout->addLayout(row);
  layout->addWidget(more_);
  connect(up_, &QPushButton::clicked, this, [this] { moveRow(-1); });
  connect(down_, &QPushButton::clicked, this, [this] { moveRow(1); });
  connect(remove_, &QPushButton::clicked, this, &StackPresetsDialog::removeRow);
  connect(more_, &QComboBox::activated, this, [this](int index) {
    const QString id = more_->itemData(index).toString();
    more_->setCurrentIndex(0);
    if (id.isEmpty()) return;
    addRow(id);
    list_->setCurrentRow(list_->count() - 1);
    refresh();
  });
  connect(list_->model(), &QAbstractItemModel::rowsMoved, this, &StackPresetsDialog::refresh);
  connect(list_, &QListWidget::currentRowChanged, this, &StackPresetsDialog::enableButtons);
  return box;
}

void StackPresetsDialog::addRow(const QString& id) {
  const PresetEntry* entry = store_.find(id);
  if (entry == nullptr || !entry->isUsable()) return;
  auto* item = new QListWidgetItem(entry->preset.name, list_);
  item->setData(kIdRole, id);
  item->setFlags(item->flags() & ~Qt::ItemIsDropEnabled);
}

void StackPresetsDialog::moveRow(int by) {
  const int row = list_->currentRow();
  if (row < 0 || row + by < 0 || row + by >= list_->count()) return;
  list_->insertItem(row + by, list_->takeItem(row));
  list_->setCurrentRow(row + by);
  refresh();
}

void StackPresetsDialog::removeRow() {
  delete list_->takeItem(list_->currentRow());
  refresh();
}

bool StackPresetsDialog::eventFilter(QObject* watched, QEvent* event) {
  if (watched == list_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & Qt::AltModifier && key->key() == Qt::Key_Up) return moveRow(-1), true;
    if (key->modifiers() & Qt::AltModifier && key->key() == Qt::Key_Down) return moveRow(1), true;
    if (key->key() == Qt::Key_Delete) return removeRow(), true;
  }
  return QDialog::eventFilter(watched, event);
}

void StackPresetsDialog::enableButtons() {
  const int row = list_->currentRow();
  up_->setEnabled(row > 0);
  down_->setEnabled(row >= 0 && row + 1 < list_->count());
  remove_->setEnabled(row >= 0);
}

void StackPresetsDialog::refresh() {
  std::vector<Preset> presets;
  for (int row = 0; row < list_->count(); ++row) {
    const PresetEntry* entry = store_.find(list_->item(row)->data(kIdRole).toString());
    if (entry != nullptr) presets.push_back(entry->preset);
  }
  names_ = namesOf(presets);
  auto stack = stackPresets(now_, presets, store_.catalogue());
  enableButtons();
  if (!stack) {
    stack_.reset();
    table_->showStack(names_, {});
    summary_->setText(QString::fromStdString(stack.error().message));
    return apply_->setEnabled(false);
  }
  stack_ = std::move(stack).value();
  table_->showStack(names_, stack_->rows);
  apply_->setEnabled(!presets.empty());
  QString text = presets.empty()        ? tr("No preset is in the stack.")
                 : stack_->changed == 0 ? tr("The current settings are like that already.")
                 : stack_->changed == 1 ? tr("1 parameter changes.")
                                        : tr("%1 parameters change.").arg(stack_->changed);
  if (stack_->overridden > 0) {
    text += QChar(' ') + (stack_->overridden == 1
                              ? tr("1 value is struck out: a later preset overrides it.")
                              : tr("%1 values are struck out: later presets override them.")
                                    .arg(stack_->overridden));
  }
  summary_->setText(text);
}

void StackPresetsDialog::apply() {
  if (!stack_) return;
  Q_EMIT applyAsked(stack_->result, tr("Presets %1").arg(names_.join(QStringLiteral(" + "))));
  accept();
}

NameDialog::NameDialog(const QString& title, const QString& name, QWidget* parent)
    : QDialog(parent), name_(new QLineEdit(name, this)) {
  setObjectName(QStringLiteral("nameDialog"));
  setWindowTitle(title);
  setMinimumWidth(360);
  name_->setObjectName(QStringLiteral("name"));
  name_->setAccessibleName(tr("Name"));
  name_->setMaxLength(kLongestPresetName);
  name_->selectAll();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(12);
  layout->addWidget(name_);
  layout->addWidget(buttons);
  QPushButton* ok = buttons->button(QDialogButtonBox::Ok);
  ok->setText(tr("Rename"));
  const auto check = [this, ok] { ok->setEnabled(!name_->text().simplified().isEmpty()); };
  connect(name_, &QLineEdit::textChanged, this, check);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    Q_EMIT named(name_->text().simplified());
    accept();
  });
  check();
}

}  // namespace studio::ui
