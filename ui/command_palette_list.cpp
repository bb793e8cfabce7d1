// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of the command palette: model and painter.
#include "ui/command_palette_list.h"

#include <QPainter>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kSide = 12;
constexpr int kGap = 8;
constexpr int kIcon = 16;

// Letters that were found in the accent colour and bolder.
void drawTitle(QPainter* painter,
               const QRect& room,
               const QString& text,
               const QList<int>& hits,
               const QColor& plain,
               const QColor& found) {
  const QFont usual = painter->font();
  QFont bold = usual;
  bold.setWeight(QFont::DemiBold);
  int x = room.left();
  qsizetype at = 0;
  while (at < text.size() && x < room.right()) {
    const bool hit = hits.contains(static_cast<int>(at));
    qsizetype end = at;
    while (end < text.size() && hits.contains(static_cast<int>(end)) == hit) ++end;
    painter->setFont(hit ? bold : usual);
    painter->setPen(hit ? found : plain);
    const QString part =
        painter->fontMetrics().elidedText(text.mid(at, end - at), Qt::ElideRight, room.right() - x);
    painter->drawText(QRect(x, room.top(), room.right() - x, room.height()),
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      part);
    x += painter->fontMetrics().horizontalAdvance(part);
    at = end;
  }
  painter->setFont(usual);
}

int titleWidth(const QFont& font, const QString& text) {
  QFont bold = font;
  bold.setWeight(QFont::DemiBold);
  return QFontMetrics(bold).horizontalAdvance(text);
}

}  // namespace

void PaletteModel::setItems(std::vector<PaletteItem> items) {
  beginResetModel();
  items_ = std::move(items);
  endResetModel();
}

int PaletteModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

QVariant PaletteModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const PaletteItem& shown = item(index.row());
  if (role == Qt::DisplayRole) return shown.title;
  if (role == Qt::ToolTipRole) return shown.enabled ? QVariant() : QVariant(shown.why);
  if (role == Qt::AccessibleTextRole) {
    QStringList parts = {shown.title, shown.category, shown.detail};
    if (!shown.enabled) parts << (shown.why.isEmpty() ? tr("not available now") : shown.why);
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
  }
  return {};
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  // A row that cannot be run can still be read.
  return Qt::ItemIsEnabled | Qt::ItemIsSelectable;
}

QSize PaletteDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  return {100, std::max(30, option.fontMetrics.height() + 14)};
}

void PaletteDelegate::paint(QPainter* painter,
                            const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
  const PaletteItem& item = model_.item(index.row());
  const Theme& colours = theme();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const bool current = option.state.testFlag(QStyle::State_Selected);
  if (current || option.state.testFlag(QStyle::State_MouseOver)) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(current ? colours.selected : colours.hover);
    painter->drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 5, 5);
  }
  QRect room = option.rect.adjusted(kSide, 0, -kSide, 0);
  if (item.glyph) {
    glyphIcon(*item.glyph, &Theme::muted)
        .paint(painter, QRect(room.left(), room.center().y() - kIcon / 2 + 1, kIcon, kIcon));
    room.setLeft(room.left() + kIcon + kGap);
  }
  QFont small = option.font;
  small.setPixelSize(std::max(10, option.font.pixelSize() - 1));
  const QFontMetrics small_metrics(small);
  const QColor quiet = current ? colours.soft : colours.muted;
  const QString detail = item.enabled || item.why.isEmpty() ? item.detail : item.why;
  const int title_width = std::min(titleWidth(option.font, item.title) + 2, room.width());
  if (!detail.isEmpty()) {
    const int free = room.width() - title_width - 2 * kGap;
    const int wanted = small_metrics.horizontalAdvance(detail) + 2;
    const int width = std::min(wanted, std::max(free, room.width() / 3));
    const QRect at(room.right() - width, room.top(), width, room.height());
    painter->setFont(small);
    painter->setPen(!item.enabled && !item.why.isEmpty() ? colours.warn : quiet);
    painter->drawText(at,
                      Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine,
                      small_metrics.elidedText(detail, Qt::ElideRight, width));
    room.setRight(at.left() - kGap);
  }
  painter->setFont(option.font);
  drawTitle(painter,
            room,
            item.title,
            item.hits,
            item.enabled ? colours.text : colours.muted,
            item.enabled ? colours.accent : colours.muted);
  const QRect rest(room.left() + title_width + kGap,
                   room.top(),
                   room.width() - title_width - kGap,
                   room.height());
  if (rest.width() > 24 && !item.category.isEmpty()) {
    painter->setFont(small);
    painter->setPen(quiet);
    painter->drawText(rest,
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      small_metrics.elidedText(item.category, Qt::ElideRight, rest.width()));
  }
  painter->restore();
}

}  // namespace studio::ui
