// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A section of a job that most jobs leave as it is: its heading folds the form away.
#pragma once

#include "core/api/request.h"

#include <QWidget>

#include <vector>

class QToolButton;

namespace studio::ui {

class ParamForm;

class SectionForm : public QWidget {
  Q_OBJECT
 public:
  SectionForm(const Card& card,
              const std::vector<JobParam>& params,
              const Catalogue& catalogue,
              QWidget* parent = nullptr);

  ParamForm* form() const { return form_; }
  bool isOpen() const;
  void setOpen(bool open);
  // Says how many settings differ from their declaration; opens where a job uses the section.
  void showRequest(const GenerationRequest& request);

 private:
  int used(const GenerationRequest& request) const;
  void showHeading(int used);

  const Card& card_;
  QToolButton* heading_;
  ParamForm* form_;
  int shown_used_ = 0;
};

}  // namespace studio::ui
