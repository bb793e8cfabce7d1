// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// All shortcuts: found by text or by pressing them, changed, and put back.
#include "ui/shortcut_editor.h"

#include "ui/action_registry.h"
#include "ui/command_palette.h"
#include "ui/icons.h"

#include <QDialogButtonBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMap>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kIdRole = Qt::UserRole;
constexpr int kFixedRole = Qt::UserRole + 1;  // index of the fixed key + 1
enum Column { kCommand, kKeys, kState };

QString native(const QKeySequence& keys) { return keys.toString(QKeySequence::NativeText); }

QString joined(const QList<QKeySequence>& keys) {
  QStringList texts;
  for (const QKeySequence& one : keys) texts << native(one);
  return texts.join(QStringLiteral(",  "));
}

}  // namespace

ShortcutEditor::ShortcutEditor(ActionRegistry& actions, QWidget* parent)
    : QDialog(parent), actions_(actions), tree_(new QTreeWidget(this)) {
  setObjectName(QStringLiteral("shortcutEditor"));
  setWindowTitle(tr("Shortcuts"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(8);
  layout->addWidget(buildSearch());
  tree_->setObjectName(QStringLiteral("shortcutTree"));
  tree_->setAccessibleName(tr("Commands and their shortcuts"));
  tree_->setColumnCount(3);
  tree_->setHeaderLabels({tr("Command"), tr("Shortcut"), tr("State")});
  tree_->setRootIsDecorated(true);
  tree_->setIndentation(16);
  tree_->setUniformRowHeights(true);
  tree_->setTabKeyNavigation(false);
  tree_->header()->setSectionsMovable(false);
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setSectionResizeMode(kCommand, QHeaderView::Stretch);
  tree_->header()->setSectionResizeMode(kKeys, QHeaderView::Interactive);
  tree_->header()->setSectionResizeMode(kState, QHeaderView::Interactive);
  tree_->header()->resizeSection(kKeys, 210);
  tree_->header()->resizeSection(kState, 120);
  layout->addWidget(tree_, 1);
  nothing_ = new QLabel(tr("No command fits."), tree_);
  nothing_->setObjectName(QStringLiteral("note"));
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->hide();
  auto* over = new QVBoxLayout(tree_->viewport());
  over->addWidget(nothing_, 0, Qt::AlignCenter);
  layout->addWidget(buildDetails());
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  reset_all_ = buttons->addButton(tr("Reset all"), QDialogButtonBox::ResetRole);
  reset_all_->setObjectName(QStringLiteral("resetAll"));
  reset_all_->setToolTip(tr("Puts every shortcut back to its default"));
  reset_all_->setAutoDefault(false);
  buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  connect(reset_all_, &QPushButton::clicked, this, [this] {
    forgetQuestion();
    actions_.resetAll();
  });
  layout->addWidget(buttons);
  connect(tree_, &QTreeWidget::currentItemChanged, this, [this] {
    if (!filling_) showSelected();
  });
  connect(tree_, &QTreeWidget::itemActivated, this, [this] {
    if (record_->isEnabled()) record_->click();
  });
  connect(&actions_, &ActionRegistry::changed, this, &ShortcutEditor::updateRows);
  fillTree();
  resize(720, 640);
  search_->setFocus();
}

QWidget* ShortcutEditor::buildSearch() {
  auto* bar = new QWidget(this);
  auto* layout = new QHBoxLayout(bar);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  search_ = new QLineEdit(bar);
  search_->setObjectName(QStringLiteral("shortcutSearch"));
  search_->setPlaceholderText(tr("Search by name or shortcut"));
  search_->setAccessibleName(tr("Search by name or shortcut"));
  search_->setClearButtonEnabled(false);
  search_->addAction(glyphIcon(Glyph::Search, &Theme::muted), QLineEdit::LeadingPosition);
  search_keys_ = new ShortcutRecorder(tr("Find by keys"), bar);
  search_keys_->setObjectName(QStringLiteral("searchKeys"));
  search_keys_->setIcon(glyphIcon(Glyph::Keyboard));
  search_keys_->setToolTip(tr("Press a shortcut to see what it does"));
  everything_ = new QPushButton(tr("Show all"), bar);
  everything_->setObjectName(QStringLiteral("showAll"));
  everything_->setAutoDefault(false);
  everything_->setEnabled(false);
  layout->addWidget(search_, 1);
  layout->addWidget(search_keys_);
  layout->addWidget(everything_);
  connect(search_, &QLineEdit::textChanged, this, [this] {
    searched_keys_ = {};
    filter();
  });
  connect(search_keys_, &ShortcutRecorder::recorded, this, [this](const QKeySequence& keys) {
    const QSignalBlocker quiet(search_);
    search_->setText(native(keys));
    searched_keys_ = keys;
    filter();
  });
  connect(everything_, &QPushButton::clicked, this, [this] {
    searched_keys_ = {};
    search_->clear();
    filter();
  });
  return bar;
}

QWidget* ShortcutEditor::buildDetails() {
  details_ = new QFrame(this);
  auto* layout = new QVBoxLayout(details_);
  layout->setContentsMargins(0, 4, 0, 4);
  layout->setSpacing(8);
  name_ = new QLabel(details_);
  QFont bold = name_->font();
  bold.setWeight(QFont::DemiBold);
  name_->setFont(bold);
  tip_ = new QLabel(details_);
  tip_->setObjectName(QStringLiteral("note"));
  tip_->setWordWrap(true);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  chips_ = new QHBoxLayout;
  chips_->setSpacing(4);
  record_ = new ShortcutRecorder(tr("Add keys"), details_);
  record_->setObjectName(QStringLiteral("recordKeys"));
  record_->setIcon(glyphIcon(Glyph::Plus));
  record_->setToolTip(tr("Press the keys that shall run this command; Esc stops listening"));
  reset_ = new QPushButton(tr("Reset"), details_);
  reset_->setObjectName(QStringLiteral("resetOne"));
  reset_->setAutoDefault(false);
  row->addLayout(chips_);
  row->addWidget(record_);
  row->addStretch(1);
  row->addWidget(reset_);
  auto* question = new QHBoxLayout;
  question->setSpacing(8);
  conflict_ = new QLabel(details_);
  conflict_->setObjectName(QStringLiteral("rowError"));
  conflict_->setWordWrap(true);
  take_ = new QPushButton(tr("Use it here"), details_);
  take_->setObjectName(QStringLiteral("takeKeys"));
  leave_ = new QPushButton(tr("Leave it"), details_);
  leave_->setObjectName(QStringLiteral("leaveKeys"));
  for (QPushButton* button : {take_, leave_}) button->setAutoDefault(false);
  question->addWidget(conflict_, 1);
  question->addWidget(take_);
  question->addWidget(leave_);
  layout->addWidget(name_);
  layout->addWidget(tip_);
  layout->addLayout(row);
  layout->addLayout(question);
  connect(record_, &ShortcutRecorder::recorded, this, &ShortcutEditor::ask);
  connect(take_, &QPushButton::clicked, this, &ShortcutEditor::take);
  connect(leave_, &QPushButton::clicked, this, &ShortcutEditor::forgetQuestion);
  connect(reset_, &QPushButton::clicked, this, [this] {
    forgetQuestion();
    actions_.reset(selectedId());
  });
  return details_;
}

void ShortcutEditor::fillTree() {
  filling_ = true;
  tree_->clear();
  QMap<QString, QTreeWidgetItem*> heads;
  const auto headOf = [&](const QString& category) {
    QTreeWidgetItem*& head = heads[category];
    if (head == nullptr) {
      head = new QTreeWidgetItem(tree_, {category});
      QFont bold = tree_->font();
      bold.setWeight(QFont::DemiBold);
      head->setFont(kCommand, bold);
      head->setFlags(Qt::ItemIsEnabled);
      head->setFirstColumnSpanned(true);
      head->setExpanded(true);
    }
    return head;
  };
  for (const ActionRegistry::Entry& entry : actions_.entries()) {
    auto* row = new QTreeWidgetItem(headOf(entry.category), {entry.text});
    row->setData(kCommand, kIdRole, entry.id);
  }
  int index = 0;
  for (const FixedKey& key : actions_.fixedKeys()) {
    auto* row = new QTreeWidgetItem(headOf(key.category), {key.text, key.keys, tr("fixed")});
    row->setData(kCommand, kFixedRole, ++index);
    row->setToolTip(kState, tr("This key belongs to the control and cannot be changed"));
  }
  filling_ = false;
  updateRows();
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    if (QTreeWidgetItem* head = tree_->topLevelItem(i); head->childCount() > 0)
      return tree_->setCurrentItem(head->child(0));
  }
}

void ShortcutEditor::updateRows() {
  int known = 0;
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* head = tree_->topLevelItem(i);
    for (int j = 0; j < head->childCount(); ++j) {
      QTreeWidgetItem* row = head->child(j);
      if (row->data(kCommand, kFixedRole).toInt() > 0) {
        for (const int column : {kCommand, kKeys, kState})
          row->setForeground(column, theme().muted);
        continue;
      }
      ++known;
      const QString id = row->data(kCommand, kIdRole).toString();
      row->setText(kKeys, joined(actions_.keys(id)));
      row->setForeground(kKeys, theme().text);
      row->setToolTip(kKeys, {});
      row->setText(kState, actions_.isChanged(id) ? tr("changed") : QString());
      row->setForeground(kState, theme().accent);
      for (const auto& clash : actions_.clashes()) {
        const auto* owner = actions_.entry(clash.owner);
        if (clash.loser != id || owner == nullptr) continue;
        row->setText(kState, tr("conflict"));
        row->setForeground(kState, theme().bad);
        row->setForeground(kKeys, theme().bad);
        row->setToolTip(kKeys, tr("%1 runs “%2” instead").arg(native(clash.keys), owner->text));
        row->setToolTip(kState, row->toolTip(kKeys));
      }
    }
  }
  if (known != static_cast<int>(actions_.entries().size())) return fillTree();
  bool any_change = false;
  for (const auto& entry : actions_.entries()) any_change |= actions_.isChanged(entry.id);
  reset_all_->setEnabled(any_change);
  filter();
  showSelected();
}

