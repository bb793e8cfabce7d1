// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery's head: search field, filters, order and tile size.
#include "ui/gallery_filter.h"

#include "ui/gallery_grid.h"
#include "ui/gallery_stars.h"
#include "ui/gallery_tags.h"
#include "ui/job_text.h"
#include "ui/theme.h"

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QSlider>
#include <QStringListModel>
#include <QTimer>
#include <QToolButton>

namespace studio::ui {
namespace {

constexpr int kTypingMs = 180;
// While names are offered, half of one is not searched for at once.
constexpr int kChoosingMs = 1200;
constexpr int kCompletionsWidth = 280;

enum Since { AnyTime, TodayOnly, Week, Month, Year };

std::optional<QDate> firstDay(int since) {
  const QDate today = QDate::currentDate();
  switch (since) {
    case TodayOnly:
      return today;
    case Week:
      return today.addDays(-6);
    case Month:
      return today.addDays(-29);
    case Year:
      return QDate(today.year(), 1, 1);
    default:
      return {};
  }
}

QIcon starIcon(bool filled) {
  QIcon icon;
  for (const int side : {16, 32, 48}) {
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const QPainterPath star = starPath(QRectF(0, 0, side, side).adjusted(1, 1, -1, -1));
    if (filled) {
      painter.fillPath(star, theme().accent);
    } else {
      painter.strokePath(star, QPen(theme().muted, side / 12.0));
    }
    icon.addPixmap(pixmap);
  }
  return icon;
}

// Where the word at the end of a text begins.
qsizetype lastWord(const QString& text) {
  qsizetype at = text.size();
  while (at > 0 && !text[at - 1].isSpace() && text[at - 1] != QLatin1Char(';')) --at;
  if (at < text.size() && text[at] == QLatin1Char('-')) ++at;
  return at;
}

}  // namespace

GalleryFilter::GalleryFilter(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), search_(catalogue), typing_(new QTimer(this)) {
  setObjectName(QStringLiteral("galleryFilter"));
  typing_->setSingleShot(true);
  typing_->setInterval(kTypingMs);
  connect(typing_, &QTimer::timeout, this, &GalleryFilter::read);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 8, 16, 4);
  column->setSpacing(8);
  auto* first = new QHBoxLayout;
  first->setSpacing(8);
  buildSearch();
  first->addWidget(text_, 1);
  buildOrder();
  auto* by = new QLabel(tr("Sort"), this);
  by->setObjectName(QStringLiteral("note"));
  by->setBuddy(sort_);
  first->addSpacing(8);
  first->addWidget(by);
  first->addWidget(sort_);
  first->addWidget(direction_);
  first->addSpacing(8);
  first->addWidget(side_);
  column->addLayout(first);
  auto* second = new QHBoxLayout;
  second->setSpacing(8);
  buildFilters();
  for (QWidget* widget :
       std::initializer_list<QWidget*>{rating_, favourites_, tag_, scope_, model_, date_, twins_})
    second->addWidget(widget);
  second->addStretch(1);
  second->addWidget(clear_);
  column->addLayout(second);
  note_ = new QLabel(this);
  note_->setObjectName(QStringLiteral("rowError"));
  note_->setTextFormat(Qt::PlainText);
  note_->setWordWrap(true);
  note_->hide();
  column->addWidget(note_);
  refreshIcons();
  quiet_ = false;
}

