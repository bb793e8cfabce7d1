// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The cards' order and texts, and the list that shows them.
#include "ui/model_cards.h"

#include "ui/model_card_delegate.h"
#include "ui/model_library.h"
#include "ui/theme.h"

#include <QDir>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace studio::ui {
namespace {

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }

bool comesFirst(const LibraryEntry& a, const LibraryEntry& b, CardOrder order) {
  if (a.found.usable != b.found.usable) return a.found.usable;
  if (a.is_favourite != b.is_favourite) return a.is_favourite;
  if (order == CardOrder::Size && a.found.bytes != b.found.bytes)
    return a.found.bytes > b.found.bytes;
  if (order == CardOrder::Newest && a.found.modified_s != b.found.modified_s)
    return a.found.modified_s > b.found.modified_s;
  if (order == CardOrder::LastUsed && a.used != b.used)
    return a.used.isValid() && (!b.used.isValid() || a.used > b.used);
  // The texts for searching begin with the name.
  const int by_name = a.folded.compare(b.folded);
  return by_name != 0 ? by_name < 0 : a.found.path < b.found.path;
}

}  // namespace

QString cardSummary(const FoundModel& found) {
  if (!found.usable) return text(found.what) + QStringLiteral(" — ") + text(found.problem);
  QString line = text(found.what);
  for (const std::string& trait : found.traits) line += QStringLiteral(" · ") + text(trait);
  return line;
}

QString cardSize(const FoundModel& found) {
  QString line = QLocale().formattedDataSize(found.bytes, 2, QLocale::DataSizeSIFormat);
  if (!found.dtype.empty()) line += QStringLiteral(" · ") + text(found.dtype);
  return line;
}

QString cardHash(const FoundModel& found) {
  constexpr qsizetype kShown = 10;
  if (!found.hash.empty()) return text(found.hash).left(kShown);
  return found.can_hash ? CardModel::tr("not hashed yet") : QString();
}

CardModel::CardModel(const ModelLibrary& library, QObject* parent)
    : QAbstractListModel(parent), library_(library) {
  refresh();
}

void CardModel::setFilter(const CardFilter& filter) {
  if (filter == filter_) return;
  filter_ = filter;
  refresh();
}

void CardModel::setOrder(CardOrder order) {
  if (order == order_) return;
  order_ = order;
  refresh();
}

void CardModel::setInUse(const QStringList& values) {
  if (values == in_use_) return;
  in_use_ = values;
  if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

bool CardModel::accepts(const LibraryEntry& entry, const QStringList& words) const {
  if (!entry.found.usable && !filter_.with_unusable) return false;
  if (filter_.only_favourites && !entry.is_favourite) return false;
  if (!filter_.root.isEmpty() && entry.root != filter_.root &&
      !text(entry.found.path).startsWith(filter_.root + QLatin1Char('/')))
    return false;
  return std::all_of(
      words.begin(), words.end(), [&](const QString& word) { return entry.folded.contains(word); });
}

void CardModel::refresh() {
  const QStringList words = filter_.words.toLower().split(' ', Qt::SkipEmptyParts);
  const std::vector<LibraryEntry>& all = library_.entries();
  std::vector<std::size_t> rows;
  std::array<int, kFileKinds> counts{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!accepts(all[i], words)) continue;
    ++counts[static_cast<std::size_t>(all[i].found.kind)];
    if (all[i].found.kind == filter_.kind) rows.push_back(i);
  }
  std::sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
    return comesFirst(all[a], all[b], order_);
  });
  beginResetModel();
  rows_ = std::move(rows);
  counts_ = counts;
  endResetModel();
}

int CardModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

const LibraryEntry& CardModel::entry(const QModelIndex& index) const {
  static const LibraryEntry kNone;
  const auto row = static_cast<std::size_t>(index.row());
  // The library may have fewer entries than when it was read.
  if (!index.isValid() || row >= rows_.size() || rows_[row] >= library_.entries().size())
    return kNone;
  return library_.entries()[rows_[row]];
}

QModelIndex CardModel::indexOf(const QString& path) const {
  const std::string wanted = path.toStdString();
  for (int row = 0; !wanted.empty() && row < rowCount(); ++row) {
    if (entry(index(row)).found.path == wanted) return index(row);
  }
  return {};
}

