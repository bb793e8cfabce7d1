// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Presets as values: reading, writing, applying, describing.
#include "ui/preset.h"

#include "core/api/nearest.h"
#include "ui/job_text.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImageReader>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

const QString kFormatKey = QStringLiteral("format");
const QString kVersionKey = QStringLiteral("version");
const QString kNameKey = QStringLiteral("name");
const QString kNoteKey = QStringLiteral("note");
const QString kStarKey = QStringLiteral("star");
const QString kPictureKey = QStringLiteral("picture");
const QString kSetKey = QStringLiteral("set");
const QString kFormat = QStringLiteral("seg-studio/preset");
const QString kJobFormat = QStringLiteral("seg-studio/job");
const QString kDataUrl = QStringLiteral("data:image/png;base64,");
constexpr int kVersion = 1;

Error wrong(const QString& sentence) { return {ErrorCode::BadFile, sentence.toStdString()}; }

QString tr(const char* text) { return QCoreApplication::translate("Preset", text); }

// The value as it stands in the file, short enough for a sentence.
QString jsonText(const QJsonValue& value) {
  if (value.isUndefined()) return tr("missing");
  if (value.isObject()) return tr("an object");
  if (value.isArray()) return tr("a list");
  const QByteArray wrapped = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
  return QString::fromStdString(shown_text(
      std::string_view(wrapped).substr(1, static_cast<std::size_t>(wrapped.size()) - 2)));
}

std::optional<qint64> wholeNumber(const QJsonValue& value) {
  if (!value.isDouble() || value.toInteger(0) != value.toInteger(1)) return std::nullopt;
  return value.toInteger();
}

// The same in the value's kind, not yet checked for its range.
std::optional<ParamValue> typedValue(const ParamSpec& spec, const QJsonValue& json) {
  switch (spec.kind) {
    case ParamKind::Real:
      if (json.isDouble()) return json.toDouble() == 0 ? 0.0 : json.toDouble();
      if (json.isString() && json.toString() == QLatin1String("inf") && spec.has_infinity)
        return kInfinity;
      return std::nullopt;
    case ParamKind::Integer:
      if (const auto number = wholeNumber(json)) return std::int64_t{*number};
      return std::nullopt;
    case ParamKind::Flag:
      if (json.isBool()) return json.toBool();
      return std::nullopt;
    case ParamKind::Choice:
    case ParamKind::Text:
      if (json.isString()) return json.toString().toStdString();
      return std::nullopt;
  }
  return std::nullopt;
}

class PresetReader {
 public:
  explicit PresetReader(const Catalogue& catalogue)
      : catalogue_(catalogue), params_(job_params(catalogue)) {}

  Result<ReadPreset> read(const QJsonObject& json) {
    if (auto done = readFormat(json); !done) return done.error();
    if (auto done = refuseUnknownKeys(json); !done) return done.error();
    Preset& preset = read_.preset;
    if (auto done = readText(json, kNameKey, kLongestPresetName, preset.name); !done)
      return done.error();
    if (auto done = readText(json, kNoteKey, kLongestPresetNote, preset.note); !done)
      return done.error();
    preset.name = preset.name.simplified();
    const QJsonValue star = json.value(kStarKey);
    if (!star.isUndefined() && !star.isBool())
      return wrong(tr("star is %1, but must be true or false").arg(jsonText(star)));
    preset.starred = star.toBool();
    if (auto done = readValues(json.value(kSetKey)); !done) return done.error();
    readPicture(json.value(kPictureKey));
    return std::move(read_);
  }

 private:
  static Result<void> readFormat(const QJsonObject& json) {
    const QJsonValue format = json.value(kFormatKey);
    if (format.toString() != kFormat)
      return wrong(tr("format is %1, but must be \"%2\"").arg(jsonText(format), kFormat));
    const QJsonValue version = json.value(kVersionKey);
    const auto number = wholeNumber(version);
    if (number && *number > kVersion) {
      return wrong(tr("version is %1: this preset was made by a newer version of the program, "
                      "which reads %2")
                       .arg(*number)
                       .arg(kVersion));
    }
    if (number != kVersion)
      return wrong(tr("version is %1, but must be %2").arg(jsonText(version)).arg(kVersion));
    return {};
  }

  static Result<void> refuseUnknownKeys(const QJsonObject& json) {
    static const QStringList kKnown = {
        kFormatKey, kVersionKey, kNameKey, kNoteKey, kStarKey, kPictureKey, kSetKey};
    std::vector<std::string> known;
    for (const QString& key : kKnown) known.push_back(key.toStdString());
    for (const QString& key : json.keys()) {
      if (kKnown.contains(key)) continue;
      return Error{ErrorCode::BadFile,
                   "\"" + shown_text(key.toStdString()) + "\" is not a key of a preset" +
                       did_you_mean(key.toStdString(), {known.begin(), known.end()})};
    }
    return {};
  }

