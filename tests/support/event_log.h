// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Records what an engine or a queue tells its observer, and checks it against the grammar of
// core/api/event.h.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/api/engine.h"

namespace studio::testing {

template <class Event>
const Event* as(const JobEvent& event) {
  return std::get_if<Event>(&event);
}

inline const char* name_of(const JobEvent& event) {
  constexpr const char* kNames[] = {"Queued",  "Started",  "PhaseChanged", "StepDone",
                                    "Preview", "Finished", "Failed",       "Cancelled",
                                    "SweepStarted", "CellChanged", "Paused", "SweepFinished"};
  static_assert(std::size(kNames) == std::variant_size_v<JobEvent>);
  return kNames[event.index()];
}

// Threads: any.
class EventLog : public JobObserver {
 public:
  // Runs on the worker after the event was recorded. Set before the first event.
  std::function<void(JobId, const JobEvent&)> hook;

  void on_event(JobId job, const JobEvent& event) override {
    {
      const std::lock_guard lock(mutex_);
      check(job, event);
      jobs_[job].push_back(event);
      order_.emplace_back(job, event);
      changed_.notify_all();
    }
    if (hook) hook(job, event);
  }

  // False after a minute without it.
  bool wait_until(const std::function<bool(const std::vector<JobEvent>&)>& holds, JobId job) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return holds(jobs_[job]); });
  }
  bool wait_ended(JobId job) {
    return wait_until([](const auto& events) { return !events.empty() && is_terminal(events.back()); }, job);
  }
  template <class Event>
  bool wait_for(JobId job) {
    return wait_until([](const auto& events) { return !events.empty() && count_in<Event>(events) > 0; }, job);
  }

  std::vector<JobEvent> events(JobId job) const {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(job);
    return found == jobs_.end() ? std::vector<JobEvent>() : found->second;
  }
  std::vector<std::pair<JobId, JobEvent>> all() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  // "Queued Started StepDone Finished"
  std::string story(JobId job) const {
    std::string text;
    for (const JobEvent& event : events(job)) text += (text.empty() ? "" : " ") + std::string(name_of(event));
    return text;
  }
  template <class Event>
  int count(JobId job) const {
    return count_in<Event>(events(job));
  }
  // The job's last event as `Event`, or nothing when it ended differently.
  template <class Event>
  std::optional<Event> last(JobId job) const {
    const auto list = events(job);
    if (list.empty() || as<Event>(list.back()) == nullptr) return std::nullopt;
    return *as<Event>(list.back());
  }
  // What was against the grammar so far, or "".
  std::string mistake() const {
    const std::lock_guard lock(mutex_);
    return mistake_;
  }
  // Of the jobs that were announced, those without a terminal event.
  std::vector<JobId> unended() const {
    const std::lock_guard lock(mutex_);
    std::vector<JobId> result;
    for (const auto& [job, list] : jobs_) {
      if (!list.empty() && !is_terminal(list.back())) result.push_back(job);
    }
    return result;
  }

 private:
  template <class Event>
  static int count_in(const std::vector<JobEvent>& events) {
    int found = 0;
    for (const JobEvent& event : events) found += as<Event>(event) != nullptr ? 1 : 0;
    return found;
  }

  void check(JobId job, const JobEvent& event) {
    const std::vector<JobEvent>& before = jobs_[job];
    const bool is_first = before.empty();
    const bool is_sweep = count_in<SweepStarted>(before) > 0;
    const bool has_started = is_sweep || count_in<Started>(before) > 0;
    const bool has_ended = !is_first && is_terminal(before.back());
    bool fits = !has_ended;
    if (as<Queued>(event)) fits = is_first;
    else if (as<Started>(event) || as<SweepStarted>(event)) fits = fits && !is_first && !has_started;
    else if (as<Cancelled>(event)) fits = fits && !is_first;
    else if (as<CellChanged>(event) || as<SweepFinished>(event)) fits = fits && is_sweep;
    else if (as<Finished>(event)) fits = fits && has_started && !is_sweep;
    else if (as<Failed>(event)) fits = fits && !is_first;  // a sweep may fail before it starts
    else fits = fits && has_started;
    if (worker_ == std::thread::id()) worker_ = std::this_thread::get_id();
    if (!fits) note(job, std::string(name_of(event)) + " does not fit here");
    if (worker_ != std::this_thread::get_id()) note(job, "an event came from another thread");
  }
  void note(JobId job, const std::string& what) {
    if (!mistake_.empty()) return;
    mistake_ = "job " + std::to_string(job) + ": " + what + ", after";
    for (const JobEvent& event : jobs_[job]) mistake_ += std::string(" ") + name_of(event);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<JobId, std::vector<JobEvent>> jobs_;
  std::vector<std::pair<JobId, JobEvent>> order_;
  std::thread::id worker_;
  std::string mistake_;
};

}  // namespace studio::testing
