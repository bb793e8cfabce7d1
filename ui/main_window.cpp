// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The studio's window: wires panels, picture, gallery and the run controller together.
#include "ui/main_window.h"

#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_page.h"
#include "ui/gallery_strip.h"
#include "ui/icons.h"
#include "ui/job_bridge.h"
#include "ui/job_text.h"
#include "ui/main_actions.h"
#include "ui/model_browser.h"
#include "ui/model_library.h"
#include "ui/memory_note.h"
#include "ui/param_diff_table.h"
#include "ui/picture_desk.h"
#include "ui/picture_rows.h"
#include "ui/preset_panel.h"
#include "ui/project_desk.h"
#include "ui/queue_model.h"
#include "ui/queue_panel.h"
#include "ui/side_panel.h"
#include "ui/status_strip.h"
#include "ui/sweep_desk.h"
#include "ui/sweep_page.h"
#include "ui/undo_command.h"
#include "ui/view_bar.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QScreen>
#include <QStandardPaths>
#include <QTime>
#include <QTimer>
#include <QUndoStack>
#include <QVBoxLayout>
#include <QWindow>

#include <algorithm>

namespace studio::ui {
namespace {

// Below this the numbers make way for the picture.
constexpr int kWidthForSide = 1120;
constexpr int kWidestBadge = 200;
constexpr int kWidthForQueue = 400;  // with the queue beside it
constexpr QSize kFirstSize(1440, 900);
// Fits a screen of 1440 x 900 at twice the size.
constexpr QSize kLeastSize(680, 390);
// Title bar and borders, until the window manager has drawn them.
constexpr QMargins kUsualFrame(4, 36, 4, 4);
// How long a live value stays before its pair is kept.
constexpr int kSettleMs = 1500;

// The project that was open last, while it is there; else the one in the user's pictures.
QString lastProject(const QString& settings_file) {
  const std::vector<RecentProject> recent = RecentProjects(settings_file).list();
  if (!recent.empty() && QFileInfo::exists(projectFilePath(recent.front().folder)))
    return recent.front().folder;
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
      bridge_(bridge),
      settings_(options.settings_file),
      runner_(new RunController(catalogue, bridge, this)),
      undo_(new QUndoStack(this)),
      settle_(new QTimer(this)) {
  setWindowTitle(QStringLiteral("SEG Studio"));
  setWindowIcon(programIcon());
  setAcceptDrops(true);
  model_override_ = options.model;
  const QString folder = options.gallery_folder.isEmpty() ? lastProject(options.settings_file)
                                                          : options.gallery_folder;
  gallery_ = new GalleryModel(catalogue, tasks_, folder, this);
  project_ =
      new ProjectDesk(catalogue, tasks_, folder, options.project_name, options.settings_file, this);
  queue_ = new QueueModel(catalogue, this);
  connect(&bridge, &JobBridge::happened, queue_, &QueueModel::handle);
  settle_->setSingleShot(true);
  settle_->setInterval(kSettleMs);
  buildCentre();
  restoreState(options);
  buildBadge();
  pictures_ = new PictureDesk(catalogue_, this);
  actions_ = new MainActions(*this);
  connectRunner();
  connectPanels();
  connectGallery();
  connectQueue();
  connectSweeps();
  connectGalleryPage();
  connectComparison();
  connectPictures();
  connectProject();
  connectLibrary();
  updateBadge();
  updateEstimate();
  status_->showWaiting(tr("Starting"));
  status_->setGallerySize(0);
  updateQueueCount();
  view_->setFocus();
}

MainWindow::~MainWindow() {
  sweep_desk_->attach(nullptr);
  gallery_page_->setEngine(nullptr);
  controls_->pictures()->setEngine(nullptr);
  runner_->attach(nullptr);
  queue_->attach(nullptr);
  tasks_.finish();
  delete presets_;
  delete browser_;
  delete library_;
  // Widgets still speak while Qt destroys them, when this is no main window any more.
  for (QObject* child : findChildren<QObject*>()) child->disconnect(this);
}

QWidget* MainWindow::buildPicturePage() {
  controls_ = new ControlPanel(catalogue_, this);
  view_ = new CompareView(this);
  view_->setEmptyText(tr("The first picture is on its way."));
  side_ = new SidePanel(catalogue_, this);
  strip_ = new GalleryStrip(this);
  strip_->setGallery(gallery_);

  auto* gallery_pane = new QWidget(this);
  gallery_pane->setObjectName(QStringLiteral("galleryPane"));
  gallery_pane->setAttribute(Qt::WA_StyledBackground);
  auto* gallery_layout = new QVBoxLayout(gallery_pane);
  gallery_layout->setContentsMargins(6, 7, 6, 0);
  gallery_layout->addWidget(strip_);

  auto* middle = new QVBoxLayout;
  middle->setContentsMargins(0, 0, 0, 0);
  middle->setSpacing(0);
  view_bar_ = new ViewBar(*view_, this);
  middle->addWidget(view_bar_);
  middle->addWidget(view_, 1);
  middle->addWidget(gallery_pane);
  auto* page = new QWidget(this);
  auto* columns = new QHBoxLayout(page);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(0);
  columns->addWidget(controls_);
  columns->addLayout(middle, 1);
  columns->addWidget(side_);
  diff_pane_ = new QWidget(page);
  diff_pane_->setObjectName(QStringLiteral("side"));
  diff_pane_->setAttribute(Qt::WA_StyledBackground);
  diff_ = new ParamDiffTable(catalogue_, diff_pane_);
  auto* diff_layout = new QVBoxLayout(diff_pane_);
  diff_layout->setContentsMargins(8, 8, 8, 8);
  diff_layout->addWidget(diff_);
  diff_pane_->hide();
  columns->addWidget(diff_pane_);
  return page;
}

void MainWindow::buildCentre() {
  status_ = new StatusStrip(this);
  memory_ = new MemoryNote(tasks_, this);
  connect(memory_, &MemoryNote::changed, status_, &StatusStrip::setMemory);
  banner_ = new Banner(this);
  stack_ = new QStackedWidget(this);
  page_switch_ = new PageSwitch(*stack_, this);
  page_switch_->add(QStringLiteral("pagePicture"),
                    tr("Picture"),
                    tr("One job and its unguided twin"),
                    buildPicturePage());
  sweep_page_ = new SweepPage(catalogue_, tasks_, this);
  page_switch_->add(
      QStringLiteral("pageSweep"), tr("Sweep"), tr("The same job over many values"), sweep_page_);
  gallery_page_ = new GalleryPage(catalogue_, tasks_, this);
  page_switch_->add(QStringLiteral("pageGallery"),
                    tr("Gallery"),
                    tr("All pictures of the project"),
                    gallery_page_);
  queue_panel_ = new QueuePanel(*queue_, this);
  queue_panel_->hide();

  auto* banner_box = new QVBoxLayout;
  banner_box->setContentsMargins(0, 0, 0, 0);
  banner_box->addWidget(banner_);
  auto* columns = new QHBoxLayout;
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(0);
  columns->addWidget(stack_, 1);
  columns->addWidget(queue_panel_);
  auto* centre = new QWidget(this);
  centre->setObjectName(QStringLiteral("centre"));
  centre->setAttribute(Qt::WA_StyledBackground);
  auto* all = new QVBoxLayout(centre);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  all->addLayout(banner_box);
  all->addLayout(columns, 1);
  all->addWidget(status_);
  setCentralWidget(centre);
  setMinimumSize(kLeastSize);
}

void MainWindow::buildBadge() {
  auto* brand = new QLabel(QStringLiteral("SEG Studio"), this);
  brand->setObjectName(QStringLiteral("brand"));
  menuBar()->setCornerWidget(brand, Qt::TopLeftCorner);
  auto* corner = new QWidget(this);
  auto* layout = new QHBoxLayout(corner);
  layout->setContentsMargins(0, 4, 10, 4);
  layout->setSpacing(10);
  layout->addWidget(page_switch_);
  badge_ = new QPushButton(corner);
  badge_->setFixedHeight(22);
  badge_->setFocusPolicy(Qt::TabFocus);
  connect(badge_, &QPushButton::clicked, this, &MainWindow::showModels);
  badge_->setObjectName(QStringLiteral("badge"));
  badge_->setAccessibleName(tr("Model"));
  layout->addWidget(badge_);
  menuBar()->setCornerWidget(corner, Qt::TopRightCorner);
}

void MainWindow::restoreState(const WindowOptions& options) {
  if (!restoreGeometry(settings_.geometry())) resize(kFirstSize);
  fitToScreen();
  controls_->setLive(settings_.isLive());
  controls_->setSeedLocked(settings_.isSeedLocked());
  side_wanted_ = settings_.isSideShown();
  view_->setMode(settings_.compareMode());
  view_->setOptions(settings_.compareOptions());
  runner_->setPreviewBudget(settings_.previewBudgetPercent() / 100.0);
  queue_->setPreviewBudget(settings_.previewBudgetPercent() / 100.0);
  runner_->setPreviewChoice(settings_.previewChoice());
  queue_->setPreviewChoice(settings_.previewChoice());
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
      // What went wrong at the start is not taken away by the first picture, which starts by itself.
      if (touched_) banner_->dismissErrors();
      if (!runner_->hasEngine()) status_->showWaiting(tr("Starting"));
    } else {
      view_->setEmptyText(tr("No picture yet. Ctrl+Return makes one."));
      status_->showIdle(idle_text_);
      view_->clearForming();
      labelPair();
    }
    updateEstimate();
  });
  connect(runner_, &RunController::jobStarted, this, &MainWindow::showStarted);
  connect(runner_, &RunController::statusChanged, status_, &StatusStrip::showStatus);
  connect(runner_, &RunController::previewReady, this, &MainWindow::showPreview);
  connect(runner_, &RunController::pictureReady, this, &MainWindow::showPicture);
  connect(runner_, &RunController::pairReady, this, &MainWindow::takePair);
  connect(settle_, &QTimer::timeout, this, &MainWindow::keepPair);
  connect(runner_, &RunController::cancelled, this, [this] { idle_text_ = tr("Cancelled"); });
  connect(runner_, &RunController::failed, this, &MainWindow::showFailure);
  connect(runner_, &RunController::noted, this, [this](const QString& sentence) {
    banner_->show(Banner::Kind::Note, sentence);
  });
  connect(runner_, &RunController::twinRefused, this, [this](const Error& error) {
    banner_->show(Banner::Kind::Note,
                  tr("The picture was made without its unguided twin: %1")
                      .arg(QString::fromStdString(error.message)));
  });
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
  connect(view_, &CompareView::modeChanged, this, [this](CompareMode mode) {
    settings_.setCompareMode(mode);
  });
  connect(side_, &SidePanel::stepChosen, this, &MainWindow::showStep);
}