void ShortcutEditor::filter() {
  const QString text = search_->text().trimmed();
  QTreeWidgetItem* first = nullptr;
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* head = tree_->topLevelItem(i);
    bool any = false;
    for (int j = 0; j < head->childCount(); ++j) {
      QTreeWidgetItem* row = head->child(j);
      bool fits = true;
      if (!searched_keys_.isEmpty()) {
        const int fixed = row->data(kCommand, kFixedRole).toInt();
        const QList<QKeySequence> keys =
            fixed > 0 ? actions_.fixedKeys().at(static_cast<std::size_t>(fixed - 1)).taken
                      : actions_.keys(row->data(kCommand, kIdRole).toString());
        fits = std::any_of(keys.begin(), keys.end(), [&](const QKeySequence& one) {
          return searched_keys_.matches(one) != QKeySequence::NoMatch;
        });
      } else if (!text.isEmpty()) {
        const QString all =
            row->text(kCommand) + ' ' + head->text(kCommand) + ' ' + row->text(kKeys);
        const auto match = fuzzyMatch(text, all);
        fits = match && match->weakest >= kClearWord;
      }
      row->setHidden(!fits);
      any |= fits;
      if (fits && first == nullptr) first = row;
    }
    head->setHidden(!any);
  }
  everything_->setEnabled(!text.isEmpty() || !searched_keys_.isEmpty());
  nothing_->setText(searched_keys_.isEmpty() ? tr("No command fits.")
                                             : tr("%1 is free.").arg(native(searched_keys_)));
  nothing_->setVisible(first == nullptr);
  QTreeWidgetItem* current = tree_->currentItem();
  if (first != nullptr && (current == nullptr || current->isHidden())) tree_->setCurrentItem(first);
}

