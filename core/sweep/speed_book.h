// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How fast this engine has been, for forecasts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "core/api/request.h"
#include "core/pipeline/preview_plan.h"

namespace studio {

// Threads: any.
class SpeedBook {
 public:
  // Steps of a resolved request: UNet rows and the time they took.
  void add_rows(const GenerationRequest& resolved, double rows, double seconds);
  // One picture: decoding and writing it, and its file's size (0: not written).
  void add_picture(const GenerationRequest& resolved, double seconds, double file_bytes);
  // Costs of previews as measured; those that are 0 say nothing.
  void add_previews(const GenerationRequest& resolved, const PreviewCosts& costs);

  struct Cost {
    double seconds_per_row = 0, seconds_per_picture = 0;
    bool is_measured = false;  // at this size; else scaled from another size of the same model
  };
  // nullopt: this model has not run here.
  std::optional<Cost> cost(const GenerationRequest& resolved) const;
  // Of one picture's file, measured on files of any size, or a guess that is rather too large.
  double file_bytes(const GenerationRequest& resolved) const;
  // At this size; what was not measured there is scaled from the nearest other size of the same model.
  PreviewCosts preview_costs(const GenerationRequest& resolved) const;

 private:
  struct Sum {
    double sum = 0, count = 0;
    void add(double some, double times);
    double mean() const { return count > 0 ? sum / count : 0; }
  };
  struct Entry {
    Sum rows, pictures;
    std::array<Sum, kPreviewMethods.size()> previews;  // by method
  };
  using Key = std::tuple<std::string, std::int64_t, std::size_t>;  // model, pixels, batch
  static Key key(const GenerationRequest& resolved);

  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
  Sum bytes_per_pixel_;
};

}  // namespace studio
