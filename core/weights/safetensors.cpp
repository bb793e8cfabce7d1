// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tensors in a mapped safetensors file, and writing such files.
#include "core/weights/safetensors.h"

#include "core/base/check.h"
#include "core/base/guard.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include <unordered_set>

namespace studio {

Result<std::shared_ptr<const SafetensorsFile>> SafetensorsFile::open(const std::string& path) {
  return to_result([&]() -> Result<std::shared_ptr<const SafetensorsFile>> {
    auto mapped = MappedFile::open(path);
    if (!mapped) return mapped.error();
    auto header = parse_safetensors(mapped.value()->bytes(), path);
    if (!header) return header.error();
    std::shared_ptr<SafetensorsFile> file(new SafetensorsFile);
    file->path_ = path;
    file->file_ = std::move(mapped).value();
    file->header_ = std::move(header).value();
    file->index_.reserve(file->header_.entries.size());
    for (std::size_t i = 0; i < file->header_.entries.size(); ++i) {
      file->index_.emplace(file->header_.entries[i].name, i);
    }
    return std::shared_ptr<const SafetensorsFile>(std::move(file));
  });
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &header_.entries[found->second];
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
  const SafetensorsEntry* const entry = find(name);
  STUDIO_CHECK(entry != nullptr, path_, " has no tensor ", name);
  const c10::InferenceMode normal_tensors(false);
  const auto options = at::TensorOptions().dtype(entry->dtype);
  if (entry->elements == 0) return at::empty(entry->shape, options);
  const std::uint8_t* const start = file_->bytes().data() + entry->begin;
  if (reinterpret_cast<std::uintptr_t>(start) % c10::elementSize(entry->dtype) != 0) {
    at::Tensor copy = at::empty(entry->shape, options);
    std::memcpy(copy.data_ptr(), start, entry->end - entry->begin);
    return copy;
  }
  return at::from_blob(
      const_cast<std::uint8_t*>(start),
      entry->shape,
      [self = shared_from_this()](void*) mutable { self.reset(); },
      options);
}

Result<void> write_tensors(const std::string& path,
                           const std::vector<TensorToWrite>& tensors,
                           const std::map<std::string, std::string>& metadata,
                           const std::function<void(double fraction)>& progress) {
  return to_result([&]() -> Result<void> {
    // Ordered, because readers list tensors as the header does.
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::unordered_set<std::string> names;
    std::int64_t offset = 0;
    for (const TensorToWrite& tensor : tensors) {
      const std::string_view dtype = safetensors_dtype(tensor.dtype);
      if (dtype.empty() || tensor.name == "__metadata__" || !names.insert(tensor.name).second) {
        return file_error(
            ErrorCode::InvalidArgument,
            path,
            "tensor \"" + tensor.name + "\" cannot be written: " +
                (dtype.empty() ? "its dtype has no name in the format" : "its name is taken"));
      }
      const auto bytes = c10::multiply_integers(tensor.shape) *
                         static_cast<std::int64_t>(c10::elementSize(tensor.dtype));
      header[tensor.name] = {{"dtype", dtype},
                             {"shape", tensor.shape},
                             {"data_offsets", {offset, offset + bytes}}};
      offset += bytes;
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');  // keeps the first tensor aligned

    auto file = AtomicFile::create(path);
    if (!file) return file.error();
    std::uint8_t length[8];
    for (int i = 0; i < 8; ++i) length[i] = static_cast<std::uint8_t>(text.size() >> (8 * i));
    if (auto done = file.value()->write(length, sizeof length); !done) return done;
    if (auto done = file.value()->write(text); !done) return done;
    std::int64_t written = 0;
    for (const TensorToWrite& tensor : tensors) {
      const at::Tensor plain = tensor.read().detach().to(at::kCPU, tensor.dtype).contiguous();
      STUDIO_CHECK(plain.sizes() == at::IntArrayRef(tensor.shape), tensor.name, " is ", plain.sizes());
      if (auto done = file.value()->write(plain.const_data_ptr(), plain.nbytes()); !done) return done;
      written += static_cast<std::int64_t>(plain.nbytes());
      progress(offset > 0 ? static_cast<double>(written) / static_cast<double>(offset) : 1.0);
    }
    return file.value()->commit();
  });
}

Result<void> write_safetensors(const std::string& path,
                               const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  return to_result([&] {
    std::vector<TensorToWrite> all;
    for (const auto& [name, tensor] : tensors) {
      STUDIO_CHECK(tensor.defined(), name, " is not defined");
      all.push_back({name, tensor.scalar_type(), tensor.sizes().vec(), [&tensor = tensor] { return tensor; }});
    }
    return write_tensors(path, all, metadata, [](double) {});
  });
}

}  // namespace studio
