// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Menus and shortcuts of the window.
#include "ui/main_actions.h"

#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_strip.h"
#include "ui/main_window.h"
#include "ui/param_form.h"
#include "ui/view_bar.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDesktopServices>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QMenuBar>
#include <QUndoStack>
#include <QUrl>

namespace studio::ui {

MainActions::MainActions(MainWindow& window) : QObject(&window), window_(window) {
  fileMenu();
  editMenu();
  jobMenu();
  viewMenu();
  helpMenu();
}

QAction* MainActions::add(QMenu* menu,
                          const QString& text,
                          const QKeySequence& keys,
                          const std::function<void()>& act) {
  QAction* action = menu->addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, act);
  return action;
}

void MainActions::fileMenu() {
  QMenu* menu = window_.menuBar()->addMenu(tr("&File"));
  add(menu, tr("&Open job or picture…"), QKeySequence::Open, [this] { openDialog(); });
  add(menu, tr("&Save job as…"), QKeySequence::Save, [this] { saveJobDialog(); });
  add(menu, tr("Save &picture as…"), QKeySequence(QStringLiteral("Ctrl+Shift+S")), [this] {
    savePictureDialog();
  });
  menu->addSeparator();
  add(menu, tr("Choose a &model folder…"), {}, [this] { modelDialog(QFileDialog::Directory); });
  add(menu, tr("Choose a model &file…"), {}, [this] { modelDialog(QFileDialog::ExistingFile); });
  menu->addSeparator();
  add(menu, tr("Show the &gallery folder"), {}, [this] {
    QDesktopServices::openUrl(QUrl::fromLocalFile(window_.gallery_->folder()));
  });
  menu->addSeparator();
  add(menu, tr("&Quit"), QKeySequence(QStringLiteral("Ctrl+Q")), [this] { window_.close(); });
}

void MainActions::editMenu() {
  QMenu* menu = window_.menuBar()->addMenu(tr("&Edit"));
  QAction* undo = window_.undo_->createUndoAction(&window_, tr("Undo"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = window_.undo_->createRedoAction(&window_, tr("Redo"));
  redo->setShortcuts(
      {QKeySequence(QStringLiteral("Ctrl+Shift+Z")), QKeySequence(QStringLiteral("Ctrl+Y"))});
  menu->addActions({undo, redo});
  menu->addSeparator();
  add(menu, tr("&New seed"), QKeySequence(QStringLiteral("Ctrl+R")), [this] {
    window_.controls_->rollSeed();
  });
  add(menu, tr("Go to the &prompt"), QKeySequence(QStringLiteral("Ctrl+P")), [this] {
    window_.controls_->focusPrompt();
  });
}

void MainActions::jobMenu() {
  QMenu* menu = window_.menuBar()->addMenu(tr("&Job"));
  QAction* run = add(menu, tr("&Generate"), {}, [this] { window_.generate(); });
  run->setShortcuts(
      {QKeySequence(QStringLiteral("Ctrl+Return")), QKeySequence(QStringLiteral("Ctrl+Enter"))});
  add(menu, tr("&Cancel"), QKeySequence(Qt::Key_Escape), [this] {
    if (!window_.runner_->isRunning()) window_.banner_->dismiss();
    window_.runner_->cancel();
  });
  QAction* live = add(menu, tr("&Live"), QKeySequence(QStringLiteral("Ctrl+L")), [this] {
    window_.controls_->setLive(!window_.controls_->isLive());
  });
  live->setCheckable(true);
  live->setChecked(window_.controls_->isLive());
  connect(window_.controls_, &ControlPanel::liveToggled, live, &QAction::setChecked);
}

void MainActions::viewMenu() {
  QMenu* menu = window_.menuBar()->addMenu(tr("&View"));
  menu->addActions(window_.view_bar_->modes()->actions());
  menu->addSeparator();
  CompareView* view = window_.view_;
  add(menu, tr("Zoom &in"), QKeySequence::ZoomIn, [view] {
    view->zoomBy(1.25, view->rect().center());
  });
  add(menu, tr("Zoom &out"), QKeySequence::ZoomOut, [view] {
    view->zoomBy(0.8, view->rect().center());
  });
  add(menu, tr("&Fit"), QKeySequence(QStringLiteral("Ctrl+0")), [view] { view->fit(); });
  menu->addSeparator();
  QAction* side = add(menu, tr("&Numbers"), QKeySequence(QStringLiteral("Ctrl+I")), [] {});
  side->setCheckable(true);
  side->setChecked(window_.side_wanted_);
  connect(side, &QAction::toggled, this, [this](bool on) {
    window_.side_wanted_ = on;
    window_.updateSide();
  });
  QAction* full = add(menu, tr("Full &screen"), QKeySequence(Qt::Key_F11), [this] {
    window_.isFullScreen() ? window_.showNormal() : window_.showFullScreen();
  });
  full->setShortcut(QKeySequence(Qt::Key_F11));
  QMenu* themes = menu->addMenu(tr("&Theme"));
  auto* group = new QActionGroup(this);
  const std::pair<ThemeChoice, QString> choices[] = {{ThemeChoice::System, tr("As the &system")},
                                                     {ThemeChoice::Dark, tr("&Dark")},
                                                     {ThemeChoice::Light, tr("&Light")}};
  for (const auto& [choice, text] : choices) {
    QAction* action = themes->addAction(text);
    action->setCheckable(true);
    action->setChecked(window_.settings_.themeChoice() == choice);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [this, picked = choice] {
      window_.chooseTheme(picked);
    });
  }
}

void MainActions::helpMenu() {
  QMenu* menu = window_.menuBar()->addMenu(tr("&Help"));
  QAction* keys = add(menu, tr("&Shortcuts"), {}, [this] { showShortcuts(); });
  keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(QStringLiteral("Ctrl+?"))});
  add(menu, tr("&About SEG Studio"), {}, [this] { showAbout(); });
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

