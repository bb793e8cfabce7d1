// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Commands of the window: registered once, then in menus, palette and shortcut editor.
#include "ui/main_actions.h"

#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/command_palette.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_strip.h"
#include "ui/main_window.h"
#include "ui/sweep_page.h"
#include "ui/view_bar.h"

#include <QAction>
#include <QActionGroup>
#include <QDesktopServices>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QUndoStack>
#include <QUrl>

namespace studio::ui {
namespace {

QKeySequence keys(const char* text) { return QKeySequence(QLatin1String(text)); }

}  // namespace

MainActions::MainActions(MainWindow& window)
    : QObject(&window), window_(window), registry_(new ActionRegistry(&window, &window.settings_)) {
  addFileActions();
  addEditActions();
  addJobActions();
  addViewActions();
  addThemeActions();
  addHelpActions();
  addProjectActions();
  addPageActions();
  addQueueActions();
  addSweepActions();
  addPictureActions();
  addFixedKeys();
  setUpPalette();
  setUpProgress();
  buildMenus();
}

void MainActions::addFileActions() {
  const QString file = tr("File");
  registry_->add({"file.open",
                  file,
                  tr("&Open job or picture…"),
                  QKeySequence::keyBindings(QKeySequence::Open),
                  [this] { openDialog(); },
                  tr("Restores a job from its file or from one of our pictures")});
  registry_->add({"file.saveJob",
                  file,
                  tr("&Save job as…"),
                  QKeySequence::keyBindings(QKeySequence::Save),
                  [this] { saveJobDialog(); }});
  registry_->add({"file.savePicture",
                  file,
                  tr("Save &picture as…"),
                  {keys("Ctrl+Shift+S")},
                  [this] { savePictureDialog(); },
                  tr("Writes the guided picture with its job inside")});
  registry_->add({"model.browse",
                  file,
                  tr("Mo&dels and LoRAs…"),
                  {keys("Ctrl+M")},
                  [this] { window_.showModels(); },
                  tr("What is in your folders of models, to choose from")});
  registry_->add({"model.folder", file, tr("Choose a &model folder…"), {}, [this] {
                    modelDialog(QFileDialog::Directory);
                  }});
  registry_->add({"model.file", file, tr("Choose a model &file…"), {}, [this] {
                    modelDialog(QFileDialog::ExistingFile);
                  }});
  registry_->add({"gallery.folder", file, tr("Show the &gallery folder"), {}, [this] {
                    QDesktopServices::openUrl(QUrl::fromLocalFile(window_.gallery_->folder()));
                  }});
  registry_->add({"app.quit", file, tr("&Quit"), {keys("Ctrl+Q")}, [this] { window_.close(); }});
}

void MainActions::addEditActions() {
  const QString edit = tr("Edit");
  QAction* undo = window_.undo_->createUndoAction(&window_, tr("Undo"));
  undo->setShortcuts({keys("Ctrl+Z")});
  registry_->adopt(undo, "edit.undo", edit, tr("Undo"));
  registry_->explainDisabled("edit.undo", [] { return tr("Nothing to undo"); });
  QAction* redo = window_.undo_->createRedoAction(&window_, tr("Redo"));
  redo->setShortcuts({keys("Ctrl+Shift+Z"), keys("Ctrl+Y")});
  registry_->adopt(redo, "edit.redo", edit, tr("Redo"));
  registry_->explainDisabled("edit.redo", [] { return tr("Nothing to redo"); });
  registry_->add({"seed.new",
                  edit,
                  tr("&New seed"),
                  {keys("Ctrl+R")},
                  [this] { window_.controls_->rollSeed(); },
                  tr("Draws another seed")});
  registry_->add({"prompt.focus", edit, tr("Go to the &prompt"), {keys("Ctrl+P")}, [this] {
                    window_.controls_->focusPrompt();
                  }});
  registry_->add(
      {"app.settings", edit, tr("Se&ttings…"), {keys("Ctrl+,")}, [this] { showSettings(); }});
}

void MainActions::addJobActions() {
  const QString job = tr("Job");
  registry_->add({"picture.generate",
                  job,
                  tr("&Generate"),
                  {keys("Ctrl+Return"), keys("Ctrl+Enter")},
                  [this] {
                    // The same key starts what the page is about.
                    if (window_.page_switch_->page() == Page::Sweep)
                      return window_.sweep_page_->editor()->runAsked();
                    window_.generate();
                  },
                  tr("Makes the picture and its unguided twin")});
  registry_->add({"picture.cancel",
                  job,
                  tr("&Cancel"),
                  {QKeySequence(Qt::Key_Escape)},
                  [this] {
                    if (!window_.runner_->isRunning()) window_.banner_->dismiss();
                    window_.runner_->cancel();
                  },
                  tr("Stops the job, or dismisses a message")});
  registry_->add({"queue.add",
                  job,
                  tr("Add to the &queue"),
                  {keys("Ctrl+Shift+Return"), keys("Ctrl+Shift+Enter")},
                  [this] { window_.addToQueue(); },
                  tr("The job as it is now waits for its turn")});
  QAction* live =
      registry_->add({.id = "picture.live",
                      .category = job,
                      .text = tr("&Live"),
                      .keys = {keys("Ctrl+L")},
                      .act = [this] { window_.controls_->setLive(!window_.controls_->isLive()); },
                      .tip = tr("The picture follows the sliders"),
                      .checkable = true,
                      .checked = window_.controls_->isLive()});
  connect(window_.controls_, &ControlPanel::liveToggled, live, &QAction::setChecked);
}

void MainActions::addViewActions() {
  const QString view_name = tr("View");
  for (QAction* mode : window_.view_bar_->modes()->actions()) {
    registry_->adopt(
        mode, QStringLiteral("compare.mode%1").arg(mode->data().toInt() + 1), tr("Compare"));
  }
  QList<QKeySequence> zoom_in = QKeySequence::keyBindings(QKeySequence::ZoomIn);
  if (!zoom_in.contains(keys("Ctrl+="))) zoom_in << keys("Ctrl+=");  // the same key without Shift
  registry_->add({"view.zoomIn",
                  view_name,
                  tr("Zoom &in"),
                  zoom_in,
                  [this] { window_.zoomPage(1); },
                  tr("The picture, the cells of a sweep, or the gallery's thumbnails")});
  registry_->add({"view.zoomOut",
                  view_name,
                  tr("Zoom &out"),
                  QKeySequence::keyBindings(QKeySequence::ZoomOut),
                  [this] { window_.zoomPage(-1); }});
  registry_->add({"view.fit",
                  view_name,
                  tr("&Fit"),
                  {keys("Ctrl+0")},
                  [this] { window_.zoomPage(0); },
                  tr("The whole picture or grid; in the gallery the usual size of thumbnails")});
  QAction* side = registry_->add({.id = "view.numbers",
                                  .category = view_name,
                                  .text = tr("&Numbers"),
                                  .keys = {keys("Ctrl+I")},
                                  .tip = tr("Shows or hides the numbers beside the picture"),
                                  .checkable = true,
                                  .checked = window_.side_wanted_});
  connect(side, &QAction::toggled, this, [this](bool on) {
    window_.side_wanted_ = on;
    window_.updateSide();
  });
  registry_->add(
      {"view.fullScreen", view_name, tr("Full &screen"), {QKeySequence(Qt::Key_F11)}, [this] {
         window_.isFullScreen() ? window_.showNormal() : window_.showFullScreen();
       }});
}

void MainActions::addThemeActions() {
  auto* group = new QActionGroup(this);
  struct Choice {
    ThemeChoice choice;
    QString id, text;
  };
  const Choice choices[] = {{ThemeChoice::System, "theme.system", tr("As the &system")},
                            {ThemeChoice::Dark, "theme.dark", tr("&Dark")},
                            {ThemeChoice::Light, "theme.light", tr("&Light")}};
  for (const Choice& each : choices) {
    QAction* action =
        registry_->add({.id = each.id,
                        .category = tr("Theme"),
                        .text = each.text,
                        .act = [this, picked = each.choice] { window_.chooseTheme(picked); },
                        .checkable = true});
    group->addAction(action);
  }
  showTheme();
}

void MainActions::showTheme() {
  const char* ids[] = {"theme.system", "theme.dark", "theme.light"};
  registry_->action(ids[static_cast<int>(window_.settings_.themeChoice())])->setChecked(true);
}

void MainActions::addHelpActions() {
  const QString help = tr("Help");
  registry_->add({.id = "app.palette",
                  .category = help,
                  .text = tr("&Command palette…"),
                  .keys = {keys("Ctrl+K"), keys("Ctrl+Shift+P")},
                  .act = [this] { palette_->isVisible() ? palette_->dismiss() : palette_->open(); },
                  .tip = tr("Finds and runs every command; sets parameters by name"),
                  .while_typing = true});
  registry_->add({"app.shortcuts",
                  help,
                  tr("&Shortcuts…"),
                  {QKeySequence(Qt::Key_F1), keys("Ctrl+?")},
                  [this] { showShortcuts(); },
                  tr("Shows and changes all shortcuts")});
  registry_->add({"app.about", help, tr("&About SEG Studio"), {}, [this] { showAbout(); }});
}

void MainActions::addFixedKeys() {
  const QString picture = tr("On the picture");
  registry_->addFixedKey({picture,
                          tr("Hold F or Space"),
                          tr("See the unguided twin"),
                          {QKeySequence(Qt::Key_F), QKeySequence(Qt::Key_Space)}});
  QList<QKeySequence> digits;
  for (int i = 0; i < window_.view_bar_->modes()->actions().size() && i < 9; ++i)
    digits << QKeySequence(static_cast<Qt::Key>(Qt::Key_1 + i));
  registry_->addFixedKey({picture,
                          tr("1 to %1").arg(digits.size()),
                          tr("Compare mode, in the order of the bar"),
                          digits});
  registry_->addFixedKey({picture,
                          tr("Left, Right"),
                          tr("Move the wipe; with Shift further, with Ctrl turn it"),
                          {QKeySequence(Qt::Key_Left), QKeySequence(Qt::Key_Right)}});
  registry_->addFixedKey({picture,
                          tr("[, ]"),
                          tr("Turn the wipe, or change what the mode has to set"),
                          {QKeySequence(Qt::Key_BracketLeft), QKeySequence(Qt::Key_BracketRight)}});
  registry_->addFixedKey({picture, tr("T"), tr("Swap the sides"), {QKeySequence(Qt::Key_T)}});
  registry_->addFixedKey({picture,
                          tr("L, O"),
                          tr("Link zoom and pan of the pictures, or forget their offsets"),
                          {QKeySequence(Qt::Key_L), QKeySequence(Qt::Key_O)}});
  registry_->addFixedKey(
      {picture, tr("Alt with arrows"), tr("Move one picture against the other, pixel by pixel")});
  registry_->addFixedKey({picture,
                          tr("R, N"),
                          tr("Of three or four pictures: the next reference, the next other one"),
                          {QKeySequence(Qt::Key_R), QKeySequence(Qt::Key_N)}});
  registry_->addFixedKey(
      {picture,
       tr("+, −, 0"),
       tr("Zoom in, out, fit; the wheel zooms at the pointer"),
       {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::Key_Minus), QKeySequence(Qt::Key_0)}});
  const QString parameters = tr("On a parameter");
  registry_->addFixedKey({parameters, tr("Left, Right"), tr("Move the slider by a step")});
  registry_->addFixedKey({parameters,
                          tr("Page up, Page down"),
                          tr("Ten steps of a slider"),
                          {QKeySequence(Qt::Key_PageUp), QKeySequence(Qt::Key_PageDown)}});
  registry_->addFixedKey({parameters,
                          tr("Home, End"),
                          tr("Ends of a slider; End of the blur is infinity"),
                          {QKeySequence(Qt::Key_Home), QKeySequence(Qt::Key_End)}});
  registry_->addFixedKey({parameters, tr("Double-click the label"), tr("The parameter's default")});
  registry_->addFixedKey({tr("In the gallery"),
                          tr("Delete"),
                          tr("Move the pair to the wastebasket"),
                          {QKeySequence(Qt::Key_Delete)}});
  const QString queue = tr("In the queue");
  registry_->addFixedKey({queue, tr("Ctrl+Up, Ctrl+Down"), tr("Move the entry")});
  registry_->addFixedKey({queue, tr("Space"), tr("Hold the entry or let it go")});
  registry_->addFixedKey({queue, tr("Ctrl+D"), tr("Duplicate the entry, on hold")});
  registry_->addFixedKey({queue, tr("Delete"), tr("Cancel or remove the entry")});
}

