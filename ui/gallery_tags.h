// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tags of one or several pictures as chips, and a field that adds more.
#pragma once

#include <QStringList>
#include <QWidget>

class QCompleter;
class QLineEdit;
class QStringListModel;

namespace studio::ui {

class FlowLayout;

// Gives a list of completions the look of a menu; again after a change of theme.
void dressCompletions(QCompleter& completer);

class TagEditor : public QWidget {
  Q_OBJECT
 public:
  explicit TagEditor(QWidget* parent = nullptr);

  // `on_all`: tags every picture has; `on_some`: the others, shown faintly.
  void setTags(const QStringList& on_all, const QStringList& on_some = {});
  // What the field completes to.
  void setKnownTags(const QStringList& tags);
  void focusField();

 Q_SIGNALS:
  void added(const QStringList& tags);
  void removed(const QString& tag);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void addTyped();
  QWidget* makeChip(const QString& tag, bool on_all);

  QStringList on_all_, on_some_;
  QWidget* chips_;
  FlowLayout* flow_;
  QLineEdit* field_;
  QCompleter* completer_ = nullptr;
  QStringListModel* known_;
};

}  // namespace studio::ui
