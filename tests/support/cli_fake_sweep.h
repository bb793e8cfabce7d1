// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps without a model, in real folders: everything but the arithmetic is the program's own.
#pragma once

#include "core/api/engine.h"

#include <functional>

namespace studio::testing {

// The scale in red, the seed in green, the prompt's number in blue, darker from left to right; 2 x
// 1 pixels unless the request says another size.
ImageRgb8 fake_picture(const GenerationRequest& request, std::size_t prompt);
std::string fake_latents_hash(const GenerationRequest& request);

// A picture's "model" says how it goes: "oom", "unloadable", "misfit" and "bug" fail, "endless" goes on until
// it is stopped, "drift" is another picture than when it runs alone. `wait_step` returns false to
// stop.
void run_fake_sweep(JobId job,
                    const SweepSpec& spec,
                    const SweepOptions& options,
                    const Catalogue& catalogue,
                    JobObserver& observer,
                    const std::function<bool(bool is_endless)>& wait_step);

// Needs 1 PB when the base's model is "huge". `folder` may be "" or missing.
Result<SweepForecast> fake_forecast(const SweepSpec& spec,
                                    const std::string& folder,
                                    const Catalogue& catalogue);

// One pixel and one line; a folder whose base's model is "no-export" cannot be exported.
Result<void> fake_export(const std::string& folder,
                         const ExportOptions& options,
                         const Catalogue& catalogue);

}  // namespace studio::testing
