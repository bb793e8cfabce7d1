// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Undo of anything: what is one step, what is two, and what leaves none.
#include "ui/undo_command.h"

#include <QTest>
#include <QUndoStack>

using namespace studio::ui;

class TestUndoCommand : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void anActionToDoIsDoneByPush() {
    QUndoStack stack;
    int value = 0;
    stack.push(new ActionCommand(
        "Set", ActionCommand::State::ToDo, [&] { value = 1; }, [&] { value = 0; }));
    QCOMPARE(value, 1);
    stack.undo();
    QCOMPARE(value, 0);
    stack.redo();
    QCOMPARE(value, 1);
  }

  void anActionThatHappenedIsNotRepeated() {
    QUndoStack stack;
    int done = 0;
    stack.push(new ActionCommand(
        "Set", ActionCommand::State::Happened, [&] { ++done; }, [&] { --done; }));
    QCOMPARE(done, 0);
    stack.undo();
    QCOMPARE(done, -1);
    stack.redo();
    QCOMPARE(done, 0);
  }

  void steps_data() {
    QTest::addColumn<QString>("second_key");
    QTest::addColumn<quint64>("second_drag");
    QTest::addColumn<QString>("second_text");
    QTest::addColumn<int>("steps");
    const quint64 drag = 7;
    QTest::newRow("one drag") << "k" << drag << "Move" << 1;
    QTest::newRow("the next drag") << "k" << drag + 1 << "Move" << 2;
    QTest::newRow("another key") << "other" << drag << "Move" << 2;
    QTest::newRow("another text") << "k" << drag << "Turn" << 2;
  }
  void steps() {
    QFETCH(QString, second_key);
    QFETCH(quint64, second_drag);
    QFETCH(QString, second_text);
    QFETCH(int, steps);
    QUndoStack stack;
    int value = 2;
    const auto apply = [&](const int& to) { value = to; };
    stack.push(new ValueCommand<int>("Move", 0, 1, apply, SameMove("k", 7)));
    stack.push(new ValueCommand<int>(second_text, 1, 2, apply, SameMove(second_key, second_drag)));
    QCOMPARE(stack.count(), steps);
    QCOMPARE(value, 2);
    stack.undo();
    QCOMPARE(value, steps == 1 ? 0 : 1);
    stack.redo();
    QCOMPARE(value, 2);
  }

  void withoutAKeyEveryChangeIsAStep() {
    QUndoStack stack;
    const auto apply = [](const int&) {};
    stack.push(new ValueCommand<int>("Rate", 0, 1, apply));
    stack.push(new ValueCommand<int>("Rate", 1, 2, apply));
    QCOMPARE(stack.count(), 2);
  }

  void aMoveThatReturnsLeavesNoStep() {
    QUndoStack stack;
    const auto apply = [](const int&) {};
    stack.push(new ValueCommand<int>("Move", 0, 1, apply, SameMove("k", 1)));
    stack.push(new ValueCommand<int>("Move", 1, 0, apply, SameMove("k", 1)));
    QCOMPARE(stack.count(), 0);
    QVERIFY(!stack.canUndo());
  }

  void valuesOfDifferentKindsStayApart() {
    QUndoStack stack;
    stack.push(new ValueCommand<int>(
        "Move", 0, 1, [](const int&) {}, SameMove("k", 1)));
    stack.push(new ValueCommand<QString>(
        "Move", "a", "b", [](const QString&) {}, SameMove("k", 1)));
    QCOMPARE(stack.count(), 2);
  }

  void requestsMergeByWhatChanged() {
    using studio::GenerationRequest;
    QUndoStack stack;
    GenerationRequest now;
    const auto apply = [&](GenerationRequest to) { now = std::move(to); };
    GenerationRequest a, b, c;
    b.steps = 30;
    c.steps = 31;
    stack.push(new RequestCommand("Steps", a, b, apply));
    stack.push(new RequestCommand("Steps", b, c, apply));
    QCOMPARE(stack.count(), 1);
    stack.push(new RequestCommand("Seed", c, a, apply));
    QCOMPARE(stack.count(), 2);
    stack.undo();
    stack.undo();
    QVERIFY(now == a);
    stack.redo();
    QVERIFY(now == c);
  }
};

QTEST_GUILESS_MAIN(TestUndoCommand)
#include "tst_undo_command.moc"