void MainWindow::connectGallery() {
  connect(strip_, &GalleryStrip::opened, this, [this](int row) { openPair(row); });
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
  gallery_page_->setEngine(engine);
  controls_->pictures()->setEngine(engine);
  memory_->setEngine(engine);
  sweep_desk_->attach(engine);
  queue_->attach(engine);
  library_->attach(engine);
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
  gallery_->restore([this, engine] { project_->open(engine); });
}

void MainWindow::showFirstPicture() {
  if (runner_->isRunning()) return;
  if (gallery_->rowCount() == 0) return runner_->generate(controls_->request());
  strip_->select(0);
  openPair(0);
  if (engine_ != nullptr) engine_->preload_for(controls_->request());
}

void MainWindow::showEngineError(const Error& error) {
  engine_error_ = QString::fromStdString(error.message);
  runner_->cancel();
  status_->showWaiting(tr("No engine"));
  view_->setEmptyText(tr("The engine did not start, so no picture can be made."));
  banner_->show(Banner::Kind::Error, QString::fromStdString(error.message));
}

void MainWindow::generate() {
  touched_ = true;
  if (!engine_error_.isEmpty()) return banner_->show(Banner::Kind::Error, engine_error_);
  if (!controls_->commitTyped()) return;
  view_->clearPictures();
  keepPair();
  controls_->rollSeedUnlessLocked();
  project_->keepJob(controls_->request());
  runner_->generate(controls_->request());
}

