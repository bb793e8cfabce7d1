// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window in which a mask is painted: tools, reading and writing.
#include "ui/mask_painter.h"

#include "ui/icons.h"
#include "ui/picture.h"
#include "ui/pool_tasks.h"
#include "ui/theme.h"

#include <QActionGroup>
#include <QCheckBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace studio::ui {
namespace {

constexpr int kSliderSteps = 1000;
constexpr double kKeyBrush = 1.2;
constexpr double kFirstShare = 12;  // of the picture's shorter side is the first brush's size
constexpr QMargins kInside(10, 10, 10, 10);

int sliderOf(double size_px) {
  return static_cast<int>(
      std::lround(kSliderSteps * std::log(size_px) / std::log(MaskCanvas::kMostBrush)));
}
double sizeOf(int slider) {
  return std::pow(MaskCanvas::kMostBrush, static_cast<double>(slider) / kSliderSteps);
}

QToolButton* buttonFor(QAction* action, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setDefaultAction(action);
  button->setAccessibleName(action->text());
  button->setToolTip(action->toolTip());
  if (!action->icon().isNull()) button->setToolButtonStyle(Qt::ToolButtonIconOnly);
  return button;
}

}  // namespace

struct MaskPainter::Loaded {
  QString problem;  // there is no picture to paint on
  QString note;     // the mask that was there could not be read
  std::vector<QImage> levels;
  QImage mask;
  QSize file;
};

MaskPainter::MaskPainter(
    MaskTask task, const Catalogue& catalogue, PoolTasks& tasks, Engine& engine, QWidget* parent)
    : QDialog(parent),
      task_(std::move(task)),
      catalogue_(catalogue),
      tasks_(tasks),
      engine_(engine),
      canvas_(new MaskCanvas(this)) {
  setObjectName(QStringLiteral("maskPainter"));
  setWindowTitle(tr("Paint: %1").arg(task_.label));
  setWindowModality(Qt::WindowModal);
  setWindowFlag(Qt::WindowMaximizeButtonHint);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kInside);
  column->setSpacing(8);
  buildTools(column);
  buildCommands(column);
  column->addWidget(canvas_, 1);
  buildFoot(column);
  connect(canvas_, &MaskCanvas::changed, this, [this] {
    showState();
    showProblem({});
  });
  connect(canvas_, &MaskCanvas::zoomChanged, this, &MaskPainter::showState);
  connect(canvas_, &MaskCanvas::brushSizeChanged, this, &MaskPainter::showBrush);
  showBrush(canvas_->brushSize());
  canvas_->setSoftness(task_.softness_px);
  canvas_->setMessage(tr("Reading the picture"));
  if (parent != nullptr) resize(parent->window()->size() * 0.94);
  setBusy(true);
  load();
}

QAction* MaskPainter::addAction(const char* name,
                                const QString& text,
                                const QString& tip,
                                const QList<QKeySequence>& keys,
                                void (MaskPainter::*act)()) {
  auto* action = new QAction(text, this);
  action->setObjectName(QLatin1String(name));
  action->setShortcuts(keys);
  const QString shown =
      keys.isEmpty() ? QString() : keys.first().toString(QKeySequence::NativeText);
  action->setToolTip(shown.isEmpty() ? tip : tr("%1 (%2)").arg(tip, shown));
  if (act != nullptr) connect(action, &QAction::triggered, this, act);
  QDialog::addAction(action);
  commands_ << action;
  return action;
}

