// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Numbers of a sweep's cells as lines over an axis.
#include "ui/cell_plot.h"

#include "ui/job_text.h"
#include "ui/param_row.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kNear = 28;            // pixels from the hand to a point
constexpr std::size_t kMostLines = 60;  // more could not be told apart
constexpr std::size_t kMostPoints = 2000;

QString shortNumber(double value, CellNumber number) {
  if (number == CellNumber::Seconds) return secondsText(value);
  if (number == CellNumber::RowEvaluations) return QString::number(value, 'f', value < 100 ? 1 : 0);
  return QString::number(value, 'g', 3);
}

}  // namespace

QString nameOf(CellNumber number) {
  switch (number) {
    case CellNumber::TwinDistance:
      return CellPlot::tr("Distance from twin");
    case CellNumber::Seconds:
      return CellPlot::tr("Time");
    case CellNumber::GuidanceNorm:
      return CellPlot::tr("Guidance norm");
    case CellNumber::RowEvaluations:
      return CellPlot::tr("Evaluations");
  }
  return {};
}

std::optional<double> numberOf(const CellResult& result, CellNumber number) {
  if (result.state != CellState::Finished) return std::nullopt;
  double value = 0;
  switch (number) {
    case CellNumber::TwinDistance:
      value = result.twin_distance;
      break;
    case CellNumber::Seconds:
      value = result.seconds;
      break;
    case CellNumber::GuidanceNorm:
      value = result.guidance_norm;
      break;
    case CellNumber::RowEvaluations:
      value = result.row_evaluations;
      break;
  }
  return value < 0 || !std::isfinite(value) ? std::nullopt : std::optional(value);
}

int likelyMeanAxis(const SweepCells& cells) {
  for (int axis = 0; axis < cells.axes(); ++axis) {
    const ParamSpec* spec = cells.axisSpec(axis);
    if (spec != nullptr && spec->kind == ParamKind::Integer && spec->max - spec->min > 1e9 &&
        cells.axisSize(axis) > 1)
      return axis;
  }
  return -1;
}

CellPlot::CellPlot(SweepCells& cells, QWidget* parent) : QWidget(parent), cells_(cells) {
  setObjectName(QStringLiteral("cellPlot"));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Plot of the cells' numbers"));
  const auto again = [this] {
    stale_ = true;
    hovered_.reset();
    update();
  };
  connect(&cells_, &SweepCells::reset, this, again);
  connect(&cells_, &SweepCells::shownAxesChanged, this, again);
  connect(&cells_, &SweepCells::pictureChanged, this, [this](int picture) {
    if (cells_.result(picture).state != CellState::Finished) return;
    stale_ = true;
    update();
  });
  connect(&cells_, &SweepCells::currentChanged, this, [this] {
    stale_ = true;
    update();
  });
}

void CellPlot::setAxes(int along, int lines, int mean) {
  along_ = along;
  lines_ = lines == along ? -1 : lines;
  mean_ = mean == along || mean == lines ? -1 : mean;
  stale_ = true;
  hovered_.reset();
  update();
}

void CellPlot::setNumber(CellNumber number) {
  number_ = number;
  stale_ = true;
  update();
}

void CellPlot::setCompact(bool compact) {
  compact_ = compact;
  setSizePolicy(QSizePolicy::Expanding, compact ? QSizePolicy::Fixed : QSizePolicy::Expanding);
  updateGeometry();
}

void CellPlot::collect() {
  stale_ = false;
  points_.clear();
  top_ = 0;
  if (cells_.isEmpty() || along_ < 0 || along_ >= cells_.axes() || lines_ >= cells_.axes() ||
      mean_ >= cells_.axes())
    return;
  const std::size_t lines = std::min(cells_.axisSize(lines_), kMostLines);
  const std::size_t places = std::min(cells_.axisSize(along_), kMostPoints);
  const std::size_t over = std::min(cells_.axisSize(mean_), kMostLines);
  auto there = cells_.position(cells_.current());
  points_.assign(lines, std::vector<Point>(places));
  for (std::size_t line = 0; line < lines; ++line) {
    if (lines_ >= 0) there[static_cast<std::size_t>(lines_)] = line;
    for (std::size_t place = 0; place < places; ++place) {
      there[static_cast<std::size_t>(along_)] = place;
      Point& point = points_[line][place];
      point.cell = cells_.cellAt(there);
      for (std::size_t k = 0; k < over; ++k) {
        auto one = there;
        if (mean_ >= 0) one[static_cast<std::size_t>(mean_)] = k;
        const auto value = numberOf(cells_.resultOfCell(cells_.cellAt(one)), number_);
        if (!value) continue;
        point.least = point.count == 0 ? *value : std::min(point.least, *value);
        point.most = point.count == 0 ? *value : std::max(point.most, *value);
        point.mean += *value;
        ++point.count;
      }
      if (point.count > 0) point.mean /= point.count;
      top_ = std::max(top_, point.most);
    }
  }
  if (top_ <= 0) top_ = 1;
}

