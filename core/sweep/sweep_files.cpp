// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// POSIX calls.
#include "core/sweep/sweep_files.h"

#include "core/base/sha256.h"
#include "core/io/files.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace studio {
namespace {

struct ClosedAtEnd {
  explicit ClosedAtEnd(int value) : descriptor(value) {}
  ~ClosedAtEnd() {
    if (descriptor >= 0) ::close(descriptor);
  }
  ClosedAtEnd(const ClosedAtEnd&) = delete;
  ClosedAtEnd& operator=(const ClosedAtEnd&) = delete;
  int descriptor;
};

// When a process began, in seconds since 1970; 0 when that cannot be known here.
double process_start(pid_t process) {
  std::ifstream stat_file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(stat_file, text);
  // The name in brackets may hold anything; after it the 20th field counts ticks since the start.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::size_t at = name_end;
  for (int field = 0; field < 20 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  long long ticks = 0;
  std::from_chars(text.data() + at + 1, text.data() + text.size(), ticks);
  std::ifstream machine("/proc/stat");
  for (std::string line; std::getline(machine, line);) {
    if (!line.starts_with("btime ")) continue;
    return std::stod(line.substr(6)) +
           static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  return 0;
}

// A number may belong to another program by now: that one began after the file was written.
bool may_be_written_by(pid_t process, const struct stat& file) {
  if (::kill(process, 0) != 0 && errno == ESRCH) return false;
  constexpr double kClockSlack = 2;  // the two clocks are rounded differently
  const double start = process_start(process);
  return start == 0 || start - kClockSlack <= static_cast<double>(file.st_mtime);
}

// Who wrote ".seg-HOST-PID-N.tmp". Earlier versions left HOST out.
struct Writer {
  std::string_view host;
  pid_t process = 0;
};
std::optional<Writer> writer_in_name(std::string_view name) {
  constexpr std::string_view kBegin = ".seg-", kEnd = ".tmp";
  if (name.size() < kBegin.size() + kEnd.size() || !name.starts_with(kBegin) ||
      !name.ends_with(kEnd)) {
    return std::nullopt;
  }
  name = name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size());
  const auto last = name.rfind('-');
  if (last == name.npos) return std::nullopt;
  name = name.substr(0, last);
  const auto before = name.rfind('-');
  Writer writer{before == name.npos ? std::string_view() : name.substr(0, before)};
  if (before != name.npos) name.remove_prefix(before + 1);
  const auto read = std::from_chars(name.data(), name.data() + name.size(), writer.process);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size() || writer.process <= 0)
    return std::nullopt;
  return writer;
}

// Nobody takes so long between two writes into one file, whatever computer it runs on.
bool is_old(const struct stat& file) {
  constexpr std::time_t kDay = 24 * 60 * 60;
  return std::time(nullptr) - file.st_mtime > kDay;
}

Result<void> copy_file(const std::string& original, const std::string& path) {
  auto content = MappedFile::open(original);
  if (!content) return content.error();
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  const auto bytes = content.value()->bytes();
  if (auto written = file.value()->write(bytes.data(), bytes.size()); !written) return written;
  return file.value()->commit();
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> sha256_of_file(const std::string& path) {
  const ClosedAtEnd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.descriptor < 0) return io_error(path, "cannot be opened: ", errno);
  struct stat status {};
  if (::fstat(file.descriptor, &status) != 0) return io_error(path, "cannot be read: ", errno);
  if (!S_ISREG(status.st_mode))
    return file_error(ErrorCode::Io, path, "this is not an ordinary file");
  Sha256 hash;
  std::vector<char> piece(std::size_t{256} << 10);
  while (true) {
    const ssize_t got = ::read(file.descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(path, "cannot be read: ", errno);
    if (got == 0) return hash.finish();
    hash.add({piece.data(), static_cast<std::size_t>(got)});
  }
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return FileStamp{status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

void flush_folder(const std::string& folder) {
  const ClosedAtEnd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.descriptor >= 0) ::fsync(opened.descriptor);
}

Result<void> make_folders(const std::string& folder) {
  if (folder.empty() || folder.find('\0') != std::string::npos) {
    return file_error(ErrorCode::Io, folder, "this is not the name of a folder");
  }
  for (std::size_t end = 0; end != std::string::npos;) {
    end = folder.find('/', end + 1);
    const std::string part = folder.substr(0, end);
    struct stat status {};
    if (::stat(part.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) continue;
      return file_error(ErrorCode::Io, part, "this is a file, but a folder is needed");
    }
    if (errno != ENOENT) return io_error(part, "cannot be used as a folder: ", errno);
    if (::mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) {
      return io_error(part, "the folder cannot be made: ", errno);
    }
    flush_folder(folder_of(part));
  }
  return {};
}

bool path_exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<void> link_or_copy(const std::string& original, const std::string& path) {
  const std::string temporary = temporary_path(path, "link");
  ::unlink(temporary.c_str());
  if (::link(original.c_str(), temporary.c_str()) != 0) return copy_file(original, path);
  const bool is_renamed = ::rename(temporary.c_str(), path.c_str()) == 0;
  const int why = errno;
  // Renaming one name of a file to another of its names does nothing, so the first is still there.
  ::unlink(temporary.c_str());
  if (!is_renamed) return io_error(path, "cannot be written: ", why);
  flush_folder(folder_of(path));
  return {};
}

void remove_left_temporaries(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries.get())) {
    const auto writer = writer_in_name(entry->d_name);
    if (!writer) continue;
    const std::string path = folder + "/" + entry->d_name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const bool is_left = writer->host == host_in_names()
                             ? !may_be_written_by(writer->process, status)
                             : is_old(status);
    if (is_left) ::unlink(path.c_str());
  }
}

std::string wall_clock_time() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms % 1000));
  return text.data();
}

}  // namespace studio
