// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip's pairs, newest first.
#include "ui/gallery_model.h"

#include "ui/gallery_trash.h"
#include "ui/job_text.h"
#include "ui/pool_tasks.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QImageReader>
#include <QSet>
#include <QTimer>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kThumbSide = 192;   // sharp at 2x
constexpr int kThumbsKept = 400;  // pairs
constexpr char kImages[] = "images";
constexpr char kGuidedEnd[] = "-guided.png";
constexpr char kTwinEnd[] = "-twin.png";

QImage thumbOf(const QImage& image) {
  if (image.width() <= kThumbSide && image.height() <= kThumbSide) return image;
  return image.scaled(kThumbSide, kThumbSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)
      .convertToFormat(QImage::Format_RGB32);
}

QImage readThumb(const QString& path) {
  QImageReader reader(path);
  reader.setAutoTransform(false);
  const QImage image = reader.read();
  return image.isNull() ? QImage() : thumbOf(image.convertToFormat(QImage::Format_RGB32));
}

Result<Picture> readPicture(Engine& engine, const QString& path) {
  const std::string file = path.toStdString();
  auto request = engine.load_job(file);
  if (!request) return request.error();
  auto pixels = engine.load_png(file);
  if (!pixels) return pixels.error();
  Picture picture;
  picture.finished.resolved = std::move(request).value();
  auto image = std::make_shared<const ImageRgb8>(std::move(pixels).value());
  picture.image = toQImage(*image);
  picture.finished.images = {image};
  if (picture.image.isNull()) return Error{ErrorCode::BadFile, file + " is an empty picture"};
  return picture;
}

}  // namespace

GalleryModel::GalleryModel(const Catalogue& catalogue,
                           PoolTasks& tasks,
                           const QString& folder,
                           QObject* parent)
    : QAbstractListModel(parent),
      catalogue_(catalogue),
      tasks_(tasks),
      folder_(folder),
      thumbs_(kThumbsKept) {}

int GalleryModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

QVariant GalleryModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Item& item = items_[static_cast<std::size_t>(index.row())];
  const Thumbs* thumbs = nullptr;
  if (role == GuidedThumbRole || role == TwinThumbRole) {
    thumbs = thumbs_.object(item.id);
    if (thumbs == nullptr || item.state == State::Unread) {
      // Reading changes the model, which may not happen while it is being read.
      auto* self = const_cast<GalleryModel*>(this);
      QTimer::singleShot(0, self, [self, id = item.id] { self->read(self->rowOf(id)); });
    }
  }
  switch (role) {
    case GuidedThumbRole:
      return thumbs == nullptr ? QVariant() : thumbs->guided;
    case TwinThumbRole:
      return thumbs == nullptr ? QVariant() : thumbs->twin;
    case CaptionRole:
      return item.caption;
    case SeedRole:
      return item.seed;
    case PromptRole:
      return item.prompt;
    case ProblemRole:
      return item.problem;
    case HasTwinRole:
      return item.has_twin;
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
      return item.problem.isEmpty()
                 ? tr("Pair: %1, %2, %3").arg(item.prompt, item.caption, item.seed)
                 : item.problem;
    case Qt::ToolTipRole: {
      if (!item.problem.isEmpty()) return item.problem;
      return item.on_disk ? fileOf(item, Side::Guided) : QVariant();
    }
    default:
      return {};
  }
}

void GalleryModel::setFolder(const QString& folder) {
  beginResetModel();
  folder_ = folder;
  items_.clear();
  thumbs_.clear();
  endResetModel();
}

QString GalleryModel::fileOf(const Item& item, Side side) const {
  const QString name = item.id + QLatin1String(side == Side::Guided ? kGuidedEnd : kTwinEnd);
  return QDir(folder_).filePath(item.in_root ? name
                                             : QLatin1String(kImages) + QLatin1Char('/') + name);
}

QString GalleryModel::pathOf(int row, Side side) const {
  if (row < 0 || row >= rowCount() || !items_[static_cast<std::size_t>(row)].on_disk) return {};
  return fileOf(items_[static_cast<std::size_t>(row)], side);
}

int GalleryModel::rowOf(const QString& id) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.id == id; });
  return found == items_.end() ? -1 : static_cast<int>(found - items_.begin());
}

void GalleryModel::touch(int row) { Q_EMIT dataChanged(index(row), index(row)); }

void GalleryModel::describe(Item& item, const GenerationRequest& request) const {
  item.caption = shortGuidanceText(request, catalogue_);
  item.seed = request.seed ? tr("seed %1").arg(*request.seed) : QString();
  const QString prompt = request.prompts.empty()
                             ? QString()
                             : QString::fromStdString(request.prompts.front()).simplified();
  item.prompt = prompt.isEmpty() ? tr("no prompt") : prompt;
}

