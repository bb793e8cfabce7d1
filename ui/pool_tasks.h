// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Short tasks for the engine's blocking calls, off the GUI thread; results come back on it.
#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace studio::ui {

// Destroying it waits for the tasks that run and drops their answers. The engine must live longer.
class PoolTasks : public QObject {
 public:
  explicit PoolTasks(QObject* parent = nullptr, int threads = 2) : QObject(parent) {
    pool_.setMaxThreadCount(threads);
  }
  ~PoolTasks() override { finish(); }

  // Runs `work` on the pool, then `then` with its value on this object's thread while `context`
  // lives.
  template <class Work, class Then>
  void run(QObject* context, Work work, Then then) {
    QPointer<QObject> alive(context);
    pool_.start([this, alive, work = std::move(work), then = std::move(then)]() mutable {
      auto value = std::make_shared<decltype(work())>(work());
      QMetaObject::invokeMethod(
          this,
          [alive, then = std::move(then), value] {
            if (alive) then(std::move(*value));
          },
          Qt::QueuedConnection);
    });
  }

  void finish() { pool_.waitForDone(); }

 private:
  QThreadPool pool_;
};

}  // namespace studio::ui
