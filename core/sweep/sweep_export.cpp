// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Chooses the export and keeps what third parties throw inside.
#include "core/sweep/sweep_export.h"

#include "core/base/guard.h"
#include "core/sweep/export_cells.h"

namespace studio {

Result<void> export_sweep(const SweepFolder& folder,
                          const Catalogue& catalogue,
                          const ExportOptions& options,
                          const KeepGoing& keep_going) {
  if (folder.grid == nullptr) {
    return Error{ErrorCode::InvalidArgument,
                 "there is no sweep to export: its description could not be read"};
  }
  const KeepGoing going = keep_going ? keep_going : [](double) { return true; };
  return to_result([&]() -> Result<void> {
    switch (options.kind) {
      case SweepExport::GridPng:
        return export_grid_png(folder, catalogue, options, going);
      case SweepExport::Html:
        return export_html(folder, catalogue, options, going);
      case SweepExport::Csv:
        return export_csv(folder, catalogue, options, going);
      case SweepExport::Animation:
        return export_animation(folder, catalogue, options, going);
    }
    return Error{ErrorCode::InvalidArgument, "this kind of export is not known"};
  });
}

}  // namespace studio
