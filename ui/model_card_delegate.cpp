// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Three lines on the left, three short facts on the right, a star.
#include "ui/model_card_delegate.h"

#include "ui/icons.h"
#include "ui/model_cards.h"
#include "ui/model_library.h"
#include "ui/theme.h"

#include <QDateTime>
#include <QDir>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kPad = 10;
constexpr int kStar = 16;
constexpr int kLineGap = 3;

QFont smallFont(const QFont& font) {
  QFont small = font;
  small.setPixelSize(qRound(interfaceTextPx() * 12.0 / 13));
  return small;
}

QRectF cardOf(const QRect& row) { return QRectF(row).adjusted(0, 1, 0, -1); }

// Larger than the star, to be hit.
QRectF starRect(const QRect& row) {
  const QRectF card = cardOf(row);
  return {card.left() + 2, card.top() + 2, kStar + 2.0 * kPad, card.height() - 4};
}

class CardPainter {
 public:
  CardPainter(QPainter& painter,
              const CardModel& cards,
              const LibraryEntry& entry,
              const QFont& font)
      : painter_(painter),
        cards_(cards),
        entry_(entry),
        small_(smallFont(font)),
        bold_(font),
        numbers_(numberFont(small_)) {
    bold_.setWeight(QFont::DemiBold);
  }

  void paint(const QRectF& area) {
    const double line = area.height() / 3;
    const Theme& t = theme();
    const bool usable = entry_.found.usable;
    const QString right[] = {cardSize(entry_.found), hashText(), usedText()};
    double right_width = 0;
    for (const QString& fact : right)
      right_width = std::max(right_width, QFontMetricsF(numbers_).horizontalAdvance(fact));
    right_width = std::min(right_width, area.width() / 2);
    const QRectF left(area.left(), area.top(), area.width() - right_width - 2 * kPad, line);
    double name_room = left.width();
    const bool in_use = cards_.isInUse(entry_.value);
    const QString chip = in_use ? CardModel::tr("in use") : QString();
    const double chip_width = in_use ? QFontMetricsF(small_).horizontalAdvance(chip) + 14 : 0;
    if (in_use) name_room -= chip_width + 8;
    const QString name = write(left, bold_, usable ? t.text : t.muted, entry_.name, name_room);
    if (in_use) {
      const double at = left.left() + QFontMetricsF(bold_).horizontalAdvance(name) + 8;
      paintChip({at, left.top() + (line - 18) / 2, chip_width, 18}, chip);
    }
    paintSummary(left.translated(0, line));
    const QString place = entry_.isBundled() ? CardModel::tr("Comes with the program")
                                             : QDir::toNativeSeparators(entry_.folder);
    write(left.translated(0, 2 * line), small_, t.muted, place, left.width());
    for (int i = 0; i < 3; ++i) {
      painter_.setFont(numbers_);
      painter_.setPen(usable && i == 0 ? t.soft : t.muted);
      painter_.drawText(
          QRectF(area.right() - right_width, area.top() + i * line, right_width, line),
          Qt::AlignRight | Qt::AlignVCenter,
          QFontMetricsF(numbers_).elidedText(right[i], Qt::ElideMiddle, right_width));
    }
  }

 private:
  QString write(const QRectF& place,
                const QFont& font,
                const QColor& colour,
                const QString& words,
                double room,
                Qt::TextElideMode elide = Qt::ElideMiddle) {
    const QString shown = QFontMetricsF(font).elidedText(words, elide, room);
    painter_.setFont(font);
    painter_.setPen(colour);
    painter_.drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
    return shown;
  }

  void paintChip(const QRectF& frame, const QString& words) {
    const Theme& t = theme();
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(t.selected);
    painter_.drawRoundedRect(frame, 5, 5);
    painter_.setFont(small_);
    painter_.setPen(t.text);
    painter_.drawText(frame, Qt::AlignCenter, words);
  }

