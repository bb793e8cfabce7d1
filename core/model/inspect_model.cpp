// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model's parts one by one, going on after a defect, for people who want to know what is wrong.
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/model/layer_names.h"
#include "core/model/sdxl_model.h"
#include "core/weights/lora_file.h"

#include <ATen/ATen.h>

#include <filesystem>

namespace studio {
namespace {

class Inspector {
 public:
  explicit Inspector(const ModelFiles& files) : files_(files) {
    report_.path = files.path();
    report_.kind = files.kind();
    report_.notes = files.notes();
    report_.loadable = true;
  }

  ModelReport inspect() {
    read("model_index.json", files_.index(), read_model_index);
    read("scheduler", files_.scheduler(), read_scheduler_config);
    const auto tokenizer_1 = read_tokenizer("tokenizer", 1), tokenizer_2 = read_tokenizer("tokenizer_2", 2);
    auto first = config(WeightPart::TextEncoder1, read_text_encoder_config);
    if (first) first.value().projection_dim = 0;
    const auto second = config(WeightPart::TextEncoder2, read_text_encoder_config);
    const auto build_text_encoder = [](TensorSource& source, const TextEncoderConfig& c) { TextEncoder::load(source, c); };
    add_weights(WeightPart::TextEncoder1, first, build_text_encoder);
    add_weights(WeightPart::TextEncoder2, second, build_text_encoder);
    const auto unet = config(WeightPart::Unet, read_unet_config);
    add_weights(WeightPart::Unet, unet, [&](TensorSource& source, const UnetConfig& config) {
      report_.self_attention_layers = layer_names(Unet::load(source, config).self_attention_layers());
    });
    const auto vae = config(WeightPart::Vae, read_vae_config);
    add_weights(WeightPart::Vae, vae, [&](TensorSource& source, const VaeConfig& config) { Vae::load(source, config); });
    if (unet && vae) {
      report_.size_multiple_px = vae.value().factor() * unet.value().downsampling();
      report_.native_width_px = report_.native_height_px = static_cast<int>(unet.value().sample_size) * vae.value().factor();
    }
    if (const auto preview = read_preview_factors(files_.preview()); !preview) add("preview.json", files_.preview().path, preview);
    if (tokenizer_1 && tokenizer_2 && first && second && unet && vae) {
      const auto fits = check_fit({tokenizer_1.value().vocabulary_size(), tokenizer_2.value().vocabulary_size(), first.value(),
                                   second.value(), unet.value(), vae.value()});
      if (!fits) add(ModelPart{.name = "whole", .path = files_.path(), .problem = fits.error().message});
    }
    return std::move(report_);
  }

 private:
  void add(ModelPart part) {
    report_.loadable = report_.loadable && part.problem.empty();
    report_.parts.push_back(std::move(part));
  }
  // A part that is a configuration alone.
  template <class T>
  void add(const std::string& name, const std::string& path, const Result<T>& read) {
    add(ModelPart{.name = name, .path = path, .problem = read ? "" : read.error().message});
  }
  template <class T>
  void read(const std::string& name, const Result<ConfigFile>& file, Result<T> (*reader)(const ConfigFile&)) {
    if (!file) return add(ModelPart{.name = name, .path = files_.path(), .problem = file.error().message});
    add(name, file.value().path, reader(file.value()));
  }
  Result<Tokenizer> read_tokenizer(const std::string& name, int number) {
    const auto place = files_.tokenizer_place(number);
    auto tokenizer = files_.tokenizer(number);
    add(name, place ? place.value().folder : files_.path(), tokenizer);
    return tokenizer;
  }
  template <class T>
  Result<T> config(WeightPart part, Result<T> (*reader)(const ConfigFile&)) const {
    auto file = files_.config(part);
    if (!file) return file.error();
    return reader(file.value());
  }

  // A part with weights: built once to find missing, misshapen and unknown tensors.
  template <class Config, class Build>
  void add_weights(WeightPart part_id, const Result<Config>& config, Build build) {
    const std::string name(folder_of(part_id));
    // Without memory: names and shapes are all that is looked at.
    auto source = files_.weights(part_id, at::kFloat, at::kMeta);
    if (!source) return add(ModelPart{.name = name, .path = files_.path(), .problem = source.error().message});
    Result<void> built = config ? to_result([&]() -> Result<void> {
      build(source.value(), config.value());
      return source.value().finish();
    })
                                : Result<void>(config.error());
    ModelPart part = source.value().summary();
    if (!built) part.problem = built.error().message;
    add(std::move(part));
  }

  const ModelFiles& files_;
  ModelReport report_;
};

}  // namespace

ModelReport inspect_model(const std::string& path, const ModelPaths& paths) {
  const NormalTensors normal;
  std::error_code unknown;
  if (std::filesystem::is_regular_file(path, unknown) && is_adapter_file(path))
    return inspect_lora(path);
  const auto files = ModelFiles::open(path, paths);
  if (files) return Inspector(files.value()).inspect();
  ModelReport report;
  report.path = path;
  report.kind = "no SDXL model";
  report.parts.push_back(ModelPart{.name = "whole", .path = path, .problem = files.error().message});
  return report;
}

}  // namespace studio
