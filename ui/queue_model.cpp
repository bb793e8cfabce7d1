// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Order and life of the queue's items.
#include "ui/queue_model.h"

#include "ui/job_text.h"

#include <QDateTime>
#include <QIODevice>
#include <QMimeData>
#include <QUuid>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr std::size_t kMostEnded = 100;

QString rowMime() { return QStringLiteral("application/x-seg-studio-queue-row"); }

}  // namespace

QueueModel::QueueModel(const Catalogue& catalogue, QObject* parent)
    : QAbstractListModel(parent), catalogue_(catalogue) {}

int QueueModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

QVariant QueueModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const QueueItem& shown = item(index.row());
  switch (role) {
    case Qt::DisplayRole:
      return shown.title;
    case Qt::AccessibleTextRole:
      return shown.note.isEmpty() ? shown.title : shown.title + QStringLiteral(", ") + shown.note;
    case Qt::ToolTipRole:
      return QStringLiteral("%1\n%2%3")
          .arg(shown.title,
               shown.detail,
               shown.note.isEmpty() ? QString() : QChar('\n') + shown.note);
    case ItemRole:
      return shown.id;
    case StateRole:
      return static_cast<int>(shown.state);
    case NoteRole:
      return shown.note;
    case FractionRole:
      return shown.fraction;
    case HeldRole:
      return shown.held;
    case DetailRole:
      return shown.detail;
    default:
      return {};
  }
}

Qt::ItemFlags QueueModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractListModel::flags(index);
  if (!index.isValid()) return flags | Qt::ItemIsDropEnabled;
  if (item(index.row()).state == QueueState::Waiting) flags |= Qt::ItemIsDragEnabled;
  return flags;
}

QStringList QueueModel::mimeTypes() const { return {rowMime()}; }

QMimeData* QueueModel::mimeData(const QModelIndexList& rows) const {
  if (rows.isEmpty()) return nullptr;
  auto* data = new QMimeData;
  data->setData(rowMime(), item(rows.first().row()).id.toUtf8());
  return data;
}

bool QueueModel::dropMimeData(
    const QMimeData* data, Qt::DropAction action, int row, int, const QModelIndex& parent) {
  if (action != Qt::MoveAction || !data->hasFormat(rowMime())) return false;
  const int from = rowOf(QString::fromUtf8(data->data(rowMime())));
  if (from < 0) return false;
  int to = row >= 0 ? row : parent.isValid() ? parent.row() : rowCount();
  if (to > from) --to;  // it leaves its own place first
  move(from, to);
  // False: the view must not remove the row that move() has moved.
  return false;
}

void QueueModel::attach(Engine* engine) {
  if (engine == nullptr && run_) {
    const int row = rowOf(run_->id);
    if (engine_ != nullptr) engine_->cancel(run_->job);
    run_.reset();
    if (row >= 0) {
      at(row).state = QueueState::Waiting;
      touch(row);
    }
  }
  engine_ = engine;
  startNext();
}

int QueueModel::rowOf(const QString& id) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const QueueItem& i) { return i.id == id; });
  return found == items_.end() ? -1 : static_cast<int>(found - items_.begin());
}

int QueueModel::runningRow() const { return run_ ? rowOf(run_->id) : -1; }

int QueueModel::activeCount() const {
  return static_cast<int>(std::count_if(
      items_.begin(), items_.end(), [](const QueueItem& i) { return !isEnded(i.state); }));
}

void QueueModel::touch(int row) { Q_EMIT dataChanged(index(row), index(row)); }

int QueueModel::firstWaiting() const {
  const auto found = std::find_if(items_.begin(), items_.end(), [](const QueueItem& i) {
    return i.state == QueueState::Waiting || isEnded(i.state);
  });
  return static_cast<int>(found - items_.begin());
}

int QueueModel::endOfWaiting() const {
  const auto found = std::find_if(
      items_.begin(), items_.end(), [](const QueueItem& i) { return isEnded(i.state); });
  return static_cast<int>(found - items_.begin());
}

void QueueModel::insert(QueueItem item, Place place) {
  const int row = place == Place::Front ? firstWaiting() : endOfWaiting();
  beginInsertRows({}, row, row);
  items_.insert(items_.begin() + row, std::move(item));
  endInsertRows();
  Q_EMIT changed();
  startNext();
}

QString QueueModel::addJob(const GenerationRequest& request, Place place) {
  QueueItem item;
  item.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
  item.job = request;
  describe(item);
  const QString id = item.id;
  insert(std::move(item), place);
  return id;
}

QString QueueModel::addSweep(const SweepSpec& spec, const SweepOptions& options, Place place) {
  QueueItem item;
  item.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
  item.job = spec.base;
  item.sweep = spec;
  item.options = options;
  describe(item);
  const QString id = item.id;
  insert(std::move(item), place);
  return id;
}

