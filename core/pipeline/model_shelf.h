// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The models of an engine: one kept loaded, those that something still runs with, and what is known
// of others without loading them. A model is its files as they are now: when one of them changes,
// what was loaded before is no longer lent.
#pragma once

#include "core/model/model_outline.h"
#include "core/pipeline/loaded_model.h"
#include "core/pipeline/model_use.h"
#include "core/pipeline/lora_shelf.h"
#include "core/pipeline/preview_decoders.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace studio {

class ModelShelf {
 public:
  // `hashes`: where hashes of files that were read before are known; outlives it, may be null. memory: how
  // models that are loaded share a GPU's memory.
  ModelShelf(std::string resources, c10::Device device, c10::ScalarType dtype, HashCache* hashes = nullptr,
             MemoryMode memory = MemoryMode::Auto)
      : resources_(std::move(resources)), device_(device), dtype_(dtype), hashes_(hashes),
        steps_down_(memory == MemoryMode::Auto), memory_(memory), loras_(hashes) {}

  // The worker's own. All of them look at the files' names, sizes, times and inodes; blocks on
  // that.

  bool is_loaded(const ModelUse& use) const;
  // Why a model that was loaded has to be loaded again, as a sentence; "" for one that was not, or
  // need not.
  std::string reason_to_reload(const ModelUse& use) const;
  // Loads the model when it is not there as its files are now, after letting go of the one kept:
  // two may not fit. What still runs with that one keeps it alive. Errors: those of load_model(),
  // and ModelUnloadable when the files go on changing while they are read. Throws what progress
  // throws. With LoRAs: a view of the model under them. Errors: also those of LoraShelf::view().
  Result<std::shared_ptr<LoadedModel>> use(const ModelUse& use,
                                           const std::function<void(double)>& progress);
  // Stands for LoRAs in keys of pictures. Any thread; see LoraShelf::key().
  Result<std::string> lora_key(const std::vector<LoraUse>& loras) const {
    return loras_.key(loras);
  }
  const LoraShelf& loras() const { return loras_; }
  // Where the parts of the use are. Names of bundled models stand for their folders here, too. Any thread.
  Result<ModelPaths> paths(const ModelUse& use) const;
  // After a model did not fit: lets go of the one kept, and models that are loaded from here on take less of
  // the device. False when they take the least already, are to stay as they are, or something else still
  // runs with this one.
  bool take_less_memory(const ModelUse& use);
  c10::Device device() const { return device_; }
  c10::ScalarType dtype() const { return dtype_; }  // what its models compute in
  // What the next model will be loaded with; Auto: what fits. Any thread.
  MemoryMode memory() const { return memory_; }
  // For previews of this shelf's models.
  PreviewDecoders decoders() const { return {device_, dtype_}; }
  // How a model is to be loaded; null: all its weights stay on the device. Any thread.
  std::shared_ptr<Placement> placement_for(const std::string& path, const ModelPaths& paths) const;
  // Grows with each model that is loaded.
  int loads() const { return loads_; }

  // Any thread. From configuration files; with the weights' hash when they were read before and no
  // file of the model has changed since. Reads LoRAs that were not read before.
  Result<ModelOutline> outline(const ModelUse& use) const;

 private:
  struct Lent {
    std::weak_ptr<LoadedModel> model;
    std::string stamp;  // of the files it was read from
  };
  // The model as it was read from files with this stamp, or null.
  std::shared_ptr<LoadedModel> find(const std::string& base_key, const std::string& stamp) const;
  // Of the files that the model is read from; "" when there are none.
  std::string stamp_now(const ModelUse& use) const;
  Result<std::shared_ptr<LoadedModel>> use_base(const ModelUse& use,
                                                const std::function<void(double)>& progress);
  Result<ModelOutline> outline_base(const ModelUse& use) const;

  const std::string resources_;
  const c10::Device device_;
  const c10::ScalarType dtype_;
  HashCache* const hashes_;
  const bool steps_down_;
  std::atomic<MemoryMode> memory_;
  MemoryMode loaded_as_ = MemoryMode::Resident;  // the last one, or the attempt to load it
  std::shared_ptr<LoadedModel> kept_;
  std::vector<Lent> lent_;  // kept_ is one of them
  int loads_ = 0;
  LoraShelf loras_;

  struct Known {
    std::string stamp;
    ModelOutline outline;
  };
  mutable std::mutex mutex_;  // guards what follows
  mutable std::map<std::string, Known> known_;  // by ModelUse::base_key()
};

}  // namespace studio
