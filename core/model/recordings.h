// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What recorded evaluations hold of a GPU's memory, for whoever runs out of it.
#pragma once

#include <c10/core/Device.h>

namespace studio {

// Gives the memory of all recordings on a device back, those of models and views that are not in use included. They
// are made again when their kind comes again. True when there were any. Threads: the device's own.
bool forget_recordings(c10::Device device);

}  // namespace studio
