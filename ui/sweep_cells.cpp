// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep as its views show it.
#include "ui/sweep_cells.h"

#include "ui/job_text.h"
#include "ui/picture.h"

#include <QDir>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

// Above this the order is not worth its time: nobody reads "next" among so many tiles.
constexpr std::size_t kMostOrdered = 20'000;
constexpr int kLongestValue = 40;

QString shortened(const QString& text) {
  const QString line = text.simplified();
  return line.size() <= kLongestValue ? line : line.left(kLongestValue - 1) + QChar(0x2026);
}

bool isWord(const ParamSpec& spec) {
  return spec.kind == ParamKind::Text || spec.kind == ParamKind::Choice;
}

QString labelOf(const SweepGrid::Axis& axis, std::size_t index) {
  const QString value = QString::fromStdString(axis_label(axis.values.at(index)));
  if (isWord(*axis.spec)) return value.isEmpty() ? SweepCells::tr("(empty)") : value;
  return symbolOf(*axis.spec) + QChar(0x00A0) + value;
}

}  // namespace

SweepCells::SweepCells(const Catalogue& catalogue, QObject* parent)
    : QObject(parent), catalogue_(catalogue) {}

void SweepCells::setGrid(std::shared_ptr<const SweepGrid> grid) {
  const bool same_shape = grid_ && grid && grid_->axes.size() == grid->axes.size() &&
                          std::equal(grid->axes.begin(),
                                     grid->axes.end(),
                                     grid_->axes.begin(),
                                     [](const auto& a, const auto& b) {
                                       return a.path == b.path && a.values == b.values;
                                     });
  grid_ = std::move(grid);
  picture_of_cell_.clear();
  twin_of_cell_.clear();
  pictures_.clear();
  first_cell_.clear();
  order_.clear();
  order_at_ = 0;
  forward_.clear();
  running_ = -1;
  at_work_.clear();
  finished_ = failed_ = 0;
  folder_.clear();
  marked_.clear();
  verdicts_.clear();
  stars_.clear();
  asked_.clear();
  job_names_.clear();
  cells_ = grid_ ? grid_->cells() : 0;
  sizes_.clear();
  strides_.clear();
  if (grid_) {
    for (const auto& axis : grid_->axes) sizes_.push_back(axis.values.size());
    if (sizes_.empty()) sizes_.push_back(std::max<std::size_t>(cells_, 1));
  }
  std::size_t stride = 1;
  for (const std::size_t size : sizes_) {
    strides_.push_back(stride);
    stride *= size;
  }
  if (same_shape) return;  // keep looking at the same cell
  current_ = 0;
  at_.assign(sizes_.size(), 0);
  across_ = sizes_.empty() ? -1 : 0;
  down_ = sizes_.size() > 1 ? 1 : -1;
}

void SweepCells::fill(std::vector<int> pictures,
                      std::vector<int> twins,
                      std::vector<CellResult> results) {
  picture_of_cell_ = std::move(pictures);
  twin_of_cell_ = std::move(twins);
  pictures_ = std::move(results);
  first_cell_.assign(pictures_.size(), cells_);
  for (std::size_t cell = picture_of_cell_.size(); cell-- > 0;) {
    const int picture = picture_of_cell_[cell];
    if (picture >= 0 && picture < this->pictures())
      first_cell_[static_cast<std::size_t>(picture)] = cell;
  }
  if (cells_ <= kMostOrdered) {
    for (const std::size_t cell : cell_order(*grid_)) order_.push_back(picture(cell));
  }
  count();
}

void SweepCells::count() {
  finished_ = failed_ = 0;
  for (const CellResult& result : pictures_) {
    finished_ += result.state == CellState::Finished;
    failed_ += result.state == CellState::Failed;
  }
}

void SweepCells::showPlan(std::shared_ptr<const SweepGrid> grid) {
  setGrid(std::move(grid));
  Q_EMIT reset();
}

