// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page: how its parts are put together.
#include "ui/sweep_page.h"

#include "ui/axis_bar.h"
#include "ui/axis_suggest.h"
#include "ui/cell_images.h"
#include "ui/cell_panel.h"
#include "ui/cell_picture.h"
#include "ui/cell_plot.h"
#include "ui/filmstrip_view.h"
#include "ui/job_text.h"
#include "ui/param_slider.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_forecast_box.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_notice.h"
#include "ui/sweep_pad.h"
#include "ui/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QResizeEvent>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kPanelFrom = 1000;  // narrower pages have no right panel
constexpr int kFootFrom = 620;    // lower ones no plot below the grid
constexpr int kFootHeight = 134, kFootMargin = 8;

QToolButton* barButton(const QString& text,
                       const QString& name,
                       const QString& tip,
                       QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setText(text);
  button->setObjectName(name);
  button->setToolTip(tip);
  button->setFocusPolicy(Qt::TabFocus);
  return button;
}

}  // namespace

SweepPage::SweepPage(const Catalogue& catalogue, PoolTasks& tasks, QWidget* parent)
    : QWidget(parent),
      catalogue_(catalogue),
      cells_(new SweepCells(catalogue, this)),
      images_(new CellImages(this)),
      forecaster_(new SweepForecaster(catalogue, tasks, this)) {
  setObjectName(QStringLiteral("sweepPage"));
  build();
  connectViews();
  showStack();
  showRunState();
}

SweepPage::~SweepPage() = default;

void SweepPage::build() {
  editor_ = new SweepEditor(catalogue_, this);
  panel_ = new CellPanel(*cells_, *images_, this);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(editor_);
  layout->addWidget(buildCentre(), 1);
  layout->addWidget(panel_);
  buildExportMenu();
}

QWidget* SweepPage::buildCentre() {
  auto* centre = new QWidget(this);
  centre->setObjectName(QStringLiteral("centre"));
  centre->setAttribute(Qt::WA_StyledBackground);
  auto* layout = new QVBoxLayout(centre);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  bar_ = buildBar();
  axis_bar_ = new AxisBar(*cells_, centre);
  notice_ = new SweepNotice(centre);
  stack_ = new QStackedWidget(centre);
  empty_ = buildEmpty();
  grid_ = new SweepGridView(*cells_, *images_, centre);
  pad_ = new SweepPadView(*cells_, *images_, centre);
  film_ = new FilmstripView(*cells_, *images_, centre);
  plot_ = new CellPlotView(*cells_, centre);
  for (QWidget* view : {empty_,
                        static_cast<QWidget*>(grid_),
                        static_cast<QWidget*>(pad_),
                        static_cast<QWidget*>(film_),
                        static_cast<QWidget*>(plot_)})
    stack_->addWidget(view);
  foot_ = buildFoot();
  layout->addWidget(bar_);
  layout->addWidget(axis_bar_);
  layout->addWidget(notice_);
  layout->addWidget(stack_, 1);
  layout->addWidget(foot_);
  return centre;
}

