// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One field that finds and runs every command, and what other parts offer to it.
#include "ui/command_palette.h"

#include "ui/action_registry.h"
#include "ui/command_palette_list.h"
#include "ui/settings_store.h"

#include <QApplication>
#include <QGraphicsDropShadowEffect>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kWidth = 640;
constexpr int kRows = 10;
constexpr int kLargestList = 200;
constexpr int kRemembered = 12;
constexpr double kRecentBonus = 15;

bool startsWord(const QString& text, qsizetype at) {
  return at == 0 || (!text[at - 1].isLetterOrNumber() && text[at].isLetterOrNumber()) ||
         (text[at].isDigit() != text[at - 1].isDigit());
}

// The best place of one word: whole at the start of a word, whole anywhere, letter by letter.
bool findWord(const QString& word, const QString& text, FuzzyMatch& match) {
  const auto count = [&match](double score) {
    match.weakest = match.hits.isEmpty() ? score : std::min(match.weakest, score);
    match.score += score;
  };
  qsizetype found = -1;
  bool at_start = false;
  for (qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive); at >= 0 && !at_start;
       at = text.indexOf(word, at + 1, Qt::CaseInsensitive)) {
    at_start = startsWord(text, at);
    if (found < 0 || at_start) found = at;
  }
  if (found >= 0) {
    const qsizetype end = found + word.size();
    const bool whole = at_start && (end == text.size() || !text[end].isLetterOrNumber());
    count((whole ? 100 : at_start ? 80 : 45) + (found == 0 ? 15 : 0));
    for (qsizetype i = found; i < end; ++i) match.hits << static_cast<int>(i);
    return true;
  }
  if (word.size() < 2) return false;
  QList<int> hits;
  double score = 20;
  bool initials = true;
  qsizetype at = 0;
  for (const QChar letter : word) {
    qsizetype next = -1;
    // A letter that goes on with the last one, then one that begins a word, then any.
    if (!hits.isEmpty() && at < text.size() && text[at].toCaseFolded() == letter.toCaseFolded()) {
      next = at;
      score += 3;
    }
    for (qsizetype i = at; next < 0 && i < text.size(); ++i) {
      if (text[i].toCaseFolded() == letter.toCaseFolded() && startsWord(text, i))
        next = i, score += 4;
    }
    if (next < 0 && hits.isEmpty()) return false;
    if (next < 0) next = text.indexOf(letter, at, Qt::CaseInsensitive), score -= 2;
    if (next < 0) return false;
    initials = initials && startsWord(text, next);
    hits << static_cast<int>(next);
    at = next + 1;
  }
  // Letters all over the text are chance.
  if (!initials && hits.last() - hits.first() > 3 * word.size()) return false;
  count(initials ? 65 : std::max(score, 5.0));
  match.hits += hits;
  return true;
}

}  // namespace

std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text) {
  FuzzyMatch match;
  const QStringList words = query.split(QChar(' '), Qt::SkipEmptyParts);
  for (const QString& word : words) {
    if (!findWord(word, text, match)) return std::nullopt;
  }
  // More words must not win by their number; a shorter text is the closer one.
  if (!words.isEmpty()) {
    match.score = match.score / static_cast<double>(words.size()) -
                  0.1 * static_cast<double>(std::min<qsizetype>(text.size(), 80));
  }
  return match;
}

