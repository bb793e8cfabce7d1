// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue as a list, with the notice after an unclean end.
#include "ui/queue_panel.h"

#include "ui/icons.h"
#include "ui/queue_delegate.h"
#include "ui/queue_model.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kPanelWidth = 300;

int interruptedRow(const QueueModel& queue) {
  for (int row = 0; row < queue.rowCount(); ++row) {
    if (queue.item(row).state == QueueState::Interrupted) return row;
  }
  return -1;
}

}  // namespace

QueuePanel::QueuePanel(QueueModel& queue, QWidget* parent)
    : QWidget(parent), queue_(queue), list_(new QListView(this)), empty_(new QLabel(this)) {
  setObjectName(QStringLiteral("side"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedWidth(kPanelWidth);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(8);
  buildHead();
  buildNotice();
  list_->setModel(&queue_);
  list_->setItemDelegate(new QueueDelegate(list_));
  list_->setObjectName(QStringLiteral("queueList"));
  list_->setAccessibleName(tr("Queue"));
  list_->setMouseTracking(true);
  list_->setDragEnabled(true);
  list_->setAcceptDrops(true);
  list_->setDropIndicatorShown(true);
  list_->setDragDropMode(QAbstractItemView::InternalMove);
  list_->setUniformItemSizes(true);
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  list_->installEventFilter(this);
  empty_->setText(
      tr("Nothing waits. Ctrl+Shift+Return adds the current job; Run in a sweep adds the sweep."));
  empty_->setObjectName(QStringLiteral("note"));
  empty_->setWordWrap(true);
  layout->addWidget(empty_);
  layout->addWidget(list_, 1);
  layout->addStretch();
  connect(list_, &QListView::customContextMenuRequested, this, &QueuePanel::showMenu);
  connect(list_, &QListView::activated, this, [this](const QModelIndex& index) {
    Q_EMIT opened(index.data(QueueModel::ItemRole).toString());
  });
  for (auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
    connect(&queue_, signal, this, &QueuePanel::refresh);
  connect(&queue_, &QAbstractItemModel::modelReset, this, &QueuePanel::refresh);
  connect(&queue_, &QueueModel::changed, this, &QueuePanel::refresh);
  connect(&queue_, &QueueModel::pausedChanged, this, &QueuePanel::refresh);
  refresh();
}

void QueuePanel::buildHead() {
  auto* head = new QHBoxLayout;
  auto* heading = new QLabel(tr("QUEUE"), this);
  heading->setObjectName(QStringLiteral("heading"));
  count_ = new QLabel(this);
  count_->setObjectName(QStringLiteral("note"));
  pause_ = new QToolButton(this);
  pause_->setObjectName(QStringLiteral("queuePause"));
  pause_->setCheckable(true);
  connect(pause_, &QToolButton::clicked, this, [this](bool on) { queue_.setPaused(on); });
  more_ = new QToolButton(this);
  more_->setText(QStringLiteral("⋯"));
  more_->setAccessibleName(tr("More for the whole queue"));
  more_->setToolTip(tr("Cancel several, clear what has ended"));
  more_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(more_);
  menu->addAction(tr("Cancel all that wait"), &queue_, &QueueModel::cancelWaiting);
  menu->addAction(tr("Cancel all"), &queue_, &QueueModel::cancelAll);
  menu->addSeparator();
  menu->addAction(tr("Clear what has ended"), &queue_, &QueueModel::clearEnded);
  more_->setMenu(menu);
  auto* close = new QToolButton(this);
  close->setObjectName(QStringLiteral("plain"));
  close->setIcon(glyphIcon(Glyph::Close));
  close->setAccessibleName(tr("Close the queue"));
  close->setToolTip(tr("Close the queue; it goes on"));
  connect(close, &QToolButton::clicked, this, &QueuePanel::closeAsked);
  head->addWidget(heading);
  head->addWidget(count_, 1);
  head->addWidget(pause_);
  head->addWidget(more_);
  head->addWidget(close);
  static_cast<QVBoxLayout*>(layout())->addLayout(head);
}

// After an unclean end nothing goes on by itself: it may have been what ended the program.
void QueuePanel::buildNotice() {
  notice_ = new QWidget(this);
  notice_->setObjectName(QStringLiteral("queueNotice"));
  auto* box = new QVBoxLayout(notice_);
  box->setContentsMargins(0, 0, 0, 4);
  notice_text_ = new QLabel(notice_);
  notice_text_->setWordWrap(true);
  box->addWidget(notice_text_);
  auto* rows = new QGridLayout;
  rows->setSpacing(8);
  const auto add =
      [&](const QString& text, const QString& tip, const std::function<void(int)>& act) {
        auto* button = new QPushButton(text, notice_);
        button->setToolTip(tip);
        connect(button, &QPushButton::clicked, this, [this, act] {
          if (const int found = interruptedRow(queue_); found >= 0) act(found);
        });
        const int count = rows->count();
        rows->addWidget(button, count / 2, count % 2, 1, count == 2 ? 2 : 1);
        return button;
      };
  const auto go_on = [this] {
    if (interruptedRow(queue_) < 0) queue_.setPaused(false);
  };
  add(tr("Retry"), tr("Make it again and go on"), [this, go_on](int found) {
    queue_.retry(found, false);
    go_on();
  });
  skip_ = add(tr("Skip"), tr("Leave it out and go on"), [this, go_on](int found) {
    const QueueItem& item = queue_.item(found);
    if (item.sweep) {
      Q_EMIT skipAsked(item.id);
    } else {
      queue_.remove(found);
      go_on();
    }
  });
  add(tr("Retry with less memory"),
      tr("Again with one UNet row at a time and the picture decoded in tiles"),
      [this, go_on](int found) {
        queue_.retry(found, true);
        go_on();
      });
  box->addLayout(rows);
  static_cast<QVBoxLayout*>(layout())->addWidget(notice_);
}

void QueuePanel::refresh() {
  const int active = queue_.activeCount();
  count_->setText(active > 0 ? tr("%1 to do").arg(active) : QString());
  pause_->setChecked(queue_.isPaused());
  pause_->setText(queue_.isPaused() ? tr("Resume") : tr("Pause"));
  pause_->setToolTip(queue_.isPaused() ? tr("Go on where it stopped")
                                       : tr("Stop between two steps, and start nothing new"));
  empty_->setVisible(queue_.rowCount() == 0);
  list_->setVisible(queue_.rowCount() > 0);
  const int interrupted = interruptedRow(queue_);
  notice_->setVisible(interrupted >= 0);
  if (interrupted < 0) return;
  notice_text_->setText(tr("The program ended while “%1” was running. The queue is paused.")
                            .arg(queue_.item(interrupted).title.left(80)));
  skip_->setText(queue_.item(interrupted).sweep ? tr("Skip the cell") : tr("Skip"));
}

int QueuePanel::current() const {
  return list_->currentIndex().isValid() ? list_->currentIndex().row() : -1;
}

void QueuePanel::moveCurrent(int by) {
  const int row = current();
  if (row < 0) return;
  const QString id = queue_.item(row).id;
  queue_.move(row, std::max(0, row + by));
  list_->setCurrentIndex(queue_.index(queue_.rowOf(id)));
}

bool QueuePanel::handleKey(int key, Qt::KeyboardModifiers modifiers) {
  const int row = current();
  if (row < 0) return false;
  const QueueState state = queue_.item(row).state;
  const bool control = modifiers & Qt::ControlModifier;
  if (control && (key == Qt::Key_Up || key == Qt::Key_Down))
    return moveCurrent(key == Qt::Key_Up ? -1 : 1), true;
  if (control && key == Qt::Key_D) return queue_.duplicate(row), true;
  if (key == Qt::Key_Delete) {
    if (state == QueueState::Waiting || state == QueueState::Running) {
      queue_.cancel(row);
    } else {
      queue_.remove(row);
    }
    return true;
  }
  if (key == Qt::Key_Space && state == QueueState::Waiting)
    return queue_.setHeld(row, !queue_.item(row).held), true;
  if (key == Qt::Key_Space && state == QueueState::Running)
    return queue_.setPaused(!queue_.isPaused()), true;
  return false;
}

bool QueuePanel::eventFilter(QObject* watched, QEvent* event) {
  if (watched == list_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (handleKey(key->key(), key->modifiers())) return true;
  }
  return QWidget::eventFilter(watched, event);
}

void QueuePanel::showMenu(const QPoint& at) {
  const QModelIndex index = list_->indexAt(at);
  if (!index.isValid()) return;
  const QueueItem& item = queue_.item(index.row());
  const QString id = item.id;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  // The row may be another by the time something is chosen.
  const auto add =
      [&](const QString& text, const QString& keys, const std::function<void(int)>& act) {
        menu->addAction(keys.isEmpty() ? text : text + QChar('\t') + keys, this, [this, id, act] {
          if (const int row = queue_.rowOf(id); row >= 0) act(row);
        });
      };
  const bool waits = item.state == QueueState::Waiting;
  const bool runs = item.state == QueueState::Running;
  if (waits) {
    add(tr("Next"), {}, [this](int row) { queue_.move(row, 0); });
    add(tr("Up"), tr("Ctrl+Up"), [this](int row) { queue_.move(row, std::max(0, row - 1)); });
    add(tr("Down"), tr("Ctrl+Down"), [this](int row) { queue_.move(row, row + 1); });
    add(item.held ? tr("Let go") : tr("Hold"), tr("Space"), [this](int row) {
      queue_.setHeld(row, !queue_.item(row).held);
    });
    menu->addSeparator();
  }
  if (!waits && !runs) {
    add(tr("Retry"), {}, [this](int row) { queue_.retry(row, false); });
    add(tr("Retry with less memory"), {}, [this](int row) { queue_.retry(row, true); });
  }
  add(tr("Duplicate, on hold"), tr("Ctrl+D"), [this](int row) { queue_.duplicate(row); });
  menu->addSeparator();
  if (waits || runs) {
    add(tr("Cancel"), tr("Delete"), [this](int row) { queue_.cancel(row); });
  } else {
    add(tr("Remove from the list"), tr("Delete"), [this](int row) { queue_.remove(row); });
  }
  menu->popup(list_->viewport()->mapToGlobal(at));
}

}  // namespace studio::ui
