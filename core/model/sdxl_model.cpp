// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loading the parts of a model in turn, each tensor accounted for.
#include "core/model/sdxl_model.h"

#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/io/hash_cache.h"
#include "core/model/model_outline.h"
#include "core/weights/checkpoint.h"
#include "core/weights/tensor_hash.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

namespace studio {
namespace {

// Of the progress, roughly by size.
double share_of(WeightPart part) {
  switch (part) {
    case WeightPart::TextEncoder2: return 0.2;
    case WeightPart::Unet: return 0.7;
    case WeightPart::TextEncoder1:
    case WeightPart::Vae: break;
  }
  return 0.05;
}

// Of a GPU beside a UNet, where the weights of minimal filtering are kept: 1 GB for them, the VAE, and what a job computes.
constexpr std::int64_t kRoomForFilters = 4'500'000'000;

// Hashes a part's files while its layers are built, so that the bytes come from the disk once and a load
// takes as long as the slower of the two.
class HashTask {
 public:
  HashTask(const TensorSource& source, TensorHash& hash)
      : thread_([this, &source, &hash] {
          try {
            source.hash_into(hash, [this] { return !stops_.load(); });
          } catch (...) {
            error_ = std::current_exception();
          }
        }) {}
  ~HashTask() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
  }
  HashTask(const HashTask&) = delete;
  HashTask& operator=(const HashTask&) = delete;
  // Errors: throws what hashing threw.
  void finish() {
    thread_.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> stops_ = false;
  std::exception_ptr error_;
  std::thread thread_;  // last: it uses the others
};

// One for all parts: a key says from which files each part came.
std::string hash_key(const std::array<std::vector<std::string>, kWeightParts.size()>& files_of_parts) {
  std::string what = "weights of a model, 1";
  std::vector<std::string> all;
  for (std::size_t i = 0; i < files_of_parts.size(); ++i) {
    what += " " + std::string(folder_of(kWeightParts[i])) + ":" + std::to_string(files_of_parts[i].size());
    all.insert(all.end(), files_of_parts[i].begin(), files_of_parts[i].end());
  }
  return HashCache::key(what, all);
}

class Loader {
 public:
  Loader(const ModelFiles& files, const ModelOptions& options) : files_(files), options_(options) {}

  Result<std::shared_ptr<const SdxlModel>> load() {
    auto model = std::make_shared<SdxlModel>();
    model->path = files_.path();
    model->device = options_.device;
    model->dtype = options_.dtype;
    model->placement = options_.placement;
    for (const auto step : {&Loader::read_small_parts, &Loader::read_configs, &Loader::find_hash, &Loader::load_text_encoders,
                            &Loader::load_unet, &Loader::load_vae}) {
      if (auto done = (this->*step)(*model); !done) return done.error();
    }
    model->hash = known_hash_;
    if (known_hash_.empty()) {
      model->hash = hash_.finish();
      // Files that changed meanwhile have another key now.
      if (options_.hashes != nullptr && hash_key_of_model(files_) == hash_key_) options_.hashes->remember(hash_key_, model->hash);
    }
    if (auto r = into(files_.config_hash(), model->config_hash); !r) return r.error();
    return std::shared_ptr<const SdxlModel>(std::move(model));
  }

 private:
  // Moves a Result's value into `target` or returns its error.
  template <class T>
  static Result<void> into(Result<T> result, T& target) {
    if (!result) return result.error();
    target = std::move(result).value();
    return {};
  }
  // The same for a configuration that `read` understands.
  template <class T>
  static Result<void> read_into(const Result<ConfigFile>& config, Result<T> (*read)(const ConfigFile&), T& target) {
    if (!config) return config.error();
    return into(read(config.value()), target);
  }

  Result<void> read_small_parts(SdxlModel& model) {
    if (auto r = read_into(files_.index(), read_model_index, model.index); !r) return r;
    if (auto r = read_into(files_.scheduler(), read_scheduler_config, model.scheduler); !r) return r;
    if (auto r = read_into(Result(files_.preview()), read_preview_factors, model.preview); !r) return r;
    if (auto r = into(files_.tokenizer(1), model.tokenizer_1); !r) return r;
    return into(files_.tokenizer(2), model.tokenizer_2);
  }

  Result<void> find_hash(SdxlModel&) {
    if (options_.hashes == nullptr) return {};
    hash_key_ = hash_key_of_model(files_);
    known_hash_ = options_.hashes->find(hash_key_);
    return {};
  }

  // Opens a part's weights, builds it with `build`, and requires that every tensor was used.
  template <class Build>
  Result<void> load_part(WeightPart part, c10::ScalarType dtype, Build build) {
    auto source = files_.weights(part, dtype, options_.placement ? c10::Device(c10::kCPU) : options_.device);
    if (!source) return source.error();
    std::optional<PlainWeights> plain;
    if (options_.placement) plain.emplace();
    const double share = share_of(part);
    source.value().set_progress([&](double fraction) { options_.progress(done_ + share * fraction); });
    std::optional<HashTask> hashing;
    if (known_hash_.empty()) hashing.emplace(source.value(), hash_);
    build(source.value());
    if (auto whole = source.value().finish(); !whole) return whole;
    if (hashing) hashing->finish();
    source.value().release_pages();
    done_ += share;
    return {};
  }

  // Hands a network that is used as a whole over to the placement, when there is one.
  template <class Network>
  void place(WeightGroup group, Network& network) {
    if (!options_.placement) return;
    std::vector<at::Tensor> weights;
    network.visit_tensors([&](at::Tensor& tensor) { weights.push_back(tensor); });
    options_.placement->add(group, {std::move(weights)});
    network.set_gate(options_.placement->gate(group));
  }

