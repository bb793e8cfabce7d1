// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The line under the compare modes: what the mode in use has to set, and the pixel under the
// cursor.
#include "ui/compare_controls.h"

#include "ui/compare_view.h"
#include "ui/icons.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>

#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace studio::ui {
namespace {

constexpr int kRowHeight = 32;
constexpr int kNarrow = 520;

// Steps double and halve; below the least lies "automatic".
class GainBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;
  void stepBy(int steps) override {
    double next = value();
    for (; steps > 0; --steps) next = next <= 0 ? CompareView::kLeastGain : next * 2;
    for (; steps < 0; ++steps) next = next <= CompareView::kLeastGain ? 0 : next / 2;
    setValue(next);
  }
};

QString signedNumber(int value) {
  if (value == 0) return QStringLiteral("0");
  return (value < 0 ? QChar(0x2212) : QChar('+')) + QString::number(std::abs(value));
}

QString hintOf(CompareMode mode) {
  switch (mode) {
    case CompareMode::Wipe:
      return CompareControls::tr("Drag the line, hold Ctrl to turn it; T swaps the sides");
    case CompareMode::SideBySide:
      return CompareControls::tr("Shift and drag moves one picture alone");
    case CompareMode::Flip:
    case CompareMode::Single:
      return CompareControls::tr("Hold F or Space to see the other one");
    case CompareMode::Blink:
      return CompareControls::tr("Hold F or Space to rest on the reference");
    case CompareMode::Difference:
    case CompareMode::SignedDifference:
    case CompareMode::Checker:
      return CompareControls::tr("Point at a pixel to read its values; zoom in to see them all");
  }
  return {};
}

}  // namespace

PixelStrip::PixelStrip(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Pixel under the cursor"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PixelStrip::setReadout(const std::optional<PixelReadout>& readout) {
  readout_ = readout;
  setAccessibleDescription(text());
  update();
}

void PixelStrip::setCompared(int first, int second) {
  first_ = first;
  second_ = second;
  update();
}

void PixelStrip::setHint(const QString& hint) {
  hint_ = hint;
  update();
}

QString PixelStrip::text() const {
  if (!readout_) return {};
  QString text = tr("x %1, y %2").arg(readout_->pixel.x()).arg(readout_->pixel.y());
  for (std::size_t i = 0; i < readout_->values.size(); ++i) {
    if (!readout_->values[i]) continue;
    const QRgb value = *readout_->values[i];
    text += QStringLiteral("; %1 %2 %3 %4")
                .arg(QChar('A' + static_cast<int>(i)))
                .arg(qRed(value))
                .arg(qGreen(value))
                .arg(qBlue(value));
  }
  return text;
}

void PixelStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  QFont small = font();
  small.setPixelSize(12);
  painter.setFont(small);
  const QFontMetrics metrics(small);
  if (!readout_) {
    painter.setPen(theme().muted);
    return painter.drawText(rect(),
                            Qt::AlignRight | Qt::AlignVCenter,
                            metrics.elidedText(hint_, Qt::ElideRight, width()));
  }
  paintValues(painter, metrics);
}

