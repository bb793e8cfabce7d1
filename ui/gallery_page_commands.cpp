// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery as a page of its own: what one does with pictures.
#include "ui/gallery_details.h"
#include "ui/gallery_filter.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_index.h"
#include "ui/gallery_page.h"
#include "ui/pool_tasks.h"

#include <QAction>
#include <QClipboard>
#include <QDesktopServices>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QTemporaryDir>
#include <QUrl>

namespace studio::ui {
namespace {

constexpr int kMostCompared = 4;
constexpr std::size_t kMostUndo = 50;

}  // namespace

QAction* GalleryPage::addCommand(const char* name,
                                 const QString& text,
                                 const QString& tip,
                                 const QList<QKeySequence>& keys,
                                 std::function<void()> act) {
  auto* action = new QAction(text, this);
  action->setObjectName(QLatin1String(name));
  action->setShortcuts(keys);
  // The grid finds its keys itself, before those of the window around it.
  action->setShortcutContext(Qt::WidgetShortcut);
  const QString shown =
      keys.isEmpty() ? QString() : keys.first().toString(QKeySequence::NativeText);
  action->setToolTip(shown.isEmpty() ? tip : tr("%1 (%2)").arg(tip, shown));
  connect(action, &QAction::triggered, this, [act = std::move(act)] { act(); });
  grid_->addAction(action);
  commands_ << action;
  return action;
}

void GalleryPage::buildCommands() {
  QAction* const open_one = addCommand("galleryOpen",
                                       tr("Open"),
                                       tr("Show the picture large"),
                                       {Qt::Key_Return, Qt::Key_Enter},
                                       [this] { open(grid_->currentRow()); });
  QAction* const apply = addCommand("galleryApply",
                                    tr("Use settings"),
                                    tr("Take over every setting the picture was made with"),
                                    {Qt::Key_U},
                                    [this] { applySettings(); });
  QAction* const compared = addCommand("galleryCompare",
                                       tr("Compare"),
                                       tr("Compare two to four selected pictures, or one with its "
                                          "unguided twin"),
                                       {Qt::Key_C},
                                       [this] { compare(); });
  for (int stars = 0; stars <= 5; ++stars) {
    const QByteArray name = "galleryRate" + QByteArray::number(stars);
    addCommand(name.constData(),
               stars == 0   ? tr("No rating")
               : stars == 1 ? tr("1 star")
                            : tr("%1 stars").arg(stars),
               tr("Rate the selected pictures"),
               {QKeySequence(Qt::Key_0 + stars)},
               [this, stars] { mark({.rating = stars}); });
  }
  addCommand("galleryFavourite",
             tr("Favourite"),
             tr("Mark or unmark the selected pictures as favourites"),
             {Qt::Key_S},
             [this] { toggleFavourite(); });
  addCommand("galleryTagIt",
             tr("Add a tag…"),
             tr("Go to the tags of the selected pictures"),
             {Qt::Key_T},
             [this] { details_->focusTags(); });
  addCommand("galleryCopyText",
             tr("Copy parameters"),
             tr("Copy the parameters as text"),
             {QKeySequence::Copy},
             [this] { copyParameters(); });
  addCommand("galleryCopyJob",
             tr("Copy job as JSON"),
             tr("Copy the whole job, as a job file holds it"),
             {Qt::CTRL | Qt::SHIFT | Qt::Key_C},
             [this] { copyJob(); });
  addCommand(
      "galleryCopyPath",
      tr("Copy path"),
      tr("Copy the full paths of the selected pictures"),
      {Qt::CTRL | Qt::ALT | Qt::Key_C},
      [this] {
        QGuiApplication::clipboard()->setText(absolutes(selectedPaths()).join(QLatin1Char('\n')));
        tell(tr("Path copied"), false);
      });
  QAction* const revealed = addCommand("galleryReveal",
                                       tr("Show in folder"),
                                       tr("Open the folder that holds the picture"),
                                       {Qt::CTRL | Qt::Key_E},
                                       [this] { reveal(); });
  addCommand("galleryTrash",
             tr("Move to wastebasket"),
             tr("Move the selected pictures to the wastebasket"),
             {Qt::Key_Delete},
             [this] { trashSelected(); });
  addCommand("galleryUndo",
             tr("Put back"),
             tr("Put the pictures back that were moved to the wastebasket last"),
             {QKeySequence::Undo},
             [this] { undoTrash(); });
  addCommand("gallerySelectAll",
             tr("Select all"),
             tr("Select every picture that is shown"),
             {QKeySequence::SelectAll},
             [this] { grid_->selectAll(); });
  addCommand("gallerySelectNone",
             tr("Select none"),
             tr("Take the selection back"),
             {Qt::Key_Escape},
             [this] { grid_->clearSelection(); });
  addCommand("galleryFind",
             tr("Search"),
             tr("Go to the search field"),
             {QKeySequence::Find, Qt::Key_Slash},
             [this] { focusSearch(); });
  addCommand("galleryLarger",
             tr("Larger pictures"),
             tr("Larger pictures in the grid"),
             {Qt::Key_Plus, Qt::Key_Equal},
             [this] { grid_->setTileSide(grid_->tileSide() + GalleryGrid::kSideStep); });
  addCommand("gallerySmaller",
             tr("Smaller pictures"),
             tr("Smaller pictures in the grid"),
             {Qt::Key_Minus},
             [this] { grid_->setTileSide(grid_->tileSide() - GalleryGrid::kSideStep); });
  details_->setActions({open_one, apply, compared, revealed});
}

void GalleryPage::updateCommands() {
  const int selected = grid_->selectedCount();
  const bool has_current = currentEntry() != nullptr;
  const bool is_known = known_ && has_current && known_->entry.path == currentEntry()->path;
  const auto allow = [this](const char* name, bool allowed) {
    if (auto* action = findChild<QAction*>(QLatin1String(name))) action->setEnabled(allowed);
  };
  allow("galleryOpen", has_current);
  allow("galleryReveal", has_current);
  allow("galleryApply",
        has_current && engine_ != nullptr && currentEntry()->kind == GalleryKind::Made);
  allow("galleryCopyJob",
        has_current && engine_ != nullptr && currentEntry()->kind == GalleryKind::Made);
  allow("galleryCopyText", has_current);
  const bool with_twin = selected == 1 && is_known && !known_->twin_path.isEmpty();
  allow("galleryCompare", (selected >= 2 && selected <= kMostCompared) || with_twin);
  // Refused with a sentence where it is not possible, so that the reason can be read.
  allow("galleryTrash", selected > 0);
  allow("galleryUndo", !undo_.empty());
}

void GalleryPage::showMenu(const QPoint& global) {
  QMenu menu(this);
  const auto add = [&](QMenu& to, const char* name) {
    if (auto* action = findChild<QAction*>(QLatin1String(name))) to.addAction(action);
  };
  if (grid_->selectedCount() > 0) {
    for (const char* name : {"galleryOpen", "galleryApply", "galleryCompare"}) add(menu, name);
    Q_EMIT menuAsked(&menu, currentFile());
    menu.addSeparator();
    QMenu* rating = menu.addMenu(tr("Rating"));
    for (const char* name : {"galleryRate5",
                             "galleryRate4",
                             "galleryRate3",
                             "galleryRate2",
                             "galleryRate1",
                             "galleryRate0"})
      add(*rating, name);
    for (const char* name : {"galleryFavourite", "galleryTagIt"}) add(menu, name);
    menu.addSeparator();
    for (const char* name :
         {"galleryCopyText", "galleryCopyJob", "galleryCopyPath", "galleryReveal"})
      add(menu, name);
    menu.addSeparator();
    add(menu, "galleryTrash");
  } else {
    add(menu, "gallerySelectAll");
  }
  if (!undo_.empty()) add(menu, "galleryUndo");
  menu.exec(global);
}

const GalleryEntry* GalleryPage::currentEntry() const {
  const GalleryEntry* entry = grid_->entry(grid_->currentRow());
  return grid_->selectedCount() > 0 ? entry : nullptr;
}

QString GalleryPage::currentFile() const {
  const GalleryEntry* entry = currentEntry();
  return entry == nullptr || entry->kind == GalleryKind::Broken ? QString()
                                                                : index_->absolute(entry->path);
}

QStringList GalleryPage::selectedPaths() const {
  QStringList paths;
  for (const int row : grid_->selectedRows()) paths << grid_->entry(row)->path;
  return paths;
}

QStringList GalleryPage::absolutes(const QStringList& paths) const {
  QStringList all;
  for (const QString& path : paths) all << index_->absolute(path);
  return all;
}

void GalleryPage::withDetails(std::function<void(const GalleryDetails&)> act) {
  const GalleryEntry* entry = currentEntry();
  if (entry == nullptr) return;
  if (known_ && known_->entry.path == entry->path &&
      known_->entry.modified_ms == entry->modified_ms)
    return act(*known_);
  waiting_ = std::move(act);
  waiting_path_ = entry->path;
  index_->askDetails(entry->path);
}

void GalleryPage::open(int row) {
  const GalleryEntry* entry = grid_->entry(row);
  if (entry == nullptr) return;
  if (entry->kind == GalleryKind::Broken) return Q_EMIT problem(entry->problem);
  Q_EMIT openAsked(index_->absolute(entry->path));
}

void GalleryPage::mark(const GalleryMarkChange& change) {
  const QStringList paths = selectedPaths();
  if (!paths.isEmpty()) index_->setMarks(paths, change);
}

QStringList GalleryPage::relatives(const QStringList& paths) const {
  QStringList inside;
  const QString root = index_->folder() + QLatin1Char('/');
  for (const QString& path : paths) {
    const QString clean = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    if (root.size() > 1 && clean.startsWith(root)) inside << clean.mid(root.size());
  }
  return inside;
}

void GalleryPage::rate(const QString& path, int stars) {
  if (const QStringList inside = relatives({path}); !inside.isEmpty())
    index_->setMarks(inside, {.rating = stars});
}

void GalleryPage::askStars(const QStringList& paths) {
  if (const QStringList inside = relatives(paths); !inside.isEmpty()) index_->askMarks(inside);
}

// One that is none makes all of them favourites.
void GalleryPage::toggleFavourite() {
  bool all = true;
  for (const int row : grid_->selectedRows()) all = all && grid_->entry(row)->mark.favourite;
  mark({.favourite = !all});
}

void GalleryPage::trashSelected() {
  QStringList paths = selectedPaths();
  if (paths.isEmpty()) return;
  if (isReadOnly()) {
    Q_EMIT problem(tr("This project is open for reading only: its pictures cannot be deleted."));
    return;
  }
  // A hidden twin goes with its picture, or it would appear in its place.
  if (!filter_->query().show_twins) {
    for (const QString& path : QStringList(paths)) {
      QString stem = path;
      if (stem.endsWith(QLatin1String("-guided.png"))) {
        stem.chop(11);
      } else if (stem.endsWith(QLatin1String(".png"))) {
        stem.chop(4);
      }
      paths << stem + QLatin1String("-twin.png");
    }
  }
  for (const QString& path : paths) own_removals_.insert(path);
  const qsizetype asked = grid_->selectedCount();
  tasks_.run(
      this,
      [files = absolutes(paths)] { return moveToTrash(files); },
      [this, asked, where = folder()](TrashOutcome outcome) {
        if (!outcome.problem.isEmpty()) Q_EMIT problem(outcome.problem);
        if (where != folder()) return;
        QStringList gone;
        for (const TrashedFile& file : outcome.moved) gone << file.path;
        if (gone.isEmpty()) return;
        index_->notice(gone);
        Q_EMIT removed(gone);
        keepForUndo(std::move(outcome.moved));
        tell(outcome.problem.isEmpty() && asked == 1
                 ? tr("Moved to the wastebasket")
                 : tr("%1 pictures moved to the wastebasket")
                       .arg(outcome.problem.isEmpty() ? asked : gone.size()),
             true);
      });
}

void GalleryPage::keepForUndo(std::vector<TrashedFile> files) {
  undo_.push_back(std::move(files));
  if (undo_.size() > kMostUndo) undo_.erase(undo_.begin());
  updateCommands();
}

void GalleryPage::undoTrash() {
  if (undo_.empty()) return;
  const std::vector<TrashedFile> files = std::move(undo_.back());
  undo_.pop_back();
  struct Outcome {
    QString problem;
    QStringList restored;
  };
  tell({}, false);
  tasks_.run(
      this,
      [files] {
        Outcome outcome;
        outcome.problem = restoreFromTrash(files, outcome.restored);
        return outcome;
      },
      [this](const Outcome& outcome) {
        if (!outcome.problem.isEmpty()) Q_EMIT problem(outcome.problem);
        index_->notice(outcome.restored);
        if (!outcome.restored.isEmpty()) Q_EMIT restored(outcome.restored);
        updateCommands();
      });
}

void GalleryPage::reveal() {
  const GalleryEntry* entry = currentEntry();
  if (entry == nullptr) return;
  const QString where = QFileInfo(index_->absolute(entry->path)).absolutePath();
  if (!QDesktopServices::openUrl(QUrl::fromLocalFile(where))) {
    Q_EMIT problem(
        tr("No file manager could be started for %1.").arg(QDir::toNativeSeparators(where)));
  }
}

void GalleryPage::copyParameters() {
  withDetails([this](const GalleryDetails& details) {
    QString text = details.foreign_text;
    if (!details.params.empty()) {
      text.clear();
      for (const auto& [name, value] : details.params)
        text += name + QLatin1String(": ") + value + QLatin1Char('\n');
    }
    if (text.isEmpty()) {
      Q_EMIT problem(tr("%1 says nothing about how it was made.").arg(details.entry.path));
      return;
    }
    QGuiApplication::clipboard()->setText(text);
    tell(tr("Parameters copied"), false);
  });
}

// The engine is the one that writes jobs; what it writes is what is copied.
void GalleryPage::copyJob() {
  withDetails([this](const GalleryDetails& details) {
    if (!details.request || engine_ == nullptr) {
      Q_EMIT problem(tr("%1 carries no job of this program.").arg(details.entry.path));
      return;
    }
    tasks_.run(
        this,
        [engine = engine_, request = *details.request]() -> Result<QString> {
          QTemporaryDir dir;
          const QString path = dir.filePath(QStringLiteral("job.json"));
          if (auto done = engine->save_job(path.toStdString(), request); !done) return done.error();
          QFile file(path);
          if (!file.open(QIODevice::ReadOnly))
            return Error{ErrorCode::Io,
                         tr("The job could not be written to a temporary file.").toStdString()};
          return QString::fromUtf8(file.readAll());
        },
        [this](const Result<QString>& text) {
          if (!text) {
            Q_EMIT problem(QString::fromStdString(text.error().message));
            return;
          }
          QGuiApplication::clipboard()->setText(text.value());
          tell(tr("Job copied"), false);
        });
  });
}

void GalleryPage::applySettings() {
  withDetails([this](const GalleryDetails& details) {
    if (details.request) {
      Q_EMIT applyAsked(*details.request);
    } else {
      Q_EMIT problem(tr("%1 carries no job of this program.").arg(details.entry.path));
    }
  });
}

void GalleryPage::compare() {
  const QStringList paths = selectedPaths();
  if (paths.size() >= 2 && paths.size() <= kMostCompared) {
    Q_EMIT compareAsked(absolutes(paths));
    return;
  }
  if (paths.size() > kMostCompared) {
    Q_EMIT problem(tr("Up to four pictures can be compared at once, not %1.").arg(paths.size()));
    return;
  }
  withDetails([this](const GalleryDetails& details) {
    if (!details.twin_path.isEmpty())
      Q_EMIT compareAsked(absolutes({details.twin_path, details.entry.path}));
  });
}

}  // namespace studio::ui
