// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The configuration files of a diffusers SDXL folder, read into structs; every size comes from here.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/api/result.h"
#include "core/sampling/sampler.h"

namespace studio {

struct UnetConfig {
  std::int64_t in_channels = 4, out_channels = 4;
  std::vector<std::int64_t> block_channels;
  std::vector<bool> down_has_attention, up_has_attention;
  std::vector<int> transformer_layers;  // per down block; the mid block has the last
  std::vector<int> heads;               // per down block
  int layers_per_block = 2;
  std::int64_t cross_dim = 2048;
  std::int64_t time_id_dim = 256;          // width of one time id's sinusoid
  std::int64_t added_embedding_dim = 2816; // pooled text + 6 time ids
  std::int64_t norm_groups = 32;
  double norm_eps = 1e-5;
  std::int64_t sample_size = 128;
  int downsampling() const { return 1 << (static_cast<int>(block_channels.size()) - 1); }
};

struct ControlNetConfig {
  UnetConfig trunk;  // all but the up blocks
  std::vector<std::int64_t> embedding_channels{16, 32, 96, 256};  // of the map's convolutions
  bool is_bgr = false;  // the order in which it takes colours
  int factor() const { return 1 << (static_cast<int>(embedding_channels.size()) - 1); }
};

struct VaeConfig {
  std::int64_t latent_channels = 4;
  std::vector<std::int64_t> block_channels;
  int layers_per_block = 2;
  std::int64_t norm_groups = 32;
  double scaling_factor = 0.13025;
  // Playground 2.5 and others: one number a latent channel, both or none.
  std::vector<double> latents_mean, latents_std;
  bool force_upcast = true;
  bool has_mid_attention = true, has_quant_conv = true, has_post_quant_conv = true;
  int factor() const { return 1 << (static_cast<int>(block_channels.size()) - 1); }
};

struct TextEncoderConfig {
  std::int64_t vocabulary = 49408, width = 768, mlp_width = 3072, positions = 77;
  int layers = 12, heads = 12;
  bool quick_gelu = true;
  double norm_eps = 1e-5;
  std::int64_t projection_dim = 0;  // 0: the encoder has no text projection
};

// Sizes that must agree between the parts of a model.
struct ModelSizes {
  std::int64_t tokens_1 = 0, tokens_2 = 0;  // of the tokenizers' vocabularies
  TextEncoderConfig text_encoder_1, text_encoder_2;
  UnetConfig unet;
  VaeConfig vae;
};

struct ModelIndex {
  bool zeros_for_empty_negative = true;
};

// A configuration: a file, or text that was found elsewhere, with `path` for messages.
struct ConfigFile {
  ConfigFile(std::string its_path) : path(std::move(its_path)) {}      // NOLINT: implicit
  ConfigFile(const char* its_path) : path(its_path) {}                 // NOLINT: implicit
  ConfigFile(std::string shown_as, std::string its_text) : path(std::move(shown_as)), text(std::move(its_text)) {}
  std::string path;
  std::optional<std::string> text;
};
// The text of either. Errors: ModelUnloadable when there is no such file, Io.
Result<std::string> read_text(const ConfigFile& file);

// Errors: ModelUnloadable or Io with the file, the key, its value and what is supported.
// A scheduler's class decides what its absent keys mean; of its step rule nothing is read, as the job
// names its sampler.
Result<UnetConfig> read_unet_config(const ConfigFile& file);
Result<VaeConfig> read_vae_config(const ConfigFile& file);
Result<TextEncoderConfig> read_text_encoder_config(const ConfigFile& file);
Result<SchedulerConfig> read_scheduler_config(const ConfigFile& file);
Result<ModelIndex> read_model_index(const ConfigFile& file);
Result<ControlNetConfig> read_control_config(const ConfigFile& file);

// Errors: ModelUnloadable, naming the keys whose values do not belong together.
Result<void> check_fit(const ModelSizes& sizes);

// The model's latent-to-RGB factors: RGB in [-1,1] = latents * factors + bias. Source of the SDXL
// defaults: ComfyUI's latent format table, as recorded in the project's notes.
struct PreviewFactors {
  std::vector<std::vector<double>> factors;  // [latent channel][rgb]
  std::vector<double> bias;
  bool is_own = false;  // from the model's own file: its latents are not SDXL's
};
// A missing file gives SDXL's known factors; a malformed one is an error.
Result<PreviewFactors> read_preview_factors(const ConfigFile& file);

// SDXL's known factors for the latents of a VAE that scales them in another way: those of SDXL's own
// VAE come back as they are.
PreviewFactors in_units_of(const PreviewFactors& sdxl, const VaeConfig& vae);

}  // namespace studio
