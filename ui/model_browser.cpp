// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The model browser's parts, and what its buttons do.
#include "ui/model_browser.h"

#include "ui/icons.h"
#include "ui/model_cards.h"
#include "ui/model_library.h"
#include "ui/param_row.h"
#include "ui/theme.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QScreen>
#include <QStyle>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kSideWidth = 208;
constexpr int kFolderRole = Qt::UserRole + 1;
constexpr QSize kUsualSize(980, 660);

struct KindText {
  FileKind kind;
  QString many, none, use;
};

std::vector<KindText> kindTexts() {
  return {{FileKind::Model,
           ModelBrowser::tr("Models"),
           ModelBrowser::tr("No model in these folders."),
           ModelBrowser::tr("Use")},
          {FileKind::Lora,
           ModelBrowser::tr("LoRAs"),
           ModelBrowser::tr("No LoRA in these folders."),
           ModelBrowser::tr("Add to the job")},
          {FileKind::Vae,
           ModelBrowser::tr("VAEs"),
           ModelBrowser::tr("No VAE in these folders."),
           ModelBrowser::tr("Use as the VAE")},
          {FileKind::ControlNet,
           ModelBrowser::tr("ControlNets"),
           ModelBrowser::tr("No ControlNet in these folders."),
           ModelBrowser::tr("Use as the ControlNet")},
          {FileKind::Other,
           ModelBrowser::tr("Other"),
           ModelBrowser::tr("Nothing else in these folders."),
           ModelBrowser::tr("Use")}};
}

// One line, as much of it as there is room for.
class StatusLabel : public QLabel {
 public:
  explicit StatusLabel(QWidget* parent) : QLabel(parent) {
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    style()->drawItemText(&painter,
                          rect(),
                          Qt::AlignLeft | Qt::AlignVCenter,
                          palette(),
                          isEnabled(),
                          fontMetrics().elidedText(text(), Qt::ElideMiddle, width()),
                          foregroundRole());
  }
};

QPushButton* makeButton(const QString& name, const QString& text, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setObjectName(name);
  button->setAutoDefault(false);
  return button;
}

}  // namespace

ModelBrowser::ModelBrowser(ModelLibrary& library, const QString& start_folder, QWidget* parent)
    : QDialog(parent),
      library_(library),
      start_folder_(start_folder),
      cards_(new CardModel(library, this)),
      list_(new CardList(*cards_, this)) {
  setObjectName(QStringLiteral("modelBrowser"));
  setWindowTitle(tr("Models"));
  auto* main = new QVBoxLayout;
  main->setContentsMargins(12, 12, 12, 12);
  main->setSpacing(8);
  main->addWidget(makeTop());
  main->addWidget(makeKinds());
  hint_ = new QWidget(this);
  auto* hint_row = new QHBoxLayout(hint_);
  hint_row->setContentsMargins(0, 0, 0, 0);
  auto* hint_text =
      new QLabel(tr("Add the folder that holds your models: what is in it is listed here, "
                    "a few folders deep, and new files show up by themselves."),
                 hint_);
  hint_text->setWordWrap(true);
  auto* hint_add = makeButton(QStringLiteral("addFirstFolder"), tr("Add a folder…"), hint_);
  setStyleProperty(hint_add, "primary", true);
  hint_row->addWidget(hint_text, 1);
  hint_row->addWidget(hint_add);
  main->addWidget(hint_);
  main->addWidget(list_, 1);
  folder_problem_ = new QLabel(this);
  folder_problem_->setObjectName(QStringLiteral("folderProblem"));
  folder_problem_->setWordWrap(true);
  setStyleProperty(folder_problem_, "role", QStringLiteral("error"));
  main->addWidget(folder_problem_);
  main->addWidget(makeProgress());
  main->addWidget(makeButtons());
  auto* columns = new QHBoxLayout(this);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(0);
  columns->addWidget(makeSide());
  columns->addLayout(main, 1);
  const QSize room = parent == nullptr || parent->screen() == nullptr
                         ? kUsualSize
                         : parent->screen()->availableSize() - QSize(40, 80);
  resize(kUsualSize.boundedTo(room));
  setMinimumSize(QSize(620, 340));

  connect(hint_add, &QPushButton::clicked, this, &ModelBrowser::addFolder);
  connect(list_, &CardList::useAsked, this, &ModelBrowser::use);
  connect(list_, &CardList::favouriteAsked, this, &ModelBrowser::toggleFavourite);
  connect(list_, &CardList::currentChangedTo, this, &ModelBrowser::refreshButtons);
  connect(&library, &ModelLibrary::changed, this, &ModelBrowser::refresh);
  connect(&library, &ModelLibrary::progressed, this, &ModelBrowser::refreshProgress);
  connect(&library, &ModelLibrary::foldersChanged, this, &ModelBrowser::refreshFolders);
  connect(&library, &ModelLibrary::problem, this, &ModelBrowser::showProblem);
  refreshFolders();
  takeFilter();
  refresh();
  list_->setFocus();
}

