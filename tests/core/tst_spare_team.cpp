// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Threads that have to wait for a core are noticed.
#include "core/base/spare_team.h"

#include <QtTest>

#include <atomic>
#include <thread>
#include <vector>

using namespace studio;

class TestSpareTeam : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void comes_when_cores_are_scarce() {
    std::atomic<bool> is_over = false;
    std::vector<std::jthread> busy;
    for (unsigned i = 0; i < 3 * std::thread::hardware_concurrency() + 1; ++i) {
      busy.emplace_back([&] {
        while (!is_over) {
        }
      });
    }
    const auto is_there = [] {
      adapt_to_crowded_cores();
      return has_spare_team();
    };
    const bool came = QTest::qWaitFor(is_there, 20000);
    is_over = true;
    busy.clear();
    QVERIFY(came);
    // That it goes again depends on what else this computer does; it may be asked for as often as one likes.
    for (int i = 0; i < 1000; ++i) adapt_to_crowded_cores();
  }
};

QTEST_GUILESS_MAIN(TestSpareTeam)
#include "tst_spare_team.moc"
