// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A message in the window, above the picture.
#include "ui/banner.h"

#include "ui/icons.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace studio::ui {

Banner::Banner(QWidget* parent)
    : QFrame(parent), text_(new QLabel(this)), close_(new QToolButton(this)) {
  setObjectName(QStringLiteral("banner"));
  setAccessibleName(tr("Message"));
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  text_->setFocusPolicy(Qt::ClickFocus);
  close_->setObjectName(QStringLiteral("plain"));
  close_->setAutoRaise(true);
  close_->setAccessibleName(tr("Dismiss the message"));
  close_->setToolTip(tr("Dismiss"));
  close_->setFocusPolicy(Qt::StrongFocus);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 7, 6, 7);
  layout->addWidget(text_, 1);
  layout->addWidget(close_, 0, Qt::AlignTop);
  connect(close_, &QToolButton::clicked, this, &Banner::dismiss);
  refreshIcons();
  hide();
}

void Banner::refreshIcons() { close_->setIcon(glyphIcon(Glyph::Close)); }

void Banner::show(Kind kind, const QString& text) {
  kind_ = kind;
  setProperty("kind", kind == Kind::Note ? QStringLiteral("note") : QStringLiteral("error"));
  style()->unpolish(this);
  style()->polish(this);
  QString sentence = text;
  if (!sentence.isEmpty()) sentence[0] = sentence[0].toUpper();
  text_->setText(sentence);
  text_->setAccessibleName(sentence);
  QFrame::show();
  // Screen readers speak it at once.
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void Banner::dismiss() {
  text_->clear();
  hide();
}

void Banner::dismissErrors() {
  if (kind_ == Kind::Error) dismiss();
}

QString Banner::text() const { return text_->text(); }

}  // namespace studio::ui
