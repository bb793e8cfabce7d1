// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The models of an engine: one kept loaded, those that something still runs with, and what is known of
// others without loading them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/pipeline/loaded_model.h"
#include "core/model/model_outline.h"

namespace studio {

class ModelShelf {
 public:
  ModelShelf(std::string resources, c10::Device device, c10::ScalarType dtype)
      : resources_(std::move(resources)), device_(device), dtype_(dtype) {}

  // The worker's own.
  bool is_loaded(const std::string& name) const { return find(name) != nullptr; }
  // Loads the model when it is not there, after letting go of the one kept: two may not fit. What still
  // runs with that one keeps it alive. Errors: those of load_model(). Throws what progress throws.
  Result<std::shared_ptr<LoadedModel>> use(const std::string& name, const std::function<void(double)>& progress);
  // Grows with each model that is loaded.
  int loads() const { return loads_; }

  // Any thread. From configuration files; with the weights' hash when they were read before and have not
  // changed since, by the files' sizes and times.
  Result<ModelOutline> outline(const std::string& name) const;

 private:
  std::shared_ptr<LoadedModel> find(const std::string& name) const;

  const std::string resources_;
  const c10::Device device_;
  const c10::ScalarType dtype_;
  std::shared_ptr<LoadedModel> kept_;
  std::vector<std::weak_ptr<LoadedModel>> lent_;
  int loads_ = 0;

  struct KnownHash {
    std::string stamp, hash;
  };
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, KnownHash> hashes_;  // by path
};

}  // namespace studio
