// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Kinds of evaluation, what is copied in before a run, and which recordings are kept.
#include "core/model/unet_graphs.h"

#include "core/base/check.h"
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/model/recordings.h"
#include "core/model/unet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace studio {
namespace {

constexpr std::size_t kMostRecordings = 6;

std::string kind_of(const UnetInput& input, const Conditioning& conditioning) {
  std::ostringstream kind;
  kind << input.latents.sizes() << input.latents.scalar_type() << ' ' << input.share_rows << input.fp8 << ' ' << conditioning.tokens();
  std::map<const AttentionEdit*, int> numbers;
  for (const UnetRow& row : input.rows) {
    kind << "; " << row.text << (conditioning.text_is_zero()[row.text] ? " zero" : "");
    if (row.edit == nullptr) continue;
    const int number = numbers.emplace(row.edit.get(), static_cast<int>(numbers.size())).first->second;
    kind << " edit " << number << ' ' << row.edit->kind() << ' ' << row.layers.key();
  }
  return kind.str();
}

}  // namespace

namespace {

// The device may be at a recording, as a step is asked for while the last one runs, or its job was stopped; then its
// memory may not go. What is wrong with the device shows where it is used next.
void wait_to_let_go(c10::Device device) {
  (void)to_result([&]() -> Result<void> {
    wait_for_device(device);
    return {};
  });
}

// Those that live. Never destroyed: models may outlive it at the end of the program.
struct All {
  std::mutex mutex;
  std::set<UnetGraphs*> graphs;
};
All& all() {
  static All& them = *new All;
  return them;
}

}  // namespace

bool forget_recordings(c10::Device device) {
  const std::lock_guard lock(all().mutex);
  bool were_any = false;
  for (UnetGraphs* graphs : all().graphs) {
    if (graphs->device() == device && graphs->forget()) were_any = true;
  }
  if (were_any) release_unused_memory(device);
  return were_any;
}

struct UnetGraphs::Recording {
  std::string kind;
  at::Tensor latents, output;
  std::vector<UnetRow> rows;
  std::vector<std::shared_ptr<AttentionEdit>> edits;  // of the rows that have one
  std::unique_ptr<Conditioning> conditioning;
  std::unique_ptr<gpu::Graph> graph;
  std::int64_t flops = 0;
  bool fp8 = false, has_failed = false;

  Recording(std::string its_kind, const UnetInput& input, Conditioning& theirs) : kind(std::move(its_kind)) {
    const NormalTensors guard;
    latents = input.latents.clone();
    fp8 = input.fp8;
    conditioning = theirs.follower(input.step);
    std::map<const AttentionEdit*, std::shared_ptr<AttentionEdit>> followers;
    for (UnetRow row : input.rows) {
      if (row.edit != nullptr) {
        auto& follower = followers[row.edit.get()];
        if (follower == nullptr) follower = row.edit->follower();
        row.edit = follower;
        edits.push_back(follower);
      }
      rows.push_back(std::move(row));
    }
  }

  void follow(const UnetInput& input, Conditioning& theirs) {
    latents.copy_(input.latents);
    conditioning->follow(theirs, input.step);
    std::size_t next = 0;
    for (const UnetRow& row : input.rows) {
      if (row.edit != nullptr) edits[next++]->follow(*row.edit);
    }
  }

  UnetInput input(bool share_rows) const { return {.latents = latents, .step = 0, .rows = rows, .share_rows = share_rows, .fp8 = fp8}; }
};

// Takes a recording whose tables may be in part only out again, unless it is kept.
class UnetGraphs::FrontIsDropped {
 public:
  explicit FrontIsDropped(std::list<std::unique_ptr<Recording>>& recordings) : recordings_(recordings) {}
  ~FrontIsDropped() {
    if (is_kept_) return;
    if (recordings_.front()->graph != nullptr) wait_to_let_go(recordings_.front()->latents.device());
    recordings_.pop_front();
  }
  FrontIsDropped(const FrontIsDropped&) = delete;
  FrontIsDropped& operator=(const FrontIsDropped&) = delete;
  void keep() const { is_kept_ = true; }