void MaskPainter::buildTools(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  tools_ = new QActionGroup(this);
  QList<QAbstractButton*> buttons;
  auto* joined = new QHBoxLayout;
  joined->setSpacing(0);
  const auto tool =
      [&](const char* name, const QString& text, const QString& tip, Qt::Key key, MaskTool which) {
        QAction* action = addAction(name, text, tip, {QKeySequence(key)}, nullptr);
        action->setCheckable(true);
        action->setChecked(which == canvas_->tool());
        tools_->addAction(action);
        connect(action, &QAction::triggered, this, [this, which] { canvas_->setTool(which); });
        QToolButton* button = buttonFor(action, this);
        joined->addWidget(button);
        buttons << button;
      };
  tool("maskBrush",
       tr("Brush"),
       tr("White: this is painted anew. The right button erases"),
       Qt::Key_B,
       MaskTool::Brush);
  tool("maskEraser",
       tr("Eraser"),
       tr("Black: this stays. The right button paints"),
       Qt::Key_E,
       MaskTool::Eraser);
  tool("maskRectangle",
       tr("Rectangle"),
       tr("Fills a rectangle; the right button empties it"),
       Qt::Key_R,
       MaskTool::Rectangle);
  tool("maskLasso",
       tr("Lasso"),
       tr("Fills what is drawn around; the right button empties it"),
       Qt::Key_L,
       MaskTool::Lasso);
  joinButtons(buttons);
  row->addLayout(joined);
  row->addSpacing(4);
  auto* label = new QLabel(tr("Size"), this);
  row->addWidget(label);
  const QString tip = tr("Diameter in pixels of the picture ([, ], or Shift with the wheel)");
  size_slider_ = new QSlider(Qt::Horizontal, this);
  size_slider_->setRange(0, kSliderSteps);
  size_slider_->setPageStep(kSliderSteps / 10);
  size_slider_->setSingleStep(kSliderSteps / 50);
  size_slider_->setMinimumWidth(80);
  size_slider_->setMaximumWidth(220);
  size_slider_->setAccessibleName(tr("Size of the brush"));
  size_field_ = new QSpinBox(this);
  size_field_->setRange(static_cast<int>(MaskCanvas::kLeastBrush),
                        static_cast<int>(MaskCanvas::kMostBrush));
  size_field_->setSuffix(tr(" px"));
  size_field_->setKeyboardTracking(false);
  size_field_->setAccessibleName(tr("Size of the brush in pixels"));
  for (QWidget* part : {static_cast<QWidget*>(size_slider_), static_cast<QWidget*>(size_field_)})
    part->setToolTip(tip);
  label->setBuddy(size_field_);
  row->addWidget(size_slider_, 1);
  row->addWidget(size_field_);
  row->addStretch(1);
  zoom_ = new QLabel(this);
  setStyleProperty(zoom_, "role", QStringLiteral("note"));
  row->addWidget(zoom_);
  for (QAction* action :
       {addAction("maskFit",
                  tr("Fit"),
                  tr("The whole picture"),
                  {QKeySequence(Qt::CTRL | Qt::Key_0)},
                  &MaskPainter::fit),
        addAction("maskActual",
                  tr("100 %"),
                  tr("A pixel of the picture for one of the screen; the wheel zooms"),
                  {QKeySequence(Qt::CTRL | Qt::Key_1)},
                  &MaskPainter::actualSize)})
    row->addWidget(buttonFor(action, this));
  column->addLayout(row);
  connect(size_slider_, &QSlider::valueChanged, this, [this](int value) {
    canvas_->setBrushSize(sizeOf(value));
  });
  connect(size_field_, &QSpinBox::valueChanged, this, [this](int value) {
    canvas_->setBrushSize(value);
  });
  // Letters are for the tools again.
  connect(size_field_, &QSpinBox::editingFinished, canvas_, qOverload<>(&QWidget::setFocus));
  addAction("maskSmaller",
            tr("Smaller"),
            tr("A smaller brush"),
            {QKeySequence(Qt::Key_BracketLeft)},
            &MaskPainter::smaller);
  addAction("maskLarger",
            tr("Larger"),
            tr("A larger brush"),
            {QKeySequence(Qt::Key_BracketRight)},
            &MaskPainter::larger);
}