// From the right; pictures without room are left out, those that are compared last.
void PixelStrip::paintValues(QPainter& painter, const QFontMetrics& metrics) const {
  const int digit = metrics.horizontalAdvance('0'), cell = 4 * digit, wide = 5 * digit;
  const int swatch = 11, letter = 2 * digit, gap = 12;
  const int part = letter + swatch + 3 * cell + gap, change = letter + 3 * wide + gap;
  int right = width();
  const auto numbers = [&](const std::array<QString, 3>& texts, int each) {
    for (std::size_t i = texts.size(); i-- > 0; right -= each)
      painter.drawText(
          QRect(right - each, 0, each, height()), Qt::AlignRight | Qt::AlignVCenter, texts[i]);
  };
  const auto name = [&](const QString& text, int from) {
    painter.setPen(theme().muted);
    painter.drawText(QRect(from, 0, letter, height()), Qt::AlignVCenter, text);
  };
  const auto& values = readout_->values;
  const int count = static_cast<int>(values.size());
  const bool all = part * count <= width();
  const auto value = [&](int i) -> std::optional<QRgb> {
    return i >= 0 && i < count ? values[static_cast<std::size_t>(i)] : std::nullopt;
  };
  const auto a = value(first_), b = value(second_);
  if (a && b && first_ != second_ && part * (all ? count : 2) + change <= width()) {
    painter.setPen(theme().text);
    numbers({signedNumber(qRed(*b) - qRed(*a)),
             signedNumber(qGreen(*b) - qGreen(*a)),
             signedNumber(qBlue(*b) - qBlue(*a))},
            wide);
    right -= letter;
    name(QString(QChar(0x0394)), right);
    right -= gap;
  }
  for (int i = count - 1; i >= 0 && right >= part - gap; --i) {
    if (!all && i != first_ && i != second_) continue;
    const auto shown = value(i);
    painter.setPen(theme().text);
    const QString none(QChar(0x2013));
    shown ? numbers({QString::number(qRed(*shown)),
                     QString::number(qGreen(*shown)),
                     QString::number(qBlue(*shown))},
                    cell)
          : numbers({none, none, none}, cell);
    right -= swatch;
    painter.setPen(theme().line);
    painter.setBrush(shown ? QBrush(QColor(*shown)) : QBrush(Qt::NoBrush));
    painter.drawRect(QRect(right, (height() - swatch) / 2, swatch - 1, swatch - 1));
    right -= letter;
    name(QString(QChar('A' + i)), right);
    right -= gap;
  }
  const QString place = tr("x %1  y %2").arg(readout_->pixel.x()).arg(readout_->pixel.y());
  if (metrics.horizontalAdvance(place) > right) return;
  painter.setPen(theme().muted);
  painter.drawText(QRect(0, 0, right, height()), Qt::AlignRight | Qt::AlignVCenter, place);
}

