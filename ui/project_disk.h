// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The file operations under a project. All of them block.
#pragma once

#include "core/api/result.h"
#include "ui/project_file.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace studio::ui {

// Errors: Io (missing, no permission); BadFile when it is larger than `most` bytes.
Result<QByteArray> readWhole(const QString& path, qint64 most);

QByteArray hashOf(const QByteArray& content);

// Size and time of the file as it is now; the hash is that of `content` where given.
FileStamp stampOf(const QString& path, const std::optional<QByteArray>& content);

// Keeps `content` as project.json.KIND-TIME beside the project, once; returns the file's name.
Result<QString> keepAside(const QString& folder, const QString& kind, const QByteArray& content);

// Removes what a writer that was killed has left behind. Only for the holder of the lock.
void clearUp(const QString& folder);

}  // namespace studio::ui
