// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue as a list: drag to reorder, pause, cancel, retry.
#pragma once

#include <QWidget>

class QLabel;
class QListView;
class QPushButton;
class QToolButton;

namespace studio::ui {

class QueueModel;

class QueuePanel : public QWidget {
  Q_OBJECT
 public:
  explicit QueuePanel(QueueModel& queue, QWidget* parent = nullptr);

  QListView* list() const { return list_; }

 Q_SIGNALS:
  // Double click or Return: show what the item makes.
  void opened(const QString& id);
  // The cell that was running when the program ended shall be left out.
  void skipAsked(const QString& id);
  void closeAsked();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void buildHead();
  void buildNotice();
  void refresh();
  void showMenu(const QPoint& at);
  bool handleKey(int key, Qt::KeyboardModifiers modifiers);
  int current() const;
  void moveCurrent(int by);

  QueueModel& queue_;
  QListView* list_;
  QLabel* empty_;
  QLabel* count_;
  QToolButton* pause_;
  QToolButton* more_;
  QWidget* notice_;
  QLabel* notice_text_;
  QPushButton* skip_;
};

}  // namespace studio::ui