 private:
  std::list<std::unique_ptr<Recording>>& recordings_;
  mutable bool is_kept_ = false;
};

UnetGraphs::UnetGraphs(c10::Device device, std::unique_ptr<gpu::GraphPool> pool, std::int64_t room_bytes)
    : device_(device), room_bytes_(room_bytes), pool_(std::move(pool)) {
  const std::lock_guard lock(all().mutex);
  all().graphs.insert(this);
}
UnetGraphs::~UnetGraphs() {
  {
    const std::lock_guard lock(all().mutex);
    all().graphs.erase(this);
  }
  forget();
}

std::shared_ptr<UnetGraphs> UnetGraphs::make(c10::Device device) {
  auto pool = gpu::make_graph_pool(device);
  return pool == nullptr ? nullptr : std::make_shared<UnetGraphs>(device, std::move(pool));
}

bool UnetGraphs::can_take(const UnetInput& input) {
  const bool is_plain = !wants_gradient(input.latents) && input.control.empty() && input.reused.empty() && input.kept == nullptr && !input.can_stop_inside;
  return is_plain && std::all_of(input.rows.begin(), input.rows.end(), [](const UnetRow& row) {
    return row.observer == nullptr && (row.edit == nullptr || !row.edit->kind().empty());
  });
}

bool UnetGraphs::forget() {
  const std::lock_guard lock(mutex_);
  const bool were_any = !recordings_.empty();
  if (were_any) wait_to_let_go(device_);
  recordings_.clear();
  return were_any;
}

bool UnetGraphs::has_room() const { return device_memory(device_).free_bytes >= room_bytes_; }

at::Tensor UnetGraphs::replay(Recording& recording) {
  recording.graph->replay();
  count_flops(recording.flops);
  // The recording's own memory is written again by the next run, of this recording or another.
  return recording.output.clone();
}

at::Tensor UnetGraphs::run(const UnetInput& input, Conditioning& conditioning, const Evaluate& evaluate) {
  const std::lock_guard lock(mutex_);
  std::string kind = kind_of(input, conditioning);
  const auto known = std::find_if(recordings_.begin(), recordings_.end(), [&](const auto& one) { return one->kind == kind; });
  if (known == recordings_.end()) {
    if (!has_room()) return evaluate(input, conditioning);
    if (recordings_.size() == kMostRecordings) {
      wait_to_let_go(device_);
      recordings_.pop_back();
    }
    recordings_.push_front(std::make_unique<Recording>(std::move(kind), input, conditioning));
    // Through its own tables, so that they are there, and everything is loaded and chosen, when it is recorded.
    const FrontIsDropped unless_whole(recordings_);
    Recording& fresh = *recordings_.front();
    UnetInput own = fresh.input(input.share_rows);
    own.checkpoint = input.checkpoint;
    const at::Tensor predictions = evaluate(own, *fresh.conditioning);
    fresh.conditioning->freeze();
    unless_whole.keep();
    return predictions;
  }
  recordings_.splice(recordings_.begin(), recordings_, known);
  Recording& recording = **known;
  if (recording.has_failed) return evaluate(input, conditioning);
  {
    const FrontIsDropped unless_whole(recordings_);
    recording.follow(input, conditioning);
    recording.conditioning->freeze();
    unless_whole.keep();
  }
  if (recording.graph == nullptr && !(has_room() && record(recording, input, evaluate))) return evaluate(input, conditioning);
  return replay(recording);
}

bool UnetGraphs::record(Recording& recording, const UnetInput& input, const Evaluate& evaluate) {
  const std::int64_t before = flops_done();
  try {
    recording.graph = pool_->capture([&] { recording.output = evaluate(recording.input(input.share_rows), *recording.conditioning); });
  } catch (const CheckError&) {
    throw;
  } catch (const std::exception&) {
    // Whatever it was, the same work can be done without a recording, and says so itself if it cannot.
    recording.has_failed = true;
    recording.output = at::Tensor();
  }
  recording.flops = flops_done() - before;
  count_flops(-recording.flops);
  return recording.graph != nullptr;
}

}  // namespace studio
