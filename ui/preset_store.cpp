// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// All presets there are, and their files.
#include "ui/preset_store.h"

#include "ui/gallery_trash.h"

#include "ui/project_disk.h"

#include <QCollator>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStandardPaths>
#include <QTimer>
#include <QUuid>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kSettleMs = 300;
constexpr int kMostFiles = 5000;
const QString kStarsFile = QStringLiteral(".starred.json");
const QString kBuiltInId = QStringLiteral("built-in/");
const QString kUserId = QStringLiteral("user/");
const QString kProjectId = QStringLiteral("project/");

QString newName() { return QUuid::createUuid().toString(QUuid::Id128).left(8); }

QString messageOf(const Error& error) {
  QString text = QString::fromStdString(error.message);
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  return text.endsWith('.') ? text : text + '.';
}

// The user's by name, the program's by file.
bool comesBefore(const PresetEntry& one, const PresetEntry& other) {
  static const QCollator kByName = [] {
    QCollator collator;
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    return collator;
  }();
  if (one.place == PresetPlace::BuiltIn) return kByName.compare(one.id, other.id) < 0;
  return kByName.compare(one.preset.name, other.preset.name) < 0;
}

Result<ReadPreset> readFile(const QString& path,
                            const Catalogue& catalogue,
                            const JobCodec& codec) {
  const auto content = readWhole(path, kLargestPresetBytes);
  if (!content) return content.error();
  return readPreset(content.value(), catalogue, codec, QFileInfo(path).fileName());
}

std::vector<PresetEntry> readFolder(const QString& folder,
                                    PresetPlace place,
                                    const Catalogue& catalogue,
                                    const JobCodec& codec) {
  std::vector<PresetEntry> entries;
  if (folder.isEmpty()) return entries;
  const QString prefix = place == PresetPlace::BuiltIn ? kBuiltInId : kUserId;
  QStringList names =
      QDir(folder).entryList({QStringLiteral("*.json")}, QDir::Files | QDir::Readable, QDir::Name);
  if (names.size() > kMostFiles) names.resize(kMostFiles);
  for (const QString& name : names) {
    PresetEntry entry{.id = prefix + name, .place = place, .file = QDir(folder).filePath(name)};
    auto read = readFile(entry.file, catalogue, codec);
    if (read) {
      entry.preset = std::move(read.value().preset);
      entry.summary = presetSummary(entry.preset, catalogue);
    } else {
      entry.preset.name = name;
      entry.problem = messageOf(read.error());
    }
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(), &comesBefore);
  return entries;
}

QStringList readStars(const QString& folder) {
  constexpr qint64 kMost = 1 << 20;
  const auto content = readWhole(QDir(folder).filePath(kStarsFile), kMost);
  QStringList stars;
  if (!content) return stars;
  for (const QJsonValue& id : QJsonDocument::fromJson(content.value()).array())
    stars << id.toString();
  return stars;
}

Result<void> writeInFolder(const QString& path, const QByteArray& content) {
  if (!QDir().mkpath(QFileInfo(path).absolutePath())) {
    return Error{ErrorCode::Io,
                 PresetStore::tr("The folder %1 cannot be made.")
                     .arg(QFileInfo(path).absolutePath())
                     .toStdString()};
  }
  return writeWhole(path, content);
}

// Where there is no trash, a folder beside the presets takes its part; the text says so then.
Result<QString> trash(const QString& path) {
  if (moveToTrash({path}).problem.isEmpty()) return QString();
  const QFileInfo info(path);
  const QDir deleted(info.absoluteDir().filePath(QStringLiteral("deleted")));
  const QString kept = deleted.filePath(info.fileName());
  if (QDir().mkpath(deleted.path())) {
    QFile::remove(kept);
    if (QFile::rename(path, kept)) {
      return PresetStore::tr("There is no trash here; the file is kept as %1.")
          .arg(QDir::toNativeSeparators(kept));
    }
  }
  return Error{ErrorCode::Io,
               PresetStore::tr("%1 could not be moved to the trash.").arg(path).toStdString()};
}

}  // namespace

PresetStore::PresetStore(const Catalogue& catalogue,
                         const JobCodec& codec,
                         const QString& built_in_folder,
                         const QString& user_folder,
                         QObject* parent)
    : QObject(parent),
      catalogue_(catalogue),
      codec_(codec),
      built_in_folder_(built_in_folder),
      user_folder_(user_folder.isEmpty() ? defaultUserFolder() : user_folder),
      settle_(new QTimer(this)) {
  settle_->setSingleShot(true);
  settle_->setInterval(kSettleMs);
  connect(settle_, &QTimer::timeout, this, &PresetStore::reload);
  connect(&watcher_, &QFileSystemWatcher::directoryChanged, settle_, qOverload<>(&QTimer::start));
  reload();
}

