// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli sweep --verify: is each finished picture what its job gives when it runs alone?
#include "app/cli_exit.h"
#include "app/cli_sweep.h"
#include "core/api/image_strip.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace studio::cli {
namespace {

// Batches of other shapes may round differently on a GPU; more than this is another picture.
constexpr int kLargestAllowed = 1;

struct Alone {
  std::optional<Finished> finished;  // neither this nor an error: interrupted
  std::optional<Error> error;
};

Alone run_alone(Engine& engine,
                Inbox& inbox,
                const GenerationRequest& request,
                RowSharing sharing,
                bool less_memory) {
  if (inbox.is_interrupted()) return {};
  const auto job =
      engine.submit(request, {.sharing = sharing, .previews = false, .less_memory = less_memory});
  if (!job) return {.finished = {}, .error = job.error()};
  bool is_cancelled = false;
  while (true) {
    for (const auto& [id, event] : inbox.wait()) {
      if (id != job.value()) continue;
      if (const auto* finished = std::get_if<Finished>(&event))
        return {.finished = *finished, .error = {}};
      if (const auto* failed = std::get_if<Failed>(&event))
        return {.finished = {}, .error = failed->error};
      if (std::holds_alternative<Cancelled>(event)) return {};
    }
    if (inbox.is_interrupted() && !is_cancelled) {
      engine.cancel(job.value());
      is_cancelled = true;
    }
  }
}

struct Checked {
  int picture = 0;
  GenerationRequest request;
  std::string words;
};

// Each finished picture once, by the first cell that shows it, else by the cell whose twin it is.
std::vector<Checked> pictures_to_check(const SweepFolder& folder,
                                       const Catalogue& catalogue,
                                       const std::vector<std::string>& keys) {
  std::vector<Checked> checked;
  std::vector<bool> is_listed(folder.pictures.size(), false);
  const auto add = [&](int picture, std::size_t cell, bool is_twin) {
    if (picture < 0 || is_listed[picture] || folder.pictures[picture].state != CellState::Finished)
      return;
    is_listed[picture] = true;
    if (!keys.empty() &&
        std::find(keys.begin(), keys.end(), folder.pictures[picture].key) == keys.end())
      return;
    const GenerationRequest request = folder.grid->request(cell, catalogue);
    checked.push_back({picture,
                       is_twin ? unguided_twin(request, catalogue) : request,
                       (is_twin ? "unguided twin of " : "") + cell_words(*folder.grid, cell)});
  };
  for (std::size_t cell = 0; cell < folder.picture_of_cell.size(); ++cell)
    add(folder.picture_of_cell[cell], cell, false);
  for (std::size_t cell = 0; cell < folder.twin_of_cell.size(); ++cell)
    add(folder.twin_of_cell[cell], cell, true);
  return checked;
}

}  // namespace

int verify_sweep(Engine& engine,
                 Inbox& inbox,
                 SweepProgress& progress,
                 const SweepFolder& folder,
                 const Arguments& arguments) {
  const auto keys = whole_keys(arguments.sweep.verify_keys, folder.pictures);
  if (!keys) return progress.fail(Result<void>(keys.error()).in_context("--key").error());
  const auto pictures = pictures_to_check(folder, engine.describe(), keys.value());
  if (pictures.empty())
    return progress.fail(
        {ErrorCode::InvalidArgument, folder.folder + " has no such finished picture to verify"});
  int largest = 0;
  std::size_t wrong = 0;
  for (const Checked& each : pictures) {
    const CellResult& kept = folder.pictures[each.picture];
    const auto image = engine.load_png(folder.folder + "/" + kept.file);
    if (!image) return progress.fail(image.error());
    const Alone alone = run_alone(engine,
                                  inbox,
                                  each.request,
                                  arguments.sharing,
                                  kept.made.find("less memory") != std::string::npos);
    if (alone.error)
      return progress.fail(Result<void>(*alone.error).in_context(each.words).error());
    if (!alone.finished) return progress.cancel({});
    const PictureDifference apart = difference(image.value(), side_by_side(alone.finished->images));
    progress.verified(kept, each.words, apart, kept.latents_hash == alone.finished->latents_hash);
    largest = std::max(largest, apart.same_size ? apart.largest : 255);
    wrong += apart.same_size && apart.largest <= kLargestAllowed ? 0 : 1;
  }
  if (wrong == 0) return progress.finish_verified(pictures.size(), largest);
  return progress.fail({ErrorCode::BadFile,
                        std::to_string(wrong) + " of " + std::to_string(pictures.size()) +
                            " pictures are not what their jobs give alone; largest difference " +
                            std::to_string(largest) + " of 255"});
}

}  // namespace studio::cli
