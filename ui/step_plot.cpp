// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How far guided and unguided stand apart at every step.
#include "ui/step_plot.h"

#include "ui/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cstdlib>

namespace studio::ui {
namespace {

// Keeps a run of many steps on a large model within a few megabytes.
constexpr std::size_t kPreviewsKept = 200;
constexpr int kTraceSide = 256;
constexpr int kSampleSide = 64;

double meanDifference(QImage a, QImage b) {
  if (a.width() > kSampleSide || a.height() > kSampleSide) a = a.scaled(kSampleSide, kSampleSide);
  if (b.size() != a.size()) b = b.scaled(a.size());
  qint64 sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    const auto* left = reinterpret_cast<const QRgb*>(a.constScanLine(y));
    const auto* right = reinterpret_cast<const QRgb*>(b.constScanLine(y));
    for (int x = 0; x < a.width(); ++x) {
      sum += std::abs(qRed(left[x]) - qRed(right[x])) +
             std::abs(qGreen(left[x]) - qGreen(right[x])) +
             std::abs(qBlue(left[x]) - qBlue(right[x]));
    }
  }
  return static_cast<double>(sum) / (765.0 * std::max(1, a.width() * a.height()));
}

}  // namespace

void StepTrace::add(Side side, int step, const QImage& preview) {
  Previews& previews = own(side);
  if (previews.size() >= kPreviewsKept) return;
  // Decoded ones are as large as the picture itself; a trace holds many.
  const bool is_large = preview.width() > kTraceSide || preview.height() > kTraceSide;
  previews[step] = is_large ? preview.scaled(kTraceSide, kTraceSide, Qt::KeepAspectRatio) : preview;
}

QImage StepTrace::at(Side side, int step) const {
  const auto& previews = of(side);
  auto found = previews.upper_bound(step);
  if (previews.empty()) return {};
  return found == previews.begin() ? found->second : std::prev(found)->second;
}

std::map<int, double> StepTrace::distances() const {
  std::map<int, double> made;
  for (const auto& [step, preview] : guided_) {
    const auto twin = twin_.find(step);
    // Of another size it was made by another method, and the difference would be that of the methods.
    if (twin != twin_.end() && twin->second.size() == preview.size())
      made[step] = meanDifference(preview, twin->second);
  }
  return made;
}

void KeptTraces::keep(const GenerationRequest& job, const StepTrace::Previews& previews) {
  if (previews.empty()) return;
  Kept kept{job, previews, 0};
  for (const auto& [step, preview] : previews) kept.bytes += preview.sizeInBytes();
  std::erase_if(kept_, [&](const Kept& old) {
    if (!(old.job == job)) return false;
    bytes_ -= old.bytes;
    return true;
  });
  bytes_ += kept.bytes;
  kept_.push_back(std::move(kept));
  // The newest is shown now, whatever its size.
  while (bytes_ > kMostBytes && kept_.size() > 2) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
  }
}

StepTrace::Previews KeptTraces::find(const GenerationRequest& job) const {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.job == job; });
  return found == kept_.end() ? StepTrace::Previews() : found->previews;
}

StepPlot::StepPlot(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Distance between guided and unguided over the steps"));
}

void StepPlot::setDistances(std::map<int, double> distances, int steps) {
  distances_ = std::move(distances);
  steps_ = steps;
  update();
}

void StepPlot::setMarkedStep(int step) {
  marked_ = step;
  update();
}

void StepPlot::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF area = QRectF(rect()).adjusted(4, 8, -4, -18);
  painter.setPen(QPen(t.line, 1));
  painter.drawLine(area.bottomLeft(), area.bottomRight());
  painter.drawLine(area.topLeft(), area.bottomLeft());
  QFont small = font();
  small.setPixelSize(11);
  painter.setFont(small);
  painter.setPen(t.muted);
  if (distances_.size() < 2 || steps_ < 2) {
    painter.drawText(area, Qt::AlignCenter, tr("after a run with its twin"));
    return;
  }
  double top = 1e-3;
  for (const auto& [step, value] : distances_) top = std::max(top, value);
  const auto place = [&](int step, double value) {
    return QPointF(area.left() + area.width() * (step - 1) / (steps_ - 1),
                   area.bottom() - (area.height() - 4) * value / top);
  };
  QPainterPath line;
  for (const auto& [step, value] : distances_) {
    line.elementCount() == 0 ? line.moveTo(place(step, value)) : line.lineTo(place(step, value));
  }
  QPainterPath under = line;
  under.lineTo(place(distances_.rbegin()->first, 0));
  under.lineTo(place(distances_.begin()->first, 0));
  QColor wash = t.accent;
  wash.setAlpha(36);
  painter.fillPath(under, wash);
  painter.strokePath(line, QPen(t.accent, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  const auto marked = distances_.find(marked_);
  if (marked != distances_.end()) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.text);
    painter.drawEllipse(place(marked->first, marked->second), 3.5, 3.5);
  }
  painter.setPen(t.muted);
  const QRectF foot(area.left(), area.bottom() + 2, area.width(), 16);
  painter.drawText(foot, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("1"));
  painter.drawText(foot, Qt::AlignRight | Qt::AlignVCenter, QString::number(steps_));
  painter.drawText(area.adjusted(6, -6, 0, 0),
                   Qt::AlignLeft | Qt::AlignTop,
                   tr("%1 %").arg(100 * top, 0, 'f', 1));
}

}  // namespace studio::ui