QWidget* SweepPage::buildBar() {
  auto* bar = new QWidget(this);
  bar->setObjectName(QStringLiteral("viewBar"));
  bar->setAttribute(Qt::WA_StyledBackground);
  bar->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  bar->installEventFilter(this);
  auto* layout = new QHBoxLayout(bar);
  layout->setContentsMargins(12, 5, 12, 5);
  layout->setSpacing(3);
  modes_ = new QButtonGroup(this);
  const std::pair<QString, QString> modes[] = {
      {tr("Grid"), tr("All cells side by side")},
      {tr("Pad"), tr("Flip through the cells with a puck over two axes")},
      {tr("Filmstrip"), tr("One axis as a strip of pictures")},
      {tr("Plot"), tr("The cells' numbers as lines over an axis")}};
  int id = 0;
  for (const auto& [text, tip] : modes) {
    QToolButton* button = barButton(text, QStringLiteral("mode%1").arg(id), tip, bar);
    button->setCheckable(true);
    button->setChecked(id == 0);
    modes_->addButton(button, id++);
    layout->addWidget(button);
  }
  layout->addStretch(1);
  kept_only_ = barButton(tr("Kept only"),
                         QStringLiteral("keptOnly"),
                         tr("Show only the kept cells (K keeps the selected one)"),
                         bar);
  kept_only_->setCheckable(true);
  linked_ = barButton(tr("Zoom linked"),
                      QStringLiteral("zoomLinked"),
                      tr("The wheel zooms all pictures at the same place and dragging moves them; "
                         "off: the wheel scrolls the grid"),
                      bar);
  linked_->setCheckable(true);
  linked_->setChecked(true);
  difference_ = barButton(tr("Difference from twin"),
                          QStringLiteral("showDifference"),
                          tr("Show where each picture differs from its unguided twin"),
                          bar);
  difference_->setCheckable(true);
  twin_ = barButton(
      tr("Twin (T)"), QStringLiteral("showTwin"), tr("Hold to see the unguided twins"), bar);
  fit_ = barButton(tr("Fit"),
                   QStringLiteral("fitTiles"),
                   tr("Tiles as large as lets the whole grid be seen"),
                   bar);
  static constexpr ParamSpec kShare{
      .key = {}, .label = {}, .unit = {}, .doc = {}, .min = 0, .max = 1};
  size_ = new NotchedSlider(SliderMap(kShare), std::nullopt, bar);
  size_->setObjectName(QStringLiteral("tileSize"));
  size_->setRange(SweepGridView::kLeastTile, SweepGridView::kMostTile);
  size_->setFixedWidth(84);
  size_->setAccessibleName(tr("Size of the tiles"));
  size_->setToolTip(tr("Size of the tiles (Ctrl+wheel)"));
  for (QWidget* one : {static_cast<QWidget*>(kept_only_),
                       static_cast<QWidget*>(linked_),
                       static_cast<QWidget*>(difference_),
                       static_cast<QWidget*>(twin_),
                       static_cast<QWidget*>(fit_),
                       static_cast<QWidget*>(size_)})
    layout->addWidget(one);
  return bar;
}

QWidget* SweepPage::buildEmpty() {
  auto* page = new QWidget(this);
  page->setObjectName(QStringLiteral("centre"));
  auto* layout = new QVBoxLayout(page);
  layout->setSpacing(14);
  empty_text_ = new QLabel(page);
  empty_text_->setWordWrap(true);
  empty_text_->setAlignment(Qt::AlignCenter);
  empty_text_->setFixedWidth(400);
  const auto axes = exampleAxes(catalogue_);
  QStringList names;
  for (const JobParam& param : job_params(catalogue_)) {
    for (const SweepAxis& axis : axes) {
      if (axis.param == param.path) names << paramName(param);
    }
  }
  example_ =
      new QPushButton(tr("Try the paper's grid: %1").arg(names.join(QStringLiteral(" × "))), page);
  example_->setObjectName(QStringLiteral("sweepExample"));
  setStyleProperty(example_, "primary", true);
  connect(example_, &QPushButton::clicked, this, [this, axes] {
    SweepSpec spec = editor_->spec();
    spec.axes = axes;
    spec.listed.clear();
    editor_->setSpec(spec);
    askForecast();
    Q_EMIT specChanged();
  });
  layout->addStretch(1);
  layout->addWidget(empty_text_, 0, Qt::AlignHCenter);
  layout->addWidget(example_, 0, Qt::AlignHCenter);
  layout->addStretch(1);
  return page;
}

QWidget* SweepPage::buildFoot() {
  auto* foot = new QWidget(this);
  foot->setObjectName(QStringLiteral("galleryPane"));
  foot->setAttribute(Qt::WA_StyledBackground);
  auto* layout = new QHBoxLayout(foot);
  layout->setContentsMargins(12, kFootMargin, 16, kFootMargin);
  layout->setSpacing(16);
  small_plot_ = new CellPlot(*cells_, foot);
  small_plot_->setObjectName(QStringLiteral("smallPlot"));
  small_plot_->setCompact(true);
  // In no layout: rich text that breaks into lines would make the whole window measure it whenever
  // anything in it is laid out.
  auto* told = new QWidget(foot);
  told->setFixedSize(250, kFootHeight - 2 * kFootMargin);
  hover_ = new QLabel(told);
  hover_->setObjectName(QStringLiteral("note"));
  hover_->setTextFormat(Qt::RichText);
  hover_->setWordWrap(true);
  hover_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  hover_->setFixedSize(told->size());
  layout->addWidget(small_plot_, 1);
  layout->addWidget(told);
  foot->setFixedHeight(kFootHeight);
  return foot;
}

