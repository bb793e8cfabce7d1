// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of the settings about how forming pictures are made.
#include "ui/preview_settings.h"

#include "ui/icons.h"
#include "ui/settings_store.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

namespace studio::ui {
namespace {

QString nameOf(PreviewMethod method) {
  switch (method) {
    case PreviewMethod::Auto:
      return PreviewSettings::tr("The best within the budget");
    case PreviewMethod::Rgb:
      return PreviewSettings::tr("Rough colours");
    case PreviewMethod::Taesd:
      return PreviewSettings::tr("Small decoder (TAESDXL)");
    case PreviewMethod::Vae:
      break;
  }
  return PreviewSettings::tr("The model's own decoder");
}

}  // namespace

PreviewSettings::PreviewSettings(SettingsStore& settings, QFormLayout* form, QWidget* dialog)
    : QObject(dialog),
      settings_(settings),
      dialog_(dialog),
      method_(new QComboBox(dialog)),
      decoder_(new QLineEdit(dialog)) {
  const PreviewChoice choice = settings_.previewChoice();
  method_->setObjectName(QStringLiteral("previewMethodCombo"));
  method_->setAccessibleName(tr("Previews by"));
  for (const PreviewMethodName& name : kPreviewMethods) method_->addItem(nameOf(name.method));
  method_->setCurrentIndex(static_cast<int>(choice.method));
  connect(method_, &QComboBox::activated, this, &PreviewSettings::take);
  form->addRow(tr("Previews &by"), method_);

  decoder_->setObjectName(QStringLiteral("previewDecoderEdit"));
  decoder_->setAccessibleName(tr("Small decoder for previews"));
  decoder_->setPlaceholderText(tr("None"));
  decoder_->setText(QDir::toNativeSeparators(QString::fromStdString(choice.decoder_path)));
  connect(decoder_, &QLineEdit::editingFinished, this, &PreviewSettings::take);
  auto* choose = new QToolButton(dialog);
  choose->setObjectName(QStringLiteral("choosePreviewDecoder"));
  choose->setIcon(glyphIcon(Glyph::Folder));
  choose->setAccessibleName(tr("Choose a decoder file"));
  choose->setToolTip(tr("Choose a decoder file"));
  connect(choose, &QToolButton::clicked, this, &PreviewSettings::chooseFile);
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  row->addWidget(decoder_, 1);
  row->addWidget(choose);
  auto* label = new QLabel(tr("Small &decoder"), dialog);
  label->setBuddy(decoder_);
  form->addRow(label, row);
}

void PreviewSettings::take() {
  PreviewChoice choice;
  choice.method = static_cast<PreviewMethod>(method_->currentIndex());
  choice.decoder_path = QDir::fromNativeSeparators(decoder_->text().trimmed()).toStdString();
  if (choice == settings_.previewChoice()) return;
  settings_.setPreviewChoice(choice);
  Q_EMIT chosen();
}

void PreviewSettings::chooseFile() {
  auto* dialog = new QFileDialog(dialog_,
                                 tr("A TAESDXL decoder"),
                                 QFileInfo(decoder_->text()).absolutePath(),
                                 tr("Weights (*.safetensors)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    decoder_->setText(QDir::toNativeSeparators(path));
    take();
  });
  dialog->open();
}

}  // namespace studio::ui