void MainWindow::edited() {
  touched_ = true;
  updateEstimate();
  updateBadge();
  project_->keepJob(controls_->request());
  if (!controls_->isLive() || quiet_ || !engine_error_.isEmpty()) return;
  dropUnkeptPair();
  runner_->follow(controls_->request());
}

void MainWindow::applyRequest(const GenerationRequest& request) {
  controls_->setRequest(request);
  updateEstimate();
  updateBadge();
  project_->keepJob(controls_->request());
  sweep_page_->setBase(controls_->request());
  if (presets_) presets_->panel()->setCurrent(controls_->request());
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
  status_->showWaiting(idle_text_);
  view_->clearForming();
  if (error.code == ErrorCode::InvalidArgument && controls_->showError(error)) return;
  banner_->show(Banner::Kind::Error, QString::fromStdString(error.message));
}

void MainWindow::updateEstimate() {
  memory_->ask(controls_->request());
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
  const QString model = shortModel(controls_->request().model);
  badge_->setText(badge_->fontMetrics().elidedText(model, Qt::ElideMiddle, kWidestBadge).replace('&', QLatin1String("&&")));
  badge_->setToolTip(tr("%1 — choose a model").arg(QString::fromStdString(controls_->request().model)));
  badge_->setAccessibleName(tr("Model: %1").arg(model));
  if (browser_) browser_->setInUse(filesOf(controls_->request()));
}