void SweepPage::connectViews() {
  connect(editor_, &SweepEditor::edited, this, &SweepPage::askForecast);
  connect(editor_, &SweepEditor::specChanged, this, &SweepPage::specChanged);
  connect(editor_, &SweepEditor::presetsAsked, this, &SweepPage::presetsAsked);
  connect(editor_, &SweepEditor::runAsked, this, &SweepPage::run);
  connect(editor_, &SweepEditor::stopAsked, this, [this] {
    state_ = SweepEditor::RunState::Stopping;
    showRunState();
    Q_EMIT stopAsked();
  });
  connect(forecaster_, &SweepForecaster::asked, editor_, &SweepEditor::showAsking);
  connect(forecaster_, &SweepForecaster::answered, this, &SweepPage::takeOutlook);
  connect(modes_, &QButtonGroup::idClicked, this, [this](int id) {
    setMode(static_cast<SweepViewMode>(id));
  });
  connect(linked_, &QToolButton::toggled, grid_, &SweepGridView::setZoomLinked);
  connect(difference_, &QToolButton::toggled, this, [this](bool on) {
    const CellLook look = on ? CellLook::Difference : CellLook::Plain;
    grid_->setLook(look);
    panel_->picture()->setLook(look);
    pad_->picture()->setLook(look);
    film_->picture()->setLook(look);
    showHover();
  });
  connect(twin_, &QToolButton::pressed, this, [this] { grid_->setTwinHeld(true); });
  connect(twin_, &QToolButton::released, this, [this] { grid_->setTwinHeld(false); });
  connect(fit_, &QToolButton::clicked, this, [this] { grid_->setTileSize(0); });
  connectGrid();
  connectPanel();
}

void SweepPage::connectGrid() {
  connect(kept_only_, &QToolButton::toggled, this, [this](bool only) {
    grid_->setKeptOnly(only);
    fitBar();
  });
  connect(cells_, &SweepCells::reset, this, [this] {
    if (cells_->kept().empty()) kept_only_->setChecked(false);
  });
  connect(cells_, &SweepCells::verdictsChanged, this, &SweepPage::fitBar);
  const auto resize = [this](int side) { grid_->setTileSize(side); };
  connect(size_, &NotchedSlider::dragged, this, resize);
  connect(size_, &NotchedSlider::jumped, this, resize);
  connect(size_, &NotchedSlider::stepped, this, [this](int by) {
    grid_->setTileSize(grid_->shownTileSize() + 8 * by);
  });
  const auto show_size = [this] {
    if (grid_->shownTileSize() > 0) size_->setValue(grid_->shownTileSize());
  };
  connect(grid_, &SweepGridView::tileSizeChanged, this, show_size);
  connect(cells_, &SweepCells::reset, this, show_size);
  connect(grid_, &SweepGridView::waitingClicked, this, &SweepPage::bringForward);
  connect(grid_, &SweepGridView::opened, this, &SweepPage::openCell);
  connect(grid_, &SweepGridView::hoverChanged, this, &SweepPage::showHover);
  connect(grid_, &SweepGridView::compareAsked, this, &SweepPage::compare);
  connect(grid_, &SweepGridView::menuAsked, this, &SweepPage::showMenu);
  connect(pad_->pad(), &SweepPad::missing, this, &SweepPage::bringForward);
  connect(pad_->picture(), &CellPicture::opened, this, &SweepPage::openCell);
  connect(film_->strip(), &Filmstrip::missing, this, &SweepPage::bringForward);
  connect(film_->strip(), &Filmstrip::opened, this, &SweepPage::openCell);
  connect(film_->picture(), &CellPicture::opened, this, &SweepPage::openCell);
  // Where one cell is seen, the menu is that cell's.
  for (QWidget* view : {static_cast<QWidget*>(pad_),
                        static_cast<QWidget*>(film_),
                        static_cast<QWidget*>(panel_->picture())}) {
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(view, &QWidget::customContextMenuRequested, this, [this, view](const QPoint& at) {
      if (!cells_->isEmpty()) showMenu(cells_->current(), view->mapToGlobal(at));
    });
  }
}