void SweepCells::start(const SweepStarted& started) {
  const QString folder = QString::fromStdString(started.folder);
  const bool goes_on = !isPlan() && !folder.isEmpty() && folder == folder_;
  // What a person said of the cells outlives the run.
  const auto verdicts = goes_on ? verdicts_ : decltype(verdicts_)();
  const auto stars = goes_on ? stars_ : decltype(stars_)();
  const QStringList names = job_names_;
  setGrid(started.grid);
  folder_ = folder;
  verdicts_ = verdicts;
  stars_ = stars;
  if (grid_ && grid_->axes.empty()) job_names_ = names;
  if (grid_) fill(started.picture_of_cell, started.twin_of_cell, started.pictures);
  setAsked(started.asked_cells);
  Q_EMIT reset();
}

void SweepCells::setAsked(std::size_t cells) {
  asked_.clear();
  if (!grid_ || cells == 0 || cells >= cells_) return;
  asked_.assign(pictures_.size(), false);
  for (const std::size_t cell : cell_order(*grid_)) {
    if (cells-- == 0) break;
    for (const int one : {picture(cell), twin(cell)}) {
      if (one >= 0 && one < pictures()) asked_[static_cast<std::size_t>(one)] = true;
    }
  }
}

void SweepCells::open(const SweepFolder& folder) {
  setGrid(folder.grid);
  folder_ = QString::fromStdString(folder.folder);
  if (grid_) fill(folder.picture_of_cell, folder.twin_of_cell, folder.pictures);
  Q_EMIT reset();
}

void SweepCells::take(const CellChanged& change) {
  if (change.picture < 0 || change.picture >= pictures()) return;
  CellResult& result = pictures_[static_cast<std::size_t>(change.picture)];
  finished_ -= result.state == CellState::Finished;
  failed_ -= result.state == CellState::Failed;
  result = change.result;
  finished_ += result.state == CellState::Finished;
  failed_ += result.state == CellState::Failed;
  if (result.state == CellState::Running) {
    at_work_.try_emplace(change.picture);
    running_ = change.picture;
    std::erase(forward_, change.picture);
  } else {
    at_work_.erase(change.picture);
    if (running_ == change.picture) running_ = at_work_.empty() ? -1 : at_work_.begin()->first;
  }
  Q_EMIT pictureChanged(change.picture);
}

void SweepCells::take(const StepDone& step) {
  const auto made = at_work_.find(step.picture);
  if (made == at_work_.end()) return;
  made->second.step = step.step;
  made->second.steps = step.steps;
  Q_EMIT pictureChanged(step.picture);
}

void SweepCells::take(const Preview& preview) {
  const auto made = at_work_.find(preview.picture);
  if (made == at_work_.end() || !preview.image) return;
  made->second.preview = toQImage(*preview.image);
  Q_EMIT pictureChanged(preview.picture);
}

const CellProgress* SweepCells::progress(int picture) const {
  const auto made = at_work_.find(picture);
  return made == at_work_.end() ? nullptr : &made->second;
}

bool SweepCells::isStepping(int picture) const {
  const CellProgress* const made = progress(picture);
  return made != nullptr && made->step > 0;
}

void SweepCells::endRun() {
  running_ = -1;
  forward_.clear();
  asked_.clear();
  for (const auto& [was, progress] : std::exchange(at_work_, {})) {
    auto& state = pictures_[static_cast<std::size_t>(was)].state;
    if (state == CellState::Running) state = CellState::Waiting;
    Q_EMIT pictureChanged(was);
  }
}

void SweepCells::markForward(int picture) {
  std::erase(forward_, picture);
  forward_.push_back(picture);
  Q_EMIT pictureChanged(picture);
}

std::size_t SweepCells::axisSize(int axis) const {
  return axis < 0 || axis >= axes() ? 1 : sizes_[static_cast<std::size_t>(axis)];
}