// The whole window, its frame included, stays on the screen.
void MainWindow::fitToScreen() {
  if (isMaximized() || isFullScreen() || screen() == nullptr) return;
  const QRect room = screen()->availableGeometry();
  const QWindow* window = windowHandle();
  const QMargins known = window != nullptr ? window->frameMargins() : QMargins();
  const QMargins frame = known.isNull() ? kUsualFrame : known;
  const QRect inside = room.marginsRemoved(frame);
  const QSize size = this->size().boundedTo(inside.size()).expandedTo(minimumSize());
  if (size != this->size()) resize(size);
  if (!testAttribute(Qt::WA_Moved) && known.isNull()) return;  // the window manager places it
  const QPoint corner(
      std::clamp(
          geometry().x(), inside.x(), std::max(inside.x(), inside.right() + 1 - size.width())),
      std::clamp(
          geometry().y(), inside.y(), std::max(inside.y(), inside.bottom() + 1 - size.height())));
  if (corner != geometry().topLeft()) move(corner - QPoint(frame.left(), frame.top()));
}

void MainWindow::updateSide() {
  const int queue = queue_panel_->isVisibleTo(this) ? kWidthForQueue : 0;
  const bool room = side_wanted_ && width() >= kWidthForSide + queue;
  const bool picked = view_->showsPictures();
  side_->setVisible(room && !picked);
  diff_pane_->setVisible(room && picked);
}

void MainWindow::chooseTheme(ThemeChoice choice) {
  settings_.setThemeChoice(choice);
  applyTheme(*qApp, themeFor(choice));
  controls_->refreshIcons();
  controls_->pictures()->refresh();
  banner_->refreshIcons();
}

void MainWindow::keepSettings() {
  settings_.setGeometry(saveGeometry());
  settings_.setSeedLocked(controls_->isSeedLocked());
  settings_.setSideShown(side_wanted_);
  settings_.setCompareOptions(view_->options());
}

void MainWindow::closeEvent(QCloseEvent* event) {
  keepSettings();
  project_->keepJob(controls_->request());
  if (runner_->isRunning()) runner_->cancel();
  keepPair();
  keep_queue_->stop();
  project_->keepPart(Project::kQueue, queue_->toJson(true));
  sweep_desk_->attach(nullptr);
  queue_->attach(nullptr);
  keep_queue_->stop();
  project_->close();
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
  if (page_switch_->page() != Page::Picture) return QMainWindow::keyPressEvent(event);
  const bool plain = event->modifiers() == Qt::NoModifier;
  if (plain && (event->key() == Qt::Key_F || event->key() == Qt::Key_Space)) {
    if (!event->isAutoRepeat()) view_->setFlipped(true);
    return;
  }
  if (plain && event->key() >= Qt::Key_1 && event->key() < Qt::Key_1 + kCompareModes) {
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
}

// The window manager tells the frame soon after it has drawn it.
void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  if (event->spontaneous()) return;
  for (const int wait_ms : {50, 300}) QTimer::singleShot(wait_ms, this, &MainWindow::fitToScreen);
}

void MainWindow::changeEvent(QEvent* event) {
  // A key held while another window comes up is never released here.
  if (event->type() == QEvent::ActivationChange && !isActiveWindow() && view_ != nullptr)
    view_->setFlipped(false);
  // Another program may have changed the job's pictures.
  if (event->type() == QEvent::ActivationChange && isActiveWindow() && controls_ != nullptr)
    controls_->pictures()->refresh();
  QMainWindow::changeEvent(event);
}

bool MainWindow::event(QEvent* event) {
  if (event->type() == QEvent::ThemeChange && settings_.themeChoice() == ThemeChoice::System) {
    forgetSystemPalette(*qApp);
    chooseTheme(ThemeChoice::System);
  }
  return QMainWindow::event(event);
}

}  // namespace studio::ui