  static Result<void> readText(const QJsonObject& json,
                               const QString& key,
                               int longest,
                               QString& text) {
    const QJsonValue value = json.value(key);
    if (value.isUndefined()) return {};
    if (!value.isString()) return wrong(tr("%1 is %2, but must be text").arg(key, jsonText(value)));
    text = value.toString();
    if (text.size() <= longest) return {};
    return wrong(
        tr("%1 has %2 characters, but may have at most %3").arg(key).arg(text.size()).arg(longest));
  }

  Result<void> readValues(const QJsonValue& set) {
    if (!set.isObject())
      return wrong(tr("set is %1, but must be an object of parameters").arg(jsonText(set)));
    const QJsonObject values = set.toObject();
    for (auto it = values.begin(); it != values.end(); ++it) {
      const std::string path = it.key().toStdString();
      const auto param = std::find_if(
          params_.begin(), params_.end(), [&](const JobParam& one) { return one.path == path; });
      if (param == params_.end()) {
        // set() knows the nearest name.
        GenerationRequest scratch;
        return Error{
            ErrorCode::BadFile,
            "set: " + studio::set(scratch, catalogue_, path, std::nullopt).error().message};
      }
      auto value = valueFromJson(*param, it.value());
      if (!value) return Error{ErrorCode::BadFile, "set: " + value.error().message};
      read_.preset.values.insert_or_assign(path, std::move(value).value());
    }
    return {};
  }

  // A bad picture costs the picture only.
  void readPicture(const QJsonValue& json) {
    if (json.isUndefined() || json.isNull()) return;
    QString text = json.toString();
    if (text.startsWith(kDataUrl)) text.remove(0, kDataUrl.size());
    const auto decoded =
        QByteArray::fromBase64Encoding(text.toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    QByteArray bytes = decoded ? *decoded : QByteArray();
    QBuffer buffer(&bytes);
    QImageReader reader(&buffer, "png");
    const QSize size = reader.size();
    if (!json.isString() || bytes.isEmpty() || !size.isValid()) {
      read_.remarks << tr("picture is no PNG in base64; the preset is read without it");
    } else if (size.width() > kPresetPictureSide || size.height() > kPresetPictureSide) {
      read_.remarks
          << tr("picture is %1 × %2 pixels, but may have at most %3 a side; the preset is "
                "read without it")
                 .arg(size.width())
                 .arg(size.height())
                 .arg(kPresetPictureSide);
    } else if (reader.read().isNull()) {
      read_.remarks << tr("picture is a damaged PNG; the preset is read without it");
    } else {
      read_.preset.picture = bytes;
    }
  }

  const Catalogue& catalogue_;
  const std::vector<JobParam> params_;
  ReadPreset read_;
};

// "first-start" -> "First start".
QString nameOfFile(const QString& file_name) {
  QString name = QFileInfo(file_name).completeBaseName();
  name.replace('-', ' ').replace('_', ' ');
  name = name.simplified();
  if (!name.isEmpty()) name[0] = name[0].toUpper();
  return name.isEmpty() ? tr("Preset") : name.left(kLongestPresetName);
}

std::set<std::string> allPaths(const Catalogue& catalogue) {
  std::set<std::string> paths;
  for (const JobParam& param : job_params(catalogue)) paths.insert(param.path);
  return paths;
}

}  // namespace

Result<ReadPreset> readPreset(const QByteArray& text,
                              const Catalogue& catalogue,
                              const JobCodec& codec,
                              const QString& file_name) {
  if (text.size() > kLargestPresetBytes) {
    return wrong(tr("the file has %1 bytes, but a preset has at most %2")
                     .arg(text.size())
                     .arg(kLargestPresetBytes));
  }
  QJsonParseError problem;
  const QJsonDocument document = QJsonDocument::fromJson(text, &problem);
  if (document.isNull()) {
    if (text.trimmed().isEmpty()) return wrong(tr("there is no JSON in it: it is empty"));
    const auto line = 1 + text.left(problem.offset).count('\n');
    return wrong(tr("line %1 is not valid JSON (%2)").arg(line).arg(problem.errorString()));
  }
  if (!document.isObject()) return wrong(tr("it holds a list, but a preset is an object"));
  const QJsonObject json = document.object();
  if (json.value(kFormatKey).toString() == kJobFormat && codec.parse) {
    const auto job = codec.parse(std::string_view(text));
    if (!job) return Error{ErrorCode::BadFile, job.error().message};
    ReadPreset read;
    read.preset.name = nameOfFile(file_name);
    read.preset.values = valuesOf(job.value(), catalogue, allPaths(catalogue));
    return read;
  }
  auto read = presetFromJson(json, catalogue);
  if (read && read.value().preset.name.isEmpty()) read.value().preset.name = nameOfFile(file_name);
  return read;
}

Result<ReadPreset> presetFromJson(const QJsonObject& json, const Catalogue& catalogue) {
  return PresetReader(catalogue).read(json);
}

QJsonObject presetToJson(const Preset& preset) {
  QJsonObject set;
  for (const auto& [path, value] : preset.values)
    set.insert(QString::fromStdString(path), valueToJson(value));
  QJsonObject json{
      {kFormatKey, kFormat}, {kVersionKey, kVersion}, {kNameKey, preset.name}, {kSetKey, set}};
  if (!preset.note.isEmpty()) json.insert(kNoteKey, preset.note);
  if (preset.starred) json.insert(kStarKey, true);
  if (!preset.picture.isEmpty())
    json.insert(kPictureKey, QString::fromLatin1(preset.picture.toBase64()));
  return json;
}