CompareControls::CompareControls(CompareView& view, QWidget* parent)
    : QWidget(parent), view_(view) {
  setObjectName(QStringLiteral("compareControls"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  setFixedHeight(kRowHeight);
  makePictures();
  makeValues();
  makePlaces();
  pixel_ = new PixelStrip(this);
  pixel_->setObjectName(QStringLiteral("pixelStrip"));
  row->addWidget(pixel_, 1);
  connect(&view_, &CompareView::readoutChanged, pixel_, &PixelStrip::setReadout);
  connect(&view_, &CompareView::modeChanged, this, &CompareControls::showState);
  connect(&view_, &CompareView::optionsChanged, this, &CompareControls::showState);
  connect(&view_, &CompareView::picturesChanged, this, &CompareControls::showPictures);
  showIcons();
  showPictures();
}

QLabel* CompareControls::addLabel(const QString& text, QWidget* buddy) {
  auto* label = new QLabel(text, this);
  label->setObjectName(QStringLiteral("note"));
  label->setBuddy(buddy);
  buddy->setAccessibleName(text);
  layout()->addWidget(label);
  layout()->addWidget(buddy);
  return label;
}

QToolButton* CompareControls::addButton(const QString& name, const QString& tip) {
  auto* button = new QToolButton(this);
  button->setObjectName(name);
  button->setToolTip(tip);
  button->setAccessibleName(tip);
  button->setFocusPolicy(Qt::TabFocus);
  layout()->addWidget(button);
  return button;
}

void CompareControls::makePictures() {
  reference_ = new QComboBox(this);
  other_ = new QComboBox(this);
  reference_->setObjectName(QStringLiteral("compareReference"));
  other_->setObjectName(QStringLiteral("compareOther"));
  reference_->setToolTip(tr("Differences are taken from this picture (R picks the next)"));
  other_->setToolTip(tr("What stands against the reference (N picks the next)"));
  reference_label_ = addLabel(tr("Reference"), reference_);
  other_label_ = addLabel(tr("with"), other_);
  connect(reference_, &QComboBox::activated, &view_, &CompareView::setReference);
  connect(other_, &QComboBox::activated, &view_, &CompareView::setOther);
}

void CompareControls::makeValues() {
  const auto spin = [this](const char* name, double least, double most, double step) {
    auto* box = new QDoubleSpinBox(this);
    box->setObjectName(QLatin1String(name));
    box->setRange(least, most);
    box->setSingleStep(step);
    box->setDecimals(1);
    box->setKeyboardTracking(false);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    return box;
  };
  angle_ = spin("compareAngle", -180, 180, 15);
  angle_->setWrapping(true);
  angle_->setSuffix(QStringLiteral("°"));
  angle_->setToolTip(tr(
      "Angle of the line: type it, turn it with the brackets, drag the knob beside the handle, or "
      "drag with Ctrl or Alt (Shift: in steps of 15°)"));
  angle_label_ = addLabel(tr("Angle"), angle_);
  rate_ = spin("compareRate", CompareView::kLeastRate, CompareView::kMostRate, 0.5);
  rate_->setSuffix(tr(" Hz"));
  rate_->setToolTip(tr("Pictures a second, from 2 to 5"));
  rate_label_ = addLabel(tr("Blink"), rate_);
  cell_ = new QSpinBox(this);
  cell_->setObjectName(QStringLiteral("compareCell"));
  cell_->setRange(CompareView::kLeastCell, CompareView::kMostCell);
  cell_->setSingleStep(8);
  cell_->setSuffix(tr(" px"));
  cell_->setKeyboardTracking(false);
  cell_->setButtonSymbols(QAbstractSpinBox::NoButtons);
  cell_->setToolTip(tr("Side of a cell of the checkerboard, on the screen"));
  cell_label_ = addLabel(tr("Cell"), cell_);
  gain_ = new GainBox(this);
  gain_->setObjectName(QStringLiteral("compareGain"));
  gain_->setRange(0, CompareView::kMostGain);
  gain_->setDecimals(1);
  gain_->setPrefix(QStringLiteral("× "));
  gain_->setSpecialValueText(tr("auto"));
  gain_->setKeyboardTracking(false);
  gain_->setButtonSymbols(QAbstractSpinBox::NoButtons);
  gain_->setToolTip(tr(
      "How many times a difference is amplified; auto (0): the largest one takes the last colour"));
  gain_label_ = addLabel(tr("Gain"), gain_);
  for (QAbstractSpinBox* box :
       std::initializer_list<QAbstractSpinBox*>{angle_, rate_, cell_, gain_}) {
    box->setFixedWidth(72);
    box->setFocusPolicy(Qt::StrongFocus);
  }
  connect(angle_, &QDoubleSpinBox::valueChanged, &view_, &CompareView::setWipeAngle);
  connect(rate_, &QDoubleSpinBox::valueChanged, &view_, &CompareView::setBlinkRate);
  connect(cell_, &QSpinBox::valueChanged, &view_, &CompareView::setCheckerCell);
  connect(gain_, &QDoubleSpinBox::valueChanged, &view_, &CompareView::setGain);
}

void CompareControls::makePlaces() {
  swap_ = addButton(QStringLiteral("compareSwap"), tr("Swap the sides (T)"));
  swap_->setCheckable(true);
  linked_ = addButton(QStringLiteral("compareLinked"),
                      tr("Move pictures together (L); unlocked, a drag moves one alone"));
  linked_->setCheckable(true);
  offset_ = addButton(QStringLiteral("compareOffset"), tr("Undo what was moved by hand (O)"));
  back_ = addButton(QStringLiteral("compareBack"), tr("Back to the pair (Esc)"));
  connect(swap_, &QToolButton::toggled, &view_, &CompareView::setSwapped);
  connect(linked_, &QToolButton::toggled, &view_, &CompareView::setLinked);
  connect(offset_, &QToolButton::clicked, &view_, &CompareView::resetOffsets);
  back_->setText(tr("Pair"));
  back_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  connect(back_, &QToolButton::clicked, &view_, &CompareView::clearPictures);
}

void CompareControls::showIcons() {
  swap_->setIcon(glyphIcon(Glyph::Swap));
  linked_->setIcon(glyphIcon(view_.isLinked() ? Glyph::Locked : Glyph::Unlocked));
  back_->setIcon(glyphIcon(Glyph::Close));
}

void CompareControls::showPictures() {
  QStringList names;
  for (int i = 0; i < view_.count(); ++i) names << QString(QChar('A' + i));
  for (QComboBox* box : {reference_, other_}) {
    const QSignalBlocker quiet(box);
    box->clear();
    box->addItems(names);
  }
  showState();
}

void CompareControls::showState() {
  const CompareMode mode = view_.mode();
  const bool many = view_.count() > 2;
  const bool map = mode == CompareMode::Difference || mode == CompareMode::SignedDifference;
  const auto show = [](bool shown, std::initializer_list<QWidget*> widgets) {
    for (QWidget* widget : widgets) widget->setVisible(shown);
  };
  show(many && !narrow_, {reference_label_});
  show(many, {reference_});
  show(many && !map && mode != CompareMode::SideBySide && mode != CompareMode::Blink, {other_});
  show(other_->isVisibleTo(this) && !narrow_, {other_label_});
  show(view_.showsPictures(), {back_});
  show((mode == CompareMode::Wipe) && !narrow_, {angle_label_});
  show(mode == CompareMode::Wipe, {angle_});
  show((mode == CompareMode::Blink) && !narrow_, {rate_label_});
  show(mode == CompareMode::Blink, {rate_});
  show((mode == CompareMode::Checker) && !narrow_, {cell_label_});
  show(mode == CompareMode::Checker, {cell_});
  show(map && !narrow_, {gain_label_});
  show(map, {gain_});
  show(view_.count() > 1 && !(many && mode == CompareMode::SideBySide), {swap_});
  show(view_.count() > 1, {linked_});
  show(view_.hasOffset(), {offset_});
  const auto set = [](auto* box, auto value) {
    const QSignalBlocker quiet(box);
    box->setValue(value);
  };
  set(angle_, view_.wipeAngle());
  set(rate_, view_.blinkRate());
  set(cell_, view_.checkerCell());
  set(gain_, view_.gain());
  reference_->setCurrentIndex(view_.reference());
  other_->setCurrentIndex(view_.other());
  for (QToolButton* button : {swap_, linked_}) button->blockSignals(true);
  swap_->setChecked(view_.isSwapped());
  linked_->setChecked(view_.isLinked());
  for (QToolButton* button : {swap_, linked_}) button->blockSignals(false);
  linked_->setIcon(glyphIcon(view_.isLinked() ? Glyph::Locked : Glyph::Unlocked));
  QStringList moved;
  for (int i = 0; i < view_.count(); ++i) {
    const QPoint offset = view_.offset(i);
    if (!offset.isNull())
      moved << QStringLiteral("%1 %2, %3")
                   .arg(QChar('A' + i))
                   .arg(signedNumber(offset.x()), signedNumber(offset.y()));
  }
  offset_->setText(moved.join(QStringLiteral("; ")) + QStringLiteral("  ×"));
  pixel_->setHint(hintOf(mode));
  pixel_->setCompared(view_.isSwapped() ? view_.other() : view_.reference(),
                      view_.isSwapped() ? view_.reference() : view_.other());
}

// Words go first where there is little room; every field has a tooltip.
void CompareControls::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const bool was_narrow = std::exchange(narrow_, width() < kNarrow);
  if (narrow_ != was_narrow) showState();
}

void CompareControls::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::StyleChange || event->type() == QEvent::PaletteChange) showIcons();
}

}  // namespace studio::ui
