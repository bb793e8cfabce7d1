// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A project's folder on disk.
#include "ui/project_file.h"

#include "core/api/nearest.h"
#include "ui/project_disk.h"
#include "ui/project_salvage.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

namespace studio::ui {
namespace {

const QString kFormatKey = QStringLiteral("format");
const QString kVersionKey = QStringLiteral("version");
const QString kNameKey = QStringLiteral("name");
const QString kNotesKey = QStringLiteral("notes");
const QString kJobKey = QStringLiteral("job");
const QString kPresetsKey = QStringLiteral("presets");
const QString kFormat = QStringLiteral("seg-studio/project");
const QStringList kFolders = {QStringLiteral("images"), QStringLiteral("sweeps")};

QString tr(const char* text) { return QCoreApplication::translate("Project", text); }

Error error(ErrorCode code, const QString& sentence) { return {code, sentence.toStdString()}; }

QString messageOf(const Error& error) { return QString::fromStdString(error.message); }

// Takes the members it knows out of `root`; the rest stays there.
class ProjectReader {
 public:
  ProjectReader(const Catalogue& catalogue, const JobCodec& codec, QStringList& problems)
      : catalogue_(catalogue), codec_(codec), problems_(problems) {}

  // True: something is lost when the file is written again.
  bool lossy() const { return lossy_; }

  ProjectState read(QJsonObject root) {
    ProjectState state;
    root.remove(kFormatKey);
    root.remove(kVersionKey);
    state.name = readText(root, kNameKey);
    state.notes = readText(root, kNotesKey);
    readJob(root, state);
    readPresets(root, state);
    state.parts = root;
    return state;
  }

 private:
  QString readText(QJsonObject& root, const QString& key) {
    const QJsonValue value = root.take(key);
    if (!value.isUndefined() && !value.isString()) lose(tr("%1 is no text").arg(key));
    return value.toString();
  }

  void readJob(QJsonObject& root, ProjectState& state) {
    const QJsonValue value = root.take(kJobKey);
    if (value.isUndefined() || value.isNull()) return;
    const QByteArray text = QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    Result<GenerationRequest> job = error(ErrorCode::BadFile, tr("it is no object"));
    if (value.isObject() && codec_.parse) job = codec_.parse(std::string_view(text));
    if (job) {
      state.job = std::move(job).value();
      return;
    }
    state.unread_job = value;
    problems_ << tr("The open job could not be read: %1").arg(messageOf(job.error()));
  }

  void readPresets(QJsonObject& root, ProjectState& state) {
    const QJsonValue value = root.take(kPresetsKey);
    if (value.isUndefined()) return;
    if (!value.isArray()) return lose(tr("presets is no list"));
    const QJsonArray list = value.toArray();
    for (qsizetype i = 0; i < list.size(); ++i) {
      const QString where = QStringLiteral("presets[%1]").arg(i);
      auto read = list.at(i).isObject() ? presetFromJson(list.at(i).toObject(), catalogue_)
                                        : error(ErrorCode::BadFile, tr("it is no object"));
      if (read) {
        for (const QString& remark : read.value().remarks)
          lose(QStringLiteral("%1: %2").arg(where, remark));
        state.presets.push_back(std::move(read.value().preset));
        continue;
      }
      state.unread_presets.append(list.at(i));
      note(tr("The preset %1 could not be read and is kept as it is: %2")
               .arg(QString::fromStdString(shown_text(nameOf(list.at(i), where).toStdString())),
                    messageOf(read.error())));
    }
  }

  static QString nameOf(const QJsonValue& preset, const QString& otherwise) {
    const QString name = preset.toObject().value(kNameKey).toString();
    return name.isEmpty() ? otherwise : QStringLiteral("“%1”").arg(name);
  }

  void lose(const QString& problem) {
    lossy_ = true;
    note(problem);
  }
  // A file with ten thousand bad presets needs no ten thousand sentences.
  void note(const QString& problem) {
    constexpr qsizetype kMost = 20;
    if (problems_.size() < kMost) {
      problems_ << problem;
    } else if (problems_.size() == kMost) {
      problems_ << tr("And there is more of that kind");
    }
  }