void MaskPainter::buildCommands(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  undo_ = addAction("maskUndo",
                    tr("Undo"),
                    tr("Take the last stroke back"),
                    QKeySequence::keyBindings(QKeySequence::Undo),
                    &MaskPainter::undo);
  undo_->setIcon(glyphIcon(Glyph::Undo));
  redo_ = addAction(
      "maskRedo",
      tr("Redo"),
      tr("Paint it again"),
      {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)},
      &MaskPainter::redo);
  redo_->setIcon(glyphIcon(Glyph::Redo));
  for (QAction* action : {undo_,
                          redo_,
                          addAction("maskInvert",
                                    tr("Invert"),
                                    tr("White becomes black, black becomes white"),
                                    {QKeySequence(Qt::Key_I)},
                                    &MaskPainter::invert),
                          addAction("maskFill",
                                    tr("Fill"),
                                    tr("All white: the whole picture is painted anew"),
                                    {QKeySequence(Qt::Key_F)},
                                    &MaskPainter::fill),
                          addAction("maskClear",
                                    tr("Clear"),
                                    tr("All black: everything stays"),
                                    {QKeySequence(Qt::Key_Delete)},
                                    &MaskPainter::clear)})
    row->addWidget(buttonFor(action, this));
  soft_ = new QCheckBox(tr("Soft edge, %1 px").arg(task_.softness_px), this);
  soft_->setToolTip(tr("Shows the edge as soft as the job will make it"));
  soft_->setChecked(true);
  soft_->setVisible(task_.softness_px > 0);
  connect(soft_, &QCheckBox::toggled, this, [this](bool on) {
    canvas_->setSoftness(on ? task_.softness_px : 0);
  });
  row->addWidget(soft_);
  row->addStretch(1);
  state_ = new QLabel(this);
  setStyleProperty(state_, "role", QStringLiteral("note"));
  row->addWidget(state_);
  column->addLayout(row);
}

void MaskPainter::buildFoot(QVBoxLayout* column) {
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("maskProblem"));
  setStyleProperty(problem_, "role", QStringLiteral("error"));
  problem_->setWordWrap(true);
  problem_->setTextFormat(Qt::PlainText);
  problem_->hide();
  column->addWidget(problem_);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  open_ = new QPushButton(tr("Open mask…"), this);
  open_->setToolTip(tr("Goes on with the mask in a file; white is painted anew"));
  save_as_ = new QPushButton(tr("Save as…"), this);
  save_as_->setToolTip(tr("Writes the mask to a file of your choice and uses it from there"));
  auto* cancel = new QPushButton(tr("Cancel"), this);
  use_ = new QPushButton(tr("Use this mask"), this);
  use_->setObjectName(QStringLiteral("maskUse"));
  use_->setToolTip(
      tr("Keeps the mask beside the project's pictures and puts it into the job (Ctrl+Return)"));
  use_->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return));
  setStyleProperty(use_, "primary", true);
  row->addWidget(open_);
  row->addWidget(save_as_);
  row->addStretch(1);
  row->addWidget(cancel);
  row->addWidget(use_);
  // Return ends typing a size; it does not paint a picture by the way.
  for (QPushButton* button : {open_, save_as_, cancel, use_}) button->setAutoDefault(false);
  column->addLayout(row);
  connect(open_, &QPushButton::clicked, this, &MaskPainter::chooseMask);
  connect(save_as_, &QPushButton::clicked, this, &MaskPainter::chooseFile);
  connect(cancel, &QPushButton::clicked, this, &MaskPainter::reject);
  connect(use_, &QPushButton::clicked, this, &MaskPainter::useIt);
}

// --- reading ----------------------------------------------------------------------------------

