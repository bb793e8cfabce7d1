// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps of the small model, and their pictures compared with those of the same jobs alone.
#pragma once

#include "core/pipeline/pipeline.h"
#include "tests/support/memory_store.h"

#include <ATen/ATen.h>
#include <QtTest>

#include <algorithm>
#include <numeric>

namespace studio::testing {

inline const std::string kTiny = tests_path("golden/models/tiny-sdxl");

inline GenerationRequest tiny_base(std::int64_t steps = 5) {
  GenerationRequest request;
  request.model = kTiny;
  request.prompts = {"a red apple"};
  request.seed = 4;
  request.steps = steps;
  request.width_px = request.height_px = 64;
  request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.5}};
  return request;
}

inline SweepGrid grid_of(GenerationRequest base,
                         const QStringList& axes,
                         SweepOrder order = SweepOrder::CoarseToFine,
                         bool twin = true) {
  SweepSpec spec;
  spec.base = std::move(base);
  for (const QString& axis : axes)
    spec.axes.push_back(
        {axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
  spec.order = order;
  spec.twin = twin;
  auto grid = read_sweep(spec, catalogue());
  if (!grid) qFatal("%s", grid.error().message.c_str());
  return std::move(grid).value();
}

// The picture's job as it runs alone.
struct Alone {
  at::Tensor latents;
  std::string hash;
  double rows = 0;
};
inline Alone run_alone(const GenerationRequest& request, LoadedModel& model) {
  const auto resolved = resolve(request, *model.model);
  if (!resolved) qFatal("%s", resolved.error().message.c_str());
  RunInputs inputs;
  inputs.keep_steps = true;
  inputs.options.previews = false;
  auto attachments = model.attachments->get(resolved.value(), *model.model, {});
  if (!attachments) qFatal("%s", attachments.error().message.c_str());
  inputs.attachments = std::move(attachments).value();
  const auto result = run(resolved.value(), *model.model, model.prompts, inputs, {});
  if (!result) qFatal("%s", result.error().message.c_str());
  return {result.value().steps.back().to(at::kFloat),
          result.value().latents_hash,
          result.value().row_evaluations};
}

// Compares every picture of a sweep that has just run with the same job alone. Returns the largest
// relative distance; counts those that must be, and are, equal bit for bit.
struct Comparison {
  double largest = 0;
  int equal_bits = 0, must_be_equal = 0, pictures = 0;
};
inline Comparison compare_with_alone(SweepBench& bench, const MemoryStore& store) {
  Comparison comparison;
  for (const auto& [picture, last] : bench.latents) {
    const std::string& key = store.keys[picture];
    const Finished& finished = store.finished.at(key);
    const CellResult& result = store.results.at(key);
    const Alone alone = run_alone(finished.resolved, *bench.loaded.at(finished.resolved.model));
    comparison.largest = std::max(comparison.largest, relative_error(last, alone.latents));
    ++comparison.pictures;
    const double rows = std::accumulate(result.rows.begin(), result.rows.end(), 0.0);
    const bool has_equal_shapes = result.made == "alone" && rows == alone.rows;
    comparison.must_be_equal += has_equal_shapes ? 1 : 0;
    comparison.equal_bits += has_equal_shapes && result.latents_hash == alone.hash ? 1 : 0;
  }
  return comparison;
}

#define COMPARE_WITH_ALONE(bench, store)                                       \
  do {                                                                         \
    const Comparison seen = compare_with_alone(bench, store);                  \
    QVERIFY2(seen.largest <= 1e-5, qPrintable(QString::number(seen.largest))); \
    QVERIFY(seen.pictures > 0 && seen.must_be_equal > 0);                      \
    QCOMPARE(seen.equal_bits, seen.must_be_equal);                             \
  } while (false)

}  // namespace studio::testing
