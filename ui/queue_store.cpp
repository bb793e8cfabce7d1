// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue as the project keeps it.
#include "ui/queue_model.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace studio::ui {
namespace {

QJsonObject objectFrom(const std::string& json) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
}

std::string textOf(const QJsonValue& object) {
  return QJsonDocument(object.toObject()).toJson(QJsonDocument::Compact).toStdString();
}

QString stateName(QueueState state, bool at_clean_end) {
  switch (state) {
    case QueueState::Running:
      return at_clean_end ? QStringLiteral("waiting") : QStringLiteral("running");
    case QueueState::Interrupted:
      return QStringLiteral("interrupted");
    case QueueState::Failed:
      return QStringLiteral("failed");
    default:
      return QStringLiteral("waiting");
  }
}

// Pictures of a sweep that are treated differently, by their keys.
constexpr std::pair<const char*, std::vector<std::string> SweepOptions::*> kKeyLists[] = {
    {"skip", &SweepOptions::skip},
    {"retry", &SweepOptions::retry_keys},
    {"less_memory_keys", &SweepOptions::less_memory_keys},
};

}  // namespace

QJsonObject QueueModel::itemJson(const QueueItem& kept, bool at_clean_end) const {
  QJsonObject object{{"id", kept.id}, {"state", stateName(kept.state, at_clean_end)}};
  if (kept.held) object["held"] = true;
  if (kept.less_memory) object["less_memory"] = true;
  if (!kept.note.isEmpty() && kept.state == QueueState::Failed) object["note"] = kept.note;
  if (!kept.sweep) {
    object["job"] = objectFrom(engine_->job_json(kept.job));
    return object;
  }
  object["sweep"] = objectFrom(engine_->sweep_json(*kept.sweep));
  object["folder"] = QString::fromStdString(kept.options.folder);
  // One that runs has begun its folder, whether its events have come or not.
  object["resume"] = kept.options.resume || kept.state == QueueState::Running;
  for (const auto& [name, keys] : kKeyLists) {
    QJsonArray list;
    for (const std::string& key : kept.options.*keys) list.append(QString::fromStdString(key));
    if (!list.isEmpty()) object[QLatin1String(name)] = list;
  }
  if (kept.options.most_cells > 0)
    object["most_cells"] = static_cast<qint64>(kept.options.most_cells);
  return object;
}

QJsonObject QueueModel::toJson(bool at_clean_end) const {
  QJsonArray items;
  if (engine_ != nullptr) {
    for (const QueueItem& kept : items_) {
      if (kept.state == QueueState::Finished || kept.state == QueueState::Cancelled) continue;
      items.append(itemJson(kept, at_clean_end));
    }
  }
  return {{"paused", paused_}, {"items", items}};
}

Result<QueueItem> QueueModel::itemFrom(const QJsonObject& kept) const {
  QueueItem item;
  item.id = kept["id"].toString();
  if (item.id.isEmpty() || rowOf(item.id) >= 0)
    return Error{ErrorCode::BadFile, tr("it has no name of its own").toStdString()};
  const QString state = kept["state"].toString();
  item.state = state == QLatin1String("running") || state == QLatin1String("interrupted")
                   ? QueueState::Interrupted
               : state == QLatin1String("failed") ? QueueState::Failed
                                                  : QueueState::Waiting;
  item.held = kept["held"].toBool();
  item.less_memory = kept["less_memory"].toBool();
  item.note = item.state == QueueState::Interrupted ? tr("Was running when the program ended")
                                                    : kept["note"].toString();
  if (kept.contains("job")) {
    auto job = engine_->parse_job(textOf(kept["job"]));
    if (!job) return job.error();
    item.job = std::move(job).value();
    return item;
  }
  auto sweep = engine_->parse_sweep(textOf(kept["sweep"]));
  if (!sweep) return sweep.error();
  item.job = sweep.value().base;
  item.sweep = std::move(sweep).value();
  item.options.folder = kept["folder"].toString().toStdString();
  item.options.resume = kept["resume"].toBool();
  item.options.less_memory = item.less_memory;
  for (const auto& [name, keys] : kKeyLists) {
    for (const QJsonValue& key : kept[QLatin1String(name)].toArray())
      (item.options.*keys).push_back(key.toString().toStdString());
  }
  item.options.most_cells =
      static_cast<std::size_t>(std::max<qint64>(0, kept["most_cells"].toInteger()));
  if (item.options.folder.empty())
    return Error{ErrorCode::BadFile, tr("the sweep has no folder").toStdString()};
  return item;
}

QStringList QueueModel::restore(const QJsonObject& kept) {
  QStringList problems;
  if (engine_ == nullptr) return problems;
  std::vector<QueueItem> alive, ended;
  bool was_unclean = false;
  int number = 0;
  for (const QJsonValue& value : kept["items"].toArray()) {
    ++number;
    auto item = itemFrom(value.toObject());
    if (!item) {
      problems << tr("Item %1 of the queue could not be read: %2")
                      .arg(number)
                      .arg(QString::fromStdString(item.error().message));
      continue;
    }
    was_unclean = was_unclean || item.value().state == QueueState::Interrupted;
    describe(item.value());
    (item.value().state == QueueState::Failed ? ended : alive).push_back(std::move(item).value());
  }
  // What the user has asked for while the program started stays, behind what waited longer.
  std::vector<QueueItem> running, early;
  for (QueueItem& item : items_) {
    auto& place = item.state == QueueState::Running ? running : isEnded(item.state) ? ended : early;
    place.push_back(std::move(item));
  }
  const bool had_some = !running.empty() || !early.empty();
  beginResetModel();
  items_ = std::move(running);
  for (auto* part : {&alive, &early, &ended})
    items_.insert(
        items_.end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
  // What ended the program may do so again: nothing starts by itself.
  paused_ = was_unclean || kept["paused"].toBool();
  endResetModel();
  if (run_ && paused_) engine_->set_paused(run_->job, true);
  Q_EMIT pausedChanged(paused_);
  if (had_some) Q_EMIT changed();
  startNext();
  return problems;
}

}  // namespace studio::ui
