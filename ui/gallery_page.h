// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery as a page of its own: every picture of a project, with search, filters, rating, tags
// and what one does with pictures.
#pragma once

#include "core/api/engine.h"
#include "ui/gallery_trash.h"
#include "ui/gallery_types.h"

#include <QList>
#include <QSet>
#include <QWidget>

#include <functional>
#include <memory>
#include <vector>

class QAction;
class QLabel;
class QMenu;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTimer;

namespace studio::ui {

class GalleryDetailsPanel;
class GalleryFilter;
class GalleryGrid;
class GalleryIndex;
class PoolTasks;

class GalleryPage : public QWidget {
  Q_OBJECT
 public:
  // Both must outlive the page.
  GalleryPage(const Catalogue& catalogue, PoolTasks& tasks, QWidget* parent = nullptr);
  ~GalleryPage() override;

  // Null takes it away; it must not be destroyed before that or before the page.
  void setEngine(Engine* engine);
  // Shows another project. `read_only`: nothing is written, ratings are refused with a sentence.
  void openProject(const QString& folder, bool read_only);
  QString folder() const;
  bool isReadOnly() const;

  GalleryGrid* grid() const { return grid_; }
  GalleryFilter* filter() const { return filter_; }
  GalleryDetailsPanel* details() const { return details_; }
  GalleryIndex* index() const { return index_; }
  // What can be done here, with names, keys and tooltips; keys may be rebound. They act while the
  // pictures have the focus.
  QList<QAction*> commands() const { return commands_; }
  // Of the picture that is looked at, absolute; "" when none is or it cannot be read.
  QString currentFile() const;
  // "128 pictures" for a status bar.
  QString summary() const;

 public Q_SLOTS:
  // A picture the studio has just written.
  void noticePicture(const QString& path);
  // Pictures that another part of the studio has moved to the wastebasket; can be undone here.
  void noticeRemoval(const std::vector<studio::ui::TrashedFile>& files);
  void focusSearch();
  // Shows what this text finds, without other filters.
  void searchFor(const QString& text);
  // Stars of any pictures by absolute path; those outside the project are passed over.
  void rate(const QString& path, int stars);
  void askStars(const QStringList& paths);

 Q_SIGNALS:
  // What was asked for, and every change; absolute paths.
  void starsChanged(const QHash<QString, int>& stars);
  void openAsked(const QString& path);  // absolute
  // A menu is about to open over the picture with this file, absolute; more can be added to it.
  void menuAsked(QMenu* menu, const QString& path);
  void compareAsked(const QStringList& paths);  // two to four, absolute
  void applyAsked(const studio::GenerationRequest& request);
  // Files that are gone, by this page or another program, and files that this page has put back;
  // absolute.
  void removed(const QStringList& paths);
  void restored(const QStringList& paths);
  void problem(const QString& message);
  void summaryChanged(const QString& summary);

 protected:
  bool event(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  enum class State { Closed, Loading, Failed, Empty, NoMatch, Pictures };

  void buildPictures(QSplitter* splitter);
  void buildMessage();
  void buildStatus();
  void connectParts();
  void buildCommands();
  QAction* addCommand(const char* name,
                      const QString& text,
                      const QString& tip,
                      const QList<QKeySequence>& keys,
                      std::function<void()> act);
  void showMenu(const QPoint& global);
  void updateCommands();

  void takeRows(const std::shared_ptr<GalleryRows>& rows, const GalleryQuery& query);
  void takeProgress(int done, int total);
  void takeVanished(const QStringList& paths);
  void takeDetails(const std::shared_ptr<GalleryDetails>& details);
  void setState(State state, const QString& text = {});
  void updateState();
  void updateCounts();
  void showSelection();
  void askAboutSelection();

  QStringList selectedPaths() const;  // relative
  QStringList absolutes(const QStringList& paths) const;
  QStringList relatives(const QStringList& paths) const;
  const GalleryEntry* currentEntry() const;
  void withDetails(std::function<void(const GalleryDetails&)> act);
  void open(int row);
  void mark(const GalleryMarkChange& change);
  void toggleFavourite();
  void trashSelected();
  void keepForUndo(std::vector<TrashedFile> files);
  void undoTrash();
  void reveal();
  void copyParameters();
  void copyJob();
  void applySettings();
  void compare();
  void tell(const QString& text, bool can_undo);

  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  Engine* engine_ = nullptr;
  GalleryIndex* index_;
  GalleryFilter* filter_ = nullptr;
  GalleryGrid* grid_ = nullptr;
  GalleryDetailsPanel* details_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  QLabel *message_title_ = nullptr, *message_text_ = nullptr;
  QProgressBar* message_progress_ = nullptr;
  QPushButton* message_button_ = nullptr;
  QLabel *counts_ = nullptr, *progress_text_ = nullptr, *news_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QPushButton* undo_button_ = nullptr;
  QTimer *ask_timer_ = nullptr, *news_timer_ = nullptr;
  QList<QAction*> commands_;

  State state_ = State::Closed;
  QString failure_;
  bool answered_ = false;  // the index has told something about this project
  bool indexing_ = false;
  int total_ = 0;
  QSet<QString> own_removals_;  // relative paths that this page has moved away
  std::vector<std::vector<TrashedFile>> undo_;
  std::shared_ptr<GalleryDetails> known_;  // of the current picture
  std::function<void(const GalleryDetails&)> waiting_;
  QString waiting_path_;
};

}  // namespace studio::ui
