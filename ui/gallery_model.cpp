// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip's pairs, newest first.
#include "ui/gallery_model.h"

#include "ui/job_text.h"
#include "ui/pool_tasks.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QImageReader>
#include <QMimeData>
#include <QSet>
#include <QTimer>
#include <QUrl>

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
      folder_(QDir::cleanPath(QDir(folder).absolutePath())),
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
  folder_ = QDir::cleanPath(QDir(folder).absolutePath());
  items_.clear();
  thumbs_.clear();
  endResetModel();
}

QString GalleryModel::fileOf(const Item& item, Side side) const {
  const QString name = item.id + QLatin1String(side == Side::Guided ? kGuidedEnd : kTwinEnd);
  return QDir(folder_).filePath(item.in_root ? name
                                             : QLatin1String(kImages) + QLatin1Char('/') + name);
}

Qt::ItemFlags GalleryModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags usual = QAbstractListModel::flags(index);
  return pathOf(index.row(), Side::Guided).isEmpty() ? usual : usual | Qt::ItemIsDragEnabled;
}

QStringList GalleryModel::mimeTypes() const { return {QStringLiteral("text/uri-list")}; }

QMimeData* GalleryModel::mimeData(const QModelIndexList& indexes) const {
  QList<QUrl> urls;
  for (const QModelIndex& index : indexes) {
    if (const QString path = pathOf(index.row(), Side::Guided); !path.isEmpty())
      urls << QUrl::fromLocalFile(path);
  }
  if (urls.isEmpty()) return nullptr;
  auto* data = new QMimeData;
  data->setUrls(urls);
  return data;
}

QString GalleryModel::placeOf(int row, Side side) const {
  return row < 0 || row >= rowCount() ? QString()
                                      : fileOf(items_[static_cast<std::size_t>(row)], side);
}

QString GalleryModel::pathOf(int row, Side side) const {
  if (row < 0 || row >= rowCount() || !items_[static_cast<std::size_t>(row)].on_disk) return {};
  return placeOf(row, side);
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
  readJobs();
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
        readJobs();
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
        if (answer.request) takeJob(read_item, *answer.request);
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

GalleryModel::Item GalleryModel::itemOf(const Pair& pair) {
  Item item;
  item.id = newId();
  item.has_twin = pair.twin != nullptr;
  item.state = State::Read;
  item.job_is_read = true;
  item.pair = pair;
  item.made = comparable(pair.guided->finished.resolved, catalogue_);
  item.model_hash = pair.guided->finished.model_hash;
  describe(item, pair.guided->finished.resolved);
  return item;
}

int GalleryModel::insertNewest(Item item) {
  const Pair& pair = item.pair;
  thumbs_.insert(
      item.id,
      new Thumbs{thumbOf(pair.guided->image), pair.twin ? thumbOf(pair.twin->image) : QImage()});
  beginInsertRows({}, 0, 0);
  items_.insert(items_.begin(), std::move(item));
  endInsertRows();
  return 0;
}

void GalleryModel::add(const Pair& pair, std::function<void(int)> then) {
  if (!pair.guided) return;
  int row = rowOfEqual(pair.guided->finished);
  if (row < 0) {
    Item item = itemOf(pair);
    const QStringList files = engine_ == nullptr ? QStringList() : filesLikely(item);
    if (!files.isEmpty()) return addUnlessOnDisk(std::move(item), files, std::move(then));
    row = insertNewest(std::move(item));
    save(row);
  } else if (pair.twin && !items_[static_cast<std::size_t>(row)].has_twin) {
    completeTwin(row, pair);
  }
  if (then) then(row);
}

namespace {

Result<void> writePair(Engine& engine,
                       const Pair& pair,
                       const QString& guided,
                       const QString& twin) {
  const QString folder = QFileInfo(guided).absolutePath();
  if (!QDir().mkpath(folder)) {
    return Error{ErrorCode::Io,
                 GalleryModel::tr("The gallery folder %1 cannot be created.")
                     .arg(QDir::toNativeSeparators(folder))
                     .toStdString()};
  }
  // The twin first: a guided file marks a whole pair.
  if (pair.twin) {
    if (auto done = engine.save_png(twin.toStdString(), pair.twin->finished, 0); !done) return done;
  }
  return engine.save_png(guided.toStdString(), pair.guided->finished, 0);
}

// The first of the files with this job (comparable()) and exactly these pixels; "" when there is
// none.
QString equalFile(Engine& engine,
                  const Catalogue& catalogue,
                  const QStringList& files,
                  const GenerationRequest& job,
                  const QImage& image) {
  for (const QString& file : files) {
    const auto found = engine.load_job(file.toStdString());
    if (!found || comparable(found.value(), catalogue) != job) continue;
    const auto pixels = engine.load_png(file.toStdString());
    if (pixels && toQImage(pixels.value()) == image) return file;
  }
  return {};
}

}  // namespace

void GalleryModel::addUnlessOnDisk(Item item,
                                   const QStringList& files,
                                   std::function<void(int)> then) {
  struct Outcome {
    QString equal;
    std::optional<Result<void>> saved;
  };
  // Looks and saves in one go: what is made while the window closes is not lost.
  const bool save_it = !read_only_;
  tasks_.run(
      this,
      [engine = engine_,
       catalogue = &catalogue_,
       job = *item.made,
       pair = item.pair,
       to = filesOf(item),
       files,
       save_it] {
        Outcome outcome;
        outcome.equal = equalFile(*engine, *catalogue, files, job, pair.guided->image);
        if (outcome.equal.isEmpty() && save_it)
          outcome.saved = writePair(*engine, pair, to.guided, to.twin);
        return outcome;
      },
      [this, item, then = std::move(then)](const Outcome& outcome) {
        int row = outcome.equal.isEmpty() ? -1 : rowOfPlace(outcome.equal);
        if (row >= 0) {
          Item& known = items_[static_cast<std::size_t>(row)];
          known.made = item.made;
          known.model_hash = item.model_hash;
          if (item.pair.twin && !known.has_twin) completeTwin(row, item.pair);
        } else {
          row = insertNewest(item);
          if (outcome.saved) {
            takeSaved(item.id, fileOf(item, Side::Guided), *outcome.saved);
          } else if (!outcome.equal.isEmpty()) {
            save(row);  // the equal one was removed meanwhile
          }
        }
        if (then) then(row);
      });
}

void GalleryModel::save(int row) {
  if (engine_ == nullptr || read_only_) return;
  const Item& item = items_[static_cast<std::size_t>(row)];
  tasks_.run(
      this,
      [engine = engine_, pair = item.pair, to = filesOf(item)] {
        return writePair(*engine, pair, to.guided, to.twin);
      },
      [this, id = item.id, to = filesOf(item)](const Result<void>& done) {
        if (unwanted_.remove(id)) {
          if (done) trash({to.guided, to.twin}, {});
          return;
        }
        takeSaved(id, to.guided, done);
      });
}

void GalleryModel::takeSaved(const QString& id, const QString& guided, const Result<void>& done) {
  const int row = rowOf(id);
  const QString why = done ? QString() : QString::fromStdString(done.error().message);
  if (done) {
    Q_EMIT saved(guided);
  } else {
    Q_EMIT problem(tr("The picture stays in memory only, it could not be saved: %1").arg(why));
  }
  if (row < 0) return;  // of another project by now
  Item& item = items_[static_cast<std::size_t>(row)];
  if (done) {
    item.on_disk = true;
    item.pair = {};
  } else {
    item.problem = tr("Not saved: %1").arg(why);
  }
  touch(row);
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

}  // namespace studio::ui
