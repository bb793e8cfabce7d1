// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A foldable section of the control panel.
#include "ui/section_form.h"

#include "ui/job_text.h"
#include "ui/param_form.h"

#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {

SectionForm::SectionForm(const Card& card,
                         const std::vector<JobParam>& params,
                         const Catalogue& catalogue,
                         QWidget* parent)
    : QWidget(parent),
      card_(card),
      heading_(new QToolButton(this)),
      form_(new ParamForm({}, params, catalogue, this)) {
  setObjectName(QStringLiteral("section.") + fromView(card.id));
  heading_->setObjectName(QStringLiteral("sectionHeading"));
  heading_->setCheckable(true);
  heading_->setAutoRaise(true);
  heading_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  heading_->setArrowType(Qt::RightArrow);
  heading_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  heading_->setToolTip(fromView(card.doc));
  heading_->setFocusPolicy(Qt::StrongFocus);
  form_->hide();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(heading_);
  layout->addWidget(form_);
  connect(heading_, &QToolButton::toggled, this, [this](bool open) {
    heading_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    form_->setVisible(open);
  });
  showHeading(0);
}

bool SectionForm::isOpen() const { return heading_->isChecked(); }
void SectionForm::setOpen(bool open) { heading_->setChecked(open); }

int SectionForm::used(const GenerationRequest& request) const {
  const std::string prefix = std::string(card_.id) + ".";
  return static_cast<int>(
      std::count_if(request.sections.begin(), request.sections.end(), [&](const auto& entry) {
        return entry.first.starts_with(prefix);
      }));
}

void SectionForm::showRequest(const GenerationRequest& request) {
  const int now = used(request);
  if (now > 0 && shown_used_ == 0) setOpen(true);
  shown_used_ = now;
  showHeading(now);
}

void SectionForm::showHeading(int used) {
  const QString title = fromView(card_.label);
  heading_->setText(used == 0 ? title.toUpper() : tr("%1 · %n set", nullptr, used).arg(title.toUpper()));
  heading_->setAccessibleName(used == 0 ? title : tr("%1, %n set", nullptr, used).arg(title));
}

}  // namespace studio::ui
