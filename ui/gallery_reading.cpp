// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the index keeps of one picture file.
#include "ui/gallery_reading.h"

#include "core/api/engine.h"
#include "ui/gallery_files.h"
#include "ui/job_paths.h"
#include "ui/job_text.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QtEndian>

namespace studio::ui {
namespace {

constexpr qsizetype kPromptLength = 200;
constexpr qsizetype kMostWords = 20000;

QString text(const char* source) { return QCoreApplication::translate("GalleryReading", source); }

QString modelName(const std::string& model) {
  const QString whole = QString::fromStdString(model);
  const QString name = QFileInfo(QDir::cleanPath(whole)).fileName();
  return name.isEmpty() ? whole : name;
}

qint64 printOf(const GenerationRequest& request, const Catalogue& catalogue) {
  const GenerationRequest plain = comparable(request, catalogue);
  QCryptographicHash hash(QCryptographicHash::Sha1);
  const auto add = [&](const std::string& part) {
    hash.addData(QByteArray::fromStdString(part));
    hash.addData(QByteArray(1, '\0'));
  };
  for (const std::string& prompt : plain.prompts) add(prompt);
  for (const JobParam& param : job_params(catalogue)) {
    const auto value = get(plain, catalogue, param.path);
    add(param.path);
    // "absent" is no value a parameter can have here: values carry their kind before them.
    add(value && value.value() ? std::to_string(value.value()->index()) + to_text(*value.value())
                               : "absent");
  }
  return qFromBigEndian<qint64>(hash.result().constData());
}

QString firstPrompt(const GenerationRequest& request) {
  return request.prompts.empty() ? QString()
                                 : QString::fromStdString(request.prompts.front()).simplified();
}

void describeJob(GalleryReading& reading,
                 const GenerationRequest& request,
                 const Catalogue& catalogue,
                 const QString& relative) {
  reading.kind = GalleryKind::Made;
  reading.model = modelName(request.model);
  reading.caption = shortGuidanceText(request, catalogue);
  reading.prompt = firstPrompt(request).left(kPromptLength);
  if (request.seed) reading.seed = *request.seed;
  QStringList words{QFileInfo(relative).completeBaseName()};
  for (const std::string& prompt : request.prompts) words << QString::fromStdString(prompt);
  const std::vector<JobParam> params = job_params(catalogue);
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto value = get(request, catalogue, params[i].path);
    if (!value || !value.value()) continue;
    reading.params.emplace_back(static_cast<int>(i), *value.value());
    if (const auto* word = std::get_if<std::string>(&*value.value()))
      words << QString::fromStdString(*word);
  }
  if (request.seed) words << QString::number(*request.seed);
  reading.words = searchable(words.join(QLatin1Char(' '))).left(kMostWords);
  reading.print = printOf(request, catalogue);
  const qint64 twin = printOf(unguided_twin(request, catalogue), catalogue);
  if (twin != *reading.print) reading.twin_print = twin;
}

}  // namespace

void SharedEngine::set(Engine* engine) {
  const std::lock_guard lock(mutex_);
  engine_ = engine;
}

bool SharedEngine::isSet() const {
  const std::lock_guard lock(mutex_);
  return engine_ != nullptr;
}

std::optional<Result<GenerationRequest>> SharedEngine::loadJob(const QString& path) const {
  const std::lock_guard lock(mutex_);
  if (engine_ == nullptr) return {};
  return engine_->load_job(path.toStdString());
}

QString searchable(const QString& all) {
  const QString apart = all.normalized(QString::NormalizationForm_KD).toLower();
  QString plain;
  plain.reserve(apart.size());
  for (const QChar c : apart) {
    if (c.isMark()) continue;
    // Halves of letters beyond the basic plane stay together.
    if (c.isLetterOrNumber() || c.isSurrogate()) {
      plain += c;
    } else if (!plain.isEmpty() && plain.back() != QLatin1Char(' ')) {
      plain += QLatin1Char(' ');
    }
  }
  return plain.trimmed();
}

bool hasUnspacedScript(const QString& all) {
  for (const QChar c : all) {
    switch (c.script()) {
      case QChar::Script_Han:
      case QChar::Script_Hiragana:
      case QChar::Script_Katakana:
      case QChar::Script_Thai:
        return true;
      default:
        if (c.isSurrogate()) return true;
    }
  }
  return false;
}

std::optional<GalleryReading> readPictureFacts(const QString& project,
                                               const QString& relative,
                                               const Catalogue& catalogue,
                                               const SharedEngine& engine) {
  const QString path = QDir(project).filePath(relative);
  const PngFacts facts = probePng(path);
  GalleryReading reading;
  reading.width_px = facts.width_px;
  reading.height_px = facts.height_px;
  reading.words = searchable(QFileInfo(relative).completeBaseName());
  if (!facts.problem.isEmpty()) {
    reading.problem = text("%1 cannot be shown: %2.").arg(relative, facts.problem);
    return reading;
  }
  reading.kind = GalleryKind::Foreign;
  if (facts.has_job) {
    const auto job = engine.loadJob(path);
    if (!job) return {};
    if (*job) {
      describeJob(reading, job->value(), catalogue, relative);
    } else {
      reading.problem = text("The job in %1 cannot be read: %2")
                            .arg(relative, QString::fromStdString(job->error().message));
    }
  } else if (!facts.foreign_text.isEmpty()) {
    reading.prompt = facts.foreign_text.section(QLatin1Char('\n'), 0, 0).simplified();
    reading.prompt.truncate(kPromptLength);
    reading.words =
        (reading.words + QLatin1Char(' ') + searchable(facts.foreign_text)).left(kMostWords);
  }
  return reading;
}

std::vector<std::pair<QString, QString>> paramTexts(const GenerationRequest& request,
                                                    const Catalogue& catalogue) {
  std::vector<std::pair<QString, QString>> texts;
  for (const JobParam& param : job_params(catalogue)) {
    const auto value = get(request, catalogue, param.path);
    if (!value) continue;
    QString shown =
        value.value() ? valueText(*param.spec, *value.value()) : fromView(param.spec->absent_means);
    if (param.path == kPromptPath && request.prompts.size() > 1) {
      QStringList all;
      for (const std::string& prompt : request.prompts) all << QString::fromStdString(prompt);
      shown = all.join(QLatin1Char('\n'));
    }
    texts.emplace_back(fromView(param.spec->label), shown);
  }
  return texts;
}

}  // namespace studio::ui
