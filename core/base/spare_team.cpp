// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A thread that runs one parallel loop and then waits, its team with it, while cores are scarce.
#include "core/base/spare_team.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Large enough that, with the team of a thread that uses `threads`, there are more threads than cores.
int spare_size([[maybe_unused]] int threads) {
#ifdef _OPENMP
  return std::max(2, omp_get_num_procs() - threads + 2);
#else
  return 0;
#endif
}

// Of the calling thread; it stays for as long as that does.
void start_team([[maybe_unused]] int size) {
#ifdef _OPENMP
  std::atomic<int> present = 0;  // an empty loop would be left out
#pragma omp parallel num_threads(size)
  ++present;
#endif
}

class SpareTeam {
 public:
  explicit SpareTeam(int size)
      : owner_([size](const std::stop_token& stop) {
          start_team(size);
          std::mutex mutex;
          std::condition_variable_any wake;
          std::unique_lock lock(mutex);
          wake.wait(lock, stop, [] { return false; });
        }) {
  }

 private:
  std::jthread owner_;
};

// How long this process's threads have been ready and not running, all together. 0 where that is not told.
Seconds waited_for_cores() {
  std::int64_t total_ns = 0;
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::int64_t ran_ns = 0, waited_ns = 0;
    if (std::ifstream(thread.path() / "schedstat") >> ran_ns >> waited_ns) total_ns += waited_ns;
  }
  return std::chrono::nanoseconds(total_ns);
}

struct Watch {
  std::mutex mutex;
  std::optional<SpareTeam> team;
  Clock::time_point looked, crowded;
  Seconds waited{};
};

Watch& the_watch() {
  static Watch watch;
  return watch;
}

}  // namespace

void adapt_to_crowded_cores() {
  // Alone, threads wait a thousandth of the time; with one busy program on two cores, two thirds.
  constexpr double kCrowded = 0.1;
  constexpr Seconds kBetweenLooks{0.1}, kCalm{2.0};
  Watch& watch = the_watch();
  const std::lock_guard lock(watch.mutex);
  const Clock::time_point now = Clock::now();
  const Seconds passed = now - watch.looked;
  if (passed < kBetweenLooks) return;
  const Seconds waited = waited_for_cores();
  if (waited - watch.waited > kCrowded * passed) {
    watch.crowded = now;
    if (const int size = spare_size(at::get_num_threads()); size > 0 && !watch.team) watch.team.emplace(size);
  } else if (now - watch.crowded > kCalm) {
    watch.team.reset();
  }
  watch.looked = now;
  watch.waited = waited;
}

bool has_spare_team() {
  Watch& watch = the_watch();
  const std::lock_guard lock(watch.mutex);
  return watch.team.has_value();
}

}  // namespace studio
