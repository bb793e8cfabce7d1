// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How the strip keeps in step with the files: what is removed, comes back, or lies there already.
#include "ui/gallery_model.h"
#include "ui/job_text.h"
#include "ui/pool_tasks.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr char kImages[] = "images";
constexpr char kGuidedEnd[] = "-guided.png";
constexpr char kTwinEnd[] = "-twin.png";
constexpr int kJobsAtOnce = 8;  // so that thumbnails and pictures come in between

}  // namespace

GalleryModel::Files GalleryModel::filesOf(const Item& item) const {
  return {fileOf(item, Side::Guided), fileOf(item, Side::Twin)};
}

std::optional<GalleryModel::Place> GalleryModel::placeIn(const QString& path) const {
  const QString relative = QDir(folder_).relativeFilePath(path);
  const QString below = QLatin1String(kImages) + QLatin1Char('/');
  const bool in_root = !relative.startsWith(below);
  const QString name = in_root ? relative : relative.mid(below.size());
  if (name.contains(QLatin1Char('/'))) return std::nullopt;
  for (const Side side : {Side::Guided, Side::Twin}) {
    const QLatin1String end(side == Side::Guided ? kGuidedEnd : kTwinEnd);
    if (name.endsWith(end)) return Place{name.chopped(end.size()), side, in_root};
  }
  return std::nullopt;
}

int GalleryModel::rowOfPlace(const QString& path) const {
  const auto place = placeIn(path);
  const int row = place ? rowOf(place->id) : -1;
  return row >= 0 && items_[static_cast<std::size_t>(row)].in_root == place->in_root ? row : -1;
}

void GalleryModel::remove(int row) {
  if (row < 0 || row >= rowCount()) return;
  const Item& item = items_[static_cast<std::size_t>(row)];
  if (!item.on_disk) {
    const bool is_being_saved = item.problem.isEmpty() && engine_ != nullptr && !read_only_;
    if (is_being_saved) unwanted_.insert(item.id);
    return drop(QString(item.id));
  }
  if (read_only_)
    return Q_EMIT problem(tr("The project is open for reading only, so its pictures stay."));
  trash({fileOf(item, Side::Guided), fileOf(item, Side::Twin)}, item.id);
}

void GalleryModel::trash(const QStringList& files, const QString& id) {
  tasks_.run(
      this,
      [files] { return moveToTrash(files); },
      [this, id](const TrashOutcome& outcome) {
        if (!outcome.problem.isEmpty()) Q_EMIT problem(outcome.problem);
        // The guided file goes first: without it the pair is none.
        if (outcome.moved.empty() && !outcome.problem.isEmpty()) return;
        drop(id);
        Q_EMIT removed(outcome.moved);
      });
}

void GalleryModel::drop(const QString& id) {
  const int row = rowOf(id);
  if (row < 0) return;
  beginRemoveRows({}, row, row);
  items_.erase(items_.begin() + row);
  endRemoveRows();
}

void GalleryModel::forget(const QStringList& paths) {
  for (const QString& path : paths) {
    const auto place = placeIn(path);
    const int row = rowOfPlace(path);
    if (row < 0) continue;
    Item& item = items_[static_cast<std::size_t>(row)];
    if (place->side == Side::Guided) {
      drop(place->id);
    } else if (item.has_twin) {
      item.has_twin = false;
      if (Thumbs* thumbs = thumbs_.object(item.id)) thumbs->twin = {};
      touch(row);
    }
  }
}

void GalleryModel::recall(const QStringList& paths) {
  for (const QString& path : paths) {
    const auto place = placeIn(path);
    if (!place || place->side != Side::Guided || rowOf(place->id) >= 0) continue;
    Item item;
    item.id = place->id;
    item.has_twin = false;
    item.in_root = place->in_root;
    item.on_disk = true;
    const auto after = std::find_if(
        items_.begin(), items_.end(), [&](const Item& other) { return other.id < item.id; });
    const int row = static_cast<int>(after - items_.begin());
    beginInsertRows({}, row, row);
    items_.insert(after, std::move(item));
    endInsertRows();
  }
  for (const QString& path : paths) {
    const auto place = placeIn(path);
    const int row = rowOfPlace(path);
    if (row < 0 || place->side != Side::Twin) continue;
    Item& item = items_[static_cast<std::size_t>(row)];
    item.has_twin = true;
    item.state = State::Unread;
    thumbs_.remove(item.id);
    touch(row);
  }
  readJobs();
}

QStringList GalleryModel::filesLikely(const Item& wanted) const {
  QStringList files;
  for (const Item& item : items_) {
    if (item.on_disk && !item.made && (!item.job_is_read || item.found == wanted.made))
      files << fileOf(item, Side::Guided);
  }
  return files;
}

void GalleryModel::takeJob(Item& item, const Result<GenerationRequest>& request) const {
  item.job_is_read = true;
  if (!request) return;
  item.found = comparable(request.value(), catalogue_);
  if (item.caption.isEmpty()) describe(item, request.value());
}

// Of all pairs of earlier sessions, some at a time, so that a new picture need not be looked for in
// all of them.
void GalleryModel::readJobs() {
  if (engine_ == nullptr || reading_jobs_) return;
  QStringList ids, files;
  for (const Item& item : items_) {
    if (!item.on_disk || item.job_is_read) continue;
    ids << item.id;
    files << fileOf(item, Side::Guided);
    if (ids.size() == kJobsAtOnce) break;
  }
  if (ids.isEmpty()) return;
  reading_jobs_ = true;
  tasks_.run(
      this,
      [engine = engine_, files] {
        std::vector<Result<GenerationRequest>> jobs;
        for (const QString& file : files) jobs.push_back(engine->load_job(file.toStdString()));
        return jobs;
      },
      [this, ids](const std::vector<Result<GenerationRequest>>& jobs) {
        reading_jobs_ = false;
        for (qsizetype i = 0; i < ids.size(); ++i) {
          const int row = rowOf(ids[i]);
          if (row < 0) continue;
          Item& item = items_[static_cast<std::size_t>(row)];
          const bool is_news = item.caption.isEmpty();
          takeJob(item, jobs[static_cast<std::size_t>(i)]);
          if (is_news && !item.caption.isEmpty()) touch(row);
        }
        readJobs();
      });
}

}  // namespace studio::ui
