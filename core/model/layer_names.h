// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Names of self-attention layers as users write them: mid, down, up, d2, m1, u0, joined by commas.
#pragma once

#include <string>
#include <vector>

#include "core/api/result.h"
#include "core/model/attention_edit.h"

namespace studio {

// Checks the grammar alone. Errors: InvalidArgument naming the item and what is allowed.
Result<void> check_layers_text(const std::string& text);

// Errors: InvalidArgument, also for a layer this model does not have (the message says which it has).
Result<LayerSet> parse_layers(const std::string& text, const LayerCounts& counts);

// "d0" .. in order.
std::vector<std::string> layer_names(const LayerCounts& counts);

}  // namespace studio
