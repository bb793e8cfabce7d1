// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The bottom line: what is going on, how far, how fast, and what was saved.
#include "ui/status_strip.h"

#include "ui/icons.h"
#include "ui/job_text.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

#include <algorithm>
#include <utility>

namespace studio::ui {
namespace {

constexpr int kBarSteps = 1000;
constexpr int kRestMs = 100;  // nobody reads faster, and every text is laid out and painted

QString phaseText(const RunStatus& status) {
  const QString what = status.side == Side::Twin ? StatusStrip::tr("Twin: ") : QString();
  switch (status.phase) {
    case Phase::LoadingModel:
      return StatusStrip::tr("Loading model");
    case Phase::Encoding:
      return what + StatusStrip::tr("encoding the prompt");
    case Phase::Denoising:
      return what + StatusStrip::tr("denoising");
    case Phase::Decoding:
      return what + StatusStrip::tr("decoding");
    case Phase::Saving:
      return what + StatusStrip::tr("saving");
  }
  return {};
}

}  // namespace

StatusStrip::StatusStrip(QWidget* parent)
    : QWidget(parent),
      line_(new QWidget(this)),
      phase_(new QLabel(tr("Starting"), line_)),
      bar_(new QProgressBar(line_)),
      numbers_(new QLabel(line_)),
      memory_(new QLabel(line_)),
      queue_(new QPushButton(line_)),
      gallery_(new QLabel(line_)),
      saved_(new QLabel(line_)) {
  setObjectName(QStringLiteral("statusStrip"));
  setAttribute(Qt::WA_StyledBackground);
  phase_->setObjectName(QStringLiteral("note"));
  phase_->setMinimumWidth(118);
  bar_->setTextVisible(false);
  bar_->setRange(0, kBarSteps);
  bar_->setFixedWidth(180);
  bar_->setAccessibleName(tr("Progress of the job"));
  for (QLabel* label : {numbers_, gallery_, saved_}) label->setObjectName(QStringLiteral("note"));
  memory_->setObjectName(QStringLiteral("memoryNote"));
  memory_->setProperty("role", QStringLiteral("note"));
  memory_->setAccessibleName(tr("Memory of the next job"));
  memory_->hide();
  // Figures of one width: the line does not dance while they change.
  for (QLabel* label : {phase_, numbers_, memory_, gallery_, saved_})
    label->setFont(numberFont(label->font()));
  queue_->setObjectName(QStringLiteral("queueButton"));
  queue_->setFlat(true);
  queue_->setFont(numberFont(queue_->font()));
  queue_->setCursor(Qt::PointingHandCursor);
  queue_->setToolTip(tr("Show the queue"));
  connect(queue_, &QPushButton::clicked, this, &StatusStrip::queueClicked);
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMs);
  connect(&rest_, &QTimer::timeout, this, &StatusStrip::tellNext);
  auto* layout = new QHBoxLayout(line_);
  layout->setContentsMargins(12, 0, 12, 0);
  layout->setSpacing(16);
  layout->addWidget(phase_);
  layout->addWidget(bar_);
  layout->addWidget(numbers_, 1);
  layout->addWidget(memory_);
  layout->addWidget(queue_);
  layout->addWidget(gallery_);
  layout->addWidget(saved_);
  setMinimumHeight(28);
  setQueue(0);
}

QSize StatusStrip::sizeHint() const { return line_->sizeHint(); }

QSize StatusStrip::minimumSizeHint() const { return line_->minimumSizeHint(); }

void StatusStrip::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  line_->setGeometry(rect());
}

// The line has other texts: only where it needs another height is that the window's business.
bool StatusStrip::event(QEvent* event) {
  if (event->type() == QEvent::LayoutRequest && line_->sizeHint().height() != told_height_) {
    told_height_ = line_->sizeHint().height();
    updateGeometry();
  }
  return QWidget::event(event);
}

// Steps may come by the hundred a second: the newest is told, and the last one always is.
void StatusStrip::tell(const Told& told) {
  next_ = told;
  if (!rest_.isActive()) tellNext();
}

void StatusStrip::tellNext() {
  if (!next_) return;
  const Told told = *std::exchange(next_, std::nullopt);
  rest_.start();
  phase_->setText(told.phase);
  numbers_->setText(told.numbers);
  const int value = static_cast<int>(std::clamp(told.done, 0.0, 1.0) * kBarSteps);
  if (value == bar_->value()) return;
  // A bar paints a new value at once, and with it all of the window that waits to be painted.
  bar_->setUpdatesEnabled(false);
  bar_->setValue(value);
  bar_->setUpdatesEnabled(true);
}

void StatusStrip::showStatus(const RunStatus& status) {
  Told told;
  told.phase = phaseText(status);
  if (!told.phase.isEmpty()) told.phase[0] = told.phase[0].toUpper();
  const bool loading = status.phase == Phase::LoadingModel;
  told.done = loading            ? status.fraction
              : status.steps > 0 ? static_cast<double>(status.step) / status.steps
                                 : 0;
  if (status.step == 0) return tell(told);
  told.numbers = tr("%1/%2").arg(status.step).arg(status.steps);
  if (status.steps_per_second >= 1) {
    told.numbers += tr(" · %1 steps/s").arg(status.steps_per_second, 0, 'f', 1);
  } else if (status.steps_per_second > 0) {
    told.numbers += tr(" · %1 s a step").arg(1 / status.steps_per_second, 0, 'f', 1);
  }
  if (status.step < status.steps)
    told.numbers += tr(" · %1 left").arg(secondsText(status.seconds_left));
  tell(told);
}

void StatusStrip::showIdle(const QString& text) {
  tellNext();  // the last numbers
  phase_->setText(text);
}

void StatusStrip::showWaiting(const QString& text) {
  next_ = Told{text, 0, {}};
  tellNext();
}

void StatusStrip::setGallerySize(int pairs) {
  gallery_->setText(pairs == 1 ? tr("Gallery: 1 pair") : tr("Gallery: %1 pairs").arg(pairs));
}

void StatusStrip::setSaved(const QString& time) { saved_->setText(tr("Saved %1").arg(time)); }

void StatusStrip::setSavedText(const QString& text) { saved_->setText(text); }

void StatusStrip::setMemory(const QString& text, bool fits) {
  memory_->setText(text);
  memory_->setVisible(!text.isEmpty());
  memory_->setToolTip(fits ? tr("At the worst moment of the next job; an estimate")
                           : tr("More than there is: it will be slower, or not be made at all"));
  setStyleProperty(memory_, "chip", fits ? QString() : QStringLiteral("warn"));
}

void StatusStrip::setQueue(int waiting, bool paused) {
  queue_->setText(paused ? tr("Queue: %1, paused").arg(waiting) : tr("Queue: %1").arg(waiting));
  queue_->setIcon(paused ? glyphIcon(Glyph::Pause, &Theme::warn) : QIcon());
  setStyleProperty(queue_, "busy", waiting > 0 && !paused);
}

void StatusStrip::showProgress(const QString& phase, double fraction, double seconds_left) {
  tell({phase,
        fraction,
        seconds_left < 0 ? QString() : tr("%1 left").arg(secondsText(seconds_left))});
}

}  // namespace studio::ui
