// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Dialogs behind the window's commands, the palette's sources, and what the desktop is told.
#include "core/api/request.h"
#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/busy.h"
#include "ui/command_palette.h"
#include "ui/command_palette_params.h"
#include "ui/command_palette_places.h"
#include "ui/control_panel.h"
#include "ui/desktop_bus.h"
#include "ui/gallery_page.h"
#include "ui/job_text.h"
#include "ui/main_actions.h"
#include "ui/main_window.h"
#include "ui/preset_store.h"
#include "ui/project_desk.h"
#include "ui/queue_model.h"
#include "ui/settings_dialog.h"
#include "ui/shortcut_editor.h"

#include <QApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QVBoxLayout>

namespace studio::ui {

void MainActions::setUpPalette() {
  palette_ = new CommandPalette(*registry_, &window_.settings_, &window_);
  palette_->addProvider(parameterProvider(
      window_.catalogue_,
      [this] { return window_.controls_->request(); },
      [this](const JobParam& param, const std::optional<ParamValue>& value) {
        setParameter(param, value);
      },
      [this](const JobParam& param) { return window_.controls_->suggestionsFor(param); }));
  palette_->addProvider(presetProvider(
      [this] {
        const PresetStore* store = window_.project_->presets();
        return store == nullptr ? nullptr : &store->entries();
      },
      [this](const QString& id) { applyPreset(id); }));
  palette_->addProvider(
      projectProvider([this] { return window_.project_->recent().list(); },
                      [this] { return window_.project_->folder(); },
                      [this](const RecentProject& project) { openProject(project); }));
  palette_->addProvider(gallerySearchProvider([this](const QString& text) {
    window_.showPage(Page::Gallery);
    window_.gallery_page_->searchFor(text);
  }));
}

void MainActions::setParameter(const JobParam& param, const std::optional<ParamValue>& value) {
  const GenerationRequest before = window_.controls_->request();
  GenerationRequest request = before;
  if (const auto done = set(request, window_.catalogue_, param.path, value); !done) {
    window_.banner_->show(Banner::Kind::Error, QString::fromStdString(done.error().message));
    return;
  }
  if (request == before) return;
  window_.applyRequest(request);
  window_.pushUndo(paramLabel(param, job_params(window_.catalogue_)), before);
  window_.edited();
}

void MainActions::applyPreset(const QString& id) {
  const PresetEntry* entry = window_.project_->presets()->find(id);
  if (entry == nullptr) return;
  const auto result =
      appliedPreset(window_.controls_->request(), entry->preset, window_.catalogue_);
  if (!result)
    return window_.banner_->show(Banner::Kind::Error,
                                 QString::fromStdString(result.error().message));
  window_.showPage(Page::Picture);
  window_.applyUndoably(result.value(), tr("Preset “%1”").arg(entry->preset.name));
}

// What is listed may have been moved or deleted since.
void MainActions::openProject(const RecentProject& project) {
  if (!QFileInfo::exists(projectFilePath(project.folder))) {
    return window_.banner_->show(
        Banner::Kind::Error,
        tr("There is no project in %1 any more.").arg(QDir::toNativeSeparators(project.folder)));
  }
  Q_EMIT window_.projectAsked(project.folder, {});
}

void MainActions::setUpProgress() {
  // A window that no desktop shows has no launcher and no one to notify.
  const QString platform = QGuiApplication::platformName();
  if (platform != QLatin1String("offscreen") && platform != QLatin1String("minimal")) {
    bus_ = new DesktopBus(QGuiApplication::desktopFileName().isEmpty()
                              ? QStringLiteral("seg-studio")
                              : QGuiApplication::desktopFileName(),
                          this);
    connect(bus_, &DesktopBus::prefersDark, this, [this](bool dark) {
      setSystemPrefersDark(dark);
      const bool follows = window_.settings_.themeChoice() == ThemeChoice::System;
      if (follows && theme().dark != dark) window_.chooseTheme(ThemeChoice::System);
    });
  }
  progress_ = new ProgressReporter(&window_, bus_);
  progress_->setNotifyAfter(window_.settings_.notifyAfterSeconds());
  RunController* runner = window_.runner_;
  connect(runner, &RunController::statusChanged, progress_, [this](const RunStatus& status) {
    const bool loading = status.phase == Phase::LoadingModel;
    if (loading) return progress_->setProgress(status.fraction, -1, tr("Loading model"));
    const double done = status.steps > 0 ? static_cast<double>(status.step) / status.steps : -1;
    progress_->setProgress(done, status.step > 0 ? status.seconds_left : -1);
  });
  // While the queue works, what comes between its steps says nothing of its own.
  const auto queue_works = [this] { return window_.queue_->runningRow() >= 0; };
  connect(runner, &RunController::cancelled, progress_, [this, queue_works] {
    if (!queue_works()) progress_->idle();
  });
  connect(runner, &RunController::failed, progress_, [this, queue_works](const Error& error) {
    if (queue_works()) return;
    progress_->finished(tr("The job failed"), QString::fromStdString(error.message));
  });
  connect(runner, &RunController::runningChanged, progress_, [this, queue_works](bool running) {
    if (running || !progress_->isBusy() || queue_works()) return;
    const GenerationRequest& request = window_.controls_->request();
    const QString prompt = QString::fromStdString(request.prompts.front()).simplified();
    const QString what = guidanceText(request, window_.catalogue_, tr("unguided"));
    progress_->finished(tr("The picture is ready"),
                        prompt.isEmpty() ? what : tr("%1 · %2").arg(prompt, what));
  });
}

void MainActions::showShortcuts() {
  if (shortcuts_ == nullptr) {
    shortcuts_ = new ShortcutEditor(*registry_, &window_);
    shortcuts_->setAttribute(Qt::WA_DeleteOnClose);
  }
  shortcuts_->open();
}

void MainActions::showSettings() {
  if (settings_ == nullptr) {
    auto* dialog = new SettingsDialog(window_.settings_, &window_);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SettingsDialog::themeChosen, this, [this](ThemeChoice choice) {
      window_.chooseTheme(choice);
      showTheme();
    });
    connect(dialog, &SettingsDialog::textPxChosen, this, &MainActions::applyTextSize);
    connect(
        dialog, &SettingsDialog::notifyAfterChosen, progress_, &ProgressReporter::setNotifyAfter);
    connect(dialog, &SettingsDialog::previewBudgetChosen, this, [this](int percent) {
      window_.runner_->setPreviewBudget(percent / 100.0);
      window_.queue_->setPreviewBudget(percent / 100.0);
    });
    connect(dialog, &SettingsDialog::previewChoiceChosen, this, [this] {
      window_.runner_->setPreviewChoice(window_.settings_.previewChoice());
      window_.queue_->setPreviewChoice(window_.settings_.previewChoice());
    });
    connect(dialog, &SettingsDialog::shortcutsAsked, this, [this, dialog] {
      dialog->close();
      showShortcuts();
    });
    settings_ = dialog;
  }
  settings_->open();
}

