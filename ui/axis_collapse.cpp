// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which values of a sweep's axes make no difference.
#include "ui/axis_collapse.h"

#include "ui/job_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <vector>

namespace studio::ui {
namespace {

constexpr std::size_t kMostNamed = 3;

QString text(const char* source) { return QCoreApplication::translate("AxisCollapse", source); }

QString nameOf(const AxisValue& value) {
  const QString name = QString::fromStdString(axis_label(value)).simplified();
  return name.isEmpty() ? text("(empty)") : name.left(30);
}

// "1, 2 and 4".
QString listed(const SweepGrid::Axis& axis, const std::vector<std::size_t>& values) {
  QStringList names;
  for (const std::size_t value : values) {
    if (names.size() == static_cast<qsizetype>(kMostNamed) && values.size() > kMostNamed + 1) {
      return text("%1 and %2 others")
          .arg(names.join(QStringLiteral(", ")))
          .arg(values.size() - kMostNamed);
    }
    names << nameOf(axis.values[value]);
  }
  const QString last = names.takeLast();
  return text("%1 and %2").arg(names.join(QStringLiteral(", ")), last);
}

// Values of the axis with the same pictures, two or more a group, in the axis's order.
std::vector<std::vector<std::size_t>> groupsOf(std::span<const int> picture_of_cell,
                                               std::size_t size,
                                               std::size_t stride) {
  std::vector<std::vector<int>> slices(size);
  for (std::size_t cell = 0; cell < picture_of_cell.size(); ++cell)
    slices[cell / stride % size].push_back(picture_of_cell[cell]);
  std::map<std::vector<int>, std::vector<std::size_t>> equal;
  for (std::size_t value = 0; value < size; ++value)
    equal[std::move(slices[value])].push_back(value);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [pictures, values] : equal) {
    if (values.size() > 1) groups.push_back(std::move(values));
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

// "SEG scale is 0": what puts the axis's parameter out of use in every cell; "" when nothing known.
QString reasonOf(const SweepGrid& grid, const SweepGrid::Axis& axis, const Catalogue& catalogue) {
  const auto params = job_params(catalogue);
  const auto own = std::find_if(
      params.begin(), params.end(), [&](const JobParam& param) { return param.path == axis.path; });
  if (own == params.end() || own->card == nullptr) return {};
  for (const JobParam& param : params) {
    if (param.card != own->card || !param.spec->neutral || param.path == axis.path) continue;
    const bool varies =
        std::any_of(grid.axes.begin(), grid.axes.end(), [&](const SweepGrid::Axis& other) {
          return other.path == param.path;
        });
    const auto now = get(grid.spec.base, catalogue, param.path);
    if (varies || !now || now.value() != param.spec->neutral) continue;
    return text("%1 is %2").arg(fromView(param.spec->label), nameOf(now.value()));
  }
  return {};
}

}  // namespace

QStringList collapsedValues(const SweepGrid& grid,
                            std::span<const int> picture_of_cell,
                            const Catalogue& catalogue) {
  QStringList sentences;
  const bool is_known = picture_of_cell.size() == grid.cells();
  std::size_t stride = 1;
  for (const SweepGrid::Axis& axis : grid.axes) {
    const auto groups = is_known ? groupsOf(picture_of_cell, axis.values.size(), stride)
                                 : std::vector<std::vector<std::size_t>>();
    stride *= axis.values.size();
    if (groups.empty()) {
      sentences << QString();
    } else if (groups.front().size() == axis.values.size()) {
      const QString reason = reasonOf(grid, axis, catalogue);
      sentences << (reason.isEmpty()
                        ? text("All values make the same pictures.")
                        : text("All values make the same pictures, as %1.").arg(reason));
    } else {
      QString sentence = text("%1 make the same pictures").arg(listed(axis, groups.front()));
      if (groups.size() > 1) sentence += text(", so do %1").arg(listed(axis, groups[1]));
      if (groups.size() > 2) sentence += text(", and %1 more groups").arg(groups.size() - 2);
      sentences << sentence + QLatin1Char('.');
    }
  }
  return sentences;
}

}  // namespace studio::ui
