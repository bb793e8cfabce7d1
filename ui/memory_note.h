// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the job in the form would need of the device's memory.
#pragma once

#include "core/api/engine.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <optional>

namespace studio::ui {

class PoolTasks;

class MemoryNote : public QObject {
  Q_OBJECT
 public:
  // `tasks` outlives it; its work ends before the engine does.
  explicit MemoryNote(PoolTasks& tasks, QObject* parent = nullptr);

  // Null: there is none now.
  void setEngine(Engine* engine);
  // Cheap: the engine is asked when the request has stood for a moment and differs in more than its
  // words and seed.
  void ask(const GenerationRequest& request);

 Q_SIGNALS:
  // "" when nothing is known.
  void changed(const QString& text, bool fits);

 private:
  void start();

  PoolTasks& tasks_;
  Engine* engine_ = nullptr;
  QTimer settle_;
  std::optional<GenerationRequest> wanted_, asked_;
  bool is_asking_ = false;
};

}  // namespace studio::ui
