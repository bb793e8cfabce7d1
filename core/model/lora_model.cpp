// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Modules of a file to layers of a model, where some are fused and one is in two.
#include "core/model/lora_model.h"

#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/weights/lora_names.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>

namespace studio {
namespace {

// The layers of one network, numbered in the order of its visit, which is the same for every copy.
struct NumberedLayers {
  struct Layer {
    Linear* linear = nullptr;
    Conv2d* convolution = nullptr;
  };
  std::vector<Layer> layers;
  std::unordered_map<const void*, int> numbers;

  int number(const LayerRows& rows) {
    const void* const address =
        rows.linear != nullptr ? static_cast<const void*>(rows.linear) : rows.convolution;
    const auto [place, is_new] = numbers.emplace(address, static_cast<int>(layers.size()));
    if (is_new) layers.push_back({rows.linear, rows.convolution});
    return place->second;
  }
};

// Calls visit for each layer of one part of the model.
void visit_part(SdxlModel& model, LoraPart part, const LayerVisitor& visit) {
  switch (part) {
    case LoraPart::Unet:
      return model.unet.visit_layers(visit);
    case LoraPart::TextEncoder1:
      return model.text_encoder_1.visit_layers(visit);
    case LoraPart::TextEncoder2:
      return model.text_encoder_2.visit_layers(visit);
  }
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::ostringstream text;
  text << at::IntArrayRef(shape);
  return text.str();
}

// "3 modules do so: a, b and 5 more".
std::string list_of(const std::vector<std::string>& names, const char* one, const char* many) {
  constexpr std::size_t kShown = 8;
  std::string text = std::to_string(names.size()) + (names.size() == 1 ? one : many);
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

class Preparation {
 public:
  Preparation(const LoraFile& file, const SdxlModel& model, const std::function<void()>& checkpoint)
      : file_(file),
        model_(model),
        checkpoint_(checkpoint),
        prepared_(std::make_shared<PreparedLora>()) {
    prepared_->path = file.path();
  }

  Result<std::shared_ptr<const PreparedLora>> run() {
    for (const auto step : {&Preparation::check_architecture,
                            &Preparation::find_layers,
                            &Preparation::check_shapes,
                            &Preparation::convert}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    join_pieces();
    return std::shared_ptr<const PreparedLora>(std::move(prepared_));
  }

 private:
  struct Target {
    const LoraModule* module;
    const NamedLayer* layer;
    bool has_sgm_name;
  };
  struct Piece {
    at::Tensor down;
    AdapterPiece piece;
  };

  Error refuse(const std::string& why) const {
    return file_error(ErrorCode::BadFile, file_.path(), why);
  }

  Result<void> check_architecture() {
    const std::int64_t width = file_.cross_width(), wanted = model_.unet.config().cross_dim;
    if (width == 0 || width == wanted) return {};
    const std::string name(architecture_of_width(width));
    return refuse("this LoRA was made for " + (name.empty() ? std::string("another model") : name) +
                  ": its cross-attention takes texts of " + std::to_string(width) +
                  " numbers a token, that of this model " + std::to_string(wanted));
  }

  Result<void> find_layers() {
    const int layers_per_block = model_.unet.config().layers_per_block;
    LoraNames names;
    for (const LoraPart part : kLoraParts) {
      auto& known = layers_[static_cast<std::size_t>(part)];
      visit_part(model_, part, [&](NamedLayer layer) {
        for (const LayerRows& rows : layer.rows)
          numbers_[static_cast<std::size_t>(part)].number(rows);
        names.add(part, layer.name, layers_per_block);
        const std::string name = layer.name;
        known.emplace(name, std::move(layer));
      });
    }
    std::vector<std::string> unknown;
    std::map<const NamedLayer*, std::size_t> taken;
    for (const LoraModule& module : file_.modules()) {
      const LoraNames::Module* const found =
          names.find(module.part, module.name, module.is_underscored);
      if (found == nullptr) {
        unknown.push_back(module.stem);
        continue;
      }
      const NamedLayer& layer = layers_[static_cast<std::size_t>(module.part)].at(found->path);
      const auto [place, is_new] = taken.emplace(&layer, targets_.size());
      const Target target{&module, &layer, found->has_sgm_name};
      if (is_new) {
        targets_.push_back(target);
        continue;
      }
      // A file may name a module in both layouts, with the same content; diffusers, too, keeps its
      // own.
      Target& other = targets_[place->second];
      if (other.has_sgm_name == target.has_sgm_name) {
        return refuse("\"" + other.module->stem + "\" and \"" + module.stem +
                      "\" are the same module, " + layer.name);
      }
      if (other.has_sgm_name) other = target;
    }
    if (unknown.empty()) return {};
    return refuse(
        list_of(unknown, " module is none of this model: ", " modules are none of this model: "));
  }

  // A matrix where the layer is a 1x1 convolution, or the other way round, is the same numbers.
  static bool fits(const LoraModule& module, const NamedLayer& layer) {
    std::vector<std::int64_t> wanted = layer.shape, given = module.down->shape;
    for (auto* shape : {&wanted, &given}) {
      if (shape->size() == 2) shape->insert(shape->end(), {1, 1});
      (*shape)[0] = 0;
    }
    return wanted == given && module.out == layer.shape[0];
  }

  Result<void> check_shapes() {
    std::vector<std::string> wrong;
    for (const Target& target : targets_) {
      if (fits(*target.module, *target.layer)) continue;
      wrong.push_back(target.module->stem + " (down " + shape_text(target.module->down->shape) +
                      ", up " + shape_text(target.module->up->shape) + ", but the layer is " +
                      shape_text(target.layer->shape) + ")");
    }
    if (wrong.empty()) return {};
    return refuse(list_of(wrong,
                          " module does not fit its layer of this model: ",
                          " modules do not fit their layers of this model: "));
  }

  // The layer's own: a model of half precision has its last layer in fp32.
  at::ScalarType dtype_of(const NamedLayer& layer) const {
    const Conv2d* const convolution = layer.rows.front().convolution;
    if (convolution == nullptr || !c10::isReducedFloatingType(model_.dtype)) return model_.dtype;
    return convolution->weight().scalar_type();
  }

  // A copy on the model's device.
  at::Tensor converted(const SafetensorsEntry& entry,
                       at::IntArrayRef shape,
                       at::ScalarType dtype) const {
    at::Tensor copy = at::empty(shape, at::TensorOptions().dtype(dtype).device(model_.device));
    copy.copy_(file_.tensor(entry).reshape(shape));
    return copy;
  }

  Result<void> convert() {
    for (const Target& target : targets_) {
      checkpoint_();
      const LoraModule& module = *target.module;
      std::vector<std::int64_t> down_shape = target.layer->shape;
      down_shape[0] = module.rank;
      const at::ScalarType dtype = dtype_of(*target.layer);
      const at::Tensor down = converted(*module.down, down_shape, dtype),
                       up = converted(*module.up, {module.out, module.rank}, dtype);
      at::Tensor magnitude;
      if (module.magnitude != nullptr) {
        magnitude = file_.tensor(*module.magnitude)
                        .reshape({-1})
                        .to(model_.device,
                            model_.dtype == at::kDouble ? at::kDouble : at::kFloat,
                            false,
                            true);
      }
      for (const at::Tensor& tensor : {down, up, magnitude}) {
        if (tensor.defined() && !at::isfinite(tensor).all().item<bool>()) {
          return refuse("\"" + module.stem + "\" has values that are not finite" +
                        (c10::isReducedFloatingType(model_.dtype) ? " in this precision" : ""));
        }
      }
      add_pieces(target, down, up, magnitude);
    }
    file_.release_pages();
    return {};
  }

  void add_pieces(const Target& target,
                  const at::Tensor& down,
                  const at::Tensor& up,
                  const at::Tensor& magnitude) {
    const auto part = static_cast<std::size_t>(target.module->part);
    prepared_->bytes += static_cast<std::int64_t>(down.nbytes() + up.nbytes());
    for (const LayerRows& rows : target.layer->rows) {
      AdapterPiece piece{.first_row = rows.first,
                         .first_rank = 0,
                         .up = up.narrow(0, rows.from, rows.rows),
                         .scale = target.module->scale,
                         .magnitude = {},
                         .norms = {}};
      if (magnitude.defined()) {
        const at::Tensor weight =
            (rows.linear != nullptr ? rows.linear->weight() : rows.convolution->weight())
                .narrow(0, rows.first, rows.rows)
                .to(piece.up.device());  // a model whose parts take turns has it elsewhere
        piece.magnitude = magnitude.narrow(0, rows.from, rows.rows);
        piece.norms = row_norms(weight, piece.up, down, piece.scale);
      }
      pieces_[part][numbers_[part].number(rows)].push_back({down, std::move(piece)});
    }
  }

  // One product with `down` for all modules of a fused layer.
  void join_pieces() {
    for (std::size_t part = 0; part < pieces_.size(); ++part) {
      for (auto& [number, pieces] : pieces_[part]) {
        auto adapter = std::make_shared<Adapter>();
        std::vector<at::Tensor> downs;
        std::int64_t rank = 0;
        for (Piece& one : pieces) {
          one.piece.first_rank = rank;
          rank += one.down.size(0);
          downs.push_back(one.down);
          adapter->pieces.push_back(std::move(one.piece));
        }
        adapter->down = downs.size() == 1 ? downs.front() : at::cat(downs, 0);
        prepared_->layers[part].emplace_back(number, std::move(adapter));
      }
    }
  }

  const LoraFile& file_;
  SdxlModel model_;  // handles of its own on the same weights, for the visit
  const std::function<void()>& checkpoint_;
  std::shared_ptr<PreparedLora> prepared_;
  std::array<NumberedLayers, 3> numbers_;                              // by part, as all below
  std::array<std::unordered_map<std::string, NamedLayer>, 3> layers_;  // by name
  std::vector<Target> targets_;
  std::array<std::map<int, std::vector<Piece>>, 3> pieces_;  // by number of the layer
};

}  // namespace

Result<std::shared_ptr<const PreparedLora>> prepare_lora(const LoraFile& file,
                                                         const SdxlModel& model,
                                                         const std::function<void()>& checkpoint) {
  // They outlive the job that asks for them, and gradients may be asked of what they compute.
  const NormalTensors normal;
  return to_result([&] { return Preparation(file, model, checkpoint).run(); });
}

std::shared_ptr<const SdxlModel> with_loras(const SdxlModel& model,
                                            std::span<const LoraWeights> loras) {
  auto view = std::make_shared<SdxlModel>(model);
  for (const LoraPart part : kLoraParts) {
    NumberedLayers numbered;
    std::map<int, std::shared_ptr<AdapterStack>> stacks;
    for (const LoraWeights& lora : loras) {
      const double weight = part == LoraPart::Unet ? lora.unet : lora.text;
      if (weight == 0) continue;
      for (const auto& [number, adapter] : lora.lora->layers[static_cast<std::size_t>(part)]) {
        auto& stack = stacks[number];
        if (stack == nullptr) stack = std::make_shared<AdapterStack>();
        stack->add(adapter, weight);
      }
    }
    if (stacks.empty()) continue;
    // The base's recordings are without these adapters.
    if (part == LoraPart::Unet && model.placement == nullptr) view->unet.set_graphs(UnetGraphs::make(model.device));
    visit_part(*view, part, [&](const NamedLayer& layer) {
      for (const LayerRows& rows : layer.rows) numbered.number(rows);
    });
    for (const auto& [number, stack] : stacks) {
      STUDIO_CHECK(number < static_cast<int>(numbered.layers.size()),
                   "the LoRA was prepared for another model");
      const auto& layer = numbered.layers[number];
      if (layer.linear != nullptr)
        layer.linear->set_adapters(stack);
      else
        layer.convolution->set_adapters(stack);
    }
  }
  return view;
}

}  // namespace studio
