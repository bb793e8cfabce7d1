// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job brings along in files: the picture it starts from with its mask, and the ControlNet with the
// picture that this one sees. Read and encoded once for jobs that have them in common.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/api/control_params.h"
#include "core/api/request.h"
#include "core/api/start_params.h"
#include "core/pipeline/denoise.h"

namespace studio {

struct SdxlModel;

// Where a run starts when not from noise alone. Tensors are fp32; those of pixels on the CPU, the others on
// the model's device.
struct StartPicture {
  int first_step = 0;        // steps before it are left out; with all of them the picture itself is decoded
  at::Tensor picture;        // [1,3,H,W] in [0,1], at the job's size
  at::Tensor clean_latents;  // [1,4,h,w], scaled: the mean of the autoencoder's distribution
  at::Tensor repaint;        // [1,1,h,w], true where latents are painted anew; undefined: everywhere
  at::Tensor paste_weights;  // [1,1,H,W]: 1 takes the new pixel, 0 the picture's; undefined with `repaint`
};

struct Attachments {
  std::optional<StartPicture> start;
  std::optional<ControlUse> control;
};

struct AttachmentCallbacks {
  std::function<void()> checkpoint = [] {};                // may throw StopRequested
  std::function<void(double)> on_loading = [](double) {};  // a ControlNet's weights; may throw StopRequested
};

// Threads: one at a time.
class AttachmentShelf {
 public:
  // For a resolved job. Files that did not change since are not read again.
  // Errors: Io or BadFile for a picture that cannot be read, ModelUnloadable for a ControlNet, each naming the
  // parameter or the file; InvalidArgument; OutOfMemory. Throws what the callbacks throw, and tensor errors.
  Result<Attachments> get(const GenerationRequest& resolved, const SdxlModel& model, const AttachmentCallbacks& callbacks);

 private:
  template <class Value>
  class Recent {
   public:
    const Value* find(const std::string& key);
    void add(const std::string& key, Value value, std::size_t most);

   private:
    std::list<std::pair<std::string, Value>> kept_;  // latest first
  };

  Result<StartPicture> start(const StartSettings& settings, const GenerationRequest& resolved, const SdxlModel& model);
  Result<ControlUse> control(const ControlSettings& settings, const GenerationRequest& resolved, const SdxlModel& model,
                             const AttachmentCallbacks& callbacks);
  Result<std::shared_ptr<const ControlNet>> net(const std::string& path, const SdxlModel& model, const AttachmentCallbacks& callbacks);

  static constexpr std::size_t kPictures = 8;
  static constexpr std::size_t kNets = 1;  // gigabytes each
  Recent<StartPicture> starts_;
  Recent<at::Tensor> maps_;
  Recent<std::shared_ptr<const ControlNet>> nets_;
};

}  // namespace studio
