// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Writing: each line under a lock on the file, so that a line cut short can be taken back, or found
// and mended by the next writer.
#include "core/sweep/journal.h"

#include "core/base/guard.h"
#include "core/io/files.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace studio {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kProgram = "SEG Studio " STUDIO_VERSION;
constexpr std::string_view kOwnLine = "{\"state\":";

std::string text_of(const Json& json) {
  // Messages may quote a file name of any bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_whole_object(std::string_view text) {
  return nlohmann::json::accept(text) && text.front() == '{';
}

// Released when the process dies. Where the disk has no locks, lines are written without one.
class FileLock {
 public:
  static Result<FileLock> take(int descriptor, const std::string& path) {
    using namespace std::chrono_literals;
    // Held for one write by anybody who keeps to the rules; whoever holds it for seconds does not.
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return FileLock(-1);
      if (std::chrono::steady_clock::now() > deadline) {
        return file_error(
            ErrorCode::Io, path, "cannot be written: another program keeps it locked");
      }
      std::this_thread::sleep_for(1ms);
    }
    return FileLock(descriptor);
  }
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_UN);
  }

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

Json line_of(std::string_view state, const std::string& run) {
  Json line;
  line["state"] = state;
  line["time"] = wall_clock_time();
  line["run"] = run;
  return line;
}

void add_result(Json& line, const CellResult& result) {
  line["key"] = result.key;
  line["program"] = kProgram;
  if (!result.sha256.empty()) line["sha256"] = result.sha256;
  if (!result.latents_hash.empty()) line["latents_hash"] = result.latents_hash;
  if (!result.error.empty()) line["error"] = result.error;
  if (result.error_code) line["error_code"] = error_code_name(*result.error_code);
  if (!result.made.empty()) line["made"] = result.made;
  line["shared_steps"] = result.shared_steps;
  line["rows"] = result.rows;
  line["seconds"] = result.seconds;
  line["row_evaluations"] = result.row_evaluations;
  line["guidance_norm"] = result.guidance_norm;
  line["twin_distance"] = result.twin_distance;
}

// Where the last line feed before `size` ends, and what stands behind it (when it is short enough).
struct Tail {
  std::int64_t begin = 0;
  std::string text;
};
Result<Tail> tail_of(int descriptor, const std::string& path, std::int64_t size) {
  Tail tail{size, ""};
  std::string piece;
  while (tail.begin > 0 && size - tail.begin <= static_cast<std::int64_t>(kMostJournalLine)) {
    const std::int64_t from = std::max<std::int64_t>(0, tail.begin - (1 << 16));
    piece.resize(static_cast<std::size_t>(tail.begin - from));
    const ssize_t got = ::pread(descriptor, piece.data(), piece.size(), from);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(piece.size()))
      return io_error(path, "cannot be read: ", got < 0 ? errno : EIO);
    const auto feed = piece.rfind('\n');
    tail.text.insert(0, feed == std::string::npos ? piece : piece.substr(feed + 1));
    tail.begin = feed == std::string::npos ? from : from + static_cast<std::int64_t>(feed) + 1;
    if (feed != std::string::npos) break;
  }
  return tail;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, std::string run) {
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && !S_ISREG(status.st_mode))
    return file_error(ErrorCode::Io, path, "this is not an ordinary file");
  std::unique_ptr<Journal> journal(new Journal);
  journal->path_ = path;
  journal->run_ = std::move(run);
  journal->descriptor_ =
      ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  if (journal->descriptor_ < 0) return io_error(path, "cannot be written: ", errno);
  if (!is_there)
    flush_folder(path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/')));
  auto lock = FileLock::take(journal->descriptor_, path);
  if (!lock) return lock.error();
  if (auto size = journal->whole_size(); !size) return size.error();
  return journal;
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::int64_t> Journal::whole_size() {
  struct stat opened {};
  struct stat named {};
  if (::fstat(descriptor_, &opened) != 0) return io_error(path_, "cannot be written: ", errno);
  // Lines written into a file without a name would be lost, and nobody would notice.
  if (::stat(path_.c_str(), &named) != 0 || named.st_ino != opened.st_ino ||
      named.st_dev != opened.st_dev) {
    return file_error(
        ErrorCode::Io, path_, "it was removed or replaced by another program while the sweep ran");
  }
  const std::int64_t size = opened.st_size;
  if (size == 0) return size;
  char last = 0;
  if (::pread(descriptor_, &last, 1, size - 1) != 1)
    return io_error(path_, "cannot be read: ", errno);
  if (last == '\n') return size;
  auto tail = tail_of(descriptor_, path_, size);
  if (!tail) return tail.error();
  const std::string& text = tail.value().text;
  const std::string_view own = std::string_view(text).substr(0, kOwnLine.size());
  const bool is_torn = own == kOwnLine.substr(0, own.size()) && !is_whole_object(text);
  if (is_torn) {
    if (::ftruncate(descriptor_, tail.value().begin) != 0)
      return io_error(path_, "cannot be written: ", errno);
    return tail.value().begin;
  }
  // A whole line that only lacks its end, or something that is not ours to remove.
  if (::write(descriptor_, "\n", 1) != 1) return io_error(path_, "cannot be written: ", errno);
  return size + 1;
}

Result<void> Journal::append(std::string line) {
  line += '\n';
  auto lock = FileLock::take(descriptor_, path_);
  if (!lock) return lock.error();
  const auto size = whole_size();
  if (!size) return size.error();
  ssize_t put = 0;
  do {
    put = ::write(descriptor_, line.data(), line.size());
  } while (put < 0 && errno == EINTR);
  if (put != static_cast<ssize_t>(line.size())) {
    // A short write means that the next one would have failed: the disk has just become full.
    const int why = put < 0 ? errno : ENOSPC;
    if (put > 0 && ::ftruncate(descriptor_, size.value()) != 0) {
      // The next writer mends it.
    }
    return io_error(path_, "cannot be written: ", why);
  }
  int flushed = 0;
  do {
    flushed = ::fdatasync(descriptor_);
  } while (flushed != 0 && errno == EINTR);
  if (flushed != 0) return io_error(path_, "cannot be written: ", errno);
  return {};
}

Result<void> Journal::begin(int shard, int shards) {
  Json line = line_of("begin", run_);
  line["program"] = kProgram;
  line["process"] = static_cast<std::int64_t>(::getpid());
  line["shard"] = shard;
  line["shards"] = shards;
  return append(text_of(line));
}

Result<void> Journal::end() { return append(text_of(line_of("end", run_))); }

Result<void> Journal::running(const std::string& key) {
  Json line = line_of("running", run_);
  line["key"] = key;
  return append(text_of(line));
}

Result<void> Journal::finished(const CellResult& result, const FileStamp& stamp) {
  Json line = line_of("finished", run_);
  add_result(line, result);
  line["bytes"] = stamp.bytes;
  line["mtime_ns"] = stamp.mtime_ns;
  return append(text_of(line));
}

Result<void> Journal::failed(const CellResult& result) {
  Json line = line_of(result.state == CellState::Skipped ? "skipped" : "failed", run_);
  add_result(line, result);
  return append(text_of(line));
}

Result<void> Journal::plan(const JournalPlan& plan) {
  Json line = line_of("plan", run_);
  line["pictures"] = plan.keys;
  line["picture_of_cell"] = plan.picture_of_cell;
  line["twin_of_cell"] = plan.twin_of_cell;
  return append(text_of(line));
}

}  // namespace studio
