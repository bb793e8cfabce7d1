// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli convert: a model as one file, as a folder, or in other numbers.
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "app/cli_inbox.h"
#include "core/make_engine.h"

#include <cmath>
#include <iostream>
#include <unistd.h>

namespace studio::cli {

int run_convert(const Arguments& arguments) {
  Inbox inbox;  // notes Ctrl-C, so that no half model is left behind
  auto engine = make_engine(arguments.engine, inbox);
  if (!engine) return report(engine.error());
  const bool shows_progress = ::isatty(STDERR_FILENO) == 1;
  int shown = -1;
  const auto progress = [&](double fraction) {
    const int percent = static_cast<int>(std::floor(fraction * 100));
    if (shows_progress && percent != shown) std::cerr << "\rwriting " << percent << " %" << std::flush;
    shown = percent;
    return !inbox.is_interrupted();
  };
  const auto done = engine.value()->convert_model(arguments.model, arguments.convert_out, arguments.convert_dtype, progress);
  if (shows_progress && shown >= 0) std::cerr << "\n";
  if (!done) {
    report(done.error());
    return inbox.is_interrupted() ? kInterrupted : exit_status(done.error().code);
  }
  std::cout << arguments.convert_out << std::endl;
  return kDone;
}

}  // namespace studio::cli