  void paintSummary(const QRectF& place) {
    const Theme& t = theme();
    QString missing;
    for (const std::string& part : entry_.found.missing)
      missing += QStringLiteral(" · ") + CardModel::tr("no %1").arg(QString::fromStdString(part));
    const double missing_width = QFontMetricsF(small_).horizontalAdvance(missing);
    const QString shown = write(place,
                                small_,
                                entry_.found.usable ? t.soft : t.muted,
                                cardSummary(entry_.found),
                                place.width() - missing_width,
                                Qt::ElideRight);
    if (missing.isEmpty()) return;
    const double at = QFontMetricsF(small_).horizontalAdvance(shown);
    write(place.adjusted(at, 0, 0, 0), small_, t.warn, missing, place.width() - at);
  }

  QString hashText() const {
    const ModelLibrary& library = cards_.library();
    if (!library.hashing().isEmpty() &&
        library.hashing() == QString::fromStdString(entry_.found.path))
      return CardModel::tr("hashing, %1 %").arg(qRound(100 * library.hashed()));
    return cardHash(entry_.found);
  }
  QString usedText() const {
    if (!entry_.used.isValid()) return {};
    return CardModel::tr("used %1").arg(whenUsedText(entry_.used));
  }

  QPainter& painter_;
  const CardModel& cards_;
  const LibraryEntry& entry_;
  QFont small_, bold_, numbers_;
};

}  // namespace

QString whenUsedText(const QDateTime& time) {
  if (!time.isValid()) return {};
  const QDate today = QDate::currentDate();
  const QString clock = QLocale().toString(time.time(), QStringLiteral("HH:mm"));
  if (time.date() == today) return CardModel::tr("today, %1").arg(clock);
  if (time.date() == today.addDays(-1)) return CardModel::tr("yesterday, %1").arg(clock);
  return QLocale().toString(time.date(), QLocale::ShortFormat);
}

CardDelegate::CardDelegate(const CardModel& cards, QObject* parent)
    : QStyledItemDelegate(parent), cards_(cards) {}

QSize CardDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  const int lines =
      QFontMetrics(option.font).height() + 2 * QFontMetrics(smallFont(option.font)).height();
  return {240, lines + 2 * kLineGap + 2 * kPad};
}

void CardDelegate::paint(QPainter* painter,
                         const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
  const LibraryEntry& entry = cards_.entry(index);
  const Theme& t = theme();
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  const bool focused = selected && (option.state & QStyle::State_HasFocus);
  const QRectF card = cardOf(option.rect);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(selected ? QPen(t.accent, focused ? 1.8 : 1.0) : QPen(Qt::NoPen));
  painter->setBrush(selected || hovered ? QBrush(t.hover) : QBrush(Qt::NoBrush));
  painter->drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6);
  const QRectF star = starRect(option.rect);
  if (entry.is_favourite || selected || hovered) {
    const QIcon icon = entry.is_favourite ? glyphIcon(Glyph::StarFilled, &Theme::accent)
                                          : glyphIcon(Glyph::Star, &Theme::muted);
    icon.paint(
        painter,
        QRect(qRound(star.center().x()) - kStar / 2, qRound(card.top()) + kPad, kStar, kStar));
  }
  CardPainter(*painter, cards_, entry, option.font)
      .paint({star.right(),
              card.top() + kPad - kLineGap,
              card.right() - kPad - star.right() - 2,
              card.height() - 2 * kPad + 2 * kLineGap});
  painter->restore();
}

bool CardDelegate::editorEvent(QEvent* event,
                               QAbstractItemModel*,
                               const QStyleOptionViewItem& option,
                               const QModelIndex& index) {
  if (event->type() != QEvent::MouseButtonRelease) return false;
  const auto* mouse = static_cast<QMouseEvent*>(event);
  if (mouse->button() != Qt::LeftButton || mouse->modifiers() != Qt::NoModifier) return false;
  if (!starRect(option.rect).contains(mouse->position())) return false;
  Q_EMIT favouriteAsked(index);
  return true;
}

}  // namespace studio::ui