void MainActions::applyTextSize(int text_px) {
  if (text_px == interfaceTextPx()) return;
  setInterfaceTextPx(text_px);
  window_.chooseTheme(window_.settings_.themeChoice());
}

void MainActions::openDialog() {
  auto* dialog = new QFileDialog(&window_,
                                 tr("Open a job"),
                                 window_.settings_.lastFolder(),
                                 tr("Jobs and pictures (*.json *.png)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    window_.settings_.setLastFolder(QFileInfo(path).absolutePath());
    window_.openJob(path);
  });
  dialog->open();
}

void MainActions::modelDialog(int mode) {
  auto* dialog =
      new QFileDialog(&window_, tr("Choose an SDXL model"), window_.settings_.lastFolder());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(static_cast<QFileDialog::FileMode>(mode));
  if (mode == QFileDialog::ExistingFile) dialog->setNameFilter(tr("Checkpoints (*.safetensors)"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    window_.settings_.setLastFolder(QFileInfo(path).absolutePath());
    window_.useModel(path);
  });
  dialog->open();
}

void MainActions::savePictureDialog() {
  auto* dialog = new QFileDialog(
      &window_, tr("Save the guided picture"), window_.settings_.lastFolder(), tr("PNG (*.png)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("png"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    window_.savePicture(path);
  });
  dialog->open();
}

void MainActions::saveJobDialog() {
  auto* dialog = new QFileDialog(
      &window_, tr("Save the job"), window_.settings_.lastFolder(), tr("Jobs (*.json)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("json"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    window_.saveJobAs(path);
  });
  dialog->open();
}

void MainActions::showAbout() {
  auto* dialog = new QDialog(&window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("About SEG Studio"));
  auto* layout = new QVBoxLayout(dialog);
  layout->setContentsMargins(24, 20, 24, 16);
  auto* text = new QLabel(
      tr("<h3>SEG Studio %1</h3><p>A workshop for Smoothed Energy Guidance on SDXL models.</p>"
         "<p>Hong, <i>Smoothed Energy Guidance: Guiding Diffusion Models with Reduced Energy "
         "Curvature "
         "of Attention</i>, NeurIPS 2024.</p><p>MIT licence. Built with Qt %2 and LibTorch.</p>")
          .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())),
      dialog);
  text->setWordWrap(true);
  text->setMinimumWidth(380);
  layout->addWidget(text);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  layout->addWidget(buttons);
  dialog->open();
}

}  // namespace studio::ui
