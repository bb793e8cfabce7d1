// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps parallel loops quick while other threads or programs want a core too.
#pragma once

namespace studio {

// At the end of a parallel loop OpenMP's threads spin for milliseconds before they sleep. As soon as the window or
// another program takes a core, the spinning thread keeps the last one from the thread it waits for, and a step takes
// a second. GNU's OpenMP spins a thousand times less while more threads exist than cores: for that a second, sleeping
// team is made as soon as this process's threads were kept waiting for a core, and ended when they no longer are. Alone
// it would cost, as threads that sleep must be woken. (The environment variable GOMP_SPINCOUNT is read before any of our
// code runs, and for good.)
// To be called between steps on a CPU, by the thread that makes them; takes microseconds. Does nothing where Linux does not
// tell how long threads waited, or where the build has no OpenMP of its own.
// Threads: any.
void adapt_to_crowded_cores();

// Whether that team is there.
bool has_spare_team();

}  // namespace studio
