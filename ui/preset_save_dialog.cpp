// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps current settings as a preset.
#include "ui/preset_save_dialog.h"

#include "ui/job_text.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/preset_style.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kPathRole = Qt::UserRole + 1;
constexpr int kPreviewSide = 96;

QPushButton* small(const QString& text, const QString& tool_tip, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setToolTip(tool_tip);
  button->setAutoDefault(false);
  return button;
}

}  // namespace

SavePresetDialog::SavePresetDialog(const GenerationRequest& now,
                                   const QImage& picture,
                                   const PresetStore& store,
                                   QWidget* parent)
    : QDialog(parent),
      now_(now),
      store_(store),
      picture_(picture),
      name_(new QLineEdit(this)),
      note_(new QPlainTextEdit(this)),
      place_(makeComboBox(this)),
      with_picture_(new QCheckBox(tr("With this &picture"), this)),
      parameters_(new QTreeWidget(this)),
      count_(new QLabel(this)),
      hint_(new QLabel(this)) {
  setObjectName(QStringLiteral("savePreset"));
  setWindowTitle(tr("Save settings as a preset"));
  resize(620, 600);
  name_->setObjectName(QStringLiteral("name"));
  name_->setMaxLength(kLongestPresetName);
  name_->setPlaceholderText(tr("What it is good for"));
  note_->setObjectName(QStringLiteral("noteField"));
  note_->setPlaceholderText(tr("Optional"));
  note_->setTabChangesFocus(true);
  note_->setFixedHeight(64);
  place_->setObjectName(QStringLiteral("place"));
  place_->addItem(tr("All projects"), static_cast<int>(PresetPlace::User));
  if (store.canKeepIn(PresetPlace::Project))
    place_->addItem(tr("This project only"), static_cast<int>(PresetPlace::Project));
  hint_->setObjectName(QStringLiteral("note"));
  hint_->setWordWrap(true);
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(12);
  form->setVerticalSpacing(8);
  form->addRow(tr("&Name"), name_);
  form->addRow(tr("N&ote"), note_);
  form->addRow(tr("&Keep in"), place_);
  auto* top = new QHBoxLayout;
  top->setSpacing(16);
  top->addLayout(form, 1);
  top->addWidget(makePicture(picture));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  save_ = buttons->addButton(tr("Save"), QDialogButtonBox::AcceptRole);
  save_->setObjectName(QStringLiteral("save"));
  save_->setDefault(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(12);
  layout->addLayout(top);
  layout->addWidget(makeParameters(), 1);
  layout->addWidget(hint_);
  layout->addWidget(buttons);
  connect(name_, &QLineEdit::textChanged, this, &SavePresetDialog::refresh);
  connect(place_, &QComboBox::currentIndexChanged, this, &SavePresetDialog::refresh);
  connect(parameters_, &QTreeWidget::itemChanged, this, &SavePresetDialog::refresh);
  connect(note_, &QPlainTextEdit::textChanged, this, &SavePresetDialog::refresh);
  connect(buttons, &QDialogButtonBox::accepted, this, &SavePresetDialog::save);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  fillParameters();
  check(differingPaths(now_, store_.catalogue()));
  name_->setFocus();
}

QWidget* SavePresetDialog::makePicture(const QImage& picture) {
  auto* box = new QWidget(this);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  auto* preview = new QLabel(box);
  preview->setFixedSize(kPreviewSide, kPreviewSide);
  preview->setAlignment(Qt::AlignCenter);
  if (picture.isNull()) {
    preview->setObjectName(QStringLiteral("note"));
    preview->setText(tr("No picture\nyet"));
  } else {
    const qreal ratio = devicePixelRatioF();
    QPixmap pixmap =
        QPixmap::fromImage(picture.scaled((QSizeF(kPreviewSide, kPreviewSide) * ratio).toSize(),
                                          Qt::KeepAspectRatio,
                                          Qt::SmoothTransformation));
    pixmap.setDevicePixelRatio(ratio);
    preview->setPixmap(pixmap);
    preview->setAccessibleName(tr("The picture on screen"));
  }
  with_picture_->setObjectName(QStringLiteral("withPicture"));
  with_picture_->setChecked(!picture.isNull());
  with_picture_->setEnabled(!picture.isNull());
  layout->addWidget(preview, 0, Qt::AlignHCenter);
  layout->addWidget(with_picture_);
  layout->addStretch(1);
  return box;
}

QWidget* SavePresetDialog::makeParameters() {
  parameters_->setObjectName(QStringLiteral("parameters"));
  parameters_->setAccessibleName(tr("Settings to keep"));
  parameters_->setStyleSheet(itemViewSheet());
  parameters_->setColumnCount(2);
  parameters_->setHeaderHidden(true);
  parameters_->setRootIsDecorated(false);
  parameters_->setIndentation(16);
  parameters_->setUniformRowHeights(true);
  parameters_->setExpandsOnDoubleClick(false);
  parameters_->setItemsExpandable(false);
  parameters_->setTextElideMode(Qt::ElideRight);
  parameters_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  count_->setObjectName(QStringLiteral("note"));
  auto* differing = small(tr("&Changed"), tr("Those that differ from their defaults"), this);
  auto* all = small(tr("&All"), tr("Every setting"), this);
  auto* none = small(tr("Non&e"), tr("Clear all check marks"), this);
  differing->setObjectName(QStringLiteral("checkChanged"));
  all->setObjectName(QStringLiteral("checkAll"));
  none->setObjectName(QStringLiteral("checkNone"));
  auto* box = new QWidget(this);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(makeHeading(tr("Settings to keep"), this));
  row->addWidget(count_, 1);
  row->addWidget(differing);
  row->addWidget(all);
  row->addWidget(none);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addLayout(row);
  layout->addWidget(parameters_, 1);
  connect(differing, &QPushButton::clicked, this, [this] {
    check(differingPaths(now_, store_.catalogue()));
  });
  connect(all, &QPushButton::clicked, this, [this] {
    std::set<std::string> paths;
    for (const JobParam& param : job_params(store_.catalogue())) paths.insert(param.path);
    check(paths);
  });
  connect(none, &QPushButton::clicked, this, [this] { check({}); });
  return box;
}

void SavePresetDialog::fillParameters() {
  const QSignalBlocker quiet(parameters_);
  const auto params = job_params(store_.catalogue());
  std::set<std::string> paths;
  for (const JobParam& param : params) paths.insert(param.path);
  const PresetValues values = valuesOf(now_, store_.catalogue(), paths);
  QTreeWidgetItem* group = nullptr;
  const Card* card = nullptr;
  for (const JobParam& param : params) {
    const auto value = values.find(param.path);
    if (value == values.end()) continue;
    if (param.card != card) {
      card = param.card;
      group = new QTreeWidgetItem(parameters_, {fromView(card->label)});
      group->setFirstColumnSpanned(true);
      group->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable | Qt::ItemIsAutoTristate);
      group->setCheckState(0, Qt::Unchecked);
    }
    const QString text = paramText(param, value->second);
    auto* item = new QTreeWidgetItem(group, {fromView(param.spec->label), text});
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setCheckState(0, Qt::Unchecked);
    item->setData(0, kPathRole, QString::fromStdString(param.path));
    item->setToolTip(0, fromView(param.spec->doc));
    item->setToolTip(1, text);
  }
  parameters_->expandAll();
  parameters_->resizeColumnToContents(0);
  parameters_->setColumnWidth(0, std::min(parameters_->columnWidth(0) + 24, 260));
  if (parameters_->topLevelItemCount() > 0)
    parameters_->setCurrentItem(parameters_->topLevelItem(0));
}