QWidget* ModelBrowser::makeSide() {
  auto* side = new QWidget(this);
  side->setObjectName(QStringLiteral("controls"));
  side->setAttribute(Qt::WA_StyledBackground);
  side->setFixedWidth(kSideWidth);
  auto* heading = new QLabel(tr("FOLDERS"), side);
  heading->setObjectName(QStringLiteral("heading"));
  heading->setAccessibleName(tr("Folders"));
  folders_ = new QListWidget(side);
  folders_->setObjectName(QStringLiteral("modelFolders"));
  folders_->setAccessibleName(tr("Watched folders"));
  folders_->setTextElideMode(Qt::ElideMiddle);
  folders_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  folders_->setUniformItemSizes(true);
  folders_->setFrameShape(QFrame::NoFrame);
  auto* add = makeButton(QStringLiteral("addFolder"), tr("&Add…"), side);
  add->setIcon(glyphIcon(Glyph::Plus));
  add->setToolTip(tr("Watch another folder for models"));
  remove_ = makeButton(QStringLiteral("removeFolder"), tr("&Remove"), side);
  remove_->setToolTip(tr("No longer watches the folder; its files stay as they are"));
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(add, 1);
  row->addWidget(remove_, 1);
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(8, 16, 8, 12);
  layout->setSpacing(8);
  layout->addWidget(heading);
  layout->addWidget(folders_, 1);
  layout->addLayout(row);
  connect(folders_, &QListWidget::currentRowChanged, this, &ModelBrowser::takeFilter);
  connect(add, &QPushButton::clicked, this, &ModelBrowser::addFolder);
  connect(remove_, &QPushButton::clicked, this, &ModelBrowser::removeFolder);
  auto* by_key = new QAction(folders_);
  by_key->setShortcut(QKeySequence::Delete);
  by_key->setShortcutContext(Qt::WidgetShortcut);
  folders_->addAction(by_key);
  connect(by_key, &QAction::triggered, this, &ModelBrowser::removeFolder);
  return side;
}

QWidget* ModelBrowser::makeTop() {
  auto* top = new QWidget(this);
  search_ = new QLineEdit(top);
  search_->setObjectName(QStringLiteral("modelSearch"));
  search_->setPlaceholderText(tr("Search by name, folder or kind"));
  search_->setAccessibleName(tr("Search models"));
  search_->setClearButtonEnabled(true);
  search_->installEventFilter(this);
  order_ = makeComboBox(top);
  order_->setObjectName(QStringLiteral("modelOrder"));
  order_->setAccessibleName(tr("Order"));
  order_->addItem(tr("By name"), static_cast<int>(CardOrder::Name));
  order_->addItem(tr("Last used"), static_cast<int>(CardOrder::LastUsed));
  order_->addItem(tr("Largest"), static_cast<int>(CardOrder::Size));
  order_->addItem(tr("Newest"), static_cast<int>(CardOrder::Newest));
  favourites_ = new QToolButton(top);
  favourites_->setObjectName(QStringLiteral("onlyFavourites"));
  favourites_->setCheckable(true);
  favourites_->setIcon(glyphIcon(Glyph::Star));
  favourites_->setToolTip(tr("Only favourites"));
  favourites_->setAccessibleName(tr("Only favourites"));
  auto* row = new QHBoxLayout(top);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(search_, 1);
  row->addWidget(order_);
  row->addWidget(favourites_);
  connect(search_, &QLineEdit::textChanged, this, &ModelBrowser::takeFilter);
  connect(favourites_, &QToolButton::toggled, this, &ModelBrowser::takeFilter);
  connect(order_, &QComboBox::activated, this, [this] {
    cards_->setOrder(static_cast<CardOrder>(order_->currentData().toInt()));
  });
  return top;
}

QWidget* ModelBrowser::makeKinds() {
  auto* box = new QWidget(this);
  kinds_ = new QButtonGroup(this);
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  QList<QAbstractButton*> buttons;
  for (const KindText& kind : kindTexts()) {
    auto* button = new QToolButton(box);
    button->setObjectName(QStringLiteral("kind%1").arg(static_cast<int>(kind.kind)));
    button->setCheckable(true);
    button->setChecked(kind.kind == FileKind::Model);
    button->setText(kind.many);
    kinds_->addButton(button, static_cast<int>(kind.kind));
    row->addWidget(button);
    buttons << button;
  }
  joinButtons(buttons);
  unusable_ = new QCheckBox(tr("Also what cannot be used"), box);
  unusable_->setObjectName(QStringLiteral("withUnusable"));
  unusable_->setChecked(true);
  row->addStretch(1);
  row->addWidget(unusable_);
  connect(kinds_, &QButtonGroup::idToggled, this, [this](int, bool on) {
    if (on) takeFilter();
  });
  connect(unusable_, &QCheckBox::toggled, this, &ModelBrowser::takeFilter);
  return box;
}

