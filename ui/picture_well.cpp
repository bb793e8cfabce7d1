// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture that a parameter names, small, below its row.
#include "ui/picture_well.h"

#include "ui/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kGap = 10;
constexpr int kEmptyHeight = 44;
constexpr double kRound = 5;

}  // namespace

PictureWell::PictureWell(const QString& name, QWidget* parent)
    : QWidget(parent), name_(name), text_(new QLabel(this)), beside_(new QWidget(this)) {
  setObjectName(QStringLiteral("pictureWell"));
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  auto* column = new QVBoxLayout(beside_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(text_);
  column->addStretch(1);
  showEmpty();
}

QToolButton* PictureWell::addButton(const QString& text, const QString& tip) {
  auto* button = new QToolButton(beside_);
  button->setText(text);
  button->setToolTip(tip);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setAccessibleName(QStringLiteral("%1 %2").arg(name_, text));
  static_cast<QVBoxLayout*>(beside_->layout())->addWidget(button, 0, Qt::AlignLeft);
  layOut();
  return button;
}

QString PictureWell::text() const { return text_->text(); }

void PictureWell::setState(State state, const QString& text) {
  state_ = state;
  text_->setText(text);
  setStyleProperty(
      text_, "role", state == State::Failed ? QStringLiteral("error") : QStringLiteral("note"));
  const bool has_picture = !picture_.isNull();
  setFocusPolicy(has_picture ? Qt::StrongFocus : Qt::NoFocus);
  setCursor(has_picture ? Qt::PointingHandCursor : Qt::ArrowCursor);
  setToolTip(!has_picture ? QString()
             : large_     ? tr("Click to make it small again")
                          : tr("Click to see it larger"));
  setAccessibleName(tr("%1, picture").arg(name_));
  setAccessibleDescription(text);
  layOut();
  update();
}

void PictureWell::showEmpty() {
  picture_ = {};
  setState(State::Empty, tr("Drop a picture here"));
}

void PictureWell::showLoading() {
  // What is read anew after the window was left keeps its place until the answer is there.
  if (picture_.isNull() && state_ != State::Failed) setState(State::Loading, tr("Reading the picture"));
}

void PictureWell::showPicture(const QImage& picture, const QString& facts) {
  picture_ = picture;
  setState(State::Shown, facts);
}

void PictureWell::showFailure(const QString& sentence) {
  picture_ = {};
  setState(State::Failed, sentence);
}

void PictureWell::setDropHovered(bool hovered) {
  if (drop_hovered_ == hovered) return;
  drop_hovered_ = hovered;
  update();
}

int PictureWell::wantedSide() const {
  return static_cast<int>(
      std::ceil((large_ ? std::max(width(), kSmall) : kSmall) * devicePixelRatioF()));
}

void PictureWell::setLarge(bool large) {
  if (large_ == large) return;
  large_ = large;
  setState(state_, text_->text());
  Q_EMIT sideChanged();
}

QRect PictureWell::frame() const {
  if (picture_.isNull()) return {0, 0, kSmall, std::min(kSmall, height())};
  const QSize fitted = picture_.size().scaled(
      large_ ? QSize(width(), width()) : QSize(kSmall, kSmall), Qt::KeepAspectRatio);
  return {QPoint(large_ ? (width() - fitted.width()) / 2 : 0, 0), fitted.expandedTo({8, 8})};
}

void PictureWell::layOut() {
  const QRect shown = picture_.isNull() ? QRect(0, 0, kSmall, 0) : frame();
  const bool below = large_ && !picture_.isNull();
  const int left = below ? 0 : std::max(shown.right() + 1, kSmall) + kGap;
  const int room = std::max(60, width() - left);
  const int wanted =
      std::max(beside_->heightForWidth(room), beside_->layout()->minimumSize().height());
  if (below) {
    beside_->setGeometry(0, shown.bottom() + 7, room, wanted);
    return setFixedHeight(shown.height() + 6 + wanted);
  }
  const int height = std::max({picture_.isNull() ? kEmptyHeight : shown.height(), wanted});
  beside_->setGeometry(left, (height - wanted) / 2, room, wanted);
  setFixedHeight(height);
}

void PictureWell::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const Theme& t = theme();
  const QRectF box = QRectF(frame());
  QPainterPath path;
  path.addRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), kRound, kRound);
  if (!picture_.isNull()) {
    painter.save();
    painter.setClipPath(path);
    painter.drawImage(box, picture_);
    painter.restore();
  }
  const bool is_open = picture_.isNull() && state_ != State::Loading;
  QColor line = state_ == State::Failed ? t.bad : t.edge;
  if (drop_hovered_ || hasFocus()) line = t.accent;
  painter.setPen(QPen(line, drop_hovered_ ? 2 : 1, is_open ? Qt::DashLine : Qt::SolidLine));
  painter.setBrush(Qt::NoBrush);
  painter.drawPath(path);
  if (!is_open) return;
  // A plus, as where one puts things.
  const QPointF middle = box.center();
  painter.setPen(QPen(line, 1.6, Qt::SolidLine, Qt::RoundCap));
  painter.drawLine(middle - QPointF(5, 0), middle + QPointF(5, 0));
  painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5));
}

void PictureWell::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && !picture_.isNull() &&
      frame().contains(event->position().toPoint()))
    setLarge(!large_);
}

void PictureWell::keyPressEvent(QKeyEvent* event) {
  const bool asks = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter ||
                    event->key() == Qt::Key_Space;
  if (!asks || picture_.isNull()) return QWidget::keyPressEvent(event);
  setLarge(!large_);
}

void PictureWell::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (event->size().width() == event->oldSize().width()) return;
  layOut();
  if (large_) Q_EMIT sideChanged();
}

void PictureWell::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  layOut();
  Q_EMIT shown();
}

bool PictureWell::event(QEvent* event) {
  // Texts have grown, or the window has come to a screen of another density.
  if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) layOut();
  return QWidget::event(event);
}

}  // namespace studio::ui