void SavePresetDialog::check(const std::set<std::string>& paths) {
  {
    const QSignalBlocker quiet(parameters_);
    for (QTreeWidgetItemIterator it(parameters_); *it != nullptr; ++it) {
      const QString path = (*it)->data(0, kPathRole).toString();
      if (path.isEmpty()) continue;
      (*it)->setCheckState(0, paths.contains(path.toStdString()) ? Qt::Checked : Qt::Unchecked);
    }
  }
  parameters_->viewport()->update();
  refresh();
}

std::set<std::string> SavePresetDialog::checkedPaths() const {
  std::set<std::string> paths;
  for (QTreeWidgetItemIterator it(parameters_); *it != nullptr; ++it) {
    const QString path = (*it)->data(0, kPathRole).toString();
    if (!path.isEmpty() && (*it)->checkState(0) == Qt::Checked) paths.insert(path.toStdString());
  }
  return paths;
}

PresetPlace SavePresetDialog::place() const {
  return static_cast<PresetPlace>(place_->currentData().toInt());
}

void SavePresetDialog::refresh() {
  const auto count = checkedPaths().size();
  const QString name = name_->text().simplified();
  const bool note_fits = note_->toPlainText().size() <= kLongestPresetNote;
  const bool replaces = store_.findByName(place(), name) != nullptr;
  count_->setText(count == 1 ? tr("1 chosen") : tr("%1 chosen").arg(count));
  save_->setText(replaces ? tr("Replace") : tr("Save"));
  save_->setEnabled(count > 0 && !name.isEmpty() && note_fits);
  setWrong(note_, !note_fits);
  hint_->setText(!note_fits ? tr("The note may have at most %1 characters.").arg(kLongestPresetNote)
                 : count == 0     ? tr("Choose at least one setting to keep.")
                 : name.isEmpty() ? tr("Applying the preset later changes only the settings chosen "
                                       "here. Give it a name.")
                 : replaces
                     ? tr("There is a preset of this name; it will be replaced.")
                     : tr("Applying the preset later changes only the settings chosen here."));
}

void SavePresetDialog::save() {
  if (!save_->isEnabled()) return;
  Preset preset;
  preset.name = name_->text().simplified();
  preset.note = note_->toPlainText().trimmed();
  preset.values = valuesOf(now_, store_.catalogue(), checkedPaths());
  if (with_picture_->isChecked()) preset.picture = presetPicture(picture_);
  const PresetEntry* same = store_.findByName(place(), preset.name);
  if (same != nullptr) preset.starred = same->preset.starred;
  Q_EMIT saveAsked(place(), preset, same != nullptr ? same->id : QString());
  accept();
}

}  // namespace studio::ui