QRectF CellPlot::area() const {
  return QRectF(rect()).adjusted(
      compact_ ? 44 : 60, compact_ ? 20 : 30, compact_ ? -64 : -96, compact_ ? -20 : -34);
}

QPointF CellPlot::placeOf(std::size_t line, std::size_t place) const {
  const QRectF a = area();
  const std::size_t places = points_.empty() ? 1 : points_.front().size();
  const double x = places < 2 ? 0.5 : static_cast<double>(place) / static_cast<double>(places - 1);
  return {a.left() + a.width() * x,
          a.bottom() - a.height() * points_[line][place].mean / (top_ * 1.05)};
}

QColor CellPlot::colourOf(std::size_t line) const {
  static constexpr std::array kTurns = {0, 178, 110, 285, 60, 235, 145, 320};
  const QColor accent = theme().accent;
  const int hue = (accent.hsvHue() + kTurns[line % kTurns.size()]) % 360;
  return QColor::fromHsv(hue, accent.hsvSaturation(), theme().dark ? 240 : 200);
}

std::size_t CellPlot::currentLine() const {
  if (lines_ < 0 || cells_.isEmpty()) return 0;
  return cells_.position(cells_.current())[static_cast<std::size_t>(lines_)];
}

QString CellPlot::readingAt(std::size_t line, std::size_t place) const {
  const Point& point = points_.at(line).at(place);
  QString text = cells_.valueLabel(along_, place).simplified().left(40);
  if (lines_ >= 0)
    text += QStringLiteral(" · ") + cells_.valueLabel(lines_, line).simplified().left(40);
  text += QStringLiteral(": ") +
          (point.count == 0 ? tr("not known") : shortNumber(point.mean, number_));
  if (point.count > 1)
    text += tr(" (%1 to %2 over %3)")
                .arg(shortNumber(point.least, number_), shortNumber(point.most, number_))
                .arg(point.count);
  return text;
}

void CellPlot::drawFrame(QPainter& painter) {
  const Theme& t = theme();
  const QRectF a = area();
  painter.setPen(QPen(t.line, 1));
  painter.drawLine(a.bottomLeft(), a.bottomRight());
  painter.drawLine(a.topLeft(), a.bottomLeft());
  QFont small = font();
  small.setPixelSize(11);
  painter.setFont(small);
  const QFontMetricsF metrics(small);
  painter.setPen(t.muted);
  painter.drawText(QRectF(a.left() + 8, 2, width(), a.top() - 4),
                   Qt::AlignLeft | Qt::AlignVCenter,
                   nameOf(number_));
  painter.drawText(QRectF(0, a.top() - 7, a.left() - 6, 14),
                   Qt::AlignRight | Qt::AlignVCenter,
                   shortNumber(top_ * 1.05, number_));
  painter.drawText(QRectF(0, a.bottom() - 7, a.left() - 6, 14),
                   Qt::AlignRight | Qt::AlignVCenter,
                   QStringLiteral("0"));
  if (points_.empty()) return;
  // As many names as have room, always the first and the last.
  const std::size_t places = points_.front().size();
  double free_from = -1e9;
  const double right_start = a.right();
  for (std::size_t place = 0; place < places; ++place) {
    const double x = placeOf(0, place).x();
    const QString name =
        metrics.elidedText(cells_.valueLabel(along_, place).simplified(), Qt::ElideRight, 90);
    const double wide = metrics.horizontalAdvance(name);
    const bool last = place + 1 == places;
    if (x - wide / 2 < free_from) continue;
    if (!last && x + wide / 2 > right_start - 34) continue;
    painter.drawText(QRectF(x - wide / 2 - 2, a.bottom() + 4, wide + 4, 15), Qt::AlignCenter, name);
    free_from = x + wide / 2 + 8;
  }
}

