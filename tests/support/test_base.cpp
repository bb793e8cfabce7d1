// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Carries the precompiled header that every test with tensors shares.
#include "core/base/torch_pch.h"
