// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page: editor on the left, views of the cells in the middle, one cell on the right.
#pragma once

#include "core/api/engine.h"
#include "ui/sweep_editor.h"

#include <QHash>
#include <QWidget>

#include <optional>

class QButtonGroup;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace studio::ui {

class AxisBar;
class CellImages;
class CellPanel;
class CellPlot;
class CellPlotView;
class FilmstripView;
class NotchedSlider;
class PoolTasks;
struct SweepMarks;
class SweepCells;
class SweepGridView;
class SweepNotice;
class SweepPadView;

// A picture for the compare view.
struct SweepCompareItem {
  int picture = -1;
  QString file;   // absolute; "" when it is only in memory
  QImage image;   // null when it must be read from the file
  QString label;  // "σ 4 · s 2"
  GenerationRequest request;
};

enum class SweepViewMode { Grid, Pad, Filmstrip, Plot };

// Runs nothing itself: it asks by signals and is told by handle(). GUI thread.
class SweepPage : public QWidget {
  Q_OBJECT
 public:
  SweepPage(const Catalogue& catalogue, PoolTasks& tasks, QWidget* parent = nullptr);
  ~SweepPage() override;

  // For forecasts; must outlive the page or be taken back with null. The page works without one.
  void setEngine(Engine* engine);
  // The job on the main page: what a new sweep varies.
  void setBase(const GenerationRequest& job);
  void setSpec(const SweepSpec& spec);  // no signal
  SweepSpec spec() const;
  // What a folder holds; replaces the sweep that is shown. Not while one runs.
  void setFolder(const SweepFolder& folder);
  // What was noted about the cells of the sweep that is shown; what was judged since stays.
  void showMarks(const SweepMarks& marks);
  // Stars of pictures in the project, by absolute path; others' are passed over.
  void showStars(const QHash<QString, int>& stars);
  // Events of the sweep that was asked for; others' are passed over once it is known.
  void handle(JobId job, const JobEvent& event);
  std::optional<JobId> job() const { return job_; }
  bool isRunning() const;
  // The sweep could not be submitted: says why and lets the user try again.
  void showRefused(const QString& message);

  void setVerifying(int picture);
  void showVerified(int picture, const PictureDifference& difference, bool latents_equal);
  void showVerifyFailed(const QString& message);
  void showExported(const QString& message, bool is_error);
  void setMode(SweepViewMode mode);
  SweepViewMode mode() const;

  SweepEditor* editor() const { return editor_; }
  SweepCells& cells() const { return *cells_; }
  CellImages& images() const { return *images_; }
  SweepGridView* grid() const { return grid_; }
  SweepPadView* padView() const { return pad_; }
  FilmstripView* filmstrip() const { return film_; }
  CellPlotView* plotView() const { return plot_; }
  CellPanel* panel() const { return panel_; }
  SweepNotice* notice() const { return notice_; }
  // Of the cell that is looked at; "" while it has none.
  QString currentFile() const;
  QMenu* exportMenu() const { return export_menu_; }

 Q_SIGNALS:
  // options: folder "" asks for a new one; folder with resume goes on in that one.
  void runAsked(const studio::SweepSpec& spec, const studio::SweepOptions& options);
  void pauseAsked(bool pause);
  void stopAsked();
  void bringForwardAsked(int picture);
  void compareAsked(const QVector<studio::ui::SweepCompareItem>& items);
  void openAsked(const studio::GenerationRequest& request, const QString& file);
  // A menu is about to open over the cell with this file, "" without one; more can be added to it.
  void menuAsked(QMenu* menu, const QString& file);
  void verifyAsked(int picture);
  void rateAsked(const QString& file, int stars);
  // The stars of these pictures are wanted; absolute paths.
  void starsAsked(const QStringList& files);
  void presetsAsked();
  void exportAsked(const studio::ExportOptions& options);
  void specChanged();
  // fraction 0..1; secondsLeft < 0: unknown. "" when nothing runs any more.
  void statusChanged(const QString& text, double fraction, double secondsLeft);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void build();
  QWidget* buildCentre();
  QWidget* buildBar();
  QWidget* buildEmpty();
  QWidget* buildFoot();
  void connectViews();
  void connectGrid();
  void connectPanel();
  void buildExportMenu();
  void fitBar();
  void askForecast();
  void takeOutlook(const SweepOutlook& outlook);
  void showStack();
  void showHover();
  void showRunState();
  void showMenu(std::size_t cell, const QPoint& global);
  void showInterrupted(int picture);

  void run();
  // All: of the cells, whatever the time box says. Reached: no further in order than runs came yet.
  enum class Extent { AsPlanned, All, Reached };
  void resume(const SweepOptions& extra, Extent extent = Extent::AsPlanned);
  void retry(int picture);
  std::size_t mostCells(std::size_t further) const;
  std::size_t reachedCells() const;
  void endAsAsked(const SweepFinished& done);
  void rate(int stars);
  void askStars();
  void startAsked(const SweepSpec& spec, SweepOptions options);
  bool canContinue() const;
  void bringForward(std::size_t cell);
  void compare();
  void openCell(std::size_t cell);
  void takeKept();
  void askExport(SweepExport kind, int along, int longest_side_px);
  SweepCompareItem compareItem(int picture,
                               const QString& label,
                               const GenerationRequest& request) const;
  void takeStarted(const SweepStarted& started);
  void takeCell(const CellChanged& change);
  void endRun(const QString& text, bool is_error, bool rest_waits = false);
  void tellStatus();

  const Catalogue& catalogue_;
  SweepCells* cells_;
  CellImages* images_;
  SweepForecaster* forecaster_;
  SweepEditor* editor_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  QWidget* empty_ = nullptr;
  QWidget* bar_ = nullptr;
  QWidget* foot_ = nullptr;
  AxisBar* axis_bar_ = nullptr;
  QButtonGroup* modes_ = nullptr;
  QToolButton *linked_ = nullptr, *difference_ = nullptr, *twin_ = nullptr, *fit_ = nullptr,
              *kept_only_ = nullptr;
  NotchedSlider* size_ = nullptr;
  QLabel* hover_ = nullptr;
  QLabel* empty_text_ = nullptr;
  QPushButton* example_ = nullptr;
  SweepNotice* notice_ = nullptr;
  SweepGridView* grid_ = nullptr;
  SweepPadView* pad_ = nullptr;
  FilmstripView* film_ = nullptr;
  CellPlotView* plot_ = nullptr;
  CellPlot* small_plot_ = nullptr;
  CellPanel* panel_ = nullptr;
  QMenu* export_menu_ = nullptr;

  std::optional<JobId> job_;
  SweepEditor::RunState state_ = SweepEditor::RunState::Idle;
  SweepSpec asked_;              // the editor's when the sweep that is shown was asked for
  QStringList asked_names_;      // of its listed jobs
  int forward_ = -1;             // picture to make first once the run has begun
  double left_ = -1;             // seconds; -1: unknown
};

}  // namespace studio::ui
