// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Weights by their headers, activations by their largest maps.
#include "core/pipeline/memory_forecast.h"

#include "core/api/control_params.h"
#include "core/api/lora_params.h"
#include "core/api/speed_params.h"
#include "core/base/device.h"
#include "core/model/convolution.h"
#include "core/pipeline/pipeline.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace studio {
namespace {

namespace fs = std::filesystem;

// What a CUDA context, its libraries and their work areas take before anything of a model is there.
constexpr std::int64_t kContextBytes = 700'000'000;

std::string dtype_name(c10::ScalarType dtype) {
  if (dtype == c10::kHalf) return "fp16";
  return dtype == c10::kBFloat16 ? "bf16" : "fp32";
}

// What Conv2d::use_filtering() adds to a step: a map's tiles, their products, and a weight where none is kept.
constexpr std::int64_t kFilteringBytes = 200'000'000;

struct Weights {
  WeightBytes bytes;
  std::int64_t fp8_bytes = 0;     // of SpeedSettings::fp8, beside the others
  std::int64_t filter_bytes = 0;  // of Conv2d::use_filtering(), likewise, where there is room
  std::vector<MemoryForecast::Part> parts;
};

// As many as a model holds for it: of an upsampler Conv2d::prepare_doubling() makes [4*out,in,2,2] beside its [out,in,3,3].
std::int64_t numbers_in(const SourceTensor& tensor) {
  std::int64_t numbers = 1;
  for (const std::int64_t side : tensor.shape) numbers *= side;
  return tensor.name.ends_with(".upsamplers.0.conv.weight") ? numbers + numbers / 9 * 16 : numbers;
}

// The two largest pieces together: one computes while the other comes.
std::int64_t window_bytes(const std::vector<SourceTensor>& tensors, std::int64_t number_bytes) {
  std::map<std::string, std::int64_t> pieces;
  for (const SourceTensor& tensor : tensors) pieces[unet_piece(tensor.name)] += numbers_in(tensor) * number_bytes;
  const std::int64_t stays = pieces[""];
  pieces.erase("");
  std::int64_t largest = 0;
  for (const auto& [piece, bytes] : pieces) largest = std::max(largest, bytes);
  return stays + 2 * largest;
}

// Of the weight that Conv2d::use_filtering() makes beside it; 0 where it does not.
std::int64_t numbers_in_filters(const SourceTensor& tensor) {
  const auto& shape = tensor.shape;
  if (shape.size() != 4 || shape[2] != 3 || !Conv2d::suits_filtering(shape[1], shape[0])) return 0;
  const bool doubles = tensor.name.find(".upsamplers.") != std::string::npos;
  if (!doubles && tensor.name.find(".resnets.") == std::string::npos) return 0;
  return (doubles ? 36 : 16) * shape[0] * shape[1];
}

// Weights that TransformerBlock::prepare_fp8() makes once more.
bool is_in_fp8(const std::string& name) {
  constexpr std::array kParts{".attn1.to_q.weight", ".attn1.to_k.weight", ".attn1.to_v.weight", ".ff.net.0.proj.weight", ".ff.net.2.weight"};
  return std::any_of(kParts.begin(), kParts.end(), [&](const std::string_view part) { return name.ends_with(part); });
}

// Of a file, or of the weights in a folder; 0 for what cannot be read: loading says why.
std::int64_t file_bytes(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) {
    const auto bytes = fs::file_size(path, failed);
    return failed ? 0 : static_cast<std::int64_t>(bytes);
  }
  std::int64_t largest = 0;
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().extension() == ".safetensors") largest = std::max(largest, file_bytes(entry->path().string()));
  }
  return largest;
}

// Of what is on the device: its text encoders' tables of words stay with the host.
Result<Weights> read_weights(const ModelFiles& files, c10::Device device, c10::ScalarType dtype, c10::ScalarType vae_dtype) {
  Weights weights;
  for (const WeightPart part : kWeightParts) {
    auto source = files.weights(part, c10::kFloat, c10::kMeta);
    if (!source) return source.error();
    const c10::ScalarType its_dtype = part == WeightPart::Vae ? vae_dtype : dtype;
    const auto number_bytes = static_cast<std::int64_t>(c10::elementSize(its_dtype));
    const std::vector<SourceTensor> tensors = source.value().tensors();
    std::int64_t bytes = 0;
    for (const SourceTensor& tensor : tensors) {
      if (device.is_cpu() || tensor.name != kTokenTable) bytes += numbers_in(tensor) * number_bytes;
    }
    weights.parts.push_back({std::string(folder_of(part)), dtype_name(its_dtype), bytes});
    if (part == WeightPart::Unet) {
      weights.bytes.unet = bytes;
      weights.bytes.unet_window = window_bytes(tensors, number_bytes);
      for (const SourceTensor& tensor : tensors) {
        weights.fp8_bytes += is_in_fp8(tensor.name) ? numbers_in(tensor) : 0;
        if (device.is_cuda() && dtype == c10::kHalf) weights.filter_bytes += numbers_in_filters(tensor) * number_bytes;
      }
    } else {
      (part == WeightPart::Vae ? weights.bytes.vae : weights.bytes.text) += bytes;
    }
  }
  return weights;
}

