// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A button that listens for one combination of keys.
#include "ui/shortcut_recorder.h"

#include <QKeyEvent>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr Qt::KeyboardModifiers kModifiers =
    Qt::ShiftModifier | Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;

bool isModifier(int key) {
  return key == Qt::Key_Shift || key == Qt::Key_Control || key == Qt::Key_Alt ||
         key == Qt::Key_Meta || key == Qt::Key_AltGr || key == Qt::Key_CapsLock ||
         key == Qt::Key_NumLock || key == Qt::Key_Super_L || key == Qt::Key_Super_R;
}

}  // namespace

QKeySequence keysOf(const QKeyEvent& event) {
  int key = event.key();
  if (key == 0 || key == Qt::Key_unknown || isModifier(key)) return {};
  if (key >= Qt::Key_Dead_Grave && key <= Qt::Key_Dead_Longsolidusoverlay) return {};
  Qt::KeyboardModifiers held = event.modifiers() & kModifiers;
  if (key == Qt::Key_Backtab) key = Qt::Key_Tab;
  // "?" needs Shift on many keyboards, but the shortcut is "?": letters and figures keep their
  // Shift.
  const bool letter =
      (key >= Qt::Key_A && key <= Qt::Key_Z) || (key >= Qt::Key_0 && key <= Qt::Key_9);
  const bool sign = key > Qt::Key_Space && key < Qt::Key_Escape && !letter;
  if (sign) held.setFlag(Qt::ShiftModifier, false);
  return QKeySequence(QKeyCombination(held, static_cast<Qt::Key>(key)));
}

ShortcutRecorder::ShortcutRecorder(const QString& text, QWidget* parent)
    : QPushButton(text, parent), idle_text_(text) {
  setCheckable(true);
  setAutoDefault(false);
  connect(this, &QPushButton::clicked, this, [this] { setRecording(!recording_); });
}

void ShortcutRecorder::setRecording(bool on) {
  recording_ = on;
  setChecked(on);
  if (on) setFocus(Qt::OtherFocusReason);
  // The button keeps its width while it listens, or its neighbours would jump.
  setMinimumWidth(on ? std::max(width(), minimumWidth()) : 0);
  setText(on ? tr("Press keys…") : idle_text_);
}

void ShortcutRecorder::showHeld(Qt::KeyboardModifiers held) {
  const QString text =
      QKeySequence(QKeyCombination(held & kModifiers)).toString(QKeySequence::NativeText);
  setText(text.isEmpty() ? tr("Press keys…") : text);
}

bool ShortcutRecorder::event(QEvent* event) {
  if (recording_ && event->type() == QEvent::ShortcutOverride) {
    event->accept();
    return true;
  }
  // Tab would move the focus before keyPressEvent().
  if (recording_ && event->type() == QEvent::KeyPress) {
    keyPressEvent(static_cast<QKeyEvent*>(event));
    return true;
  }
  return QPushButton::event(event);
}

void ShortcutRecorder::keyPressEvent(QKeyEvent* event) {
  if (!recording_) return QPushButton::keyPressEvent(event);
  event->accept();
  if (event->isAutoRepeat()) return;
  if (event->key() == Qt::Key_Escape && event->modifiers() == Qt::NoModifier)
    return setRecording(false);
  const QKeySequence keys = keysOf(*event);
  if (keys.isEmpty()) return showHeld(event->modifiers());
  setRecording(false);
  Q_EMIT recorded(keys);
}

void ShortcutRecorder::keyReleaseEvent(QKeyEvent* event) {
  if (!recording_) return QPushButton::keyReleaseEvent(event);
  event->accept();
  showHeld(event->modifiers());
}

void ShortcutRecorder::focusOutEvent(QFocusEvent* event) {
  if (recording_) setRecording(false);
  QPushButton::focusOutEvent(event);
}

}  // namespace studio::ui
