// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The side panel of the gallery.
#include "ui/gallery_details.h"

#include "ui/gallery_stars.h"
#include "ui/gallery_tags.h"
#include "ui/theme.h"

#include <QAction>
#include <QDir>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QScrollArea>
#include <QSet>
#include <QToolButton>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kWidth = 288;
constexpr int kMostPreview = 300;

QLabel* makeText(QWidget* parent, const char* name) {
  auto* label = new QLabel(parent);
  label->setObjectName(QLatin1String(name));
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  return label;
}

// Long names without blanks may break at these places.
QString breakable(QString path) {
  for (const char sign : {'/', '-', '_'})
    path.replace(QLatin1Char(sign), QLatin1Char(sign) + QString(QChar(0x200B)));
  return path;
}

}  // namespace

PreviewPicture::PreviewPicture(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("galleryPreview"));
  setAccessibleName(tr("The selected picture"));
  setToolTip(tr("Double-click opens the picture"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void PreviewPicture::setImage(const QImage& image, const QString& otherwise) {
  image_ = image;
  otherwise_ = otherwise;
  update();
}

QSize PreviewPicture::sizeHint() const { return {kWidth - 32, heightForWidth(kWidth - 32)}; }

// Always the same: the panel below does not jump from picture to picture.
int PreviewPicture::heightForWidth(int width) const { return std::min(width, kMostPreview); }

void PreviewPicture::mouseDoubleClickEvent(QMouseEvent*) { Q_EMIT doubleClicked(); }

void PreviewPicture::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const Theme& t = theme();
  QPainterPath frame;
  frame.addRoundedRect(rect(), 6, 6);
  painter.fillPath(frame, t.canvas);
  if (image_.isNull()) {
    painter.setPen(t.muted);
    painter.drawText(
        rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, otherwise_);
    return;
  }
  painter.setClipPath(frame);
  QRectF place(QPointF(0, 0), QSizeF(image_.size()).scaled(size(), Qt::KeepAspectRatio));
  place.moveCenter(QRectF(rect()).center());
  painter.drawImage(place, image_);
}

GalleryDetailsPanel::GalleryDetailsPanel(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("side"));
  setAttribute(Qt::WA_StyledBackground);
  setMinimumWidth(240);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  outer->addWidget(scroll);
  auto* body = new QWidget;
  body->setObjectName(QStringLiteral("sideBody"));
  scroll->setWidget(body);
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(16, 16, 16, 16);
  column->setSpacing(8);
  preview_ = new PreviewPicture(body);
  connect(preview_, &PreviewPicture::doubleClicked, this, &GalleryDetailsPanel::openAsked);
  column->addWidget(preview_);
  title_ = makeText(body, "galleryTitle");
  column->addWidget(title_);
  facts_ = makeText(body, "note");
  column->addWidget(facts_);
  note_ = makeText(body, "rowError");
  column->addWidget(note_);
  buildMarks(column);
  buttons_ = new QWidget(body);
  buttons_->setLayout(new QGridLayout);
  buttons_->layout()->setContentsMargins(0, 4, 0, 4);
  buttons_->layout()->setSpacing(8);
  column->addWidget(buttons_);
  heading_ = new QLabel(tr("PARAMETERS"), body);
  heading_->setObjectName(QStringLiteral("heading"));
  column->addWidget(heading_);
  table_ = new QWidget(body);
  grid_ = new QGridLayout(table_);
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(12);
  grid_->setVerticalSpacing(5);
  grid_->setColumnStretch(1, 1);
  column->addWidget(table_);
  column->addStretch(1);
  showEntries({}, {});
}

void GalleryDetailsPanel::buildMarks(QVBoxLayout* column) {
  marks_ = new QWidget(this);
  auto* rows = new QVBoxLayout(marks_);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(8);
  auto* first = new QHBoxLayout;
  stars_ = new StarRating(marks_);
  connect(stars_, &StarRating::rated, this, &GalleryDetailsPanel::rated);
  first->addWidget(stars_);
  first->addStretch(1);
  favourite_ = new QToolButton(marks_);
  favourite_->setObjectName(QStringLiteral("plain"));
  favourite_->setCheckable(true);
  favourite_->setAccessibleName(tr("Favourite"));
  favourite_->setToolTip(tr("Favourite (S)"));
  connect(favourite_, &QToolButton::clicked, this, [this](bool checked) {
    refreshFavourite(checked);
    Q_EMIT favouriteAsked(checked);
  });
  first->addWidget(favourite_);
  rows->addLayout(first);
  tags_ = new TagEditor(marks_);
  connect(tags_, &TagEditor::added, this, &GalleryDetailsPanel::tagsAdded);
  connect(tags_, &TagEditor::removed, this, &GalleryDetailsPanel::tagRemoved);
  rows->addWidget(tags_);
  column->addWidget(marks_);
}

void GalleryDetailsPanel::setActions(const QList<QAction*>& actions) {
  auto* grid = static_cast<QGridLayout*>(buttons_->layout());
  for (int i = 0; i < actions.size(); ++i) {
    auto* button = new QToolButton(buttons_);
    button->setDefaultAction(actions[i]);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setAccessibleName(actions[i]->text());
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    grid->addWidget(button, i / 2, i % 2);
  }
}

void GalleryDetailsPanel::setFolder(const QString& folder) {
  folder_ = folder;
  showEntries({}, {});
}

void GalleryDetailsPanel::setReadOnly(bool read_only) {
  marks_->setEnabled(!read_only);
  marks_->setToolTip(read_only ? tr("This project is open for reading only") : QString());
}

