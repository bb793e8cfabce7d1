// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The list of presets.
#include "ui/preset_list.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QRegularExpression>
#include <QStyledItemDelegate>

#include <cmath>
#include <numbers>

namespace studio::ui {
namespace {

constexpr int kThumb = 48;
constexpr int kPad = 8;
constexpr int kStar = 16;
constexpr int kRowHeight = kThumb + 2 * kPad + 2;

QPainterPath starPath(const QPointF& middle, double radius) {
  QPainterPath path;
  for (int i = 0; i < 10; ++i) {
    const double angle = -std::numbers::pi / 2 + i * std::numbers::pi / 5;
    const double reach = i % 2 == 0 ? radius : 0.45 * radius;
    const QPointF point = middle + reach * QPointF(std::cos(angle), std::sin(angle));
    i == 0 ? path.moveTo(point) : path.lineTo(point);
  }
  path.closeSubpath();
  return path;
}

class PresetDelegate : public QStyledItemDelegate {
 public:
  PresetDelegate(std::function<void(const QString&)> toggle_star, QObject* parent)
      : QStyledItemDelegate(parent), toggle_star_(std::move(toggle_star)) {}

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {200, kRowHeight};
  }

  void paint(QPainter* painter,
             const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Theme& t = theme();
    const bool selected = option.state & QStyle::State_Selected;
    const bool focused = option.state & QStyle::State_HasFocus;
    const bool hovered = option.state & QStyle::State_MouseOver;
    const QRectF card = cardOf(option.rect);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(selected || focused ? QPen(t.accent, focused ? 1.8 : 1.0) : QPen(Qt::NoPen));
    painter->setBrush(selected || hovered ? QBrush(t.hover) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6);
    const QRectF picture(card.left() + kPad, card.top() + kPad, kThumb, kThumb);
    drawPicture(*painter, picture, index);
    drawStar(*painter, option.rect, index, hovered || selected);
    const QRectF text(picture.right() + 10,
                      picture.top(),
                      card.right() - picture.right() - 10 - kPad,
                      picture.height());
    drawText(*painter, text, option.font, index);
    painter->restore();
  }

  bool editorEvent(QEvent* event,
                   QAbstractItemModel*,
                   const QStyleOptionViewItem& option,
                   const QModelIndex& index) override {
    if (event->type() != QEvent::MouseButtonRelease) return false;
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (mouse->button() != Qt::LeftButton || mouse->modifiers() != Qt::NoModifier) return false;
    if (!starRect(option.rect).contains(mouse->position())) return false;
    toggle_star_(index.data(PresetModel::IdRole).toString());
    return true;
  }

 private:
  static QRectF cardOf(const QRect& row) { return QRectF(row).adjusted(0, 1, 0, -1); }
  // Larger than the star, to be hit.
  static QRectF starRect(const QRect& row) {
    const QRectF card = cardOf(row);
    return {card.right() - kStar - 12, card.top() + 2, kStar + 12.0, kStar + 12.0};
  }

  static void drawPicture(QPainter& painter, const QRectF& frame, const QModelIndex& index) {
    const Theme& t = theme();
    const QImage image = index.data(Qt::DecorationRole).value<QImage>();
    QPainterPath path;
    path.addRoundedRect(frame, 4, 4);
    painter.save();
    if (image.isNull()) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(t.line);
      painter.drawPath(path);
      QFont large = painter.font();
      large.setPixelSize(18);
      painter.setFont(large);
      painter.setPen(t.muted);
      const bool broken = !index.data(PresetModel::ProblemRole).toString().isEmpty();
      painter.drawText(
          frame,
          Qt::AlignCenter,
          broken ? QStringLiteral("!") : index.data(Qt::DisplayRole).toString().left(1).toUpper());
    } else {
      painter.setClipPath(path);
      painter.setRenderHint(QPainter::SmoothPixmapTransform);
      const QSizeF size = QSizeF(image.size()).scaled(frame.size(), Qt::KeepAspectRatioByExpanding);
      painter.drawImage(QRectF(frame.center() - QPointF(size.width() / 2, size.height() / 2), size),
                        image);
    }
    painter.restore();
  }

