// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which parameters of a job a file of some kind may stand in.
#include "ui/file_slots.h"

#include <QCoreApplication>

#include <algorithm>

namespace studio::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("FileSlots", text); }

// "" while it stands as declared.
std::string fileIn(const GenerationRequest& request,
                   const Catalogue& catalogue,
                   const JobParam& param) {
  const auto value = get(request, catalogue, param.path);
  if (!value || !value.value()) return {};
  const auto* text = std::get_if<std::string>(&*value.value());
  return text == nullptr ? std::string() : *text;
}

Error refused(const QString& why) { return {ErrorCode::InvalidArgument, why.toStdString()}; }

}  // namespace

std::vector<JobParam> slotsFor(const Catalogue& catalogue, FileKind kind) {
  std::vector<JobParam> params = job_params(catalogue);
  std::erase_if(params, [&](const JobParam& param) {
    return param.spec->kind != ParamKind::Text || param.spec->file_kind != kind ||
           kind == FileKind::Other;
  });
  return params;
}

std::vector<std::string> filesIn(const GenerationRequest& request,
                                 const Catalogue& catalogue,
                                 FileKind kind) {
  std::vector<std::string> files;
  for (const JobParam& param : slotsFor(catalogue, kind)) {
    if (std::string file = fileIn(request, catalogue, param); !file.empty())
      files.push_back(std::move(file));
  }
  return files;
}

Result<FilePlaced> withFile(const GenerationRequest& request,
                            const Catalogue& catalogue,
                            FileKind kind,
                            const std::string& file) {
  const std::vector<JobParam> places = slotsFor(catalogue, kind);
  if (places.empty()) return refused(tr("No parameter of a job takes such a file."));
  for (const JobParam& place : places) {
    if (fileIn(request, catalogue, place) == file)
      return refused(tr("The job has this file already, as %1.")
                         .arg(QString::fromUtf8(place.spec->label.data(),
                                                static_cast<qsizetype>(place.spec->label.size()))));
  }
  const auto free = std::find_if(places.begin(), places.end(), [&](const JobParam& place) {
    return fileIn(request, catalogue, place).empty();
  });
  if (free == places.end() && places.size() > 1)
    return refused(
        tr("All %1 places for such files are taken: empty one first.").arg(places.size()));
  const JobParam& place = free == places.end() ? places.front() : *free;
  FilePlaced placed{request, std::string(place.spec->label)};
  if (auto done = set(placed.request, catalogue, place.path, ParamValue(file)); !done)
    return done.error();
  return placed;
}

}  // namespace studio::ui
