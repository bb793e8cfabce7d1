// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A button that listens for one combination of keys.
#pragma once

#include <QKeySequence>
#include <QPushButton>

namespace studio::ui {

// Pressed, it takes the next keys, whatever they are bound to, and says so; Escape, a click or
// losing the focus ends it without a result.
class ShortcutRecorder : public QPushButton {
  Q_OBJECT
 public:
  explicit ShortcutRecorder(const QString& text, QWidget* parent = nullptr);

  bool isRecording() const { return recording_; }

 Q_SIGNALS:
  void recorded(const QKeySequence& keys);

 protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void setRecording(bool on);
  void showHeld(Qt::KeyboardModifiers held);

  const QString idle_text_;
  bool recording_ = false;
};

// The keys of a key event as a shortcut would have them; empty for modifiers alone and dead keys.
QKeySequence keysOf(const QKeyEvent& event);

}  // namespace studio::ui
