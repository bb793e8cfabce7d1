// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Between JSON and GenerationRequest, driven by the declarations.
#include "core/io/request_json.h"

#include "core/api/nearest.h"
#include "core/base/guard.h"
#include "core/io/strict_json.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace studio {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "seg-studio/job";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxDepth = 8;

std::string value_text(const json& value) {
  if (value.is_string()) {
    std::string text = "\"";
    return text.append(shown_text(value.get_ref<const std::string&>())).append("\"");
  }
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return shown_text(value.dump());
}

Error refuse(const ParamSpec& spec, std::string_view path, const json& value) {
  return {ErrorCode::InvalidArgument,
          std::string(path)
              .append(" is ")
              .append(value_text(value))
              .append(", but must be ")
              .append(allowed_values(spec))};
}

// A JSON number as a whole one; 25.0 is 25, 25.5 is none.
std::optional<std::int64_t> whole_number(const json& value) {
  constexpr double kExact =
      9007199254740992.0;  // 2^53: beyond it a double does not tell which number
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number != std::trunc(number) || std::abs(number) > kExact) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

// Typed by the declaration, not yet checked for its range. No value: the type is wrong.
std::optional<ParamValue> typed(const ParamSpec& spec, const json& value) {
  switch (spec.kind) {
    case ParamKind::Real:
      if (value.is_number()) {
        const double number = value.get<double>();
        return number == 0 ? 0.0 : number;  // -0 is 0
      }
      if (value == "inf" && spec.has_infinity) return kInfinity;
      return std::nullopt;
    case ParamKind::Integer:
      if (const auto number = whole_number(value)) return *number;
      return std::nullopt;
    case ParamKind::Flag:
      if (value.is_boolean()) return value.get<bool>();
      return std::nullopt;
    case ParamKind::Choice:
    case ParamKind::Text:
      if (value.is_string()) return value.get<std::string>();
      return std::nullopt;
  }
  return std::nullopt;
}

json to_json(const ParamValue& value) {
  struct Writer {
    json operator()(double number) const {
      if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
      // 2 rather than 2.0, as people write it.
      constexpr double kShort = 1e15;
      if (number == std::trunc(number) && std::abs(number) < kShort) {
        return static_cast<std::int64_t>(number);
      }
      return number;
    }
    json operator()(std::int64_t number) const { return number; }
    json operator()(bool flag) const { return flag; }
    json operator()(const std::string& text) const { return text; }
  };
  return std::visit(Writer{}, value);
}

class JobReader {
 public:
  explicit JobReader(const Catalogue& catalogue)
      : catalogue_(catalogue), params_(job_params(catalogue)) {}

  Result<GenerationRequest> read(const json& root) {
    if (!root.is_object()) {
      return Error{ErrorCode::InvalidArgument,
                   "the job is " + value_text(root) + ", but must be an object"};
    }
    if (auto done = read_format(root); !done) return done.error();
    for (const auto& [key, value] : root.items()) {
      if (key == "format" || key == "version") continue;
      auto done = key == "guidance" || is_section(key) ? read_group(key, value)
                  : key == "prompt"                    ? read_prompt(value)
                                                       : read_param(key, value);
      if (!done) return done.error();
    }
    if (auto valid = validate(request_, catalogue_); !valid) return valid.error();
    return std::move(request_);
  }

