// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A project's folder on disk: project.json read and written, damaged and foreign versions kept, one
// writer at a time. Everything here blocks: not for the GUI thread.
#pragma once

#include "core/api/request.h"
#include "ui/preset.h"
#include "ui/project_codec.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace studio::ui {

inline constexpr int kProjectVersion = 1;
inline constexpr qint64 kLargestProjectBytes = 64 << 20;

// What project.json holds. Copies are cheap: they share their content.
struct ProjectState {
  QString name, notes;
  std::optional<GenerationRequest> job;
  std::vector<Preset> presets;
  // As read: presets and a job that this program does not understand, kept until replaced.
  QJsonArray unread_presets;
  QJsonValue unread_job = QJsonValue::Undefined;
  // Every other member, known or not, by its key.
  QJsonObject parts;
};

// Held while a project is open for writing; goes with the process that holds it, however that ends.
class ProjectLock {
 public:
  enum class Why { Taken, NoPermission, NotSupported };
  struct Attempt {
    std::unique_ptr<ProjectLock> lock;  // null: `why`
    Why why = Why::Taken;
    QString holder;  // "process 1234 on desk"; "" when it is not known
    QString error;   // what the system says
  };
  static Attempt take(const QString& folder);
  ~ProjectLock();
  ProjectLock(const ProjectLock&) = delete;
  ProjectLock& operator=(const ProjectLock&) = delete;

 private:
  explicit ProjectLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

// project.json as it was when this program last read or wrote it.
struct FileStamp {
  bool exists = false;
  qint64 size = 0, changed_ns = 0;
  QByteArray hash;
};

struct ProjectLoad {
  QString folder;
  ProjectState state;
  QStringList problems;      // sentences: what could not be read, and where it is kept
  QString read_only_reason;  // "" when it may be written
  std::shared_ptr<ProjectLock> lock;
  FileStamp stamp;
};

// `path` is the folder or its project.json. Errors: Io or BadFile with a sentence when there is no
// project to read at all; a damaged one opens with what could be read, and its file is kept aside.
Result<ProjectLoad> loadProject(const QString& path,
                                const Catalogue& catalogue,
                                const JobCodec& codec);
// Makes the folder where it is missing, with an empty project in it. Errors: Io; InvalidArgument
// when it holds a project already.
Result<ProjectLoad> createProject(const QString& folder,
                                  const QString& name,
                                  const Catalogue& catalogue,
                                  const JobCodec& codec);

// The text of project.json: one member a line, presets one a line and last.
QByteArray projectText(const ProjectState& state, const JobCodec& codec);

// Writes the whole of `content` under a temporary name, flushes it to disk and renames it to
// `path`. Errors: Io with a sentence (disk full, no permission, folder missing). Nothing is left
// behind then.
Result<void> writeWhole(const QString& path, const QByteArray& content);

// Writes project.json and looks each time whether another program has changed it.
// Threads: one at a time.
class ProjectWriter {
 public:
  using WriteFile = std::function<Result<void>(const QString& path, const QByteArray& content)>;

  ProjectWriter(const QString& folder, FileStamp stamp, JobCodec codec, WriteFile write_file);

  // `note`: "" or a sentence about what was found on disk.
  struct Written {
    QString note;
  };
  Result<Written> write(const ProjectState& state);

 private:
  Result<QString> keepForeignVersion();

  const QString folder_;
  FileStamp stamp_;
  const JobCodec codec_;
  const WriteFile write_file_;
};

QString projectFilePath(const QString& folder);

}  // namespace studio::ui
