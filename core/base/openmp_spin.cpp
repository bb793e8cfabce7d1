// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Shortens how long OpenMP threads spin at the end of a parallel loop. By default they spin for
// milliseconds; as soon as another thread (the window, another program) takes a core, the spinning one
// keeps the last core from the thread it waits for, and a step takes seconds. The OpenMP library reads
// its settings when it is loaded, so they must be there before any library's constructor runs.
// Linked into programs, not into studio_core, whose users may choose otherwise.
#include <cstdlib>

namespace {

void set_spin_count(int /*argc*/, char** /*argv*/, char** environment) {
  (void)environment;
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "1000", /*overwrite=*/0);
}

}  // namespace

__attribute__((section(".preinit_array"), used)) static void (*const set_spin_count_first)(int, char**, char**) = set_spin_count;