QString ShortcutEditor::selectedId() const {
  const QTreeWidgetItem* row = tree_->currentItem();
  return row == nullptr ? QString() : row->data(kCommand, kIdRole).toString();
}

void ShortcutEditor::showSelected() {
  forgetQuestion();
  const QTreeWidgetItem* row = tree_->currentItem();
  const auto* entry = actions_.entry(selectedId());
  const bool fixed = row != nullptr && row->data(kCommand, kFixedRole).toInt() > 0;
  record_->setEnabled(entry != nullptr);
  reset_->setEnabled(entry != nullptr && actions_.isChanged(entry->id));
  QString tip = fixed ? tr("This key belongs to the control and cannot be changed.") : QString();
  if (entry != nullptr) {
    const bool said = entry->action->statusTip().isEmpty();
    tip = said ? QString() : entry->action->statusTip();
    if (reset_->isEnabled()) {
      const QString usual = entry->defaults.isEmpty()
                                ? tr("Default: none")
                                : tr("Default: %1").arg(joined(entry->defaults));
      tip = tip.isEmpty() ? usual : tip + QStringLiteral("  ·  ") + usual;
    }
  }
  name_->setText(entry != nullptr          ? entry->text
                 : fixed && row != nullptr ? row->text(kCommand)
                                           : tr("Choose a command"));
  tip_->setText(tip);
  showKeys();
}

