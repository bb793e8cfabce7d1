// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Window state between two runs of the program.
#include "ui/settings_store.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <memory>

namespace studio::ui {
namespace {

const QString kGeometry = QStringLiteral("window/geometry");
const QString kTheme = QStringLiteral("window/theme");
const QString kMode = QStringLiteral("window/compare");
const QString kSide = QStringLiteral("window/numbers");
const QString kLive = QStringLiteral("run/live");
const QString kLock = QStringLiteral("run/keepSeed");
const QString kFolder = QStringLiteral("files/folder");
const QString kProjects = QStringLiteral("files/projects");
const QString kTextPx = QStringLiteral("window/textSize");
const QString kNotify = QStringLiteral("habits/notifyAfterSeconds");
const QString kPreviews = QStringLiteral("run/previewPercent");
const QString kModels = QStringLiteral("models/folders");
const QString kFavourites = QStringLiteral("models/favourites");
const QString kUsed = QStringLiteral("models/used");
const QString kLastModel = QStringLiteral("models/last");
const QString kMemory = QStringLiteral("engine/memory");
const QString kPreviewMethod = QStringLiteral("run/previewMethod");
const QString kPreviewDecoder = QStringLiteral("run/previewDecoder");
const QString kShortcuts = QStringLiteral("shortcuts");
const QString kRecent = QStringLiteral("habits/recentCommands");

}  // namespace

std::optional<MemoryMode> memoryModeOf(const QString& id) {
  for (const MemoryModeName& name : kMemoryModes) {
    if (name.id == id.toStdString()) return name.mode;
  }
  return std::nullopt;
}

SettingsStore::SettingsStore(const QString& file)
    : settings_(file.isEmpty() ? QSettings(QSettings::IniFormat,
                                           QSettings::UserScope,
                                           QStringLiteral("seg-studio"),
                                           QStringLiteral("seg-studio"))
                                     .fileName()
                               : file,
                QSettings::IniFormat) {}

// A settings file edited by hand may say anything.
int SettingsStore::bounded(const QString& key, int fallback, int largest, int least) const {
  bool ok = false;
  const int value = settings_.value(key, fallback).toInt(&ok);
  return ok && value >= least && value <= largest ? value : fallback;
}

QByteArray SettingsStore::geometry() const { return settings_.value(kGeometry).toByteArray(); }
void SettingsStore::setGeometry(const QByteArray& geometry) {
  settings_.setValue(kGeometry, geometry);
}

ThemeChoice SettingsStore::themeChoice() const {
  return static_cast<ThemeChoice>(bounded(kTheme, 0, 2));
}
void SettingsStore::setThemeChoice(ThemeChoice choice) {
  settings_.setValue(kTheme, static_cast<int>(choice));
}

QVariantMap SettingsStore::compareOptions() const {
  return settings_.value(QStringLiteral("compare/options")).toMap();
}
void SettingsStore::setCompareOptions(const QVariantMap& options) {
  settings_.setValue(QStringLiteral("compare/options"), options);
}

CompareMode SettingsStore::compareMode() const {
  return static_cast<CompareMode>(bounded(kMode, 0, kCompareModes - 1));
}
void SettingsStore::setCompareMode(CompareMode mode) {
  settings_.setValue(kMode, static_cast<int>(mode));
}

bool SettingsStore::isLive() const { return settings_.value(kLive, true).toBool(); }
void SettingsStore::setLive(bool live) { settings_.setValue(kLive, live); }

bool SettingsStore::isSeedLocked() const { return settings_.value(kLock, true).toBool(); }
void SettingsStore::setSeedLocked(bool locked) { settings_.setValue(kLock, locked); }

bool SettingsStore::isSideShown() const { return settings_.value(kSide, true).toBool(); }
void SettingsStore::setSideShown(bool shown) { settings_.setValue(kSide, shown); }

QString SettingsStore::lastFolder() const {
  return settings_.value(kFolder, QDir::homePath()).toString();
}
void SettingsStore::setLastFolder(const QString& folder) { settings_.setValue(kFolder, folder); }

int SettingsStore::textPx() const {
  return bounded(kTextPx, kUsualTextPx, kLargestTextPx, kLeastTextPx);
}
void SettingsStore::setTextPx(int text_px) { settings_.setValue(kTextPx, text_px); }

int SettingsStore::notifyAfterSeconds() const {
  return bounded(kNotify, kUsualNotifySeconds, kLargestNotifySeconds);
}
void SettingsStore::setNotifyAfterSeconds(int seconds) { settings_.setValue(kNotify, seconds); }

int SettingsStore::previewBudgetPercent() const {
  return bounded(kPreviews, kUsualPreviewPercent, kLargestPreviewPercent);
}
void SettingsStore::setPreviewBudgetPercent(int percent) { settings_.setValue(kPreviews, percent); }

MemoryMode SettingsStore::memoryMode() const {
  return memoryModeOf(settings_.value(kMemory).toString()).value_or(MemoryMode::Auto);
}
void SettingsStore::setMemoryMode(MemoryMode mode) {
  for (const MemoryModeName& name : kMemoryModes) {
    if (name.mode == mode) settings_.setValue(kMemory, QString::fromStdString(std::string(name.id)));
  }
}

PreviewChoice SettingsStore::previewChoice() const {
  PreviewChoice choice;
  const std::string id = settings_.value(kPreviewMethod).toString().toStdString();
  for (const PreviewMethodName& name : kPreviewMethods) {
    if (name.id == id) choice.method = name.method;
  }
  choice.decoder_path = settings_.value(kPreviewDecoder).toString().toStdString();
  return choice;
}
void SettingsStore::setPreviewChoice(const PreviewChoice& choice) {
  for (const PreviewMethodName& name : kPreviewMethods) {
    if (name.method == choice.method)
      settings_.setValue(kPreviewMethod, QString::fromStdString(std::string(name.id)));
  }
  settings_.setValue(kPreviewDecoder, QString::fromStdString(choice.decoder_path));
}

QString SettingsStore::projectFolder() const {
  const QString kept = settings_.value(kProjects).toString();
  if (!kept.isEmpty()) return kept;
  return QDir(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation))
      .filePath(QStringLiteral("SEG Studio"));
}
void SettingsStore::setProjectFolder(const QString& folder) {
  settings_.setValue(kProjects, folder);
}

