// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What this build can do: guidance terms, samplers, sigma schedules and spacings, each with its card.
#pragma once

#include <vector>

#include "core/api/params.h"

namespace studio {

struct Catalogue {
  Card job;                 // the job's own parameters (prompt, seed, size, steps, ...)
  std::vector<Card> terms;  // guidance, in the order they are applied
  std::vector<Card> samplers;
  // Further groups of a job's parameters, by subject. A parameter's path is the card's id, a dot and its
  // key: "lora.1.weight"; in a job's JSON each card is an object under its id, left out while all of its
  // parameters stand as declared.
  std::vector<Card> sections;
};

}  // namespace studio
