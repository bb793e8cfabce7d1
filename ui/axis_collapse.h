// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which values of a sweep's axes make no difference.
#pragma once

#include "core/api/sweep.h"

#include <QStringList>

#include <span>

namespace studio::ui {

// A sentence an axis: which of its values make exactly the same pictures wherever the other axes
// stand ("9999.5 and ∞ make the same pictures."), "" when each makes its own. `picture_of_cell`:
// equal numbers, equal pictures; of another size than the grid, nothing is said. O(cells) memory.
// Any thread.
QStringList collapsedValues(const SweepGrid& grid,
                            std::span<const int> picture_of_cell,
                            const Catalogue& catalogue);

}  // namespace studio::ui
