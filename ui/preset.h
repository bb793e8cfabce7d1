// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A preset: some of a job's parameters under a name, with a picture. Values only, no widgets.
#pragma once

#include "core/api/request.h"
#include "ui/project_codec.h"

#include <QByteArray>
#include <QImage>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <map>
#include <set>
#include <string>

namespace studio::ui {

// By parameter path. No value: the parameter is left to what its absence means.
using PresetValues = std::map<std::string, std::optional<ParamValue>, std::less<>>;

struct Preset {
  QString name, note;
  PresetValues values;
  bool starred = false;
  QByteArray picture;  // a PNG of at most kPresetPictureSide pixels a side, or empty

  bool operator==(const Preset&) const = default;
};

inline constexpr int kPresetPictureSide = 256;
inline constexpr qint64 kLargestPresetBytes = 4 << 20;
inline constexpr int kLongestPresetName = 200;
inline constexpr int kLongestPresetNote = 10000;

// `remarks`: sentences about what could be left out without changing the settings (a picture that
// cannot be read).
struct ReadPreset {
  Preset preset;
  QStringList remarks;
};

// Reads a preset file, or a job file as a preset of all its parameters named after `file_name`.
// Errors: BadFile with a sentence naming the path, the value and what is allowed. Any thread.
Result<ReadPreset> readPreset(const QByteArray& text,
                              const Catalogue& catalogue,
                              const JobCodec& codec,
                              const QString& file_name);
Result<ReadPreset> presetFromJson(const QJsonObject& json, const Catalogue& catalogue);

QJsonObject presetToJson(const Preset& preset);
// The content of a preset file.
QByteArray presetText(const Preset& preset);

// One parameter's value in JSON, in the form jobs use: "inf" for infinity, null for no value.
QJsonValue valueToJson(const std::optional<ParamValue>& value);
// Errors: InvalidArgument naming `path`, the value and what is allowed.
Result<std::optional<ParamValue>> valueFromJson(const JobParam& param, const QJsonValue& json);

// `base` with the preset's values in place. Errors: InvalidArgument as set() gives them.
Result<GenerationRequest> appliedPreset(const GenerationRequest& base,
                                        const Preset& preset,
                                        const Catalogue& catalogue);

// The values of `paths` in `request`. A prompt that is a list of several texts has no single value
// and is left out.
PresetValues valuesOf(const GenerationRequest& request,
                      const Catalogue& catalogue,
                      const std::set<std::string>& paths);
// The parameters of `request` that differ from their declarations.
std::set<std::string> differingPaths(const GenerationRequest& request, const Catalogue& catalogue);

// "Blur sigma", or "Classifier-free guidance, Scale" where a label alone would not be clear.
QString paramLabel(const JobParam& param, const std::vector<JobParam>& all);
// "∞", "mid", "the model's own size", "(empty)": a parameter's value as a table shows it.
QString paramText(const JobParam& param, const std::optional<ParamValue>& value);
// "Blur sigma ∞ · SEG scale 3": the guidance under study first.
QString presetSummary(const Preset& preset, const Catalogue& catalogue);

// Scaled to fit and written as PNG; empty for a null image. Any thread.
QByteArray presetPicture(const QImage& image);

// "Blur sigma study" -> "blur-sigma-study": a file name without a suffix.
QString fileStem(const QString& name);

}  // namespace studio::ui