void GalleryFilter::buildSearch() {
  text_ = new QLineEdit(this);
  text_->setObjectName(QStringLiteral("gallerySearch"));
  text_->setAccessibleName(tr("Search"));
  text_->setPlaceholderText(tr("Search prompts and parameters"));
  text_->setClearButtonEnabled(true);
  text_->setMinimumWidth(220);
  text_->setMaxLength(4000);
  text_->setToolTip(
      tr("<p>Words and \"phrases\" of prompts, file names and tags; a space or ; means <i>and</i>, "
         "- in front means <i>not</i>.</p><p>Parameters: <b>seed=43</b>, <b>steps>=20</b>, "
         "<b>model:name</b>; any key can be compared with : = != &lt; &lt;= > >=.</p>"
         "<p>Also <b>rating>=3</b>, <b>favourite:yes</b>, <b>tag:name</b>, <b>file:name</b>, "
         "<b>date>=2026-11</b>.</p>"));
  text_->installEventFilter(this);
  completions_ = new QStringListModel(this);
  completer_ = new QCompleter(completions_, this);
  completer_->setWidget(text_);
  completer_->setCaseSensitivity(Qt::CaseInsensitive);
  // The list is made anew for every letter.
  completer_->setFilterMode(Qt::MatchContains);
  connect(completer_,
          qOverload<const QString&>(&QCompleter::activated),
          this,
          &GalleryFilter::insertCompletion);
  // After textEdited: the list is open by then.
  connect(text_, &QLineEdit::textChanged, this, [this] {
    typing_->start(completer_->popup()->isVisible() ? kChoosingMs : kTypingMs);
  });
  connect(text_, &QLineEdit::textEdited, this, &GalleryFilter::completeSearch);
}

void GalleryFilter::buildOrder() {
  sort_ = makeChoice(
      QStringLiteral("gallerySort"), tr("Sort by"), tr("What the pictures are sorted by"));
  sort_->addItem(tr("Date"), static_cast<int>(GallerySort::Date));
  sort_->addItem(tr("Rating"), static_cast<int>(GallerySort::Rating));
  sort_->addItem(tr("File name"), static_cast<int>(GallerySort::Name));
  sort_->insertSeparator(sort_->count());
  for (const JobParam& param : search_.params()) {
    sort_->addItem(fromView(param.spec->label), static_cast<int>(GallerySort::Parameter));
    const int row = sort_->count() - 1;
    sort_->setItemData(row, QString::fromStdString(param.path), Qt::UserRole + 1);
    sort_->setItemData(
        row,
        QStringLiteral("<p>%1: %2</p>")
            .arg(GallerySearch::shortPath(param.path), fromView(param.spec->doc).toHtmlEscaped()),
        Qt::ToolTipRole);
  }
  direction_ = new QToolButton(this);
  direction_->setObjectName(QStringLiteral("galleryDirection"));
  direction_->setCheckable(true);
  direction_->setAccessibleName(tr("Smallest or oldest first"));
  direction_->setToolTip(tr("The other way round: oldest, smallest or A first"));
  connect(direction_, &QToolButton::toggled, this, &GalleryFilter::read);
  side_ = new QSlider(Qt::Horizontal, this);
  side_->setObjectName(QStringLiteral("galleryTileSide"));
  side_->setRange(GalleryGrid::kLeastSide, GalleryGrid::kMostSide);
  side_->setSingleStep(16);
  side_->setPageStep(32);
  side_->setFixedWidth(112);
  side_->setAccessibleName(tr("Size of the pictures"));
  side_->setToolTip(tr("Size of the pictures (Ctrl+wheel, + and -)"));
  connect(side_, &QSlider::valueChanged, this, &GalleryFilter::tileSideAsked);
}

QComboBox* GalleryFilter::makeChoice(const QString& name,
                                     const QString& accessible,
                                     const QString& tip) {
  auto* choice = new QComboBox(this);
  choice->setObjectName(name);
  choice->setAccessibleName(accessible);
  choice->setToolTip(tip);
  choice->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  choice->setMaximumWidth(184);
  choice->setMaxVisibleItems(24);
  connect(choice, &QComboBox::currentIndexChanged, this, &GalleryFilter::read);
  return choice;
}

