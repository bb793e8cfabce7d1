// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// From a sweep's description to its cells, and the order in which they are made.
#include "core/api/sweep.h"

#include <algorithm>
#include <random>

namespace studio {
namespace {

constexpr std::string_view kGuidance = "guidance.";
constexpr std::string_view kSeed = "seed";

Error refuse(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

std::string axis_place(std::size_t index, std::string_view path) {
  return "axes[" + std::to_string(index) + "] (" + std::string(path) + ")";
}

// Digits in groups of three: 1,000,000.
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::int64_t drawn_seed() { return static_cast<std::int64_t>(std::random_device{}()); }

Error too_many_cells(std::size_t at_least) {
  return refuse("the sweep has at least " + grouped(at_least) + " cells, but may have at most " +
                grouped(kMostCells));
}

// The axis with its values, each of which makes a valid job of the base.
Result<SweepGrid::Axis> read_one_axis(const SweepSpec& spec,
                                      std::size_t index,
                                      const std::vector<JobParam>& params,
                                      const Catalogue& catalogue) {
  const SweepAxis& axis = spec.axes[index];
  const std::string place = axis_place(index, axis.param);
  const auto param = std::find_if(params.begin(), params.end(), [&](const JobParam& known) {
    return known.path == axis.param;
  });
  if (param == params.end()) {  // get() says which name is near
    return get(spec.base, catalogue, axis.param)
        .in_context("axes[" + std::to_string(index) + "]")
        .error();
  }
  for (std::size_t other = 0; other < index; ++other) {
    if (spec.axes[other].param != axis.param) continue;
    return refuse(place + ": this parameter is on axes[" + std::to_string(other) +
                  "] already, and may be on one axis only");
  }
  AxisReading reading = read_axis(*param->spec, axis.param, axis.values);
  if (!reading.problem.empty()) return refuse(place + ": " + reading.problem);
  GenerationRequest request = spec.base;
  for (const AxisValue& value : reading.values) {
    if (!value && axis.param == kSeed) {
      return refuse(place +
                    ": null would draw another seed at each run, so a sweep could not be resumed; "
                    "give seeds as numbers");
    }
    if (auto done = set(request, catalogue, axis.param, value); !done)
      return std::move(done).in_context(place).error();
  }
  return SweepGrid::Axis{param->spec, axis.param, std::move(reading.values)};
}

Result<SweepGrid> read_listed(const SweepSpec& spec, const Catalogue& catalogue) {
  if (!spec.axes.empty())
    return refuse("the sweep has both axes and a list of jobs, but may have only one of them");
  if (spec.listed.size() > kMostCells) return too_many_cells(spec.listed.size());
  SweepGrid grid{spec, {}};
  for (std::size_t i = 0; i < spec.listed.size(); ++i) {
    if (auto valid = validate(spec.listed[i], catalogue); !valid) {
      return std::move(valid).in_context("jobs[" + std::to_string(i) + "]").error();
    }
    auto& seed = grid.spec.listed[i].seed;
    if (!seed) seed = drawn_seed();
  }
  return grid;
}

// Ranks along one axis such that any first few are spread evenly: 0 and 1 are the ends, 2 the
// middle, 4 and 5 the quarters, from 2^k on the k-th halving, its left and right parts in turn.
// Ranks have gaps where a part is too short to be halved.
std::vector<std::uint32_t> coarse_ranks(std::size_t length) {
  std::vector<std::uint32_t> ranks(length, 0);
  if (length > 1) ranks[length - 1] = 1;
  struct Part {
    std::size_t low, high;
    std::uint32_t turn;  // of this part among those of its halving
  };
  std::vector<Part> parts;
  if (length > 2) parts.push_back({0, length - 1, 0});
  for (std::uint32_t first = 2; !parts.empty(); first *= 2) {
    std::vector<Part> halves;
    for (const Part& part : parts) {
      const std::size_t middle = part.low + (part.high - part.low) / 2;
      ranks[middle] = first + part.turn;
      // The left halves of all parts take their turns before the right ones.
      if (middle - part.low > 1) halves.push_back({part.low, middle, part.turn});
      if (part.high - middle > 1) halves.push_back({middle, part.high, part.turn + first / 2});
    }
    parts = std::move(halves);
  }
  return ranks;
}

}  // namespace

std::size_t SweepGrid::cells() const {
  if (!spec.listed.empty()) return spec.listed.size();
  std::size_t count = 1;
  for (const Axis& axis : axes) count *= axis.values.size();
  return count;
}

std::vector<std::size_t> SweepGrid::position(std::size_t cell) const {
  std::vector<std::size_t> at;
  at.reserve(axes.size());
  for (const Axis& axis : axes) {
    at.push_back(cell % axis.values.size());
    cell /= axis.values.size();
  }
  return at;
}

std::size_t SweepGrid::cell(std::span<const std::size_t> position) const {
  std::size_t cell = 0;
  for (std::size_t i = axes.size(); i > 0; --i) {
    cell = cell * axes[i - 1].values.size() + position[i - 1];
  }
  return cell;
}

GenerationRequest SweepGrid::request(std::size_t cell, const Catalogue& catalogue) const {
  if (!spec.listed.empty()) return spec.listed[cell];
  GenerationRequest request = spec.base;
  for (const Axis& axis : axes) {
    const AxisValue& value = axis.values[cell % axis.values.size()];
    cell /= axis.values.size();
    if (value && axis.path.starts_with(kGuidance)) {
      // Checked when the grid was read; set() would look the path up again for each cell.
      request.guidance.insert_or_assign(std::string(axis.spec->key), *value);
    } else {
      (void)set(request, catalogue, axis.path, value);  // read_sweep() has set this value before
    }
  }
  return request;
}

Result<SweepGrid> read_sweep(const SweepSpec& spec, const Catalogue& catalogue) {
  if (auto valid = validate(spec.base, catalogue); !valid)
    return std::move(valid).in_context("base").error();
  if (!spec.listed.empty()) return read_listed(spec, catalogue);
  const auto params = job_params(catalogue);
  SweepGrid grid{spec, {}};
  std::size_t cells = 1;
  bool sets_seed = false;
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    auto axis = read_one_axis(spec, i, params, catalogue);
    if (!axis) return axis.error();
    cells *= axis.value().values.size();  // both factors are small: no overflow
    if (cells > kMostCells) return too_many_cells(cells);
    sets_seed = sets_seed || axis.value().path == kSeed;
    grid.axes.push_back(std::move(axis).value());
  }
  if (!grid.spec.base.seed && !sets_seed) grid.spec.base.seed = drawn_seed();
  return grid;
}

std::vector<std::size_t> cell_order(const SweepGrid& grid) {
  const std::size_t count = grid.cells();
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  if (grid.spec.order == SweepOrder::Rows || !grid.spec.listed.empty()) return order;

  // A cell's key holds the bits of its ranks, the highest bits of all axes first: a bit that halves
  // an axis once more comes after all cells of the coarser grid. An axis of n values has at most 1
  // + log2(n) bits, so those of 10^5 cells fit 64.
  std::vector<std::vector<std::uint32_t>> ranks;
  std::vector<std::vector<std::uint64_t>> keys;
  for (const SweepGrid::Axis& axis : grid.axes) {
    ranks.push_back(coarse_ranks(axis.values.size()));
    keys.emplace_back(axis.values.size(), 0);
  }
  int place = 0;
  for (int bit = 0; bit < 32; ++bit) {
    for (std::size_t axis = 0; axis < ranks.size(); ++axis) {
      if (*std::max_element(ranks[axis].begin(), ranks[axis].end()) >> bit == 0) continue;
      for (std::size_t i = 0; i < ranks[axis].size(); ++i) {
        keys[axis][i] |= static_cast<std::uint64_t>(ranks[axis][i] >> bit & 1U) << place;
      }
      ++place;
    }
  }
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed(count);
  for (std::size_t cell = 0; cell < count; ++cell) {
    std::size_t rest = cell;
    std::uint64_t key = 0;
    for (const auto& axis_keys : keys) {
      key |= axis_keys[rest % axis_keys.size()];
      rest /= axis_keys.size();
    }
    keyed[cell] = {key, cell};
  }
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < count; ++i) order[i] = keyed[i].second;
  return order;
}

}  // namespace studio
