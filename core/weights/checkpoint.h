// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The weights of one part of a model, taken by name. Missing, misshapen and unknown tensors are
// collected and reported together; nothing is skipped silently.
#pragma once

#include "core/api/engine.h"
#include "core/api/result.h"
#include "core/weights/safetensors.h"
#include "core/weights/tensor_hash.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace studio {

// A tensor that a part can offer. `read` may look into a mapped file; the source copies from it.
struct SourceTensor {
  std::string name;
  std::string dtype_text;
  std::vector<std::int64_t> shape;
  std::int64_t bytes = 0;  // in the file
  std::function<at::Tensor()> read;
  std::string file = {};  // where it is, for messages; "" when it is in no file
};

// Where the weights of a diffusers folder are: one file, or the shards of an index.
// Errors: ModelUnloadable when there are none, or only in a format that can run code. Blocks.
Result<std::vector<std::string>> find_weight_files(const std::string& folder);

// Threads: one at a time.
class TensorSource {
 public:
  // `part` is for messages and reports: "unet". Tensors are converted to dtype and device when
  // taken. `rename` gives each tensor the name it is taken by. Errors: ModelUnloadable. Blocks.
  static Result<TensorSource> open_folder(const std::string& folder,
                                          std::string part,
                                          at::ScalarType dtype,
                                          at::Device device = at::kCPU,
                                          std::string (*rename)(std::string_view) = nullptr);
  // From given tensors, such as one part of a single-file checkpoint under diffusers names. `files`
  // are those that release_pages() may be told of.
  TensorSource(std::string part,
               std::string path,
               std::vector<SourceTensor> tensors,
               std::vector<std::shared_ptr<const SafetensorsFile>> files,
               at::ScalarType dtype,
               at::Device device);

  bool has(std::string_view name) const;
  // The shape in the file, for sizes that no configuration tells; nullptr when missing.
  const std::vector<std::int64_t>* shape_of(std::string_view name) const;

  // A contiguous copy of the tensor in the source's dtype (or `dtype`) on its device; on the meta device
  // nothing is read, which is how a model is looked at without loading it. When it is
  // missing, has another shape or holds whole numbers this is noted for finish(), and zeros of that
  // shape (without memory of their own) come back, so that loading can go on to find every problem.
  // Errors: throws c10::Error when there is no memory; std::runtime_error with finish()'s message when
  // more is missing than a file of this size could leave out.
  at::Tensor take(std::string_view name,
                  at::IntArrayRef shape,
                  std::optional<at::ScalarType> dtype = {});
  // A key that this program has no use for and that may be there.
  void ignore(std::string_view name);

  // Called before each tensor with the fraction of bytes taken so far; may throw StopRequested.
  void set_progress(std::function<void(double fraction)> progress) {
    progress_ = std::move(progress);
  }

  // How a tensor is called in messages: a single file has names of its own.
  void set_shown_names(std::function<std::string(std::string_view)> shown) { shown_ = std::move(shown); }
  std::string shown(std::string_view name) const { return shown_ ? shown_(name) : std::string(name); }
  // Every tensor of the part, in no particular order.
  std::vector<SourceTensor> tensors() const;
  const std::string& path() const { return path_; }
  // Those that its tensors lie in.
  std::vector<std::string> files() const;
  // Lets the system take back what was read of the files.
  void release_pages() const;

  // Adds names, dtypes, shapes and bytes of all tensors, in order of name, until keep_going() says no. Call
  // before finish(). Threads: may run beside take() of the same source.
  void hash_into(TensorHash& hash, const std::function<bool()>& keep_going = [] { return true; }) const;

  // Call after the last take(). Drops the file's pages from memory.
  // Errors: ModelUnloadable listing missing, misshapen and unknown tensors.
  Result<void> finish();

  // What was found and, after finish(), what was wrong.
  ModelPart summary() const;

 private:
  struct Slot {
    SourceTensor tensor;
    bool used = false;
  };
  at::Tensor substitute(at::IntArrayRef shape, const at::TensorOptions& options);
  std::string problems() const;

  std::string part_, path_;
  std::vector<Slot> slots_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<std::shared_ptr<const SafetensorsFile>> files_;
  at::ScalarType dtype_;
  at::Device device_;
  std::int64_t bytes_total_ = 0, bytes_taken_ = 0, bytes_at_release_ = 0;
  double substituted_ = 0;  // elements of tensors that are not there
  std::vector<std::string> missing_, misshapen_, mistyped_, unknown_;
  std::function<void(double)> progress_;
  std::function<std::string(std::string_view)> shown_;
};

// The tensors of a file under their own names.
std::vector<SourceTensor> tensors_of(const std::shared_ptr<const SafetensorsFile>& file);

}  // namespace studio