PresetStore::~PresetStore() { tasks_.finish(); }

QString PresetStore::defaultUserFolder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation))
      .filePath(QStringLiteral("seg-studio/presets"));
}

void PresetStore::reload() {
  tasks_.run(
      [&catalogue = catalogue_, codec = codec_, own = built_in_folder_, user = user_folder_] {
        return Loaded{readFolder(own, PresetPlace::BuiltIn, catalogue, codec),
                      readFolder(user, PresetPlace::User, catalogue, codec),
                      readStars(user)};
      },
      [this, changes = changes_](const Loaded& loaded) {
        if (changes != changes_) return reload();  // it may be older than what is shown
        take(loaded);
      });
}

void PresetStore::take(const Loaded& loaded) {
  std::vector<PresetEntry> before = entries_;
  std::erase_if(entries_, [](const PresetEntry& one) { return one.place != PresetPlace::Project; });
  entries_.insert(entries_.end(), loaded.user.begin(), loaded.user.end());
  for (const PresetEntry& one : loaded.built_in) {
    entries_.push_back(one);
    entries_.back().preset.starred = loaded.stars.contains(one.id);
  }
  watch();
  const bool first = !std::exchange(loaded_, true);
  if (first || before != entries_) Q_EMIT changed();
}

void PresetStore::watch() {
  if (watcher_.directories().isEmpty() && QFileInfo(user_folder_).isDir())
    watcher_.addPath(user_folder_);
}

void PresetStore::setProject(Project* project) {
  if (project_ != nullptr) project_->disconnect(this);
  project_ = project;
  if (project != nullptr) {
    connect(project, &Project::presetsChanged, this, &PresetStore::followProject);
    connect(project, &QObject::destroyed, this, &PresetStore::followProject);
  }
  followProject();
}

void PresetStore::followProject() {
  if (storing_project_) return;
  std::erase_if(entries_, [](const PresetEntry& one) { return one.place == PresetPlace::Project; });
  std::vector<PresetEntry> own;
  if (project_ != nullptr) {
    for (const Preset& preset : project_->presets()) {
      own.push_back({.id = kProjectId + newName(),
                     .place = PresetPlace::Project,
                     .preset = preset,
                     .summary = presetSummary(preset, catalogue_)});
    }
  }
  entries_.insert(entries_.begin(), own.begin(), own.end());
  Q_EMIT changed();
}