void MainActions::showShortcuts() {
  auto* dialog = new QDialog(&window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Shortcuts"));
  auto* grid = new QGridLayout(dialog);
  grid->setContentsMargins(20, 16, 20, 16);
  grid->setHorizontalSpacing(28);
  grid->setVerticalSpacing(6);
  const std::pair<QString, QString> keys[] = {
      {tr("Ctrl+Return"), tr("Generate the picture and its unguided twin")},
      {tr("Esc"), tr("Cancel the job, or dismiss a message")},
      {tr("Ctrl+L"), tr("Live: the picture follows the sliders")},
      {tr("Ctrl+R"), tr("New seed")},
      {tr("Ctrl+Z, Ctrl+Shift+Z"), tr("Undo, redo a change of a parameter")},
      {tr("Hold F or Space"), tr("See the unguided twin")},
      {tr("1, 2, 3, 4"), tr("Wipe, side by side, flip, single")},
      {tr("Left, Right"), tr("Move the wipe (Shift: further), or the slider in focus")},
      {tr("Page up, Page down"), tr("Ten steps of a slider")},
      {tr("Home, End"), tr("Ends of a slider; End of the blur is infinity")},
      {tr("+, −, 0"), tr("Zoom in, out, fit; the wheel zooms at the pointer")},
      {tr("Double-click a label"), tr("The parameter's default")},
      {tr("Delete in the gallery"), tr("Move the pair to the wastebasket")},
      {tr("Ctrl+I"), tr("Show or hide the numbers")},
      {tr("Ctrl+O, Ctrl+S"), tr("Open, save a job; or drop one of our pictures on the window")}};
  int row = 0;
  for (const auto& [key, text] : keys) {
    auto* name = new QLabel(key, dialog);
    QFont bold = name->font();
    bold.setWeight(QFont::DemiBold);
    name->setFont(bold);
    grid->addWidget(name, row, 0);
    grid->addWidget(new QLabel(text, dialog), row++, 1);
  }
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  grid->addWidget(buttons, row, 0, 1, 2);
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
