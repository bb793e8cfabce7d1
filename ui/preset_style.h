// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The look of tables, trees and lists in the dialogs about presets.
#pragma once

#include <QString>

namespace studio::ui {

// A style sheet in the colours of the theme in use; for dialogs, which do not outlive a theme.
QString itemViewSheet();

}  // namespace studio::ui
