// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A catalogue shaped like the real one, for tests of the window that need no model.
#pragma once

#include "core/api/catalogue.h"

namespace studio::test {

const Catalogue& fake_catalogue();
// With the sections about pictures that the real one has.
const Catalogue& fake_catalogue_with_pictures();

}  // namespace studio::test
