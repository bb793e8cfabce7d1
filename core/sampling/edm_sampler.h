// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Models trained with EDM's preconditioning, such as Playground 2.5, through the ordinary samplers.
#pragma once

#include "core/sampling/sampler.h"

namespace studio {

// Latents go in and come out in the model's own units; inside they are divided by the data's spread,
// where EDM's preconditioning is a velocity prediction (of the other sign where it is called epsilon).
// Settings must be those of an EDM model without a settings problem.
// Source: Karras 2022 (EDM), eq. 7 and table 1; diffusers 0.30.3 EDMEulerScheduler and
// EDMDPMSolverMultistepScheduler.
std::unique_ptr<Sampler> make_edm_sampler(const SamplerInfo& info, const SamplerSettings& settings);

}  // namespace studio