CommandPalette::CommandPalette(ActionRegistry& actions, SettingsStore* settings, QWidget* window)
    : QFrame(window),
      actions_(actions),
      settings_(settings),
      window_(window),
      edit_(new QLineEdit(this)),
      list_(new QListView(this)),
      nothing_(new QLabel(tr("Nothing of that name. Try fewer letters."), this)),
      model_(new PaletteModel(this)) {
  setObjectName(QStringLiteral("palette"));
  setAttribute(Qt::WA_StyledBackground);
  setAccessibleName(tr("Command palette"));
  edit_->setObjectName(QStringLiteral("paletteEdit"));
  edit_->setPlaceholderText(tr("Type a command, or a parameter and its value"));
  edit_->setAccessibleName(tr("Command"));
  edit_->addAction(glyphIcon(Glyph::Search, &Theme::muted), QLineEdit::LeadingPosition);
  list_->setObjectName(QStringLiteral("paletteList"));
  list_->setAccessibleName(tr("Commands found"));
  list_->setModel(model_);
  list_->setItemDelegate(new PaletteDelegate(*model_, list_));
  list_->setFocusPolicy(Qt::NoFocus);
  list_->setMouseTracking(true);
  list_->setUniformItemSizes(true);
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  nothing_->setObjectName(QStringLiteral("note"));
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setMinimumHeight(64);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(1, 1, 1, 6);
  layout->setSpacing(6);
  layout->addWidget(edit_);
  auto* inner = new QVBoxLayout;
  inner->setContentsMargins(6, 0, 6, 0);
  inner->addWidget(list_);
  inner->addWidget(nothing_);
  layout->addLayout(inner);
  auto* shadow = new QGraphicsDropShadowEffect(this);
  shadow->setBlurRadius(32);
  shadow->setOffset(0, 8);
  shadow->setColor(QColor(0, 0, 0, 110));
  setGraphicsEffect(shadow);
  connect(edit_, &QLineEdit::textChanged, this, &CommandPalette::search);
  connect(list_, &QListView::clicked, this, &CommandPalette::choose);
  edit_->installEventFilter(this);
  window_->installEventFilter(this);
  hide();
}

void CommandPalette::addProvider(PaletteProvider provider) {
  providers_.push_back(std::move(provider));
}

void CommandPalette::open(const QString& text) {
  if (!isVisible()) focus_before_ = window_->focusWidget();
  edit_->setText(text);
  search();
  place();
  show();
  raise();
  edit_->setFocus(Qt::ShortcutFocusReason);
  edit_->selectAll();
}

void CommandPalette::dismiss() {
  if (!isVisible()) return;
  const bool had_focus = edit_->hasFocus();
  hide();
  if (had_focus && focus_before_ != nullptr) focus_before_->setFocus(Qt::OtherFocusReason);
  focus_before_ = nullptr;
}

void CommandPalette::refresh() {
  if (!isVisible()) return;
  const int row = list_->currentIndex().row();
  search();
  select(std::min(row, model_->rowCount() - 1));
}

std::vector<PaletteItem> CommandPalette::commandItems(const QString& query) const {
  const QStringList recent = settings_ == nullptr ? QStringList() : settings_->recentCommands();
  std::vector<PaletteItem> items;
  double order = 0;
  for (const ActionRegistry::Entry& entry : actions_.entries()) {
    if (!entry.action->isVisible()) continue;
    // "Undo SEG scale" says more than "Undo".
    const QString title = plainText(entry.action->text());
    const auto match = fuzzyMatch(query, title + QChar(' ') + entry.category);
    if (!match) continue;
    PaletteItem item;
    item.title = title.isEmpty() ? entry.text : title;
    item.category = entry.category;
    item.detail = actions_.keysText(entry.id);
    item.hits = match->hits;
    item.id = entry.id;
    item.enabled = entry.action->isEnabled();
    if (!item.enabled && entry.why_disabled) item.why = entry.why_disabled();
    if (entry.action->isCheckable() && entry.action->isChecked()) item.glyph = Glyph::Check;
    const auto place = recent.indexOf(entry.id);
    item.score = match->score;
    if (query.isEmpty()) {
      // Recent ones first, the others in the order of the menus.
      item.score = place >= 0 ? 1000 - static_cast<double>(place) : 500 - (order += 0.1);
      if (place >= 0 && !item.glyph) item.glyph = Glyph::Clock;
    } else if (place >= 0) {
      item.score += kRecentBonus - static_cast<double>(place);
    }
    if (!item.enabled) item.score -= 30;
    const QPointer<QAction> action = entry.action;
    item.run = [action] {
      if (action != nullptr) action->trigger();
    };
    items.push_back(std::move(item));
  }
  return items;
}

