// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The studio's window: wires panels, picture, gallery and the run controller together.
#include "ui/main_window.h"

#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_strip.h"
#include "ui/icons.h"
#include "ui/job_bridge.h"
#include "ui/job_text.h"
#include "ui/main_actions.h"
#include "ui/side_panel.h"
#include "ui/status_strip.h"
#include "ui/undo_command.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QStandardPaths>
#include <QTime>
#include <QTimer>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kAutosaveMs = 1000;
// Below this the numbers make way for the picture.
constexpr int kWidthForSide = 1120;

QString defaultGallery() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::PicturesLocation))
      .filePath(QStringLiteral("SEG Studio"));
}

QString shortModel(const std::string& model) {
  const QString text = QString::fromStdString(model);
  return text.contains('/') ? QFileInfo(text).fileName() : text;
}

QString droppedPath(const QMimeData* data) {
  for (const QUrl& url : data->urls()) {
    QString path = url.toLocalFile();
    const QString suffix = QFileInfo(path).suffix().toLower();
    if (suffix == QLatin1String("png") || suffix == QLatin1String("json")) return path;
  }
  return {};
}

}  // namespace

MainWindow::MainWindow(const Catalogue& catalogue,
                       JobBridge& bridge,
                       const WindowOptions& options,
                       QWidget* parent)
    : QMainWindow(parent),
      catalogue_(catalogue),
      settings_(options.settings_file),
      runner_(new RunController(catalogue, bridge, this)),
      undo_(new QUndoStack(this)),
      autosave_(new QTimer(this)) {
  setWindowTitle(QStringLiteral("SEG Studio"));
  setWindowIcon(programIcon());
  setAcceptDrops(true);
  model_override_ = options.model;
  gallery_ =
      new GalleryModel(catalogue,
                       tasks_,
                       options.gallery_folder.isEmpty() ? defaultGallery() : options.gallery_folder,
                       this);
  autosave_->setSingleShot(true);
  autosave_->setInterval(kAutosaveMs);
  buildCentre();
  restoreState(options);
  buildBadge();
  new MainActions(*this);
  connectRunner();
  connectPanels();
  connectGallery();
  updateBadge();
  updateEstimate();
  status_->showWaiting(tr("Starting"));
  status_->setGallerySize(0);
  view_->setFocus();
}

MainWindow::~MainWindow() {
  runner_->attach(nullptr);
  tasks_.finish();
  // Widgets still speak while Qt destroys them, when this is no main window any more.
  for (QObject* child : findChildren<QObject*>()) child->disconnect(this);
}

void MainWindow::buildCentre() {
  controls_ = new ControlPanel(catalogue_, this);
  view_ = new CompareView(this);
  view_->setEmptyText(tr("The first picture is on its way."));
  side_ = new SidePanel(catalogue_, this);
  status_ = new StatusStrip(this);
  banner_ = new Banner(this);
  strip_ = new GalleryStrip(this);
  strip_->setGallery(gallery_);

  auto* gallery_pane = new QWidget(this);
  gallery_pane->setObjectName(QStringLiteral("galleryPane"));
  gallery_pane->setAttribute(Qt::WA_StyledBackground);
  auto* gallery_layout = new QVBoxLayout(gallery_pane);
  gallery_layout->setContentsMargins(6, 7, 6, 0);
  gallery_layout->addWidget(strip_);

  auto* centre = new QWidget(this);
  centre->setObjectName(QStringLiteral("centre"));
  centre->setAttribute(Qt::WA_StyledBackground);
  auto* middle = new QVBoxLayout;
  middle->setContentsMargins(0, 0, 0, 0);
  middle->setSpacing(0);
  auto* banner_box = new QVBoxLayout;
  banner_box->setContentsMargins(0, 0, 0, 0);
  banner_box->addWidget(banner_);
  middle->addWidget(buildViewBar());
  middle->addLayout(banner_box);
  middle->addWidget(view_, 1);
  middle->addWidget(gallery_pane);
  auto* columns = new QHBoxLayout;
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(0);
  columns->addWidget(controls_);
  columns->addLayout(middle, 1);
  columns->addWidget(side_);
  auto* all = new QVBoxLayout(centre);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  all->addLayout(columns, 1);
  all->addWidget(status_);
  setCentralWidget(centre);
  setMinimumSize(760, 520);
}