QByteArray presetText(const Preset& preset) { return QJsonDocument(presetToJson(preset)).toJson(); }

QJsonValue valueToJson(const std::optional<ParamValue>& value) {
  if (!value) return QJsonValue::Null;
  if (const auto* real = std::get_if<double>(&*value)) {
    if (std::isinf(*real)) return QStringLiteral("inf");
    return *real;
  }
  if (const auto* whole = std::get_if<std::int64_t>(&*value)) return static_cast<qint64>(*whole);
  if (const auto* flag = std::get_if<bool>(&*value)) return *flag;
  return QString::fromStdString(std::get<std::string>(*value));
}

Result<std::optional<ParamValue>> valueFromJson(const JobParam& param, const QJsonValue& json) {
  const ParamSpec& spec = *param.spec;
  const auto typed = typedValue(spec, json);
  if (!typed && json.isNull() && !spec.absent_means.empty()) return std::optional<ParamValue>();
  if (!typed) {
    return Error{ErrorCode::InvalidArgument,
                 param.path + " is " + jsonText(json).toStdString() + ", but must be " +
                     allowed_values(spec)};
  }
  if (auto valid = validate(spec, param.path, *typed); !valid) return valid.error();
  return std::optional<ParamValue>(*typed);
}

Result<GenerationRequest> appliedPreset(const GenerationRequest& base,
                                        const Preset& preset,
                                        const Catalogue& catalogue) {
  GenerationRequest request = base;
  for (const auto& [path, value] : preset.values) {
    if (auto done = set(request, catalogue, path, value); !done) return done.error();
  }
  return request;
}

PresetValues valuesOf(const GenerationRequest& request,
                      const Catalogue& catalogue,
                      const std::set<std::string>& paths) {
  PresetValues values;
  for (const JobParam& param : job_params(catalogue)) {
    if (!paths.contains(param.path)) continue;
    const auto value = get(request, catalogue, param.path);
    if (!value || (!value.value() && param.spec->absent_means.empty())) continue;
    values.insert_or_assign(param.path, value.value());
  }
  return values;
}

std::set<std::string> differingPaths(const GenerationRequest& request, const Catalogue& catalogue) {
  std::set<std::string> paths;
  for (const auto& [path, value] : valuesOf(request, catalogue, allPaths(catalogue))) {
    const auto declared = get(GenerationRequest(), catalogue, path);
    if (declared && declared.value() != value) paths.insert(path);
  }
  return paths;
}

QString paramLabel(const JobParam& param, const std::vector<JobParam>& all) {
  const auto same = std::count_if(all.begin(), all.end(), [&](const JobParam& one) {
    return one.spec->label == param.spec->label;
  });
  if (same < 2) return fromView(param.spec->label);
  return QStringLiteral("%1, %2").arg(fromView(param.card->label), fromView(param.spec->label));
}

QString paramText(const JobParam& param, const std::optional<ParamValue>& value) {
  if (!value) return fromView(param.spec->absent_means);
  const QString text = valueText(*param.spec, *value).simplified();
  return text.isEmpty() ? tr("(empty)") : text;
}

// What is under study first, then the other guidance, then the rest of the job.
QString presetSummary(const Preset& preset, const Catalogue& catalogue) {
  constexpr int kLongestValue = 40;
  const auto params = job_params(catalogue);
  std::vector<const Card*> cards;
  for (const bool kept : {false, true}) {
    for (const Card& card : catalogue.terms) {
      if (card.kept_in_twin == kept) cards.push_back(&card);
    }
  }
  cards.push_back(&job_card());
  QStringList parts;
  for (const Card* card : cards) {
    for (const JobParam& param : params) {
      const auto found = preset.values.find(param.path);
      if (param.card != card || found == preset.values.end()) continue;
      QString text = paramText(param, found->second);
      if (text.size() > kLongestValue) text = text.left(kLongestValue - 1) + QChar(0x2026);
      parts << paramLabel(param, params) + QChar(' ') + text;
    }
  }
  return parts.join(QStringLiteral(" · "));
}

QByteArray presetPicture(const QImage& image) {
  if (image.isNull()) return {};
  QImage small = image;
  if (image.width() > kPresetPictureSide || image.height() > kPresetPictureSide) {
    small = image.scaled(
        kPresetPictureSide, kPresetPictureSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
  }
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  return small.save(&buffer, "PNG") ? bytes : QByteArray();
}

QString fileStem(const QString& name) {
  static const QRegularExpression kOther(QStringLiteral("[^\\p{L}\\p{N}]+"));
  constexpr int kLongest = 48;
  QString stem = name.toLower();
  stem.replace(kOther, QStringLiteral("-"));
  while (stem.startsWith('-')) stem.remove(0, 1);
  stem = stem.left(kLongest);
  while (stem.endsWith('-')) stem.chop(1);
  return stem.isEmpty() ? QStringLiteral("preset") : stem;
}

}  // namespace studio::ui
