// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Width and height in one field: "192 x 128", or the model's own size.
#include "ui/size_field.h"

#include "ui/job_text.h"
#include "ui/param_row.h"
#include "ui/resting_line_edit.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QRegularExpression>

namespace studio::ui {

SizeField::SizeField(const ParamSpec& width, const ParamSpec& height, QWidget* parent)
    : QWidget(parent), width_(width), height_(height), combo_(makeComboBox(this)) {
  combo_->setObjectName(QStringLiteral("sizeCombo"));
  combo_->setLineEdit(new RestingLineEdit(combo_));  // makes it editable
  combo_->setInsertPolicy(QComboBox::NoInsert);
  combo_->setAccessibleName(tr("Size, width x height in pixels"));
  combo_->setToolTip(
      tr("Width x height in pixels, such as 192 x 128. Empty: the model's own size."));
  combo_->lineEdit()->setPlaceholderText(ownSizeText());
  combo_->setMinimumContentsLength(6);
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  wheelOnlyWhenFocused(combo_, this);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(combo_);
  setFocusProxy(combo_);
  fillList();
  connect(combo_, &QComboBox::activated, this, [this] { commitTyped(); });
  connect(combo_->lineEdit(), &QLineEdit::editingFinished, this, [this] { commitTyped(); });
}

// A field that loses the focus by being destroyed still says what was typed.
SizeField::~SizeField() {
  combo_->disconnect(this);
  combo_->lineEdit()->disconnect(this);
}

QString SizeField::ownSizeText() const {
  if (native_.isEmpty()) return tr("Model's own");
  return tr("%1, own").arg(textOf(native_));
}

QString SizeField::textOf(std::optional<QSize> size) const {
  if (!size) return ownSizeText();
  return QStringLiteral("%1 × %2").arg(size->width()).arg(size->height());
}

void SizeField::fillList() {
  const QSignalBlocker quiet(combo_);
  combo_->clear();
  combo_->addItem(ownSizeText());
  if (!native_.isEmpty()) {
    const int w = native_.width(), h = native_.height();
    for (const QSize size : {QSize(w * 3 / 2, h),
                             QSize(w, h * 3 / 2),
                             QSize(w * 3 / 2, h * 3 / 2),
                             QSize(2 * w, h),
                             QSize(2 * w, 2 * h)}) {
      combo_->addItem(textOf(size));
    }
  }
  combo_->setCurrentText(textOf(size_));
  combo_->lineEdit()->setCursorPosition(0);
}

void SizeField::setNativeSize(QSize native) {
  if (native == native_) return;
  native_ = native;
  fillList();
}

void SizeField::setSizePx(std::optional<QSize> size) {
  size_ = size;
  combo_->setCurrentText(textOf(size));
  combo_->lineEdit()->setCursorPosition(0);
  setWrong(combo_, false);
}

bool SizeField::commitTyped() {
  const QString text = combo_->currentText().trimmed();
  std::optional<QSize> next;
  if (!text.isEmpty() && text != ownSizeText()) {
    static const QRegularExpression kSize(
        QStringLiteral(R"(^(\d{1,9})\s*(?:[x×*, ]\s*(\d{1,9}))?$)"),
        QRegularExpression::CaseInsensitiveOption);
    const auto match = kSize.match(text);
    const QString height = match.captured(2).isEmpty() ? match.captured(1) : match.captured(2);
    QString problem;
    if (!match.hasMatch()) {
      problem =
          tr("\"%1\" is no size: write width x height, such as 192 x 128.").arg(text.left(40));
    } else {
      const auto across = parse_value(width_, width_.label, match.captured(1).toStdString());
      const auto down = parse_value(height_, height_.label, height.toStdString());
      if (!across)
        problem = QString::fromStdString(across.error().message);
      else if (!down)
        problem = QString::fromStdString(down.error().message);
      else
        next = QSize(match.captured(1).toInt(), height.toInt());
    }
    if (!problem.isEmpty()) {
      setWrong(combo_, true);
      Q_EMIT refused(problem);
      return false;
    }
  }
  const bool moved = next != size_;
  setSizePx(next);
  Q_EMIT refused({});
  if (moved) Q_EMIT committed(next);
  return true;
}

bool SizeField::eventFilter(QObject* watched, QEvent* event) {
  if (watched == combo_ && event->type() == QEvent::Wheel && !combo_->hasFocus()) {
    event->ignore();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace studio::ui
