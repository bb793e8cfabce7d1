// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Window state between two runs of the program.
#include "ui/settings_store.h"

#include <QDir>
#include <QFileInfo>

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

}  // namespace

SettingsStore::SettingsStore(const QString& file)
    : settings_(file.isEmpty() ? QSettings(QSettings::IniFormat,
                                           QSettings::UserScope,
                                           QStringLiteral("seg-studio"),
                                           QStringLiteral("seg-studio"))
                                     .fileName()
                               : file,
                QSettings::IniFormat) {}

// A settings file edited by hand may say anything.
int SettingsStore::bounded(const QString& key, int fallback, int largest) const {
  bool ok = false;
  const int value = settings_.value(key, fallback).toInt(&ok);
  return ok && value >= 0 && value <= largest ? value : fallback;
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

CompareMode SettingsStore::compareMode() const {
  return static_cast<CompareMode>(bounded(kMode, 0, 3));
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

}  // namespace studio::ui
