// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The studio's window: wires panels, picture, gallery and the run controller together.
#pragma once

#include "core/api/engine.h"
#include "ui/gallery_model.h"
#include "ui/page_switch.h"
#include "ui/pool_tasks.h"
#include "ui/run_controller.h"
#include "ui/settings_store.h"
#include "ui/step_plot.h"

#include <QElapsedTimer>
#include <QMainWindow>
#include <QPointer>
#include <QSet>

#include <optional>

class QLabel;
class QPushButton;
class QTimer;
class QUndoStack;

namespace studio::ui {

class Banner;
class CompareView;
class ControlPanel;
class GalleryPage;
class GalleryStrip;
class JobBridge;
class MainActions;
class ModelBrowser;
class ModelLibrary;
class MemoryNote;
class ParamDiffTable;
class PictureDesk;
class PresetDialog;
class Project;
class ProjectDesk;
class QueueModel;
class QueuePanel;
class SidePanel;
class StatusStrip;
class SweepDesk;
class SweepPage;
struct ComparePicture;
struct PictureSource;
class ViewBar;

struct WindowOptions {
  QString settings_file;   // "": the user's own
  QString gallery_folder;  // of the project; "": "SEG Studio" in the user's pictures
  QString project_name;    // of a project that is made now; "": its folder's name
  QString model;           // "": the one of the last job
};

struct PairFiles {
  QString guided, twin;
};

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(const Catalogue& catalogue,
             JobBridge& bridge,
             const WindowOptions& options,
             QWidget* parent = nullptr);
  ~MainWindow() override;

  // The window is usable before; jobs asked for so far start now. The engine must outlive the
  // window.
  void attachEngine(Engine* engine);
  // Why there is no engine; stays until dismissed.
  void showEngineError(const Error& error);
  // What the user's settings keep of this window; before another window reads them.
  void keepSettings();
  // A JSON job or a PNG of this program.
  void openJob(const QString& path);

  ControlPanel* controls() const { return controls_; }
  CompareView* view() const { return view_; }
  RunController* runner() const { return runner_; }
  GalleryModel* gallery() const { return gallery_; }
  Banner* banner() const { return banner_; }
  QueueModel* queue() const { return queue_; }
  PageSwitch* pages() const { return page_switch_; }
  SweepPage* sweepPage() const { return sweep_page_; }
  GalleryPage* galleryPage() const { return gallery_page_; }
  ModelLibrary* library() const { return library_; }
  MainActions* actions() const { return actions_; }

 Q_SIGNALS:
  // Another project shall be shown, made when it is not there.
  void projectAsked(const QString& folder, const QString& name);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  friend class MainActions;

  void buildCentre();
  QWidget* buildPicturePage();
  void buildBadge();
  void connectRunner();
  void connectPanels();
  void connectGallery();
  void connectQueue();
  void connectSweeps();
  void connectGalleryPage();
  void connectComparison();
  void connectPictures();
  void restoreState(const WindowOptions& options);
  void fitToScreen();
  void connectProject();
  void connectLibrary();
  void takeProject(Project* project);
  void openWithModel();
  void showFirstPicture();

