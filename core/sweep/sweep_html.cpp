// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The page of a sweep: one file with everything but the pictures, which it finds beside itself.
#include "core/io/files.h"
#include "core/sweep/export_cells.h"
#include "core/sweep/sweep_page.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace studio {
namespace {

using nlohmann::json;

// Five digits are more than a person reads.
json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 64> buffer;
  const auto end = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, 4);
  double result = value;
  std::from_chars(buffer.data(), end.ptr, result);
  return result;
}

// A path as an address relative to the page: what is not plain is written as %XX, so that no file
// name is taken for another address.
std::string as_address(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kPlain.find(c) != kPlain.npos;
    if (is_plain) {
      text.push_back(c);
    } else {
      text.push_back('%');
      text.push_back(kHex[byte >> 4]);
      text.push_back(kHex[byte & 15]);
    }
  }
  return text;
}

// From the page's folder to the sweep's: "" when they are one.
std::string prefix_of(const std::string& folder, const std::string& page) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path from = fs::weakly_canonical(fs::absolute(page).parent_path(), failed);
  const fs::path to = fs::weakly_canonical(fs::absolute(folder), failed);
  const std::string way = to.lexically_relative(from).string();
  if (way.empty() || way == ".") return "./";
  return as_address(way) + "/";
}

AxisValue value_of(const GenerationRequest& request,
                   const Catalogue& catalogue,
                   const std::string& path) {
  if (path == "prompt" && request.prompts.size() != 1) {
    std::string all;
    for (const std::string& prompt : request.prompts)
      all.append(all.empty() ? "" : "\n").append(prompt);
    return all;
  }
  const auto value = get(request, catalogue, path);
  return value ? value.value() : AxisValue();
}

json text_of(const AxisValue& value) { return value ? json(to_text(*value)) : json(nullptr); }

json axes_of(const SweepGrid& grid, const std::vector<std::string>& job_names) {
  json axes = json::array();
  for (const SweepGrid::Axis& axis : grid.axes) {
    json labels = json::array(), texts = json::array();
    for (const AxisValue& value : axis.values) {
      labels.push_back(axis_label(value));
      texts.push_back(value ? to_text(*value) : "default");
    }
    axes.push_back({{"name", axis_name(axis)},
                    {"path", axis.path},
                    {"labels", std::move(labels)},
                    {"texts", std::move(texts)}});
  }
  if (grid.spec.listed.empty()) return axes;
  json labels = json::array();
  for (std::size_t i = 0; i < grid.cells(); ++i) {
    const bool has_name = i < job_names.size() && !job_names[i].empty();
    labels.push_back(has_name ? job_names[i] : std::to_string(i + 1));
  }
  axes.push_back({{"name", job_names.empty() ? "Job" : "Preset"}, {"path", ""}, {"labels", labels}, {"texts", labels}});
  return axes;
}

// What is equal in all cells: name and text of each parameter.
json params_of(const SweepGrid& grid, const Catalogue& catalogue) {
  json params = json::array();
  for (const JobParam& param : job_params(catalogue)) {
    const auto& axes = grid.axes;
    const bool is_axis = std::any_of(
        axes.begin(), axes.end(), [&](const auto& axis) { return axis.path == param.path; });
    if (!is_axis)
      params.push_back({axis_name({param.spec, param.path, {}}),
                        text_of(value_of(grid.spec.base, catalogue, param.path))});
  }
  return params;
}

// For listed jobs: in what each differs from the base.
json jobs_of(const SweepGrid& grid, const Catalogue& catalogue) {
  json jobs = json::array();
  const auto params = job_params(catalogue);
  for (const GenerationRequest& job : grid.spec.listed) {
    json changes = json::array();
    for (std::size_t i = 0; i < params.size(); ++i) {
      const AxisValue value = value_of(job, catalogue, params[i].path);
      if (value != value_of(grid.spec.base, catalogue, params[i].path))
        changes.push_back({i, value ? to_text(*value) : "default"});
    }
    jobs.push_back(std::move(changes));
  }
  return jobs;
}

