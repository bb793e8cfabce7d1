// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tags of one or several pictures as chips, and a field that adds more.
#include "ui/gallery_tags.h"

#include "ui/icons.h"
#include "ui/theme.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QEvent>
#include <QLayout>
#include <QLineEdit>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <memory>
#include <vector>

namespace studio::ui {

// Lines of widgets that wrap like words.
class FlowLayout : public QLayout {
 public:
  explicit FlowLayout(QWidget* parent) : QLayout(parent) { setContentsMargins(0, 0, 0, 0); }
  ~FlowLayout() override {
    for (QLayoutItem* item : items_) delete item;
  }

  void addItem(QLayoutItem* item) override { items_.push_back(item); }
  int count() const override { return static_cast<int>(items_.size()); }
  QLayoutItem* itemAt(int index) const override {
    return index >= 0 && index < count() ? items_[static_cast<std::size_t>(index)] : nullptr;
  }
  QLayoutItem* takeAt(int index) override {
    QLayoutItem* item = itemAt(index);
    if (item != nullptr) items_.erase(items_.begin() + index);
    return item;
  }
  Qt::Orientations expandingDirections() const override { return {}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return place({0, 0, width, 0}, false); }
  QSize sizeHint() const override { return minimumSize(); }
  QSize minimumSize() const override {
    QSize size;
    for (const QLayoutItem* item : items_) size = size.expandedTo({1, item->sizeHint().height()});
    return size;
  }
  void setGeometry(const QRect& area) override {
    QLayout::setGeometry(area);
    place(area, true);
  }

 private:
  static constexpr int kSpace = 4;

  int place(const QRect& area, bool really) const {
    int x = area.left(), y = area.top(), line = 0;
    for (QLayoutItem* item : items_) {
      // A tag longer than the line is cut off by its button.
      const QSize size = item->sizeHint().boundedTo({area.width(), 1 << 14});
      if (x > area.left() && x + size.width() > area.left() + area.width()) {
        x = area.left();
        y += line + kSpace;
        line = 0;
      }
      if (really) item->setGeometry({{x, y}, size});
      x += size.width() + kSpace;
      line = std::max(line, size.height());
    }
    return y + line - area.top();
  }

  std::vector<QLayoutItem*> items_;
};

void dressCompletions(QCompleter& completer) {
  const Theme& t = theme();
  completer.setMaxVisibleItems(10);
  completer.popup()->setStyleSheet(
      QStringLiteral("QListView { background: %1; border: 1px solid %2; padding: 4px; color: %3; }"
                     "QListView::item { padding: 5px 8px; border-radius: 5px; }"
                     "QListView::item:selected { background: %4; color: %3; }")
          .arg(t.panel.name(), t.line.name(), t.text.name(), t.hover.name()));
}

TagEditor::TagEditor(QWidget* parent)
    : QWidget(parent),
      chips_(new QWidget(this)),
      flow_(new FlowLayout(chips_)),
      field_(new QLineEdit(this)),
      known_(new QStringListModel(this)) {
  setObjectName(QStringLiteral("tagEditor"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(chips_);
  column->addWidget(field_);
  chips_->hide();
  field_->setObjectName(QStringLiteral("tagField"));
  field_->setAccessibleName(tr("Add a tag"));
  field_->setPlaceholderText(tr("Add a tag"));
  field_->setToolTip(tr("Return adds it to every selected picture; a comma separates several"));
  field_->setMaxLength(400);
  completer_ = new QCompleter(known_, this);
  completer_->setCaseSensitivity(Qt::CaseInsensitive);
  field_->setCompleter(completer_);
  dressCompletions(*completer_);
  connect(field_, &QLineEdit::returnPressed, this, &TagEditor::addTyped);
  // A choice from the list is a decision already.
  connect(completer_,
          qOverload<const QString&>(&QCompleter::activated),
          this,
          &TagEditor::addTyped,
          Qt::QueuedConnection);
}

void TagEditor::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && completer_ != nullptr)
    dressCompletions(*completer_);
}

void TagEditor::focusField() { field_->setFocus(Qt::ShortcutFocusReason); }

void TagEditor::setKnownTags(const QStringList& tags) {
  if (tags != known_->stringList()) known_->setStringList(tags);
}

void TagEditor::addTyped() {
  QStringList tags;
  for (const QString& tag : field_->text().split(QLatin1Char(','))) {
    if (!tag.simplified().isEmpty()) tags << tag.simplified();
  }
  field_->clear();
  if (!tags.isEmpty()) Q_EMIT added(tags);
}

QWidget* TagEditor::makeChip(const QString& tag, bool on_all) {
  auto* chip = new QToolButton(chips_);
  chip->setObjectName(QStringLiteral("iconButton"));
  chip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  chip->setLayoutDirection(Qt::RightToLeft);
  chip->setIcon(glyphIcon(Glyph::Close));
  chip->setIconSize({12, 12});
  chip->setText(on_all ? tag : tr("%1 (some)").arg(tag));
  chip->setProperty("tag", tag);
  chip->setAccessibleName(tr("Remove the tag %1").arg(tag));
  chip->setToolTip(tr("Remove the tag %1").arg(tag.toHtmlEscaped()));
  connect(chip, &QToolButton::clicked, this, [this, tag] { Q_EMIT removed(tag); });
  return chip;
}

void TagEditor::setTags(const QStringList& on_all, const QStringList& on_some) {
  if (on_all == on_all_ && on_some == on_some_) return;
  on_all_ = on_all;
  on_some_ = on_some;
  while (QLayoutItem* item = flow_->takeAt(0)) {
    // Later: one of them may have asked for this.
    item->widget()->hide();
    item->widget()->deleteLater();
    delete item;
  }
  for (const QString& tag : on_all) flow_->addWidget(makeChip(tag, true));
  for (const QString& tag : on_some) flow_->addWidget(makeChip(tag, false));
  chips_->setVisible(flow_->count() > 0);
  chips_->updateGeometry();
}

}  // namespace studio::ui
