// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Window state between two runs of the program.
#pragma once

#include "core/api/memory.h"
#include "core/api/preview_choice.h"
#include "ui/compare_view.h"
#include "ui/theme.h"

#include <QByteArray>
#include <QMap>
#include <QSettings>
#include <QString>
#include <QVariantMap>
#include <QStringList>

#include <optional>

namespace studio::ui {

inline constexpr int kUsualNotifySeconds = 10, kLargestNotifySeconds = 3600;
inline constexpr int kUsualPreviewPercent = 3, kLargestPreviewPercent = 20;

// By the name it has in settings and on the command line.
std::optional<MemoryMode> memoryModeOf(const QString& id);

class SettingsStore {
 public:
  // `file`: "" for the user's own settings, else an INI file (tests, portable use).
  explicit SettingsStore(const QString& file);

  QByteArray geometry() const;
  void setGeometry(const QByteArray& geometry);
  ThemeChoice themeChoice() const;
  void setThemeChoice(ThemeChoice choice);
  // Angle, rate, cell and gain of the compare view.
  QVariantMap compareOptions() const;
  void setCompareOptions(const QVariantMap& options);
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

  // Size of the interface's text in pixels.
  int textPx() const;
  void setTextPx(int text_px);
  // A job or sweep at least this long is worth a notification when the window is not in front; 0:
  // never.
  int notifyAfterSeconds() const;
  void setNotifyAfterSeconds(int seconds);
  // Share of a run's time that previews may take, in percent.
  int previewBudgetPercent() const;
  void setPreviewBudgetPercent(int percent);
  // How models share a GPU's memory, from the next start on.
  MemoryMode memoryMode() const;
  void setMemoryMode(MemoryMode mode);
  PreviewChoice previewChoice() const;
  void setPreviewChoice(const PreviewChoice& choice);
  // Where new projects are made.
  QString projectFolder() const;
  void setProjectFolder(const QString& folder);

  // Folders whose models are listed.
  QStringList modelFolders() const;
  void setModelFolders(const QStringList& folders);
  // As jobs name them: a path, or a bundled name.
  QStringList favouriteModels() const;
  void setFavouriteModels(const QStringList& models);
  // When each was used last, in milliseconds since 1970; the oldest of too many are forgotten.
  QVariantMap usedModels() const;
  void noteModelUsed(const QString& model, qint64 when_ms);
  QString lastModel() const;  // "" before the first
  void setLastModel(const QString& model);

  // Shortcuts that differ from the defaults: id of the action to its keys as portable text, "" when
  // it has none any more. Ids nobody knows are kept: their part may come back.
  QMap<QString, QString> shortcutChanges() const;
  // Nothing: the action is back at its defaults.
  void setShortcutChange(const QString& id, const std::optional<QString>& keys);
  // Ids of commands, the last one first.
  QStringList recentCommands() const;
  void setRecentCommands(const QStringList& ids);

 private:
  int bounded(const QString& key, int fallback, int largest, int least = 0) const;

  mutable QSettings settings_;
};

}  // namespace studio::ui
