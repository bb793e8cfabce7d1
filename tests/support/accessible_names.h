// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Finds controls that a screen reader cannot name and controls that Tab does not reach.
#pragma once

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QButtonGroup>
#include <QComboBox>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QSet>
#include <QStringList>
#include <QTabBar>
#include <QTest>
#include <QToolButton>
#include <QWidget>

#include <algorithm>

namespace studio::test {

// "QToolButton \"chooseFolder\" in SettingsDialog": enough to find it in the source.
inline QString describedWidget(const QWidget* widget) {
  QString text = QString::fromLatin1(widget->metaObject()->className());
  if (!widget->objectName().isEmpty()) text += QStringLiteral(" \"%1\"").arg(widget->objectName());
  for (const QWidget* at = widget->parentWidget(); at != nullptr; at = at->parentWidget()) {
    if (at->objectName().isEmpty() && !at->isWindow()) continue;
    const QString name = at->objectName().isEmpty()
                             ? QString::fromLatin1(at->metaObject()->className())
                             : at->objectName();
    return text + QStringLiteral(" in ") + name;
  }
  return text;
}

// A part of a compound control, which speaks for it: the field of a spin box, a view's viewport,
// ...
inline bool isPartOfControl(const QWidget* widget) {
  const QWidget* parent = widget->parentWidget();
  if (parent == nullptr) return false;
  if (qobject_cast<const QComboBox*>(parent) != nullptr ||
      qobject_cast<const QAbstractSpinBox*>(parent) != nullptr ||
      qobject_cast<const QTabBar*>(parent) != nullptr ||
      qobject_cast<const QLineEdit*>(parent) != nullptr)
    return true;
  if (widget->inherits("QComboBoxPrivateContainer") ||
      parent->inherits("QComboBoxPrivateContainer"))
    return true;
  if (const auto* area = qobject_cast<const QAbstractScrollArea*>(parent)) {
    if (widget == area->viewport() || widget->inherits("QHeaderView") ||
        widget->inherits("QTableCornerButton"))
      return true;
  }
  return qobject_cast<const QScrollBar*>(widget) != nullptr || widget->inherits("QMenuBar") ||
         widget->inherits("QToolBarExtension") || widget->inherits("QSplitterHandle");
}

// Controls of the window that someone can put the focus on now.
inline QList<QWidget*> focusableControls(QWidget* window) {
  QList<QWidget*> found;
  for (QWidget* widget : window->findChildren<QWidget*>()) {
    if (widget->window() != window || !widget->isVisible() || !widget->isEnabled()) continue;
    if (widget->focusPolicy() == Qt::NoFocus || widget->focusProxy() != nullptr) continue;
    // A scroll area around a form is no control of its own.
    if (widget->metaObject()->className() == QByteArray("QScrollArea")) continue;
    if (!isPartOfControl(widget)) found << widget;
  }
  return found;
}

// What a screen reader says: the name that was set, the text, or the label that is its buddy.
inline QString spokenName(QWidget* widget) {
  if (!widget->accessibleName().isEmpty()) return widget->accessibleName();
  if (const auto* button = qobject_cast<QAbstractButton*>(widget)) return button->text();
  if (const auto* box = qobject_cast<QGroupBox*>(widget)) return box->title();
  if (const auto* label = qobject_cast<QLabel*>(widget)) return label->text();
  if (const auto* tabs = qobject_cast<QTabBar*>(widget))
    return tabs->count() > 0 ? tabs->tabText(tabs->currentIndex()) : QString();
  for (const QLabel* label : widget->window()->findChildren<QLabel*>()) {
    if (label->buddy() == widget) return label->text();
  }
  return {};
}

inline QStringList namelessControls(QWidget* window) {
  QStringList problems;
  for (QWidget* widget : focusableControls(window)) {
    QString name = spokenName(widget);
    // "▾", "…" or "+" alone tell nobody anything.
    bool says = false;
    for (const QChar letter : name) says |= letter.isLetterOrNumber();
    if (!says) problems << describedWidget(widget) + QStringLiteral(" has no name");
  }
  return problems;
}

// Walks through the window with Tab. Radio buttons and other exclusive ones count as reached with
// one of their group, as arrows move inside it. A control that keeps Tab to itself is a problem
// too.
inline QStringList unreachableByTab(QWidget* window) {
  QStringList problems;
  const QList<QWidget*> controls = focusableControls(window);
  QSet<const QWidget*> reached;
  const auto note = [&reached](QWidget* widget) {
    for (QWidget* at = widget; at != nullptr && !at->isWindow(); at = at->parentWidget())
      reached.insert(at);
  };
  if (window->focusWidget() == nullptr && !controls.isEmpty()) controls.first()->setFocus();
  for (qsizetype i = 0; i < 2 * controls.size() + 20; ++i) {
    QWidget* at = window->focusWidget();
    if (at == nullptr) break;
    note(at);
    QTest::keyClick(at, Qt::Key_Tab);
    if (window->focusWidget() != at || controls.size() < 2) continue;
    problems << describedWidget(at) + QStringLiteral(" does not let go of Tab");
    at->nextInFocusChain()->setFocus(Qt::TabFocusReason);
    if (window->focusWidget() == at) break;
  }
  for (QWidget* widget : controls) {
    // Once one of an exclusive group has the focus, Qt takes Tab from the others: arrows lead to them.
    const auto* grouped = qobject_cast<const QAbstractButton*>(widget);
    if (grouped != nullptr && grouped->group() != nullptr && grouped->group()->exclusive()) {
      const QList<QAbstractButton*> all = grouped->group()->buttons();
      if (std::any_of(all.begin(), all.end(), [&](const QAbstractButton* other) { return reached.contains(other); }))
        continue;
    }
    if ((widget->focusPolicy() & Qt::TabFocus) == 0) {
      // Text that can be selected with the mouse only is no control.
      if (qobject_cast<QLabel*>(widget) == nullptr)
        problems << describedWidget(widget) + QStringLiteral(" takes the focus by the mouse only");
      continue;
    }
    if (reached.contains(widget)) continue;
    const auto* button = qobject_cast<QAbstractButton*>(widget);
    bool by_group = false;
    if (button != nullptr && button->autoExclusive()) {
      for (const auto* other : button->parentWidget()->findChildren<QAbstractButton*>())
        by_group |= other->autoExclusive() && reached.contains(other);
    }
    if (!by_group) problems << describedWidget(widget) + QStringLiteral(" is not reached by Tab");
  }
  return problems;
}

// Both of the above, for QVERIFY2(problems.isEmpty(), qPrintable(problems.join("\n"))).
inline QStringList accessibilityProblems(QWidget* window) {
  return namelessControls(window) + unreachableByTab(window);
}

}  // namespace studio::test
