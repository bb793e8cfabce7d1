// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Work on files one after the other, off the GUI thread; results come back on it.
#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace studio::ui {

// Like PoolTasks with one thread: what was asked first happens first, so a file that is written and
// then removed is gone. Destroying it waits for everything that was asked and drops the answers.
class SerialTasks : public QObject {
 public:
  explicit SerialTasks(QObject* parent = nullptr) : QObject(parent) {
    pool_.setMaxThreadCount(1);
    pool_.setExpiryTimeout(-1);
  }
  ~SerialTasks() override { finish(); }

  // Runs `work` on the thread, then `then` with its value on this object's thread.
  template <class Work, class Then>
  void run(Work work, Then then) {
    pool_.start([this, work = std::move(work), then = std::move(then)]() mutable {
      auto value = std::make_shared<decltype(work())>(work());
      QMetaObject::invokeMethod(
          this,
          [then = std::move(then), value]() mutable { then(std::move(*value)); },
          Qt::QueuedConnection);
    });
  }

  // Blocks until everything that was asked so far is done; answers still come through the event
  // loop.
  void finish() { pool_.waitForDone(); }

 private:
  QThreadPool pool_;
};

}  // namespace studio::ui
