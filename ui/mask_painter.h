// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window in which a mask is painted on the picture it belongs to.
#pragma once

#include "core/api/engine.h"
#include "ui/mask_canvas.h"
#include "ui/mask_files.h"

#include <QDialog>

#include <optional>

class QAction;
class QActionGroup;
class QCheckBox;
class QLabel;
class QPushButton;
class QSlider;
class QSpinBox;
class QVBoxLayout;

namespace studio::ui {

class PoolTasks;

// What is painted, and where it goes.
struct MaskTask {
  GenerationRequest request;  // names the picture, and the mask to go on with if there is one
  std::string path;           // the mask's parameter
  std::string under;          // that of the picture it is painted on
  QString label;              // the mask's
  double softness_px = 0;     // of its edge
  QString folder;             // for masks; "": none can be kept there, because:
  QString no_folder;          // a sentence
};

// Closes itself when the mask is written; a mask that cannot be written stays, and says so.
class MaskPainter : public QDialog {
  Q_OBJECT
 public:
  // `tasks` and `engine` outlive it.
  MaskPainter(MaskTask task,
              const Catalogue& catalogue,
              PoolTasks& tasks,
              Engine& engine,
              QWidget* parent = nullptr);

  MaskCanvas* canvas() const { return canvas_; }
  QString problem() const;
  bool isBusy() const { return busy_; }
  void openMask(const QString& file);
  // Writes the mask to its own name, or to `file`, and hands it over.
  void use(const QString& file = {});

 public Q_SLOTS:
  void reject() override;

 Q_SIGNALS:
  // "": all of the picture, which needs no mask.
  void painted(const QString& file);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct Loaded;

  QAction* addAction(const char* name,
                     const QString& text,
                     const QString& tip,
                     const QList<QKeySequence>& keys,
                     void (MaskPainter::*act)());
  void buildTools(QVBoxLayout* column);
  void buildCommands(QVBoxLayout* column);
  void buildFoot(QVBoxLayout* column);
  void load();
  void take(Loaded loaded);
  void setBusy(bool busy);
  void showProblem(const QString& text);
  void showState();
  void showBrush(double size_px);
  void askAndClose();
  void undo() { canvas_->undo(); }
  void redo() { canvas_->redo(); }
  void invert() { canvas_->invert(); }
  void fill() { canvas_->fill(true); }
  void clear() { canvas_->fill(false); }
  void smaller();
  void larger();
  void fit() { canvas_->setZoom(0); }
  void actualSize() { canvas_->setZoom(1); }
  void useIt() { use(); }
  void chooseMask();
  void chooseFile();

  const MaskTask task_;
  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  Engine& engine_;
  MaskCanvas* canvas_;
  QActionGroup* tools_ = nullptr;
  QSlider* size_slider_ = nullptr;
  QSpinBox* size_field_ = nullptr;
  QCheckBox* soft_ = nullptr;
  QLabel *state_ = nullptr, *problem_ = nullptr, *zoom_ = nullptr;
  QPushButton *use_ = nullptr, *save_as_ = nullptr, *open_ = nullptr;
  QList<QAction*> commands_;  // that need a mask
  QAction *undo_ = nullptr, *redo_ = nullptr;
  MaskPlace place_;
  bool busy_ = true;
};

}  // namespace studio::ui