  static void drawStar(QPainter& painter,
                       const QRect& row,
                       const QModelIndex& index,
                       bool offered) {
    const bool starred = index.data(PresetModel::StarRole).toBool();
    const bool broken = !index.data(PresetModel::ProblemRole).toString().isEmpty();
    if (broken || (!starred && !offered)) return;
    const Theme& t = theme();
    painter.setPen(
        QPen(starred ? t.accent : t.muted, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(starred ? QBrush(t.accent) : QBrush(Qt::NoBrush));
    painter.drawPath(starPath(starRect(row).center(), kStar / 2.0));
  }

  static void drawText(QPainter& painter,
                       const QRectF& area,
                       const QFont& font,
                       const QModelIndex& index) {
    const Theme& t = theme();
    const QString problem = index.data(PresetModel::ProblemRole).toString();
    const QString place = index.data(PresetModel::PlaceRole).toString();
    QFont small = font;
    small.setPixelSize(12);
    const double line = area.height() / 3;
    const auto write = [&](int row, const QFont& with, const QColor& colour, const QString& text) {
      painter.setFont(with);
      painter.setPen(colour);
      const double right = row == 0 ? area.right() - kStar - 6 : area.right();
      const QRectF place_of(area.left(), area.top() + row * line, right - area.left(), line);
      painter.drawText(place_of,
                       Qt::AlignLeft | Qt::AlignVCenter,
                       QFontMetricsF(with).elidedText(text, Qt::ElideRight, place_of.width()));
    };
    write(0, font, t.text, index.data(Qt::DisplayRole).toString());
    write(1,
          small,
          problem.isEmpty() ? t.muted : t.bad,
          problem.isEmpty() ? index.data(PresetModel::SummaryRole).toString() : problem);
    write(2, small, t.muted, place);
  }

  const std::function<void(const QString&)> toggle_star_;
};

QString placeText(PresetPlace place) {
  if (place == PresetPlace::BuiltIn) return PresetList::tr("Built in");
  return place == PresetPlace::Project ? PresetList::tr("This project")
                                       : PresetList::tr("All projects");
}

}  // namespace

PresetModel::PresetModel(const PresetStore& store, QObject* parent)
    : QAbstractListModel(parent), store_(store) {
  connect(&store, &PresetStore::changed, this, [this] {
    beginResetModel();
    endResetModel();
  });
}

int PresetModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(store_.entries().size());
}

QVariant PresetModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const PresetEntry& entry = store_.entries()[static_cast<std::size_t>(index.row())];
  switch (role) {
    case Qt::DisplayRole:
      return entry.preset.name;
    case Qt::DecorationRole:
      return thumb(entry);
    case Qt::ToolTipRole:
      return toolTip(entry);
    case Qt::AccessibleTextRole:
      return QStringList{entry.preset.name,
                         entry.isUsable() ? entry.summary : entry.problem,
                         placeText(entry.place),
                         entry.preset.starred ? tr("starred") : QString()}
          .filter(QRegularExpression(QStringLiteral(".")))
          .join(QStringLiteral(", "));
    case IdRole:
      return entry.id;
    case SummaryRole:
      return entry.summary;
    case PlaceRole:
      return placeText(entry.place);
    case StarRole:
      return entry.preset.starred;
    case ProblemRole:
      return entry.problem;
    case SearchRole:
      return QStringList{
          entry.preset.name, entry.preset.note, entry.summary, placeText(entry.place)}
          .join(QChar('\n'));
    default:
      return {};
  }
}

QImage PresetModel::thumb(const PresetEntry& entry) const {
  if (entry.preset.picture.isEmpty()) return {};
  Thumb& kept = thumbs_[entry.id];
  if (kept.image.isNull() || kept.source != entry.preset.picture) {
    kept.source = entry.preset.picture;
    kept.image = QImage::fromData(kept.source, "PNG");
  }
  return kept.image;
}

QString PresetModel::toolTip(const PresetEntry& entry) const {
  if (!entry.isUsable()) return QStringLiteral("<p>%1</p>").arg(entry.problem.toHtmlEscaped());
  QString text = QStringLiteral("<p>%1</p>").arg(entry.preset.name.toHtmlEscaped());
  if (!entry.preset.note.isEmpty()) {
    constexpr int kLongest = 400;
    text += QStringLiteral("<p>%1</p>").arg(entry.preset.note.left(kLongest).toHtmlEscaped());
  }
  return text + QStringLiteral("<p>%1</p>").arg(entry.summary.toHtmlEscaped());
}