void QueueModel::describe(QueueItem& item) const {
  const QString prompt =
      item.job.prompts.empty() || item.job.prompts.front().empty()
          ? tr("no prompt")
          : QString::fromStdString(item.job.prompts.front()).simplified().left(200);
  if (!item.sweep) {
    item.title = prompt;
    item.detail = guidanceText(item.job, catalogue_, tr("unguided")) + QStringLiteral(" · ") +
                  tr("%1 steps").arg(item.job.steps);
    return;
  }
  QStringList axes;
  for (const SweepAxis& axis : item.sweep->axes) {
    QString label = QString::fromStdString(axis.param);
    for (const JobParam& param : job_params(catalogue_)) {
      if (param.path == axis.param) label = fromView(param.spec->label);
    }
    axes << label;
  }
  item.title = axes.isEmpty() ? tr("Sweep") : tr("Sweep: %1").arg(axes.join(QStringLiteral(" × ")));
  item.detail = prompt;
}

void QueueModel::move(int from, int to) {
  if (from < 0 || from >= rowCount() || item(from).state != QueueState::Waiting) return;
  to = std::clamp(to, firstWaiting(), endOfWaiting() - 1);
  if (to == from) return;
  if (!beginMoveRows({}, from, from, {}, to > from ? to + 1 : to)) return;
  QueueItem moved = std::move(at(from));
  items_.erase(items_.begin() + from);
  items_.insert(items_.begin() + to, std::move(moved));
  endMoveRows();
  Q_EMIT changed();
}

void QueueModel::duplicate(int row) {
  QueueItem copy = item(row);
  copy.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
  copy.state = QueueState::Waiting;
  copy.held = true;
  copy.note.clear();
  copy.fraction = copy.seconds_left = 0;
  // Two runs cannot write into one folder.
  copy.options.resume = false;
  if (copy.sweep) copy.options.folder += QStringLiteral("-%1").arg(copy.id.left(6)).toStdString();
  insert(std::move(copy), Place::Back);
}

void QueueModel::setHeld(int row, bool held) {
  if (item(row).state != QueueState::Waiting || item(row).held == held) return;
  at(row).held = held;
  touch(row);
  Q_EMIT changed();
  if (!held) startNext();
}

void QueueModel::cancel(int row) {
  if (row < 0 || row >= rowCount() || isEnded(item(row).state)) return;
  if (run_ && run_->id == item(row).id) {
    at(row).note = tr("Stopping…");
    touch(row);
    engine_->cancel(run_->job);
    return;
  }
  at(row).state = QueueState::Cancelled;
  at(row).note = tr("Cancelled");
  sortEnded(row);
}

void QueueModel::cancelWaiting() {
  beginResetModel();
  for (QueueItem& item : items_) {
    if (item.state != QueueState::Waiting && item.state != QueueState::Interrupted) continue;
    item.state = QueueState::Cancelled;
    item.note = tr("Cancelled");
  }
  std::stable_partition(
      items_.begin(), items_.end(), [](const QueueItem& i) { return !isEnded(i.state); });
  endResetModel();
  Q_EMIT changed();
}

void QueueModel::cancelAll() {
  cancelWaiting();
  cancel(runningRow());
}

void QueueModel::remove(int row) {
  if (row < 0 || row >= rowCount() || item(row).state == QueueState::Running) return;
  beginRemoveRows({}, row, row);
  items_.erase(items_.begin() + row);
  endRemoveRows();
  Q_EMIT changed();
  startNext();
}

void QueueModel::retry(int row, bool less_memory) {
  if (row < 0 || row >= rowCount() || item(row).state == QueueState::Running) return;
  QueueItem again = item(row);
  beginRemoveRows({}, row, row);
  items_.erase(items_.begin() + row);
  endRemoveRows();
  again.state = QueueState::Waiting;
  again.held = false;
  again.note.clear();
  again.less_memory = less_memory;
  again.options.less_memory = less_memory;
  again.options.resume = true;
  again.options.retry_failed = true;
  insert(std::move(again), Place::Front);
}

void QueueModel::retrySkipping(int row, const QString& picture_key) {
  if (row < 0 || row >= rowCount() || !item(row).sweep) return;
  std::erase(at(row).options.retry_keys, picture_key.toStdString());
  at(row).options.skip.push_back(picture_key.toStdString());
  retry(row, item(row).options.less_memory);
}

void QueueModel::clearEnded() {
  const int first = endOfWaiting();
  if (first >= rowCount()) return;
  beginRemoveRows({}, first, rowCount() - 1);
  items_.erase(items_.begin() + first, items_.end());
  endRemoveRows();
  Q_EMIT changed();
}

void QueueModel::setPaused(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  if (run_ && engine_ != nullptr) engine_->set_paused(run_->job, paused);
  Q_EMIT pausedChanged(paused);
  Q_EMIT changed();
  startNext();
}

// An ended item goes behind those that wait.
void QueueModel::sortEnded(int row) {
  const auto next_ended = std::find_if(
      items_.begin() + row + 1, items_.end(), [](const QueueItem& i) { return isEnded(i.state); });
  const int to = static_cast<int>(next_ended - items_.begin());
  if (row + 1 < to && beginMoveRows({}, row, row, {}, to)) {
    std::rotate(items_.begin() + row, items_.begin() + row + 1, items_.begin() + to);
    endMoveRows();
    row = to - 1;
  }
  touch(row);
  const auto first_too_old = static_cast<std::size_t>(endOfWaiting()) + kMostEnded;
  if (items_.size() > first_too_old) {
    beginRemoveRows({}, static_cast<int>(first_too_old), rowCount() - 1);
    items_.resize(first_too_old);
    endRemoveRows();
  }
  Q_EMIT changed();
}

}  // namespace studio::ui
