// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs to JSON and back without an engine, for tests of presets and projects.
#pragma once

#include "tests/support/fake_catalogue.h"
#include "ui/preset.h"

#include <QJsonDocument>

namespace studio::test {

inline ui::JobCodec projectCodec() {
  ui::JobCodec codec;
  codec.write = [](const GenerationRequest& request) {
    QJsonObject values;
    for (const JobParam& param : job_params(fake_catalogue())) {
      values.insert(QString::fromStdString(param.path),
                    ui::valueToJson(get(request, fake_catalogue(), param.path).value()));
    }
    const QJsonObject job{{"format", "seg-studio/job"}, {"version", 1}, {"values", values}};
    return QJsonDocument(job).toJson(QJsonDocument::Compact).toStdString();
  };
  codec.parse = [](std::string_view text) -> Result<GenerationRequest> {
    const QByteArray bytes(text.data(), static_cast<qsizetype>(text.size()));
    const QJsonObject job = QJsonDocument::fromJson(bytes).object();
    if (job.value("format") != "seg-studio/job")
      return Error{ErrorCode::InvalidArgument, "format must be \"seg-studio/job\""};
    GenerationRequest request;
    const QJsonObject values = job.value("values").toObject();
    for (const JobParam& param : job_params(fake_catalogue())) {
      const QJsonValue json = values.value(QString::fromStdString(param.path));
      if (json.isUndefined()) continue;
      auto value = ui::valueFromJson(param, json);
      if (!value) return value.error();
      if (auto done = set(request, fake_catalogue(), param.path, value.value()); !done)
        return done.error();
    }
    return request;
  };
  return codec;
}

}  // namespace studio::test
