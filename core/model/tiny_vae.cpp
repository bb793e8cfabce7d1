// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Layers are numbered as in the original's sequence, which counts what has no weights too.
#include "core/model/tiny_vae.h"

#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/io/files.h"
#include "core/model/blocks.h"
#include "core/weights/model_kind.h"

#include <ATen/ATen.h>

#include <array>
#include <optional>

namespace studio {
namespace {

constexpr std::int64_t kLatents = 4, kColours = 3;

// Where a half's layers are: layer n of the original is prefix + (n - shift).
struct Numbering {
  std::string prefix;
  int shift = 0;
  std::string layer(int number) const { return prefix + std::to_string(number - shift); }
};

std::optional<Numbering> find_first(const TensorSource& source, std::initializer_list<Numbering> choices, int first, std::int64_t channels) {
  for (const Numbering& choice : choices) {
    const auto* shape = source.shape_of(choice.layer(first) + ".weight");
    // The channels tell a bare decoder from a bare encoder; other latents than SDXL's are reported by take().
    if (shape != nullptr && shape->size() == 4 && ((*shape)[1] == kColours) == (channels == kColours)) return choice;
  }
  return std::nullopt;
}

std::optional<Numbering> find_decoder(const TensorSource& source) {
  // The first layer of the original is a clamp without weights; diffusers does not count it.
  return find_first(source, {{"decoder.layers.", 1}, {"decoder."}, {"taesd_decoder."}, {""}}, 1, kLatents);
}
std::optional<Numbering> find_encoder(const TensorSource& source) {
  return find_first(source, {{"encoder.layers."}, {"encoder."}, {"taesd_encoder."}, {""}}, 0, kColours);
}

class HalfLoader {
 public:
  HalfLoader(TensorSource& source, Numbering numbering, int first) : source_(source), numbering_(std::move(numbering)) {
    width_ = (*source.shape_of(numbering_.layer(first) + ".weight"))[0];
  }
  std::int64_t width() const { return width_; }
  Conv2d convolution(int layer, std::int64_t in, std::int64_t out, int stride, bool has_bias) {
    return Conv2d::load(source_, numbering_.layer(layer), in, out, 3, stride, 1, has_bias);
  }
  std::vector<Conv2d> block(int layer) {
    std::vector<Conv2d> three;
    for (const char* place : {".conv.0", ".conv.2", ".conv.4"}) {
      three.push_back(Conv2d::load(source_, numbering_.layer(layer) + place, width_, width_, 3, 1, 1));
    }
    return three;
  }

 private:
  TensorSource& source_;
  Numbering numbering_;
  std::int64_t width_;
};

}  // namespace

bool TinyVae::is_in(const TensorSource& source) { return find_decoder(source).has_value(); }

TinyVae TinyVae::load(TensorSource& source) {
  TinyVae vae;
  if (const auto numbering = find_decoder(source)) {
    HalfLoader half(source, *numbering, 1);
    const auto add_blocks = [&](std::initializer_list<int> layers) {
      for (const int layer : layers) vae.decoder_.push_back({half.block(layer)});
    };
    vae.decoder_.push_back({{half.convolution(1, kLatents, half.width(), 1, true)}, false, true});
    add_blocks({3, 4, 5});
    for (const int layer : {7, 12, 17}) {
      vae.decoder_.push_back({{half.convolution(layer, half.width(), half.width(), 1, false)}, true, false});
      vae.decoder_.back().convolutions.front().prepare_doubling();
      if (layer == 17) add_blocks({18});
      else add_blocks({layer + 1, layer + 2, layer + 3});
    }
    vae.decoder_.push_back({{half.convolution(19, half.width(), kColours, 1, true)}});
  }
  if (const auto numbering = find_encoder(source)) {
    HalfLoader half(source, *numbering, 0);
    vae.encoder_.push_back({{half.convolution(0, kColours, half.width(), 1, true)}});
    vae.encoder_.push_back({half.block(1)});
    for (const int layer : {2, 6, 10}) {
      vae.encoder_.push_back({{half.convolution(layer, half.width(), half.width(), 2, false)}});
      for (const int block : {layer + 1, layer + 2, layer + 3}) vae.encoder_.push_back({half.block(block)});
    }
    vae.encoder_.push_back({{half.convolution(14, half.width(), kLatents, 1, true)}});
  }
  return vae;
}

at::Tensor TinyVae::Layer::forward(const at::Tensor& x) const {
  if (convolutions.size() == 1) {
    const at::Tensor y = upsamples ? convolutions[0].forward_doubled(x) : convolutions[0].forward(x);
    return ends_in_relu ? at::relu(y) : y;
  }
  const at::Tensor inner = at::relu(convolutions[1].forward(at::relu(convolutions[0].forward(x))));
  return at::relu(convolutions[2].forward_add(inner, x));
}

at::Tensor TinyVae::decode(const at::Tensor& latents, const std::function<void()>& checkpoint) const {
  STUDIO_CHECK(!decoder_.empty() && latents.dim() == 4 && latents.size(1) == kLatents, latents.sizes());
  constexpr double kLargest = 3;
  at::Tensor h = (at::tanh(latents / kLargest) * kLargest).contiguous(at::MemoryFormat::ChannelsLast);
  for (const Layer& layer : decoder_) {
    checkpoint();
    h = layer.forward(h);
  }
  return h.clamp(0, 1).contiguous();
}

at::Tensor TinyVae::encode(const at::Tensor& pictures) const {
  STUDIO_CHECK(has_encoder(), "this file holds a decoder alone");
  STUDIO_CHECK(pictures.size(2) % kFactor == 0 && pictures.size(3) % kFactor == 0, pictures.sizes());
  at::Tensor h = pictures.contiguous(at::MemoryFormat::ChannelsLast);
  for (const Layer& layer : encoder_) h = layer.forward(h);
  return h.contiguous();
}

Result<TinyVae> load_tiny_vae(const std::string& path, at::ScalarType dtype, at::Device device) {
  // As a model's weights: normal tensors without gradients.
  const NormalTensors normal;
  return to_result([&]() -> Result<TinyVae> {
    const auto refuse = [&](const std::string& why) { return file_error(ErrorCode::ModelUnloadable, path, why); };
    auto kind = kind_of_file(path);
    if (!kind) return Error{ErrorCode::ModelUnloadable, kind.error().message};
    if (kind.value().kind != ModelKind::TinyVae) return refuse("this is " + kind.value().name + "; previews need a tiny VAE made for SDXL (TAESDXL)");
    auto file = SafetensorsFile::open(path);
    if (!file) return Error{ErrorCode::ModelUnloadable, file.error().message};
    TensorSource source("tiny VAE", path, tensors_of(file.value()), {file.value()}, dtype, device);
    if (!TinyVae::is_in(source)) return refuse("it holds no decoder; previews need the decoder's file");
    TinyVae vae = TinyVae::load(source);
    if (auto whole = source.finish(); !whole) return whole.error();
    return vae;
  });
}

}  // namespace studio
