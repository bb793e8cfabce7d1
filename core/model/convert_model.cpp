// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Both targets are written under another name and renamed, so that no half model is ever seen.
#include "core/model/convert_model.h"

#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/model/sdxl_model.h"
#include "core/model/single_file_metadata.h"
#include "core/weights/single_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace studio {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTokenizerBytes = std::size_t{32} << 20;

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

// A folder that is removed again unless it gets its name.
class NewFolder {
 public:
  explicit NewFolder(const std::string& target) : target_(target), path_(target + ".part-" + std::to_string(::getpid())) {}
  ~NewFolder() {
    std::error_code failed;
    if (!is_named_) fs::remove_all(path_, failed);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  Result<void> make(const std::string& name) const {
    std::error_code failed;
    fs::create_directories(path_ / name, failed);
    if (failed) return io_error(file(name), "cannot be made: ", failed.value());
    return {};
  }
  Result<void> give_name() {
    std::error_code failed;
    fs::rename(path_, target_, failed);
    if (failed) return io_error(target_.string(), "cannot be written: ", failed.value());
    is_named_ = true;
    return {};
  }

 private:
  fs::path target_, path_;
  bool is_named_ = false;
};

class Converter {
 public:
  Converter(const ModelFiles& files, const ConvertOptions& options) : files_(files), options_(options) {}

  Result<void> read();
  Result<void> write_file_to(const std::string& out);
  Result<void> write_folder_to(const std::string& out);

 private:
  TensorToWrite to_write(const SourceTensor& tensor) const;
  Result<void> write(const std::string& path,
                     const std::vector<SourceTensor>& tensors,
                     const std::map<std::string, std::string>& metadata);
  Result<void> write_part(const NewFolder& folder, WeightPart part);
  Result<void> write_tokenizer(const NewFolder& folder, int number) const;
  Result<NamingSizes> naming_sizes() const;
  void release_pages() const {
    for (const TensorSource& source : sources_) source.release_pages();
  }