const ParamSpec* SweepCells::axisSpec(int axis) const {
  if (!grid_ || axis < 0 || axis >= static_cast<int>(grid_->axes.size())) return nullptr;
  return grid_->axes[static_cast<std::size_t>(axis)].spec;
}

QString SweepCells::axisName(int axis) const {
  const ParamSpec* spec = axisSpec(axis);
  if (spec != nullptr) return fromView(spec->label);
  return job_names_.isEmpty() ? tr("Job") : tr("Preset");
}

QString SweepCells::valueLabel(int axis, std::size_t index) const {
  if (axisSpec(axis) == nullptr) {
    const QString name = job_names_.value(static_cast<qsizetype>(index));
    return name.isEmpty() ? tr("job %1").arg(index + 1) : name;
  }
  return labelOf(grid_->axes[static_cast<std::size_t>(axis)], index);
}

std::optional<double> SweepCells::numberAt(int axis, std::size_t index) const {
  if (axisSpec(axis) == nullptr) return static_cast<double>(index + 1);
  const AxisValue& value = grid_->axes[static_cast<std::size_t>(axis)].values.at(index);
  if (!value) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(&*value)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&*value);
  return real != nullptr && std::isfinite(*real) ? std::optional(*real) : std::nullopt;
}

std::vector<std::size_t> SweepCells::position(std::size_t cell) const {
  std::vector<std::size_t> made(sizes_.size());
  for (std::size_t axis = 0; axis < sizes_.size(); ++axis)
    made[axis] = cell / strides_[axis] % sizes_[axis];
  return made;
}

std::size_t SweepCells::cellAt(const std::vector<std::size_t>& position) const {
  std::size_t cell = 0;
  for (std::size_t axis = 0; axis < sizes_.size(); ++axis)
    cell += strides_[axis] * std::min(position[axis], sizes_[axis] - 1);
  return cell;
}

GenerationRequest SweepCells::request(std::size_t cell) const {
  if (!grid_ || cell >= cells_) return {};
  return grid_->request(cell, catalogue_);
}

QString SweepCells::cellText(std::size_t cell) const {
  const auto indices = position(cell);
  QStringList parts;
  for (int axis = 0; axis < axes(); ++axis)
    parts << shortened(valueLabel(axis, indices[static_cast<std::size_t>(axis)]));
  return parts.join(QStringLiteral(" · "));
}

