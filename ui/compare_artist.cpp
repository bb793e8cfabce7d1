// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Paints a compare scene: the pictures or maps in every mode, and what lies over them.
#include "ui/compare_artist.h"

#include "ui/compare_marks.h"
#include "ui/theme.h"

#include <QLineF>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <utility>

namespace studio::ui {
namespace {

constexpr double kStaleOpacity = 0.35;
// From here on pixels are what one wants to see.
constexpr double kExactPixelsFrom = 8;
constexpr double kEdge = 12;
constexpr double kSmallWidth = 480, kSmallHeight = 320;

std::size_t pictureSlot(int index) { return static_cast<std::size_t>(index); }
std::size_t mapSlot(int index) { return CompareStore::kSlots / 2 + pictureSlot(index); }

// A painter's own scaling would blur and shift by parts of a pixel: pictures are painted in device
// pixels.
class DeviceSpace {
 public:
  DeviceSpace(QPainter& painter, double dpr) : painter_(painter) {
    painter_.save();
    painter_.setWorldTransform(QTransform::fromScale(1 / dpr, 1 / dpr));
  }
  ~DeviceSpace() { painter_.restore(); }
  DeviceSpace(const DeviceSpace&) = delete;
  DeviceSpace& operator=(const DeviceSpace&) = delete;