json pictures_of(const SweepFolder& folder) {
  json pictures = json::array();
  for (const CellResult& result : folder.pictures) {
    pictures.push_back({static_cast<int>(result.state),
                        as_address(picture_file(&result)),
                        rounded(result.seconds),
                        rounded(result.guidance_norm),
                        rounded(result.twin_distance),
                        rounded(result.row_evaluations),
                        result.made,
                        result.error});
  }
  return pictures;
}

json indices(const std::vector<int>& all, std::size_t cells) {
  json list = json::array();
  for (std::size_t i = 0; i < cells; ++i) list.push_back(i < all.size() ? all[i] : -1);
  return list;
}

std::string title_of(const SweepGrid& grid) {
  std::string title;
  for (const SweepGrid::Axis& axis : grid.axes) {
    const std::string_view name =
        axis.spec == nullptr ? std::string_view(axis.path) : axis.spec->label;
    title.append(title.empty() ? "" : " \xC3\x97 ").append(name);
  }
  if (title.empty())
    title = grid.spec.listed.empty() ? "One picture" : std::to_string(grid.cells()) + " jobs";
  const bool has_prompt_axis = std::any_of(
      grid.axes.begin(), grid.axes.end(), [](const auto& axis) { return axis.path == "prompt"; });
  const std::string& prompt = grid.spec.base.prompts.front();
  return has_prompt_axis || prompt.empty()
             ? title
             : title + " \xE2\x80\x93 " + prompt.substr(0, prompt.find('\n'));
}

double aspect_of(const SweepFolder& folder) {
  for (const CellResult& result : folder.pictures) {
    if (const auto size = picture_size(folder, &result))
      return static_cast<double>(size->width_px) / size->height_px;
  }
  return 1;
}

// Inside a script element "</script" and "<!--" would end or change it.
std::string safe_in_script(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe.push_back(c);
    }
  }
  return safe;
}

}  // namespace

Result<void> export_html(const SweepFolder& folder,
                         const Catalogue& catalogue,
                         const ExportOptions& options,
                         const KeepGoing& keep_going) {
  const SweepGrid& grid = *folder.grid;
  const int axes = grid.spec.listed.empty() ? static_cast<int>(grid.axes.size()) : 1;
  const int across = options.across == 0 && axes == 0 ? -1 : options.across;
  const int down = options.down == 1 && axes < 2 ? -1 : options.down;
  if (across < -1 || across >= axes) return no_such_axis(grid, "the axis across", across);
  if (down < -1 || down >= axes) return no_such_axis(grid, "the axis down", down);
  if (across >= 0 && across == down) {
    return Error{ErrorCode::InvalidArgument,
                 "axis " + std::to_string(across) +
                     " is asked for both across and down, but can be shown only once"};
  }
  if (!keep_going(0)) return export_stopped(options.path);
  json data = {{"title", title_of(grid)},
               {"prefix", prefix_of(folder.folder, options.path)},
               {"aspect", aspect_of(folder)},
               {"x", across},
               {"y", down},
               {"axes", axes_of(grid, options.job_names)},
               {"params", params_of(grid, catalogue)},
               {"of", indices(folder.picture_of_cell, grid.cells())},
               {"twins", indices(folder.twin_of_cell, grid.cells())},
               {"pictures", pictures_of(folder)}};
  if (!grid.spec.listed.empty()) data["jobs"] = jobs_of(grid, catalogue);
  if (!keep_going(0.5)) return export_stopped(options.path);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"SEG Studio " STUDIO_VERSION
      "\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src * data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>Sweep</title>\n<style>\n";
  page.append(kPageCss).append("</style>\n</head>\n<body>\n").append(kPageHtml);
  page.append("<script id=\"data\" type=\"application/json\">");
  page.append(safe_in_script(data.dump(-1, ' ', false, json::error_handler_t::replace)));
  page.append("</script>\n<script>\n").append(kPageJs).append("</script>\n</body>\n</html>\n");
  if (!keep_going(1)) return export_stopped(options.path);
  return write_file(options.path, page);
}

}  // namespace studio