 private:
  static Result<void> read_format(const json& root) {
    const auto format = root.find("format");
    if (format == root.end() || *format != kFormat) {
      return Error{ErrorCode::InvalidArgument,
                   "format is " + (format == root.end() ? "missing" : value_text(*format)) +
                       ", but must be \"" + std::string(kFormat) + "\""};
    }
    const auto version = root.find("version");
    const auto number = version == root.end() ? std::nullopt : whole_number(*version);
    if (number && *number > kVersion) {
      return Error{ErrorCode::InvalidArgument,
                   "version is " + std::to_string(*number) +
                       ": this job was made by a newer version of the program, which reads " +
                       std::to_string(kVersion)};
    }
    if (number != kVersion) {
      return Error{ErrorCode::InvalidArgument,
                   "version is " + (version == root.end() ? "missing" : value_text(*version)) +
                       ", but must be " + std::to_string(kVersion)};
    }
    return {};
  }
  Result<void> read_param(const std::string& path, const json& value) {
    const auto found = std::find_if(
        params_.begin(), params_.end(), [&](const JobParam& param) { return param.path == path; });
    if (found == params_.end()) return unknown(path);
    if (value.is_null()) {
      if (found->spec->absent_means.empty()) return refuse(*found->spec, path, value);
      return set(request_, catalogue_, path, std::nullopt);
    }
    const auto read = typed(*found->spec, value);
    if (!read) return refuse(*found->spec, path, value);
    return set(request_, catalogue_, path, *read);
  }
  bool is_section(const std::string& key) const {
    return std::any_of(catalogue_.sections.begin(),
                       catalogue_.sections.end(),
                       [&](const Card& card) { return card.id == key; });
  }
  Result<void> read_group(const std::string& group, const json& value) {
    if (!value.is_object()) {
      return Error{ErrorCode::InvalidArgument,
                   group + " is " + value_text(value) + ", but must be an object"};
    }
    for (const auto& [key, number] : value.items()) {
      if (auto done = read_param(group + "." + key, number); !done) return done;
    }
    return {};
  }
  Result<void> read_prompt(const json& value) {
    if (!value.is_array()) return read_param("prompt", value);
    request_.prompts.clear();
    for (const json& prompt : value) {
      if (!prompt.is_string()) {
        return Error{ErrorCode::InvalidArgument,
                     "prompt[" + std::to_string(request_.prompts.size()) + "] is " +
                         value_text(prompt) + ", but must be text"};
      }
      request_.prompts.push_back(prompt.get<std::string>());
    }
    return {};
  }
  // "guidance.seed" and "seg.scale" at the top are known names in the wrong place, hence the paths.
  Error unknown(const std::string& path) const {
    std::vector<std::string_view> known = {"format", "version", "guidance"};
    for (const Card& card : catalogue_.sections) known.push_back(card.id);
    for (const JobParam& param : params_) known.push_back(param.path);
    std::string text = "\"";
    text.append(shown_text(path))
        .append("\" is not a key of a job")
        .append(did_you_mean(path, known));
    return {ErrorCode::InvalidArgument, text};
  }

  const Catalogue& catalogue_;
  std::vector<JobParam> params_;
  GenerationRequest request_;
};

}  // namespace

Result<GenerationRequest> request_from_json(std::string_view text, const Catalogue& catalogue) {
  return request_from_json(text, catalogue, "the job");
}

Result<GenerationRequest> request_from_json(std::string_view text,
                                            const Catalogue& catalogue,
                                            std::string_view what) {
  JsonLimits limits;
  limits.max_depth = kMaxDepth;
  const auto root = parse_strict(text, what, limits);
  if (!root) return root.error();
  return to_result([&] { return JobReader(catalogue).read(root.value()).in_context(what); });
}

std::string request_to_json(const GenerationRequest& request, const Catalogue& catalogue) {
  nlohmann::ordered_json root;
  root["format"] = kFormat;
  root["version"] = kVersion;
  nlohmann::ordered_json guidance = nlohmann::ordered_json::object();
  nlohmann::ordered_json sections = nlohmann::ordered_json::object();
  for (const JobParam& param : job_params(catalogue)) {
    const auto value = get(request, catalogue, param.path);
    const bool is_guidance = param.path.starts_with("guidance.");
    const bool in_section = !is_guidance && param.path != param.spec->key;
    // Most jobs use no section: a whole list of what is as declared would hide what is not.
    if (in_section && !request.sections.contains(param.path)) continue;
    auto& place = is_guidance  ? guidance[std::string(param.spec->key)]
                  : in_section ? sections[std::string(param.card->id)][std::string(param.spec->key)]
                               : root[param.path];
    if (param.path == "prompt" && request.prompts.size() != 1) {
      place = request.prompts;
    } else if (value && value.value()) {
      place = to_json(*value.value());
    } else {
      place = nullptr;
    }
  }
  root["guidance"] = std::move(guidance);
  for (auto& [id, section] : sections.items()) root[id] = std::move(section);
  // Texts that are not valid UTF-8 fail validation long before; here they must only not throw.
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace studio
