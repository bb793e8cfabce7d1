// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small files made in memory, for style sheets, which take pictures by path only.
#pragma once

#include <QByteArray>
#include <QString>

#include <map>

namespace studio::ui {

// Makes the files readable as ":/<folder>/<name>" for the rest of the process. A folder is made
// once; a second call for it changes nothing and returns true. False when Qt refuses the data.
// Threads: GUI thread.
bool addMemoryFiles(const QString& folder, const std::map<QString, QByteArray>& files);

}  // namespace studio::ui