void ShortcutEditor::showKeys() {
  while (QLayoutItem* item = chips_->takeAt(0)) {
    if (item->widget() != nullptr) {
      item->widget()->hide();
      item->widget()->setObjectName({});
      item->widget()->deleteLater();
    }
    delete item;
  }
  const auto* entry = actions_.entry(selectedId());
  if (entry == nullptr) return;
  for (const QKeySequence& keys : actions_.keys(entry->id)) chips_->addWidget(keyChip(keys));
  if (chips_->count() == 0) {
    auto* none = new QLabel(tr("No shortcut"), details_);
    none->setObjectName(QStringLiteral("note"));
    chips_->addWidget(none);
  }
}

QWidget* ShortcutEditor::keyChip(const QKeySequence& keys) {
  auto* chip = new QToolButton(details_);
  chip->setObjectName(QStringLiteral("keyChip"));
  chip->setText(native(keys));
  chip->setIcon(glyphIcon(Glyph::Close, &Theme::muted));
  chip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  chip->setLayoutDirection(Qt::RightToLeft);  // the cross stands behind the keys
  chip->setIconSize(QSize(12, 12));
  chip->setFocusPolicy(Qt::StrongFocus);
  chip->setToolTip(tr("Remove %1").arg(native(keys)));
  chip->setAccessibleName(tr("Remove the shortcut %1").arg(native(keys)));
  setStyleProperty(chip, "chip", QStringLiteral("note"));
  connect(chip, &QToolButton::clicked, this, [this, keys] {
    const QString id = selectedId();
    QList<QKeySequence> left = actions_.keys(id);
    left.removeAll(keys);
    record_->setFocus();
    actions_.setKeys(id, left);
  });
  return chip;
}

void ShortcutEditor::ask(const QKeySequence& keys) {
  const QString id = selectedId();
  forgetQuestion();
  if (actions_.keys(id).contains(keys) && actions_.ownerOf(keys, id).isEmpty()) return;
  const auto* other = actions_.entry(actions_.ownerOf(keys, id));
  const FixedKey* fixed = actions_.fixedOwnerOf(keys);
  if (other == nullptr && fixed == nullptr) return actions_.takeKeys(id, keys);
  wanted_ = keys;
  conflict_->setText(other != nullptr
                         ? tr("%1 runs “%2” now.").arg(native(keys), other->text)
                         : tr("%1 has a use already: %2.").arg(native(keys), fixed->text));
  conflict_->setAccessibleName(conflict_->text());
  for (QWidget* part : {static_cast<QWidget*>(conflict_),
                        static_cast<QWidget*>(take_),
                        static_cast<QWidget*>(leave_)})
    part->show();
  take_->setFocus();
}

void ShortcutEditor::take() {
  const QKeySequence keys = wanted_;
  forgetQuestion();
  record_->setFocus();
  actions_.takeKeys(selectedId(), keys);
}

void ShortcutEditor::forgetQuestion() {
  wanted_ = {};
  for (QWidget* part : {static_cast<QWidget*>(conflict_),
                        static_cast<QWidget*>(take_),
                        static_cast<QWidget*>(leave_)})
    part->hide();
}

}  // namespace studio::ui
