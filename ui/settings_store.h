// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Window state between two runs of the program.
#pragma once

#include "ui/compare_view.h"
#include "ui/theme.h"

#include <QByteArray>
#include <QSettings>
#include <QString>

namespace studio::ui {

class SettingsStore {
 public:
  // `file`: "" for the user's own settings, else an INI file (tests, portable use).
  explicit SettingsStore(const QString& file);

  QByteArray geometry() const;
  void setGeometry(const QByteArray& geometry);
  ThemeChoice themeChoice() const;
  void setThemeChoice(ThemeChoice choice);
  CompareMode compareMode() const;
  void setCompareMode(CompareMode mode);
  bool isLive() const;
  void setLive(bool live);
  bool isSeedLocked() const;
  void setSeedLocked(bool locked);
  bool isSideShown() const;
  void setSideShown(bool shown);
  QString lastFolder() const;
  void setLastFolder(const QString& folder);

 private:
  int bounded(const QString& key, int fallback, int largest) const;

  mutable QSettings settings_;
};

}  // namespace studio::ui