 private:
  QPainter& painter_;
};

QString sizeText(QSize size) {
  return QStringLiteral("%1 × %2").arg(size.width()).arg(size.height());
}

QString signedText(int value) {
  if (value == 0) return QStringLiteral("0");
  return (value < 0 ? QChar(0x2212) : QChar('+')) + QString::number(std::abs(value));
}

}  // namespace

CompareArtist::CompareArtist(const CompareScene& scene,
                             CompareStore& store,
                             CompareStore::Wait wait,
                             std::shared_ptr<const DigitAtlas> digits)
    : scene_(scene), store_(store), wait_(wait), digits_(std::move(digits)) {}

void CompareArtist::paintPictures(QPainter& painter) const {
  const DeviceSpace space(painter, scene_.dpr);
  if (scene_.isMap() && !scene_.flipped) {
    if (scene_.count() == 2) return paintMap(painter, scene_.other);
    for (int i = 0; i < scene_.count(); ++i)
      i == scene_.reference ? paintPane(painter, i) : paintMap(painter, i);
    return;
  }
  if (scene_.isGrid()) {
    for (int i = 0; i < scene_.count(); ++i) paintPane(painter, i);
    return;
  }
  const bool two = scene_.isWiping() ||
                   (scene_.mode == CompareMode::Checker && !scene_.flipped && scene_.showsBoth());
  two ? paintBoth(painter) : paintPane(painter, scene_.top());
}

// The first picture everywhere, the second over its share: no seam between them.
void CompareArtist::paintBoth(QPainter& painter) const {
  paintPane(painter, scene_.first());
  painter.save();
  if (scene_.mode == CompareMode::Checker) {
    painter.setClipRegion(checkerCells());
  } else {
    const QPolygonF side = scene_.wipeSide(scene_.cell(0), false);
    if (std::fmod(scene_.angle, 90) == 0) {
      painter.setClipRect(scene_.device(side.boundingRect()));
    } else {
      QPainterPath path;
      path.addPolygon(QTransform::fromScale(scene_.dpr, scene_.dpr).map(side));
      path.closeSubpath();
      painter.setClipPath(path);
    }
  }
  painter.fillRect(scene_.device(scene_.cell(0)), theme().canvas);
  paintPane(painter, scene_.second());
  painter.restore();
}

QRegion CompareArtist::checkerCells() const {
  const QRect frame = scene_.device(scene_.frame(0));
  const QRect area = scene_.device(scene_.cell(0));
  const int side = std::max(1, static_cast<int>(std::lround(scene_.checker_cell * scene_.dpr)));
  const auto first = [side](int from, int origin) {
    return static_cast<int>(std::floor(double(from - origin) / side));
  };
  std::vector<QRect> cells;
  for (int row = first(area.top(), frame.top()); frame.top() + row * side <= area.bottom(); ++row) {
    int column = first(area.left(), frame.left());
    if (((row + column) & 1) == 0) ++column;
    for (; frame.left() + column * side <= area.right(); column += 2) {
      cells.emplace_back(frame.left() + column * side, frame.top() + row * side, side, side);
    }
  }
  QRegion region;
  region.setRects(cells.data(), static_cast<int>(cells.size()));
  return region;
}

void CompareArtist::paintPane(QPainter& painter, int index) const {
  const ComparePane& pane = scene_.pane(index);
  const QImage& image = pane.shown();
  if (image.isNull()) return store_.drop(pictureSlot(index));
  const QRect whole = scene_.device(scene_.target(index));
  const double scale = whole.width() / scene_.dpr / image.width();
  const bool soft = !pane.isWhole();
  const bool exact = scene_.zoom > 0 && scale >= kExactPixelsFrom && !soft;
  RasterJob job;
  job.source = image;
  job.how = exact ? Resampling::ExactPixels : soft ? Resampling::Soft : Resampling::Smooth;
  if (exact && scale >= kValuesFrom) job.digits = digits_;
  painter.save();
  if (pane.stale) painter.setOpacity(kStaleOpacity);
  paintJob(painter, pictureSlot(index), std::move(job), whole, index);
  painter.restore();
}

void CompareArtist::paintMap(QPainter& painter, int index) const {
  const MapSource source = mapSource(index);
  const auto scale = source.problem.isEmpty() ? fullScale() : std::nullopt;
  if (!source.problem.isEmpty()) return store_.drop(mapSlot(index));
  const CompareStore::Stats* const measured = stats(index);
  if (measured != nullptr && !*measured) return;  // nothing overlaps
  const int base = scene_.swapped ? index : scene_.reference;
  QRect whole = scene_.device(scene_.target(base));
  if (scene_.isGrid()) {
    whole.translate(scene_.device(scene_.cell(index)).topLeft() -
                    scene_.device(scene_.cell(base)).topLeft());
  }
  RasterJob job;
  job.kind = isSigned() ? RasterJob::Kind::Signed : RasterJob::Kind::Heat;
  job.source = source.from;
  job.other = source.to;
  job.offset = source.offset;
  job.full_scale = scale.value_or(255);
  job.blank = theme().canvas.rgb();
  if (whole.width() / scene_.dpr / source.from.width() >= kValuesFrom) job.digits = digits_;
  painter.save();
  if (scene_.pane(index).stale || scene_.pane(scene_.reference).stale)
    painter.setOpacity(kStaleOpacity);
  paintJob(painter, mapSlot(index), std::move(job), whole, index);
  painter.restore();
}

void CompareArtist::paintJob(
    QPainter& painter, std::size_t slot, RasterJob job, const QRect& whole, int cell) const {
  const QRect area = scene_.device(scene_.cell(cell));
  const QRect seen = whole & area;
  if (seen.isEmpty()) return;
  job.full = whole.size();
  job.part = seen.translated(-whole.topLeft());
  const Raster& got = store_.raster(slot, job, wait_);
  painter.setClipRect(area, Qt::IntersectClip);
  const bool has_old = !got.image.isNull() && got.job.kind == job.kind;
  const bool in_place = has_old && got.job.full == job.full && got.job.part == job.part;
  // In place, the frame before stays until the new one is there: nothing flashes.
  if (in_place) return painter.drawImage(seen.topLeft(), got.image);
  painter.drawImage(seen, store_.rough(slot, job));
  if (!has_old || got.job.source.cacheKey() != job.source.cacheKey()) return;
  const double across = double(job.full.width()) / got.job.full.width();
  const double down = double(job.full.height()) / got.job.full.height();
  const QRect& part = got.job.part;
  painter.drawImage(QRectF(whole.left() + part.left() * across,
                           whole.top() + part.top() * down,
                           part.width() * across,
                           part.height() * down),
                    got.image);
}

MapSource CompareArtist::mapSource(int index) const {
  const int from = scene_.swapped ? index : scene_.reference;
  const int to = scene_.swapped ? scene_.reference : index;
  const ComparePane &a = scene_.pane(from), &b = scene_.pane(to);
  MapSource source;
  source.from = a.shown();
  source.to = b.shown();
  // One of them forms: the finished ones stay.
  if (source.from.size() != source.to.size() || source.from.isNull()) {
    source.from = a.picture;
    source.to = b.picture;
  }
  if (source.from.isNull() || source.to.isNull()) {
    const bool forms = scene_.has(from) || scene_.has(to);
    source.problem = index == scene_.reference || !forms
                         ? tr("A difference needs two pictures.")
                         : tr("The difference appears when both pictures are finished.");
    if (forms && (!scene_.has(from) || !scene_.has(to)))
      source.problem = tr("A difference needs two pictures, and there is only %1.")
                           .arg(scene_.letter(scene_.has(from) ? from : to));
    return source;
  }
  if (source.from.size() != source.to.size()) {
    source.problem =
        tr("No difference to show: %1 is %2 pixels and %3 is %4. Pictures of one size can be "
           "subtracted; wipe and side by side show these.")
            .arg(scene_.letter(from),
                 sizeText(source.from.size()),
                 scene_.letter(to),
                 sizeText(source.to.size()));
    return source;
  }
  const QPoint moved = scene_.offsetBetween(from, to);
  const double scale = double(source.from.width()) / std::max(1, scene_.pictureSize().width());
  source.offset = QPoint(static_cast<int>(std::lround(moved.x() * scale)),
                         static_cast<int>(std::lround(moved.y() * scale)));
  return source;
}

const CompareStore::Stats* CompareArtist::stats(int index) const {
  static const CompareStore::Stats none;
  const MapSource source = mapSource(index);
  if (!source.problem.isEmpty()) return &none;
  return store_.stats(source.from, source.to, source.offset, wait_);
}

std::optional<double> CompareArtist::fullScale() const {
  if (scene_.gain > 0) return 255 / scene_.gain;
  double most = 0;
  for (int i = 0; i < scene_.count(); ++i) {
    if (i == scene_.reference || (scene_.count() == 2 && i != scene_.other)) continue;
    const CompareStore::Stats* const measured = stats(i);
    if (measured == nullptr) return std::nullopt;
    if (*measured)
      most = std::max(most, isSigned() ? (*measured)->max_brightness : double((*measured)->max));
  }
  return most > 0 ? most : 255;
}

QString CompareArtist::numbersOf(int index, bool is_short) const {
  const CompareStore::Stats* const measured = stats(index);
  if (measured == nullptr) return tr("measuring…");
  if (!*measured) return {};
  const DifferenceStats& numbers = **measured;
  if (numbers.isZero()) return tr("equal in every pixel");
  const QString mean = QString::number(numbers.mean, 'f', numbers.mean < 0.1 ? 4 : 2);
  const QString brief = tr("max %1 · mean %2").arg(numbers.max).arg(mean);
  if (is_short) return brief;
  return tr("%1 · RMSE %2 · PSNR %3 dB")
      .arg(brief, QString::number(numbers.rmse, 'f', 2), QString::number(numbers.psnr, 'f', 1));
}

// Of three and four pictures with the numbers, which come first as a long name is cut.
QString CompareArtist::labelOf(int index) const {
  QStringList parts{scene_.pane(index).label};
  if (scene_.count() > 2 && index == scene_.reference) parts << tr("reference");
  if (scene_.count() > 2 && scene_.isMap() && !scene_.flipped && index != scene_.reference)
    parts.prepend(numbersOf(index, true));
  parts.removeAll(QString());
  return parts.join(QStringLiteral(" · "));
}

QStringList CompareArtist::notes() const {
  QStringList notes;
  const QSize ruling = scene_.pictureSize();
  for (int i = 0; i < scene_.count(); ++i) {
    const ComparePane& pane = scene_.pane(i);
    if (pane.isWhole() && pane.picture.size() != ruling && !scene_.isMap()) {
      notes << tr("%1 is %2, shown in the frame of %3")
                   .arg(scene_.letter(i), sizeText(pane.picture.size()), sizeText(ruling));
    }
    if (!pane.offset.isNull()) {
      notes << tr("%1 moved by %2, %3 px")
                   .arg(scene_.letter(i), signedText(pane.offset.x()), signedText(pane.offset.y()));
    }
  }
  if (!scene_.isMap() || scene_.count() > 2) return notes;
  const CompareStore::Stats* const measured = stats(scene_.other);
  const MapSource source = mapSource(scene_.other);
  if (measured != nullptr && *measured && !source.offset.isNull()) {
    notes << tr("compared where they overlap: %1 px").arg(sizeText((*measured)->compared.size()));
  }
  return notes;
}

void CompareArtist::paintLabels(QPainter& painter, const QFont& font) const {
  const auto draw = [&](int index, Corner corner, const QRectF& area) {
    const QString text = labelOf(index);
    if (!scene_.has(index) || (text.isEmpty() && scene_.count() < 3)) return;
    drawLabel(painter, font, scene_.letter(index), index != scene_.reference, text, corner, area);
  };
  if (scene_.isGrid()) {
    for (int i = 0; i < scene_.count(); ++i) draw(i, Corner::TopLeft, scene_.cell(i));
    return;
  }
  const QRectF whole = scene_.cell(0);
  const bool two = scene_.showsBoth() && !scene_.flipped &&
                   (scene_.isWiping() || scene_.isMap() || scene_.mode == CompareMode::Checker);
  if (!two) {
    const int index = scene_.top();
    return draw(index, index == scene_.first() ? Corner::TopLeft : Corner::TopRight, whole);
  }
  const QRectF left(0, 0, whole.width() / 2, whole.height());
  const QRectF right = left.translated(whole.width() / 2, 0);
  const QPointF normal = scene_.isWiping() ? scene_.wipeNormal() : QPointF(1, 0);
  if (std::abs(normal.y()) > std::abs(normal.x()) * 1.001) {
    const bool first_above = normal.y() > 0;
    draw(first_above ? scene_.first() : scene_.second(), Corner::TopLeft, whole);
    return draw(first_above ? scene_.second() : scene_.first(), Corner::BottomLeft, whole);
  }
  const bool first_left = normal.x() > 0;
  draw(first_left ? scene_.first() : scene_.second(), Corner::TopLeft, left);
  draw(first_left ? scene_.second() : scene_.first(), Corner::TopRight, right);
}

void CompareArtist::paintFoot(QPainter& painter,
                              const QFont& font,
                              std::optional<QPointF> cursor) const {
  const QRectF whole(QPointF(0, 0), scene_.size);
  QPointF foot(kEdge, whole.bottom() - 10);
  const double room = whole.width() - 2 * kEdge;
  const bool map = scene_.isMap() && !scene_.flipped;
  const bool lower_label = scene_.isWiping() && std::abs(scene_.wipeNormal().y()) >
                                                    std::abs(scene_.wipeNormal().x()) * 1.001;
  if (lower_label) foot.ry() -= QFontMetricsF(font).height() + 14;
  bool any = false;
  for (int i = 0; map && i < scene_.count(); ++i)
    any = any || (i != scene_.reference && mapSource(i).problem.isEmpty());
  if (any) {
    const int to = scene_.count() == 2 ? scene_.other : -1;
    const QString a = scene_.letter(scene_.reference);
    const QString b = to < 0 ? tr("others") : scene_.letter(to);
    Legend legend;
    legend.is_signed = isSigned();
    legend.title = !legend.is_signed ? tr("Largest channel difference, %1 to %2").arg(a, b)
                   : scene_.swapped  ? tr("Brightness, %1 − %2").arg(a, b)
                                     : tr("Brightness, %1 − %2").arg(b, a);
    legend.full_scale = fullScale().value_or(255);
    const QString scale =
        scene_.gain > 0 ? tr("gain × %1").arg(scene_.gain, 0, 'g', 3) : tr("gain automatic");
    const bool is_small = whole.width() < kSmallWidth || whole.height() < kSmallHeight;
    legend.numbers = to < 0 ? scale : numbersOf(to, is_small);
    // What lies under it can be looked at: it makes way for the cursor.
    const QSizeF size = legendSize(font, legend, room);
    const QRectF usual(foot.x(), foot.y() - size.height(), size.width(), size.height());
    if (cursor && usual.contains(*cursor)) foot.setX(whole.right() - kEdge - size.width());
    drawLegend(painter, font, legend, {foot, room});
    foot = {kEdge, usual.top() - 6};
  }
  drawNotes(painter, font, notes(), {foot, room});
}

void CompareArtist::paintMarks(QPainter& painter, const QFont& font, Focus focus) const {
  painter.setRenderHint(QPainter::Antialiasing);
  if (scene_.isMap() && !scene_.flipped) {
    for (int i = 0; i < scene_.count(); ++i) {
      if (i == scene_.reference || (scene_.count() == 2 && i != scene_.other)) continue;
      QString problem = mapSource(i).problem;
      const CompareStore::Stats* const measured = stats(i);
      if (problem.isEmpty() && measured != nullptr && !*measured)
        problem = tr("The pictures do not overlap. Reset the offset to compare them.");
      drawSentence(painter, problem, scene_.cell(i));
    }
  }
  for (int i = 0; i < scene_.count(); ++i) {
    const ComparePane& pane = scene_.pane(i);
    if (!pane.forming.isNull() && pane.inset) drawInset(painter, pane.forming, scene_.visible(i));
  }
  const auto line = scene_.wipeLine();
  if (line) {
    drawWipe(painter,
             *line,
             {*scene_.wipeHandle(), *scene_.wipeKnob(), focus.by_keyboard || focus.wipe_moves});
  }
  paintLabels(painter, font);
  paintFoot(painter, font, focus.cursor);
  if (focus.by_keyboard && !line) {
    painter.setPen(QPen(theme().accent, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(QPointF(0, 0), scene_.size).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

}  // namespace studio::ui
