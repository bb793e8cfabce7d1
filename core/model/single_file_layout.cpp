// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One file in the original naming. Its configurations come from the metadata this program writes, else from
// the tensors' shapes; what shapes do not tell is SDXL's, or that of a model of the same shapes nearby.
#include "core/base/resources.h"
#include "core/io/files.h"
#include "core/io/strict_json.h"
#include "core/model/config_from_shapes.h"
#include "core/model/model_layouts.h"
#include "core/model/single_file_metadata.h"
#include "core/weights/model_kind.h"
#include "core/weights/single_file.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace studio {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kClipVocabulary = 49408;

// Model folders that may know what a file does not tell: the one it lies in, those beside it, those that
// come with the program.
std::vector<std::string> neighbours_of(const std::string& path, const std::string& resources) {
  constexpr std::size_t kMost = 256;
  std::vector<std::string> folders;
  std::error_code failed, unknown;
  const fs::path parent = fs::absolute(path, failed).parent_path();
  if (fs::is_regular_file(parent / "model_index.json", failed)) folders.push_back(parent.string());
  std::vector<std::string> beside;
  for (fs::directory_iterator entry(parent, failed), end; !failed && entry != end && beside.size() < kMost; entry.increment(failed)) {
    if (fs::is_regular_file(entry->path() / "model_index.json", unknown)) beside.push_back(entry->path().string());
  }
  std::sort(beside.begin(), beside.end());
  folders.insert(folders.end(), beside.begin(), beside.end());
  if (resources.empty()) return folders;
  for (const std::string& name : bundled_models(resources)) folders.push_back((fs::path(resources) / "models" / name).string());
  return folders;
}

// The configurations of the parts that a file holds.
struct PartConfigs {
  std::optional<UnetConfig> unet;
  std::optional<VaeConfig> vae;
  std::optional<TextEncoderConfig> text_1, text_2;
};

template <class Config>
std::optional<Config> value_of(Result<Config> read) {
  return read ? std::optional(std::move(read).value()) : std::nullopt;
}

bool has_shapes_of(const ModelLayout& folder, const PartConfigs& wanted) {
  const auto is_same = [&](const auto& wish, const auto& read) { return !wish || (read && has_same_shapes(*wish, read.value())); };
  return is_same(wanted.unet, read_unet_config(folder.config(WeightPart::Unet).value())) &&
         is_same(wanted.vae, read_vae_config(folder.config(WeightPart::Vae).value())) &&
         is_same(wanted.text_1, read_text_encoder_config(folder.config(WeightPart::TextEncoder1).value())) &&
         is_same(wanted.text_2, read_text_encoder_config(folder.config(WeightPart::TextEncoder2).value()));
}

class SingleFileLayout final : public ModelLayout {
 public:
  SingleFileLayout(std::shared_ptr<const SafetensorsFile> file, PartTensors parts, std::string resources)
      : file_(std::move(file)), parts_(std::move(parts)), resources_(std::move(resources)), preview_(std::string()) {}

  // Errors: ModelUnloadable when the metadata is damaged.
  Result<void> find_configs(std::int64_t pooled_width);
  // For a VAE's file: what shapes do not tell is as in `model`.
  void find_vae_config(const ModelLayout& model);

  std::string kind() const override { return "SDXL, single file"; }
  Result<ConfigFile> index() const override { return index_; }
  Result<ConfigFile> scheduler() const override { return scheduler_; }
  ConfigFile preview() const override { return preview_; }
  Result<ConfigFile> config(WeightPart part) const override {
    if (tensors(part).empty()) return missing(part);
    return configs_[static_cast<std::size_t>(part)];
  }
  Result<TokenizerPlace> tokenizer(int number) const override;
  Result<TensorSource> weights(WeightPart part, at::ScalarType dtype, at::Device device) const override;
  std::vector<std::string> files() const override {
    std::vector<std::string> all{file_->path()};
    all.insert(all.end(), other_files_.begin(), other_files_.end());
    return all;
  }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  const std::vector<SourceTensor>& tensors(WeightPart part) const { return parts_[static_cast<std::size_t>(part)]; }
  Result<ConfigFile>& slot(WeightPart part) { return configs_[static_cast<std::size_t>(part)]; }
  ConfigFile shown_config(std::string_view part, std::string text) const {
    return {file_->path() + " (configuration of " + std::string(part) + ")", std::move(text)};
  }
  Error missing(WeightPart part) const;
  ScheduleMarks marks() const;
  PartConfigs read_configs() const;
  void configs_from_shapes(std::int64_t pooled_width);
  void configs_from_metadata(const SingleFileConfigs& written);
  void configs_from_folder(const std::string& folder);

  std::shared_ptr<const SafetensorsFile> file_;
  PartTensors parts_;
  std::string resources_;
  bool is_vae_alone_ = false;
  std::array<Result<ConfigFile>, 4> configs_{ConfigFile(""), ConfigFile(""), ConfigFile(""), ConfigFile("")};
  Result<ConfigFile> index_ = ConfigFile(""), scheduler_ = ConfigFile("");
  ConfigFile preview_;
  std::vector<std::string> notes_, other_files_;
};

