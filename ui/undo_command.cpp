// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Undoable changes of the job and of anything that two functions can do and undo.
#include "ui/undo_command.h"

#include <QDateTime>

namespace studio::ui {
namespace {

constexpr qint64 kSameMoveMs = 800;

}  // namespace

SameMove::SameMove(const QString& key, quint64 drag)
    : key_(key), drag_(drag), made_ms_(QDateTime::currentMSecsSinceEpoch()) {}

bool SameMove::takes(const SameMove& next) {
  if (next.key_ != key_ || next.drag_ != drag_ || (key_.isEmpty() && drag_ == 0)) return false;
  if (drag_ == 0 && next.made_ms_ - made_ms_ > kSameMoveMs) return false;
  made_ms_ = next.made_ms_;
  return true;
}

RequestCommand::RequestCommand(const QString& what,
                               GenerationRequest before,
                               GenerationRequest after,
                               Apply apply)
    : QUndoCommand(what),
      move_(what),
      before_(std::move(before)),
      after_(std::move(after)),
      apply_(std::move(apply)) {}

bool RequestCommand::mergeWith(const QUndoCommand* other) {
  const auto* next = static_cast<const RequestCommand*>(other);
  if (!move_.takes(next->move_)) return false;
  after_ = next->after_;
  return true;
}

void RequestCommand::redo() {
  if (std::exchange(done_by_user_, false)) return;
  apply_(after_);
}

ActionCommand::ActionCommand(const QString& what,
                             State state,
                             std::function<void()> redo,
                             std::function<void()> undo,
                             const SameMove& move)
    : QUndoCommand(what),
      redo_(std::move(redo)),
      undo_(std::move(undo)),
      move_(move),
      skip_next_redo_(state == State::Happened) {}

bool ActionCommand::mergeWith(const QUndoCommand* other) {
  const auto* next = static_cast<const ActionCommand*>(other);
  if (next->text() != text() || !move_.takes(next->move_)) return false;
  redo_ = next->redo_;
  return true;
}

void ActionCommand::redo() {
  if (!std::exchange(skip_next_redo_, false)) redo_();
}

}  // namespace studio::ui
