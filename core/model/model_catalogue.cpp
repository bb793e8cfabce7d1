// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Walking folders, and remembering what was seen in files that stay the same.
#include "core/model/model_catalogue.h"

#include "core/api/utf8.h"
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/hash_cache.h"
#include "core/model/model_layouts.h"
#include "core/model/sdxl_model.h"
#include "core/weights/lora_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

namespace studio {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

bool has_weights_ending(const fs::path& path) {
  constexpr std::array<std::string_view, 5> kEndings{".safetensors", ".ckpt", ".pt", ".pth", ".gguf"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

// A file that the diffusers layout names, which is listed as its folder.
bool is_part_weight(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("diffusion_pytorch_model.") || name.starts_with("diffusion_pytorch_model-") ||
         name == "model.safetensors" || name == "model.fp16.safetensors" || name.starts_with("model-0");
}

class Walk {
 public:
  explicit Walk(std::function<bool()> keep_going) : keep_going_(std::move(keep_going)) {}

  // Errors: Io when the folder itself cannot be read.
  Result<void> into(const std::string& root) {
    std::error_code failed;
    if (fs::is_regular_file(root, failed)) {
      paths.push_back(root);
      return {};
    }
    if (!fs::is_directory(root, failed)) return file_error(ErrorCode::Io, root, "there is no such folder");
    return enter(root, 1);
  }

  std::vector<std::string> paths;  // of what may be a model
  FoundModels result;
  bool is_stopped = false;

 private:
  Result<void> enter(const fs::path& folder, int level) {
    std::error_code failed;
    if (is_stopped || !seen_.insert(fs::canonical(folder, failed).string()).second) return {};
    if (result.folders.size() >= ModelCatalogue::kMostFolders) {
      result.is_cut_off = true;
      return {};
    }
    result.folders.push_back(folder.string());
    if (is_file(folder / "model_index.json")) {
      add(folder);
      return {};
    }
    std::vector<fs::path> files, folders;
    if (auto listed = list(folder, files, folders); !listed) return listed;
    const bool is_part =
        is_file(folder / "config.json") && std::any_of(files.begin(), files.end(), is_part_weight);
    if (is_part) add(folder);
    for (const fs::path& file : files) {
      if (!is_part || !is_part_weight(file)) add(file);
    }
    if (level == ModelCatalogue::kMostLevels) return {};
    for (const fs::path& below : folders)
      (void)enter(below, level + 1);  // one that may not be read is left out
    return {};
  }

  Result<void> list(const fs::path& folder, std::vector<fs::path>& files, std::vector<fs::path>& folders) {
    std::error_code failed, unknown;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      if (!keep_going_()) is_stopped = true;
      if (is_stopped) return {};
      if (entry->path().filename().string().starts_with(".")) continue;
      if (entry->is_directory(unknown))
        folders.push_back(entry->path());
      else if (has_weights_ending(entry->path()) && entry->is_regular_file(unknown))
        files.push_back(entry->path());
    }
    if (failed)
      return file_error(ErrorCode::Io, folder.string(), "the folder cannot be read: " + failed.message());
    std::sort(files.begin(), files.end());
    std::sort(folders.begin(), folders.end());
    return {};
  }

  void add(const fs::path& path) {
    // A job could not name it.
    if (!is_valid_utf8(path.string())) return;
    if (paths.size() < ModelCatalogue::kMostFiles)
      paths.push_back(path.string());
    else
      result.is_cut_off = true;
  }

  const std::function<bool()> keep_going_;
  std::set<std::string> seen_;
};

// Changes whenever a file of it is written, replaced, added or removed.
std::string stamp_of(const std::string& path) {
  std::error_code failed;
  // With the settings that PEFT keeps beside a LoRA.
  if (!fs::is_directory(path, failed))
    return file_stamp(path) + "\n" + file_stamp((fs::path(path).parent_path() / "adapter_config.json").string());
  std::string stamp;
  std::vector<std::string> folders{path};
  if (is_file(fs::path(path) / "model_index.json")) {
    for (const char* part :
         {"scheduler", "tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2", "unet", "vae"})
      folders.push_back((fs::path(path) / part).string());
  }
  for (const std::string& folder : folders) {
    for (const std::string& file : files_in(folder)) stamp += file_stamp(file) + "\n";
  }
  return stamp;
}

}  // namespace

FoundModel ModelCatalogue::look_at(const std::string& path) {
  const std::string stamp = stamp_of(path);
  Known known;
  bool is_known = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(path);
    // What a model lacks may have been put beside it since.
    is_known = found != known_.end() && found->second.stamp == stamp &&
               (found->second.found.usable || found->second.found.kind != FileKind::Model);
    if (is_known) known = found->second;
  }
  if (!is_known) known = {stamp, "", look_at_model(path, resources_)};
  // A file that was written a moment ago has no key yet.
  if (known.hash_key.empty() && known.found.can_hash) known.hash_key = hash_key_of(known.found, resources_);
  {
    const std::lock_guard lock(mutex_);
    if (known_.size() > 2 * kMostFiles) known_.clear();
    known_[path] = known;
  }
  known.found.hash = hashes_.find(known.hash_key);
  return known.found;
}

Result<FoundModels> ModelCatalogue::find(const std::string& folder,
                                         const std::function<bool(const FoundModel*, int, int)>& tell) {
  return to_result([&]() -> Result<FoundModels> {
    Walk walk([&] { return tell(nullptr, 0, 0); });
    if (auto walked = walk.into(folder); !walked) return walked.error();
    const int total = static_cast<int>(walk.paths.size());
    for (int i = 0; i < total && !walk.is_stopped; ++i) {
      const FoundModel found = look_at(walk.paths[static_cast<std::size_t>(i)]);
      walk.is_stopped = !tell(&found, i + 1, total);
    }
    return std::move(walk.result);
  });
}

Result<std::string> ModelCatalogue::hash(const std::string& path,
                                         const std::function<bool(double)>& keep_going) {
  const auto progress = [&](double fraction) {
    if (!keep_going(fraction)) throw StopRequested();
  };
  try {
    return to_result([&]() -> Result<std::string> {
      const FoundModel found = look_at(path);
      if (!found.can_hash) {
        return Error{ErrorCode::ModelUnloadable,
                     found.problem.empty()
                         ? "\"" + path + "\" is not a whole model: its hash would be of what it lacks, too"
                         : found.problem};
      }
      progress(0);
      if (found.kind == FileKind::Lora) {
        auto lora = LoraFile::open(path);
        if (!lora) return lora.error();
        return hash_of_lora(*lora.value(), &hashes_);
      }
      auto files =
          ModelFiles::open(path, {.resources_path = resources_, .vae_path = {}, .text_encoders_path = {}});
      if (!files) return files.error();
      return hash_of_model(files.value(), &hashes_, progress);
    });
  } catch (const StopRequested&) {
    return Error{ErrorCode::Io, "\"" + path + "\" was not hashed: stopped"};
  }
}

}  // namespace studio
