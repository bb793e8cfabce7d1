// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Width and height in one field: "192 x 128", or the model's own size.
#pragma once

#include "core/api/params.h"

#include <QSize>
#include <QWidget>

#include <optional>

class QComboBox;

namespace studio::ui {

class SizeField : public QWidget {
  Q_OBJECT
 public:
  SizeField(const ParamSpec& width, const ParamSpec& height, QWidget* parent = nullptr);
  ~SizeField() override;

  // Absent: the model's own size.
  std::optional<QSize> sizePx() const { return size_; }
  void setSizePx(std::optional<QSize> size);  // no signal
  // Known once a job of the model has run: fills the list of useful sizes.
  void setNativeSize(QSize native);
  bool commitTyped();

 Q_SIGNALS:
  void committed(std::optional<QSize> size);
  void refused(const QString& message);  // "" when it is right again

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void fillList();
  QString ownSizeText() const;
  QString textOf(std::optional<QSize> size) const;

  const ParamSpec& width_;
  const ParamSpec& height_;
  std::optional<QSize> size_;
  QSize native_;
  QComboBox* combo_;
};

}  // namespace studio::ui
