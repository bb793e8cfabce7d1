// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A card of parameters as a section: heading, then a row a parameter.
#pragma once

#include "core/api/request.h"

#include <QWidget>

#include <vector>

class QLabel;

namespace studio::ui {

class ParamRow;

class ParamForm : public QWidget {
  Q_OBJECT
 public:
  // Shows the parameters in `params`; they all belong to one card.
  ParamForm(const QString& heading,
            const std::vector<JobParam>& params,
            const Catalogue& catalogue,
            QWidget* parent = nullptr);

  const std::vector<ParamRow*>& rows() const { return rows_; }
  ParamRow* row(std::string_view path) const;  // null when it is not here
  void setRequest(const GenerationRequest& request, const Catalogue& catalogue);
  // Dims the rows that do nothing while another parameter switches the term off.
  void showActivity(const GenerationRequest& request);

 Q_SIGNALS:
  void changed(const std::string& path, const std::optional<studio::ParamValue>& value);
  void committed(const std::string& path, const std::optional<studio::ParamValue>& value);

 private:
  bool isNeeded(const ParamRow& row, const GenerationRequest& request) const;

  const Card* card_ = nullptr;
  QLabel* pill_;
  std::vector<ParamRow*> rows_;
};

// "SMOOTHED ENERGY GUIDANCE" in the style of every section.
QLabel* makeHeading(const QString& text, QWidget* parent);

}  // namespace studio::ui