void GalleryModel::setEngine(Engine* engine) {
  engine_ = engine;
  if (engine_ == nullptr || items_.empty()) return;
  for (Item& item : items_) {
    if (item.on_disk && item.caption.isEmpty() && item.problem.isEmpty())
      item.state = State::Unread;
  }
  Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

namespace {

struct FoundPair {
  QString id;
  bool has_twin, in_root;
};

// Ids begin with the time: the last in the order of names are the newest.
std::vector<FoundPair> newestPairs(const QString& project, int most) {
  std::vector<FoundPair> all;
  const QString guided = QString::fromLatin1(kGuidedEnd);
  for (const bool in_root : {false, true}) {
    const QDir dir(in_root ? project : QDir(project).filePath(QLatin1String(kImages)));
    const QStringList names = dir.entryList({QStringLiteral("*.png")}, QDir::Files, QDir::NoSort);
    const QSet<QString> there(names.begin(), names.end());
    for (const QString& name : names) {
      if (!name.endsWith(guided)) continue;
      const QString id = name.chopped(guided.size());
      all.push_back({id, there.contains(id + QLatin1String(kTwinEnd)), in_root});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
  if (all.size() > static_cast<std::size_t>(most)) all.resize(static_cast<std::size_t>(most));
  return all;
}

}  // namespace

void GalleryModel::restore(std::function<void()> then) {
  const QString folder = folder_;
  tasks_.run(
      this,
      [folder] { return newestPairs(folder, kMostRestored); },
      [this, folder, then = std::move(then)](const std::vector<FoundPair>& all) {
        std::vector<Item> older;
        for (const FoundPair& found : all) {
          if (folder != folder_ || rowOf(found.id) >= 0) continue;
          Item item;
          item.id = found.id;
          item.has_twin = found.has_twin;
          item.in_root = found.in_root;
          item.on_disk = true;
          older.push_back(std::move(item));
        }
        if (!older.empty()) {
          beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(older.size()) - 1);
          std::move(older.begin(), older.end(), std::back_inserter(items_));
          endInsertRows();
        }
        if (then) then();
      });
}

void GalleryModel::read(int row) {
  if (row < 0) return;
  Item& item = items_[static_cast<std::size_t>(row)];
  if (item.state == State::Reading || (item.state == State::Read && thumbs_.contains(item.id)) ||
      !item.on_disk)
    return;
  item.state = State::Reading;
  struct Answer {
    Thumbs thumbs;
    std::optional<Result<GenerationRequest>> request;
  };
  const QString id = item.id, guided = fileOf(item, Side::Guided),
                twin = item.has_twin ? fileOf(item, Side::Twin) : QString();
  Engine* engine = item.caption.isEmpty() ? engine_ : nullptr;
  tasks_.run(
      this,
      [=] {
        Answer answer;
        answer.thumbs.guided = readThumb(guided);
        if (!twin.isEmpty()) answer.thumbs.twin = readThumb(twin);
        if (engine != nullptr) answer.request = engine->load_job(guided.toStdString());
        return answer;
      },
      [this, id](const Answer& answer) {
        const int now = rowOf(id);
        if (now < 0) return;
        Item& read_item = items_[static_cast<std::size_t>(now)];
        read_item.state = State::Read;
        if (answer.request && *answer.request) describe(read_item, answer.request->value());
        if (answer.thumbs.guided.isNull()) {
          read_item.problem =
              tr("%1 cannot be read as a picture").arg(id + QLatin1String(kGuidedEnd));
        } else if (answer.request && !*answer.request) {
          read_item.problem = QString::fromStdString(answer.request->error().message);
        }
        thumbs_.insert(id, new Thumbs(answer.thumbs));
        touch(now);
      });
}

QString GalleryModel::newId() {
  const QString time = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss-zzz"));
  return QStringLiteral("%1-%2").arg(time).arg(++counter_, 4, 10, QLatin1Char('0'));
}

// The same picture: from the engine's recent results, or the same job on the same weights.
int GalleryModel::rowOfEqual(const Finished& guided) const {
  const GenerationRequest wanted = comparable(guided.resolved, catalogue_);
  const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
    return item.made && *item.made == wanted && item.model_hash == guided.model_hash &&
           (guided.from_cache || !guided.model_hash.empty());
  });
  return found == items_.end() ? -1 : static_cast<int>(found - items_.begin());
}

void GalleryModel::completeTwin(int row, const Pair& pair) {
  Item& item = items_[static_cast<std::size_t>(row)];
  item.has_twin = true;
  item.pair = pair;
  thumbs_.insert(item.id, new Thumbs{thumbOf(pair.guided->image), thumbOf(pair.twin->image)});
  touch(row);
  save(row);
}

