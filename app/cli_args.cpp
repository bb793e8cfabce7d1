// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Flags, help and the values they set.
#include "app/cli_args.h"

#include "app/cli_exit.h"
#include "app/cli_json.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>
#include <utility>

namespace studio::cli {
namespace {

constexpr std::string_view kGuidance = "guidance.";
constexpr std::array<std::string_view, 6> kCommands{"generate", "sweep", "info", "params", "check", "convert"};

// Parameter flags by path; CLI11 keeps what was given for each.
using ParamFlags = std::vector<std::pair<std::string, CLI::Option*>>;

void add_engine_options(CLI::App& app, Arguments& arguments) {
  static const std::map<std::string, Precision> kPrecisions{{"auto", Precision::Auto},
                                                            {"fp32", Precision::Float32},
                                                            {"bf16", Precision::BFloat16},
                                                            {"fp16", Precision::Float16}};
  app.add_option("--device", arguments.engine.device, "auto, cpu or cuda:N; several with commas share a sweep")->group("Running");
  app.add_option("--dtype", arguments.engine.precision, "Arithmetic: auto, fp32, bf16 or fp16")
      ->transform(CLI::CheckedTransformer(kPrecisions))
      ->option_text("NAME")
      ->group("Running");
  app.add_option("--threads", arguments.engine.threads, "CPU threads; 0: one a physical core")
      ->check(CLI::Range(0, 1024))
      ->option_text("N")
      ->group("Running");
  static const std::map<std::string, MemoryMode> kModes = [] {
    std::map<std::string, MemoryMode> modes;
    for (const MemoryModeName& name : kMemoryModes) modes.emplace(name.id, name.mode);
    return modes;
  }();
  app.add_option("--memory",
                 arguments.engine.memory,
                 "How a model shares a GPU's memory: auto, resident (all of it stays there), 8gb (its parts take turns) "
                 "or 6gb (it comes in pieces)")
      ->transform(CLI::CheckedTransformer(kModes))
      ->option_text("MODE")
      ->group("Running");
  app.add_option("--resources",
                 arguments.engine.resources_path,
                 "Folder with models/, tokenizers/ and presets/; default: the program's own")
      ->group("Running");
}

std::string help_of(const JobParam& param) {
  std::string text(param.spec->doc);
  text += " (" + allowed_values(*param.spec);
  if (param.spec->absent_means.empty()) {
    const std::string initial = to_text(param.spec->initial);
    text += "; default " + (initial.empty() ? std::string("empty") : initial);
  }
  return text + ")";
}

// What runs jobs has: their parameters, how to run, what to show meanwhile.
void add_job_options(CLI::App& app,
                     const Catalogue& catalogue,
                     Arguments& arguments,
                     std::vector<std::string>& sets,
                     ParamFlags& flags) {
  static const std::map<std::string, ProgressStyle> kStyles{
      {"bar", ProgressStyle::Bar}, {"json", ProgressStyle::Json}, {"none", ProgressStyle::None}};
  app.add_option("--set", sets, "Set one parameter by its path, e.g. guidance.seg.sigma=2")
      ->option_text("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->group("Job");
  app.add_option("--progress", arguments.progress, "bar, json or none")
      ->transform(CLI::CheckedTransformer(kStyles))
      ->option_text("STYLE")
      ->group("Running");
  app.add_flag_callback(
         "--exact-rows",
         [&arguments] { arguments.sharing = RowSharing::Exact; },
         "Run every row whole, as the authors' program does; slower")
      ->group("Running");
  add_engine_options(app, arguments);
  for (const JobParam& param : job_params(catalogue)) {
    CLI::Option* option = app.add_option(flag_of(param.path), CLI::callback_t(), help_of(param));
    option->option_text(param.spec->unit.empty() ? "VALUE" : std::string(param.spec->unit));
    option->multi_option_policy(param.path == "prompt" ? CLI::MultiOptionPolicy::TakeAll
                                                       : CLI::MultiOptionPolicy::Throw);
    option->allow_extra_args(false);
    option->group(param.path.starts_with(kGuidance) ? "Guidance" : "Parameters of the job");
    flags.emplace_back(param.path, option);
  }
}

void add_generate(CLI::App& app, Arguments& arguments) {
  app.add_option("--job",
                 arguments.job_path,
                 "Job to start from: a .json file, or a PNG made by SEG Studio")
      ->option_text("FILE")
      ->group("Job");
  app.add_option(
         "--out", arguments.out_path, "PNG to write; a batch writes OUT-0.png, OUT-1.png, ...")
      ->option_text("OUT.png")
      ->capture_default_str()
      ->group("Files");
  app.add_flag("--twin",
               arguments.with_twin,
               "Also write the unguided twin (OUT-twin.png) and both side by side (OUT-side.png)")
      ->group("Files");
  app.add_option(
         "--dump", arguments.dump_path, "Write latents of every step, embeddings and image there")
      ->option_text("FILE.safetensors")
      ->group("Files");
  app.add_option("--latents-in", arguments.latents_path, "Take the starting noise from this file")
      ->option_text("FILE.safetensors")
      ->group("Files");
}

void add_previews(CLI::App& app, Arguments& arguments) {
  static const std::map<std::string, PreviewMethod> kMethods = [] {
    std::map<std::string, PreviewMethod> methods;
    for (const PreviewMethodName& name : kPreviewMethods) methods.emplace(name.id, name.method);
    return methods;
  }();
  CLI::Option* out = app.add_option("--preview-out",
                                    arguments.preview_path,
                                    "PNG to write the forming picture to, again and again; without it there are no previews")
                         ->option_text("FORMING.png")
                         ->group("Previews");
  app.add_option("--preview-method",
                 arguments.preview.method,
                 "auto (the best within the budget), rgb (rough colours), taesd (the tiny decoder of --preview-decoder) "
                 "or vae (the model's own decoder)")
      ->transform(CLI::CheckedTransformer(kMethods))
      ->option_text("NAME")
      ->needs(out)
      ->group("Previews");
  app.add_option("--preview-decoder", arguments.preview.decoder_path, "A TAESDXL decoder for previews")
      ->option_text("FILE.safetensors")
      ->needs(out)
      ->group("Previews");
  app.add_option("--preview-budget", arguments.preview_percent, "Percent of the run's time that previews may take; 100: one a step")
      ->check(CLI::Range(0, 100))
      ->option_text("PERCENT")
      ->capture_default_str()
      ->needs(out)
      ->group("Previews");
}

constexpr const char* kModelHelp = "A bundled name, a diffusers folder or a .safetensors file";

void add_convert(CLI::App& app, Arguments& arguments) {
  app.add_option("MODEL", arguments.model, kModelHelp)->required();
  app.add_option("OUT", arguments.convert_out, "A new file ending in .safetensors, or a new folder")->required();
  app.add_option("--dtype", arguments.convert_dtype, "Numbers of the new files: keep, fp32, fp16 or bf16")
      ->check(CLI::IsMember({"keep", "fp32", "fp16", "bf16"}))
      ->option_text("NAME")
      ->capture_default_str();
  app.add_option("--resources", arguments.engine.resources_path, "Folder with models/, tokenizers/ and presets/; default: the program's own");
}

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--progress=json") return true;
    if (argument == "--progress" && i + 1 < argc && std::string_view(argv[i + 1]) == "json")
      return true;
  }
  return false;
}

Parsed misuse(const std::string& message, bool as_json) {
  if (as_json) {
    std::cout << JsonObject()
                     .text("event", "failed")
                     .text("code", error_code_name(ErrorCode::InvalidArgument))
                     .text("message", message)
                     .str()
              << std::endl;
  }
  std::cerr << "seg-cli: " << message
            << "\nseg-cli --help, seg-cli generate --help and seg-cli sweep --help list what there is" << std::endl;
  return {.arguments = {}, .is_done = true, .exit_status = kWrongUsage};
}

// Splits KEY=VALUE at the first "="; values may hold more of them.
std::optional<Setting> split_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  return Setting{text.substr(0, equals), text.substr(equals + 1)};
}