Result<void> add_attachments(Weights& weights, const GenerationRequest& request, const std::string& dtype) {
  const auto add = [&](const std::string& name, const std::string& path) {
    const std::int64_t bytes = file_bytes(path);
    weights.bytes.other += bytes;
    weights.parts.push_back({name, dtype, bytes});
  };
  auto control = control_settings(request.sections);
  if (!control) return control.error();
  if (control.value().is_on()) add("controlnet", control.value().model);
  auto loras = loras_of(request.sections);
  if (!loras) return loras.error();
  for (const LoraUse& lora : loras.value()) add("lora", lora.file);
  return {};
}

Result<std::int64_t> most_rows(const GenerationRequest& resolved, const ModelOutline& model) {
  auto sampler = sampler_of(resolved, model.scheduler);
  if (!sampler) return sampler.error();
  auto terms = make_terms(resolved.guidance, model.layers);
  if (!terms) return terms.error();
  int most = 1;
  for (int step = 0; step < sampler.value()->steps(); ++step) {
    most = std::max(most, count_branches(terms.value(), step_info(*sampler.value(), step)));
  }
  return most;
}

}  // namespace

std::int64_t peak_bytes(MemoryMode mode, const WeightBytes& weights, std::int64_t step_bytes, std::int64_t decode_bytes) {
  if (mode == MemoryMode::Resident || mode == MemoryMode::Auto) {
    return weights.other + weights.text + weights.unet + weights.vae + std::max(step_bytes, decode_bytes);
  }
  const std::int64_t unet = mode == MemoryMode::Turns ? weights.unet : weights.unet_window;
  return weights.other + std::max({weights.text, unet + step_bytes, weights.vae + decode_bytes});
}

MemoryMode mode_that_fits(std::int64_t bytes, const WeightBytes& weights, std::int64_t step_bytes, std::int64_t decode_bytes) {
  if (bytes <= 0) return MemoryMode::Resident;
  for (const MemoryMode mode : {MemoryMode::Resident, MemoryMode::Turns}) {
    if (peak_bytes(mode, weights, step_bytes, decode_bytes) <= bytes) return mode;
  }
  return MemoryMode::Streamed;
}

std::int64_t unet_step_bytes(const UnetConfig& config, std::int64_t height, std::int64_t width, std::int64_t samples, std::int64_t number_bytes) {
  std::int64_t skips = config.block_channels.front() * height * width, largest = 0;
  for (std::size_t level = 0; level < config.block_channels.size(); ++level) {
    const std::int64_t channels = config.block_channels[level], map = channels * height * width;
    skips += config.layers_per_block * map;
    // On the way up a resnet has its joined input, the same normed, and what comes out, of two widths each;
    // a feed-forward layer two times four widths beside its input and output.
    largest = std::max(largest, (config.down_has_attention[level] ? 10 : 6) * map);
    if (level + 1 == config.block_channels.size()) break;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
    skips += channels * height * width;
  }
  return samples * number_bytes * (skips + largest);
}

std::int64_t vae_decode_bytes(const VaeConfig& config, std::int64_t height, std::int64_t width, std::int64_t batch, std::int64_t number_bytes,
                              bool less_memory) {
  const VaeTiling tiling = decode_tiling(less_memory);
  const std::int64_t channels = config.block_channels[config.block_channels.size() > 1 ? 1 : 0];
  const std::int64_t factor = config.factor();
  const auto map_bytes = [&](std::int64_t h, std::int64_t w) { return h * w * factor * factor * channels * number_bytes; };
  std::int64_t map = map_bytes(height, width) * batch;
  if (less_memory || map > tiling.largest_map_bytes) {
    map = map_bytes(std::min(tiling.tile, height), std::min(tiling.tile, width)) * (less_memory ? 1 : batch);
  }
  // The map, the same normed, and what a convolution makes of it.
  constexpr std::int64_t kMaps = 3, kColours = 3;
  return kMaps * map + batch * height * width * factor * factor * kColours * number_bytes;
}

