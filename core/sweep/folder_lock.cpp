// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One file ".lock-I-N" a share, locked with flock() while its run lives; a lock on the folder
// itself is the gate that lets one process at a time look and take.
#include "core/sweep/folder_lock.h"

#include "core/io/files.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace studio {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPrefix = ".lock-";

struct Share {
  int number = 0, count = 0;  // 1-based, as in the file's name
  std::string path;
};

std::optional<Share> share_of(const std::string& folder, std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  Share share{0, 0, folder + "/" + std::string(name)};
  const char* const end = name.data() + name.size();
  const auto first = std::from_chars(name.data() + kPrefix.size(), end, share.number);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, share.count);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return share;
}

std::vector<Share> shares_in(const std::string& folder) {
  std::vector<Share> shares;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  if (!entries) return shares;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (auto share = share_of(folder, entry->d_name)) shares.push_back(std::move(*share));
  }
  return shares;
}

enum class Taking { Taken, Busy, Impossible };

// Somebody who only asks whether a lock is held holds it for an instant: a busy one is asked again.
Taking take_lock(int descriptor, int kind, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(descriptor, kind | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return Taking::Impossible;
    if (std::chrono::steady_clock::now() > deadline) return Taking::Busy;
    std::this_thread::sleep_for(5ms);
  }
  return Taking::Taken;
}

struct Holder {
  long process = 0;
  std::string host, run;
};

Holder read_holder(int descriptor) {
  std::array<char, 600> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size() - 1, 0);
  Holder holder;
  std::istringstream words(std::string(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0));
  words >> holder.process >> holder.host >> holder.run;
  return holder;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "-";
}

Error taken(const std::string& folder, const Share& share, const Holder& holder) {
  std::string who =
      holder.process > 0 ? "process " + std::to_string(holder.process) : "another process";
  if (holder.process > 0 && holder.host != host_name()) who += " on " + holder.host;
  std::string why = "it is in use: " + who + " is making ";
  why += share.count == 1
             ? "its pictures"
             : "share " + std::to_string(share.number) + " of " + std::to_string(share.count);
  return file_error(ErrorCode::Io, folder, why + "; wait for it to end, or end it");
}

// A descriptor of a share that a living run holds, or -1.
std::optional<Holder> holder_of(const Share& share, std::chrono::milliseconds patience) {
  const int descriptor = ::open(share.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  std::optional<Holder> holder;
  if (take_lock(descriptor, LOCK_SH, patience) == Taking::Busy) holder = read_holder(descriptor);
  ::close(descriptor);
  return holder;
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& folder,
                                                     int shard,
                                                     int shards,
                                                     const std::string& run) {
  std::unique_ptr<FolderLock> lock(new FolderLock);
  lock->gate_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock->gate_ < 0) return io_error(folder, "cannot be opened: ", errno);
  if (take_lock(lock->gate_, LOCK_EX, 10s) == Taking::Busy) {
    return file_error(ErrorCode::Io, folder, "it is in use: another process is opening it");
  }
  const Share own{shard + 1,
                  shards,
                  folder + "/" + std::string(kPrefix) + std::to_string(shard + 1) + "-" +
                      std::to_string(shards)};
  for (const Share& share : shares_in(folder)) {
    const bool may_live_beside = share.count == shards && share.number != own.number;
    if (may_live_beside || share.path == own.path) continue;
    if (const auto holder = holder_of(share, 200ms)) return taken(folder, share, *holder);
    ::unlink(
        share.path.c_str());  // its run has died, and nobody can take it while the gate is held
  }
  lock->path_ = own.path;
  lock->descriptor_ = ::open(own.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  if (lock->descriptor_ < 0) return io_error(folder, "cannot be written: ", errno);
  if (take_lock(lock->descriptor_, LOCK_EX, 500ms) == Taking::Busy) {
    const Holder holder = read_holder(lock->descriptor_);
    ::close(std::exchange(lock->descriptor_, -1));
    return taken(folder, own, holder);
  }
  const std::string text = std::to_string(::getpid()) + " " + host_name() + " " + run + "\n";
  // What it holds is for messages; a full disk shows when it matters.
  if (::ftruncate(lock->descriptor_, 0) == 0 &&
      ::pwrite(lock->descriptor_, text.data(), text.size(), 0) < 0) {
  }
  return lock;
}

void FolderLock::let_others_in() {
  if (gate_ >= 0) ::close(std::exchange(gate_, -1));
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    // Behind the gate, so that nobody has just opened the file that is removed.
    if (gate_ < 0) {
      gate_ = ::open(path_.substr(0, path_.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (gate_ >= 0 && take_lock(gate_, LOCK_EX, 1s) != Taking::Taken)
        ::close(std::exchange(gate_, -1));
    }
    if (gate_ >= 0) ::unlink(path_.c_str());
    ::close(descriptor_);
  }
  if (gate_ >= 0) ::close(gate_);
}

std::vector<std::string> running_in(const std::string& folder) {
  std::vector<std::string> runs;
  for (const Share& share : shares_in(folder)) {
    if (const auto holder = holder_of(share, 0ms)) runs.push_back(holder->run);
  }
  return runs;
}

}  // namespace studio
