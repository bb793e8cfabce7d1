// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every parameter of the job in the command palette: "blur sigma 2" sets it.
#pragma once

#include "core/api/request.h"
#include "ui/command_palette.h"

#include <functional>

namespace studio::ui {

using CurrentRequest = std::function<GenerationRequest()>;
// Takes a value that was checked already; nothing means absent.
using SetParameter =
    std::function<void(const JobParam& param, const std::optional<ParamValue>& value)>;

// `catalogue` outlives the provider.
PaletteProvider parameterProvider(const Catalogue& catalogue,
                                  CurrentRequest current,
                                  SetParameter set);

}  // namespace studio::ui