QString SweepCells::differenceText(std::size_t from, std::size_t to) const {
  const auto a = position(from), b = position(to);
  QStringList parts;
  for (int axis = 0; axis < axes(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (a[i] == b[i]) continue;
    const QString name = axisName(axis);
    const auto text = [&](std::size_t index) {
      if (axisSpec(axis) == nullptr)
        return job_names_.isEmpty() ? QString::number(index + 1)
                                    : shortened(valueLabel(axis, index));
      const QString value = QString::fromStdString(axis_label(grid_->axes[i].values.at(index)));
      return value.isEmpty() ? tr("(empty)") : shortened(value);
    };
    parts << QStringLiteral("%1 %2 → %3").arg(name, text(a[i]), text(b[i]));
  }
  return parts.join(QStringLiteral(" · "));
}

QString SweepCells::changesOfBase(std::size_t cell) const {
  if (!grid_ || grid_->axes.empty()) return {};
  const auto indices = position(cell);
  QStringList parts;
  for (std::size_t i = 0; i < grid_->axes.size(); ++i) {
    const auto& axis = grid_->axes[i];
    const auto before = get(grid_->spec.base, catalogue_, axis.path);
    const AxisValue& after = axis.values.at(indices[i]);
    if (!before || before.value() == after) continue;
    parts << QStringLiteral("%1 %2 → %3")
                 .arg(fromView(axis.spec->label),
                      shortened(QString::fromStdString(axis_label(before.value()))),
                      shortened(QString::fromStdString(axis_label(after))));
  }
  return parts.join(QStringLiteral(" · "));
}

int SweepCells::picture(std::size_t cell) const {
  return cell < picture_of_cell_.size() ? picture_of_cell_[cell] : -1;
}

int SweepCells::twin(std::size_t cell) const {
  return cell < twin_of_cell_.size() ? twin_of_cell_[cell] : -1;
}

const CellResult& SweepCells::result(int picture) const {
  static const CellResult kNone;
  return picture < 0 || picture >= pictures() ? kNone
                                              : pictures_[static_cast<std::size_t>(picture)];
}

const CellResult& SweepCells::resultOfCell(std::size_t cell) const { return result(picture(cell)); }

bool SweepCells::isFinished(std::size_t cell) const {
  return resultOfCell(cell).state == CellState::Finished;
}

std::size_t SweepCells::cellOfPicture(int picture) const {
  return picture < 0 || picture >= pictures() ? cells_
                                              : first_cell_[static_cast<std::size_t>(picture)];
}

QString SweepCells::fileOf(int picture) const {
  const CellResult& known = result(picture);
  if (known.file.empty() || folder_.isEmpty()) return {};
  return QDir(folder_).filePath(QString::fromStdString(known.file));
}

bool SweepCells::isNext(int picture) const {
  if (picture < 0 || result(picture).state != CellState::Waiting || !isAsked(picture)) return false;
  for (std::size_t i = forward_.size(); i-- > 0;) {
    if (result(forward_[i]).state == CellState::Waiting) return forward_[i] == picture;
  }
  while (order_at_ < order_.size() && result(order_[order_at_]).state != CellState::Waiting)
    ++order_at_;
  return order_at_ < order_.size() && order_[order_at_] == picture;
}

bool SweepCells::isAsked(int picture) const {
  return asked_.empty() ||
         (picture >= 0 && picture < pictures() && asked_[static_cast<std::size_t>(picture)]);
}

int SweepCells::asked() const {
  return asked_.empty() ? pictures()
                        : static_cast<int>(std::count(asked_.begin(), asked_.end(), true));
}

int SweepCells::askedDone() const {
  if (asked_.empty()) return finished_ + failed_;
  int done = 0;
  for (int picture = 0; picture < pictures(); ++picture) {
    const CellState state = result(picture).state;
    done += isAsked(picture) && state != CellState::Waiting && state != CellState::Running;
  }
  return done;
}

std::size_t SweepCells::finishedCells() const {
  std::size_t finished = 0;
  for (std::size_t cell = 0; cell < cells_; ++cell) finished += isFinished(cell);
  return finished;
}

void SweepCells::setJobNames(const QStringList& names) {
  if (names == job_names_) return;
  job_names_ = names;
  if (grid_) Q_EMIT reset();
}

void SweepCells::setCurrent(std::size_t cell) {
  if (cell >= cells_ || cell == current_) return;
  const auto before = at_;
  current_ = cell;
  at_ = position(cell);
  for (int axis = 0; axis < axes(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (axis != across_ && axis != down_ && before[i] != at_[i]) {
      Q_EMIT shownAxesChanged();
      break;
    }
  }
  Q_EMIT currentChanged();
}

void SweepCells::setAt(int axis, std::size_t index) {
  if (axis < 0 || axis >= axes()) return;
  auto there = at_;
  there[static_cast<std::size_t>(axis)] = std::min(index, axisSize(axis) - 1);
  setCurrent(cellAt(there));
}

void SweepCells::setAcross(int axis) {
  if (axis == across_ || axis < 0 || axis >= axes()) return;
  if (axis == down_) down_ = across_;
  across_ = axis;
  Q_EMIT shownAxesChanged();
}

void SweepCells::setDown(int axis) {
  if (axis == down_ || axis >= axes() || axes() < 2) return;
  if (axis == across_) across_ = down_;
  down_ = axis;
  if (across_ < 0) across_ = down_ == 0 ? 1 : 0;
  Q_EMIT shownAxesChanged();
}

std::size_t SweepCells::cellAtShown(std::size_t column, std::size_t row) const {
  auto there = at_;
  if (there.empty()) return 0;
  if (across_ >= 0) there[static_cast<std::size_t>(across_)] = column;
  if (down_ >= 0) there[static_cast<std::size_t>(down_)] = row;
  return cellAt(there);
}

std::size_t SweepCells::nearestFinished(std::size_t cell) const {
  const auto here = position(cell);
  const std::size_t columns = axisSize(across_), rows = axisSize(down_);
  const auto index = [&](int axis) {
    return axis < 0 ? 0 : static_cast<long>(here[static_cast<std::size_t>(axis)]);
  };
  std::size_t best = cells_;
  long least = 0;
  auto there = here;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (across_ >= 0) there[static_cast<std::size_t>(across_)] = column;
      if (down_ >= 0) there[static_cast<std::size_t>(down_)] = row;
      const long dx = static_cast<long>(column) - index(across_);
      const long dy = static_cast<long>(row) - index(down_);
      const long far = dx * dx + dy * dy;
      if (best != cells_ && far >= least) continue;
      const std::size_t other = cellAt(there);
      if (isFinished(other)) best = other, least = far;
    }
  }
  return best;
}