void CommandPalette::search() {
  const QString query = edit_->text().trimmed();
  std::vector<PaletteItem> items = commandItems(query);
  for (const PaletteProvider& provider : providers_) {
    for (PaletteItem& item : provider(query)) items.push_back(std::move(item));
  }
  std::stable_sort(items.begin(), items.end(), [](const PaletteItem& a, const PaletteItem& b) {
    return a.score > b.score;
  });
  if (items.size() > kLargestList) items.resize(kLargestList);
  model_->setItems(std::move(items));
  nothing_->setVisible(model_->rowCount() == 0);
  list_->setVisible(model_->rowCount() > 0);
  select(0);
  list_->scrollToTop();
  place();
}

void CommandPalette::place() {
  const int rows = std::clamp(model_->rowCount(), 1, kRows);
  if (model_->rowCount() > 0)
    list_->setFixedHeight(rows * list_->sizeHintForRow(0) + 2 * list_->frameWidth());
  const int width = std::min(kWidth, window_->width() - 48);
  layout()->activate();
  const int top = std::clamp(window_->height() / 9, 24, 96);
  const int height = std::min(sizeHint().height(), window_->height() - top - 24);
  setGeometry((window_->width() - width) / 2, top, width, height);
}

void CommandPalette::select(int row) {
  const QModelIndex index = model_->index(row, 0);
  list_->setCurrentIndex(index);
  if (index.isValid()) list_->scrollTo(index);
}

void CommandPalette::move(int rows) {
  const int count = model_->rowCount();
  if (count == 0) return;
  const int row = list_->currentIndex().row() + rows;
  // One step goes round at the ends, a page stops there.
  select(std::abs(rows) == 1 ? (row + count) % count : std::clamp(row, 0, count - 1));
}

void CommandPalette::choose(const QModelIndex& index) {
  if (!index.isValid()) return;
  const PaletteItem item = model_->item(index.row());
  if (!item.enabled) return;
  if (!item.completes.isEmpty()) {
    edit_->setText(item.completes);
    edit_->setFocus();
    return;
  }
  dismiss();
  if (!item.id.isEmpty()) remember(item.id);
  if (item.run) item.run();
}

void CommandPalette::remember(const QString& id) {
  if (settings_ == nullptr) return;
  QStringList recent = settings_->recentCommands();
  recent.removeAll(id);
  recent.prepend(id);
  settings_->setRecentCommands(recent.mid(0, kRemembered));
}

bool CommandPalette::handleKey(int key, Qt::KeyboardModifiers modifiers) {
  switch (key) {
    case Qt::Key_Escape:
      dismiss();
      return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      choose(list_->currentIndex());
      return true;
    case Qt::Key_Up:
      move(-1);
      return true;
    case Qt::Key_Down:
      move(1);
      return true;
    case Qt::Key_PageUp:
      move(-kRows);
      return true;
    case Qt::Key_PageDown:
      move(kRows);
      return true;
    case Qt::Key_Tab: {
      const QModelIndex index = list_->currentIndex();
      if (index.isValid() && !model_->item(index.row()).completes.isEmpty()) choose(index);
      return true;
    }
    case Qt::Key_Backtab:
      return true;
    case Qt::Key_K:
    case Qt::Key_P:
      // The keys that open it close it again.
      if (!modifiers.testFlag(Qt::ControlModifier)) return false;
      dismiss();
      return true;
    default:
      return false;
  }
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (watched == window_) {
    if (event->type() == QEvent::Resize && isVisible()) place();
    return false;
  }
  if (watched != edit_) return QFrame::eventFilter(watched, event);
  if (event->type() == QEvent::ShortcutOverride) {
    event->accept();  // no shortcut of the window acts while one types here
    return false;
  }
  if (event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    return handleKey(key->key(), key->modifiers());
  }
  if (event->type() == QEvent::FocusOut) {
    const auto reason = static_cast<QFocusEvent*>(event)->reason();
    if (reason != Qt::PopupFocusReason) dismiss();
  }
  return QFrame::eventFilter(watched, event);
}

}  // namespace studio::ui
