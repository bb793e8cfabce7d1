// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page: what one does with its cells, and what one notes about them.
#include "ui/cell_images.h"
#include "ui/cell_panel.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_marks.h"
#include "ui/sweep_page.h"

#include <QClipboard>
#include <QDir>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>

namespace studio::ui {

void SweepPage::showMarks(const SweepMarks& marks) {
  if (cells_->isEmpty() || cells_->isPlan()) return;
  auto verdicts = marks.verdicts;
  for (std::size_t cell = 0; cell < cells_->cells(); ++cell) {
    if (cells_->verdict(cell) != Verdict::None) verdicts[cell] = cells_->verdict(cell);
  }
  cells_->setVerdicts(verdicts);
  if (cells_->grid().axes.empty()) cells_->setJobNames(marks.job_names);
  if (!marks.job_names.isEmpty() && editor_->spec().listed == cells_->grid().spec.listed)
    editor_->setListedNames(marks.job_names);
}

void SweepPage::showStars(const QHash<QString, int>& stars) {
  if (cells_->isEmpty() || cells_->folder().isEmpty()) return;
  const QString folder = QDir::cleanPath(QDir(cells_->folder()).absolutePath()) + QLatin1Char('/');
  for (auto it = stars.begin(); it != stars.end(); ++it) {
    if (it.key().startsWith(folder)) cells_->setStars(it.key().mid(folder.size()), it.value());
  }
}

void SweepPage::askStars() {
  QStringList files;
  for (std::size_t cell = 0; cell < cells_->cells(); ++cell) {
    if (cells_->isFinished(cell)) files << cells_->fileOf(cells_->picture(cell));
  }
  files.removeDuplicates();
  if (!files.isEmpty()) Q_EMIT starsAsked(files);
}

void SweepPage::rate(int stars) {
  if (cells_->isEmpty() || !cells_->isFinished(cells_->current())) return;
  const QString file = cells_->fileOf(cells_->picture(cells_->current()));
  if (!file.isEmpty()) Q_EMIT rateAsked(file, stars);
}

// Digits rate the picture in every view.
void SweepPage::keyPressEvent(QKeyEvent* event) {
  const int stars = event->key() - Qt::Key_0;
  const bool plain = !(event->modifiers() & ~Qt::KeypadModifier);
  if (plain && stars >= 0 && stars <= 5 && !cells_->isEmpty()) return rate(stars);
  QWidget::keyPressEvent(event);
}

void SweepPage::bringForward(std::size_t cell) {
  const int picture = cells_->picture(cell);
  if (picture < 0 || !isRunning() || cells_->result(picture).state != CellState::Waiting ||
      !cells_->isAsked(picture))
    return;
  cells_->markForward(picture);
  Q_EMIT bringForwardAsked(picture);
}

SweepCompareItem SweepPage::compareItem(int picture,
                                        const QString& label,
                                        const GenerationRequest& request) const {
  return {picture, cells_->fileOf(picture), images_->whole(this, picture), label, request};
}

void SweepPage::compare() {
  if (cells_->isEmpty()) return;
  QVector<SweepCompareItem> items;
  std::vector<std::size_t> chosen(cells_->marked().begin(), cells_->marked().end());
  if (chosen.size() >= 2) {
    for (const std::size_t cell : chosen) {
      if (cells_->isFinished(cell))
        items << compareItem(cells_->picture(cell), cells_->cellText(cell), cells_->request(cell));
    }
  } else {
    const std::size_t cell = cells_->current();
    const int twin = cells_->twin(cell);
    if (!cells_->isFinished(cell) || cells_->result(twin).state != CellState::Finished) return;
    items << compareItem(twin, tr("unguided"), unguided_twin(cells_->request(cell), catalogue_))
          << compareItem(cells_->picture(cell), cells_->cellText(cell), cells_->request(cell));
  }
  if (items.size() >= 2) Q_EMIT compareAsked(items);
}

void SweepPage::openCell(std::size_t cell) {
  if (cells_->isEmpty() || cell >= cells_->cells()) return;
  const bool finished = cells_->isFinished(cell);
  Q_EMIT openAsked(cells_->request(cell),
                   finished ? cells_->fileOf(cells_->picture(cell)) : QString());
}

QString SweepPage::currentFile() const {
  if (cells_->isEmpty() || !cells_->isFinished(cells_->current())) return {};
  return cells_->fileOf(cells_->picture(cells_->current()));
}

void SweepPage::takeKept() {
  const auto spec = cells_->specOfKept();
  if (!spec) return;
  setSpec(*spec);
  Q_EMIT specChanged();
}

void SweepPage::showMenu(std::size_t cell, const QPoint& global) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const CellResult& result = cells_->resultOfCell(cell);
  const bool finished = result.state == CellState::Finished;
  const auto add = [&](const QString& text, bool enabled, auto act) {
    QAction* action = menu->addAction(text, this, act);
    action->setEnabled(enabled);
  };
  const int picture = cells_->picture(cell);
  add(tr("Open on the main page"), true, [this, cell] { openCell(cell); });
  const std::size_t marked = cells_->marked().size();
  add(marked >= 2 ? tr("Compare %1 selected").arg(marked) : tr("Compare with twin"),
      finished || marked >= 2,
      [this] { compare(); });
  add(tr("Make next"),
      isRunning() && result.state == CellState::Waiting && cells_->isAsked(picture),
      [this, cell] { bringForward(cell); });
  add(tr("Verify"), finished, [this, picture] {
    panel_->setVerifying(picture);
    Q_EMIT verifyAsked(picture);
  });
  add(tr("Retry"),
      !isRunning() && (result.state == CellState::Failed || result.state == CellState::Skipped),
      [this, picture] { retry(picture); });
  Q_EMIT menuAsked(menu, finished ? cells_->fileOf(picture) : QString());
  menu->addSeparator();
  const Verdict verdict = cells_->verdict(cell);
  add(verdict == Verdict::Kept ? tr("Do not keep") : tr("Keep"),
      !cells_->isPlan(),
      [this, cell, verdict] {
        cells_->setVerdict(cell, verdict == Verdict::Kept ? Verdict::None : Verdict::Kept);
      });
  add(verdict == Verdict::Rejected ? tr("Do not reject") : tr("Reject"),
      !cells_->isPlan(),
      [this, cell, verdict] {
        cells_->setVerdict(cell, verdict == Verdict::Rejected ? Verdict::None : Verdict::Rejected);
      });
  add(tr("Select for comparing"), !cells_->isPlan(), [this, cell] { cells_->toggleMarked(cell); });
  menu->addSeparator();
  add(tr("Copy values"), true, [this, cell] {
    QGuiApplication::clipboard()->setText(cells_->cellText(cell));
  });
  menu->popup(global);
}

}  // namespace studio::ui
