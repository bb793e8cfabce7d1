// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Chooses presets that become the cells of a sweep.
#include "ui/preset_sweep_dialog.h"

#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSet>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kIdRole = Qt::UserRole + 1;

}  // namespace

PresetSweepDialog::PresetSweepDialog(const PresetStore& store,
                                     const GenerationRequest& base,
                                     QWidget* parent)
    : QDialog(parent),
      store_(store),
      base_(base),
      list_(new QListWidget(this)),
      note_(new QLabel(this)) {
  setObjectName(QStringLiteral("presetSweep"));
  setWindowTitle(tr("A cell for each preset"));
  resize(420, 440);
  if (!base_.seed) base_.seed = QRandomGenerator::global()->bounded(0x7fffffff);
  auto* text =
      new QLabel(tr("Each chosen preset is put over the sweep's job and becomes one cell."), this);
  text->setWordWrap(true);
  list_->setObjectName(QStringLiteral("presetSweepList"));
  list_->setAccessibleName(tr("Presets"));
  note_->setWordWrap(true);
  note_->setTextFormat(Qt::PlainText);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  accept_ = buttons->addButton(tr("Set up the sweep"), QDialogButtonBox::AcceptRole);
  accept_->setObjectName(QStringLiteral("presetSweepAccept"));
  setStyleProperty(accept_, "primary", true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(10);
  layout->addWidget(text);
  layout->addWidget(list_, 1);
  layout->addWidget(note_);
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &PresetSweepDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(list_, &QListWidget::itemChanged, this, &PresetSweepDialog::showCount);
  connect(&store_, &PresetStore::changed, this, &PresetSweepDialog::fill);
  fill();
  list_->setFocus();
}

void PresetSweepDialog::fill() {
  QSet<QString> left_out;
  for (int row = 0; row < list_->count(); ++row) {
    if (list_->item(row)->checkState() == Qt::Unchecked)
      left_out << list_->item(row)->data(kIdRole).toString();
  }
  {
    const QSignalBlocker quiet(list_);
    list_->clear();
    for (const PresetEntry& entry : store_.entries()) {
      if (!entry.isUsable()) continue;
      auto* item = new QListWidgetItem(entry.preset.name, list_);
      item->setData(kIdRole, entry.id);
      item->setToolTip(entry.summary);
      item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
      item->setCheckState(left_out.contains(entry.id) ? Qt::Unchecked : Qt::Checked);
    }
    if (list_->count() > 0) list_->setCurrentRow(0);
  }
  showCount();
}

std::vector<const PresetEntry*> PresetSweepDialog::checked() const {
  std::vector<const PresetEntry*> entries;
  for (int row = 0; row < list_->count(); ++row) {
    const QListWidgetItem* item = list_->item(row);
    if (item->checkState() != Qt::Checked) continue;
    if (const PresetEntry* entry = store_.find(item->data(kIdRole).toString()))
      entries.push_back(entry);
  }
  return entries;
}

void PresetSweepDialog::showCount() {
  const std::size_t count = checked().size();
  setStyleProperty(note_, "role", QStringLiteral("note"));
  note_->setText(list_->count() == 0
                     ? tr("There are no presets yet. Presets are saved in the window of presets.")
                 : count == 1 ? tr("1 cell")
                              : tr("%1 cells").arg(count));
  accept_->setEnabled(count > 0);
}

void PresetSweepDialog::accept() {
  std::vector<GenerationRequest> jobs;
  QStringList names;
  for (const PresetEntry* entry : checked()) {
    auto job = appliedPreset(base_, entry->preset, store_.catalogue());
    if (!job) {
      setStyleProperty(note_, "role", QStringLiteral("error"));
      note_->setText(tr("“%1” cannot be put over this job: %2")
                         .arg(entry->preset.name, QString::fromStdString(job.error().message)));
      return;
    }
    jobs.push_back(std::move(job).value());
    names << entry->preset.name;
  }
  if (jobs.empty()) return;
  Q_EMIT chosen(jobs, names);
  QDialog::accept();
}

}  // namespace studio::ui
