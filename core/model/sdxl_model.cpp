// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loading the parts of a folder in turn, each tensor accounted for.
#include "core/model/sdxl_model.h"

#include "core/base/guard.h"
#include "core/weights/tensor_hash.h"
#include "core/weights/checkpoint.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

struct WeightPart {
  const char* folder;
  double share;  // of the progress, roughly by size
};
constexpr WeightPart kTextEncoder1{"text_encoder", 0.05}, kTextEncoder2{"text_encoder_2", 0.2}, kUnet{"unet", 0.7},
    kVae{"vae", 0.05};

class Loader {
 public:
  Loader(std::string path, const ModelOptions& options) : path_(std::move(path)), options_(options) {}

  Result<std::shared_ptr<const SdxlModel>> load() {
    auto model = std::make_shared<SdxlModel>();
    model->path = path_;
    model->device = options_.device;
    model->dtype = options_.dtype;
    for (const auto step : {&Loader::read_small_parts, &Loader::load_text_encoders, &Loader::load_unet, &Loader::load_vae}) {
      if (auto done = (this->*step)(*model); !done) return done.error();
    }
    if (auto fits = check_fit(*model); !fits) return fits.error();
    model->hash = hash_.finish();
    return std::shared_ptr<const SdxlModel>(std::move(model));
  }

 private:
  std::string file(const std::string& name) const { return (fs::path(path_) / name).string(); }

  // Moves a Result's value into `target` or returns its error.
  template <class T>
  static Result<void> into(Result<T> result, T& target) {
    if (!result) return result.error();
    target = std::move(result).value();
    return {};
  }

  Result<void> read_small_parts(SdxlModel& model) {
    if (auto r = into(read_model_index(file("model_index.json")), model.index); !r) return r;
    if (auto r = into(read_scheduler_config(file("scheduler/scheduler_config.json")), model.scheduler); !r) return r;
    if (auto r = into(read_preview_factors(file("preview.json")), model.preview); !r) return r;
    if (auto r = into(Tokenizer::load(file("tokenizer")), model.tokenizer_1); !r) return r;
    return into(Tokenizer::load(file("tokenizer_2")), model.tokenizer_2);
  }

  // Opens a part's weights, builds it with `build`, and requires that every tensor was used.
  template <class Build>
  Result<void> load_part(const WeightPart& part, c10::ScalarType dtype, Build build) {
    auto source = TensorSource::open_folder(file(part.folder), part.folder, dtype, options_.device);
    if (!source) return source.error();
    source.value().set_progress([&](double fraction) { options_.progress(done_ + part.share * fraction); });
    build(source.value());
    done_ += part.share;
    source.value().hash_into(hash_);
    return source.value().finish();
  }

  Result<void> load_text_encoders(SdxlModel& model) {
    TextEncoderConfig first, second;
    if (auto r = into(read_text_encoder_config(file("text_encoder/config.json")), first); !r) return r;
    if (auto r = into(read_text_encoder_config(file("text_encoder_2/config.json")), second); !r) return r;
    if (second.projection_dim == 0) {
      return Error{ErrorCode::ModelUnloadable, file("text_encoder_2/config.json") +
                   ": \"architectures\" does not name CLIPTextModelWithProjection, whose pooled output SDXL needs"};
    }
    first.projection_dim = 0;  // its pooled output is not used, and SDXL's files do not carry the projection
    auto loaded = load_part(kTextEncoder1, model.dtype, [&](TensorSource& source) {
      model.text_encoder_1 = TextEncoder::load(source, first);
    });
    if (!loaded) return loaded;
    return load_part(kTextEncoder2, model.dtype, [&](TensorSource& source) {
      model.text_encoder_2 = TextEncoder::load(source, second);
    });
  }

  Result<void> load_unet(SdxlModel& model) {
    UnetConfig config;
    if (auto r = into(read_unet_config(file("unet/config.json")), config); !r) return r;
    return load_part(kUnet, model.dtype, [&](TensorSource& source) { model.unet = Unet::load(source, config); });
  }

  Result<void> load_vae(SdxlModel& model) {
    VaeConfig config;
    if (auto r = into(read_vae_config(file("vae/config.json")), config); !r) return r;
    // force_upcast: the decoder's activations overflow fp16.
    const bool is_narrow = c10::isReducedFloatingType(model.dtype);
    model.vae_dtype = is_narrow && config.force_upcast ? c10::kFloat : model.dtype;
    return load_part(kVae, model.vae_dtype, [&](TensorSource& source) { model.vae = Vae::load(source, config); });
  }

  // Sizes that must agree between parts.
  Result<void> check_fit(const SdxlModel& model) const {
    const auto refuse = [&](const std::string& what) {
      return Error{ErrorCode::ModelUnloadable, path_ + ": the parts do not belong together: " + what};
    };
    const TextEncoderConfig& first = model.text_encoder_1.config();
    const TextEncoderConfig& second = model.text_encoder_2.config();
    const UnetConfig& unet = model.unet.config();
    if (first.width + second.width != unet.cross_dim) {
      return refuse("the text encoders are " + std::to_string(first.width) + " and " + std::to_string(second.width) +
                    " wide, which does not add up to the UNet's cross_attention_dim " + std::to_string(unet.cross_dim));
    }
    if (second.projection_dim + 6 * unet.time_id_dim != unet.added_embedding_dim) {
      return refuse("the pooled text of " + std::to_string(second.projection_dim) + " and six time ids of " +
                    std::to_string(unet.time_id_dim) + " do not add up to the UNet's projection_class_embeddings_input_dim " +
                    std::to_string(unet.added_embedding_dim));
    }
    if (model.tokenizer_1.vocabulary_size() > first.vocabulary || model.tokenizer_2.vocabulary_size() > second.vocabulary) {
      return refuse("a tokenizer knows more tokens than its text encoder");
    }
    return {};
  }

  std::string path_;
  const ModelOptions& options_;
  TensorHash hash_;
  double done_ = 0;
};

}  // namespace

Result<std::shared_ptr<const SdxlModel>> load_model(const std::string& path, const ModelOptions& options) {
  // Weights must be normal tensors: gradients may later be asked of what they compute.
  const c10::InferenceMode off(false);
  const c10::AutoGradMode no_grad(false);
  std::error_code failed;
  if (fs::is_regular_file(path, failed)) {
    return Error{ErrorCode::ModelUnloadable, "\"" + path + "\" is a single file; this version loads models from folders in the diffusers layout"};
  }
  if (!fs::is_directory(path, failed)) {
    return Error{ErrorCode::ModelUnloadable, "\"" + path + "\" is neither a bundled model nor a folder"};
  }
  auto model = to_result([&] { return Loader(path, options).load(); });
  if (!model && model.error().code != ErrorCode::OutOfMemory) {
    return Error{ErrorCode::ModelUnloadable, "the model cannot be loaded: " + model.error().message};
  }
  return model;
}

}  // namespace studio