QStringList SettingsStore::modelFolders() const { return settings_.value(kModels).toStringList(); }
void SettingsStore::setModelFolders(const QStringList& folders) {
  settings_.setValue(kModels, folders);
}

QStringList SettingsStore::favouriteModels() const {
  return settings_.value(kFavourites).toStringList();
}
void SettingsStore::setFavouriteModels(const QStringList& models) {
  settings_.setValue(kFavourites, models);
}

QVariantMap SettingsStore::usedModels() const { return settings_.value(kUsed).toMap(); }
void SettingsStore::noteModelUsed(const QString& model, qint64 when_ms) {
  constexpr qsizetype kMost = 200;
  QVariantMap used = usedModels();
  used[model] = when_ms;
  while (used.size() > kMost) {
    auto oldest = used.begin();
    for (auto one = used.begin(); one != used.end(); ++one) {
      if (one->toLongLong() < oldest->toLongLong()) oldest = one;
    }
    used.erase(oldest);
  }
  settings_.setValue(kUsed, used);
}

QString SettingsStore::lastModel() const { return settings_.value(kLastModel).toString(); }
void SettingsStore::setLastModel(const QString& model) { settings_.setValue(kLastModel, model); }

QMap<QString, QString> SettingsStore::shortcutChanges() const {
  QMap<QString, QString> changes;
  settings_.beginGroup(kShortcuts);
  for (const QString& id : settings_.childKeys()) {
    const QVariant value = settings_.value(id);
    // Text with a comma may come back as a list.
    changes[id] = value.typeId() == QMetaType::QStringList
                      ? value.toStringList().join(QLatin1Char(','))
                      : value.toString();
  }
  settings_.endGroup();
  return changes;
}

void SettingsStore::setShortcutChange(const QString& id, const std::optional<QString>& keys) {
  const QString key = kShortcuts + QLatin1Char('/') + id;
  if (keys) {
    settings_.setValue(key, *keys);
  } else {
    settings_.remove(key);
  }
}

QStringList SettingsStore::recentCommands() const {
  return settings_.value(kRecent).toStringList();
}
void SettingsStore::setRecentCommands(const QStringList& ids) { settings_.setValue(kRecent, ids); }

}  // namespace studio::ui