void SweepCells::setMarked(std::set<std::size_t> cells) {
  if (cells == marked_) return;
  marked_ = std::move(cells);
  Q_EMIT marksChanged();
}

void SweepCells::toggleMarked(std::size_t cell) {
  if (marked_.erase(cell) == 0) marked_.insert(cell);
  Q_EMIT marksChanged();
}

Verdict SweepCells::verdict(std::size_t cell) const {
  const auto found = verdicts_.find(cell);
  return found == verdicts_.end() ? Verdict::None : found->second;
}

void SweepCells::setVerdict(std::size_t cell, Verdict verdict) {
  if (cell >= cells_) return;
  verdict == Verdict::None ? (void)verdicts_.erase(cell) : (void)(verdicts_[cell] = verdict);
  Q_EMIT judged(cell);
  Q_EMIT verdictsChanged();
}

void SweepCells::setVerdicts(const std::map<std::size_t, Verdict>& verdicts) {
  verdicts_.clear();
  for (const auto& [cell, verdict] : verdicts) {
    if (cell < cells_ && verdict != Verdict::None) verdicts_.emplace(cell, verdict);
  }
  Q_EMIT verdictsChanged();
}

std::vector<std::size_t> SweepCells::kept() const {
  std::vector<std::size_t> cells;
  for (const auto& [cell, verdict] : verdicts_) {
    if (verdict == Verdict::Kept) cells.push_back(cell);
  }
  return cells;
}

int SweepCells::stars(std::size_t cell) const {
  if (stars_.empty()) return 0;
  const auto found = stars_.find(QString::fromStdString(resultOfCell(cell).file));
  return found == stars_.end() ? 0 : found->second;
}

void SweepCells::setStars(const QString& file, int stars) {
  stars > 0 ? (void)(stars_[file] = stars) : (void)stars_.erase(file);
  Q_EMIT starsChanged();
}

std::optional<SweepSpec> SweepCells::specOfKept() const {
  if (!grid_) return std::nullopt;
  std::vector<std::set<std::size_t>> used(sizes_.size());
  SweepSpec spec = grid_->spec;
  spec.listed.clear();
  bool any = false;
  for (const std::size_t cell : kept()) {
    any = true;
    if (grid_->axes.empty()) spec.listed.push_back(request(cell));
    const auto there = position(cell);
    for (std::size_t axis = 0; axis < there.size(); ++axis) used[axis].insert(there[axis]);
  }
  if (!any) return std::nullopt;
  for (std::size_t axis = 0; axis < grid_->axes.size(); ++axis) {
    std::vector<AxisValue> values;
    for (const std::size_t index : used[axis]) values.push_back(grid_->axes[axis].values[index]);
    spec.axes.at(axis).values = axis_text(values);
  }
  return spec;
}

}  // namespace studio::ui