QWidget* MainWindow::buildViewBar() {
  auto* bar = new QWidget(this);
  bar->setObjectName(QStringLiteral("viewBar"));
  bar->setAttribute(Qt::WA_StyledBackground);
  auto* layout = new QHBoxLayout(bar);
  layout->setContentsMargins(12, 5, 12, 5);
  layout->setSpacing(3);
  modes_ = new QActionGroup(this);
  const std::pair<CompareMode, QString> modes[] = {{CompareMode::Wipe, tr("Wipe")},
                                                   {CompareMode::SideBySide, tr("Side by side")},
                                                   {CompareMode::Flip, tr("Flip")},
                                                   {CompareMode::Single, tr("Single")}};
  int number = 1;
  for (const auto& [mode, text] : modes) {
    auto* action = new QAction(text, modes_);
    action->setCheckable(true);
    action->setData(static_cast<int>(mode));
    action->setToolTip(tr("%1 (%2)").arg(text).arg(number));
    action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++)));
    connect(action, &QAction::triggered, view_, [this, picked = mode] { view_->setMode(picked); });
    auto* button = new QToolButton(bar);
    button->setDefaultAction(action);
    button->setFocusPolicy(Qt::TabFocus);
    layout->addWidget(button);
  }
  modes_->actions().constFirst()->setChecked(true);
  layout->addStretch(1);
  auto* fit = new QToolButton(bar);
  fit->setText(tr("Fit"));
  fit->setToolTip(tr("Fit the picture to the view (Ctrl+0)"));
  fit->setFocusPolicy(Qt::TabFocus);
  connect(fit, &QToolButton::clicked, view_, &CompareView::fit);
  zoom_button_ = new QToolButton(bar);
  zoom_button_->setToolTip(tr("Zoom; click for one picture pixel to one screen pixel"));
  zoom_button_->setFocusPolicy(Qt::TabFocus);
  connect(zoom_button_, &QToolButton::clicked, this, [this] { view_->setZoom(1); });
  auto* twin = new QToolButton(bar);
  twin->setText(tr("Twin (F)"));
  twin->setToolTip(tr("Hold to see the unguided twin"));
  twin->setFocusPolicy(Qt::TabFocus);
  connect(twin, &QToolButton::pressed, this, [this] { view_->setFlipped(true); });
  connect(twin, &QToolButton::released, this, [this] { view_->setFlipped(false); });
  for (QToolButton* button : {fit, zoom_button_, twin}) layout->addWidget(button);
  return bar;
}

void MainWindow::buildBadge() {
  auto* brand = new QLabel(QStringLiteral("SEG Studio"), this);
  brand->setObjectName(QStringLiteral("brand"));
  menuBar()->setCornerWidget(brand, Qt::TopLeftCorner);
  auto* corner = new QWidget(this);
  auto* layout = new QHBoxLayout(corner);
  layout->setContentsMargins(0, 4, 10, 4);
  badge_ = new QLabel(corner);
  badge_->setFixedHeight(22);
  badge_->setObjectName(QStringLiteral("badge"));
  badge_->setAccessibleName(tr("Model"));
  layout->addWidget(badge_);
  menuBar()->setCornerWidget(corner, Qt::TopRightCorner);
}

void MainWindow::restoreState(const WindowOptions& options) {
  if (!restoreGeometry(settings_.geometry())) resize(1440, 900);
  controls_->setLive(settings_.isLive());
  controls_->setSeedLocked(settings_.isSeedLocked());
  side_wanted_ = settings_.isSideShown();
  view_->setMode(settings_.compareMode());
  for (QAction* action : modes_->actions())
    action->setChecked(action->data().toInt() == static_cast<int>(view_->mode()));
  if (!options.model.isEmpty()) {
    GenerationRequest request = controls_->request();
    request.model = options.model.toStdString();
    controls_->setRequest(request);
  }
  updateSide();
}