  void generate();
  void addToQueue();
  void showQueue(bool shown);
  void updateQueueCount();
  void varyJob();
  void openPicture(const QString& path);
  void openSweepPicture(const GenerationRequest& request, const QString& file);
  void compare(std::vector<ComparePicture> pictures, const QStringList& files);
  void showComparison(std::vector<ComparePicture> pictures, const QStringList& files);
  enum class Follow { IfLive, No };
  void applyUndoably(const GenerationRequest& request,
                     const QString& what,
                     Follow follow = Follow::IfLive);
  void showPresets();
  void sweepOverPresets();
  void showProjects();
  void makeProject();
  void showPage(Page page);
  void zoomPage(int direction);
  void edited();
  void applyRequest(const GenerationRequest& request);
  void pushUndo(const QString& what, const GenerationRequest& before);
  void showFailure(const Error& error);
  void showStarted(Side side, const GenerationRequest& resolved);
  void showPreview(Side side, int step, int steps, const QImage& preview, bool live);
  void showPicture(Side side, const std::shared_ptr<const Picture>& picture);
  void showPair(const Pair& pair, const PairFiles& files = {});
  void labelPair();
  bool isTwinOf(const GenerationRequest& resolved) const;
  void labelTwinBeside(const GenerationRequest& resolved);
  void takePair(const Pair& pair, bool live);
  void keepPair();
  void dropUnkeptPair();
  enum class TakeJob { WithKeys, No };
  void openPair(int row, TakeJob take_job = TakeJob::WithKeys);
  PairFiles filesOf(int row) const;
  void noteRemoved(const QStringList& paths);
  void noteRestored(const QStringList& paths);
  void labelRemoved();
  QString unlessRemoved(const QString& label, const QString& file) const;
  void showStep(int step);
  void updateEstimate();
  void updateBadge();
  void updateSide();
  void useModel(const QString& model);
  void useFile(FileKind kind, const QString& value);
  void showModels();
  void offerFiles();
  void noteUsed(const GenerationRequest& request);
  QStringList filesOf(const GenerationRequest& request) const;
  PictureSource sourceOf(const QString& file) const;
  PictureSource sourceOfCell(const QString& file) const;
  PictureSource sourceInView(int index) const;
  PictureSource currentPicture() const;
  void showStripMenu(int row, const QPoint& global);
  void setPath(const std::string& path, const std::optional<ParamValue>& value);
  void takePicture(const std::string& path, const QString& file);
  void paintMask(const std::string& path);
  void savePicture(const QString& path);
  void saveJobAs(const QString& path);
  void chooseTheme(ThemeChoice choice);

  const Catalogue& catalogue_;
  JobBridge& bridge_;
  Engine* engine_ = nullptr;
  SettingsStore settings_;
  PoolTasks tasks_;
  RunController* runner_;
  GalleryModel* gallery_ = nullptr;
  ProjectDesk* project_ = nullptr;
  QueueModel* queue_ = nullptr;
  QueuePanel* queue_panel_ = nullptr;
  SweepPage* sweep_page_ = nullptr;
  SweepDesk* sweep_desk_ = nullptr;
  GalleryPage* gallery_page_ = nullptr;
  ParamDiffTable* diff_ = nullptr;
  QWidget* diff_pane_ = nullptr;
  MainActions* actions_ = nullptr;
  PictureDesk* pictures_ = nullptr;
  QPointer<PresetDialog> presets_;
  ModelLibrary* library_ = nullptr;
  QPointer<ModelBrowser> browser_;
  QStackedWidget* stack_ = nullptr;
  PageSwitch* page_switch_ = nullptr;
  ControlPanel* controls_ = nullptr;
  CompareView* view_ = nullptr;
  GalleryStrip* strip_ = nullptr;
  SidePanel* side_ = nullptr;
  StatusStrip* status_ = nullptr;
  MemoryNote* memory_ = nullptr;
  Banner* banner_ = nullptr;
  QPushButton* badge_ = nullptr;  // the model's name; opens the browser
  ViewBar* view_bar_ = nullptr;
  QUndoStack* undo_ = nullptr;
  QTimer* settle_ = nullptr;
  QTimer* offer_ = nullptr;       // until found files are offered in the forms
  QTimer* keep_queue_ = nullptr;  // until the queue's last change is handed to the project
  StepTrace forming_;             // of the running job
  StepTrace trace_;               // of the pair that is shown
  KeptTraces kept_traces_;
  std::optional<Pair> pair_;                     // what is shown
  PairFiles shown_files_;                        // where it lies; "" while it is not kept
  QStringList compared_files_;                   // of the pictures picked for comparison
  QStringList compared_labels_;
  QSet<QString> removed_files_;                  // that may still be in view
  std::optional<Pair> unkept_;                   // shown, not in the gallery yet
  std::optional<GenerationRequest> shown_twin_;  // what made the picture on side A
  GenerationRequest running_;
  QString model_override_;
  QString engine_error_;  // why there will be no engine
  bool quiet_ = false;    // live mode does not follow what is put in place now
  QString idle_text_;
  QStringList noted_files_;  // used in the last picture, and when that was noted
  QElapsedTimer noted_;
  bool side_wanted_ = true;
  bool touched_ = false;  // the user changed something before the last job was read
};

}  // namespace studio::ui
