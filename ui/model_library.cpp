// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Looking into folders on the pool, and what the user has marked.
#include "ui/model_library.h"

#include "ui/settings_store.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QFileSystemWatcher>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

namespace studio::ui {
namespace {

constexpr int kSettleMs = 1500;     // files come in groups
constexpr int kLookAgainMs = 4000;  // at a file that may still be written
constexpr qint64 kStillWrittenS = 60;
constexpr int kTellMs = 100;
constexpr std::size_t kMostTaken = 256;  // at once: more would hold up the event loop
constexpr std::size_t kMostWatched = 1000;
constexpr qsizetype kMostSuggested = 200;

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }

bool isSame(const FoundModel& a, const FoundModel& b) {
  const auto all = [](const FoundModel& found) {
    return std::tie(found.path, found.kind, found.what, found.usable, found.problem, found.traits, found.missing,
                    found.dtype, found.bytes, found.modified_s, found.can_hash, found.hash);
  };
  return all(a) == all(b);
}

// The texts for searching, made from the rest.
void fold(LibraryEntry& entry) {
  QString folded = entry.name + QLatin1Char('\n') + (entry.root.isEmpty() ? QString() : text(entry.found.path)) +
                   QLatin1Char('\n') + text(entry.found.what) + QLatin1Char('\n');
  for (const std::string& trait : entry.found.traits) folded += text(trait) + QLatin1Char('\n');
  entry.folded = folded.toLower();
}

}  // namespace

// What the pool has found and the GUI thread has not taken.
struct ModelLibrary::Inbox {
  QString root;
  std::mutex mutex;  // guards what follows
  std::deque<FoundModel> found;
  int done = 0, total = 0;
  bool is_posted = false;
  std::optional<Result<FoundModels>> result;
  bool is_stopped = false;
};

QString modelName(const QString& path) {
  static const QStringList kEndings{QStringLiteral("safetensors"),
                                    QStringLiteral("ckpt"),
                                    QStringLiteral("pt"),
                                    QStringLiteral("pth"),
                                    QStringLiteral("gguf")};
  static const QStringList kCommon{QStringLiteral("diffusion_pytorch_model"),
                                   QStringLiteral("pytorch_lora_weights"),
                                   QStringLiteral("adapter_model"),
                                   QStringLiteral("model"),
                                   QStringLiteral("vae"),
                                   QStringLiteral("lora")};
  const QFileInfo info(path);
  // Folders of models may have dots in their names.
  QString name =
      kEndings.contains(info.suffix().toLower()) ? info.completeBaseName() : info.fileName();
  const QString parent = info.dir().dirName();
  for (const QString& part : path.split('/')) {
    if (!part.startsWith(QLatin1String("models--"))) continue;
    const QString hub = part.mid(8).replace(QLatin1String("--"), QLatin1String("/"));
    return parent == QLatin1String("snapshots") ? hub : hub + QStringLiteral(" · ") + name;
  }
  return kCommon.contains(name.section('.', 0, 0).toLower()) ? parent + QLatin1Char('/') + name
                                                             : name;
}

ModelLibrary::ModelLibrary(SettingsStore& settings, QObject* parent)
    : QObject(parent),
      settings_(settings),
      used_(settings.usedModels()),
      looks_(nullptr, 1),
      hashes_(nullptr, 1),
      watch_home_(new QObject) {
  for (const QString& value : settings_.favouriteModels()) favourites_[value] = true;
  settle_.setSingleShot(true);
  connect(&settle_, &QTimer::timeout, this, &ModelLibrary::look);
  // Watching asks the disk about each folder, which may sleep.
  watch_home_->moveToThread(&watch_thread_);
  connect(&watch_thread_, &QThread::finished, watch_home_, &QObject::deleteLater);
}

ModelLibrary::~ModelLibrary() {
  attach(nullptr);
  if (!watch_thread_.isRunning()) {
    delete watch_home_;
    return;
  }
  watch_thread_.quit();  // takes what lives there along
  watch_thread_.wait();
}

