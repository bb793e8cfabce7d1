// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// LoRA files by what is in them, and the recent views of the loaded model with LoRAs on, so that a
// weight that moves back and forth, or a sweep over weights, reads each file once.
#pragma once

#include "core/api/lora_params.h"
#include "core/model/lora_model.h"
#include "core/pipeline/loaded_model.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace studio {

class HashCache;

class LoraShelf {
 public:
  // `hashes`: where hashes of files that were read before are known; outlives it, may be null.
  explicit LoraShelf(HashCache* hashes = nullptr) : hashes_(hashes) {}

  // Equal for equal effect: made of the hash of each file's tensors and of the weights of the parts
  // it has, exactly; "" when the LoRAs do nothing. A file is read again when its size or time
  // changed. Errors: those of LoraFile::open(). Threads: any. Blocks on files that were not read
  // before.
  Result<std::string> key(const std::vector<LoraUse>& loras) const;

  // The worker's own: the model with these LoRAs on; `base` itself when they do nothing. Views of
  // another model are let go. Errors: those of key() and prepare_lora(). Throws what checkpoint
  // throws. Blocks.
  Result<std::shared_ptr<LoadedModel>> view(const std::shared_ptr<LoadedModel>& base,
                                            const std::vector<LoraUse>& loras,
                                            const std::function<void()>& checkpoint);
  // The worker's own: lets go of all views, as before another model is loaded.
  void forget_views() { views_.clear(); }
  // Files whose tensors were converted so far.
  int files_prepared() const { return files_prepared_; }

 private:
  // A file as it was when it was read.
  struct KnownFile {
    std::string stamp, hash;
    bool has_unet = false, has_text = false;
  };
  struct Prepared {
    std::string path, stamp;
    std::shared_ptr<const PreparedLora> lora;
  };
  // What the LoRAs do, in two parts: equal texts, equal effect.
  struct Keys {
    std::string unet, text;
    std::string whole() const { return unet.empty() && text.empty() ? "" : unet + "|" + text; }
  };
  struct View {
    Keys keys;
    std::shared_ptr<LoadedModel> model;
    std::vector<Prepared> files;
  };

  Result<Keys> keys(const std::vector<LoraUse>& loras) const;
  Result<KnownFile> known(const std::string& path) const;
  Result<Prepared> prepared(const std::string& path,
                            const LoadedModel& base,
                            const std::function<void()>& checkpoint);
  PromptEncoder prompts_for(const LoadedModel& base,
                            std::shared_ptr<const SdxlModel> model,
                            const std::string& text_key) const;
  void keep(View view);

  HashCache* const hashes_;
  std::list<View> views_;  // latest first
  int files_prepared_ = 0;

  mutable std::mutex mutex_;                        // guards what follows
  mutable std::map<std::string, KnownFile> known_;  // by path
};

}  // namespace studio
