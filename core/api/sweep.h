// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep: one job and axes over any of its parameters. Each cell is an ordinary job.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/catalogue.h"
#include "core/api/request.h"
#include "core/api/result.h"

namespace studio {

inline constexpr std::size_t kMostAxisValues = 10'000;
inline constexpr std::size_t kMostCells = 100'000;

struct SweepAxis {
  std::string param;   // a path of job_params(): "guidance.seg.sigma", "prompt", "seed"
  std::string values;  // as typed: "0.5, 1, 2, inf"
  bool operator==(const SweepAxis&) const = default;
};

enum class SweepOrder {
  CoarseToFine,  // corners, then midpoints: the grid is evenly covered at any moment
  Rows,          // the first axis fastest
};

struct SweepSpec {
  GenerationRequest base;
  std::vector<SweepAxis> axes;  // the first is shown across, the second down, the others in turn
  SweepOrder order = SweepOrder::CoarseToFine;
  bool twin = true;  // also make each cell's unguided twin
  // Cells given one by one (jobs from standard input) instead of by axes, which are empty then.
  std::vector<GenerationRequest> listed;
  bool operator==(const SweepSpec&) const = default;
};

// nullopt is the absent value ("null") of a parameter that has one.
using AxisValue = std::optional<ParamValue>;

enum class TokenState {
  Good,
  Incomplete,  // could become right with more letters: "1..", "log(0.3", "\"a cat"
  Malformed,   // no value of this parameter's kind
  OutOfRange,  // a value, but not an allowed one
  Repeated,    // good, but each of its values stands before already; left out
};

// One piece between commas. Its text is text.substr(begin, length), without surrounding spaces.
struct AxisToken {
  std::size_t begin = 0, length = 0;
  TokenState state = TokenState::Good;
  std::string message;            // a sentence when it is not good: what is wrong, what is allowed
  std::vector<AxisValue> values;  // what a good one adds, in order
};

struct AxisReading {
  std::vector<AxisToken> tokens;
  std::vector<AxisValue> values;  // of all good tokens, each once
  std::string problem;            // a sentence for the axis as a whole, or the first bad token's; "" when fine
};

// Reads what a person types for an axis. Forms: a comma list; for whole numbers a-b and a-b(+step);
// a..b[n] with n evenly spaced values; log(a..b)[n] evenly spaced in the logarithm; inf and null where
// the parameter takes them; "quoted strings" (with \" and \\) for text, which need quotes only when
// they hold a comma, a quote, or begin or end in a space. Never fails: problems are in the reading.
// At most kMostAxisValues values.
AxisReading read_axis(const ParamSpec& spec, std::string_view path, std::string_view text);

// The text that read_axis() reads back as exactly these values.
std::string axis_text(std::span<const AxisValue> values);

// Short text for a value's header in a grid: "inf" as "∞", absent as "default".
std::string axis_label(const AxisValue& value);

// A sweep with every value read and checked.
struct SweepGrid {
  struct Axis {
    const ParamSpec* spec;  // of the catalogue
    std::string path;
    std::vector<AxisValue> values;
  };
  SweepSpec spec;  // base.seed drawn when it was absent and no axis sets it
  std::vector<Axis> axes;

  std::size_t cells() const;
  // The first axis varies fastest. Size: one index an axis.
  std::vector<std::size_t> position(std::size_t cell) const;
  std::size_t cell(std::span<const std::size_t> position) const;
  // The cell's job. O(parameters).
  GenerationRequest request(std::size_t cell, const Catalogue& catalogue) const;
};

// Checks all values of all axes and that every cell is a valid job, before anything runs.
// Errors: InvalidArgument naming the axis ("axes[1] (guidance.seg.scale)"), the value and what is
// allowed; an axis twice; too many values or cells.
Result<SweepGrid> read_sweep(const SweepSpec& spec, const Catalogue& catalogue);

// The order in which cells are made: every cell once.
std::vector<std::size_t> cell_order(const SweepGrid& grid);

// What a sweep will cost, before it runs.
struct SweepForecast {
  std::size_t cells = 0;            // of the grid
  std::size_t pictures = 0;         // distinct ones after collapsing equal cells, twins included
  std::size_t distinct_cells = 0;   // distinct ones among the cells alone
  std::size_t finished = 0;         // of pictures, already in the folder
  double rows_naive = 0;            // UNet row evaluations: cells x steps x rows of the fullest cell
  double rows_shared = 0;           // with exact sharing, twins included
  double rows_left = 0;             // of those, still to run
  double seconds_left = 0;          // from measured speed; 0 while nothing was measured
  bool seconds_are_measured = false;
  double bytes_left = 0;            // disk, estimated from the pictures' size
  double bytes_free = 0;            // on the folder's disk; 0 when unknown
  std::size_t impossible_cells = 0;  // whose model cannot be read, or that do not fit it
  std::optional<Error> problem;      // of the first of these
  std::vector<int> picture_of_cell; // equal numbers, equal pictures: which cells collapse
};

// How one distinct picture of a sweep was made: what its journal holds.
enum class CellState { Waiting, Running, Finished, Failed, Skipped };
struct CellResult {
  CellState state = CellState::Waiting;
  std::string key;          // 64 hex digits; empty while the model's hash is not known
  std::string file;         // relative to the sweep's folder: "cells/<key>.png"
  std::string sha256;       // of that file
  std::string latents_hash; // SHA-256 of the last latents (fp32, contiguous)
  std::string error;        // why it failed or was skipped
  // Of a failure; none in journals of versions that did not note it.
  std::optional<ErrorCode> error_code;
  std::string made;         // "alone", "steps 1-5 shared", "taken from another sweep", "less memory"
  int shared_steps = 0;     // first steps taken from other cells
  std::vector<int> rows;    // UNet rows evaluated at each step, 0 for shared steps: the batch shapes
  double seconds = 0;
  double row_evaluations = 0;
  double guidance_norm = 0;   // mean over steps of |guided epsilon - conditional epsilon| / |conditional epsilon|
  double twin_distance = -1;  // |latents - twin's| / |twin's| of the last latents; -1: no twin
};

}  // namespace studio
