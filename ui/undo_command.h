// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Undoable changes: of the job, of any one value, and of anything that two functions can do and
// undo.
#pragma once

#include "core/api/request.h"

#include <QUndoCommand>

#include <functional>
#include <utility>

namespace studio::ui {

// Which changes become one undo step with the one before. A drag: give all its changes one number
// that no other drag has. Held keys, the wheel: give them one key; they merge while they follow
// each other at once. Neither: every change is a step of its own.
class SameMove {
 public:
  explicit SameMove(const QString& key = {}, quint64 drag = 0);

  // True when `next` belongs to this move; from then on times count from `next`.
  bool takes(const SameMove& next);

 private:
  QString key_;
  quint64 drag_;
  qint64 made_ms_;
};

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
  SameMove move_;
  const GenerationRequest before_;
  GenerationRequest after_;
  const Apply apply_;
  bool done_by_user_ = true;  // push() calls redo() for what has just happened
};

// Two functions as an undo step. push() calls redo() unless the change has happened already. Both
// functions must stay callable as long as the stack lives.
class ActionCommand : public QUndoCommand {
 public:
  enum class State { Happened, ToDo };

  ActionCommand(const QString& what,
                State state,
                std::function<void()> redo,
                std::function<void()> undo,
                const SameMove& move = SameMove());

  int id() const override { return 2; }
  // Keeps the first undo and the last redo.
  bool mergeWith(const QUndoCommand* other) override;
  void undo() override { undo_(); }
  void redo() override;

 private:
  std::function<void()> redo_;
  const std::function<void()> undo_;
  SameMove move_;
  bool skip_next_redo_;
};

// A value that has changed already: a rating, a sweep's definition, a layout. A move that ends
// where it began leaves no step.
template <class T>
class ValueCommand : public QUndoCommand {
 public:
  using Apply = std::function<void(const T&)>;

  ValueCommand(
      const QString& what, T before, T after, Apply apply, const SameMove& move = SameMove())
      : QUndoCommand(what),
        before_(std::move(before)),
        after_(std::move(after)),
        apply_(std::move(apply)),
        move_(move) {}

  int id() const override { return 3; }
  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = dynamic_cast<const ValueCommand<T>*>(other);
    if (next == nullptr || next->text() != text() || !move_.takes(next->move_)) return false;
    after_ = next->after_;
    setObsolete(before_ == after_);
    return true;
  }
  void undo() override { apply_(before_); }
  void redo() override {
    if (!std::exchange(skip_next_redo_, false)) apply_(after_);
  }

 private:
  const T before_;
  T after_;
  const Apply apply_;
  SameMove move_;
  bool skip_next_redo_ = true;
};

}  // namespace studio::ui
