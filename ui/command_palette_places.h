// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Presets, recent projects and the gallery's search in the command palette.
#pragma once

#include "ui/command_palette.h"
#include "ui/project_recent.h"

#include <QString>

#include <functional>
#include <vector>

namespace studio::ui {

struct PresetEntry;

// Every preset by its name; one that cannot be read says why. `presets` answers null until there
// are any.
PaletteProvider presetProvider(std::function<const std::vector<PresetEntry>*()> presets,
                               std::function<void(const QString& id)> apply);

// The projects opened last but the one that is shown, by name and folder. `recent` may read a small
// file.
PaletteProvider projectProvider(std::function<std::vector<RecentProject>()> recent,
                                std::function<QString()> current_folder,
                                std::function<void(const RecentProject& project)> open);

// Whatever is typed, as the last thing that can be done with it.
PaletteProvider gallerySearchProvider(std::function<void(const QString& text)> search);

}  // namespace studio::ui
