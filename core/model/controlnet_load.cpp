// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Finding out what a ControlNet's file is, and whether it belongs to the model, before its weights are read.
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/io/files.h"
#include "core/model/controlnet.h"
#include "core/model/sdxl_model.h"
#include "core/weights/checkpoint.h"
#include "core/weights/model_kind.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

Error unloadable(const std::string& path, const std::string& why) { return file_error(ErrorCode::ModelUnloadable, path, why); }

// The sizes of a file that comes without a configuration: those of the model's UNet, and what shapes tell.
Result<ControlNetConfig> config_from_shapes(const TensorSource& source, const std::string& path, const UnetConfig& unet) {
  ControlNetConfig config;
  config.trunk = unet;
  config.embedding_channels.clear();
  const std::string root = "controlnet_cond_embedding.";
  const auto add = [&](const std::string& name) {
    const auto* const shape = source.shape_of(root + name + ".weight");
    if (shape == nullptr || shape->size() != 4 || (*shape)[0] < 1 || config.embedding_channels.size() > 8) return false;
    config.embedding_channels.push_back((*shape)[0]);
    return true;
  };
  if (!add("conv_in")) return unloadable(path, "its first convolution has no shape that this program knows");
  for (int block = 1; add("blocks." + std::to_string(block)); block += 2) {}
  const auto* const keys = source.shape_of("down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight");
  if (keys != nullptr && keys->size() == 2) config.trunk.cross_dim = (*keys)[1];
  return config;
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

// Why the residuals would not fit the model's UNet, or "".
std::string misfit(const ControlNetConfig& config, const SdxlModel& model) {
  const UnetConfig &trunk = config.trunk, &unet = model.unet.config();
  if (trunk.cross_dim != unet.cross_dim) {
    const std::string kind = trunk.cross_dim == 768 ? "Stable Diffusion 1" : trunk.cross_dim == 1024 ? "Stable Diffusion 2" : "another model";
    return "it is for " + kind + ": its texts are " + std::to_string(trunk.cross_dim) + " wide, but this model's are " +
           std::to_string(unet.cross_dim);
  }
  if (trunk.block_channels != unet.block_channels || trunk.layers_per_block != unet.layers_per_block) {
    return "its blocks have " + listed(trunk.block_channels) + " channels in " + std::to_string(trunk.layers_per_block) +
           " layers each, but this model's have " + listed(unet.block_channels) + " in " + std::to_string(unet.layers_per_block);
  }
  if (trunk.added_embedding_dim != unet.added_embedding_dim || trunk.time_id_dim != unet.time_id_dim) {
    return "its embedding of pooled text and sizes has " + std::to_string(trunk.added_embedding_dim) + " inputs, but this model's has " +
           std::to_string(unet.added_embedding_dim);
  }
  if (config.factor() != model.vae.config().factor()) {
    return "it shrinks pictures by " + std::to_string(config.factor()) + ", but this model's autoencoder by " +
           std::to_string(model.vae.config().factor());
  }
  return "";
}

struct Opened {
  TensorSource source;
  ControlNetConfig config;
};

Result<Opened> open_file(const std::string& path, const SdxlModel& model) {
  auto file = SafetensorsFile::open(path);
  if (!file) return unloadable(path, file.error().message);
  TensorSource source("controlnet", path, tensors_of(file.value()), {file.value()}, model.dtype, model.device);
  if (const std::string wrong = control_net_problem(file.value()->entries()); !wrong.empty()) return unloadable(path, wrong);
  const fs::path beside = fs::path(path).parent_path() / "config.json";
  std::error_code failed;
  const bool is_of_a_folder = fs::path(path).filename().string().starts_with("diffusion_pytorch_model") && fs::is_regular_file(beside, failed);
  auto config = is_of_a_folder ? read_control_config(beside.string()) : config_from_shapes(source, path, model.unet.config());
  if (!config) return config.error();
  return Opened{std::move(source), config.value()};
}

Result<Opened> open_folder(const std::string& path, const SdxlModel& model) {
  auto config = read_control_config((fs::path(path) / "config.json").string());
  if (!config) return config.error();
  auto source = TensorSource::open_folder(path, "controlnet", model.dtype, model.device);
  if (!source) return source.error();
  return Opened{std::move(source).value(), config.value()};
}

Result<std::shared_ptr<const ControlNet>> load(const std::string& path, const SdxlModel& model, const std::function<void(double)>& progress) {
  std::error_code failed;
  const bool is_folder = fs::is_directory(path, failed);
  if (!is_folder && !fs::exists(path, failed)) return unloadable(path, "there is no such file or folder");
  auto opened = is_folder ? open_folder(path, model) : open_file(path, model);
  if (!opened) return opened.error();
  if (const std::string why = misfit(opened.value().config, model); !why.empty()) return unloadable(path, why);
  TensorSource& source = opened.value().source;
  source.set_progress(progress);
  auto net = std::make_shared<ControlNet>(ControlNet::load(source, opened.value().config));
  if (auto complete = source.finish(); !complete) return complete.error();
  return std::shared_ptr<const ControlNet>(std::move(net));
}

}  // namespace

Result<std::shared_ptr<const ControlNet>> load_control_net(const std::string& path, const SdxlModel& model,
                                                           const std::function<void(double)>& progress) {
  // As for models: weights are normal tensors.
  const NormalTensors normal;
  auto net = to_result([&] { return load(path, model, progress); });
  if (net || net.error().code == ErrorCode::OutOfMemory) return net;
  return Error{ErrorCode::ModelUnloadable, "the ControlNet cannot be loaded: " + net.error().message};
}

}  // namespace studio
