// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Presets, recent projects and the gallery's search in the command palette.
#include "ui/command_palette_places.h"

#include "ui/preset_store.h"

#include <QCoreApplication>
#include <QDir>

namespace studio::ui {
namespace {

constexpr double kLast = -1000;  // below everything that was found

QString tr(const char* text) { return QCoreApplication::translate("PaletteProvider", text); }

// What is found by its name and by what can be done with it: "preset flags", "open flags".
std::optional<PaletteItem> itemFor(const QString& query,
                                   const QString& name,
                                   const QString& category) {
  if (query.isEmpty()) return std::nullopt;
  const auto match = fuzzyMatch(query, name + QChar(' ') + category);
  if (!match) return std::nullopt;
  PaletteItem item;
  item.title = name;
  item.category = category;
  item.score = match->score;
  for (const int hit : match->hits) {
    if (hit < name.size()) item.hits << hit;
  }
  return item;
}

}  // namespace

PaletteProvider presetProvider(std::function<const std::vector<PresetEntry>*()> presets,
                               std::function<void(const QString&)> apply) {
  return [presets = std::move(presets), apply = std::move(apply)](const QString& query) {
    std::vector<PaletteItem> items;
    const std::vector<PresetEntry>* all = presets();
    if (all == nullptr) return items;
    for (const PresetEntry& entry : *all) {
      auto item = itemFor(query, entry.preset.name, tr("Apply preset"));
      if (!item) continue;
      item->glyph = Glyph::Bookmark;
      item->detail = entry.summary;
      if (!entry.isUsable()) {
        item->enabled = false;
        item->why = entry.problem;
      }
      item->run = [apply, id = entry.id] { apply(id); };
      items.push_back(std::move(*item));
    }
    return items;
  };
}

PaletteProvider projectProvider(std::function<std::vector<RecentProject>()> recent,
                                std::function<QString()> current_folder,
                                std::function<void(const RecentProject&)> open) {
  return [recent = std::move(recent),
          current_folder = std::move(current_folder),
          open = std::move(open)](const QString& query) {
    std::vector<PaletteItem> items;
    if (query.isEmpty()) return items;
    const QString here = QDir(current_folder()).absolutePath();
    for (const RecentProject& project : recent()) {
      if (project.folder == here) continue;
      const QString name = project.name.isEmpty() ? QDir(project.folder).dirName() : project.name;
      auto item = itemFor(query, name, tr("Open project"));
      if (!item) continue;
      item->glyph = Glyph::Folder;
      item->detail = QDir::toNativeSeparators(project.folder);
      item->run = [open, project] { open(project); };
      items.push_back(std::move(*item));
    }
    return items;
  };
}

PaletteProvider gallerySearchProvider(std::function<void(const QString&)> search) {
  return [search = std::move(search)](const QString& query) {
    std::vector<PaletteItem> items;
    if (query.isEmpty()) return items;
    PaletteItem item;
    item.title = tr("Search the gallery for “%1”").arg(query);
    item.glyph = Glyph::Search;
    item.score = kLast;
    item.run = [search, query] { search(query); };
    items.push_back(std::move(item));
    return items;
  };
}

}  // namespace studio::ui
