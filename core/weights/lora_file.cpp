// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keys to modules, and every reason to refuse a file.
#include "core/weights/lora_file.h"

#include "core/api/nearest.h"
#include "core/base/guard.h"
#include "core/io/hash_cache.h"
#include "core/weights/lora_scales.h"
#include "core/weights/tensor_hash.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

namespace studio {
namespace {

constexpr std::size_t kShown = 8;  // of a list of names

Error refuse(const std::string& path, const std::string& why) {
  return file_error(ErrorCode::BadFile, path, why);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::ostringstream text;
  text << at::IntArrayRef(shape);
  return text.str();
}

// [n,m] or [n,m,1,1].
bool is_matrix(const SafetensorsEntry& entry) {
  if (entry.shape.size() == 2) return true;
  return entry.shape.size() == 4 && entry.shape[2] == 1 && entry.shape[3] == 1;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace

class LoraReader {
 public:
  static Result<std::shared_ptr<const LoraFile>> read(const std::string& path) {
    for (const char* ending : {".pt", ".bin", ".ckpt", ".pth"}) {
      if (path.ends_with(ending))
        return refuse(
            path, "it is in a format that can run code; LoRA is read from .safetensors files only");
    }
    auto file = SafetensorsFile::open(path);
    if (!file) return file.error();
    LoraReader reader(path, std::move(file).value());
    if (auto done = reader.check_kind(); !done) return done.error();
    if (auto done = reader.group(); !done) return done.error();
    if (auto done = reader.complete(); !done) return done.error();
    return std::shared_ptr<const LoraFile>(std::move(reader.lora_));
  }

 private:
  struct Group {
    LoraKey key;  // of its first tensor
    const SafetensorsEntry* tensors[4] = {};
    bool has_kohya_magnitude = false;
  };

  LoraReader(const std::string& path, std::shared_ptr<const SafetensorsFile> file)
      : lora_(new LoraFile) {
    lora_->path_ = path;
    lora_->file_ = std::move(file);
  }
  const std::vector<SafetensorsEntry>& entries() const { return lora_->file_->entries(); }
  Error bad(const std::string& why) const { return refuse(lora_->path_, why); }

  Result<void> check_kind() const {
    std::vector<std::string_view> keys;
    bool has_pairs = false;
    for (const SafetensorsEntry& entry : entries()) {
      keys.push_back(entry.name);
      const std::string_view kind = unsupported_adapter(entry.name);
      if (!kind.empty()) {
        return bad(
            "it holds " + std::string(kind) + " (\"" + shown_text(entry.name) +
            "\"), which is not supported; LoRA and DoRA of linear layers and convolutions are");
      }
      const auto key = parse_lora_key(entry.name);
      has_pairs = has_pairs || (key && key->role != LoraRole::Alpha);
    }
    if (!has_pairs) {
      const std::string_view content = other_content(keys);
      if (!content.empty()) return bad("it holds " + std::string(content) + ", not a LoRA");
      return bad(
          "there is no LoRA in it" +
          (keys.empty() ? "" : ": its first tensor is \"" + shown_text(keys.front()) + "\""));
    }
    const std::string_view foreign = foreign_architecture(keys);
    if (!foreign.empty())
      return bad("this LoRA was made for " + std::string(foreign) + ", not for SDXL");
    return {};
  }

  Result<void> group() {
    std::vector<std::string> unknown;
    for (const SafetensorsEntry& entry : entries()) {
      auto key = parse_lora_key(entry.name);
      if (!key || !key->part) {
        unknown.push_back(shown_text(entry.name));
        continue;
      }
      if (groups_.empty()) lora_->form_ = key->form;
      if (key->role == LoraRole::Down) lora_->form_ = key->form;
      const auto [place, is_new] = places_.emplace(key->stem, groups_.size());
      if (is_new) groups_.push_back({.key = *key});
      Group& group = groups_[place->second];
      auto& tensor = group.tensors[static_cast<std::size_t>(key->role)];
      if (tensor != nullptr)
        return bad("\"" + tensor->name + "\" and \"" + entry.name +
                   "\" are the same tensor of one module");
      tensor = &entry;
      if (key->role == LoraRole::Magnitude)
        group.has_kohya_magnitude = key->form == LoraForm::Kohya;
    }
    if (unknown.empty()) return {};
    const std::string count = std::to_string(unknown.size()) +
                              (unknown.size() == 1 ? " tensor belongs" : " tensors belong");
    return bad(count + " to no part of an SDXL model: " + list_of(unknown));
  }

  Result<void> complete() {
    auto scales = LoraScales::read(*lora_->file_,
                                   std::any_of(groups_.begin(), groups_.end(), [](const Group& g) {
                                     return g.key.is_peft_export;
                                   }));
    if (!scales) return scales.error();
    for (const Group& group : groups_) {
      auto module = module_of(group, scales.value());
      if (!module) return module.error();
      lora_->modules_.push_back(std::move(module).value());
    }
    return {};
  }

  Result<LoraModule> module_of(const Group& group, const LoraScales& scales) const {
    const auto tensor = [&](LoraRole role) {
      return group.tensors[static_cast<std::size_t>(role)];
    };
    LoraModule module{.part = *group.key.part,
                      .name = group.key.module,
                      .is_underscored = group.key.is_underscored,
                      .stem = group.key.stem};
    module.down = tensor(LoraRole::Down);
    module.up = tensor(LoraRole::Up);
    module.magnitude = tensor(LoraRole::Magnitude);
    const auto refuse = [&](const std::string& why) {
      return bad("\"" + shown_text(module.stem) + "\" " + why);
    };
    if (module.down == nullptr || module.up == nullptr) {
      return refuse(std::string("is incomplete: ") +
                    (module.down != nullptr ? "up"
                     : module.up != nullptr ? "down"
                                            : "the pair") +
                    " is missing");
    }
    for (const SafetensorsEntry* const entry : {module.down, module.up, module.magnitude}) {
      if (entry != nullptr && !at::isFloatingType(entry->dtype))
        return refuse("holds " + entry->dtype_text + ", not floating-point numbers");
    }
    const bool has_shapes =
        (module.down->shape.size() == 2 || module.down->shape.size() == 4) && is_matrix(*module.up);
    if (!has_shapes || module.down->shape[0] != module.up->shape[1] || module.down->elements == 0 ||
        module.up->elements == 0) {
      return refuse("has a down of shape " + shape_text(module.down->shape) +
                    " and an up of shape " + shape_text(module.up->shape) + ", which are no pair");
    }
    module.rank = module.down->shape[0];
    module.out = module.up->shape[0];
    if (auto fits = check_magnitude(module, group.has_kohya_magnitude); !fits) return fits.error();
    return scaled(std::move(module), tensor(LoraRole::Alpha), scales);
  }

  Result<void> check_magnitude(const LoraModule& module, bool is_kohya) const {
    if (module.magnitude == nullptr) return {};
    const auto& shape = module.magnitude->shape;
    // kohya and LyCORIS keep [out,1,..] or, for norms over each input, [1,in,..].
    if (is_kohya && shape.size() > 1 && shape[0] == 1 && module.out > 1) {
      return bad("\"" + shown_text(module.stem) + "\" is a DoRA with magnitudes " +
                 shape_text(shape) +
                 " of its inputs, which is not supported; those of outputs are");
    }
    if (module.magnitude->elements == module.out) return {};
    return bad("\"" + shown_text(module.stem) + "\" has magnitudes of shape " + shape_text(shape) +
               ", but " + std::to_string(module.out) + " outputs");
  }

  Result<LoraModule> scaled(LoraModule module,
                            const SafetensorsEntry* alpha,
                            const LoraScales& scales) const {
    if (alpha == nullptr) {
      const LoraScales::Scale scale = scales.of(module.part, module.name, module.rank);
      module.alpha = scale.alpha;
      module.scale = scale.scale;
      return module;
    }
    if (alpha->elements != 1)
      return bad("\"" + shown_text(alpha->name) + "\" has the shape " + shape_text(alpha->shape) +
                 ", but is one number");
    module.alpha = lora_->file_->tensor(alpha->name).to(at::kDouble).item<double>();
    if (!std::isfinite(module.alpha))
      return bad("\"" + shown_text(alpha->name) + "\" is not a finite number");
    module.scale = module.alpha / static_cast<double>(module.rank);
    return module;
  }

  std::unique_ptr<LoraFile> lora_;
  std::vector<Group> groups_;
  std::map<std::string, std::size_t> places_;  // by stem
};

Result<std::shared_ptr<const LoraFile>> LoraFile::open(const std::string& path) {
  return to_result([&] { return LoraReader::read(path); });
}

bool LoraFile::touches(LoraPart part) const {
  return std::any_of(modules_.begin(), modules_.end(), [&](const LoraModule& module) {
    return module.part == part;
  });
}

std::int64_t LoraFile::cross_width() const {
  std::int64_t widest = 0;
  for (const LoraModule& module : modules_) {
    if (module.part != LoraPart::Unet) continue;
    if (module.name.ends_with("attn2.to_k") || module.name.ends_with("attn2_to_k"))
      widest = std::max(widest, module.down->shape[1]);
  }
  return widest;
}

std::string LoraFile::hash() const {
  TensorHash hash;
  std::vector<const SafetensorsEntry*> sorted;
  for (const SafetensorsEntry& entry : file_->entries()) sorted.push_back(&entry);
  std::sort(
      sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const SafetensorsEntry* entry : sorted) {
    hash.add(entry->name);
    hash.add(file_->tensor(entry->name));
  }
  // Alphas that stand in the metadata.
  for (const LoraModule& module : modules_) hash.add(at::scalar_tensor(module.scale, at::kDouble));
  file_->release_pages();
  return hash.finish();
}

namespace {

constexpr std::string_view kHashedLora = "a LoRA, 1";

std::vector<std::string> hashed_files(const std::string& path) {
  std::vector<std::string> files{path};
  const auto settings = std::filesystem::path(path).parent_path() / "adapter_config.json";
  std::error_code failed;
  if (std::filesystem::exists(settings, failed)) files.push_back(settings.string());
  return files;
}

}  // namespace

std::string hash_key_of_lora(const std::string& path) {
  return HashCache::key(kHashedLora, hashed_files(path));
}

std::string hash_of_lora(const LoraFile& lora, HashCache* hashes) {
  return cached_hash(
             hashes, [&] { return hash_key_of_lora(lora.path()); }, [&] { return Result(lora.hash()); })
      .value();
}

std::string_view architecture_of_width(std::int64_t cross_width) {
  switch (cross_width) {
    case 768:
      return "Stable Diffusion 1.x";
    case 1024:
      return "Stable Diffusion 2.x";
    case 1280:
      return "the SDXL refiner";
    case 2048:
      return "SDXL";
    default:
      return "";
  }
}

}  // namespace studio
