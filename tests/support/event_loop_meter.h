// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Measures how promptly the event loop turns: a timer event every millisecond, and how late each
// was.
#pragma once

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QObject>
#include <QTimer>
#include <QTimerEvent>

#include <algorithm>
#include <vector>

namespace studio::test {

// Between two timer events lies one turn of the loop with everything it handled; the time beyond
// the timer's own interval is what a click would have had to wait.
class EventLoopMeter : public QObject {
 public:
  void start() {
    waits_ms_.clear();
    clock_.start();
    last_ns_ = 0;
    timer_.start(kIntervalMs, Qt::PreciseTimer, this);
  }
  void stop() { timer_.stop(); }
  // Measures for a while. Not QTest::qWait(): that sleeps between turns.
  void run(int duration_ms) {
    QEventLoop loop;
    QTimer::singleShot(duration_ms, &loop, &QEventLoop::quit);
    start();
    loop.exec();
    stop();
  }

  std::size_t turns() const { return waits_ms_.size(); }
  double maximum() const {
    return waits_ms_.empty() ? 0 : *std::max_element(waits_ms_.begin(), waits_ms_.end());
  }
  // The wait that `share` (0..1) of the turns do not exceed.
  double percentile(double share) const {
    if (waits_ms_.empty()) return 0;
    std::vector<double> sorted = waits_ms_;
    std::sort(sorted.begin(), sorted.end());
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return sorted[index];
  }

 protected:
  void timerEvent(QTimerEvent*) override {
    const qint64 now_ns = clock_.nsecsElapsed();
    waits_ms_.push_back(std::max(0.0, static_cast<double>(now_ns - last_ns_) / 1e6 - kIntervalMs));
    last_ns_ = now_ns;
  }

 private:
  static constexpr int kIntervalMs = 1;

  QBasicTimer timer_;
  QElapsedTimer clock_;
  qint64 last_ns_ = 0;
  std::vector<double> waits_ms_;
};

}  // namespace studio::test
