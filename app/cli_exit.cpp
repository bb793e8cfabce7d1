// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The one place where kinds of errors become exit statuses.
#include "app/cli_exit.h"

#include <iostream>

namespace studio::cli {

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return kWrongUsage;
    case ErrorCode::ModelUnloadable:
      return kModelUnloadable;
    case ErrorCode::BadFile:
    case ErrorCode::Io:
      return kIoFailed;
    case ErrorCode::OutOfMemory:
      return kOutOfMemory;
    case ErrorCode::Internal:
      break;
  }
  return 1;
}

int report(const Error& error) {
  std::cerr << "seg-cli: " << error.message << std::endl;
  return exit_status(error.code);
}

}  // namespace studio::cli
