// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What can be done with a picture that exists: the commands that declarations name, "Start from
// this picture", in the palette and in the menus of whatever shows pictures.
#pragma once

#include "core/api/request.h"

#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <vector>

class QMenu;

namespace studio::ui {

class ActionRegistry;

// A picture in view: its file, or why there is none.
struct PictureSource {
  QString file;
  QString why_not;  // a sentence
};

class PictureDesk : public QObject {
  Q_OBJECT
 public:
  explicit PictureDesk(const Catalogue& catalogue, QObject* parent = nullptr);

  // The commands as actions of the window, about the picture that `current` tells. Returns their
  // ids.
  QStringList addTo(ActionRegistry& registry,
                    const QString& category,
                    std::function<PictureSource()> current);
  // The commands for one picture, disabled with the reason where it has no file.
  void addTo(QMenu& menu, const PictureSource& source);
  // Another picture may be in view.
  void update();

 Q_SIGNALS:
  // The picture shall become the value of this parameter.
  void takeAsked(const std::string& path, const QString& file);

 private:
  void take(const JobParam& param, const PictureSource& source);

  std::vector<JobParam> params_;  // that have a command
  ActionRegistry* registry_ = nullptr;
  QStringList ids_;
  std::function<PictureSource()> current_;
};

}  // namespace studio::ui
