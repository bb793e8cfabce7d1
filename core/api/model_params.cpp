// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The section's declarations and its reading.
#include "core/api/model_params.h"

#include <array>

namespace studio {
namespace {

constexpr std::string_view kOwn = "the model's own";
constexpr double kMostPathBytes = 4'096;

template <class T>
std::optional<T> value_of(const ParamSet& sections, std::string_view path) {
  const auto found = sections.find(path);
  if (found == sections.end()) return std::nullopt;
  return std::get<T>(found->second);
}

Result<void> check_path(const std::string& text) {
  if (!text.empty()) return {};
  return Error{ErrorCode::InvalidArgument,
               "this is empty, but must be a file or a folder, or absent"};
}

}  // namespace

const Card& model_card() {
  static const std::array specs{
      ParamSpec{.key = "prediction",
                .label = "Prediction",
                .unit = "",
                .doc = "What the model predicts, for single files that do not say: the noise, v "
                       "(many anime models), or the clean picture (one-step models).",
                .kind = ParamKind::Choice,
                .initial = std::string("epsilon"),
                .choices = {"epsilon", "v_prediction", "sample"},
                .absent_means = kOwn},
      ParamSpec{.key = "zero_snr",
                .label = "Noise to the end",
                .unit = "",
                .doc = "Whether the model was trained down to noise alone (zero terminal SNR), for "
                       "single files that do not say; such models want trailing spacing.",
                .kind = ParamKind::Flag,
                .initial = false,
                .absent_means = kOwn},
      ParamSpec{.key = "vae",
                .label = "VAE",
                .unit = "",
                .doc = "A file or folder with another autoencoder.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMostPathBytes,
                .absent_means = kOwn,
                .path_of = "*.safetensors",
                .file_kind = FileKind::Vae,
                .check_text = &check_path},
      ParamSpec{.key = "text_encoders",
                .label = "Text encoders",
                .unit = "",
                .doc = "Another model whose text encoders are used.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMostPathBytes,
                .absent_means = kOwn,
                .path_of = "*.safetensors",
                .file_kind = FileKind::Model,
                .check_text = &check_path},
  };
  static const Card card{
      .id = "model_options",
      .label = "Model options",
      .source = "",
      .doc = "What the model's files do not say, and parts of other models in its place.",
      .params = specs,
      .kept_in_twin = true};
  return card;
}

ModelParams model_params(const ParamSet& sections) {
  return {.prediction = value_of<std::string>(sections, "model_options.prediction"),
          .zero_snr = value_of<bool>(sections, "model_options.zero_snr"),
          .vae = value_of<std::string>(sections, "model_options.vae"),
          .text_encoders = value_of<std::string>(sections, "model_options.text_encoders")};
}

}  // namespace studio
