// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every parameter of the job in the command palette: "blur sigma 2" sets it.
#pragma once

#include "core/api/request.h"
#include "ui/command_palette.h"

#include <QStringList>

#include <functional>

namespace studio::ui {

using CurrentRequest = std::function<GenerationRequest()>;
// Takes a value that was checked already; nothing means absent.
using SetParameter =
    std::function<void(const JobParam& param, const std::optional<ParamValue>& value)>;

// What a text parameter may be, besides what its declaration names: the models that are there.
using SuggestValues = std::function<QStringList(const JobParam& param)>;

// A choice or a suggestion is also found by its own name alone. `catalogue` outlives the provider;
// `suggest` may be empty.
PaletteProvider parameterProvider(const Catalogue& catalogue,
                                  CurrentRequest current,
                                  SetParameter set,
                                  SuggestValues suggest = {});

}  // namespace studio::ui