void MaskPainter::load() {
  const auto mask = get(task_.request, catalogue_, task_.path);
  const bool has_mask = mask && mask.value().has_value();
  tasks_.run(
      this,
      [engine = &engine_, task = task_, has_mask] {
        Loaded loaded;
        auto picture = engine->see_picture(task.request, task.under);
        if (!picture) {
          loaded.problem = QString::fromStdString(picture.error().message);
          return loaded;
        }
        loaded.levels = MaskCanvas::levelsOf(toQImage(picture.value().image));
        loaded.file = {picture.value().file_width_px, picture.value().file_height_px};
        if (!has_mask) return loaded;
        auto painted = engine->see_picture(task.request, task.path);
        if (painted) {
          loaded.mask = toQImage(painted.value().image);
        } else {
          loaded.note = QString::fromStdString(painted.error().message);
        }
        return loaded;
      },
      [this](Loaded loaded) { take(std::move(loaded)); });
}

void MaskPainter::take(Loaded loaded) {
  busy_ = false;
  if (!loaded.problem.isEmpty()) {
    canvas_->setMessage(tr("There is no picture to paint on."));
    return showProblem(loaded.problem);
  }
  const QSize size = loaded.levels.front().size();
  const auto place = maskPlaceFor(loaded.file, size);
  if (!place) {
    canvas_->setMessage(tr("There is no picture to paint on."));
    return showProblem(tr("The picture has %1 × %2 pixels, of which the job takes a part too small "
                          "to be painted on: crop it first.")
                           .arg(loaded.file.width())
                           .arg(loaded.file.height()));
  }
  place_ = *place;
  canvas_->setBrushSize(std::round(std::min(size.width(), size.height()) / kFirstShare));
  canvas_->setPicture(std::move(loaded.levels), loaded.mask);
  setBusy(false);
  if (!loaded.note.isEmpty())
    showProblem(
        tr("The mask so far could not be read, so this one begins empty. %1").arg(loaded.note));
}

void MaskPainter::openMask(const QString& file) {
  GenerationRequest request = task_.request;
  if (auto done = set(request, catalogue_, task_.path, ParamValue(file.toStdString())); !done)
    return showProblem(QString::fromStdString(done.error().message));
  setBusy(true);
  tasks_.run(
      this,
      [engine = &engine_, request, path = task_.path] {
        return engine->see_picture(request, path);
      },
      [this](const Result<SeenPicture>& seen) {
        setBusy(false);
        if (!seen) return showProblem(QString::fromStdString(seen.error().message));
        showProblem({});
        canvas_->replace(toQImage(seen.value().image));
      });
}

void MaskPainter::chooseMask() {
  auto* dialog = new QFileDialog(this, tr("Open a mask"), task_.folder);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilters(
      {tr("Pictures (%1)").arg(QStringLiteral("*.png *.jpg *.jpeg *.webp")), tr("All files (*)")});
  connect(dialog, &QFileDialog::fileSelected, this, &MaskPainter::openMask);
  dialog->open();
}

// --- writing ----------------------------------------------------------------------------------

void MaskPainter::chooseFile() {
  auto* dialog = new QFileDialog(
      this, tr("Save the mask"), task_.folder, tr("Pictures (%1)").arg(QStringLiteral("*.png")));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("png"));
  connect(dialog, &QFileDialog::fileSelected, this, &MaskPainter::use);
  dialog->open();
}

void MaskPainter::use(const QString& file) {
  if (busy_ || !canvas_->hasPicture() || canvas_->isDragging()) return;
  if (canvas_->mask().isBlack())
    return showProblem(
        tr("The mask is black everywhere: there is nothing to paint anew. Paint white where the "
           "picture shall change."));
  if (canvas_->mask().isWhite() && file.isEmpty()) {
    Q_EMIT painted({});
    return accept();
  }
  if (file.isEmpty() && task_.folder.isEmpty())
    return showProblem(
        tr("%1 The mask is still here: “Save as…” writes it somewhere else.").arg(task_.no_folder));
  setBusy(true);
  tasks_.run(
      this,
      [painted = canvas_->mask().image(), place = place_, folder = task_.folder, file]()
          -> Result<QString> {
        const QImage whole = wholeMask(painted, place);
        if (file.isEmpty()) return keepMask(whole, folder);
        if (auto done = writeMask(whole, file); !done) return done.error();
        return file;
      },
      [this](const Result<QString>& written) {
        setBusy(false);
        if (!written)
          return showProblem(tr("%1 The mask is still here: “Save as…” writes it somewhere else.")
                                 .arg(QString::fromStdString(written.error().message)));
        canvas_->setClean();
        Q_EMIT painted(written.value());
        accept();
      });
}

