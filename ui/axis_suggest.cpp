// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Ready-made values for an axis, and a first sweep, from the parameters' declarations alone.
#include "ui/axis_suggest.h"

#include "ui/job_text.h"

#include <QCoreApplication>
#include <QRandomGenerator>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kHugeRange = 1e9;  // numbers without an order that matters: seeds

QString tr(const char* text) { return QCoreApplication::translate("AxisSuggest", text); }

bool isNumber(const ParamSpec& spec) {
  return spec.kind == ParamKind::Real || spec.kind == ParamKind::Integer;
}

bool isSeedLike(const ParamSpec& spec) {
  return spec.kind == ParamKind::Integer && spec.max - spec.min > kHugeRange;
}

AxisValue number(const ParamSpec& spec, double value) {
  if (spec.kind == ParamKind::Integer)
    return ParamValue(static_cast<std::int64_t>(std::llround(value)));
  return ParamValue(value);
}

QString textOf(const std::vector<AxisValue>& values) {
  return QString::fromStdString(axis_text(values));
}

std::pair<double, double> usualRange(const ParamSpec& spec) {
  if (spec.slider_max > spec.slider_min) return {spec.slider_min, spec.slider_max};
  return {spec.min, spec.max};
}

// 0, 1, 2, 4: what does nothing, then doubling.
std::vector<AxisValue> doubling(const ParamSpec& spec) {
  const auto [low, high] = usualRange(spec);
  std::vector<AxisValue> values;
  if (spec.neutral) values.push_back(*spec.neutral);
  double value = spec.has_infinity ? 0.5 : std::max(1.0, low);
  if (high <= 1) value = high / 4;
  for (int i = 0; i < (spec.has_infinity ? 4 : 3) && value <= high; ++i, value *= 2) {
    const AxisValue next = number(spec, value);
    if (value >= low && (values.empty() || values.back() != next)) values.push_back(next);
  }
  if (spec.has_infinity) values.emplace_back(ParamValue(kInfinity));
  return values;
}

void addNumbers(std::vector<AxisSuggestion>& made, const ParamSpec& spec) {
  const auto [low, high] = usualRange(spec);
  const auto text = [](double value) { return QString::number(value, 'g', 10); };
  const QString infinity = spec.has_infinity ? QStringLiteral(", inf") : QString();
  if (spec.kind == ParamKind::Real) made.push_back({tr("Doubling"), textOf(doubling(spec))});
  for (const int count : {5, 9}) {
    if (spec.slider_scale == SliderScale::Logarithmic) {
      made.push_back(
          {tr("%1 evenly in the logarithm").arg(count),
           QStringLiteral("log(%1..%2)[%3]").arg(text(low), text(high)).arg(count) + infinity});
    } else if (spec.kind == ParamKind::Integer) {
      const double step = std::max(
          spec.step,
          std::round((high - low) / count / std::max(1.0, spec.step)) * std::max(1.0, spec.step));
      const double from = low < step ? step : low;
      made.push_back({tr("Every %1").arg(text(step)),
                      QStringLiteral("%1-%2(+%3)").arg(text(from), text(high), text(step))});
    } else {
      made.push_back({tr("%1 evenly spaced").arg(count),
                      QStringLiteral("%1..%2[%3]").arg(text(low), text(high)).arg(count)});
    }
  }
}

void addSeeds(std::vector<AxisSuggestion>& made, const AxisValue& now) {
  const auto* seed = now ? std::get_if<std::int64_t>(&*now) : nullptr;
  const std::int64_t first = seed != nullptr ? *seed : 1;
  if (first < std::numeric_limits<std::int64_t>::max() - 8) {
    for (const int count : {4, 8})
      made.push_back({tr("%1 in a row").arg(count),
                      QStringLiteral("%1-%2").arg(first).arg(first + count - 1)});
  }
  for (const int count : {4, 8}) {
    std::vector<AxisValue> values;
    while (static_cast<int>(values.size()) < count) {
      const AxisValue drawn =
          ParamValue(static_cast<std::int64_t>(QRandomGenerator::global()->bounded(1'000'000)));
      if (std::find(values.begin(), values.end(), drawn) == values.end()) values.push_back(drawn);
    }
    made.push_back({tr("%1 new").arg(count), textOf(values)});
  }
}

}  // namespace

std::vector<AxisSuggestion> suggestionsFor(const ParamSpec& spec,
                                           const std::string& /*path*/,
                                           const AxisValue& now) {
  std::vector<AxisSuggestion> made;
  if (isSeedLike(spec)) {
    addSeeds(made, now);
  } else if (isNumber(spec)) {
    addNumbers(made, spec);
  } else if (spec.kind == ParamKind::Flag) {
    made.push_back({tr("On and off"), textOf({ParamValue(true), ParamValue(false)})});
  } else if (!spec.choices.empty()) {
    std::vector<AxisValue> all;
    for (const auto choice : spec.choices) all.emplace_back(ParamValue(std::string(choice)));
    made.push_back({tr("All"), textOf(all)});
  }
  if (now) made.push_back({tr("As in the job"), textOf({now})});
  if (!spec.absent_means.empty() && !isSeedLike(spec))
    made.push_back({tr("Left out (%1)").arg(fromView(spec.absent_means)), textOf({std::nullopt})});
  if (made.empty()) made.push_back({tr("The default"), textOf({spec.initial})});
  return made;
}

const JobParam* likelyAxis(const std::vector<JobParam>& params,
                           const std::vector<SweepAxis>& taken) {
  const auto rank = [](const JobParam& param) {
    const bool studied = !param.card->kept_in_twin;
    if (studied && param.spec->has_infinity) return 0;
    if (studied && param.spec->neutral) return 1;
    if (isSeedLike(*param.spec)) return 2;
    return studied ? 3 : param.path == param.spec->key ? 5 : 4;
  };
  const JobParam* best = nullptr;
  for (const JobParam& param : params) {
    const bool used = std::any_of(taken.begin(), taken.end(), [&](const SweepAxis& axis) {
      return axis.param == param.path;
    });
    if (!used && (best == nullptr || rank(param) < rank(*best))) best = &param;
  }
  return best;
}

std::vector<SweepAxis> exampleAxes(const Catalogue& catalogue) {
  const auto params = job_params(catalogue);
  std::vector<SweepAxis> axes;
  for (int i = 0; i < 2; ++i) {
    const JobParam* param = likelyAxis(params, axes);
    if (param == nullptr) break;
    axes.push_back({param->path,
                    suggestionsFor(*param->spec, param->path, param->spec->initial)
                        .front()
                        .values.toStdString()});
  }
  return axes;
}

}  // namespace studio::ui