void GalleryDetailsPanel::setKnownTags(const QStringList& tags) { tags_->setKnownTags(tags); }

void GalleryDetailsPanel::focusTags() {
  if (marks_->isVisible() && marks_->isEnabled()) tags_->focusField();
}

void GalleryDetailsPanel::refreshFavourite(bool favourite) {
  favourite_->setChecked(favourite);
  favourite_->setText(favourite ? tr("★ Favourite") : tr("☆ Favourite"));
}

void GalleryDetailsPanel::showEntries(const std::vector<const GalleryEntry*>& entries,
                                      const QImage& preview) {
  const bool one = entries.size() == 1;
  const QString before = path_;
  path_ = one ? entries[0]->path : QString();
  for (QWidget* widget : std::initializer_list<QWidget*>{marks_, buttons_})
    widget->setVisible(!entries.empty());
  facts_->setVisible(one);
  note_->setVisible(one && !entries[0]->problem.isEmpty());
  showMarks(entries);
  if (one) {
    const GalleryEntry& entry = *entries[0];
    if (before != path_) {
      preview_->setImage(preview, entry.kind == GalleryKind::Broken ? tr("No picture") : QString());
      showTable({});
    }
    title_->setText(breakable(entry.path.mid(entry.path.lastIndexOf(QLatin1Char('/')) + 1)));
    note_->setText(entry.problem);
    showFacts(entry, {});
    return;
  }
  qint64 bytes = 0;
  for (const GalleryEntry* entry : entries) bytes += entry->bytes;
  preview_->setImage({},
                     entries.empty() ? tr("Select a picture to see how it was made.")
                                     : tr("%1 pictures").arg(locale().toString(entries.size())));
  title_->setText(entries.empty() ? QString()
                                  : tr("%1 pictures, %2")
                                        .arg(locale().toString(entries.size()),
                                             locale().formattedDataSize(bytes)));
  title_->setVisible(!entries.empty());
  showTable({});
}

void GalleryDetailsPanel::showMarks(const std::vector<const GalleryEntry*>& entries) {
  title_->setVisible(true);
  if (entries.empty()) return;
  int rating = entries[0]->mark.rating;
  bool favourite = true;
  // Tags with the number of pictures that have them, in order.
  QMap<QString, std::size_t> tags;
  for (const GalleryEntry* entry : entries) {
    if (entry->mark.rating != rating) rating = -1;
    favourite = favourite && entry->mark.favourite;
    for (const QString& tag : entry->mark.tags) ++tags[tag];
  }
  QStringList on_all, on_some;
  for (auto it = tags.begin(); it != tags.end(); ++it)
    (it.value() == entries.size() ? on_all : on_some) << it.key();
  stars_->setRating(rating);
  refreshFavourite(favourite);
  tags_->setTags(on_all, on_some);
}

void GalleryDetailsPanel::showFacts(const GalleryEntry& entry, const QString& twin) {
  QStringList lines;
  if (entry.width_px > 0) {
    lines << tr("%1 × %2 px, %3")
                 .arg(entry.width_px)
                 .arg(entry.height_px)
                 .arg(locale().formattedDataSize(entry.bytes));
  } else {
    lines << locale().formattedDataSize(entry.bytes);
  }
  lines << QLocale(QLocale::English)
               .toString(QDateTime::fromMSecsSinceEpoch(entry.modified_ms),
                         QStringLiteral("d MMMM yyyy, HH:mm"));
  lines << breakable(QDir::toNativeSeparators(QDir(folder_).filePath(entry.path)));
  if (!twin.isEmpty()) lines << tr("Twin: %1").arg(breakable(twin));
  facts_->setText(lines.join(QLatin1Char('\n')));
}

void GalleryDetailsPanel::showPreview(const QString& path, const QImage& image) {
  if (path == path_ && !image.isNull()) preview_->setImage(image, {});
}

void GalleryDetailsPanel::showDetails(const GalleryDetails& details) {
  if (details.entry.path != path_ || path_.isEmpty()) return;
  note_->setText(details.entry.problem);
  note_->setVisible(!details.entry.problem.isEmpty());
  if (details.entry.id != 0) showFacts(details.entry, details.twin_path);
  if (!details.params.empty() || details.foreign_text.isEmpty()) return showTable(details.params);
  showTable({{tr("Text"), details.foreign_text}});
}

// Labels are kept: going through pictures with the arrow keys makes none.
void GalleryDetailsPanel::showTable(const std::vector<std::pair<QString, QString>>& rows) {
  heading_->setVisible(!rows.empty());
  table_->setVisible(!rows.empty());
  while (lines_.size() < rows.size()) {
    auto* name = new QLabel(table_);
    name->setObjectName(QStringLiteral("note"));
    name->setTextFormat(Qt::PlainText);
    name->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    auto* value = makeText(table_, "galleryValue");
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    const int row = static_cast<int>(lines_.size());
    grid_->addWidget(name, row, 0, Qt::AlignTop);
    grid_->addWidget(value, row, 1);
    lines_.emplace_back(name, value);
  }
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const bool used = i < rows.size();
    lines_[i].first->setVisible(used);
    lines_[i].second->setVisible(used);
    if (!used) continue;
    lines_[i].first->setText(rows[i].first);
    lines_[i].second->setText(rows[i].second.isEmpty() ? tr("empty") : rows[i].second);
  }
}

}  // namespace studio::ui
