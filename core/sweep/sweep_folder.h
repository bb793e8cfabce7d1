// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The names in a sweep's folder, and the checks on what is there already.
#pragma once

#include "core/api/sweep.h"
#include "core/sweep/journal.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace studio {

// Paths in the folder.
std::string sweep_json_path(const std::string& folder);
std::string journal_path(const std::string& folder);
std::string cells_path(const std::string& folder);
std::string picture_path(const std::string& folder, const std::string& key);
std::string twins_path(const std::string& folder);
std::string latents_path(const std::string& folder, const std::string& key);

// Whether a sweep was begun in the folder. Blocks.
bool holds_sweep(const std::string& folder);

// The first thing in which two sweeps differ, as a sentence; "" when they make the same cells.
// Values count, not how they are spelled, and parameters of the base that an axis sets do not
// count.
std::string first_difference(const SweepGrid& given,
                             const SweepGrid& kept,
                             const Catalogue& catalogue);

// Which finished pictures are still what the journal noted. Files of the noted size are hashed,
// except unchanged ones (by their time) beyond `trusted_after` bytes: a program that changes a file
// and sets its time back goes unseen there, which is the price of opening a folder of many
// gigabytes at once.
struct FolderCheck {
  std::unordered_map<std::string, CellResult> results;  // by key: finished, failed and skipped ones
  std::vector<std::string> problems;
};
FolderCheck check_pictures(const std::string& folder,
                           const JournalReading& journal,
                           std::int64_t trusted_after);

}  // namespace studio