const PresetEntry* PresetStore::find(const QString& id) const {
  const auto found = std::find_if(
      entries_.begin(), entries_.end(), [&](const PresetEntry& one) { return one.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

PresetEntry* PresetStore::entry(const QString& id) {
  return const_cast<PresetEntry*>(std::as_const(*this).find(id));
}

const PresetEntry* PresetStore::findByName(PresetPlace place, const QString& name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const PresetEntry& one) {
    return one.place == place && one.isEditable() && one.preset.name == name;
  });
  return found == entries_.end() ? nullptr : &*found;
}

bool PresetStore::canKeepIn(PresetPlace place) const {
  if (place == PresetPlace::User) return true;
  return place == PresetPlace::Project && project_ != nullptr && !project_->isReadOnly();
}

// The project's come last of theirs.
void PresetStore::insertSorted(PresetEntry entry) {
  const auto after = std::find_if(entries_.begin(), entries_.end(), [&](const PresetEntry& other) {
    if (other.place != entry.place) return other.place > entry.place;
    return entry.place != PresetPlace::Project && comesBefore(entry, other);
  });
  entries_.insert(after, std::move(entry));
}

QString PresetStore::add(PresetPlace place, const Preset& preset, const QString& id) {
  PresetEntry entry{
      .id = id, .place = place, .preset = preset, .summary = presetSummary(preset, catalogue_)};
  const bool in_project = place == PresetPlace::Project && project_ != nullptr;
  if (!in_project) entry.place = PresetPlace::User;
  if (in_project) {
    if (!id.startsWith(kProjectId)) entry.id = kProjectId + newName();
  } else {
    if (!id.startsWith(kUserId))
      entry.id = kUserId + fileStem(preset.name) + '-' + newName() + QStringLiteral(".json");
    entry.file = QDir(user_folder_).filePath(entry.id.mid(kUserId.size()));
  }
  ++changes_;
  insertSorted(entry);
  in_project ? storeProject() : storeUser(entry);
  Q_EMIT changed();
  return entry.id;
}

void PresetStore::replace(const QString& id, const Preset& preset) {
  PresetEntry* const found = entry(id);
  if (found == nullptr || !found->isEditable() || found->preset == preset) return;
  ++changes_;
  PresetEntry next = *found;
  next.preset = preset;
  next.summary = presetSummary(preset, catalogue_);
  if (next.place == PresetPlace::Project) {
    *found = next;
    storeProject();
  } else {
    std::erase_if(entries_, [&](const PresetEntry& one) { return one.id == id; });
    insertSorted(next);
    storeUser(next);
  }
  Q_EMIT changed();
}

void PresetStore::remove(const QString& id) {
  const PresetEntry* const found = find(id);
  if (found == nullptr || found->place == PresetPlace::BuiltIn) return;
  ++changes_;
  const PresetEntry gone = *found;
  std::erase_if(entries_, [&](const PresetEntry& one) { return one.id == id; });
  if (gone.place == PresetPlace::Project) {
    storeProject();
  } else {
    tasks_.run([path = gone.file] { return trash(path); },
               [this](const Result<QString>& done) {
                 if (!done) return report(done.error());
                 if (!done.value().isEmpty()) Q_EMIT note(done.value());
               });
  }
  Q_EMIT changed();
}

void PresetStore::setStarred(const QString& id, bool starred) {
  PresetEntry* const found = entry(id);
  if (found == nullptr || !found->isUsable() || found->preset.starred == starred) return;
  Preset preset = found->preset;
  preset.starred = starred;
  if (found->place != PresetPlace::BuiltIn) return replace(id, preset);
  ++changes_;
  found->preset = preset;
  storeStars();
  Q_EMIT changed();
}

void PresetStore::storeUser(const PresetEntry& entry) {
  tasks_.run([path = entry.file,
              preset = entry.preset] { return writeInFolder(path, presetText(preset)); },
             [this](const Result<void>& done) {
               report(done);
               watch();
             });
}

void PresetStore::storeProject() {
  if (project_ == nullptr) return;
  std::vector<Preset> presets;
  for (const PresetEntry& one : entries_) {
    if (one.place == PresetPlace::Project) presets.push_back(one.preset);
  }
  storing_project_ = true;
  project_->setPresets(std::move(presets));
  storing_project_ = false;
}

void PresetStore::storeStars() {
  QJsonArray stars;
  for (const PresetEntry& one : entries_) {
    if (one.place == PresetPlace::BuiltIn && one.preset.starred) stars.append(one.id);
  }
  tasks_.run([path = QDir(user_folder_).filePath(kStarsFile),
              text = QJsonDocument(stars).toJson()] { return writeInFolder(path, text); },
             [this](const Result<void>& done) { report(done); });
}

// What could not be stored is not shown as if it were.
void PresetStore::report(const Result<void>& done) {
  if (done) return;
  Q_EMIT problem(messageOf(done.error()));
  reload();
}

void PresetStore::readFiles(
    const QStringList& paths,
    std::function<void(const std::vector<Preset>& presets, const QStringList& problems)> then) {
  struct Read {
    std::vector<Preset> presets;
    QStringList problems;
  };
  tasks_.run(
      [&catalogue = catalogue_, codec = codec_, paths] {
        Read all;
        for (const QString& path : paths) {
          auto read = readFile(path, catalogue, codec);
          const QString name = QFileInfo(path).fileName();
          if (!read) {
            all.problems << QStringLiteral("%1: %2").arg(
                name, QString::fromStdString(read.error().message));
            continue;
          }
          for (const QString& remark : read.value().remarks)
            all.problems << QStringLiteral("%1: %2").arg(name, remark);
          all.presets.push_back(std::move(read.value().preset));
        }
        return all;
      },
      [then = std::move(then)](const Read& all) { then(all.presets, all.problems); });
}

void PresetStore::writeFile(const QString& id, const QString& path) {
  const PresetEntry* const found = find(id);
  if (found == nullptr || !found->isUsable()) return;
  tasks_.run([preset = found->preset, path] { return writeWhole(path, presetText(preset)); },
             [this, path](const Result<void>& done) {
               if (!done) return Q_EMIT problem(messageOf(done.error()));
               Q_EMIT note(tr("Saved %1.").arg(QDir::toNativeSeparators(path)));
             });
}

}  // namespace studio::ui
