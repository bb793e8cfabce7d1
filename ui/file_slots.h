// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which parameters of a job a file of some kind may stand in, as their declarations say.
#pragma once

#include "core/api/request.h"

#include <QString>

#include <vector>

namespace studio::ui {

// In the order of the job. The job's own model is one of them.
std::vector<JobParam> slotsFor(const Catalogue& catalogue, FileKind kind);

// The values of these parameters that are not as declared.
std::vector<std::string> filesIn(const GenerationRequest& request,
                                 const Catalogue& catalogue,
                                 FileKind kind);

struct FilePlaced {
  GenerationRequest request;
  std::string label;  // of the parameter, for a person
};

// The job with the file in the first free of these parameters; in the only one, free or not.
// Errors: InvalidArgument when it is there already, all are taken, or there are none.
Result<FilePlaced> withFile(const GenerationRequest& request,
                            const Catalogue& catalogue,
                            FileKind kind,
                            const std::string& file);

}  // namespace studio::ui
