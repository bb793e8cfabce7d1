// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Names of the kinds of errors.
#include "core/api/result.h"

namespace studio {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "InvalidArgument";
    case ErrorCode::ModelUnloadable:
      return "ModelUnloadable";
    case ErrorCode::BadFile:
      return "BadFile";
    case ErrorCode::Io:
      return "Io";
    case ErrorCode::OutOfMemory:
      return "OutOfMemory";
    case ErrorCode::Internal:
      break;
  }
  return "Internal";
}

std::optional<ErrorCode> error_code_named(std::string_view name) {
  for (const ErrorCode code : {ErrorCode::InvalidArgument,
                               ErrorCode::ModelUnloadable,
                               ErrorCode::BadFile,
                               ErrorCode::Io,
                               ErrorCode::OutOfMemory,
                               ErrorCode::Internal}) {
    if (name == error_code_name(code)) return code;
  }
  return std::nullopt;
}

}  // namespace studio