QMenu* MainActions::menu(const QString& name) const {
  return window_.menuBar()->findChild<QMenu*>(name + QStringLiteral("Menu"));
}

QMenu* MainActions::addMenu(const QString& name, const QString& text, const QStringList& ids) {
  QMenu* made = window_.menuBar()->addMenu(text);
  made->setObjectName(name + QStringLiteral("Menu"));
  registry_->fill(made, ids);
  return made;
}

void MainActions::buildMenus() {
  addMenu("file",
          tr("&Project"),
          {"project.new",
           "project.open",
           "preset.show",
           "",
           "file.open",
           "file.saveJob",
           "file.savePicture",
           "",
           "model.browse",
           "model.folder",
           "model.file",
           "",
           "gallery.folder",
           "",
           "app.quit"});
  addMenu("edit",
          tr("&Edit"),
          {"edit.undo", "edit.redo", "", "seed.new", "prompt.focus", "", "app.settings"});
  QMenu* job = addMenu("job",
                       tr("&Job"),
                       {"picture.generate",
                        "picture.cancel",
                        "picture.live",
                        "",
                        "queue.add",
                        "queue.show",
                        "queue.pause",
                        "queue.cancelAll",
                        "queue.clear",
                        ""});
  registry_->fill(job, picture_ids_);
  QMenu* view = addMenu(
      "view", tr("&View"), {"page.picture", "page.sweep", "page.gallery", "gallery.search", ""});
  registry_->fill(
      view, {"view.zoomIn", "view.zoomOut", "view.fit", "", "view.numbers", "view.fullScreen"});
  QMenu* themes = view->addMenu(tr("&Theme"));
  registry_->fill(themes, {"theme.system", "theme.dark", "theme.light"});
  addMenu("sweep", tr("&Sweep"), {"sweep.vary", "sweep.open"});
  QMenu* compare = addMenu("compare", tr("&Compare"), {});
  compare->addActions(window_.view_bar_->modes()->actions());
  registry_->fill(compare, {"", "compare.end"});
  addMenu("help", tr("&Help"), {"app.palette", "app.shortcuts", "", "app.about"});
}

}  // namespace studio::ui