QVariant CardModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const LibraryEntry& one = entry(index);
  switch (role) {
    case Qt::DisplayRole:
      return one.name;
    case Qt::ToolTipRole:
      return toolTip(one);
    case Qt::AccessibleTextRole: {
      QStringList parts{one.name, cardSummary(one.found)};
      for (const std::string& part : one.found.missing) parts << tr("no %1").arg(text(part));
      parts << cardSize(one.found);
      if (one.is_favourite) parts << tr("favourite");
      if (isInUse(one.value)) parts << tr("in use");
      return parts.join(QStringLiteral(", "));
    }
    case ValueRole:
      return one.value;
    case PathRole:
      return text(one.found.path);
    default:
      return {};
  }
}

QString CardModel::toolTip(const LibraryEntry& entry) const {
  const auto line = [](const QString& words) {
    return QStringLiteral("<p>%1</p>").arg(words.toHtmlEscaped());
  };
  QString tip = line(entry.name) + line(cardSummary(entry.found)) +
                line(QDir::toNativeSeparators(text(entry.found.path)));
  if (!entry.found.missing.empty()) {
    QStringList missing;
    for (const std::string& part : entry.found.missing) missing << text(part);
    tip += line(tr("Not in it: %1. A job can take it from elsewhere.")
                    .arg(missing.join(QStringLiteral(", "))));
  }
  if (!entry.found.hash.empty())
    tip += line(tr("SHA-256 of its tensors: %1").arg(text(entry.found.hash)));
  return tip;
}

CardList::CardList(CardModel& cards, QWidget* parent) : QListView(parent), cards_(cards) {
  setObjectName(QStringLiteral("modelCards"));
  setAccessibleName(tr("Models that were found"));
  setModel(&cards);
  setItemDelegate(new CardDelegate(cards, this));
  setUniformItemSizes(true);
  setVerticalScrollMode(ScrollPerPixel);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setEditTriggers(NoEditTriggers);
  setMouseTracking(true);
  setFrameShape(NoFrame);
  viewport()->setAutoFillBackground(false);
  connect(this, &QListView::doubleClicked, this, &CardList::useAsked);
  connect(static_cast<CardDelegate*>(itemDelegate()),
          &CardDelegate::favouriteAsked,
          this,
          &CardList::favouriteAsked);
  // A card stays chosen, and where it is, while more are found.
  connect(&cards, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
    if (is_refreshing_) return;
    is_refreshing_ = true;
    kept_scroll_ = verticalScrollBar()->value();
  });
  connect(&cards, &QAbstractItemModel::modelReset, this, [this] {
    const QModelIndex again = is_chosen_ ? cards_.indexOf(kept_) : QModelIndex();
    const QModelIndex first = cards_.index(0);
    const bool scrolls = hasAutoScroll();
    setAutoScroll(false);
    doItemsLayout();
    if (again.isValid() || first.isValid()) setCurrentIndex(again.isValid() ? again : first);
    verticalScrollBar()->setValue(again.isValid() ? kept_scroll_ : 0);
    setAutoScroll(scrolls);
    is_refreshing_ = false;
    kept_ = currentPath();
    Q_EMIT currentChangedTo(currentPath());
    viewport()->update();
  });
}

QString CardList::currentPath() const {
  return currentIndex().data(CardModel::PathRole).toString();
}

void CardList::setEmptyText(const QString& words) {
  if (words == empty_text_) return;
  empty_text_ = words;
  viewport()->update();
}

void CardList::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  QListView::currentChanged(current, previous);
  if (is_refreshing_) return;
  is_chosen_ = current.isValid();
  kept_ = currentPath();
  Q_EMIT currentChangedTo(currentPath());
}

void CardList::keyPressEvent(QKeyEvent* event) {
  const bool is_plain = (event->modifiers() & ~Qt::KeypadModifier) == 0;
  if (is_plain && currentIndex().isValid()) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return Q_EMIT useAsked();
    if (event->key() == Qt::Key_F) return Q_EMIT favouriteAsked(currentIndex());
  }
  QListView::keyPressEvent(event);
}

void CardList::paintEvent(QPaintEvent* event) {
  QListView::paintEvent(event);
  if (cards_.rowCount() > 0) return;
  QPainter painter(viewport());
  painter.setPen(theme().muted);
  painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24),
                   Qt::AlignCenter | Qt::TextWordWrap,
                   empty_text_);
}

}  // namespace studio::ui