void ModelLibrary::attach(Engine* engine) {
  if (engine == nullptr) {
    settle_.stop();
    again_ = false;
    if (stop_look_) *stop_look_ = true;
    if (stop_hash_) *stop_hash_ = true;
    looks_.finish();
    hashes_.finish();
    engine_ = nullptr;
    return;
  }
  engine_ = engine;
  look();
}

QStringList ModelLibrary::folders() const { return settings_.modelFolders(); }

bool ModelLibrary::addFolder(const QString& folder) {
  const QString clean = QDir::cleanPath(folder);
  QStringList all = folders();
  if (clean.isEmpty() || all.contains(clean)) return false;
  settings_.setModelFolders(all << clean);
  Q_EMIT foldersChanged();
  look();
  return true;
}

void ModelLibrary::removeFolder(const QString& folder) {
  QStringList all = folders();
  if (all.removeAll(folder) == 0) return;
  settings_.setModelFolders(all);
  problems_.remove(folder);
  unwatch(folder);
  std::erase_if(entries_, [&](const LibraryEntry& entry) { return entry.root == folder; });
  reindex();
  Q_EMIT foldersChanged();
  Q_EMIT changed();
  look();  // another folder may hold some of them, too
}

// --- looking ------------------------------------------------------------------------------------

void ModelLibrary::look() {
  if (engine_ == nullptr) return;
  if (looking_ > 0) {
    again_ = true;
    return;
  }
  ++look_;
  stop_look_ = std::make_shared<std::atomic<bool>>(false);
  if (const std::string own = engine_->resources_path(); !own.empty())
    lookInto({}, own + "/models");
  for (const QString& folder : folders()) lookInto(folder, folder.toStdString());
  Q_EMIT progressed();
}

void ModelLibrary::stopLooking() {
  again_ = false;
  if (stop_look_) *stop_look_ = true;
}

void ModelLibrary::lookInto(const QString& root, const std::string& folder) {
  ++looking_;
  auto inbox = std::make_shared<Inbox>();
  inbox->root = root;
  looks_.run(
      this,
      [this, engine = engine_, inbox, stop = stop_look_, folder] {
        QElapsedTimer since;
        auto result =
            engine->find_models(folder, [&](const FoundModel* found, int done, int total) {
              const std::lock_guard lock(inbox->mutex);
              if (found != nullptr) inbox->found.push_back(*found);
              inbox->done = done, inbox->total = total;
              if (!inbox->is_posted && (!since.isValid() || since.elapsed() > kTellMs)) {
                since.start();
                post(inbox);
              }
              return !stop->load();
            });
        const std::lock_guard lock(inbox->mutex);
        inbox->result = std::move(result);
        inbox->is_stopped = stop->load();
        if (!inbox->is_posted) post(inbox);
        return true;
      },
      [](bool) {});
}

// The inbox is locked.
void ModelLibrary::post(const std::shared_ptr<Inbox>& inbox) {
  inbox->is_posted = true;
  QMetaObject::invokeMethod(
      this, [this, inbox] { take(inbox); }, Qt::QueuedConnection);
}

void ModelLibrary::take(const std::shared_ptr<Inbox>& inbox) {
  std::vector<FoundModel> found;
  std::optional<Result<FoundModels>> result;
  bool is_stopped = false;
  {
    const std::lock_guard lock(inbox->mutex);
    while (!inbox->found.empty() && found.size() < kMostTaken) {
      found.push_back(std::move(inbox->found.front()));
      inbox->found.pop_front();
    }
    done_ = inbox->done, total_ = inbox->total;
    inbox->is_posted = false;
    if (!inbox->found.empty()) {
      post(inbox);
    } else {
      result = std::exchange(inbox->result, std::nullopt);
      is_stopped = inbox->is_stopped;
    }
  }
  looked_at_ = inbox->root;
  bool is_new = false;
  if (inbox->root.isEmpty() || folders().contains(inbox->root)) {
    for (FoundModel& one : found) is_new |= add(std::move(one), inbox->root);
  }
  if (is_new) Q_EMIT changed();
  if (result) return finishFolder(inbox->root, *result, is_stopped);
  Q_EMIT progressed();
}

