// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// POSIX files behind Results.
#include "core/io/files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <zlib.h>

namespace studio {
namespace {

std::string reason(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "there is no such file or folder";
    case EACCES:
    case EPERM:
      return "permission is denied";
    case ENOSPC:
    case EDQUOT:
      return "the disk is full";
    case EFBIG:
      return "the file would be larger than this system allows";
    case EROFS:
      return "the disk can only be read";
    case ENOTDIR:
      return "a part of the path is not a folder";
    case ENAMETOOLONG:
      return "the path is too long";
    default:
      return std::generic_category().message(error_number);
  }
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

struct OpenFile {
  Descriptor descriptor;
  std::size_t size;
};

Result<OpenFile> open_regular(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return file_error(ErrorCode::Io, path, "this is not a file name");
  }
  struct stat status {};
  // Asked before opening: opening a device may already have an effect.
  if (::stat(path.c_str(), &status) != 0) return io_error(path, "cannot be opened: ", errno);
  if (S_ISDIR(status.st_mode)) {
    return file_error(ErrorCode::Io, path, "this is a folder, but a file is needed");
  }
  if (!S_ISREG(status.st_mode)) {
    return file_error(ErrorCode::Io, path, "this is not an ordinary file");
  }
  // Not blocking, for the case that a pipe took its place meanwhile.
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) return io_error(path, "cannot be opened: ", errno);
  if (::fstat(descriptor.get(), &status) != 0) return io_error(path, "cannot be read: ", errno);
  if (!S_ISREG(status.st_mode)) {
    return file_error(ErrorCode::Io, path, "this is not an ordinary file");
  }
  return OpenFile{std::move(descriptor), static_cast<std::size_t>(status.st_size)};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Error file_error(ErrorCode code, std::string_view path, std::string_view why) {
  constexpr std::size_t kLongest = 400;
  std::string shown(path);
  if (shown.size() > kLongest) {
    std::size_t cut = shown.size() - kLongest;
    while (cut < shown.size() && (static_cast<unsigned char>(shown[cut]) & 0xC0) == 0x80) ++cut;
    shown = "..." + shown.substr(cut);
  }
  return {code, shown + ": " + std::string(why)};
}

Error io_error(std::string_view path, std::string_view doing, int error_number) {
  return file_error(ErrorCode::Io, path, std::string(doing) + reason(error_number));
}

std::string file_stamp(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  std::string stamp = path;
  for (const auto number : {static_cast<std::int64_t>(status.st_size),
                            static_cast<std::int64_t>(status.st_mtim.tv_sec),
                            static_cast<std::int64_t>(status.st_mtim.tv_nsec),
                            static_cast<std::int64_t>(status.st_ino),
                            static_cast<std::int64_t>(status.st_dev)}) {
    stamp += " " + std::to_string(number);
  }
  return stamp;
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  auto opened = open_regular(path);
  if (!opened) return opened.error();
  const std::string too_large =
      "the file is larger than the " + std::to_string(max_bytes >> 10) + " KiB that are read";
  if (opened.value().size > max_bytes) return file_error(ErrorCode::BadFile, path, too_large);
  std::string content(opened.value().size + 1, '\0');  // one more shows a file that has grown
  std::size_t filled = 0;
  while (true) {
    const ssize_t got =
        ::read(opened.value().descriptor.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(path, "cannot be read: ", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) return file_error(ErrorCode::BadFile, path, too_large);
    if (filled == content.size()) content.resize(std::min(2 * filled, max_bytes + 1));
  }
  content.resize(filled);
  return content;
}

Result<std::string> read_gzip_file(const std::string& path, std::size_t max_bytes) {
  auto packed = read_file(path, max_bytes);
  if (!packed) return packed.error();
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK)
    return file_error(ErrorCode::OutOfMemory, path, "not enough memory to unpack it");
  stream.next_in = reinterpret_cast<Bytef*>(packed.value().data());
  stream.avail_in = static_cast<uInt>(packed.value().size());
  std::string content;
  int state = Z_OK;
  while (state == Z_OK && content.size() <= max_bytes) {
    const std::size_t filled = content.size();
    content.resize(filled + (std::size_t{64} << 10U));
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + filled);
    stream.avail_out = static_cast<uInt>(content.size() - filled);
    state = inflate(&stream, Z_NO_FLUSH);
    content.resize(content.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (content.size() > max_bytes)
    return file_error(ErrorCode::BadFile, path, "its content is larger than the " + std::to_string(max_bytes >> 10) + " KiB that are read");
  if (state != Z_STREAM_END) return file_error(ErrorCode::BadFile, path, "it is no whole gzip file");
  return content;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  auto opened = open_regular(path);
  if (!opened) return opened.error();
  std::shared_ptr<MappedFile> file(new MappedFile);
  const std::size_t size = opened.value().size;
  if (size > 0) {
    void* const start =
        ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, opened.value().descriptor.get(), 0);
    if (start == MAP_FAILED) return io_error(path, "cannot be mapped: ", errno);
    file->data_ = static_cast<const std::uint8_t*>(start);
    file->size_ = size;
  }
  return std::shared_ptr<const MappedFile>(std::move(file));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

void MappedFile::release_pages() const {
  if (data_ != nullptr) ::madvise(const_cast<std::uint8_t*>(data_), size_, MADV_DONTNEED);
}

const std::string& host_in_names() {
  static const std::string name = [] {
    std::array<char, 256> text{};
    std::string host = ::gethostname(text.data(), text.size() - 1) == 0 ? text.data() : "";
    // "pid:[4026531836]": containers may share the host's name, but count their processes
    // themselves.
    std::array<char, 64> link{};
    const ssize_t size = ::readlink("/proc/self/ns/pid", link.data(), link.size());
    const std::string numbers(link.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto digit = numbers.find_first_of("0123456789");
    if (digit != numbers.npos)
      host += "." + numbers.substr(digit, numbers.find_first_not_of("0123456789", digit) - digit);
    for (char& c : host) {
      const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                            (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
      if (!is_plain) c = '_';
    }
    return host.empty() ? std::string("unknown") : host;
  }();
  return name;
}

std::string temporary_path(const std::string& target, std::string_view last) {
  return folder_of(target) + "/.seg-" + host_in_names() + "-" + std::to_string(::getpid()) + "-" +
         std::string(last) + ".tmp";
}

Result<std::unique_ptr<AtomicFile>> AtomicFile::create(const std::string& path) {
  if (path.empty() || path.back() == '/' || path.find('\0') != std::string::npos) {
    return file_error(ErrorCode::Io, path, "this is not a file name");
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return file_error(ErrorCode::Io,
                      path,
                      S_ISDIR(status.st_mode) ? "cannot be written: this is a folder"
                                              : "cannot be written: this is not an ordinary file");
  }
  static std::atomic<unsigned> counter{0};
  std::unique_ptr<AtomicFile> file(new AtomicFile);
  file->path_ = path;
  for (int attempt = 0; attempt < 100; ++attempt) {
    file->temporary_path_ = temporary_path(path, std::to_string(counter++));
    file->descriptor_ =
        ::open(file->temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->descriptor_ >= 0) return file;
    if (errno != EEXIST) break;
  }
  return io_error(path, "cannot be written: ", errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_path_.c_str());
}

Result<void> AtomicFile::write(const void* data, std::size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t put = ::write(descriptor_, next, std::min<std::size_t>(size, 1u << 30));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io_error(path_, "cannot be written: ", errno);
    next += put;
    size -= static_cast<std::size_t>(put);
  }
  return {};
}

Result<void> AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) return io_error(path_, "cannot be written: ", errno);
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return io_error(path_, "cannot be written: ", errno);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0) return io_error(path_, "cannot be written: ", errno);
  // The new name is on disk once the folder is. Some file systems cannot flush folders; the content
  // is safe there too, so a failure is not an error.
  const Descriptor folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
  return {};
}

Result<void> write_file(const std::string& path, std::string_view content) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  if (auto written = file.value()->write(content); !written) return written;
  return file.value()->commit();
}

}  // namespace studio