void CellPlot::drawLine(QPainter& painter, std::size_t line) {
  const QColor colour = colourOf(line);
  const bool current = line == currentLine() || points_.size() == 1;
  QPainterPath path, band;
  QPolygonF upper, lower;
  bool pen_down = false;
  const QRectF a = area();
  const auto y_of = [&](double value) { return a.bottom() - a.height() * value / (top_ * 1.05); };
  for (std::size_t place = 0; place < points_[line].size(); ++place) {
    const Point& point = points_[line][place];
    if (point.count == 0) {
      pen_down = false;
      continue;
    }
    const QPointF at = placeOf(line, place);
    pen_down ? path.lineTo(at) : path.moveTo(at);
    pen_down = true;
    upper << QPointF(at.x(), y_of(point.most));
    lower.prepend(QPointF(at.x(), y_of(point.least)));
  }
  if (mean_ >= 0) {
    QColor wash = colour;
    wash.setAlpha(current ? 50 : 26);
    painter.setPen(Qt::NoPen);
    painter.setBrush(wash);
    painter.drawPolygon(upper + lower);
  }
  painter.strokePath(path,
                     QPen(colour, current ? 2.2 : 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  for (std::size_t place = 0; place < points_[line].size(); ++place) {
    if (points_[line][place].count == 0) continue;
    const bool here = points_[line][place].cell == cells_.current();
    if (here) {
      painter.setBrush(theme().text);
      painter.drawEllipse(placeOf(line, place), 4.2, 4.2);
      painter.setBrush(colour);
    } else if (points_[line].size() <= 60) {
      painter.drawEllipse(placeOf(line, place), 2, 2);
    }
  }
}

// Line names at the right end, pushed apart.
void CellPlot::drawNames(QPainter& painter) {
  if (lines_ < 0) return;
  struct Name {
    double y;
    std::size_t line;
  };
  std::vector<Name> names;
  for (std::size_t line = 0; line < points_.size(); ++line) {
    for (std::size_t place = points_[line].size(); place-- > 0;) {
      if (points_[line][place].count == 0) continue;
      names.push_back({placeOf(line, place).y(), line});
      break;
    }
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.y < b.y; });
  double free_from = 0;
  const QRectF a = area();
  for (const Name& name : names) {
    const double y = std::max(name.y - 7, free_from);
    if (y + 14 > height()) break;
    painter.setPen(colourOf(name.line));
    const QRectF room(a.right() + 8, y, width() - a.right() - 10, 14);
    painter.drawText(
        room,
        Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(cells_.valueLabel(lines_, name.line).simplified(),
                                         Qt::ElideRight,
                                         static_cast<int>(room.width())));
    free_from = y + 14;
  }
}

void CellPlot::drawReading(QPainter& painter) {
  if (!hovered_) return;
  const Theme& t = theme();
  const QPointF at = placeOf(hovered_->first, hovered_->second);
  painter.setPen(QPen(t.muted, 1, Qt::DotLine));
  painter.drawLine(QPointF(at.x(), area().top()), QPointF(at.x(), area().bottom()));
  painter.setPen(QPen(t.text, 1.4));
  painter.setBrush(Qt::NoBrush);
  painter.drawEllipse(at, 5, 5);
  const QString text = readingAt(hovered_->first, hovered_->second);
  const double wide = painter.fontMetrics().horizontalAdvance(text) + 14;
  const double x = std::clamp(at.x() + 10, 2.0, std::max(2.0, width() - wide - 2));
  const QRectF chip(x, std::max(2.0, at.y() - 26), wide, 20);
  painter.setPen(QPen(t.line, 1));
  painter.setBrush(t.field);
  painter.drawRoundedRect(chip, 4, 4);
  painter.setPen(t.text);
  painter.drawText(chip, Qt::AlignCenter, text);
}

void CellPlot::paintEvent(QPaintEvent*) {
  if (stale_) collect();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (hasFocus()) {
    painter.setPen(QPen(theme().accent, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
  }
  drawFrame(painter);
  const bool any = std::any_of(points_.begin(), points_.end(), [](const auto& line) {
    return std::any_of(
        line.begin(), line.end(), [](const Point& point) { return point.count > 0; });
  });
  if (!any) {
    painter.setPen(theme().muted);
    const bool no_twin =
        number_ == CellNumber::TwinDistance && !cells_.isEmpty() && !cells_.grid().spec.twin;
    painter.drawText(
        area(),
        Qt::AlignCenter | Qt::TextWordWrap,
        no_twin ? tr("This sweep has no twins.") : tr("Numbers come with the finished cells."));
    return;
  }
  for (std::size_t line = 0; line < points_.size(); ++line) {
    if (line != currentLine()) drawLine(painter, line);
  }
  if (currentLine() < points_.size()) drawLine(painter, currentLine());
  drawNames(painter);
  drawReading(painter);
}

std::optional<std::pair<std::size_t, std::size_t>> CellPlot::nearest(QPointF point) const {
  std::optional<std::pair<std::size_t, std::size_t>> found;
  double least = kNear * kNear;
  for (std::size_t line = 0; line < points_.size(); ++line) {
    for (std::size_t place = 0; place < points_[line].size(); ++place) {
      if (points_[line][place].count == 0) continue;
      const QPointF off = placeOf(line, place) - point;
      const double far = QPointF::dotProduct(off, off);
      if (far < least) least = far, found = {line, place};
    }
  }
  return found;
}

void CellPlot::mouseMoveEvent(QMouseEvent* event) {
  const auto found = nearest(event->position());
  if (found == hovered_) return;
  hovered_ = found;
  setCursor(found ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void CellPlot::mousePressEvent(QMouseEvent* event) {
  const auto found = nearest(event->position());
  if (found) cells_.setCurrent(points_[found->first][found->second].cell);
}

void CellPlot::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
}

void CellPlot::keyPressEvent(QKeyEvent* event) {
  if (cells_.isEmpty() || along_ < 0) return event->ignore();
  const auto step = [&](int axis, int by) {
    if (axis < 0) return;
    const long next = static_cast<long>(cells_.at(axis)) + by;
    cells_.setAt(axis,
                 static_cast<std::size_t>(
                     std::clamp(next, 0L, static_cast<long>(cells_.axisSize(axis)) - 1)));
  };
  switch (event->key()) {
    case Qt::Key_Left:
      step(along_, -1);
      break;
    case Qt::Key_Right:
      step(along_, 1);
      break;
    case Qt::Key_Up:
      step(lines_, -1);
      break;
    case Qt::Key_Down:
      step(lines_, 1);
      break;
    default:
      return event->ignore();
  }
  if (stale_) collect();
  const std::size_t place = cells_.at(along_);
  if (currentLine() < points_.size() && place < points_.front().size()) {
    hovered_ = {currentLine(), place};
    setAccessibleDescription(readingAt(currentLine(), place));
  }
  update();
}

void CellPlot::focusInEvent(QFocusEvent*) { update(); }
void CellPlot::focusOutEvent(QFocusEvent*) { update(); }

CellPlotView::CellPlotView(SweepCells& cells, QWidget* parent)
    : QWidget(parent), cells_(cells), plot_(new CellPlot(cells, this)) {
  setObjectName(QStringLiteral("cellPlotView"));
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  const auto add = [&](const QString& label, const QString& name) {
    auto* text = new QLabel(label, this);
    text->setObjectName(QStringLiteral("note"));
    auto* box = makeComboBox(this);
    box->setObjectName(name);
    box->setAccessibleName(label);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    text->setBuddy(box);
    row->addWidget(text);
    row->addWidget(box);
    row->addSpacing(8);
    connect(box, &QComboBox::activated, this, &CellPlotView::choose);
    return box;
  };
  number_ = add(tr("Show"), QStringLiteral("plotNumber"));
  along_ = add(tr("along"), QStringLiteral("plotAlong"));
  lines_ = add(tr("a line for each"), QStringLiteral("plotLines"));
  mean_ = add(tr("mean over"), QStringLiteral("plotMean"));
  row->addStretch(1);
  for (const CellNumber number : {CellNumber::TwinDistance,
                                  CellNumber::GuidanceNorm,
                                  CellNumber::Seconds,
                                  CellNumber::RowEvaluations})
    number_->addItem(nameOf(number), static_cast<int>(number));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 12, 16, 12);
  layout->setSpacing(8);
  layout->addLayout(row);
  layout->addWidget(plot_, 1);
  setFocusProxy(plot_);
  connect(&cells_, &SweepCells::reset, this, &CellPlotView::fill);
  fill();
}

void CellPlotView::fill() {
  for (QComboBox* box : {along_, lines_, mean_}) box->clear();
  lines_->addItem(tr("nothing"), -1);
  mean_->addItem(tr("nothing"), -1);
  for (int axis = 0; axis < cells_.axes(); ++axis) {
    for (QComboBox* box : {along_, lines_, mean_}) box->addItem(cells_.axisName(axis), axis);
  }
  const int mean = likelyMeanAxis(cells_);
  int along = -1, lines = -1;
  for (int axis = 0; axis < cells_.axes(); ++axis) {
    if (axis == mean && cells_.axes() > 1) continue;
    if (along < 0)
      along = axis;
    else if (lines < 0)
      lines = axis;
  }
  along_->setCurrentIndex(along_->findData(along));
  lines_->setCurrentIndex(lines_->findData(lines));
  mean_->setCurrentIndex(mean_->findData(cells_.axes() > 1 ? mean : -1));
  choose();
}

void CellPlotView::choose() {
  plot_->setNumber(static_cast<CellNumber>(number_->currentData().toInt()));
  if (along_->count() == 0) return plot_->setAxes(-1, -1, -1);
  plot_->setAxes(
      along_->currentData().toInt(), lines_->currentData().toInt(), mean_->currentData().toInt());
}

}  // namespace studio::ui
