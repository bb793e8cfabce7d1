// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A card of parameters as a section: heading, then a row a parameter.
#include "ui/param_form.h"

#include "ui/job_text.h"
#include "ui/param_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace studio::ui {

QLabel* makeHeading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text.toUpper(), parent);
  label->setObjectName(QStringLiteral("heading"));
  QFont font = label->font();
  font.setLetterSpacing(QFont::AbsoluteSpacing, 0.6);
  label->setFont(font);
  label->setAccessibleName(text);
  return label;
}

ParamForm::ParamForm(const QString& heading,
                     const std::vector<JobParam>& params,
                     const Catalogue& catalogue,
                     QWidget* parent)
    : QWidget(parent), pill_(new QLabel(tr("off"), this)) {
  pill_->setObjectName(QStringLiteral("pill"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  if (!heading.isEmpty()) {
    auto* top = new QHBoxLayout;
    top->addWidget(makeHeading(heading, this));
    top->addStretch(1);
    top->addWidget(pill_);
    layout->addLayout(top);
    layout->addSpacing(1);
  } else {
    pill_->hide();  // there is no line for it
  }
  for (const JobParam& param : params) {
    card_ = param.card;
    auto* row = new ParamRow(param, catalogue, this);
    rows_.push_back(row);
    layout->addWidget(row);
    connect(row, &ParamRow::changed, this, [this, row](const auto& value) {
      Q_EMIT changed(row->path(), value);
    });
    connect(row, &ParamRow::committed, this, [this, row](const auto& value) {
      Q_EMIT committed(row->path(), value);
    });
  }
}

ParamRow* ParamForm::row(std::string_view path) const {
  for (ParamRow* row : rows_) {
    if (row->path() == path) return row;
  }
  return nullptr;
}

void ParamForm::setRequest(const GenerationRequest& request, const Catalogue& catalogue) {
  for (ParamRow* row : rows_) {
    if (auto value = get(request, catalogue, row->path())) row->setValue(value.value());
  }
  showActivity(request);
}

// Of a section: whether the parameter without which this one does nothing was set. What is set
// itself is never hidden.
bool ParamForm::isNeeded(const ParamRow& row, const GenerationRequest& request) const {
  if (request.sections.contains(row.path())) return true;
  const std::size_t prefix = row.path().size() - row.spec().key.size();
  return request.sections.contains(row.path().substr(0, prefix).append(row.spec().needs));
}

void ParamForm::showActivity(const GenerationRequest& request) {
  // Only guidance is switched off as a whole; a section's rows come and go one by one.
  const bool is_guidance = !rows_.empty() && rows_.front()->path().starts_with("guidance.");
  const bool active = !is_guidance || isActive(*card_, request);
  pill_->setText(active ? QString() : tr("off"));
  for (ParamRow* row : rows_) {
    row->setDim(!active && !row->spec().neutral);
    if (!row->spec().needs.empty()) row->setVisible(isNeeded(*row, request));
  }
}

}  // namespace studio::ui