int GalleryModel::add(const Pair& pair) {
  if (!pair.guided) return -1;
  if (const int row = rowOfEqual(pair.guided->finished); row >= 0) {
    if (pair.twin && !items_[static_cast<std::size_t>(row)].has_twin) completeTwin(row, pair);
    return row;
  }
  Item item;
  item.id = newId();
  item.has_twin = pair.twin != nullptr;
  item.state = State::Read;
  item.pair = pair;
  item.made = comparable(pair.guided->finished.resolved, catalogue_);
  item.model_hash = pair.guided->finished.model_hash;
  describe(item, pair.guided->finished.resolved);
  thumbs_.insert(
      item.id,
      new Thumbs{thumbOf(pair.guided->image), pair.twin ? thumbOf(pair.twin->image) : QImage()});
  beginInsertRows({}, 0, 0);
  items_.insert(items_.begin(), std::move(item));
  endInsertRows();
  save(0);
  return 0;
}

void GalleryModel::save(int row) {
  if (engine_ == nullptr || read_only_) return;
  const Item& item = items_[static_cast<std::size_t>(row)];
  const QString id = item.id, guided = fileOf(item, Side::Guided), twin = fileOf(item, Side::Twin),
                folder = QFileInfo(guided).absolutePath();
  const Pair pair = item.pair;
  Engine* engine = engine_;
  tasks_.run(
      this,
      [=]() -> Result<void> {
        if (!QDir().mkpath(folder)) {
          return Error{ErrorCode::Io,
                       "the gallery folder " + folder.toStdString() + " cannot be created"};
        }
        // The twin first: a guided file marks a whole pair.
        if (pair.twin) {
          if (auto done = engine->save_png(twin.toStdString(), pair.twin->finished, 0); !done)
            return done;
        }
        return engine->save_png(guided.toStdString(), pair.guided->finished, 0);
      },
      [this, id, guided](const Result<void>& done) {
        const QString why = done ? QString() : QString::fromStdString(done.error().message);
        if (done) {
          Q_EMIT saved(guided);
        } else {
          Q_EMIT problem(
              tr("The picture stays in memory only, it could not be saved: %1").arg(why));
        }
        const int now = rowOf(id);
        if (now < 0) return;
        Item& saved_item = items_[static_cast<std::size_t>(now)];
        if (done) {
          saved_item.on_disk = true;
          saved_item.pair = {};
        } else {
          saved_item.problem = tr("Not saved: %1").arg(why);
        }
        touch(now);
      });
}

void GalleryModel::open(int row, std::function<void(Result<Pair>)> then) {
  if (row < 0 || row >= rowCount()) return;
  const Item& item = items_[static_cast<std::size_t>(row)];
  if (item.pair.guided) return then(item.pair);
  if (engine_ == nullptr) return;
  const QString guided = fileOf(item, Side::Guided),
                twin = item.has_twin ? fileOf(item, Side::Twin) : QString();
  Engine* engine = engine_;
  tasks_.run(
      this,
      [=]() -> Result<Pair> {
        auto first = readPicture(*engine, guided);
        if (!first) return first.error();
        Pair pair;
        pair.guided = std::make_shared<const Picture>(std::move(first).value());
        if (twin.isEmpty()) return pair;
        // A damaged twin does not hide the guided picture.
        if (auto second = readPicture(*engine, twin))
          pair.twin = std::make_shared<const Picture>(std::move(second).value());
        return pair;
      },
      std::move(then));
}

void GalleryModel::remove(int row) {
  if (row < 0 || row >= rowCount()) return;
  const Item& item = items_[static_cast<std::size_t>(row)];
  if (!item.on_disk) return drop(item.id);
  if (read_only_)
    return Q_EMIT problem(tr("The project is open for reading only, so its pictures stay."));
  const QStringList files = {fileOf(item, Side::Guided), fileOf(item, Side::Twin)};
  tasks_.run(
      this,
      [files] { return moveToTrash(files); },
      [this, files, id = item.id](const TrashOutcome& outcome) {
        if (!outcome.problem.isEmpty()) Q_EMIT problem(outcome.problem);
        // The guided file goes first: without it the pair is none.
        if (outcome.moved.empty() && !outcome.problem.isEmpty()) return;
        drop(id);
        Q_EMIT removed(files);
      });
}

void GalleryModel::drop(const QString& id) {
  const int row = rowOf(id);
  if (row < 0) return;
  beginRemoveRows({}, row, row);
  items_.erase(items_.begin() + row);
  endRemoveRows();
}

}  // namespace studio::ui