void GalleryFilter::buildFilters() {
  rating_ = makeChoice(QStringLiteral("galleryRating"), tr("Least rating"), tr("Least rating"));
  rating_->addItem(tr("Any rating"), 0);
  const QStringList at_least = {tr("1 star or more"),
                                tr("2 stars or more"),
                                tr("3 stars or more"),
                                tr("4 stars or more"),
                                tr("5 stars")};
  for (int stars = 1; stars <= 5; ++stars) rating_->addItem(at_least[stars - 1], stars);
  favourites_ = new QToolButton(this);
  favourites_->setObjectName(QStringLiteral("galleryFavourites"));
  favourites_->setCheckable(true);
  favourites_->setAccessibleName(tr("Only favourites"));
  favourites_->setToolTip(tr("Only favourites (S marks one)"));
  connect(favourites_, &QToolButton::toggled, this, [this] {
    refreshIcons();
    read();
  });
  tag_ = makeChoice(QStringLiteral("galleryTag"), tr("Tag"), tr("Only pictures with this tag"));
  tag_->addItem(tr("Any tag"));
  scope_ = makeChoice(QStringLiteral("galleryScope"),
                      tr("Sweeps or single pictures"),
                      tr("Cells of sweeps, or pictures made one by one"));
  scope_->addItem(tr("Singles and sweeps"), static_cast<int>(GalleryScope::All));
  scope_->addItem(tr("Single pictures"), static_cast<int>(GalleryScope::Singles));
  scope_->addItem(tr("Sweeps"), static_cast<int>(GalleryScope::Sweeps));
  model_ =
      makeChoice(QStringLiteral("galleryModel"), tr("Model"), tr("Only pictures of this model"));
  model_->addItem(tr("Any model"));
  date_ = makeChoice(QStringLiteral("galleryDate"), tr("Age"), tr("Only pictures this new"));
  date_->addItem(tr("Any time"), AnyTime);
  date_->addItem(tr("Today"), TodayOnly);
  date_->addItem(tr("Last 7 days"), Week);
  date_->addItem(tr("Last 30 days"), Month);
  date_->addItem(tr("This year"), Year);
  twins_ = new QCheckBox(tr("Show twins"), this);
  twins_->setObjectName(QStringLiteral("galleryTwins"));
  twins_->setToolTip(tr("Show unguided twins as pictures of their own"));
  connect(twins_, &QCheckBox::toggled, this, &GalleryFilter::read);
  clear_ = new QPushButton(tr("Clear filters"), this);
  clear_->setObjectName(QStringLiteral("plain"));
  clear_->setToolTip(tr("Show every picture again"));
  clear_->hide();
  connect(clear_, &QPushButton::clicked, this, &GalleryFilter::clear);
}

void GalleryFilter::refreshIcons() {
  favourites_->setIcon(starIcon(favourites_->isChecked()));
  direction_->setText(direction_->isChecked() ? QStringLiteral("↑") : QStringLiteral("↓"));
  dressCompletions(*completer_);
}

void GalleryFilter::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && clear_ != nullptr) refreshIcons();
}

void GalleryFilter::read() {
  if (quiet_) return;
  typing_->stop();
  direction_->setText(direction_->isChecked() ? QStringLiteral("↑") : QStringLiteral("↓"));
  GalleryQuery now;
  now.text = text_->text();
  now.least_rating = rating_->currentData().toInt();
  now.only_favourites = favourites_->isChecked();
  if (tag_->currentIndex() > 0) now.tag = tag_->currentText();
  now.scope = static_cast<GalleryScope>(scope_->currentData().toInt());
  if (model_->currentIndex() > 0) now.model = model_->currentText();
  now.since = firstDay(date_->currentData().toInt());
  now.show_twins = twins_->isChecked();
  now.sort = static_cast<GallerySort>(sort_->currentData().toInt());
  now.sort_parameter = sort_->currentData(Qt::UserRole + 1).toString();
  now.ascending = direction_->isChecked();
  clear_->setVisible(now.isFiltered());
  if (now == query_) return;
  query_ = now;
  Q_EMIT queryChanged(query_);
}

void GalleryFilter::clear() { search({}); }

