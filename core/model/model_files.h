// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The files of a model, whatever their layout: a folder in the diffusers layout or a single file in the
// original naming, with a VAE or text encoders from elsewhere where these were asked for.
#pragma once

#include "core/model/configs.h"
#include "core/model/tokenizer.h"
#include "core/weights/checkpoint.h"
#include "core/weights/single_file_names.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace studio {

// Where to look for what a model's own files lack.
struct ModelPaths {
  std::string resources_path;      // "": the program's own
  std::string vae_path;            // a VAE's file or folder, or a model's, used in place of the model's own; "": its own
  std::string text_encoders_path;  // another SDXL model whose text encoders and tokenizers are used; "": its own
};

struct TokenizerPlace {
  std::string folder;
  PadToken pad = PadToken::FromFolder;
};

// What a layout must tell. Numbers of tokenizers are 1 and 2.
class ModelLayout {
 public:
  virtual ~ModelLayout() = default;
  virtual std::string kind() const = 0;
  virtual Result<ConfigFile> index() const = 0;
  virtual Result<ConfigFile> scheduler() const = 0;
  // A file that need not be there.
  virtual ConfigFile preview() const = 0;
  virtual Result<ConfigFile> config(WeightPart part) const = 0;
  virtual Result<TokenizerPlace> tokenizer(int number) const = 0;
  virtual Result<TensorSource> weights(WeightPart part, at::ScalarType dtype, at::Device device) const = 0;
  virtual std::vector<std::string> files() const = 0;
  // What was assumed because no file tells it: sentences.
  virtual std::vector<std::string> notes() const { return {}; }
};

// Threads: immutable; weights() may be called from several threads.
class ModelFiles {
 public:
  // Reads headers and small files only. Errors: ModelUnloadable, saying what the file is and what to do.
  static Result<ModelFiles> open(const std::string& path, const ModelPaths& paths = {});

  const std::string& path() const { return path_; }
  std::string kind() const { return base_->kind(); }  // "SDXL, diffusers folder"
  std::vector<std::string> notes() const;

  // For the readers of core/model/configs.h. Errors: ModelUnloadable naming a part that is missing.
  Result<ConfigFile> index() const { return base_->index(); }
  Result<ConfigFile> scheduler() const { return base_->scheduler(); }
  ConfigFile preview() const { return base_->preview(); }
  bool has_preview() const;  // else SDXL's own factors are meant
  Result<ConfigFile> config(WeightPart part) const { return layout(part).config(part); }

  Result<TokenizerPlace> tokenizer_place(int number) const { return text().tokenizer(number); }
  // Errors: as Tokenizer::load(), and ModelUnloadable when no tokenizer fits the text encoder.
  Result<Tokenizer> tokenizer(int number) const;
  // The part's tensors under diffusers names. Errors: as TensorSource::open_folder().
  Result<TensorSource> weights(WeightPart part, at::ScalarType dtype, at::Device device = at::kCPU) const {
    return layout(part).weights(part, dtype, device);
  }

  // Every file that the loaded model depends on, sorted: weights, configurations, tokenizers.
  std::vector<std::string> all_files() const;
  // SHA-256 over all configurations and the tokenizers' files, not the weights. Errors: those of reading them.
  Result<std::string> config_hash() const;

 private:
  const ModelLayout& text() const { return text_ ? *text_ : *base_; }
  const ModelLayout& layout(WeightPart part) const;

  std::string path_;
  std::shared_ptr<const ModelLayout> base_, vae_, text_;
};

// The first weight that is not finite, as a sentence with file and tensor; "" when all are. Blocks long.
std::string first_broken_weight(const ModelFiles& files);

}  // namespace studio
