// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The seed: a number, a dice for a new one, and a lock that keeps it from job to job.
#pragma once

#include "core/api/params.h"

#include <QWidget>

#include <optional>

class QLabel;
class QLineEdit;
class QToolButton;

namespace studio::ui {

class SeedField : public QWidget {
  Q_OBJECT
 public:
  explicit SeedField(const ParamSpec& spec, QWidget* parent = nullptr);
  ~SeedField() override;

  std::optional<std::int64_t> seed() const { return seed_; }
  void setSeed(std::optional<std::int64_t> seed);  // no signal
  bool isLocked() const;
  void setLocked(bool locked);
  bool commitTyped();
  void roll();
  // A new seed unless locked; what Generate does first.
  void rollUnlessLocked();
  void refreshIcons();

 Q_SIGNALS:
  void committed(std::optional<std::int64_t> seed);
  void refused(const QString& message);  // "" when it is right again

 private:
  const ParamSpec& spec_;
  std::optional<std::int64_t> seed_;
  QLineEdit* edit_;
  QToolButton* dice_;
  QToolButton* lock_;
};

}  // namespace studio::ui