  const Catalogue& catalogue_;
  const JobCodec& codec_;
  QStringList& problems_;
  bool lossy_ = false;
};

// Why the project's version or format forbids writing over it; "" when it does not.
QString foreignFormat(const QJsonObject& root) {
  const QJsonValue format = root.value(kFormatKey);
  if (format.isString() && format.toString() != kFormat) {
    return tr("project.json has the format “%1” instead of “%2”, so it is not written over")
        .arg(QString::fromStdString(shown_text(format.toString().toStdString())), kFormat);
  }
  const QJsonValue version = root.value(kVersionKey);
  if (!version.isDouble() || version.toDouble() <= kProjectVersion) return {};
  return tr("the project was made by a newer version of the program (format %1; this one writes "
            "%2)")
      .arg(version.toDouble())
      .arg(kProjectVersion);
}

QString lockProblem(const ProjectLock::Attempt& attempt) {
  if (attempt.why == ProjectLock::Why::Taken) {
    const QString holder =
        attempt.holder.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(attempt.holder);
    return tr("it is open in another studio%1").arg(holder);
  }
  return tr("its folder cannot be written to (%1)").arg(attempt.error);
}

Result<QString> folderOf(const QString& path) {
  const QFileInfo info(path);
  const QString folder = info.fileName() == QLatin1String("project.json") ? info.absolutePath()
                                                                          : info.absoluteFilePath();
  const QFileInfo there(folder);
  if (!there.exists())
    return error(ErrorCode::Io, tr("There is no folder %1.").arg(QDir::toNativeSeparators(folder)));
  if (!there.isDir()) {
    return error(ErrorCode::Io,
                 tr("%1 is a file, but a project is a folder with a project.json in it.")
                     .arg(QDir::toNativeSeparators(folder)));
  }
  const QFileInfo file(projectFilePath(folder));
  if (!file.exists()) {
    return error(ErrorCode::Io,
                 tr("%1 holds no project.json, so it is not a project.")
                     .arg(QDir::toNativeSeparators(folder)));
  }
  if (!file.isFile())
    return error(ErrorCode::Io, tr("%1 is not an ordinary file.").arg(file.absoluteFilePath()));
  return QDir(folder).absolutePath();
}

// Fills in what the lock says; a file system without locks is used without one.
void takeLock(ProjectLoad& load) {
  auto attempt = ProjectLock::take(load.folder);
  load.lock = std::move(attempt.lock);
  if (load.lock || attempt.why == ProjectLock::Why::NotSupported) return;
  load.read_only_reason = lockProblem(attempt);
}

// Keeps the damaged file beside the project; without that nothing may be written.
void keepDamaged(ProjectLoad& load, const QByteArray& text) {
  if (!load.read_only_reason.isEmpty()) return;
  const auto kept = keepAside(load.folder, QStringLiteral("damaged"), text);
  if (kept) {
    load.problems << tr("The file as it was is kept as %1.").arg(kept.value());
  } else {
    load.read_only_reason =
        tr("its damaged project.json cannot be kept aside (%1)").arg(messageOf(kept.error()));
  }
}

QByteArray valueText(const QJsonValue& value) {
  if (value.isUndefined()) return "null";
  const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
  return list.mid(1, list.size() - 2);
}

QByteArray memberText(const QString& key, const QByteArray& value) {
  return valueText(key) + ": " + value;
}

QByteArray presetsText(const ProjectState& state) {
  QByteArrayList lines;
  for (const Preset& preset : state.presets) lines << "  " + valueText(presetToJson(preset));
  for (const QJsonValue& preset : state.unread_presets) lines << "  " + valueText(preset);
  return lines.isEmpty() ? "[]" : "[\n" + lines.join(",\n") + "\n]";
}

}  // namespace

QString projectFilePath(const QString& folder) {
  return QDir(folder).filePath(QStringLiteral("project.json"));
}

QByteArray projectText(const ProjectState& state, const JobCodec& codec) {
  QByteArrayList members{memberText(kFormatKey, valueText(kFormat)),
                         memberText(kVersionKey, valueText(kProjectVersion)),
                         memberText(kNameKey, valueText(state.name))};
  if (!state.notes.isEmpty()) members << memberText(kNotesKey, valueText(state.notes));
  if (state.job && codec.write) {
    const auto job = QJsonDocument::fromJson(QByteArray::fromStdString(codec.write(*state.job)));
    members << memberText(kJobKey, valueText(job.object()));
  } else if (!state.unread_job.isUndefined()) {
    members << memberText(kJobKey, valueText(state.unread_job));
  }
  for (auto it = state.parts.begin(); it != state.parts.end(); ++it)
    members << memberText(it.key(), valueText(it.value()));
  members << memberText(kPresetsKey, presetsText(state));
  return "{\n" + members.join(",\n") + "\n}\n";
}

Result<ProjectLoad> loadProject(const QString& path,
                                const Catalogue& catalogue,
                                const JobCodec& codec) {
  auto folder = folderOf(path);
  if (!folder) return folder.error();
  ProjectLoad load;
  load.folder = folder.value();
  takeLock(load);
  auto content = readWhole(projectFilePath(load.folder), kLargestProjectBytes);
  if (!content && content.error().code != ErrorCode::BadFile) return content.error();
  if (!content) {  // too large to be ours
    load.problems << messageOf(content.error());
    load.read_only_reason = tr("its project.json is too large to be read");
    load.state.name = QFileInfo(load.folder).fileName();
    return load;
  }
  load.stamp = stampOf(projectFilePath(load.folder), content.value());
  SalvagedJson salvaged = salvageJson(content.value());
  const bool damaged = !salvaged.problems.isEmpty();
  for (const QString& problem : salvaged.problems)
    load.problems << tr("project.json is damaged: %1.").arg(problem);
  const QString foreign = foreignFormat(salvaged.root);
  if (load.read_only_reason.isEmpty()) load.read_only_reason = foreign;
  ProjectReader reader(catalogue, codec, load.problems);
  load.state = reader.read(std::move(salvaged.root));
  if (damaged || reader.lossy()) keepDamaged(load, content.value());
  if (load.state.name.isEmpty()) load.state.name = QFileInfo(load.folder).fileName();
  if (load.read_only_reason.isEmpty()) {
    clearUp(load.folder);
    // Missing ones come back; when that fails, what needs them says so.
    for (const QString& name : kFolders) QDir(load.folder).mkpath(name);
  }
  return load;
}

Result<ProjectLoad> createProject(const QString& folder,
                                  const QString& name,
                                  const Catalogue& catalogue,
                                  const JobCodec& codec) {
  const QString place = QDir(folder).absolutePath();
  const QFileInfo there(place);
  if (there.exists() && !there.isDir()) {
    return error(ErrorCode::Io,
                 tr("%1 is a file; choose another name.").arg(QDir::toNativeSeparators(place)));
  }
  if (QFileInfo::exists(projectFilePath(place))) {
    return error(
        ErrorCode::InvalidArgument,
        tr("%1 holds a project already; open it instead.").arg(QDir::toNativeSeparators(place)));
  }
  for (const QString& sub : kFolders) {
    if (QDir().mkpath(QDir(place).filePath(sub))) continue;
    return error(ErrorCode::Io,
                 tr("The folder %1 cannot be made: is %2 writable?")
                     .arg(QDir::toNativeSeparators(QDir(place).filePath(sub)),
                          QDir::toNativeSeparators(there.absolutePath())));
  }
  ProjectState state;
  state.name = name.isEmpty() ? there.fileName() : name;
  if (auto done = writeWhole(projectFilePath(place), projectText(state, codec)); !done)
    return done.error();
  return loadProject(place, catalogue, codec);
}

ProjectWriter::ProjectWriter(const QString& folder,
                             FileStamp stamp,
                             JobCodec codec,
                             WriteFile write_file)
    : folder_(folder),
      stamp_(std::move(stamp)),
      codec_(std::move(codec)),
      write_file_(write_file ? std::move(write_file) : &writeWhole) {}

Result<ProjectWriter::Written> ProjectWriter::write(const ProjectState& state) {
  Written written;
  auto note = keepForeignVersion();
  if (!note) return note.error();
  written.note = note.value();
  const QByteArray text = projectText(state, codec_);
  const QString path = projectFilePath(folder_);
  if (stamp_.exists && stamp_.hash == hashOf(text)) return written;  // nothing new
  if (auto done = write_file_(path, text); !done) return done.error();
  stamp_ = stampOf(path, text);
  return written;
}

// What another program has put in our place is kept under another name before it is replaced.
Result<QString> ProjectWriter::keepForeignVersion() {
  const QString path = projectFilePath(folder_);
  const FileStamp now = stampOf(path, std::nullopt);
  if (!now.exists) {
    const bool vanished = std::exchange(stamp_.exists, false);
    return vanished && QFileInfo(folder_).isDir()
               ? tr("project.json had been removed by another program; it is written again.")
               : QString();
  }
  if (stamp_.exists && now.size == stamp_.size && now.changed_ns == stamp_.changed_ns)
    return QString();
  const auto content = readWhole(path, kLargestProjectBytes);
  if (!content) return content.error();
  if (stamp_.exists && hashOf(content.value()) == stamp_.hash) {
    stamp_ = stampOf(path, content.value());
    return QString();
  }
  const auto kept = keepAside(folder_, QStringLiteral("other"), content.value());
  if (!kept) return kept.error();
  stamp_ = stampOf(path, content.value());
  return tr("Another program had changed project.json; its version is kept as %1.")
      .arg(kept.value());
}

}  // namespace studio::ui