QWidget* ModelBrowser::makeProgress() {
  auto* box = new QWidget(this);
  box->setFixedHeight(26);
  status_ = new StatusLabel(box);
  status_->setObjectName(QStringLiteral("modelStatus"));
  progress_ = new QProgressBar(box);
  progress_->setTextVisible(false);
  progress_->setFixedWidth(140);
  progress_->setAccessibleName(tr("Progress"));
  stop_ = makeButton(QStringLiteral("stopLooking"), tr("Stop"), box);
  setStyleProperty(stop_, "quiet", true);
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(status_, 1);
  row->addWidget(progress_);
  row->addWidget(stop_);
  connect(stop_, &QPushButton::clicked, this, [this] {
    library_.hashing().isEmpty() ? library_.stopLooking() : library_.stopHashing();
  });
  return box;
}

QWidget* ModelBrowser::makeButtons() {
  auto* box = new QWidget(this);
  auto* again = makeButton(QStringLiteral("lookAgain"), tr("Look again"), box);
  hash_ = makeButton(QStringLiteral("hashModel"), tr("Compute the hash"), box);
  hash_->setToolTip(tr("Reads all of the file once, in the background; later loads know its hash"));
  place_ = makeButton(QStringLiteral("showPlace"), tr("Show its folder"), box);
  auto* close = makeButton(QStringLiteral("closeBrowser"), tr("Close"), box);
  use_ = makeButton(QStringLiteral("useModel"), tr("Use"), box);
  use_->setDefault(true);
  setStyleProperty(use_, "primary", true);
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  for (QPushButton* button : {again, hash_, place_}) row->addWidget(button);
  row->addStretch(1);
  row->addWidget(close);
  row->addWidget(use_);
  connect(again, &QPushButton::clicked, &library_, &ModelLibrary::look);
  connect(hash_, &QPushButton::clicked, this, &ModelBrowser::hash);
  connect(place_, &QPushButton::clicked, this, [this] {
    QDesktopServices::openUrl(QUrl::fromLocalFile(cards_->entry(list_->currentIndex()).folder));
  });
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  connect(use_, &QPushButton::clicked, this, &ModelBrowser::use);
  return box;
}

QString ModelBrowser::root() const {
  const QListWidgetItem* item = folders_->currentItem();
  return item == nullptr ? QString() : item->data(kFolderRole).toString();
}

void ModelBrowser::setInUse(const QStringList& values) { cards_->setInUse(values); }

void ModelBrowser::showKind(FileKind kind) {
  if (QAbstractButton* button = kinds_->button(static_cast<int>(kind))) button->setChecked(true);
}

void ModelBrowser::showNote(const QString& text) { tell(text, false); }
void ModelBrowser::showProblem(const QString& text) { tell(text, true); }

void ModelBrowser::tell(const QString& text, bool is_problem) {
  note_ = text;
  note_is_problem_ = is_problem;
  refreshProgress();
}

void ModelBrowser::takeFilter() {
  if (kinds_ == nullptr || unusable_ == nullptr || folders_ == nullptr) return;
  cards_->setFilter({static_cast<FileKind>(kinds_->checkedId()),
                     search_->text(),
                     root(),
                     unusable_->isChecked(),
                     favourites_->isChecked()});
  note_.clear();
  refreshProgress();
}

void ModelBrowser::refresh() {
  cards_->refresh();
  refreshProgress();
}

void ModelBrowser::refreshFolders() {
  const QString chosen = root();
  const QSignalBlocker quiet(folders_);
  folders_->clear();
  const auto add = [this](const QString& text, const QString& folder) {
    auto* item = new QListWidgetItem(text, folders_);
    item->setData(kFolderRole, folder);
    item->setToolTip(folder.isEmpty() ? text : QDir::toNativeSeparators(folder));
    return item;
  };
  add(tr("All folders"), {});
  int row = 0;
  for (const QString& folder : library_.folders()) {
    QListWidgetItem* item = add(QDir::toNativeSeparators(folder), folder);
    if (folder == chosen) row = folders_->row(item);
    const QString problem = library_.problemOf(folder);
    if (problem.isEmpty()) continue;
    item->setIcon(glyphIcon(Glyph::Warning, &Theme::warn));
    item->setToolTip(item->toolTip() + QLatin1Char('\n') + problem);
    item->setData(Qt::AccessibleDescriptionRole, problem);
  }
  folders_->setCurrentRow(row);
  takeFilter();
}

