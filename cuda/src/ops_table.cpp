// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The kernel library's one exported function.
#include "cuda/api/ops.h"

extern "C" __attribute__((visibility("default"))) const studio::cuda::Ops* studio_cuda_ops(int version) {
  using namespace studio::cuda;
  static constexpr Ops kOps{group_norm_silu_workspace, group_norm_silu, geglu,        add_layer_norm,     add_bias, attention, has_hopper,
                            quantise_rows,             linear_geglu,    attention_workspace, interleave, winograd_input, winograd_weight, winograd_output};
  return version == kOpsVersion ? &kOps : nullptr;
}