void SweepPage::connectPanel() {
  connect(panel_, &CellPanel::compareAsked, this, &SweepPage::compare);
  connect(panel_, &CellPanel::opened, this, &SweepPage::openCell);
  connect(panel_, &CellPanel::verifyAsked, this, [this](int picture) {
    panel_->setVerifying(picture);
    Q_EMIT verifyAsked(picture);
  });
  connect(panel_, &CellPanel::retryAsked, this, &SweepPage::retry);
  connect(panel_, &CellPanel::rated, this, &SweepPage::rate);
  connect(panel_, &CellPanel::newSweepAsked, this, &SweepPage::takeKept);
  connect(panel_->pad(), &SweepPad::missing, this, &SweepPage::bringForward);
  connect(cells_, &SweepCells::currentChanged, this, &SweepPage::showHover);
  connect(cells_, &SweepCells::marksChanged, this, &SweepPage::showHover);
  connect(cells_, &SweepCells::pictureChanged, this, [this](int picture) {
    const std::size_t cell = grid_->hovered().value_or(cells_->current());
    if (picture == cells_->picture(cell) && cells_->progress(picture) == nullptr) showHover();
  });
  const auto axes = [this] {
    const int mean = cells_->axes() > 2 ? likelyMeanAxis(*cells_) : -1;
    small_plot_->setAxes(cells_->across(), cells_->down(), mean);
    showHover();
  };
  connect(cells_, &SweepCells::reset, this, axes);
  connect(cells_, &SweepCells::shownAxesChanged, this, axes);
  connect(cells_, &SweepCells::reset, this, &SweepPage::showStack);
}

void SweepPage::setMode(SweepViewMode mode) {
  modes_->button(static_cast<int>(mode))->setChecked(true);
  showStack();
  if (stack_->currentWidget() != empty_) stack_->currentWidget()->setFocus(Qt::OtherFocusReason);
}

SweepViewMode SweepPage::mode() const { return static_cast<SweepViewMode>(modes_->checkedId()); }

void SweepPage::showStack() {
  QWidget* const views[] = {grid_, pad_, film_, plot_};
  stack_->setCurrentWidget(cells_->isEmpty() ? empty_ : views[modes_->checkedId()]);
  const SweepSpec spec = editor_->spec();
  const bool begun = !spec.axes.empty() || !spec.listed.empty();
  empty_text_->setText(begun ? tr("The grid appears here once all values are right.")
                             : tr("A sweep makes a picture for every combination of values you "
                                  "give, and shows them as a grid."));
  empty_text_->setMinimumHeight(empty_text_->heightForWidth(empty_text_->width()));
  example_->setVisible(!begun);
  const bool grid = mode() == SweepViewMode::Grid;
  foot_->setVisible(grid && !cells_->isEmpty() && height() >= kFootFrom);
  for (QAbstractButton* button : modes_->buttons()) button->setVisible(!cells_->isEmpty());
  panel_->setVisible(!cells_->isEmpty() && width() >= kPanelFrom);
  axis_bar_->setWanted(mode() != SweepViewMode::Plot || cells_->axes() > 3);
  panel_->setPadWanted(mode() != SweepViewMode::Pad);
  fitBar();
}

// Which tools there is room for is decided before one comes or goes: each that does lays out the
// whole window at once, and a bar that changes its height by that would be fitted again, for ever.
void SweepPage::fitBar() {
  const bool grid = mode() == SweepViewMode::Grid && !cells_->isEmpty();
  const bool pictures = mode() != SweepViewMode::Plot && !cells_->isEmpty();
  // Offered once there is something to show by it.
  const bool kept = grid && (kept_only_->isChecked() || !cells_->kept().empty());
  // What is least missed goes first where there is no room.
  std::pair<QWidget*, bool> tools[] = {
      {size_, grid}, {fit_, grid}, {linked_, grid}, {twin_, grid}, {difference_, pictures}};
  const QLayout* const layout = bar_->layout();
  const auto width_of = [layout](const QWidget* one) {
    const QSize size = one->sizeHint().boundedTo(one->maximumSize()).expandedTo(one->minimumSize());
    return size.width() + layout->spacing();
  };
  const QMargins margins = layout->contentsMargins();
  int needed = margins.left() + margins.right() - layout->spacing();
  for (const QAbstractButton* button : modes_->buttons())
    needed += button->isHidden() ? 0 : width_of(button);
  needed += kept ? width_of(kept_only_) : 0;
  for (const auto& [tool, wanted] : tools) needed += wanted ? width_of(tool) : 0;
  for (auto& [tool, wanted] : tools) {
    if (needed <= bar_->width()) break;
    needed -= wanted ? width_of(tool) : 0;
    wanted = false;
  }
  kept_only_->setVisible(kept);
  for (const auto& [tool, wanted] : tools) tool->setVisible(wanted);
}

