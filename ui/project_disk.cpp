// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The file operations under a project, on POSIX calls: renaming over a file, flushing, locks that
// go with their process.
#include "ui/project_disk.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSysInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace studio::ui {
namespace {

const QString kLockName = QStringLiteral(".project.lock");
const QString kBeingWritten = QStringLiteral(".writing");

QString tr(const char* text) { return QCoreApplication::translate("Project", text); }

QString systemText(int code) {
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return tr("the disk is full");
  if (code == EACCES || code == EPERM) return tr("there is no permission");
  if (code == EROFS) return tr("the disk is read-only");
  if (code == ENOENT || code == ENOTDIR) return tr("the folder is not there any more");
  return QString::fromLocal8Bit(std::strerror(code));
}

Error writeError(const QString& path, int code) {
  return {ErrorCode::Io,
          tr("%1 cannot be written: %2.")
              .arg(QDir::toNativeSeparators(path), systemText(code))
              .toStdString()};
}

// Ends a file on every way out.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() { close(); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  int close() {
    const int descriptor = std::exchange(descriptor_, -1);
    return descriptor < 0 ? 0 : ::close(descriptor);
  }

 private:
  int descriptor_;
};

int writeAll(int descriptor, const QByteArray& content) {
  qsizetype done = 0;
  while (done < content.size()) {
    const ssize_t now =
        ::write(descriptor, content.constData() + done, static_cast<size_t>(content.size() - done));
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) return now < 0 ? errno : ENOSPC;
    done += now;
  }
  return 0;
}

// A rename is only on disk when its folder is.
void flushFolder(const QString& folder) {
  const OpenFile file(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_CLOEXEC));
  if (file.get() >= 0) (void)::fsync(file.get());
}

}  // namespace

Result<void> writeWhole(const QString& path, const QByteArray& content) {
  const QByteArray target = QFile::encodeName(path);
  const QByteArray temporary = QFile::encodeName(path + kBeingWritten);
  OpenFile file(::open(temporary.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return writeError(path, errno);
  int code = writeAll(file.get(), content);
  if (code == 0 && ::fsync(file.get()) != 0) code = errno;
  if (file.close() != 0 && code == 0) code = errno;
  if (code == 0 && std::rename(temporary.constData(), target.constData()) != 0) code = errno;
  if (code != 0) {
    (void)::unlink(temporary.constData());
    return writeError(path, code);
  }
  flushFolder(QFileInfo(path).absolutePath());
  return {};
}

Result<QByteArray> readWhole(const QString& path, qint64 most) {
  const QFileInfo info(path);
  const QString shown = QDir::toNativeSeparators(path);
  if (!info.isFile())
    return Error{ErrorCode::Io, tr("%1 is not an ordinary file.").arg(shown).toStdString()};
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    return Error{ErrorCode::Io,
                 tr("%1 cannot be read: %2.").arg(shown, file.errorString()).toStdString()};
  }
  if (file.size() > most) {
    return Error{ErrorCode::BadFile,
                 tr("%1 has %2 bytes, but at most %3 are read.")
                     .arg(shown)
                     .arg(file.size())
                     .arg(most)
                     .toStdString()};
  }
  QByteArray content = file.read(most + 1);
  if (file.error() != QFileDevice::NoError) {
    return Error{ErrorCode::Io,
                 tr("%1 cannot be read: %2.").arg(shown, file.errorString()).toStdString()};
  }
  return content;
}

QByteArray hashOf(const QByteArray& content) {
  return QCryptographicHash::hash(content, QCryptographicHash::Sha256);
}

FileStamp stampOf(const QString& path, const std::optional<QByteArray>& content) {
  struct stat found {};
  FileStamp stamp;
  if (::stat(QFile::encodeName(path).constData(), &found) != 0) return stamp;
  stamp.exists = true;
  stamp.size = found.st_size;
  stamp.changed_ns = qint64{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
  if (content) stamp.hash = hashOf(*content);
  return stamp;
}

Result<QString> keepAside(const QString& folder, const QString& kind, const QByteArray& content) {
  const QDir dir(folder);
  const QString stem = QStringLiteral("project.json.%1-").arg(kind);
  // Opening the same damaged project twice keeps one copy.
  for (const QFileInfo& kept : dir.entryInfoList({stem + '*'}, QDir::Files)) {
    if (kept.size() != content.size()) continue;
    const auto same = readWhole(kept.absoluteFilePath(), content.size());
    if (same && same.value() == content) return kept.fileName();
  }
  const QString time = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss"));
  QString name = stem + time;
  for (int i = 2; dir.exists(name); ++i) name = QStringLiteral("%1%2-%3").arg(stem, time).arg(i);
  if (auto done = writeWhole(dir.filePath(name), content); !done) return done.error();
  return name;
}

void clearUp(const QString& folder) { QFile::remove(projectFilePath(folder) + kBeingWritten); }

ProjectLock::Attempt ProjectLock::take(const QString& folder) {
  Attempt attempt;
  const QByteArray path = QFile::encodeName(QDir(folder).filePath(kLockName));
  OpenFile file(::open(path.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0 || ::access(QFile::encodeName(folder).constData(), W_OK) != 0) {
    attempt.why = Why::NoPermission;
    attempt.error = systemText(errno);
    return attempt;
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    attempt.why = errno == EWOULDBLOCK ? Why::Taken : Why::NotSupported;
    char holder[200] = {};
    if (::read(file.get(), holder, sizeof holder - 1) > 0)
      attempt.holder = QString::fromUtf8(holder).simplified();
    return attempt;
  }
  const QByteArray holder = tr("process %1 on %2")
                                .arg(QCoreApplication::applicationPid())
                                .arg(QSysInfo::machineHostName())
                                .toUtf8();
  // Only for the other side's message.
  if (::ftruncate(file.get(), 0) == 0) (void)writeAll(file.get(), holder);
  attempt.lock.reset(new ProjectLock(file.release()));
  return attempt;
}

ProjectLock::~ProjectLock() { ::close(descriptor_); }

}  // namespace studio::ui
