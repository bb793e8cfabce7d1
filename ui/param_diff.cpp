// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// In which parameters jobs differ, in the words of the parameters' declarations.
#include "ui/param_diff.h"

#include "ui/job_text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace studio::ui {
namespace {

QString say(const char* text) { return QCoreApplication::translate("ParamDiff", text); }

// What a job has there: a value, several texts of a batch, nothing, or nothing that matters.
struct Shown {
  std::optional<ParamValue> value;
  QString text;
  bool is_idle = false;

  bool sameAs(const Shown& other) const {
    if (is_idle || other.is_idle) return is_idle == other.is_idle;
    return value == other.value && (value || text == other.text);
  }
};

QString batchText(const std::vector<std::string>& prompts) {
  QStringList lines;
  for (std::size_t i = 0; i < prompts.size(); ++i)
    lines << QStringLiteral("%1: %2").arg(i + 1).arg(QString::fromStdString(prompts[i]));
  return lines.join('\n');
}

Shown shownValue(const GenerationRequest& job, const Catalogue& catalogue, const JobParam& param) {
  Shown shown;
  const bool is_job = param.card->id == job_card().id;
  if (!is_job && !isActive(*param.card, job) && !param.spec->neutral) {
    shown.is_idle = true;
    shown.text = QString(QChar(0x2013));
    return shown;
  }
  const auto found = get(job, catalogue, param.path);
  if (found) shown.value = found.value();
  if (shown.value) {
    shown.text = valueText(*param.spec, *shown.value);
    if (shown.text.isEmpty()) shown.text = say("(empty)");
    return shown;
  }
  // A batch has several texts where other jobs have one.
  const bool is_batch = param.spec->absent_means.empty() && job.prompts.size() != 1;
  shown.text = is_batch ? batchText(job.prompts) : fromView(param.spec->absent_means);
  return shown;
}

}  // namespace

std::vector<ParamDiffRow> paramDifferences(const std::vector<GenerationRequest>& jobs,
                                           const Catalogue& catalogue,
                                           int reference) {
  std::vector<ParamDiffRow> rows;
  if (jobs.empty()) return rows;
  const auto base = static_cast<std::size_t>(
      reference >= 0 && reference < static_cast<int>(jobs.size()) ? reference : 0);
  const auto is_touched = [&](const JobParam& param) {
    return std::any_of(jobs.begin(), jobs.end(), [&](const GenerationRequest& job) {
      return job.sections.contains(param.path);
    });
  };
  for (const JobParam& param : job_params(catalogue)) {
    const bool of_section =
        std::any_of(catalogue.sections.begin(),
                    catalogue.sections.end(),
                    [&](const Card& card) { return card.id == param.card->id; });
    // Most jobs leave the sections alone; a hundred lines of that say nothing.
    if (of_section && !is_touched(param)) continue;
    ParamDiffRow row;
    row.path = QString::fromStdString(param.path);
    row.label = fromView(param.spec->label);
    if (!param.spec->unit.empty())
      row.label += QStringLiteral(" (%1)").arg(fromView(param.spec->unit));
    row.group = fromView(param.card->label);
    row.doc = fromView(param.spec->doc);
    std::vector<Shown> shown;
    for (const GenerationRequest& job : jobs) shown.push_back(shownValue(job, catalogue, param));
    for (Shown& each : shown) {
      const bool looks_equal = std::any_of(shown.begin(), shown.end(), [&](const Shown& other) {
        return each.value && !each.sameAs(other) && each.text == other.text;
      });
      if (looks_equal) each.text = QString::fromStdString(to_text(*each.value));
      row.differs.push_back(!each.sameAs(shown[base]));
      row.is_equal = row.is_equal && !row.differs.back();
    }
    for (const Shown& each : shown) row.values.push_back(each.text);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace studio::ui
