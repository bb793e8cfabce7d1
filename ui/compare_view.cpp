// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture: two to four of them under a wipe, side by side, flipped, blinking, as a checkerboard
// or as a map of their differences; zoomed together.
#include "ui/compare_view.h"

#include "ui/compare_marks.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QTimer>
#include <QWindow>

#include <algorithm>
#include <cmath>
#include <utility>

namespace studio::ui {
namespace {

const QString kAngle = QStringLiteral("angle");
const QString kRate = QStringLiteral("rate");
const QString kCell = QStringLiteral("cell");
const QString kGain = QStringLiteral("gain");

QImage readyToPaint(const QImage& image) {
  return image.isNull() || image.format() == QImage::Format_RGB32
             ? image
             : image.convertToFormat(QImage::Format_RGB32);
}

}  // namespace

CompareView::CompareView(QWidget* parent)
    : QWidget(parent), store_(new CompareStore(this)), blink_(new QTimer(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Picture"));
  setAccessibleDescription(
      tr("Guided against unguided. Left and right move the wipe, brackets turn it, T swaps the "
         "sides, digits choose how pictures are compared, plus and minus zoom, hold F or Space to "
         "flip."));
  scene_.size = size();
  connect(store_, &CompareStore::ready, this, qOverload<>(&QWidget::update));
  connect(blink_, &QTimer::timeout, this, &CompareView::tickBlink);
  setBlinkRate(blink_rate_);
}

CompareView::~CompareView() = default;

CompareArtist CompareView::artist(CompareStore::Wait wait) const {
  return {scene_, *store_, wait, digits()};
}

// Written as large as three lines in a pixel may be.
std::shared_ptr<const DigitAtlas> CompareView::digits() const {
  if (scene_.zoom < CompareArtist::kValuesFrom / 4) return nullptr;
  const int wanted =
      static_cast<int>(std::lround(std::clamp(scene_.zoom / 4.2, 8.0, 13.0) * scene_.dpr));
  if (!digits_ || digits_px_ != wanted) {
    digits_ = digitAtlas(font(), wanted);
    digits_px_ = wanted;
  }
  return digits_;
}

void CompareView::changed() {
  scene_.dpr = devicePixelRatioF();
  updateBlink();
  updateReadout();
  update();
}

void CompareView::optionChanged() {
  changed();
  Q_EMIT optionsChanged();
}

// The frame may have another size than before.
void CompareView::framed(const QSize& before) {
  if (scene_.pictureSize() != before) scene_.clampCentre();
  changed();
  Q_EMIT zoomChanged();
}

void CompareView::setPicture(Side side, const QImage& image) {
  const QSize before = scene_.pictureSize();
  ComparePane& pane = scene_.pair[index(side)];
  pane.picture = readyToPaint(image);
  pane.forming = pane.held = {};
  framed(before);
}

void CompareView::setForming(Side side, const QImage& preview, Forming where) {
  ComparePane& pane = scene_.pair[index(side)];
  const bool was_in_place = !pane.forming.isNull() && !pane.inset;
  pane.inset = where == Forming::Inset && !pane.picture.isNull();
  // Going back to an older picture would flicker.
  if (!pane.inset) {
    pane.held = {};
  } else if (was_in_place) {
    pane.held = pane.forming;
  }
  pane.forming = readyToPaint(preview);
  changed();
}

void CompareView::setExpectedSize(QSize size) {
  scene_.expected = size;
  changed();
  Q_EMIT zoomChanged();
}

void CompareView::clearForming() {
  for (ComparePane& each : scene_.pair) {
    // With nothing better to show, what has formed so far stays.
    if (!each.picture.isNull()) each.forming = each.held = {};
  }
  changed();
}

bool CompareView::isForming() const {
  return std::any_of(scene_.pair.begin(), scene_.pair.end(), [](const ComparePane& each) {
    return !each.forming.isNull();
  });
}

void CompareView::setLabel(Side side, const QString& text) {
  scene_.pair[index(side)].label = text;
  update();
}

void CompareView::setStale(Side side, bool stale) {
  if (scene_.pair[index(side)].stale == stale) return;
  scene_.pair[index(side)].stale = stale;
  update();
}

void CompareView::setEmptyText(const QString& text) {
  empty_text_ = text;
  update();
}

void CompareView::setPictures(std::vector<ComparePicture> pictures) {
  if (pictures.empty()) return clearPictures();
  if (pictures.size() > kMostPictures) pictures.resize(kMostPictures);
  const QSize before = scene_.pictureSize();
  drag_ = Drag::None;
  pictures_ = std::move(pictures);
  scene_.picked.clear();
  for (ComparePicture& each : pictures_) {
    each.image = readyToPaint(each.image);
    ComparePane pane;
    pane.picture = each.image;
    pane.label = each.label;
    scene_.picked.push_back(std::move(pane));
  }
  scene_.reference = 0;
  scene_.other = count() > 1 ? 1 : 0;
  scene_.blink_at = 0;
  scene_.flipped = false;
  framed(before);
  Q_EMIT picturesChanged();
  Q_EMIT optionsChanged();
}

void CompareView::clearPictures() {
  if (scene_.picked.empty()) return;
  const QSize before = scene_.pictureSize();
  drag_ = Drag::None;
  pictures_.clear();
  scene_.picked.clear();
  // Large pictures that nobody shows any more.
  for (std::size_t slot = scene_.pair.size(); slot < CompareStore::kSlots; ++slot)
    store_->drop(slot);
  scene_.reference = 0;
  scene_.other = 1;
  scene_.blink_at = 0;
  framed(before);
  Q_EMIT picturesChanged();
  Q_EMIT optionsChanged();
}

void CompareView::setPictureLabel(int index, const QString& text) {
  if (!showsPictures() || !isIndex(index)) return;
  const auto at = static_cast<std::size_t>(index);
  if (pictures_[at].label == text) return;
  pictures_[at].label = scene_.picked[at].label = text;
  update();
  Q_EMIT picturesChanged();
}

void CompareView::setReference(int index) {
  if (!isIndex(index) || index == scene_.reference) return;
  const QSize before = scene_.pictureSize();
  // What was the reference stands against it now.
  if (index == scene_.other) scene_.other = scene_.reference;
  scene_.reference = index;
  framed(before);
  Q_EMIT optionsChanged();
}

void CompareView::setOther(int index) {
  if (!isIndex(index) || index == scene_.other) return;
  const QSize before = scene_.pictureSize();
  if (index == scene_.reference) scene_.reference = scene_.other;
  scene_.other = index;
  framed(before);
  Q_EMIT optionsChanged();
}

void CompareView::setMode(CompareMode mode) {
  if (mode == scene_.mode || static_cast<int>(mode) < 0 || static_cast<int>(mode) >= kCompareModes)
    return;
  scene_.mode = mode;
  scene_.flipped = false;
  scene_.blink_at = scene_.first();
  scene_.clampCentre();
  changed();
  Q_EMIT modeChanged(mode);
  Q_EMIT zoomChanged();
}

void CompareView::setWipe(double share) {
  if (std::isfinite(share)) scene_.wipe = std::clamp(share, 0.0, 1.0);
  update();
}

void CompareView::setWipeAngle(double degrees) {
  const double tidy = tidyAngle(degrees);
  if (tidy == scene_.angle) return;
  scene_.angle = tidy;
  optionChanged();
}

void CompareView::setFlipped(bool flipped) {
  if (flipped == scene_.flipped) return;
  scene_.flipped = flipped;
  changed();
}

void CompareView::setSwapped(bool swapped) {
  if (swapped == scene_.swapped) return;
  scene_.swapped = swapped;
  optionChanged();
}

void CompareView::setBlinkRate(double pictures_a_second) {
  if (!std::isfinite(pictures_a_second)) return;
  blink_rate_ = std::clamp(pictures_a_second, kLeastRate, kMostRate);
  blink_->setInterval(static_cast<int>(std::lround(1000 / blink_rate_)));
  optionChanged();
}

bool CompareView::isBlinking() const { return blink_->isActive(); }

void CompareView::updateBlink() {
  int shown = 0;
  for (int i = 0; i < count(); ++i) shown += scene_.has(i) ? 1 : 0;
  const bool wanted = scene_.mode == CompareMode::Blink && !scene_.flipped && shown > 1 &&
                      isVisible() && !window()->isMinimized();
  if (wanted == blink_->isActive()) return;
  wanted ? blink_->start() : blink_->stop();
}

void CompareView::tickBlink() {
  const QWindow* const on_screen = window()->windowHandle();
  // Covered or minimised: the next paint starts it again.
  if (on_screen != nullptr && !on_screen->isExposed()) return blink_->stop();
  for (int step = 1; step <= count(); ++step) {
    const int next = (scene_.blink_at + step) % count();
    if (!scene_.has(next)) continue;
    scene_.blink_at = next;
    break;
  }
  update();
}

void CompareView::setCheckerCell(int pixels) {
  scene_.checker_cell = std::clamp(pixels, kLeastCell, kMostCell);
  optionChanged();
}

void CompareView::setGain(double gain) {
  if (!std::isfinite(gain)) return;
  scene_.gain = gain <= 0 ? 0 : std::clamp(gain, kLeastGain, kMostGain);
  optionChanged();
}

double CompareView::fullScale() const {
  return artist(CompareStore::Wait::Yes).fullScale().value_or(255);
}

std::optional<DifferenceStats> CompareView::difference(int index) const {
  if (!isIndex(index)) return std::nullopt;
  const CompareStore::Stats* const known = artist(CompareStore::Wait::No).stats(index);
  return known == nullptr ? std::nullopt : *known;
}

QString CompareView::differenceProblem(int index) const {
  if (!isIndex(index)) return tr("There is no such picture.");
  return artist(CompareStore::Wait::No).mapSource(index).problem;
}

void CompareView::setLinked(bool linked) {
  if (linked == linked_) return;
  linked_ = linked;
  Q_EMIT optionsChanged();
}

QPoint CompareView::offset(int index) const {
  return isIndex(index) ? scene_.pane(index).offset : QPoint();
}

void CompareView::setOffset(int index, QPoint pixels) {
  if (!isIndex(index)) return;
  const QSize size = scene_.pictureSize();
  const auto kept = [](int value, int most) { return std::clamp(value, -most, most); };
  pixels = {kept(pixels.x(), size.width()), kept(pixels.y(), size.height())};
  if (scene_.pane(index).offset == pixels) return;
  scene_.pane(index).offset = pixels;
  optionChanged();
}

bool CompareView::hasOffset() const {
  for (int i = 0; i < count(); ++i) {
    if (!scene_.pane(i).offset.isNull()) return true;
  }
  return false;
}

void CompareView::resetOffsets() {
  if (!hasOffset()) return;
  for (int i = 0; i < count(); ++i) scene_.pane(i).offset = {};
  optionChanged();
}

QVariantMap CompareView::options() const {
  return {{kAngle, scene_.angle},
          {kRate, blink_rate_},
          {kCell, scene_.checker_cell},
          {kGain, scene_.gain}};
}

void CompareView::setOptions(const QVariantMap& options) {
  // A file edited by hand may say anything.
  const auto number = [&options](const QString& key, double low, double high, double otherwise) {
    bool ok = false;
    const double value = options.value(key).toDouble(&ok);
    return ok && value >= low && value <= high ? value : otherwise;
  };
  setWipeAngle(number(kAngle, -180, 180, scene_.angle));
  setBlinkRate(number(kRate, kLeastRate, kMostRate, blink_rate_));
  setCheckerCell(static_cast<int>(number(kCell, kLeastCell, kMostCell, scene_.checker_cell)));
  setGain(number(kGain, 0, kMostGain, scene_.gain));
}

void CompareView::setZoom(double zoom) {
  if (!std::isfinite(zoom)) return;
  scene_.setZoom(zoom);
  changed();
  Q_EMIT zoomChanged();
}

void CompareView::zoomBy(double factor, QPointF around) {
  if (!std::isfinite(factor) || factor <= 0) return;
  scene_.zoomBy(factor, around);
  changed();
  Q_EMIT zoomChanged();
}

std::optional<PixelReadout> CompareView::readoutAt(QPointF point) const {
  return scene_.readoutAt(point);
}

void CompareView::updateReadout() {
  const auto now = hovered_ ? scene_.readoutAt(*hovered_) : std::nullopt;
  // The scale makes way for the cursor.
  if (scene_.isMap()) update();
  if (now == readout_) return;
  readout_ = now;
  Q_EMIT readoutChanged(readout_);
}

QImage CompareView::renderPicture() const {
  const double dpr = devicePixelRatioF();
  QImage image(size() * dpr, QImage::Format_RGB32);
  image.setDevicePixelRatio(dpr);
  image.fill(theme().canvas);
  QPainter painter(&image);
  CompareScene now = scene_;
  now.dpr = dpr;
  CompareArtist(now, *store_, CompareStore::Wait::Yes, digits()).paintPictures(painter);
  return image;
}

bool CompareView::isSettled() const { return store_->isSettled(); }

bool CompareView::event(QEvent* event) {
  switch (event->type()) {
    case QEvent::Resize:
      scene_.size = size();
      scene_.clampCentre();
      changed();
      Q_EMIT zoomChanged();
      break;
    case QEvent::Show:
    case QEvent::Hide:
      // Visibility is told after the event.
      QMetaObject::invokeMethod(this, &CompareView::updateBlink, Qt::QueuedConnection);
      if (event->type() == QEvent::Hide) blink_->stop();
      break;
    case QEvent::ShortcutOverride:
      // Leaves the picked pictures before Escape means anything else.
      if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && showsPictures())
        event->accept();
      break;
    case QEvent::FontChange:
    case QEvent::StyleChange:
      digits_.reset();
      break;
    default:
      break;
  }
  return QWidget::event(event);
}

void CompareView::paintEvent(QPaintEvent*) {
  if (scene_.dpr != devicePixelRatioF()) digits_.reset();
  scene_.dpr = devicePixelRatioF();
  updateBlink();
  store_->beginFrame();
  QPainter painter(this);
  painter.fillRect(rect(), theme().canvas);
  if (scene_.isEmpty()) return drawSentence(painter, empty_text_, rect());
  const CompareArtist now = artist(CompareStore::Wait::No);
  now.paintPictures(painter);
  const bool wipe_moves = drag_ == Drag::Wipe || drag_ == Drag::Turn;
  now.paintMarks(painter, font(), {by_keyboard_, wipe_moves, hovered_});
}

}  // namespace studio::ui