// A path as typed may leave out "guidance."; no key outside of guidance has a dot.
const JobParam* find_param(const std::vector<JobParam>& params, const std::string& key) {
  for (const std::string& path : {key, std::string(kGuidance) + key}) {
    const auto found = std::find_if(
        params.begin(), params.end(), [&](const JobParam& param) { return param.path == path; });
    if (found != params.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

std::string flag_of(std::string_view path) {
  if (path.starts_with(kGuidance)) path.remove_prefix(kGuidance.size());
  std::string flag = "--" + std::string(path);
  std::replace_if(
      flag.begin(), flag.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return flag;
}

Parsed parse_command_line(int argc, const char* const* argv, const Catalogue& catalogue) {
  const bool as_json = asks_for_json(argc, argv);
  if (argc > 1 && argv[1][0] != '-' &&
      std::find(kCommands.begin(), kCommands.end(), argv[1]) == kCommands.end()) {
    return misuse("\"" + std::string(argv[1]) +
                      "\" is not a command; the commands are generate, sweep, info, params, check and convert",
                  as_json);
  }
  Parsed parsed;
  std::vector<std::string> sets;
  ParamFlags flags;
  CLI::App app("Pictures from SDXL models with smoothed energy guidance", "seg-cli");
  app.set_version_flag("--version", STUDIO_VERSION);
  app.require_subcommand(1);
  CLI::App* generate = app.add_subcommand("generate", "Make one picture, or a batch");
  add_generate(*generate, parsed.arguments);
  add_previews(*generate, parsed.arguments);
  CLI::App* sweep = app.add_subcommand("sweep", "Make a picture for every combination of values, in a folder");
  add_sweep_options(*sweep, parsed.arguments.sweep);
  for (CLI::App* command : {generate, sweep}) {
    add_job_options(*command, catalogue, parsed.arguments, sets, flags);
  }
  CLI::App* info = app.add_subcommand("info", "Parts of a model, and what is missing or unknown");
  CLI::App* params = app.add_subcommand("params", "Every parameter of a job");
  CLI::App* check = app.add_subcommand("check", "Load every tensor of a model and run one step");
  for (CLI::App* command : {info, check}) {
    command->add_option("MODEL", parsed.arguments.model, kModelHelp)->required();
    add_engine_options(*command, parsed.arguments);
  }
  CLI::App* convert = app.add_subcommand("convert", "Write a model as one file, as a folder, or in other numbers");
  add_convert(*convert, parsed.arguments);
  bool as_json_list = false;
  bool as_markdown = false;
  CLI::Option* json = params->add_flag("--json", as_json_list, "As JSON");
  params->add_flag("--markdown", as_markdown, "As a Markdown table")->excludes(json);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    parsed.exit_status = app.exit(asked, std::cout, std::cerr);
    parsed.is_done = true;
    return parsed;
  } catch (const CLI::ParseError& mistake) {
    return misuse(mistake.what(), as_json);
  }
  if (parsed.arguments.preview.method == PreviewMethod::Taesd && parsed.arguments.preview.decoder_path.empty()) {
    return misuse("--preview-method taesd needs --preview-decoder, the file with the tiny decoder", as_json);
  }
  if (sweep->parsed()) {
    parsed.arguments.command = Command::Sweep;
    if (auto fits = check_sweep_options(parsed.arguments.sweep); !fits) return misuse(fits.error().message, as_json);
  }
  if (info->parsed()) parsed.arguments.command = Command::Info;
  if (check->parsed()) parsed.arguments.command = Command::Check;
  if (params->parsed()) parsed.arguments.command = Command::Params;
  if (convert->parsed()) {
    parsed.arguments.command = Command::Convert;
    parsed.arguments.engine.device = "cpu";
  }
  if (as_json_list) parsed.arguments.params_format = ParamsFormat::Json;
  if (as_markdown) parsed.arguments.params_format = ParamsFormat::Markdown;
  for (const std::string& text : sets) {
    auto setting = split_setting(text);
    if (!setting) return misuse("--set takes KEY=VALUE, not \"" + text + "\"", as_json);
    parsed.arguments.settings.push_back(std::move(*setting));
  }
  for (const auto& [path, option] : flags) {
    for (const std::string& text : option->results())
      parsed.arguments.settings.push_back({path, text});
  }
  return parsed;
}

Result<void> apply_settings(GenerationRequest& request,
                            const Catalogue& catalogue,
                            const std::vector<Setting>& settings) {
  const std::vector<JobParam> params = job_params(catalogue);
  std::vector<std::string> prompts;
  for (const Setting& setting : settings) {
    const JobParam* param = find_param(params, setting.key);
    // set() knows the nearest name to an unknown one.
    if (param == nullptr) return set(request, catalogue, setting.key, ParamValue(setting.text));
    if (param->path == "prompt") {
      request.prompts = {""};
      if (auto done = set(request, catalogue, param->path, ParamValue(setting.text)); !done)
        return done;
      prompts.push_back(setting.text);
      continue;
    }
    std::optional<ParamValue> value;
    if (param->spec->absent_means.empty() || setting.text != "null") {
      auto read = parse_value(*param->spec, param->path, setting.text);
      if (!read) return read.error();
      value = std::move(read).value();
    }
    if (auto done = set(request, catalogue, param->path, value); !done) return done;
  }
  if (!prompts.empty()) request.prompts = std::move(prompts);
  return {};
}

}  // namespace studio::cli