  const ModelFiles& files_;
  const ConvertOptions& options_;
  std::vector<TensorSource> sources_;
  PartTensors tensors_;
  SingleFileConfigs configs_;
  double bytes_total_ = 0, bytes_done_ = 0;
};

Result<void> Converter::read() {
  const auto text_of = [](const Result<ConfigFile>& file, std::string& target) -> Result<void> {
    if (!file) return file.error();
    auto text = read_text(file.value());
    if (!text) return text.error();
    target = std::move(text).value();
    return {};
  };
  if (auto done = text_of(files_.index(), configs_.index); !done) return done;
  if (auto done = text_of(files_.scheduler(), configs_.scheduler); !done) return done;
  if (const ConfigFile preview = files_.preview(); preview.text || is_there(preview.path)) {
    if (auto done = text_of(preview, configs_.preview); !done) return done;
  }
  for (const WeightPart part : kWeightParts) {
    if (auto done = text_of(files_.config(part), configs_.parts[static_cast<std::size_t>(part)]); !done) return done;
    auto source = files_.weights(part, at::kFloat);
    if (!source) return source.error();
    auto& tensors = tensors_[static_cast<std::size_t>(part)];
    for (SourceTensor& tensor : source.value().tensors()) {
      if (tensor.name.ends_with(".position_ids")) continue;  // numbers that are no weights
      bytes_total_ += static_cast<double>(tensor.bytes);
      tensors.push_back(std::move(tensor));
    }
    std::sort(tensors.begin(), tensors.end(), [](const SourceTensor& a, const SourceTensor& b) { return a.name < b.name; });
    sources_.push_back(std::move(source).value());
  }
  return {};
}

TensorToWrite Converter::to_write(const SourceTensor& tensor) const {
  at::ScalarType dtype = tensor.read().scalar_type();
  if (options_.dtype && at::isFloatingType(dtype)) dtype = *options_.dtype;
  return {tensor.name, dtype, tensor.shape, tensor.read};
}

Result<void> Converter::write(const std::string& path,
                              const std::vector<SourceTensor>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  constexpr double kReleaseEvery = 256e6;
  std::vector<TensorToWrite> all;
  double bytes = 0, released_at = 0;
  for (const SourceTensor& tensor : tensors) {
    all.push_back(to_write(tensor));
    bytes += static_cast<double>(tensor.bytes);
  }
  release_pages();
  auto done = write_tensors(path, all, metadata, [&](double fraction) {
    const double now = bytes * fraction;
    if (now - released_at > kReleaseEvery) {
      release_pages();
      released_at = now;
    }
    options_.progress(bytes_total_ > 0 ? (bytes_done_ + now) / bytes_total_ : 1.0);
  });
  bytes_done_ += bytes;
  release_pages();
  return done;
}

Result<NamingSizes> Converter::naming_sizes() const {
  auto unet_file = files_.config(WeightPart::Unet), vae_file = files_.config(WeightPart::Vae), text_file = files_.config(WeightPart::TextEncoder2);
  for (const auto* file : {&unet_file, &vae_file, &text_file}) {
    if (!*file) return file->error();
  }
  auto unet = read_unet_config(unet_file.value());
  if (!unet) return unet.error();
  auto vae = read_vae_config(vae_file.value());
  if (!vae) return vae.error();
  auto text = read_text_encoder_config(text_file.value());
  if (!text) return text.error();
  return NamingSizes{.unet_levels = static_cast<int>(unet.value().block_channels.size()),
                     .layers_per_block = unet.value().layers_per_block,
                     .up_has_attention = unet.value().up_has_attention,
                     .vae_levels = static_cast<int>(vae.value().block_channels.size()),
                     .vae_layers_per_block = vae.value().layers_per_block,
                     .text_layers_2 = text.value().layers};
}

Result<void> Converter::write_file_to(const std::string& out) {
  auto sizes = naming_sizes();
  if (!sizes) return sizes.error();
  auto tensors = join_single_file(tensors_, sizes.value());
  if (!tensors) return tensors.error();
  auto metadata = single_file_metadata(configs_);
  if (!metadata) return metadata.error();
  return write(out, tensors.value(), metadata.value());
}

Result<void> Converter::write_part(const NewFolder& folder, WeightPart part) {
  const std::string name(folder_of(part));
  if (auto done = folder.make(name); !done) return done;
  if (auto done = write_file(folder.file(name + "/config.json"), configs_.parts[static_cast<std::size_t>(part)]); !done) return done;
  const bool is_text = part == WeightPart::TextEncoder1 || part == WeightPart::TextEncoder2;
  return write(folder.file(name + (is_text ? "/model.safetensors" : "/diffusion_pytorch_model.safetensors")),
               tensors_[static_cast<std::size_t>(part)], {{"format", "pt"}});
}

Result<void> Converter::write_tokenizer(const NewFolder& folder, int number) const {
  auto place = files_.tokenizer_place(number);
  if (!place) return place.error();
  const std::string name = number == 1 ? "tokenizer" : "tokenizer_2";
  if (auto done = folder.make(name); !done) return done;
  const fs::path from = place.value().folder;
  for (const char* file : {"merges.txt", "vocab.json", "special_tokens_map.json", "tokenizer_config.json"}) {
    if (!is_there(from / file)) continue;
    auto text = studio::read_file((from / file).string(), kMaxTokenizerBytes);
    if (!text) return text.error();
    if (auto done = write_file(folder.file(name + "/" + file), text.value()); !done) return done;
  }
  if (!is_there(from / "merges.txt")) {
    auto merges = read_gzip_file((from / "merges.txt.gz").string(), kMaxTokenizerBytes);
    if (!merges) return merges.error();
    if (auto done = write_file(folder.file(name + "/merges.txt"), merges.value()); !done) return done;
  }
  if (!is_there(from / "vocab.json")) {
    auto vocabulary = vocabulary_json(from.string());
    if (!vocabulary) return vocabulary.error();
    if (auto done = write_file(folder.file(name + "/vocab.json"), vocabulary.value()); !done) return done;
  }
  if (place.value().pad == PadToken::FromFolder) return {};
  const char* const end = "<|endoftext|>";
  const nlohmann::json config{{"tokenizer_class", "CLIPTokenizer"}, {"model_max_length", 77}, {"bos_token", "<|startoftext|>"},
                              {"eos_token", end}, {"unk_token", end},
                              {"pad_token", place.value().pad == PadToken::ExclamationMark ? "!" : end}};
  return write_file(folder.file(name + "/tokenizer_config.json"), config.dump(2));
}

Result<void> Converter::write_folder_to(const std::string& out) {
  NewFolder folder(out);
  if (auto done = folder.make("scheduler"); !done) return done;
  if (auto done = write_file(folder.file("model_index.json"), configs_.index); !done) return done;
  if (auto done = write_file(folder.file("scheduler/scheduler_config.json"), configs_.scheduler); !done) return done;
  if (!configs_.preview.empty()) {
    if (auto done = write_file(folder.file("preview.json"), configs_.preview); !done) return done;
  }
  for (const int number : {1, 2}) {
    if (auto done = write_tokenizer(folder, number); !done) return done;
  }
  for (const WeightPart part : kWeightParts) {
    if (auto done = write_part(folder, part); !done) return done;
  }
  return folder.give_name();
}

}  // namespace

Result<void> convert_model(const std::string& path, const std::string& out, const ConvertOptions& options) {
  return to_result([&]() -> Result<void> {
    std::string target = out;
    while (target.size() > 1 && target.back() == '/') target.pop_back();
    if (target.empty()) return Error{ErrorCode::InvalidArgument, "the name of the converted model is empty"};
    if (is_there(target)) return file_error(ErrorCode::InvalidArgument, target, "this is there already: choose another name");
    auto files = ModelFiles::open(path, options.paths);
    if (!files) return files.error();
    const ModelReport report = inspect_model(path, options.paths);
    for (const ModelPart& part : report.parts) {
      if (!part.problem.empty()) return Error{ErrorCode::ModelUnloadable, "the model cannot be converted: " + part.problem};
    }
    Converter converter(files.value(), options);
    if (auto done = converter.read(); !done) return done;
    return target.ends_with(".safetensors") ? converter.write_file_to(target) : converter.write_folder_to(target);
  });
}

}  // namespace studio
