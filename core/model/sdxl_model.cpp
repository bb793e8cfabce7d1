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
    for (const auto step : {&Loader::read_small_parts, &Loader::read_configs, &Loader::load_text_encoders, &Loader::load_unet, &Loader::load_vae}) {
      if (auto done = (this->*step)(*model); !done) return done.error();
    }
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

  // All before the first weights: what does not fit is refused at once.
  Result<void> read_configs(SdxlModel& model) {
    if (auto r = into(read_text_encoder_config(file("text_encoder/config.json")), sizes_.text_encoder_1); !r) return r;
    if (auto r = into(read_text_encoder_config(file("text_encoder_2/config.json")), sizes_.text_encoder_2); !r) return r;
    if (auto r = into(read_unet_config(file("unet/config.json")), sizes_.unet); !r) return r;
    if (auto r = into(read_vae_config(file("vae/config.json")), sizes_.vae); !r) return r;
    sizes_.text_encoder_1.projection_dim = 0;  // its pooled output is not used, and SDXL's files do not carry the projection
    sizes_.tokens_1 = model.tokenizer_1.vocabulary_size();
    sizes_.tokens_2 = model.tokenizer_2.vocabulary_size();
    auto fits = check_fit(sizes_);
    if (!fits) return Error{fits.error().code, path_ + ": " + fits.error().message};
    return {};
  }

  Result<void> load_text_encoders(SdxlModel& model) {
    auto loaded = load_part(kTextEncoder1, model.dtype, [&](TensorSource& source) {
      model.text_encoder_1 = TextEncoder::load(source, sizes_.text_encoder_1);
    });
    if (!loaded) return loaded;
    return load_part(kTextEncoder2, model.dtype, [&](TensorSource& source) {
      model.text_encoder_2 = TextEncoder::load(source, sizes_.text_encoder_2);
    });
  }

  Result<void> load_unet(SdxlModel& model) {
    return load_part(kUnet, model.dtype, [&](TensorSource& source) { model.unet = Unet::load(source, sizes_.unet); });
  }

  Result<void> load_vae(SdxlModel& model) {
    // force_upcast: the decoder's activations overflow fp16.
    const bool is_narrow = c10::isReducedFloatingType(model.dtype);
    std::error_code failed;
    if (!fs::exists(file("preview.json"), failed)) model.preview = in_units_of(model.preview, sizes_.vae);
    model.vae_dtype = is_narrow && sizes_.vae.force_upcast ? c10::kFloat : model.dtype;
    return load_part(kVae, model.vae_dtype, [&](TensorSource& source) { model.vae = Vae::load(source, sizes_.vae); });
  }

  std::string path_;
  const ModelOptions& options_;
  ModelSizes sizes_;
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