void MainWindow::connectRunner() {
  connect(runner_, &RunController::runningChanged, this, [this](bool running) {
    controls_->setRunning(running);
    if (running) {
      idle_text_ = tr("Ready");
      banner_->dismissErrors();
      if (!runner_->hasEngine()) status_->showWaiting(tr("Starting"));
    } else {
      view_->setEmptyText(tr("No picture yet. Ctrl+Return makes one."));
      status_->showIdle(idle_text_);
      view_->clearForming();
    }
    updateEstimate();
  });
  connect(runner_,
          &RunController::jobStarted,
          this,
          [this](Side side, const GenerationRequest& resolved, bool live) {
            trace_.clear(side);
            running_label_ = side == Side::Twin
                                 ? tr("unguided · on its way")
                                 : guidanceText(resolved, catalogue_, tr("unguided"));
            if (!live) view_->setLabel(side, running_label_);
            if (resolved.width_px && resolved.height_px) {
              const QSize size(static_cast<int>(*resolved.width_px),
                               static_cast<int>(*resolved.height_px));
              view_->setExpectedSize(size);
              if (!controls_->request().width_px) controls_->setNativeSize(size);
            }
            updateEstimate();
          });
  connect(runner_, &RunController::statusChanged, status_, &StatusStrip::showStatus);
  connect(runner_, &RunController::previewReady, this, &MainWindow::showPreview);
  connect(runner_, &RunController::pictureReady, this, &MainWindow::showPicture);
  connect(runner_, &RunController::pairReady, this, [this](const Pair& pair) {
    gallery_->add(pair);
    strip_->select(0);
    strip_->scrollToTop();
    showPair(pair);
    side_->showTrace(trace_, static_cast<int>(pair.guided->finished.resolved.steps));
  });
  connect(runner_, &RunController::cancelled, this, [this] { idle_text_ = tr("Cancelled"); });
  connect(runner_, &RunController::failed, this, &MainWindow::showFailure);
}

void MainWindow::connectPanels() {
  connect(controls_, &ControlPanel::generateAsked, this, &MainWindow::generate);
  connect(controls_, &ControlPanel::cancelAsked, runner_, &RunController::cancel);
  connect(controls_, &ControlPanel::edited, this, &MainWindow::edited);
  connect(controls_, &ControlPanel::committed, this, &MainWindow::pushUndo);
  connect(controls_, &ControlPanel::liveToggled, this, [this](bool live) {
    settings_.setLive(live);
    if (live && pair_ && pair_->guided->finished.resolved != controls_->request()) edited();
  });
  connect(autosave_, &QTimer::timeout, this, &MainWindow::saveLastJob);
  connect(view_, &CompareView::zoomChanged, this, &MainWindow::updateZoom);
  connect(view_, &CompareView::modeChanged, this, [this](CompareMode mode) {
    settings_.setCompareMode(mode);
    for (QAction* action : modes_->actions())
      action->setChecked(action->data().toInt() == static_cast<int>(mode));
  });
  connect(side_, &SidePanel::stepChosen, this, &MainWindow::showStep);
}

void MainWindow::connectGallery() {
  connect(strip_, &GalleryStrip::opened, this, &MainWindow::openPair);
  connect(strip_, &GalleryStrip::removeAsked, gallery_, &GalleryModel::remove);
  connect(gallery_, &GalleryModel::problem, this, [this](const QString& text) {
    banner_->show(Banner::Kind::Error, text);
  });
  connect(gallery_, &GalleryModel::saved, this, [this] {
    status_->setSaved(QTime::currentTime().toString(QStringLiteral("HH:mm")));
  });
  const auto count = [this] { status_->setGallerySize(gallery_->rowCount()); };
  connect(gallery_, &QAbstractItemModel::rowsInserted, this, count);
  connect(gallery_, &QAbstractItemModel::rowsRemoved, this, count);
}

void MainWindow::attachEngine(Engine* engine) {
  engine_ = engine;
  gallery_->setEngine(engine);
  if (engine == nullptr) return runner_->attach(nullptr);
  status_->showIdle(tr("Ready"));
  idle_text_ = tr("Ready");
  runner_->attach(engine);
  tasks_.run(
      this,
      [engine] { return engine->bundled_models(); },
      [this](const std::vector<std::string>& models) {
        QStringList names;
        for (const std::string& model : models) names << QString::fromStdString(model);
        controls_->setModels(names);
      });
  gallery_->restore([this] { restoreJob(); });
}

