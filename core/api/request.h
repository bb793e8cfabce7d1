// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a picture is made from. A request is a value: it can be stored, compared and replayed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/catalogue.h"
#include "core/api/params.h"
#include "core/api/result.h"

namespace studio {

struct GenerationRequest {
  std::string model = "emoji-sdxl";  // bundled name, diffusers folder or .safetensors file
  std::vector<std::string> prompts = {""};  // one row of the batch each; UTF-8
  // Absent: zero embeddings when the model says force_zeros_for_empty_prompt, else the encoding of "".
  std::optional<std::string> negative_prompt;
  std::optional<std::int64_t> seed;    // absent: drawn when the job is submitted and recorded
  std::optional<std::int64_t> width_px, height_px;  // absent: the model's own size
  std::int64_t steps = 25;
  std::string sampler = "euler";
  std::optional<std::string> spacing;  // absent: the model's
  std::string sigmas = "model";
  ParamSet guidance;                   // absent keys mean the declared initial value
  // Parameters of Catalogue::sections by path, "lora.1.weight". Only what differs from its declaration is
  // in here, so that equal jobs are equal values.
  ParamSet sections;

  bool operator==(const GenerationRequest&) const = default;
};

// The parameters of a job outside "guidance", in the order forms and help show them. Keys: model,
// prompt, negative_prompt, seed, width, height, steps, sampler, spacing, sigmas.
const Card& job_card();

// Every declared parameter of a job with its path: "seed", "guidance.seg.sigma".
struct JobParam {
  std::string path;
  const ParamSpec* spec;
  const Card* card;
};
std::vector<JobParam> job_params(const Catalogue& catalogue);

// Reads or writes one parameter by path. A missing optional is nullopt. set() validates.
// Errors: InvalidArgument for an unknown path (the message names the nearest known one), a wrong
// type or a value out of range. "prompt" reads and writes prompts[0] when there is one prompt.
Result<std::optional<ParamValue>> get(const GenerationRequest& request,
                                      const Catalogue& catalogue,
                                      std::string_view path);
Result<void> set(GenerationRequest& request,
                 const Catalogue& catalogue,
                 std::string_view path,
                 const std::optional<ParamValue>& value);

// Checks everything that can be known without the model. Errors: InvalidArgument with path, value
// and what is allowed.
Result<void> validate(const GenerationRequest& request, const Catalogue& catalogue);

// The same job without the guidance under study (see Card::kept_in_twin). Equal to `request` when
// that guidance is off already.
GenerationRequest unguided_twin(const GenerationRequest& request, const Catalogue& catalogue);

}  // namespace studio
