// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Between JSON and SweepSpec; jobs go through their own reader.
#include "core/io/sweep_json.h"

#include "core/api/nearest.h"
#include "core/base/guard.h"
#include "core/io/request_json.h"
#include "core/io/strict_json.h"

#include <algorithm>
#include <vector>

namespace studio {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "seg-studio/sweep";
constexpr std::string_view kJobFormat = "seg-studio/job";
constexpr int kVersion = 1;
constexpr std::size_t kMaxDepth = 10;
constexpr std::size_t kMaxBytes = std::size_t{256} << 20;  // a list of 100,000 jobs has room
constexpr std::string_view kCoarse = "coarse-to-fine", kRows = "rows";

std::string value_text(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (!value.is_string()) return shown_text(value.dump());
  std::string text = "\"";
  return text.append(shown_text(value.get_ref<const std::string&>())).append("\"");
}

Error refuse(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Error wrong(std::string_view path, const json* value, std::string_view allowed) {
  return refuse(std::string(path)
                    .append(value == nullptr ? " is missing" : " is " + value_text(*value))
                    .append(", but must be ")
                    .append(allowed));
}

const json* find(const json& object, std::string_view key) {
  const auto found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

Error unknown_key(std::string_view where,
                  std::string_view key,
                  const std::vector<std::string_view>& known) {
  std::string text = "\"";
  text.append(shown_text(key)).append("\" is not a key of ").append(where);
  const std::string near = did_you_mean(key, known);
  if (!near.empty()) return refuse(text + near);
  text.append("; its keys are ");
  for (std::size_t i = 0; i < known.size(); ++i) text.append(i == 0 ? "" : ", ").append(known[i]);
  return refuse(text);
}

class SweepReader {
 public:
  explicit SweepReader(const Catalogue& catalogue) : catalogue_(catalogue) {}

  Result<SweepSpec> read(const json& root) {
    static const std::vector<std::string_view> known = {
        "format", "version", "base", "axes", "order", "twin", "jobs"};
    if (!root.is_object()) return wrong("the sweep", &root, "an object");
    if (auto done = read_format(root); !done) return done.error();
    for (const auto& [key, value] : root.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return unknown_key("a sweep", key, known);
      }
    }
    const json* const base = find(root, "base");
    if (base == nullptr) return wrong("base", base, "a job");
    auto job = read_job(*base, "base");
    if (!job) return job.error();
    spec_.base = std::move(job).value();
    if (auto done = read_choices(root); !done) return done.error();
    const json* const axes = find(root, "axes");
    const json* const jobs = find(root, "jobs");
    if (axes == nullptr && jobs == nullptr) return wrong("axes", axes, "a list of axes");
    if (axes != nullptr) {
      if (auto done = read_axes(*axes); !done) return done.error();
    }
    if (jobs != nullptr) {
      if (auto done = read_jobs(*jobs); !done) return done.error();
    }
    return std::move(spec_);
  }

 private:
  static Result<void> read_format(const json& root) {
    const json* const format = find(root, "format");
    if (format == nullptr || *format != kFormat) {
      return wrong("format", format, "\"" + std::string(kFormat) + "\"");
    }
    const json* const version = find(root, "version");
    if (version != nullptr && version->is_number() && version->get<double>() > kVersion) {
      return refuse("version is " + value_text(*version) +
                    ": this sweep was made by a newer version of the program, which reads " +
                    std::to_string(kVersion));
    }
    if (version == nullptr || !version->is_number() || *version != kVersion) {
      return wrong("version", version, std::to_string(kVersion));
    }
    return {};
  }
  // A job inside a sweep is one without saying so.
  Result<GenerationRequest> read_job(const json& value, const std::string& place) const {
    if (!value.is_object()) return wrong(place, &value, "a job, which is an object");
    json job = value;
    if (!job.contains("format")) job["format"] = kJobFormat;
    if (!job.contains("version")) job["version"] = kVersion;
    return request_from_json(job.dump(), catalogue_, place);
  }
  Result<void> read_choices(const json& root) {
    if (const json* const order = find(root, "order")) {
      if (*order != kCoarse && *order != kRows) {
        return wrong("order", order, "\"coarse-to-fine\" or \"rows\"");
      }
      spec_.order = *order == kRows ? SweepOrder::Rows : SweepOrder::CoarseToFine;
    }
    if (const json* const twin = find(root, "twin")) {
      if (!twin->is_boolean()) return wrong("twin", twin, "true or false");
      spec_.twin = twin->get<bool>();
    }
    return {};
  }
  Result<void> read_axes(const json& axes) {
    if (!axes.is_array()) return wrong("axes", &axes, "a list of axes");
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (auto done = read_axis(axes[i], "axes[" + std::to_string(i) + "]"); !done) return done;
    }
    return {};
  }
  Result<void> read_axis(const json& axis, const std::string& place) {
    static const std::vector<std::string_view> known = {"param", "values"};
    if (!axis.is_object()) return wrong(place, &axis, "an object with param and values");
    for (const auto& [key, value] : axis.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return unknown_key(place, key, known);
      }
    }
    const json* const param = find(axis, "param");
    const json* const values = find(axis, "values");
    if (param == nullptr || !param->is_string()) {
      return wrong(place + ".param", param, "the path of a parameter, as text");
    }
    if (values == nullptr || !values->is_string()) {
      return wrong(place + ".values", values, "text such as \"0.5, 1, 2\"");
    }
    const auto& path = param->get_ref<const std::string&>();
    if (auto known_path = get(spec_.base, catalogue_, path); !known_path) {
      return std::move(known_path).in_context(place + ".param").error();
    }
    for (std::size_t other = 0; other < spec_.axes.size(); ++other) {
      if (spec_.axes[other].param != path) continue;
      return refuse(place + ".param is \"" + path + "\", which is on axes[" +
                    std::to_string(other) + "] already: a parameter may be on one axis only");
    }
    spec_.axes.push_back({path, values->get<std::string>()});
    return {};
  }
  Result<void> read_jobs(const json& jobs) {
    if (!jobs.is_array() || jobs.empty()) return wrong("jobs", &jobs, "a list of at least one job");
    if (!spec_.axes.empty()) {
      return refuse("the sweep has both axes and jobs, but may have only one of them");
    }
    if (jobs.size() > kMostCells) {
      return refuse("jobs has " + std::to_string(jobs.size()) + " jobs, but may have at most " +
                    std::to_string(kMostCells));
    }
    spec_.listed.reserve(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      auto job = read_job(jobs[i], "jobs[" + std::to_string(i) + "]");
      if (!job) return job.error();
      spec_.listed.push_back(std::move(job).value());
    }
    return {};
  }