void SweepPage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layout()->activate();
  showStack();
}

// The panel beside it comes and goes, and a page that was never shown has no width yet.
bool SweepPage::eventFilter(QObject* watched, QEvent* event) {
  if (watched == bar_ && event->type() == QEvent::Resize) fitBar();
  return QWidget::eventFilter(watched, event);
}

void SweepPage::setEngine(Engine* engine) {
  forecaster_->setEngine(engine);
  askForecast();
}

void SweepPage::setBase(const GenerationRequest& job) {
  const GenerationRequest before = editor_->spec().base;
  editor_->setCurrentJob(job);
  if (!(editor_->spec().base == before)) askForecast();
}

void SweepPage::setSpec(const SweepSpec& spec) {
  editor_->setSpec(spec);
  askForecast();
}

SweepSpec SweepPage::spec() const { return editor_->spec(); }

void SweepPage::askForecast() {
  showRunState();
  const SweepSpec spec = editor_->spec();
  forecaster_->ask(spec, canContinue() ? cells_->folder() : QString());
}

void SweepPage::takeOutlook(const SweepOutlook& outlook) {
  SweepOutlook known = outlook;
  known.continues = canContinue();
  if (known.continues) known.done_cells = cells_->finishedCells();
  editor_->showOutlook(known);
  const SweepSpec spec = editor_->spec();
  const bool nothing = spec.axes.empty() && spec.listed.empty();
  // A sweep that was made stays to be looked at; a plan gives way to the next.
  if (cells_->isEmpty() || cells_->isPlan()) {
    if (nothing && !cells_->isEmpty()) cells_->showPlan(nullptr);
    if (!nothing && outlook.grid) {
      cells_->showPlan(outlook.grid);
      cells_->setJobNames(editor_->listedNames());
    }
  }
  if (cells_->isEmpty()) showStack();
  showRunState();
}

void SweepPage::showHover() {
  if (cells_->isEmpty()) return hover_->clear();
  const auto hovered = grid_->hovered();
  const std::size_t cell = hovered.value_or(cells_->current());
  QStringList lines{QStringLiteral("<span style=\"font-weight:600\">%1</span>")
                        .arg(cells_->cellText(cell).toHtmlEscaped())};
  if (hovered && *hovered != cells_->current())
    lines << tr("Against the selected cell: %1")
                 .arg(cells_->differenceText(cells_->current(), cell).toHtmlEscaped());
  const QString changes = cells_->changesOfBase(cell);
  lines << (changes.isEmpty() ? tr("The same as the job under the sweep")
                              : tr("Against the job: %1").arg(changes.toHtmlEscaped()));
  const CellResult& result = cells_->resultOfCell(cell);
  if (result.state == CellState::Finished) {
    QString line = tr("%1, %2").arg(secondsText(result.seconds),
                                    QString::fromStdString(result.made).toHtmlEscaped());
    if (result.twin_distance >= 0)
      line += tr(", %1 from its twin").arg(result.twin_distance, 0, 'f', 2);
    lines << line;
  }
  if (difference_->isChecked())
    lines << tr("Shown: difference from the twin; dark is equal, bright %1 of 255 or more")
                 .arg(kDifferenceTop);
  if (cells_->marked().size() > 1) lines << tr("%1 cells selected").arg(cells_->marked().size());
  hover_->setText(lines.join(QStringLiteral("<br>")));
}

void SweepPage::setVerifying(int picture) { panel_->setVerifying(picture); }

void SweepPage::showVerified(int picture, const PictureDifference& difference, bool latents_equal) {
  panel_->showVerified(picture, difference, latents_equal);
}

void SweepPage::showVerifyFailed(const QString& message) {
  panel_->setVerifying(-1);
  notice_->show(
      tr("The picture could not be verified: %1").arg(message), true, {{tr("Dismiss"), {}, {}}});
}

void SweepPage::showExported(const QString& message, bool is_error) {
  notice_->show(message, is_error, {{tr("Dismiss"), {}, {}}});
}

}  // namespace studio::ui
