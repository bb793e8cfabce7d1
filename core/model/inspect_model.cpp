// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model's parts one by one, going on after a defect, for people who want to know what is wrong.
#include "core/base/guard.h"
#include "core/model/layer_names.h"
#include "core/model/sdxl_model.h"
#include "core/weights/lora_file.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <filesystem>

namespace studio {
namespace {

class Inspector {
 public:
  explicit Inspector(const std::string& path) : path_(path) {
    report_.path = path;
    report_.kind = "SDXL, diffusers folder";
    report_.loadable = true;
  }

  ModelReport inspect() {
    add("model_index.json", read_model_index(file("model_index.json")));
    add("scheduler", read_scheduler_config(file("scheduler/scheduler_config.json")));
    const auto tokenizer_1 = Tokenizer::load(file("tokenizer")), tokenizer_2 = Tokenizer::load(file("tokenizer_2"));
    add("tokenizer", tokenizer_1);
    add("tokenizer_2", tokenizer_2);
    auto first = read_text_encoder_config(file("text_encoder/config.json"));
    if (first) first.value().projection_dim = 0;
    const auto second = read_text_encoder_config(file("text_encoder_2/config.json"));
    const auto build_text_encoder = [](TensorSource& source, const TextEncoderConfig& c) { TextEncoder::load(source, c); };
    add_weights("text_encoder", first, build_text_encoder);
    add_weights("text_encoder_2", second, build_text_encoder);
    const auto unet = read_unet_config(file("unet/config.json"));
    add_weights("unet", unet, [&](TensorSource& source, const UnetConfig& config) {
      report_.self_attention_layers = layer_names(Unet::load(source, config).self_attention_layers());
    });
    const auto vae = read_vae_config(file("vae/config.json"));
    add_weights("vae", vae, [&](TensorSource& source, const VaeConfig& config) { Vae::load(source, config); });
    if (unet && vae) {
      report_.size_multiple_px = vae.value().factor() * unet.value().downsampling();
      report_.native_width_px = report_.native_height_px = static_cast<int>(unet.value().sample_size) * vae.value().factor();
    }
    if (const auto preview = read_preview_factors(file("preview.json")); !preview) add("preview.json", preview);
    if (tokenizer_1 && tokenizer_2 && first && second && unet && vae) {
      const auto fits = check_fit({tokenizer_1.value().vocabulary_size(), tokenizer_2.value().vocabulary_size(), first.value(),
                                   second.value(), unet.value(), vae.value()});
      if (!fits) add(ModelPart{.name = "whole", .path = path_, .problem = fits.error().message});
    }
    return std::move(report_);
  }

 private:
  std::string file(const std::string& name) const { return (std::filesystem::path(path_) / name).string(); }

  void add(ModelPart part) {
    report_.loadable = report_.loadable && part.problem.empty();
    report_.parts.push_back(std::move(part));
  }

  // A part that is a configuration alone.
  template <class T>
  void add(const std::string& name, const Result<T>& read) {
    add(ModelPart{.name = name, .path = file(name), .problem = read ? "" : read.error().message});
  }

  // A part with weights: built once to find missing, misshapen and unknown tensors.
  template <class Config, class Build>
  void add_weights(const std::string& name, const Result<Config>& config, Build build) {
    auto source = TensorSource::open_folder(file(name), name, at::kFloat, at::kCPU);
    if (!source) return add(ModelPart{.name = name, .path = file(name), .problem = source.error().message});
    Result<void> built = config ? to_result([&]() -> Result<void> {
      build(source.value(), config.value());
      return source.value().finish();
    })
                                : Result<void>(config.error());
    ModelPart part = source.value().summary();
    if (!built) part.problem = built.error().message;
    add(std::move(part));
  }

  std::string path_;
  ModelReport report_;
};

}  // namespace

ModelReport inspect_model(const std::string& path) {
  const c10::InferenceMode off(false);
  const c10::AutoGradMode no_grad(false);
  std::error_code unknown;
  if (std::filesystem::is_regular_file(path, unknown) && is_adapter_file(path))
    return inspect_lora(path);
  return Inspector(path).inspect();
}

}  // namespace studio
