// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Painted masks as files: named after what is in them, so that equal masks are one file and a job
// that names one stays true.
#pragma once

#include "core/api/picture_crop.h"
#include "core/api/result.h"

#include <QImage>
#include <QString>

#include <optional>

namespace studio::ui {

// How a mask for this picture and job lies; nothing when the whole mask would be too large to be
// read again, as for a picture much wider than the job.
std::optional<MaskPlace> maskPlaceFor(QSize picture, QSize job);

// The whole mask: `painted` in its place, black around it.
QImage wholeMask(const QImage& painted, const MaskPlace& place);

// "mask-0123456789abcdef.png".
QString maskFileName(const QImage& mask);

// Writes an 8-bit grey PNG beside `path` and renames it. Blocks. Errors: Io, as a sentence.
Result<void> writeMask(const QImage& mask, const QString& path);

// Into `folder`, which is made, under the mask's own name; a file that holds these pixels already
// is left as it is. Returns its path. Blocks. Errors: Io.
Result<QString> keepMask(const QImage& mask, const QString& folder);

}  // namespace studio::ui