Error SingleFileLayout::missing(WeightPart part) const {
  const std::string none = " (none of its tensors begins with \"" + std::string(root_of(part)) + "\"): ";
  if (part == WeightPart::Vae) {
    return file_error(ErrorCode::ModelUnloadable, file_->path(),
                      "it holds no VAE" + none + "give one with model.vae, such as the VAE published with SDXL, or choose a file that holds one");
  }
  if (part == WeightPart::Unet) return file_error(ErrorCode::ModelUnloadable, file_->path(), "it holds no UNet" + none + "choose a whole model");
  return file_error(ErrorCode::ModelUnloadable, file_->path(),
                    std::string("it holds no ") + (part == WeightPart::TextEncoder1 ? "first" : "second") + " text encoder" + none +
                        "take the text encoders from another SDXL model, or choose a file that holds them");
}

ScheduleMarks SingleFileLayout::marks() const {
  ScheduleMarks marks{file_->find("v_pred") != nullptr, file_->find("ztsnr") != nullptr};
  const auto said = file_->metadata().find("modelspec.prediction_type");
  if (said != file_->metadata().end() && said->second.starts_with("v")) marks.v_prediction = true;
  return marks;
}

void SingleFileLayout::configs_from_shapes(std::int64_t pooled_width) {
  for (const WeightPart part : {WeightPart::TextEncoder1, WeightPart::TextEncoder2}) {
    slot(part) = shown_config(folder_of(part), text_encoder_config_of(tensors(part), part == WeightPart::TextEncoder2));
  }
  slot(WeightPart::Vae) = shown_config("vae", vae_config_of(tensors(WeightPart::Vae)));
  for (const SourceTensor& tensor : tensors(WeightPart::TextEncoder2)) {
    if (pooled_width == 0 && tensor.name == "text_projection.weight" && !tensor.shape.empty()) pooled_width = tensor.shape[0];
  }
  auto unet = unet_config_of(tensors(WeightPart::Unet), pooled_width);
  if (unet) slot(WeightPart::Unet) = shown_config("unet", std::move(unet).value());
  else slot(WeightPart::Unet) = file_error(ErrorCode::ModelUnloadable, file_->path(), unet.error().message);
  index_ = shown_config("the pipeline", sdxl_model_index());
  scheduler_ = shown_config("scheduler", sdxl_scheduler_config(marks()));
}

PartConfigs SingleFileLayout::read_configs() const {
  PartConfigs read;
  const auto config_of = [&](WeightPart part) { return config(part); };
  if (auto config = config_of(WeightPart::Unet)) read.unet = value_of(read_unet_config(config.value()));
  if (auto config = config_of(WeightPart::Vae)) read.vae = value_of(read_vae_config(config.value()));
  if (auto config = config_of(WeightPart::TextEncoder1)) read.text_1 = value_of(read_text_encoder_config(config.value()));
  if (auto config = config_of(WeightPart::TextEncoder2)) read.text_2 = value_of(read_text_encoder_config(config.value()));
  return read;
}

void SingleFileLayout::configs_from_metadata(const SingleFileConfigs& written) {
  const auto use = [&](const char* part, const std::string& text, Result<ConfigFile>& target) {
    if (!text.empty()) target = shown_config(part, text);
  };
  use("the pipeline", written.index, index_);
  use("scheduler", written.scheduler, scheduler_);
  for (const WeightPart part : kWeightParts) use(folder_of(part).data(), written.parts[static_cast<std::size_t>(part)], slot(part));
  if (!written.preview.empty()) preview_ = shown_config("preview", written.preview);
}

void SingleFileLayout::configs_from_folder(const std::string& folder) {
  const auto other = folder_layout(folder);
  for (const WeightPart part : kWeightParts) {
    if (!tensors(part).empty()) slot(part) = other->config(part);
    other_files_.push_back(other->config(part).value().path);
  }
  index_ = other->index();
  scheduler_ = other->scheduler();
  preview_ = other->preview();
  for (const ConfigFile& config : {index_.value(), scheduler_.value(), preview_}) {
    std::error_code failed;
    if (fs::exists(config.path, failed)) other_files_.push_back(config.path);
  }
  if (auto marked = marked_scheduler_config(scheduler_.value(), marks())) scheduler_ = shown_config("scheduler", marked.value());
}

Result<void> SingleFileLayout::find_configs(std::int64_t pooled_width) {
  configs_from_shapes(pooled_width);
  auto written = read_single_file_metadata(*file_);
  if (!written) return written.error();
  if (written.value()) {
    configs_from_metadata(*written.value());
    return {};
  }
  const PartConfigs found = read_configs();
  if (!found.unet) return {};  // its problem is told when it is read
  const bool is_known = is_sdxl(*found.unet) && (!found.vae || is_sdxl(*found.vae)) && (!found.text_1 || is_sdxl(*found.text_1, false)) &&
                        (!found.text_2 || is_sdxl(*found.text_2, true));
  if (is_known) return {};
  for (const std::string& folder : neighbours_of(file_->path(), resources_)) {
    if (!has_shapes_of(*folder_layout(folder), found)) continue;
    configs_from_folder(folder);
    notes_.push_back("heads, norm groups, scaling factor and noise schedule are taken from " + folder + ", a model of the same shapes");
    return {};
  }
  notes_.push_back(
      "its shapes are not those of SDXL and it does not say its numbers of heads: one head per 64 channels, 32 norm groups, "
      "SDXL's scaling factor and noise schedule are assumed");
  return {};
}