void ModelBrowser::refreshProgress() {
  for (const KindText& kind : kindTexts()) {
    QAbstractButton* button = kinds_->button(static_cast<int>(kind.kind));
    const int count = cards_->count(kind.kind);
    button->setText(count == 0 ? kind.many : tr("%1  %2").arg(kind.many).arg(count));
    button->setAccessibleName(tr("%1, %2").arg(kind.many).arg(count));
  }
  const bool hashes = !library_.hashing().isEmpty(), looks = library_.isLooking();
  progress_->setVisible(hashes || looks);
  stop_->setVisible(hashes || looks);
  QString text = note_;
  if (hashes) {
    progress_->setRange(0, 1000);
    progress_->setValue(qRound(1000 * library_.hashed()));
    text = tr("Hashing %1").arg(modelName(library_.hashing()));
  } else if (looks) {
    progress_->setRange(0, library_.total());
    progress_->setValue(library_.done());
    const QString where = library_.lookedAt().isEmpty()
                              ? tr("the program's own models")
                              : QDir::toNativeSeparators(library_.lookedAt());
    text = library_.total() == 0
               ? tr("Looking for files in %1").arg(where)
               : tr("%1 of %2 in %3").arg(library_.done()).arg(library_.total()).arg(where);
  }
  setStyleProperty(
      status_,
      "role",
      note_is_problem_ && text == note_ ? QStringLiteral("error") : QStringLiteral("note"));
  status_->setToolTip(text);
  status_->setText(text);
  const QString problem = library_.problemOf(root());
  folder_problem_->setText(problem);
  folder_problem_->setVisible(!problem.isEmpty());
  hint_->setVisible(library_.folders().isEmpty());
  list_->setEmptyText(emptyText());
  list_->viewport()->update();
  refreshButtons();
}

QString ModelBrowser::emptyText() const {
  if (!library_.hasEngine()) return tr("Models are listed once the engine has started.");
  if (!search_->text().trimmed().isEmpty())
    return tr("Nothing here matches “%1”.").arg(search_->text().trimmed());
  if (favourites_->isChecked()) return tr("No favourite here yet: F marks one.");
  if (library_.isLooking()) return tr("Looking…");
  for (const KindText& kind : kindTexts()) {
    if (kind.kind == cards_->filter().kind) return kind.none;
  }
  return {};
}

void ModelBrowser::refreshButtons() {
  const QModelIndex current = list_->currentIndex();
  const LibraryEntry& entry = cards_->entry(current);
  const bool any = current.isValid();
  for (const KindText& kind : kindTexts()) {
    if (kind.kind == cards_->filter().kind) use_->setText(kind.use);
  }
  use_->setEnabled(any && entry.found.usable && library_.hasEngine());
  use_->setToolTip(any && !entry.found.usable ? QString::fromStdString(entry.found.problem)
                                              : QString());
  hash_->setEnabled(any && entry.found.can_hash && entry.found.hash.empty() &&
                    library_.hasEngine() && library_.hashing().isEmpty());
  place_->setEnabled(any);
  remove_->setEnabled(!root().isEmpty());
}

void ModelBrowser::use() {
  if (!use_->isEnabled()) return;
  const LibraryEntry& entry = cards_->entry(list_->currentIndex());
  Q_EMIT useAsked(entry.found.kind, QString(entry.value));
}

void ModelBrowser::toggleFavourite(const QModelIndex& index) {
  const LibraryEntry& entry = cards_->entry(index);
  library_.setFavourite(QString(entry.value), !entry.is_favourite);
}

void ModelBrowser::hash() {
  note_.clear();
  library_.hash(QString::fromStdString(cards_->entry(list_->currentIndex()).found.path));
}

void ModelBrowser::addFolder() {
  auto* dialog = new QFileDialog(this, tr("Watch a folder for models"), start_folder_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    if (!library_.addFolder(folder)) showNote(tr("That folder is watched already."));
  });
  dialog->open();
}

void ModelBrowser::removeFolder() {
  if (!root().isEmpty()) library_.removeFolder(root());
}

// From the search down into the list, without the mouse.
bool ModelBrowser::eventFilter(QObject* watched, QEvent* event) {
  if (watched == search_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Down) {
      list_->setFocus();
      return true;
    }
    if (key->key() == Qt::Key_Escape && !search_->text().isEmpty()) {
      search_->clear();
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

}  // namespace studio::ui
