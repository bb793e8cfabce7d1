// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One undoable change of the job.
#include "ui/undo_command.h"

#include <QDateTime>

namespace studio::ui {
namespace {

constexpr qint64 kSameMoveMs = 800;

}  // namespace

RequestCommand::RequestCommand(const QString& what,
                               GenerationRequest before,
                               GenerationRequest after,
                               Apply apply)
    : QUndoCommand(what),
      what_(what),
      before_(std::move(before)),
      after_(std::move(after)),
      apply_(std::move(apply)),
      made_ms_(QDateTime::currentMSecsSinceEpoch()) {}

bool RequestCommand::mergeWith(const QUndoCommand* other) {
  const auto* next = static_cast<const RequestCommand*>(other);
  if (next->what_ != what_ || next->made_ms_ - made_ms_ > kSameMoveMs) return false;
  after_ = next->after_;
  made_ms_ = next->made_ms_;
  return true;
}

void RequestCommand::redo() {
  if (std::exchange(done_by_user_, false)) return;
  apply_(after_);
}

}  // namespace studio::ui