// Whether that changes what is listed.
bool ModelLibrary::add(FoundModel found, const QString& root) {
  const QString path = text(found.path);
  const auto known = places_.constFind(path);
  if (known != places_.constEnd()) {
    LibraryEntry& entry = entries_[*known];
    entry.seen = look_;
    if (isSame(entry.found, found)) return false;
    entry.found = std::move(found);
    fold(entry);
    return true;
  }
  LibraryEntry entry;
  entry.name = modelName(path);
  entry.value = root.isEmpty() ? QFileInfo(path).fileName() : path;
  entry.root = root;
  entry.folder = path.section('/', 0, -2);
  entry.is_favourite = favourites_.value(entry.value);
  const QVariant used = used_.value(entry.value);
  if (used.isValid()) entry.used = QDateTime::fromMSecsSinceEpoch(used.toLongLong());
  entry.seen = look_;
  entry.found = std::move(found);
  fold(entry);
  places_[path] = entries_.size();
  entries_.push_back(std::move(entry));
  return true;
}

void ModelLibrary::finishFolder(const QString& root,
                                const Result<FoundModels>& result,
                                bool is_stopped) {
  --looking_;
  const std::size_t before = entries_.size();
  QString why;
  bool is_written = false;
  if (!is_stopped) {
    // What was not seen is gone; also what lies on a disk that is no longer there.
    std::erase_if(entries_, [&](const LibraryEntry& entry) {
      return entry.root == root && entry.seen != look_;
    });
    if (entries_.size() != before) reindex();
    const qint64 now_s = QDateTime::currentSecsSinceEpoch();
    is_written = std::any_of(entries_.begin(), entries_.end(), [&](const LibraryEntry& entry) {
      return entry.root == root && !entry.found.usable &&
             std::abs(now_s - entry.found.modified_s) < kStillWrittenS;
    });
    if (!result) {
      why = text(result.error().message);
    } else if (result.value().is_cut_off) {
      why = tr("The folder holds more than is listed here; watch a folder inside it instead.");
    }
    if (result) watch(result.value().folders);
  }
  if (!root.isEmpty() && !is_stopped && problems_.value(root) != why) {
    problems_[root] = why;
    Q_EMIT foldersChanged();
  }
  if (entries_.size() != before) Q_EMIT changed();
  if (is_written && !settle_.isActive()) settle_.start(kLookAgainMs);
  if (looking_ > 0) return;
  done_ = total_ = 0;
  looked_at_.clear();
  Q_EMIT progressed();
  if (std::exchange(again_, false)) look();
}

void ModelLibrary::watch(const std::vector<std::string>& folders) {
  QStringList paths;
  for (const std::string& folder : folders) paths << text(folder);
  if (!watch_thread_.isRunning()) watch_thread_.start();
  QMetaObject::invokeMethod(
      watch_home_,
      [this, home = watch_home_, paths] {
        auto* watcher = home->findChild<QFileSystemWatcher*>();
        if (watcher == nullptr) {
          watcher = new QFileSystemWatcher(home);
          connect(watcher,
                  &QFileSystemWatcher::directoryChanged,
                  this,
                  &ModelLibrary::noticeChange,
                  Qt::QueuedConnection);
        }
        const QStringList known = watcher->directories();
        for (const QString& path : paths) {
          if (watcher->directories().size() >= static_cast<qsizetype>(kMostWatched)) return;
          if (!known.contains(path)) watcher->addPath(path);
        }
      },
      Qt::QueuedConnection);
}