  // All before the first weights: what does not fit is refused at once.
  Result<void> read_configs(SdxlModel& model) {
    if (auto r = read_into(files_.config(WeightPart::TextEncoder1), read_text_encoder_config, sizes_.text_encoder_1); !r) return r;
    if (auto r = read_into(files_.config(WeightPart::TextEncoder2), read_text_encoder_config, sizes_.text_encoder_2); !r) return r;
    if (auto r = read_into(files_.config(WeightPart::Unet), read_unet_config, sizes_.unet); !r) return r;
    if (auto r = read_into(files_.config(WeightPart::Vae), read_vae_config, sizes_.vae); !r) return r;
    sizes_.text_encoder_1.projection_dim = 0;  // its pooled output is not used, and SDXL's files do not carry the projection
    sizes_.tokens_1 = model.tokenizer_1.vocabulary_size();
    sizes_.tokens_2 = model.tokenizer_2.vocabulary_size();
    auto fits = check_fit(sizes_);
    if (!fits) return Error{fits.error().code, files_.path() + ": " + fits.error().message};
    return {};
  }

  Result<void> load_text_encoders(SdxlModel& model) {
    auto loaded = load_part(WeightPart::TextEncoder1, model.dtype, [&](TensorSource& source) {
      model.text_encoder_1 = TextEncoder::load(source, sizes_.text_encoder_1);
    });
    if (!loaded) return loaded;
    place(WeightGroup::Text, model.text_encoder_1);
    loaded = load_part(WeightPart::TextEncoder2, model.dtype, [&](TensorSource& source) {
      model.text_encoder_2 = TextEncoder::load(source, sizes_.text_encoder_2);
    });
    if (loaded) place(WeightGroup::Text, model.text_encoder_2);
    return loaded;
  }

  Result<void> load_unet(SdxlModel& model) {
    auto loaded = load_part(WeightPart::Unet, model.dtype, [&](TensorSource& source) { model.unet = Unet::load(source, sizes_.unet); });
    if (!loaded) return loaded;
    if (options_.device.is_cuda()) {
      // Kept or made in every call, the numbers are the same: weights that come and go would be more, and others need the memory.
      release_unused_memory(options_.device);  // what a model before this one had is free too
      model.unet.use_filtering(/*keeps_weights=*/!options_.placement && device_memory(options_.device).free_bytes >= kRoomForFilters);
    }
    if (!options_.placement) {
      model.unet.set_graphs(UnetGraphs::make(model.device));
      return loaded;
    }
    options_.placement->add(WeightGroup::Unet, model.unet.weight_pieces());
    model.unet.set_gate(options_.placement->gate(WeightGroup::Unet));
    return loaded;
  }

  Result<void> load_vae(SdxlModel& model) {
    if (!files_.has_preview()) model.preview = in_units_of(model.preview, sizes_.vae);
    model.vae_dtype = vae_dtype_for(model.dtype, sizes_.vae, model.device);
    auto loaded = load_part(WeightPart::Vae, model.vae_dtype, [&](TensorSource& source) { model.vae = Vae::load(source, sizes_.vae); });
    if (loaded) place(WeightGroup::Vae, model.vae);
    return loaded;
  }

  const ModelFiles& files_;
  const ModelOptions& options_;
  ModelSizes sizes_;
  TensorHash hash_;
  std::string hash_key_, known_hash_;
  double done_ = 0;
};

}  // namespace

std::string hash_key_of_model(const ModelFiles& files) {
  std::array<std::vector<std::string>, kWeightParts.size()> files_of_parts;
  for (std::size_t i = 0; i < kWeightParts.size(); ++i) {
    const auto source = files.weights(kWeightParts[i], at::kFloat, at::kMeta);
    if (!source) return "";
    files_of_parts[i] = source.value().files();
  }
  return hash_key(files_of_parts);
}

namespace {

Result<std::string> hash_weights(const ModelFiles& files, const std::function<void(double)>& progress) {
  TensorHash hash;
  double done = 0;
  for (const WeightPart part : kWeightParts) {
    const auto source = files.weights(part, at::kFloat);
    if (!source) return source.error();
    const auto all = static_cast<double>(std::max<std::int64_t>(source.value().summary().tensors, 1));
    double tensors = 0;
    source.value().hash_into(hash, [&] {
      progress(done + share_of(part) * tensors++ / all);
      return true;
    });
    source.value().release_pages();
    done += share_of(part);
  }
  return hash.finish();
}

}  // namespace

Result<std::string> hash_of_model(const ModelFiles& files, HashCache* hashes, const std::function<void(double)>& progress) {
  return to_result([&] {
    return cached_hash(
        hashes, [&] { return hash_key_of_model(files); }, [&] { return hash_weights(files, progress); });
  });
}

c10::ScalarType vae_dtype_for(c10::ScalarType model_dtype, const VaeConfig& vae, c10::Device device) {
  if (!c10::isReducedFloatingType(model_dtype)) return model_dtype;
  if (device.is_cuda()) return c10::kHalf;
  return vae.force_upcast ? c10::kFloat : model_dtype;
}

Result<std::shared_ptr<const SdxlModel>> load_model(const std::string& path, const ModelOptions& options) {
  // Weights must be normal tensors: gradients may later be asked of what they compute.
  const NormalTensors normal;
  auto files = ModelFiles::open(path, options.paths);
  if (!files) return files.error();
  auto model = to_result([&] { return Loader(files.value(), options).load(); });
  if (!model && model.error().code != ErrorCode::OutOfMemory) {
    return Error{ErrorCode::ModelUnloadable, "the model cannot be loaded: " + model.error().message};
  }
  return model;
}

}  // namespace studio
