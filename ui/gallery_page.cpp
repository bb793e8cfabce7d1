// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery as a page of its own: its parts and what they show.
#include "ui/gallery_page.h"

#include "ui/gallery_details.h"
#include "ui/gallery_filter.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_index.h"
#include "ui/pool_tasks.h"

#include <QAction>
#include <QDir>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>

namespace studio::ui {
namespace {

// Going through pictures with a held arrow key asks for none of them.
constexpr int kAskMs = 90;
constexpr int kNewsMs = 12000;
constexpr int kPreviewSide = 640;
constexpr std::size_t kMostShown = 2000;  // selected pictures whose marks are summed up

}  // namespace

GalleryPage::GalleryPage(const Catalogue& catalogue, PoolTasks& tasks, QWidget* parent)
    : QWidget(parent),
      catalogue_(catalogue),
      tasks_(tasks),
      index_(new GalleryIndex(catalogue, this)),
      ask_timer_(new QTimer(this)),
      news_timer_(new QTimer(this)) {
  setObjectName(QStringLiteral("galleryPage"));
  setAccessibleName(tr("Gallery"));
  setAttribute(Qt::WA_StyledBackground);
  for (QTimer* timer : {ask_timer_, news_timer_}) timer->setSingleShot(true);
  ask_timer_->setInterval(kAskMs);
  news_timer_->setInterval(kNewsMs);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* splitter = new QSplitter(Qt::Horizontal, this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(1);
  buildPictures(splitter);
  details_ = new GalleryDetailsPanel(splitter);
  splitter->addWidget(details_);
  splitter->setStretchFactor(0, 1);
  splitter->setSizes({1000, 296});
  column->addWidget(splitter, 1);
  connectParts();
  buildCommands();
  setState(State::Closed);
  showSelection();
}

GalleryPage::~GalleryPage() = default;

void GalleryPage::buildPictures(QSplitter* splitter) {
  auto* left = new QWidget(splitter);
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  filter_ = new GalleryFilter(catalogue_, left);
  column->addWidget(filter_);
  stack_ = new QStackedWidget(left);
  grid_ = new GalleryGrid(stack_);
  stack_->addWidget(grid_);
  buildMessage();
  column->addWidget(stack_, 1);
  buildStatus();
  column->addWidget(findChild<QWidget*>(QStringLiteral("galleryStatus")));
  splitter->addWidget(left);
}

void GalleryPage::buildMessage() {
  auto* page = new QWidget(stack_);
  page->setObjectName(QStringLiteral("galleryMessage"));
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(32, 32, 32, 32);
  column->setSpacing(8);
  column->addStretch(2);
  message_title_ = new QLabel(page);
  message_title_->setObjectName(QStringLiteral("galleryMessageTitle"));
  QFont large = message_title_->font();
  large.setPixelSize(17);
  message_title_->setFont(large);
  message_text_ = new QLabel(page);
  message_text_->setObjectName(QStringLiteral("note"));
  for (QLabel* label : {message_title_, message_text_}) {
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    column->addWidget(label);
  }
  message_progress_ = new QProgressBar(page);
  message_progress_->setTextVisible(false);
  message_progress_->setFixedWidth(240);
  message_progress_->setRange(0, 0);
  message_progress_->setAccessibleName(tr("Reading the folder"));
  column->addSpacing(8);
  column->addWidget(message_progress_, 0, Qt::AlignHCenter);
  message_button_ = new QPushButton(page);
  message_button_->setObjectName(QStringLiteral("galleryMessageButton"));
  column->addWidget(message_button_, 0, Qt::AlignHCenter);
  column->addStretch(3);
  connect(message_button_, &QPushButton::clicked, this, [this] {
    if (state_ == State::NoMatch) return filter_->clear();
    failure_.clear();
    index_->rescan();
    setState(State::Loading);
  });
  stack_->addWidget(page);
}

void GalleryPage::buildStatus() {
  auto* bar = new QWidget(this);
  bar->setObjectName(QStringLiteral("galleryStatus"));
  bar->setFixedHeight(32);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(24, 0, 16, 0);
  row->setSpacing(12);
  counts_ = new QLabel(bar);
  counts_->setObjectName(QStringLiteral("note"));
  row->addWidget(counts_);
  news_ = new QLabel(bar);
  news_->setObjectName(QStringLiteral("galleryNews"));
  news_->setTextFormat(Qt::PlainText);
  row->addWidget(news_);
  undo_button_ = new QPushButton(tr("Undo"), bar);
  undo_button_->setObjectName(QStringLiteral("plain"));
  undo_button_->setToolTip(tr("Put the pictures back (Ctrl+Z)"));
  undo_button_->hide();
  connect(undo_button_, &QPushButton::clicked, this, &GalleryPage::undoTrash);
  row->addWidget(undo_button_);
  row->addStretch(1);
  progress_text_ = new QLabel(bar);
  progress_text_->setObjectName(QStringLiteral("note"));
  row->addWidget(progress_text_);
  progress_ = new QProgressBar(bar);
  progress_->setTextVisible(false);
  progress_->setFixedWidth(120);
  progress_->setAccessibleName(tr("Reading pictures"));
  row->addWidget(progress_);
  progress_->hide();
}

void GalleryPage::connectParts() {
  connect(index_, &GalleryIndex::rowsReady, this, &GalleryPage::takeRows);
  connect(index_, &GalleryIndex::progress, this, &GalleryPage::takeProgress);
  connect(index_, &GalleryIndex::vanished, this, &GalleryPage::takeVanished);
  connect(index_, &GalleryIndex::detailsReady, this, &GalleryPage::takeDetails);
  connect(index_, &GalleryIndex::problem, this, &GalleryPage::problem);
  connect(index_, &GalleryIndex::failed, this, [this](const QString& text) {
    failure_ = text;
    indexing_ = false;
    updateState();
  });
  connect(index_, &GalleryIndex::marksChanged, this, [this](const auto& marks) {
    grid_->patchMarks(marks);
    showSelection();
    QHash<QString, int> stars;
    for (auto it = marks.begin(); it != marks.end(); ++it)
      stars.insert(index_->absolute(it.key()), it.value().rating);
    Q_EMIT starsChanged(stars);
  });
  connect(filter_, &GalleryFilter::queryChanged, index_, &GalleryIndex::query);
  connect(filter_, &GalleryFilter::tileSideAsked, grid_, &GalleryGrid::setTileSide);
  connect(filter_, &GalleryFilter::leaveAsked, this, [this] {
    grid_->setFocus(Qt::OtherFocusReason);
    if (grid_->currentRow() < 0) grid_->select(0);
  });
  connect(grid_, &GalleryGrid::tileSideChanged, filter_, &GalleryFilter::setTileSide);
  connect(grid_, &GalleryGrid::selectionChanged, this, &GalleryPage::showSelection);
  connect(grid_, &GalleryGrid::openAsked, this, &GalleryPage::open);
  connect(grid_, &GalleryGrid::menuAsked, this, &GalleryPage::showMenu);
  connect(grid_, &GalleryGrid::fileVanished, this, [this](const QString& path) {
    index_->notice({path});
  });
  connect(
      details_, &GalleryDetailsPanel::rated, this, [this](int stars) { mark({.rating = stars}); });
  connect(details_, &GalleryDetailsPanel::favouriteAsked, this, [this](bool favourite) {
    mark({.favourite = favourite});
  });
  connect(details_, &GalleryDetailsPanel::tagsAdded, this, [this](const QStringList& tags) {
    mark({.add_tags = tags});
  });
  connect(details_, &GalleryDetailsPanel::tagRemoved, this, [this](const QString& tag) {
    mark({.remove_tags = {tag}});
  });
  connect(details_, &GalleryDetailsPanel::openAsked, this, [this] { open(grid_->currentRow()); });
  connect(ask_timer_, &QTimer::timeout, this, &GalleryPage::askAboutSelection);
  connect(news_timer_, &QTimer::timeout, this, [this] { tell({}, false); });
  filter_->setTileSide(grid_->tileSide());
}

void GalleryPage::setEngine(Engine* engine) {
  engine_ = engine;
  index_->setEngine(engine);
  updateCommands();
}

void GalleryPage::openProject(const QString& folder, bool read_only) {
  failure_.clear();
  answered_ = false;
  indexing_ = true;
  total_ = 0;
  own_removals_.clear();
  undo_.clear();
  known_.reset();
  waiting_ = {};
  tell({}, false);
  details_->setFolder(folder);
  details_->setReadOnly(read_only);
  index_->open(folder, read_only);
  grid_->setFolder(index_->folder());
  filter_->clear();
  index_->query(filter_->query());
  setState(State::Loading);
  updateCounts();
}

QString GalleryPage::folder() const { return index_->folder(); }
bool GalleryPage::isReadOnly() const { return index_->isReadOnly(); }

void GalleryPage::noticePicture(const QString& path) { index_->notice({path}); }

void GalleryPage::noticeRemoval(const std::vector<TrashedFile>& files) {
  QStringList paths;
  for (const TrashedFile& file : files) {
    paths << file.path;
    own_removals_.insert(QDir(folder()).relativeFilePath(file.path));
  }
  index_->notice(paths);
  keepForUndo(files);
  tell(tr("Moved to the wastebasket"), true);
}

void GalleryPage::focusSearch() { filter_->focusSearch(); }

void GalleryPage::searchFor(const QString& text) {
  filter_->search(text);
  grid_->setFocus(Qt::OtherFocusReason);
}

// The user comes back, maybe from a program that changed the folder.
bool GalleryPage::event(QEvent* event) {
  if (event->type() == QEvent::WindowActivate && isVisible() && !folder().isEmpty())
    index_->rescan();
  return QWidget::event(event);
}

void GalleryPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (answered_) index_->rescan();
}

void GalleryPage::takeRows(const std::shared_ptr<GalleryRows>& rows, const GalleryQuery& query) {
  // An answer to what was asked before the last change would only flicker.
  if (!(query == filter_->query())) return;
  filter_->setTextProblem(rows->text_problem);
  filter_->setFacets(rows->models, rows->tags);
  details_->setKnownTags(rows->tags);
  // Half a search term leaves the pictures as they are.
  if (!rows->text_problem.isEmpty()) return;
  answered_ = true;
  failure_.clear();
  total_ = rows->total;
  grid_->setRows(rows);
  updateState();
  updateCounts();
}

void GalleryPage::takeProgress(int done, int total) {
  indexing_ = total == 0 ? !answered_ : done < total;
  progress_->setVisible(indexing_ && total > 0);
  progress_text_->setVisible(indexing_ && total > 0);
  if (total > 0) {
    progress_->setRange(0, total);
    progress_->setValue(done);
    progress_text_->setText(
        tr("Reading %1 of %2").arg(locale().toString(done), locale().toString(total)));
  }
  updateState();
}

void GalleryPage::takeVanished(const QStringList& paths) {
  QStringList foreign;
  for (const QString& path : paths) {
    if (!own_removals_.remove(path)) foreign << path;
  }
  if (foreign.isEmpty()) return;
  Q_EMIT removed(absolutes(foreign));
  tell(foreign.size() == 1 ? tr("%1 was removed by another program").arg(foreign.first())
                           : tr("%1 pictures were removed by another program").arg(foreign.size()),
       false);
}

void GalleryPage::updateState() {
  if (!failure_.isEmpty()) return setState(State::Failed, failure_);
  if (folder().isEmpty()) return setState(State::Closed);
  if (grid_->count() > 0) return setState(State::Pictures);
  if (!answered_ || (indexing_ && !filter_->query().isFiltered())) return setState(State::Loading);
  setState(filter_->query().isFiltered() && total_ > 0 ? State::NoMatch : State::Empty);
}

void GalleryPage::setState(State state, const QString& text) {
  state_ = state;
  stack_->setCurrentIndex(state == State::Pictures ? 0 : 1);
  message_progress_->setVisible(state == State::Loading);
  message_button_->setVisible(state == State::Failed || state == State::NoMatch);
  message_button_->setText(state == State::NoMatch ? tr("Clear filters") : tr("Try again"));
  switch (state) {
    case State::Closed:
      message_title_->setText(tr("No project is open"));
      message_text_->setText(tr("The pictures of a project are shown here."));
      break;
    case State::Loading:
      message_title_->setText(tr("Reading the folder…"));
      message_text_->setText(folder());
      break;
    case State::Failed:
      message_title_->setText(tr("The gallery cannot be shown"));
      message_text_->setText(text);
      break;
    case State::Empty:
      message_title_->setText(tr("No pictures yet"));
      message_text_->setText(
          tr("Finished pictures and the cells of sweeps gather here. PNG files that other programs "
             "put into the folder appear too."));
      break;
    case State::NoMatch:
      message_title_->setText(tr("No picture matches"));
      message_text_->setText(tr("%1 pictures are hidden by the search or the filters.")
                                 .arg(locale().toString(total_)));
      break;
    case State::Pictures:
      break;
  }
  message_title_->setAccessibleName(message_title_->text());
}

QString GalleryPage::summary() const {
  return total_ == 1 ? tr("1 picture") : tr("%1 pictures").arg(locale().toString(total_));
}

void GalleryPage::updateCounts() {
  const int shown = grid_->count(), selected = grid_->selectedCount();
  QString text = filter_->query().isFiltered()
                     ? tr("%1 of %2").arg(locale().toString(shown), summary())
                     : summary();
  if (selected > 1) text += tr(" · %1 selected").arg(locale().toString(selected));
  if (isReadOnly() && !folder().isEmpty()) text += tr(" · read-only");
  if (folder().isEmpty()) text.clear();
  if (text == counts_->text()) return;
  counts_->setText(text);
  Q_EMIT summaryChanged(summary());
}

void GalleryPage::tell(const QString& text, bool can_undo) {
  news_->setText(text);
  undo_button_->setVisible(can_undo);
  if (text.isEmpty()) return news_timer_->stop();
  news_timer_->start();
}

void GalleryPage::showSelection() {
  std::vector<const GalleryEntry*> entries;
  for (const int row : grid_->selectedRows()) {
    entries.push_back(grid_->entry(row));
    if (entries.size() >= kMostShown) break;
  }
  const QString before = details_->path();
  details_->showEntries(
      entries, entries.size() == 1 ? grid_->thumbOf(grid_->rowOf(entries[0]->path)) : QImage());
  if (details_->path() != before || entries.size() == 1) ask_timer_->start();
  updateCommands();
  updateCounts();
}

void GalleryPage::askAboutSelection() {
  const QString path = details_->path();
  if (path.isEmpty()) return;
  index_->askDetails(path);
  ThumbWish wish;
  wish.path = index_->absolute(path);
  wish.side_px = static_cast<int>(kPreviewSide * devicePixelRatioF());
  tasks_.run(
      this,
      [wish] { return makeThumb(wish); },
      [this, path](const Thumb& thumb) { details_->showPreview(path, thumb.image); });
}

void GalleryPage::takeDetails(const std::shared_ptr<GalleryDetails>& details) {
  known_ = details;
  details_->showDetails(*details);
  updateCommands();
  if (waiting_ && waiting_path_ == details->entry.path) std::exchange(waiting_, {})(*details);
}

}  // namespace studio::ui