PresetFilter::PresetFilter(QObject* parent) : QSortFilterProxyModel(parent) { sort(0); }

void PresetFilter::setWords(const QString& text) {
  words_ = text.split(' ', Qt::SkipEmptyParts);
  invalidateFilter();
}

bool PresetFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  if (words_.isEmpty()) return true;
  const QString text =
      sourceModel()->index(row, 0, parent).data(PresetModel::SearchRole).toString();
  return std::all_of(words_.begin(), words_.end(), [&](const QString& word) {
    return text.contains(word, Qt::CaseInsensitive);
  });
}

bool PresetFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const bool left_starred = left.data(PresetModel::StarRole).toBool();
  if (left_starred != right.data(PresetModel::StarRole).toBool()) return left_starred;
  return left.row() < right.row();
}

PresetList::PresetList(const PresetStore& store, QWidget* parent)
    : QListView(parent), store_(store), filter_(new PresetFilter(this)) {
  setObjectName(QStringLiteral("presetList"));
  filter_->setSourceModel(new PresetModel(store, this));
  setModel(filter_);
  setItemDelegate(new PresetDelegate([this](const QString& id) { Q_EMIT starToggled(id); }, this));
  setSelectionMode(ExtendedSelection);
  setUniformItemSizes(true);
  setVerticalScrollMode(ScrollPerPixel);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setEditTriggers(NoEditTriggers);
  setMouseTracking(true);
  setFrameShape(NoFrame);
  viewport()->setAutoFillBackground(false);
  setAccessibleName(tr("Presets"));
  connect(this, &QListView::doubleClicked, this, [this](const QModelIndex& index) {
    Q_EMIT opened(index.data(PresetModel::IdRole).toString());
  });
  connect(filter_, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
    kept_ = selectedIds();
    current_ = currentIndex().data(PresetModel::IdRole).toString();
  });
  connect(filter_, &QAbstractItemModel::modelReset, this, [this] {
    select(kept_);
    viewport()->update();
  });
}

void PresetList::setFilterText(const QString& text) {
  filter_text_ = text.simplified();
  filter_->setWords(text);
  viewport()->update();
}

QStringList PresetList::selectedIds() const {
  QModelIndexList rows = selectionModel()->selectedIndexes();
  std::sort(rows.begin(), rows.end(), [](const QModelIndex& a, const QModelIndex& b) {
    return a.row() < b.row();
  });
  QStringList ids;
  for (const QModelIndex& row : rows) ids << row.data(PresetModel::IdRole).toString();
  return ids;
}

void PresetList::select(const QStringList& ids) {
  QItemSelection selection;
  QModelIndex first;
  for (int row = 0; row < filter_->rowCount(); ++row) {
    const QModelIndex index = filter_->index(row, 0);
    const QString id = index.data(PresetModel::IdRole).toString();
    if (!ids.contains(id)) continue;
    selection.select(index, index);
    if (!first.isValid() || id == current_) first = index;
  }
  if (first.isValid()) selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
  selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
  if (first.isValid()) scrollTo(first);
  Q_EMIT selectedChanged();
}

void PresetList::selectionChanged(const QItemSelection& selected,
                                  const QItemSelection& deselected) {
  QListView::selectionChanged(selected, deselected);
  Q_EMIT selectedChanged();
}

void PresetList::keyPressEvent(QKeyEvent* event) {
  const QString id = currentIndex().data(PresetModel::IdRole).toString();
  if (!id.isEmpty() && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter))
    return Q_EMIT opened(id);
  if (!id.isEmpty() && event->key() == Qt::Key_Asterisk) return Q_EMIT starToggled(id);
  QListView::keyPressEvent(event);
}

void PresetList::paintEvent(QPaintEvent* event) {
  QListView::paintEvent(event);
  if (model()->rowCount() > 0) return;
  QPainter painter(viewport());
  painter.setPen(theme().muted);
  const QString text = !store_.isLoaded()        ? tr("Reading presets…")
                       : !filter_text_.isEmpty() ? tr("No preset matches “%1”.").arg(filter_text_)
                                                 : tr("No presets yet. Save keeps the current "
                                                      "settings as one.");
  painter.drawText(
      viewport()->rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, text);
}

}  // namespace studio::ui