void SingleFileLayout::find_vae_config(const ModelLayout& model) {
  is_vae_alone_ = true;
  configs_from_shapes(0);
  if (auto written = read_single_file_metadata(*file_); written && written.value()) {
    configs_from_metadata(*written.value());
    return;
  }
  const auto found = read_vae_config(slot(WeightPart::Vae).value());
  if (!found || is_sdxl(found.value())) return;
  // A VAE of a published size would be another model's if its own said otherwise; a small one is taken at its word.
  const auto beside = ConfigFile((fs::path(file_->path()).parent_path() / "config.json").string());
  auto own = model.config(WeightPart::Vae);
  for (const ConfigFile& config : {beside, own ? own.value() : beside}) {
    const auto read = read_vae_config(config);
    if (!read || !has_same_shapes(read.value(), found.value())) continue;
    slot(WeightPart::Vae) = config;
    if (!config.text) other_files_.push_back(config.path);
    notes_.push_back("the VAE's norm groups and scaling factor are taken from " + config.path + ", of the same shapes");
    return;
  }
  notes_.push_back("the VAE's shapes are not those of SDXL: 32 norm groups and SDXL's scaling factor are assumed");
}

Result<TokenizerPlace> SingleFileLayout::tokenizer(int number) const {
  const WeightPart part = number == 1 ? WeightPart::TextEncoder1 : WeightPart::TextEncoder2;
  const std::int64_t vocabulary = vocabulary_of(tensors(part));
  if (vocabulary == 0) return missing(part);
  if (vocabulary == kClipVocabulary) {
    return TokenizerPlace{(fs::path(resources_) / "tokenizers" / "clip").string(),
                          number == 1 ? PadToken::EndOfText : PadToken::ExclamationMark};
  }
  for (const std::string& folder : neighbours_of(file_->path(), resources_)) {
    const auto layout = folder_layout(folder);
    const auto config = read_text_encoder_config(layout->config(part).value());
    if (config && config.value().vocabulary == vocabulary) return layout->tokenizer(number);
  }
  return file_error(ErrorCode::ModelUnloadable, file_->path(),
                    "its " + std::string(folder_of(part)) + " knows " + std::to_string(vocabulary) +
                        " tokens, and no tokenizer with as many comes with this program or lies in a model's folder beside the file: "
                        "put the model's diffusers folder beside it");
}

Result<TensorSource> SingleFileLayout::weights(WeightPart part, at::ScalarType dtype, at::Device device) const {
  if (tensors(part).empty()) return missing(part);
  TensorSource source(std::string(folder_of(part)), file_->path(), tensors(part), {file_}, dtype, device);
  if (!is_vae_alone_) {
    std::vector<std::string_view> keys;
    for (const SafetensorsEntry& entry : file_->entries()) keys.push_back(entry.name);
    source.set_shown_names([names = std::make_shared<SingleFileNames>(NamingSizes::of_keys(keys)), part](std::string_view name) {
      return single_file_key(*names, part, name);
    });
  }
  return source;
}

Result<std::shared_ptr<const SafetensorsFile>> open_file(const std::string& path) {
  auto file = SafetensorsFile::open(path);
  if (!file && file.error().code != ErrorCode::OutOfMemory) return Error{ErrorCode::ModelUnloadable, file.error().message};
  return file;
}

}  // namespace

Result<std::shared_ptr<const ModelLayout>> single_file_layout(const std::string& path, const std::string& resources, std::int64_t pooled_width) {
  auto file = open_file(path);
  if (!file) return file.error();
  auto layout = std::make_shared<SingleFileLayout>(file.value(), split_single_file(file.value()), resources);
  if (auto found = layout->find_configs(pooled_width); !found) return found.error();
  return std::shared_ptr<const ModelLayout>(std::move(layout));
}

Result<std::shared_ptr<const ModelLayout>> vae_file_layout(const std::string& path, const ModelLayout& model) {
  auto kind = kind_of_file(path);
  if (!kind) return Error{ErrorCode::ModelUnloadable, kind.error().message};
  if (kind.value().kind != ModelKind::Vae && !(kind.value().is_model() && kind.value().has_vae)) {
    return file_error(ErrorCode::ModelUnloadable, path,
                      "this is " + kind.value().name + (kind.value().is_model() ? " without a VAE" : "") + ": choose a VAE made for SDXL");
  }
  auto file = open_file(path);
  if (!file) return file.error();
  PartTensors parts;
  parts[static_cast<std::size_t>(WeightPart::Vae)] = vae_tensors(file.value());
  auto layout = std::make_shared<SingleFileLayout>(file.value(), std::move(parts), "");
  layout->find_vae_config(model);
  return std::shared_ptr<const ModelLayout>(std::move(layout));
}

}  // namespace studio
