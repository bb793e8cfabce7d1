// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One undoable change of the job.
#pragma once

#include "core/api/request.h"

#include <QUndoCommand>

#include <functional>

namespace studio::ui {

// Changes of one parameter that follow each other at once (held keys, the wheel) become one step.
class RequestCommand : public QUndoCommand {
 public:
  using Apply = std::function<void(GenerationRequest)>;

  RequestCommand(const QString& what,
                 GenerationRequest before,
                 GenerationRequest after,
                 Apply apply);

  int id() const override { return 1; }
  bool mergeWith(const QUndoCommand* other) override;
  void undo() override { apply_(before_); }
  void redo() override;

 private:
  const QString what_;
  const GenerationRequest before_;
  GenerationRequest after_;
  const Apply apply_;
  qint64 made_ms_;
  bool done_by_user_ = true;  // push() calls redo() for what has just happened
};

}  // namespace studio::ui
