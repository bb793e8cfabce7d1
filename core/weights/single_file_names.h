// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The two namings of an SDXL model's tensors: that of the original single files and that of diffusers
// folders. One table of module names serves both directions.
// Source: diffusers single_file_utils.py and its conversion scripts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace studio {

enum class WeightPart { TextEncoder1, TextEncoder2, Unet, Vae };
inline constexpr std::array<WeightPart, 4> kWeightParts{
    WeightPart::TextEncoder1, WeightPart::TextEncoder2, WeightPart::Unet, WeightPart::Vae};

// "text_encoder", "text_encoder_2", "unet", "vae": the folders of the diffusers layout.
std::string_view folder_of(WeightPart part);
// What the part's names begin with in a single file, such as "first_stage_model.".
std::string_view root_of(WeightPart part);

// What happens to a tensor on the way from a single file to its diffusers name.
enum class TensorChange {
  None,
  Squeeze,    // 1x1 convolution weight [out,in,1,1] -> linear weight [out,in]
  Transpose,  // [in,out] -> [out,in]
  Third,      // one of three equal parts along the first dimension: query, key, value
};
struct TensorName {
  std::string name;
  TensorChange change = TensorChange::None;
  int third = 0;  // with TensorChange::Third
  bool operator==(const TensorName&) const = default;
};

// The sizes that block numbers depend on.
struct NamingSizes {
  int unet_levels = 3, layers_per_block = 2;
  std::vector<bool> up_has_attention{true, true, false};  // per up block: its upsampler comes after it
  int vae_levels = 4, vae_layers_per_block = 2;
  int text_layers_2 = 32;

  // From the keys of a single file; what cannot be told stays SDXL's, and senseless block numbers are
  // cut off, so that their keys come out as unknown.
  static NamingSizes of_keys(const std::vector<std::string_view>& keys);
};

// Threads: immutable.
class SingleFileNames {
 public:
  explicit SingleFileNames(const NamingSizes& sizes);

  // Names without root. One diffusers name, three for a joined query-key-value tensor, none for a name
  // that is not known.
  std::vector<TensorName> to_diffusers(WeightPart part, std::string_view name) const;
  // The single file's name without root, and how its tensor becomes this one.
  std::optional<TensorName> to_single_file(WeightPart part, std::string_view name) const;

 private:
  struct Table {
    std::unordered_map<std::string, std::string> diffusers, single;  // prefixes that end in a dot
    void add(const std::string& single_name, const std::string& diffusers_name);
  };
  void add_unet(const NamingSizes& sizes);
  void add_vae(const NamingSizes& sizes);
  void add_text_2(const NamingSizes& sizes);
  const Table& table(WeightPart part) const { return tables_[static_cast<std::size_t>(part)]; }
  Table& table(WeightPart part) { return tables_[static_cast<std::size_t>(part)]; }

  std::array<Table, 4> tables_;
};

// The part that a single file's key belongs to and its name there.
struct KeyPlace {
  WeightPart part;
  std::string_view name;
};
std::optional<KeyPlace> place_of(std::string_view key);

// Keys that many files carry and nothing here needs: averaged weights of training, diffusion tables,
// position numbers, markers.
bool is_known_extra(std::string_view key);

// Older VAEs in diffusers naming call their attention's projections query, key, value and proj_attn.
std::string modern_vae_name(std::string_view name);

}  // namespace studio