// The last session's job with its newest pair; on the first start the job that shows what this is
// about.
void MainWindow::restoreJob() {
  struct Last {
    bool exists = false;
    Result<GenerationRequest> request = Error{};
  };
  const QString path = settings_.lastJobPath();
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, path] {
        Last last;
        last.exists = QFile::exists(path);
        if (last.exists) last.request = engine->load_job(path.toStdString());
        return last;
      },
      [this](const Last& last) {
        const bool usable = last.exists && last.request;
        if (usable && !touched_) {
          GenerationRequest request = last.request.value();
          if (!model_override_.isEmpty()) request.model = model_override_.toStdString();
          applyRequest(request);
        }
        showFirstPicture();
        if (last.exists && !last.request) {
          banner_->show(Banner::Kind::Error,
                        tr("The last session's job could not be restored: %1")
                            .arg(QString::fromStdString(last.request.error().message)));
        }
      });
}

void MainWindow::showFirstPicture() {
  if (runner_->isRunning()) return;
  if (gallery_->rowCount() == 0) return runner_->generate(controls_->request());
  strip_->select(0);
  openPair(0);
  engine_->preload(controls_->request().model);
}

void MainWindow::showEngineError(const Error& error) {
  status_->showWaiting(tr("No engine"));
  view_->setEmptyText(tr("The engine did not start, so no picture can be made."));
  banner_->show(Banner::Kind::Error, QString::fromStdString(error.message));
}

void MainWindow::generate() {
  touched_ = true;
  if (!controls_->commitTyped()) return;
  controls_->rollSeedUnlessLocked();
  saveLastJob();
  runner_->generate(controls_->request());
}

void MainWindow::edited() {
  touched_ = true;
  updateEstimate();
  updateBadge();
  autosave_->start();
  if (controls_->isLive()) runner_->follow(controls_->request());
}

void MainWindow::applyRequest(const GenerationRequest& request) {
  controls_->setRequest(request);
  updateEstimate();
  updateBadge();
  autosave_->start();
}

void MainWindow::pushUndo(const QString& what, const GenerationRequest& before) {
  undo_->push(
      new RequestCommand(what, before, controls_->request(), [this](GenerationRequest request) {
        // The prompts have an undo of their own.
        request.prompts = controls_->request().prompts;
        request.negative_prompt = controls_->request().negative_prompt;
        applyRequest(request);
        edited();
      }));
}

void MainWindow::showFailure(const Error& error) {
  idle_text_ = tr("Failed");
  status_->showIdle(idle_text_);
  view_->clearForming();
  if (error.code == ErrorCode::InvalidArgument && controls_->showError(error)) return;
  banner_->show(Banner::Kind::Error, QString::fromStdString(error.message));
}

// In live mode the last good picture stays in place until the next one can be recognised.
void MainWindow::showPreview(Side side, int step, int steps, const QImage& preview, bool live) {
  trace_.add(side, step, preview);
  const bool early = live && 3 * step < steps && !view_->picture(side).isNull();
  if (!early) view_->setLabel(side, running_label_);
  view_->setForming(
      side, preview, early ? CompareView::Forming::Inset : CompareView::Forming::InPlace);
}

void MainWindow::showPicture(Side side, const std::shared_ptr<const Picture>& picture) {
  view_->setPicture(side, picture->image);
  updateEstimate();
  const GenerationRequest& resolved = picture->finished.resolved;
  view_->setLabel(
      side,
      side == Side::Twin ? tr("unguided") : guidanceText(resolved, catalogue_, tr("unguided")));
}

void MainWindow::showPair(const Pair& pair) {
  pair_ = pair;
  side_->forgetTrace();
  if (!pair.twin) view_->setPicture(Side::Twin, {});
  side_->showPair(pair);
}

