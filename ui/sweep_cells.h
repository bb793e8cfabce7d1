// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep as its views show it: the grid, what became of each picture, and which cell is looked at.
#pragma once

#include "core/api/engine.h"

#include <QImage>
#include <QObject>
#include <QStringList>

#include <map>
#include <memory>
#include <set>

namespace studio::ui {

enum class Verdict { None, Kept, Rejected };

// Of a picture that is being made; with several devices there are several.
struct CellProgress {
  int step = 0, steps = 0;
  QImage preview;
};

// Shared by all views of a sweep: they read it, change which cell is looked at, and follow its
// signals. A cell is an index as in SweepGrid; axis -1 is "none". A sweep of listed jobs has one
// axis, the job's number. GUI thread.
class SweepCells : public QObject {
  Q_OBJECT
 public:
  explicit SweepCells(const Catalogue& catalogue, QObject* parent = nullptr);

  void showPlan(std::shared_ptr<const SweepGrid> grid);  // before a run; null takes all away
  void start(const SweepStarted& started);
  void open(const SweepFolder& folder);
  void take(const CellChanged& change);
  void take(const StepDone& step);
  void take(const Preview& preview);
  void endRun();  // nothing runs any more
  void markForward(int picture);

  bool isEmpty() const { return grid_ == nullptr; }
  bool isPlan() const { return grid_ != nullptr && picture_of_cell_.empty(); }
  const SweepGrid& grid() const { return *grid_; }
  std::shared_ptr<const SweepGrid> sharedGrid() const { return grid_; }
  const QString& folder() const { return folder_; }
  const Catalogue& catalogue() const { return catalogue_; }

  std::size_t cells() const { return cells_; }
  int axes() const { return static_cast<int>(sizes_.size()); }
  std::size_t axisSize(int axis) const;
  QString axisName(int axis) const;
  const ParamSpec* axisSpec(int axis) const;  // null for listed jobs
  // Of listed jobs: what each is called, such as the preset it came from; fewer or none: by number.
  void setJobNames(const QStringList& names);
  const QStringList& jobNames() const { return job_names_; }
  // "σ 0.5": a value with the sign of its parameter; long texts whole.
  QString valueLabel(int axis, std::size_t index) const;
  // For a plot: the value itself when it is a finite number.
  std::optional<double> numberAt(int axis, std::size_t index) const;
  std::vector<std::size_t> position(std::size_t cell) const;
  std::size_t cellAt(const std::vector<std::size_t>& position) const;
  GenerationRequest request(std::size_t cell) const;
  // "σ 4 · s 2 · seed 43".
  QString cellText(std::size_t cell) const;
  // "σ 2 → 4": the axes on which two cells differ.
  QString differenceText(std::size_t from, std::size_t to) const;
  // What the cell changes of the job under it; "" when nothing.
  QString changesOfBase(std::size_t cell) const;

  int pictures() const { return static_cast<int>(pictures_.size()); }
  int picture(std::size_t cell) const;  // -1 in a plan
  int twin(std::size_t cell) const;     // -1: none
  const CellResult& result(int picture) const;
  const CellResult& resultOfCell(std::size_t cell) const;
  bool isFinished(std::size_t cell) const;
  std::size_t cellOfPicture(
      int picture) const;                     // the first one; cells() for a twin that is no cell
  QString fileOf(int picture) const;          // absolute; "" while there is none
  int finished() const { return finished_; }  // pictures
  int failed() const { return failed_; }
  bool isNext(int picture) const;
  // Whether the last run was asked for this picture; a run may be about the first cells only.
  bool isAsked(int picture) const;
  int asked() const;      // pictures
  int askedDone() const;  // of those, finished, failed or left out
  std::size_t finishedCells() const;

  // Null for a picture that is not being made.
  const CellProgress* progress(int picture) const;
  // In the middle of its making: what changes of it is its step or its preview.
  bool isStepping(int picture) const;
  int running() const { return running_; }  // the picture begun last of those being made; -1

  // What is looked at.
  std::size_t current() const { return current_; }
  void setCurrent(std::size_t cell);
  std::size_t at(int axis) const { return at_.empty() ? 0 : at_[static_cast<std::size_t>(axis)]; }
  void setAt(int axis, std::size_t index);
  int across() const { return across_; }
  int down() const { return down_; }
  void setAcross(int axis);
  void setDown(int axis);
  // The cell with these indices on the shown axes, the others as they stand.
  std::size_t cellAtShown(std::size_t column, std::size_t row) const;
  // The finished cell nearest to `cell` on the shown axes, the others as they stand; cells() if
  // none.
  std::size_t nearestFinished(std::size_t cell) const;

  const std::set<std::size_t>& marked() const { return marked_; }
  void setMarked(std::set<std::size_t> cells);
  void toggleMarked(std::size_t cell);
  Verdict verdict(std::size_t cell) const;
  void setVerdict(std::size_t cell, Verdict verdict);  // of a person: tells judged()
  void setVerdicts(const std::map<std::size_t, Verdict>& verdicts);
  std::vector<std::size_t> kept() const;  // cells, in order
  // Stars that the gallery shows for a cell's picture, 0..5; 0: not rated.
  int stars(std::size_t cell) const;
  void setStars(const QString& file, int stars);  // `file`: relative to the folder
  // A sweep over the values of the kept cells; nullopt when none is kept.
  std::optional<SweepSpec> specOfKept() const;

 Q_SIGNALS:
  void reset();                      // another grid
  void pictureChanged(int picture);  // its state, or its preview
  void currentChanged();
  void shownAxesChanged();
  void marksChanged();
  void verdictsChanged();
  void judged(std::size_t cell);
  void starsChanged();

 private:
  void setGrid(std::shared_ptr<const SweepGrid> grid);
  void fill(std::vector<int> pictures, std::vector<int> twins, std::vector<CellResult> results);
  void count();
  void setAsked(std::size_t cells);  // the first ones in order; 0: all

  const Catalogue& catalogue_;
  std::shared_ptr<const SweepGrid> grid_;
  QString folder_;
  std::size_t cells_ = 0;
  std::vector<std::size_t> sizes_, strides_;
  std::vector<int> picture_of_cell_, twin_of_cell_;
  std::vector<CellResult> pictures_;
  std::vector<std::size_t> first_cell_;  // of each picture
  std::vector<int> order_;               // pictures, as they will be made if nobody interferes
  mutable std::size_t order_at_ = 0;
  std::vector<int> forward_;  // brought forward, the next one last
  std::map<int, CellProgress> at_work_;  // by picture
  int running_ = -1;
  int finished_ = 0, failed_ = 0;
  std::size_t current_ = 0;
  std::vector<std::size_t> at_;
  int across_ = -1, down_ = -1;
  std::set<std::size_t> marked_;
  std::map<std::size_t, Verdict> verdicts_;
  std::map<QString, int> stars_;  // by file
  std::vector<bool> asked_;       // by picture; empty: all
  QStringList job_names_;
};

}  // namespace studio::ui
