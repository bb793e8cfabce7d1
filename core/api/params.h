// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parameter declarations and values. Each parameter has one ParamSpec; validation, JSON, form
// widgets, flags, help and documentation all come from it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/api/result.h"

namespace studio {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

using ParamValue = std::variant<double, std::int64_t, bool, std::string>;

enum class ParamKind { Real, Integer, Flag, Choice, Text };
enum class SliderScale { Linear, Logarithmic };
// What a file or folder holds, and what a parameter that names one wants.
enum class FileKind { Other, Model, Lora, Vae, ControlNet };

struct ParamSpec {
  std::string_view key;    // "seg.scale": JSON key and --set name; stable for ever
  std::string_view label;  // may change
  std::string_view unit;   // "" when the number has none
  std::string_view doc;    // one sentence
  ParamKind kind = ParamKind::Real;
  ParamValue initial{};
  std::optional<ParamValue> neutral{};  // value at which the term does nothing

  // Real and Integer. Allowed range; min itself is refused when min_is_excluded. Infinity is allowed
  // only when has_infinity, whatever max says.
  double min = 0.0;
  double max = 0.0;
  double step = 0.0;
  bool min_is_excluded = false;
  bool has_infinity = false;
  // What a slider spans; inside [min, max]. Both 0: the allowed range.
  double slider_min = 0.0;
  double slider_max = 0.0;
  SliderScale slider_scale = SliderScale::Linear;

  std::vector<std::string_view> choices{};  // Choice: the allowed ids; Text: suggestions, may be empty
  // Absent (null in JSON) is allowed and means what `absent_means` says ("the model's own size").
  std::string_view absent_means{};

  // Text only: it is the path of a file (or folder) with one of these endings, "*.safetensors *.png".
  std::string_view path_of{};
  // Text only: such files, wherever they are found, may stand here. Other: nobody can tell.
  FileKind file_kind = FileKind::Other;
  // The key of a parameter of the same card without which this one does nothing: forms hide it while
  // that one stands as declared.
  std::string_view needs{};
  // Of a picture's path; keys are of the same card.
  std::string_view painted_on{};  // the picture on which this one, white on black, can be painted
  std::string_view command{};     // what a picture that exists is told to become this one: "Start from this picture"
  // Of another parameter: the picture's path whose look it changes, as the job sees it; and the painted picture
  // whose edges it makes soft, as a Gaussian's standard deviation in pixels.
  std::string_view seen_in{};
  std::string_view softens{};

  // Text only: an additional check; empty result means the text is fine.
  Result<void> (*check_text)(const std::string& text) = nullptr;
};

// Values by key. Absent keys mean the declaration's initial value.
using ParamSet = std::map<std::string, ParamValue, std::less<>>;

// A group of parameters with a name: one guidance term, one sampler, the job itself.
struct Card {
  std::string_view id, label;
  std::string_view source;  // paper or file of the original
  std::string_view doc;     // one sentence
  std::span<const ParamSpec> params;
  // A job's unguided twin is the job with every parameter of cards that are not kept at its neutral
  // value. CFG is kept: the twin differs only by the guidance under study.
  bool kept_in_twin = false;
};

// The text a person reads and writes for a value: "2.5", "inf", "true", "mid".
std::string to_text(const ParamValue& value);

// Reads a value of spec's kind from text. Errors: InvalidArgument naming `path`, the text, and what
// is allowed (range included).
Result<ParamValue> parse_value(const ParamSpec& spec, std::string_view path, std::string_view text);

// Checks type, range, choices, NaN. Errors: InvalidArgument naming `path`, the value and what is allowed.
Result<void> validate(const ParamSpec& spec, std::string_view path, const ParamValue& value);

// "a number above 0 up to 9999, or inf": the allowed values as a phrase, for errors, help and docs.
std::string allowed_values(const ParamSpec& spec);

}  // namespace studio