// What another watched folder needs, the next look adds again.
void ModelLibrary::unwatch(const QString& folder) {
  QMetaObject::invokeMethod(
      watch_home_,
      [home = watch_home_, folder] {
        auto* watcher = home->findChild<QFileSystemWatcher*>();
        if (watcher == nullptr) return;
        const QStringList watched = watcher->directories();
        for (const QString& path : watched) {
          if (path == folder || path.startsWith(folder + QLatin1Char('/'))) watcher->removePath(path);
        }
      },
      Qt::QueuedConnection);
}

void ModelLibrary::noticeChange() {
  if (engine_ != nullptr && !settle_.isActive()) settle_.start(kSettleMs);
}

void ModelLibrary::reindex() {
  places_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) places_[text(entries_[i].found.path)] = i;
}

// --- what the user does -------------------------------------------------------------------------

const LibraryEntry* ModelLibrary::find(const QString& value) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const LibraryEntry& entry) {
    return entry.value == value;
  });
  return found == entries_.end() ? nullptr : &*found;
}

QStringList ModelLibrary::files(FileKind kind) const {
  std::vector<const LibraryEntry*> usable;
  for (const LibraryEntry& entry : entries_) {
    if (entry.found.kind == kind && entry.found.usable) usable.push_back(&entry);
  }
  std::sort(usable.begin(), usable.end(), [](const LibraryEntry* a, const LibraryEntry* b) {
    if (a->is_favourite != b->is_favourite) return a->is_favourite;
    const qint64 used_a = a->used.isValid() ? a->used.toMSecsSinceEpoch() : 0;
    const qint64 used_b = b->used.isValid() ? b->used.toMSecsSinceEpoch() : 0;
    if (used_a != used_b) return used_a > used_b;
    return a->value < b->value;
  });
  QStringList values;
  for (const LibraryEntry* entry : usable) {
    if (values.size() < kMostSuggested) values << entry->value;
  }
  return values;
}

void ModelLibrary::setFavourite(const QString& value, bool favourite) {
  favourites_[value] = favourite;
  QStringList all = settings_.favouriteModels();
  all.removeAll(value);
  if (favourite) all << value;
  settings_.setFavouriteModels(all);
  for (LibraryEntry& entry : entries_) {
    if (entry.value == value) entry.is_favourite = favourite;
  }
  Q_EMIT changed();
}

void ModelLibrary::noteUsed(const QString& value) {
  const QDateTime now = QDateTime::currentDateTime();
  used_[value] = now.toMSecsSinceEpoch();
  settings_.noteModelUsed(value, now.toMSecsSinceEpoch());
  bool is_known = false;
  for (LibraryEntry& entry : entries_) {
    if (entry.value != value) continue;
    entry.used = now;
    is_known = true;
  }
  if (is_known) Q_EMIT changed();
}

void ModelLibrary::hash(const QString& path) {
  if (engine_ == nullptr || !hashing_.isEmpty()) return;
  hashing_ = path;
  hashed_ = 0;
  stop_hash_ = std::make_shared<std::atomic<bool>>(false);
  Q_EMIT progressed();
  hashes_.run(
      this,
      [this, engine = engine_, path, stop = stop_hash_] {
        QElapsedTimer since;
        return engine->hash_model(path.toStdString(), [&](double fraction) {
          if (!since.isValid() || since.elapsed() > kTellMs) {
            since.start();
            QMetaObject::invokeMethod(
                this,
                [this, path, fraction] {
                  if (hashing_ != path) return;
                  hashed_ = fraction;
                  Q_EMIT progressed();
                },
                Qt::QueuedConnection);
          }
          return !stop->load();
        });
      },
      [this, path, stop = stop_hash_](const Result<std::string>& hash) {
        hashing_.clear();
        if (const auto place = places_.constFind(path); hash && place != places_.constEnd())
          entries_[*place].found.hash = hash.value();
        if (!hash && !stop->load()) Q_EMIT problem(text(hash.error().message));
        Q_EMIT changed();
        Q_EMIT progressed();
      });
}

void ModelLibrary::stopHashing() {
  if (stop_hash_) *stop_hash_ = true;
}

}  // namespace studio::ui
