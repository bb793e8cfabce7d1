// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A thread that runs one parallel loop and then waits, its team with it.
#include "core/base/spare_team.h"

#include <ATen/Parallel.h>

#include <condition_variable>
#include <mutex>

namespace studio {

SpareTeam::SpareTeam()
    : owner_([threads = at::get_num_threads()](const std::stop_token& stop) {
        at::set_num_threads(threads);  // a thread's own default may be one, which is no team
        at::parallel_for(0, at::get_num_threads(), 1, [](std::int64_t, std::int64_t) {});
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        wake.wait(lock, stop, [] { return false; });
      }) {}

SpareTeam::~SpareTeam() = default;

}  // namespace studio
