// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep has to make: its cells collapsed to distinct pictures, and what each picture does at each
// step, in runs of equal steps. Computed from configuration files, before any weights are read.
#pragma once

#include "core/api/sweep.h"
#include "core/model/model_outline.h"
#include "core/pipeline/content_hashes.h"
#include "core/pipeline/model_use.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace studio {

// Part of every picture's key. Add 1 whenever a change of the program may change a pixel of an equal job
// (kernels, samplers, guidance, decoding): folders then make such pictures anew instead of taking old ones.
inline constexpr int kArithmeticVersion = 3;
// The same for bf16 and fp16, whose kernels change without those of fp32 on a CPU.
inline constexpr int kHalfArithmeticVersion = 8;

// A model of a sweep as far as it is known; `problem` says why its pictures cannot be made.
struct SweepModel {
  ModelUse use;
  ModelOutline outline;
  std::optional<Error> problem;
};

// Everything that a step's terms decide: equal numbers, equal step.
using Transition = int;

struct PlanSegment {
  int first_step = 0;
  Transition transition = 0;  // of this step and those up to the next segment's first
};

struct PlannedPicture {
  std::size_t cell = 0;  // a cell that shows it, or whose twin it is
  bool is_twin = false;
  int model = 0;         // index into models()
  int base = 0;          // equal for pictures that start alike: same model, prompts, noise, sampler, steps
  int steps = 0;
  std::uint32_t first_segment = 0, segments = 0;
  int problem = -1;      // index into problems(): why it cannot be made
};

// Threads: immutable after make(), but for set_model_hash().
class SweepPlan {
 public:
  // The models that the grid's cells name, each once, in order of first appearance.
  static std::vector<ModelUse> model_uses(const SweepGrid& grid, const Catalogue& catalogue);
  // `models` are those of model_uses(). Cells that do not fit their model become pictures with a problem.
  // `contents` reads the files that cells name, each once.
  static SweepPlan make(std::shared_ptr<const SweepGrid> grid, const Catalogue& catalogue, std::vector<SweepModel> models,
                        ContentHashes& contents);

  const SweepGrid& grid() const { return *grid_; }
  const std::shared_ptr<const SweepGrid>& shared_grid() const { return grid_; }
  const std::vector<SweepModel>& models() const { return models_; }
  SweepModel& model(int index) { return models_[index]; }
  const std::vector<PlannedPicture>& pictures() const { return pictures_; }
  const std::vector<int>& picture_of_cell() const { return picture_of_cell_; }
  const std::vector<int>& twin_of_cell() const { return twin_of_cell_; }  // -1 without twins
  const std::vector<Error>& problems() const { return problems_; }
  std::size_t distinct_cells() const { return distinct_cells_; }
  double rows_naive() const { return rows_naive_; }

  // The picture's job with seed, size and spacing fixed; as asked for when the picture has a problem.
  GenerationRequest request(int picture, const Catalogue& catalogue) const;
  const PlanSegment* segments(int picture) const { return segments_.data() + pictures_[picture].first_segment; }
  // The branches a step with this transition evaluates; equal numbers, equal predictions in equal states.
  const std::vector<int>& branches(Transition transition) const { return transitions_[transition].branches; }
  // ContentHashes::contents() of a job of this plan, as it was when the plan was made.
  const ParamSet& contents(const GenerationRequest& request) const;
  // Rows that picture asks for over all its steps.
  double rows_alone(int picture) const;

  // 64 hex digits over all that can change the picture's pixels. Needs the hash of the model's
  // weights; without one (they cannot be read) the model's name stands in. `dtype`: what the model
  // computes in.
  std::string key(int picture, const std::string& dtype, const Catalogue& catalogue) const;

 private:
  class Builder;
  struct TransitionText {
    std::string text;
    std::vector<int> branches;
  };
  std::shared_ptr<const SweepGrid> grid_;
  std::vector<SweepModel> models_;
  std::vector<PlannedPicture> pictures_;
  std::vector<PlanSegment> segments_;
  std::vector<int> picture_of_cell_, twin_of_cell_;
  std::vector<Error> problems_;
  std::vector<std::string> bases_;
  std::unordered_map<std::string, ParamSet> contents_;  // by params_text() of the sections
  std::vector<TransitionText> transitions_;
  std::size_t distinct_cells_ = 0;
  double rows_naive_ = 0;
};

// Where the pictures of a plan part ways. Pictures that agree in all steps before a node's pass through it.
// Threads: immutable.
class PrefixTree {
 public:
  struct Node {
    int parent = -1;
    int step = 0;  // the first step at which pictures below differ
  };
  PrefixTree(const SweepPlan& plan, std::vector<int> pictures);

  const std::vector<Node>& nodes() const { return nodes_; }
  // The deepest node that a picture passes; -1: it shares nothing.
  int node_of(int picture) const { return node_of_.at(picture); }
  // UNet rows for all these pictures, each step and branch evaluated once where states are equal.
  double rows() const { return rows_; }
  // The pictures so that those that share most stand together.
  const std::vector<int>& order() const { return order_; }

 private:
  std::vector<Node> nodes_;
  std::unordered_map<int, int> node_of_;
  std::vector<int> order_;
  double rows_ = 0;
};

// The order in which a run makes its pictures: as the grid says, a cell's twin just before its first
// cell, all of one model together, and only those of share `shard` of `shards`: whole groups of pictures
// that share steps where there are enough, so that as little as possible is made twice.
std::vector<int> picture_order(const SweepPlan& plan, int shard, int shards);

// By picture: whether it belongs to a run of the first `most_cells` cells of cell_order(), 0: of all of them.
std::vector<bool> pictures_of_first(const SweepPlan& plan, std::size_t most_cells);

}  // namespace studio