void GalleryFilter::search(const QString& text) {
  quiet_ = true;
  text_->setText(text);
  for (QComboBox* choice : {rating_, tag_, scope_, model_, date_}) choice->setCurrentIndex(0);
  favourites_->setChecked(false);
  quiet_ = false;
  read();
}

void GalleryFilter::focusSearch() {
  text_->setFocus(Qt::ShortcutFocusReason);
  text_->selectAll();
}

void GalleryFilter::setFacets(const QStringList& models, const QStringList& tags) {
  tags_ = tags;
  const auto fill = [](QComboBox* choice, const QStringList& values) {
    const QString chosen = choice->currentIndex() > 0 ? choice->currentText() : QString();
    QStringList wanted = values;
    // A filter that matches nothing any more still says what it is.
    if (!chosen.isEmpty() && !wanted.contains(chosen)) wanted << chosen;
    QStringList there;
    for (int i = 1; i < choice->count(); ++i) there << choice->itemText(i);
    if (there == wanted) return;
    while (choice->count() > 1) choice->removeItem(1);
    choice->addItems(wanted);
    choice->setCurrentIndex(chosen.isEmpty() ? 0 : static_cast<int>(wanted.indexOf(chosen)) + 1);
  };
  quiet_ = true;
  fill(model_, models);
  fill(tag_, tags);
  quiet_ = false;
  tag_->setEnabled(tag_->count() > 1);
  model_->setEnabled(model_->count() > 1);
}

void GalleryFilter::setTextProblem(const QString& problem) {
  note_->setText(problem);
  note_->setVisible(!problem.isEmpty());
  text_->setAccessibleDescription(problem);
  setStyleProperty(text_, "wrong", !problem.isEmpty());
}

void GalleryFilter::setTileSide(int side) {
  const QSignalBlocker quiet(side_);
  side_->setValue(side);
}

// Keys before a comparison, tags after "tag:".
void GalleryFilter::completeSearch(const QString& text) {
  const QString head = text.left(text_->cursorPosition());
  const QString word = head.mid(lastWord(head));
  QStringList choices = search_.keys();
  for (const QString& tag : tags_) {
    const bool spaced = tag.contains(QLatin1Char(' '));
    choices << (spaced ? QStringLiteral("tag:\"%1\"") : QStringLiteral("tag:%1")).arg(tag);
  }
  QStringList fitting;
  if (word.size() >= 2 && !word.contains(QLatin1Char('"'))) {
    for (const QString& choice : choices) {
      // The beginning of the whole, or of what follows a point.
      if (choice.startsWith(word, Qt::CaseInsensitive) ||
          choice.contains(QLatin1Char('.') + word, Qt::CaseInsensitive))
        fitting << choice;
    }
  }
  if (fitting.isEmpty() || (fitting.size() == 1 && fitting[0] == word))
    return completer_->popup()->hide();
  completions_->setStringList(fitting);
  completer_->setCompletionPrefix(word);
  completer_->complete(QRect(0, 0, std::min(kCompletionsWidth, text_->width()), text_->height()));
}

void GalleryFilter::insertCompletion(const QString& completion) {
  const QString all = text_->text();
  const int cursor = text_->cursorPosition();
  const QString head = all.left(cursor);
  const QString before = head.left(lastWord(head)) + completion;
  text_->setText(before + all.mid(cursor));
  text_->setCursorPosition(static_cast<int>(before.size()));
}

bool GalleryFilter::eventFilter(QObject* watched, QEvent* event) {
  // Escape clears the search before it means anything to the window.
  if (watched == text_ && event->type() == QEvent::ShortcutOverride && !text_->text().isEmpty() &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    event->accept();
    return true;
  }
  if (watched == text_ && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Down) {
      read();
      Q_EMIT leaveAsked();
      return true;
    }
    if (key == Qt::Key_Escape && !text_->text().isEmpty()) {
      text_->clear();
      read();
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace studio::ui