// The window's own button comes here, too.
void MaskPainter::reject() {
  if (canvas_->hasPicture() && canvas_->mask().isModified()) return askAndClose();
  QDialog::reject();
}

void MaskPainter::askAndClose() {
  auto* box = new QMessageBox(QMessageBox::Question,
                              windowTitle(),
                              tr("The mask has strokes that are not saved."),
                              QMessageBox::NoButton,
                              this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* use = box->addButton(tr("Use this mask"), QMessageBox::AcceptRole);
  QPushButton* discard = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
  QPushButton* go_on = box->addButton(tr("Go on painting"), QMessageBox::RejectRole);
  box->setDefaultButton(use);
  box->setEscapeButton(go_on);
  connect(use, &QPushButton::clicked, this, &MaskPainter::useIt);
  connect(discard, &QPushButton::clicked, this, [this] { QDialog::reject(); });
  box->open();
}

void MaskPainter::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  canvas_->setFocus();
}

// --- what it says -----------------------------------------------------------------------------

QString MaskPainter::problem() const {
  return problem_->isVisibleTo(this) ? problem_->text() : QString();
}

void MaskPainter::showProblem(const QString& text) {
  problem_->setText(text);
  problem_->setVisible(!text.isEmpty());
}

void MaskPainter::setBusy(bool busy) {
  busy_ = busy;
  const bool ready = !busy && canvas_->hasPicture();
  for (QPushButton* button : {use_, save_as_, open_}) button->setEnabled(ready);
  for (QAction* action : commands_) action->setEnabled(ready);
  canvas_->setEnabled(!busy);
  for (QWidget* part : {static_cast<QWidget*>(size_slider_), static_cast<QWidget*>(size_field_)})
    part->setEnabled(ready);
  if (!ready) return;
  canvas_->setFocus();
  showState();
}

void MaskPainter::showState() {
  if (!canvas_->hasPicture()) return;
  const MaskImage& mask = canvas_->mask();
  const QString size = QStringLiteral("%1 × %2").arg(mask.size().width()).arg(mask.size().height());
  const double percent = 100 * mask.whiteShare();
  const int digits = percent > 0 && percent < 1 ? 2 : 0;
  state_->setText(
      mask.isBlack() ? tr("%1 · nothing is painted anew").arg(size)
      : mask.isWhite()
          ? tr("%1 · all is painted anew").arg(size)
          : tr("%1 · %2 % painted anew").arg(size, QString::number(percent, 'f', digits)));
  zoom_->setText(tr("%1 %").arg(std::round(100 * canvas_->shownZoom())));
  undo_->setEnabled(!busy_ && mask.canUndo());
  redo_->setEnabled(!busy_ && mask.canRedo());
}

void MaskPainter::showBrush(double size_px) {
  const QSignalBlocker quiet_slider(size_slider_), quiet_field(size_field_);
  size_slider_->setValue(sliderOf(size_px));
  size_field_->setValue(static_cast<int>(std::lround(size_px)));
}

void MaskPainter::smaller() {
  canvas_->setBrushSize(std::min(canvas_->brushSize() - 1, canvas_->brushSize() / kKeyBrush));
}
void MaskPainter::larger() {
  canvas_->setBrushSize(std::max(canvas_->brushSize() + 1, canvas_->brushSize() * kKeyBrush));
}

}  // namespace studio::ui
