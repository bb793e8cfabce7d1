// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Commands about pictures that exist.
#include "ui/picture_desk.h"

#include "ui/action_registry.h"
#include "ui/job_text.h"

#include <QAction>
#include <QMenu>

namespace studio::ui {

PictureDesk::PictureDesk(const Catalogue& catalogue, QObject* parent)
    : QObject(parent), params_(job_params(catalogue)) {
  std::erase_if(params_, [](const JobParam& param) { return param.spec->command.empty(); });
}

QStringList PictureDesk::addTo(ActionRegistry& registry,
                               const QString& category,
                               std::function<PictureSource()> current) {
  registry_ = &registry;
  current_ = std::move(current);
  for (const JobParam& param : params_) {
    ActionSpec spec;
    spec.id = QStringLiteral("picture.use.") + QString::fromStdString(param.path);
    spec.category = category;
    spec.text = fromView(param.spec->command);
    spec.act = [this, param] { take(param, current_()); };
    spec.tip = fromView(param.spec->doc);
    registry.add(spec);
    registry.explainDisabled(spec.id, [this] { return current_().why_not; });
    ids_ << spec.id;
  }
  return ids_;
}

void PictureDesk::addTo(QMenu& menu, const PictureSource& source) {
  menu.setToolTipsVisible(true);
  for (const JobParam& param : params_) {
    QAction* action = menu.addAction(
        fromView(param.spec->command), this, [this, param, source] { take(param, source); });
    action->setObjectName(QString::fromStdString(param.path));
    action->setEnabled(!source.file.isEmpty());
    action->setToolTip(source.file.isEmpty() ? source.why_not : fromView(param.spec->doc));
  }
}

void PictureDesk::update() {
  if (registry_ == nullptr) return;
  const bool has_file = !current_().file.isEmpty();
  for (const QString& id : ids_) {
    if (QAction* action = registry_->action(id)) action->setEnabled(has_file);
  }
}

void PictureDesk::take(const JobParam& param, const PictureSource& source) {
  if (!source.file.isEmpty()) Q_EMIT takeAsked(param.path, source.file);
}

}  // namespace studio::ui