void MainWindow::openPair(int row) {
  gallery_->open(row, [this, row](const Result<Pair>& opened) {
    if (!opened)
      return banner_->show(Banner::Kind::Error, QString::fromStdString(opened.error().message));
    const Pair& pair = opened.value();
    if (runner_->isRunning()) runner_->cancel();
    for (const Side side : {Side::Guided, Side::Twin}) trace_.clear(side);
    view_->setPicture(Side::Twin, pair.twin ? pair.twin->image : QImage());
    showPicture(Side::Guided, pair.guided);
    view_->setLabel(Side::Twin, tr("unguided"));
    showPair(pair);
    if (pair.twin)
      runner_->rememberTwin(pair.twin, unguided_twin(pair.guided->finished.resolved, catalogue_));
    if (strip_->currentIndex().row() == row && strip_->hasFocus())
      applyRequest(pair.guided->finished.resolved);
  });
}

void MainWindow::showStep(int step) {
  if (runner_->isRunning() || !pair_) return;
  for (const Side side : {Side::Guided, Side::Twin}) {
    if (step == 0) {
      view_->setForming(side, {}, CompareView::Forming::InPlace);
    } else {
      view_->setForming(side, trace_.at(side, step), CompareView::Forming::InPlace);
    }
  }
}

void MainWindow::updateEstimate() {
  const auto forecast = runner_->forecast(controls_->request());
  if (!forecast) return controls_->setEstimate(tr("Cost not measured yet"));
  const QString rows = QString::number(std::round(forecast->rows * 10) / 10, 'g', 6);
  QString text =
      forecast->exact ? tr("%1 evaluations").arg(rows) : tr("about %1 evaluations").arg(rows);
  if (forecast->seconds > 0) text += tr(" · about %1").arg(secondsText(forecast->seconds));
  controls_->setEstimate(text);
}

void MainWindow::updateBadge() {
  if (badge_ == nullptr) return;
  badge_->setText(shortModel(controls_->request().model));
  badge_->setToolTip(QString::fromStdString(controls_->request().model));
}

void MainWindow::updateZoom() {
  zoom_button_->setText(tr("%1 %").arg(std::lround(100 * view_->shownZoom())));
}

void MainWindow::updateSide() { side_->setVisible(side_wanted_ && width() >= kWidthForSide); }

void MainWindow::chooseTheme(ThemeChoice choice) {
  settings_.setThemeChoice(choice);
  applyTheme(*qApp, themeFor(choice));
  controls_->refreshIcons();
  banner_->refreshIcons();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  settings_.setGeometry(saveGeometry());
  settings_.setSeedLocked(controls_->isSeedLocked());
  settings_.setSideShown(side_wanted_);
  saveLastJob();
  if (runner_->isRunning()) runner_->cancel();
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!droppedPath(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QString path = droppedPath(event->mimeData());
  if (path.isEmpty()) return;
  event->acceptProposedAction();
  openJob(path);
}

// Keys no control has taken: hold to flip, digits for the modes.
void MainWindow::keyPressEvent(QKeyEvent* event) {
  const bool plain = event->modifiers() == Qt::NoModifier;
  if (plain && (event->key() == Qt::Key_F || event->key() == Qt::Key_Space)) {
    if (!event->isAutoRepeat()) view_->setFlipped(true);
    return;
  }
  if (plain && event->key() >= Qt::Key_1 && event->key() <= Qt::Key_4) {
    view_->setMode(static_cast<CompareMode>(event->key() - Qt::Key_1));
    return;
  }
  QMainWindow::keyPressEvent(event);
}

void MainWindow::keyReleaseEvent(QKeyEvent* event) {
  if (!event->isAutoRepeat() && (event->key() == Qt::Key_F || event->key() == Qt::Key_Space))
    view_->setFlipped(false);
  QMainWindow::keyReleaseEvent(event);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  updateSide();
  updateZoom();
}

void MainWindow::changeEvent(QEvent* event) {
  // A key held while another window comes up is never released here.
  if (event->type() == QEvent::ActivationChange && !isActiveWindow() && view_ != nullptr)
    view_->setFlipped(false);
  QMainWindow::changeEvent(event);
}

}  // namespace studio::ui
