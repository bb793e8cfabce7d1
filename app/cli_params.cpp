// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli params: every parameter of a job, from the one declaration of it.
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "app/cli_json.h"

#include <iomanip>
#include <iostream>
#include <string>

namespace studio::cli {
namespace {

const char* kind_name(ParamKind kind) {
  switch (kind) {
    case ParamKind::Real:
      return "real";
    case ParamKind::Integer:
      return "integer";
    case ParamKind::Flag:
      return "flag";
    case ParamKind::Choice:
      return "choice";
    case ParamKind::Text:
      break;
  }
  return "text";
}

std::string value_json(const ParamValue& value) {
  struct Writer {
    std::string operator()(double number) const { return json_number(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::string& text) const { return json_string(text); }
  };
  return std::visit(Writer{}, value);
}

// What a job has when it says nothing: absent where that means something of its own.
std::string default_text(const ParamSpec& spec) {
  if (!spec.absent_means.empty()) return "absent";
  const std::string text = to_text(spec.initial);
  return text.empty() ? "empty" : text;
}

std::string param_json(const JobParam& param) {
  const ParamSpec& spec = *param.spec;
  JsonObject json;
  json.text("path", param.path).text("flag", flag_of(param.path)).text("group", param.card->id);
  json.text("label", spec.label).text("unit", spec.unit).text("doc", spec.doc);
  json.text("kind", kind_name(spec.kind));
  json.raw("default", spec.absent_means.empty() ? value_json(spec.initial) : "null");
  if (spec.neutral) json.raw("neutral", value_json(*spec.neutral));
  if (spec.kind == ParamKind::Real || spec.kind == ParamKind::Integer) {
    json.number("min", spec.min).number("max", spec.max).number("step", spec.step);
    json.flag("min_is_excluded", spec.min_is_excluded).flag("has_infinity", spec.has_infinity);
  }
  if (!spec.choices.empty()) {
    json.texts("choices", std::vector<std::string>(spec.choices.begin(), spec.choices.end()));
  }
  if (!spec.absent_means.empty()) json.text("absent_means", spec.absent_means);
  return json.text("allowed", allowed_values(spec)).str();
}

void print_json(const std::vector<JobParam>& params) {
  std::cout << "[\n";
  for (std::size_t i = 0; i < params.size(); ++i) {
    std::cout << "  " << param_json(params[i]) << (i + 1 < params.size() ? ",\n" : "\n");
  }
  std::cout << "]" << std::endl;
}

// A "|" would end the table's cell.
std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

void print_markdown(const std::vector<JobParam>& params) {
  std::cout << "| parameter | flag | default | allowed | what it does |\n|---|---|---|---|---|\n";
  for (const JobParam& param : params) {
    std::cout << "| `" << param.path << "` | `" << flag_of(param.path) << "` | "
              << in_cell(default_text(*param.spec)) << " | " << in_cell(allowed_values(*param.spec))
              << " | " << in_cell(param.spec->doc) << " |\n";
  }
  std::cout << std::flush;
}

void print_table(const std::vector<JobParam>& params) {
  for (const JobParam& param : params) {
    std::cout << std::left << std::setw(24) << param.path << " " << flag_of(param.path) << "\n    "
              << param.spec->doc << "\n    " << allowed_values(*param.spec) << "; default "
              << default_text(*param.spec) << "\n";
  }
  std::cout << std::flush;
}

}  // namespace

int run_params(const Arguments& arguments) {
  const std::vector<JobParam> params = job_params(catalogue());
  switch (arguments.params_format) {
    case ParamsFormat::Json:
      print_json(params);
      break;
    case ParamsFormat::Markdown:
      print_markdown(params);
      break;
    case ParamsFormat::Table:
      print_table(params);
      break;
  }
  return kDone;
}

}  // namespace studio::cli