std::string unet_piece(const std::string& name) {
  // Time embeddings of all resnets are asked for at once.
  if (name.find("time_emb_proj") != std::string::npos) return "";
  const bool is_of_block = name.starts_with("down_blocks.") || name.starts_with("up_blocks.") || name.starts_with("mid_block.");
  if (!is_of_block) return "";
  if (name.starts_with("mid_block.")) return "mid_block";
  const std::size_t kind = name.find('.', name.find('.') + 1);
  const std::size_t number = name.find('.', kind + 1);
  const std::size_t end = name.find('.', number + 1);
  const std::string block = name.substr(0, kind), what = name.substr(kind + 1, number - kind - 1);
  return block + "." + (what == "resnets" || what == "attentions" ? name.substr(number + 1, end - number - 1) : what);
}

Result<MemoryForecast> forecast_memory(const GenerationRequest& request, const std::string& model_path, const ModelPaths& paths,
                                       const MemoryQuestion& question) {
  auto outline = read_outline(model_path, paths);
  if (!outline) return outline.error();
  auto resolved = resolve(request, outline.value());
  if (!resolved) return resolved.error();
  auto files = ModelFiles::open(model_path, paths);
  if (!files) return files.error();
  auto unet_file = files.value().config(WeightPart::Unet), vae_file = files.value().config(WeightPart::Vae);
  if (!unet_file) return unet_file.error();
  if (!vae_file) return vae_file.error();
  auto unet = read_unet_config(unet_file.value());
  if (!unet) return unet.error();
  auto vae = read_vae_config(vae_file.value());
  if (!vae) return vae.error();
  const c10::ScalarType vae_dtype = vae_dtype_for(question.dtype, vae.value(), question.device);
  auto weights = read_weights(files.value(), question.device, question.dtype, vae_dtype);
  if (!weights) return weights.error();
  if (auto added = add_attachments(weights.value(), resolved.value(), dtype_name(question.dtype)); !added) return added.error();
  auto rows = most_rows(resolved.value(), outline.value());
  if (!rows) return rows.error();

  const std::int64_t factor = vae.value().factor(), height = *resolved.value().height_px / factor, width = *resolved.value().width_px / factor;
  const auto batch = static_cast<std::int64_t>(resolved.value().prompts.size());
  MemoryForecast forecast;
  forecast.step_bytes = unet_step_bytes(unet.value(), height, width, batch * (question.less_memory ? 1 : rows.value()),
                                        static_cast<std::int64_t>(c10::elementSize(question.dtype)));
  if (weights.value().filter_bytes > 0) forecast.step_bytes += kFilteringBytes;
  forecast.decode_bytes =
      vae_decode_bytes(vae.value(), height, width, batch, static_cast<std::int64_t>(c10::elementSize(vae_dtype)), question.less_memory);
  forecast.parts = std::move(weights.value().parts);
  const std::int64_t context = question.device.is_cuda() ? kContextBytes : 0;
  forecast.mode = question.mode;
  if (question.mode == MemoryMode::Auto) {
    const std::int64_t room = question.device.is_cuda() && question.total_bytes > 0 ? std::max<std::int64_t>(1, question.total_bytes - context) : 0;
    forecast.mode = mode_that_fits(room, weights.value().bytes, forecast.step_bytes, forecast.decode_bytes);
  }
  const auto needed = [&] { return context + peak_bytes(forecast.mode, weights.value().bytes, forecast.step_bytes, forecast.decode_bytes); };
  const std::int64_t filters = weights.value().filter_bytes;
  if (filters > 0 && forecast.mode == MemoryMode::Resident && (question.total_bytes <= 0 || needed() + filters <= question.total_bytes)) {
    weights.value().bytes.other += filters;
    forecast.parts.push_back({"unet's convolutions", dtype_name(question.dtype), filters});
  }
  if (speed_settings(resolved.value().sections).fp8 && forecast.mode == MemoryMode::Resident && question.device.is_cuda() &&
      c10::isReducedFloatingType(question.dtype)) {
    weights.value().bytes.other += weights.value().fp8_bytes;
    forecast.parts.push_back({"unet's products", "fp8", weights.value().fp8_bytes});
  }
  forecast.needed_bytes = needed();
  forecast.total_bytes = question.total_bytes;
  forecast.free_bytes = question.free_bytes;
  forecast.device = question.device.str();
  return forecast;
}

}  // namespace studio
