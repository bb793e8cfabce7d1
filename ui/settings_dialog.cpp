// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a user sets once: looks, notifications, previews, folders.
#include "ui/settings_dialog.h"

#include "ui/icons.h"
#include "ui/preview_settings.h"
#include "ui/settings_store.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>

namespace studio::ui {
namespace {

QLabel* heading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text.toUpper(), parent);
  label->setObjectName(QStringLiteral("heading"));
  label->setAccessibleName(text);
  label->setContentsMargins(0, 8, 0, 0);
  return label;
}

}  // namespace

SettingsDialog::SettingsDialog(SettingsStore& settings, QWidget* parent)
    : QDialog(parent),
      settings_(settings),
      theme_(new QComboBox(this)),
      text_px_(new QSpinBox(this)),
      notify_(new QSpinBox(this)),
      previews_(new QSpinBox(this)),
      folder_(new QLineEdit(this)),
      folder_error_(new QLabel(this)) {
  setObjectName(QStringLiteral("settingsDialog"));
  setWindowTitle(tr("Settings"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 16, 24, 16);
  layout->setSpacing(16);
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(24);
  form->setVerticalSpacing(8);
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  addLooks(form);
  addWork(form);
  addFolder(form);
  layout->addLayout(form);
  layout->addStretch(1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  QPushButton* shortcuts = buttons->addButton(tr("Shortcuts…"), QDialogButtonBox::ActionRole);
  shortcuts->setObjectName(QStringLiteral("shortcutsButton"));
  shortcuts->setIcon(glyphIcon(Glyph::Keyboard));
  shortcuts->setAutoDefault(false);
  buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
  connect(shortcuts, &QPushButton::clicked, this, &SettingsDialog::shortcutsAsked);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  layout->addWidget(buttons);
  setMinimumWidth(520);
  theme_->setFocus();
}

QLabel* SettingsDialog::note(const QString& text) {
  auto* label = new QLabel(text, this);
  label->setObjectName(QStringLiteral("note"));
  label->setWordWrap(true);
  return label;
}

void SettingsDialog::addLooks(QFormLayout* form) {
  form->addRow(heading(tr("Looks"), this));
  theme_->setObjectName(QStringLiteral("themeCombo"));
  theme_->setAccessibleName(tr("Theme"));
  theme_->addItems({tr("As the system"), tr("Dark"), tr("Light")});
  theme_->setCurrentIndex(static_cast<int>(settings_.themeChoice()));
  connect(theme_, &QComboBox::activated, this, [this](int index) {
    settings_.setThemeChoice(static_cast<ThemeChoice>(index));
    Q_EMIT themeChosen(settings_.themeChoice());
  });
  form->addRow(tr("&Theme"), theme_);
  text_px_->setObjectName(QStringLiteral("textSizeSpin"));
  text_px_->setAccessibleName(tr("Text size"));
  text_px_->setRange(kLeastTextPx, kLargestTextPx);
  text_px_->setSuffix(tr(" px"));
  text_px_->setValue(settings_.textPx());
  text_px_->setToolTip(tr("Size of all text in the window; %1 px is usual").arg(kUsualTextPx));
  connect(text_px_, &QSpinBox::valueChanged, this, [this](int text_px) {
    settings_.setTextPx(text_px);
    Q_EMIT textPxChosen(text_px);
  });
  form->addRow(tr("Text &size"), text_px_);
}

void SettingsDialog::addWork(QFormLayout* form) {
  form->addRow(heading(tr("Work"), this));
  notify_->setObjectName(QStringLiteral("notifySpin"));
  notify_->setAccessibleName(tr("Notify after"));
  notify_->setRange(0, kLargestNotifySeconds);
  notify_->setSuffix(tr(" s"));
  notify_->setSpecialValueText(tr("Never"));
  notify_->setValue(settings_.notifyAfterSeconds());
  connect(notify_, &QSpinBox::valueChanged, this, [this](int seconds) {
    settings_.setNotifyAfterSeconds(seconds);
    Q_EMIT notifyAfterChosen(seconds);
  });
  form->addRow(tr("&Notify after"), notify_);
  form->addRow(
      QString(),
      note(tr("When a job or sweep took at least this long and the window is not in front.")));
  previews_->setObjectName(QStringLiteral("previewSpin"));
  previews_->setAccessibleName(tr("Preview budget"));
  previews_->setRange(0, kLargestPreviewPercent);
  previews_->setSuffix(tr(" %"));
  previews_->setSpecialValueText(tr("No previews"));
  previews_->setValue(settings_.previewBudgetPercent());
  connect(previews_, &QSpinBox::valueChanged, this, [this](int percent) {
    settings_.setPreviewBudgetPercent(percent);
    Q_EMIT previewBudgetChosen(percent);
  });
  form->addRow(tr("&Preview budget"), previews_);
  form->addRow(QString(), note(tr("The share of a run's time that forming pictures may cost.")));
  auto* methods = new PreviewSettings(settings_, form, this);
  connect(methods, &PreviewSettings::chosen, this, &SettingsDialog::previewChoiceChosen);
  auto* memory = new QComboBox(this);
  memory->setObjectName(QStringLiteral("memoryCombo"));
  memory->setAccessibleName(tr("Model in the GPU's memory"));
  // In the order of MemoryMode.
  memory->addItems({tr("As it fits"), tr("All of it"), tr("Its parts in turn (8 GB)"), tr("In pieces (6 GB)")});
  memory->setCurrentIndex(static_cast<int>(settings_.memoryMode()));
  connect(memory, &QComboBox::activated, this, [this](int index) {
    settings_.setMemoryMode(static_cast<MemoryMode>(index));
  });
  form->addRow(tr("&Model in GPU"), memory);
  form->addRow(QString(), note(tr("From the next start on. The less of it is there, the slower it is.")));
}

void SettingsDialog::addFolder(QFormLayout* form) {
  form->addRow(heading(tr("Files"), this));
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  folder_->setObjectName(QStringLiteral("folderEdit"));
  folder_->setAccessibleName(tr("Folder of new projects"));
  folder_->setText(QDir::toNativeSeparators(settings_.projectFolder()));
  auto* choose = new QToolButton(this);
  choose->setObjectName(QStringLiteral("chooseFolder"));
  choose->setIcon(glyphIcon(Glyph::Folder));
  choose->setAccessibleName(tr("Choose a folder"));
  choose->setToolTip(tr("Choose a folder"));
  row->addWidget(folder_, 1);
  row->addWidget(choose);
  auto* label = new QLabel(tr("New pro&jects in"), this);
  label->setBuddy(folder_);
  form->addRow(label, row);
  folder_error_->setObjectName(QStringLiteral("rowError"));
  folder_error_->setWordWrap(true);
  folder_error_->hide();
  form->addRow(QString(), folder_error_);
  connect(folder_, &QLineEdit::editingFinished, this, [this] {
    takeFolder(QDir::fromNativeSeparators(folder_->text().trimmed()));
  });
  connect(choose, &QToolButton::clicked, this, [this] {
    auto* dialog = new QFileDialog(this, tr("Folder of new projects"), settings_.projectFolder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &SettingsDialog::takeFolder);
    dialog->open();
  });
}

// Whether the folder can be written shows when a project is made: a disk may be away now.
void SettingsDialog::takeFolder(const QString& folder) {
  const bool usable = QDir::isAbsolutePath(folder);
  setStyleProperty(folder_, "wrong", !usable);
  folder_error_->setVisible(!usable);
  if (!usable) {
    folder_error_->setText(folder.isEmpty()
                               ? tr("New projects need a folder.")
                               : tr("“%1” is no full path, such as %2.")
                                     .arg(folder, QDir::toNativeSeparators(QDir::homePath())));
    return;
  }
  const QString clean = QDir::cleanPath(folder);
  folder_->setText(QDir::toNativeSeparators(clean));
  if (clean == settings_.projectFolder()) return;
  settings_.setProjectFolder(clean);
  Q_EMIT projectFolderChosen(clean);
}

}  // namespace studio::ui
