// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A message above the sweep with the answers one can give.
#include "ui/sweep_notice.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>

namespace studio::ui {

SweepNotice::SweepNotice(QWidget* parent)
    : QFrame(parent), text_(new QLabel(this)), buttons_(new QHBoxLayout) {
  setObjectName(QStringLiteral("banner"));
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  buttons_->setSpacing(8);
  buttons_->addStretch(1);
  auto* layout = new QBoxLayout(QBoxLayout::TopToBottom, this);
  layout->setContentsMargins(24, 10, 24, 18);
  layout->setSpacing(8);
  layout->addWidget(text_, 1);
  layout->addLayout(buttons_);
  hide();
}

void SweepNotice::show(const QString& text, bool is_error, const std::vector<Answer>& answers) {
  text_->setText(text);
  setAccessibleName(text);
  setProperty("kind", is_error ? QStringLiteral("error") : QStringLiteral("note"));
  style()->unpolish(this);
  style()->polish(this);
  while (buttons_->count() > 1) {
    QLayoutItem* item = buttons_->takeAt(1);
    item->widget()->hide();
    item->widget()->deleteLater();
    delete item;
  }
  for (const Answer& answer : answers) {
    auto* button = new QPushButton(answer.text, this);
    button->setToolTip(answer.tip);
    button->setAccessibleDescription(answer.tip);
    connect(button, &QPushButton::clicked, this, [this, act = answer.act] {
      dismiss();
      if (act) act();
    });
    buttons_->addWidget(button);
  }
  // One answer fits beside the text.
  static_cast<QBoxLayout*>(layout())->setDirection(answers.size() < 2 ? QBoxLayout::LeftToRight
                                                                      : QBoxLayout::TopToBottom);
  QFrame::show();
}

void SweepNotice::dismiss() {
  text_->clear();
  hide();
}

QString SweepNotice::text() const { return text_->text(); }

}  // namespace studio::ui