  const Catalogue& catalogue_;
  SweepSpec spec_;
};

std::string json_string(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// A job's document as a part of another one.
void append_job(std::string& text, const std::string& job, std::string_view indent) {
  for (std::size_t at = 0; at < job.size();) {
    const std::size_t end = std::min(job.find('\n', at), job.size());
    if (at > 0) text.append("\n").append(indent);
    text.append(job, at, end - at);
    at = end + 1;
  }
}

}  // namespace

Result<SweepSpec> sweep_from_json(std::string_view text, const Catalogue& catalogue) {
  constexpr std::string_view kWhat = "the sweep";
  JsonLimits limits;
  limits.max_depth = kMaxDepth;
  limits.max_bytes = kMaxBytes;
  const auto root = parse_strict(text, kWhat, limits);
  if (!root) return root.error();
  return to_result([&] { return SweepReader(catalogue).read(root.value()).in_context(kWhat); });
}

std::string sweep_to_json(const SweepSpec& spec, const Catalogue& catalogue) {
  std::string text = "{\n  \"format\": \"";
  text.append(kFormat).append("\",\n  \"version\": 1,\n  \"base\": ");
  append_job(text, request_to_json(spec.base, catalogue), "  ");
  text.append(",\n  \"axes\": [");
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    text.append(i == 0 ? "\n    " : ",\n    ");
    text.append("{\"param\": ").append(json_string(spec.axes[i].param));
    text.append(", \"values\": ").append(json_string(spec.axes[i].values)).append("}");
  }
  text.append(spec.axes.empty() ? "],\n" : "\n  ],\n");
  text.append("  \"order\": \"").append(spec.order == SweepOrder::Rows ? kRows : kCoarse);
  text.append("\",\n  \"twin\": ").append(spec.twin ? "true" : "false");
  if (!spec.listed.empty()) {
    text.append(",\n  \"jobs\": [");
    for (std::size_t i = 0; i < spec.listed.size(); ++i) {
      text.append(i == 0 ? "\n    " : ",\n    ");
      append_job(text, request_to_json(spec.listed[i], catalogue), "    ");
    }
    text.append("\n  ]");
  }
  return text.append("\n}\n");
}

}  // namespace studio
