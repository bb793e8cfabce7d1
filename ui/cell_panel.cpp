// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The right panel of the sweep page: the cell that is looked at, in large and in numbers.
#include "ui/cell_panel.h"

#include "ui/cell_picture.h"
#include "ui/gallery_stars.h"
#include "ui/job_text.h"
#include "ui/panel_parts.h"
#include "ui/param_form.h"
#include "ui/sweep_pad.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <cmath>

namespace studio::ui {
namespace {

constexpr int kPanelWidth = 258;
constexpr int kPictureSide = 234;

}  // namespace

// Rows of a name and a value. Their labels stay for the next cell: new ones would have to be styled
// anew, and a text that stays costs nothing.
class CellPanel::Rows {
 public:
  explicit Rows(QWidget* parent) : box_(new QWidget(parent)), grid_(new QGridLayout(box_)) {
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setHorizontalSpacing(10);
    grid_->setVerticalSpacing(4);
    grid_->setColumnStretch(1, 1);
    box_->hide();
  }
  QWidget* box() const { return box_; }
  void begin() { used_ = 0; }
  void add(const QString& name, const QString& value, const QString& tip = {});
  void end();

 private:
  void make();

  QWidget* box_;
  QGridLayout* grid_;
  std::vector<std::pair<QLabel*, QLabel*>> rows_;
  std::size_t used_ = 0, shown_ = 0;
};

void CellPanel::Rows::end() {
  if (used_ == shown_) return;
  shown_ = used_;
  // One layout for all of them: each label that appears in a box that is seen makes one.
  box_->hide();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    for (QLabel* label : {rows_[i].first, rows_[i].second}) label->setVisible(i < used_);
  }
  box_->setVisible(used_ > 0);
}

void CellPanel::Rows::make() {
  auto* left = new QLabel(box_);
  left->setObjectName(QStringLiteral("note"));
  auto* right = new QLabel(box_);
  QFont font = right->font();
  font.setPixelSize(12);
  right->setFont(font);
  right->setTextFormat(Qt::PlainText);
  right->setTextInteractionFlags(Qt::TextSelectableByMouse);
  right->setAlignment(Qt::AlignRight);
  const int row = static_cast<int>(rows_.size());
  grid_->addWidget(left, row, 0);
  grid_->addWidget(right, row, 1, Qt::AlignRight);
  rows_.emplace_back(left, right);
}

void CellPanel::Rows::add(const QString& name, const QString& value, const QString& tip) {
  if (value.isEmpty()) return;
  if (used_ == rows_.size()) make();
  const auto [left, right] = rows_[used_++];
  left->setText(name);
  right->setAccessibleName(name);
  const int room = kPictureSide - 12 - left->sizeHint().width();
  right->setText(
      right->fontMetrics().elidedText(value.simplified(), Qt::ElideRight, std::max(80, room)));
  right->setToolTip(!tip.isEmpty() ? tip
                    : right->text() == value
                        ? QString()
                        : QStringLiteral("<p>%1</p>").arg(value.toHtmlEscaped()));
}

CellPanel::CellPanel(SweepCells& cells, CellImages& images, QWidget* parent)
    : QWidget(parent),
      cells_(cells),
      picture_(new CellPicture(cells, images, this)),
      values_(std::make_unique<Rows>(this)),
      numbers_(std::make_unique<Rows>(this)) {
  setObjectName(QStringLiteral("side"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedWidth(kPanelWidth);
  auto* content = new QWidget;
  content->setObjectName(QStringLiteral("sideBody"));
  build(content);
  auto* scroll = makePanelScroll(content, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(scroll);
  connect(picture_, &CellPicture::opened, this, &CellPanel::opened);
  connect(&cells_, &SweepCells::reset, this, [this] {
    verdicts_.clear();
    verifying_ = -1;
    showCell();
  });
  connect(&cells_, &SweepCells::currentChanged, this, &CellPanel::showCell);
  connect(&cells_, &SweepCells::pictureChanged, this, [this](int picture) {
    // Steps of the running picture change no number here.
    if (picture == cells_.picture(cells_.current()) && !cells_.isStepping(picture)) showCell();
  });
  connect(&cells_, &SweepCells::marksChanged, this, &CellPanel::showVerdict);
  connect(&cells_, &SweepCells::verdictsChanged, this, &CellPanel::showVerdict);
  connect(&cells_, &SweepCells::starsChanged, this, &CellPanel::showStars);
  showCell();
}

CellPanel::~CellPanel() = default;

void CellPanel::build(QWidget* content) {
  auto* body = new QVBoxLayout(content);
  body->setContentsMargins(12, 12, 12, 12);
  body->setSpacing(8);
  body->addWidget(makeHeading(tr("Cell"), this));
  picture_->setFixedSize(kPictureSide, kPictureSide);
  body->addWidget(picture_);
  stars_ = new StarRating(this);
  stars_->setToolTip(tr("Rating, the same as in the gallery: click a star, or press 0 to 5"));
  body->addWidget(stars_, 0, Qt::AlignHCenter);
  connect(stars_, &StarRating::rated, this, &CellPanel::rated);
  body->addWidget(values_->box());
  failure_ = new QLabel(this);
  failure_->setObjectName(QStringLiteral("rowError"));
  failure_->setWordWrap(true);
  failure_->setTextFormat(Qt::PlainText);
  failure_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  body->addWidget(failure_);
  buildButtons(body);
  verified_ = new QLabel(this);
  verified_->setObjectName(QStringLiteral("note"));
  verified_->setWordWrap(true);
  body->addWidget(verified_);
  body->addWidget(makeHeading(tr("Numbers"), this));
  body->addWidget(numbers_->box());
  pad_part_ = new QWidget(this);
  auto* pad = new QVBoxLayout(pad_part_);
  pad->setContentsMargins(0, 4, 0, 0);
  pad->setSpacing(8);
  pad->addWidget(makeHeading(tr("Pad"), pad_part_));
  pad_ = new SweepPad(cells_, pad_part_);
  pad_->setFixedHeight(170);
  pad->addWidget(pad_);
  body->addWidget(pad_part_);
  body->addStretch(1);
}

void CellPanel::buildButtons(QVBoxLayout* body) {
  const auto button = [&](const QString& text, const QString& name) {
    auto* made = new QPushButton(text, this);
    made->setObjectName(name);
    return made;
  };
  retry_ = button(tr("Retry"), QStringLiteral("cellRetry"));
  compare_ = button(tr("Compare"), QStringLiteral("cellCompare"));
  open_ = button(tr("Open"), QStringLiteral("cellOpen"));
  verify_ = button(tr("Verify"), QStringLiteral("cellVerify"));
  keep_ = button(tr("Keep"), QStringLiteral("cellKeep"));
  reject_ = button(tr("Reject"), QStringLiteral("cellReject"));
  again_ = button({}, QStringLiteral("cellNewSweep"));
  open_->setToolTip(tr("Take this cell's job and picture to the main page"));
  verify_->setToolTip(tr("Make this picture again alone and show the largest difference"));
  keep_->setCheckable(true);
  reject_->setCheckable(true);
  keep_->setToolTip(tr("Keep this cell for a further sweep (K)"));
  reject_->setToolTip(tr("Strike this cell out (X)"));
  again_->setToolTip(tr("Set up a sweep over the values of the kept cells only"));
  body->addWidget(retry_);
  auto* first = new QHBoxLayout;
  first->setSpacing(8);
  for (QPushButton* one : {compare_, open_, verify_}) first->addWidget(one, 1);
  auto* second = new QHBoxLayout;
  second->setSpacing(8);
  for (QPushButton* one : {keep_, reject_}) second->addWidget(one, 1);
  for (QPushButton* one : {compare_, open_, verify_})
    one->setStyleSheet(QStringLiteral("padding: 6px 4px;"));
  body->addLayout(first);
  body->addLayout(second);
  body->addWidget(again_);
  connect(compare_, &QPushButton::clicked, this, &CellPanel::compareAsked);
  connect(open_, &QPushButton::clicked, this, [this] { Q_EMIT opened(cells_.current()); });
  connect(verify_, &QPushButton::clicked, this, [this] {
    Q_EMIT verifyAsked(cells_.picture(cells_.current()));
  });
  connect(retry_, &QPushButton::clicked, this, [this] {
    Q_EMIT retryAsked(cells_.picture(cells_.current()));
  });
  connect(keep_, &QPushButton::clicked, this, [this] { judge(Verdict::Kept); });
  connect(reject_, &QPushButton::clicked, this, [this] { judge(Verdict::Rejected); });
  connect(again_, &QPushButton::clicked, this, &CellPanel::newSweepAsked);
}

void CellPanel::judge(Verdict verdict) {
  if (cells_.isEmpty()) return showVerdict();
  const bool already = cells_.verdict(cells_.current()) == verdict;
  cells_.setVerdict(cells_.current(), already ? Verdict::None : verdict);
}

void CellPanel::showVerdict() {
  const bool any = !cells_.isEmpty() && !cells_.isPlan();
  const Verdict verdict = any ? cells_.verdict(cells_.current()) : Verdict::None;
  keep_->setChecked(verdict == Verdict::Kept);
  reject_->setChecked(verdict == Verdict::Rejected);
  keep_->setText(verdict == Verdict::Kept ? tr("Kept") : tr("Keep"));
  reject_->setText(verdict == Verdict::Rejected ? tr("Rejected") : tr("Reject"));
  keep_->setEnabled(any);
  reject_->setEnabled(any);
  std::size_t kept = 0;
  for (std::size_t cell = 0; any && cell < cells_.cells(); ++cell)
    kept += cells_.verdict(cell) == Verdict::Kept;
  again_->setVisible(kept > 0);
  again_->setText(kept == 1 ? tr("New sweep from the kept cell")
                            : tr("New sweep from %1 kept").arg(kept));
  const bool finished = any && cells_.isFinished(cells_.current());
  const std::size_t marked = cells_.marked().size();
  const bool has_twin =
      any && cells_.result(cells_.twin(cells_.current())).state == CellState::Finished;
  compare_->setEnabled(marked >= 2 || (finished && has_twin));
  compare_->setToolTip(
      marked >= 2 ? tr("Compare the %1 selected cells (C)").arg(marked)
      : !finished ? tr("This cell is not finished")
      : has_twin  ? tr("Compare with the unguided twin (C); select more cells with Ctrl+click")
                  : tr("There is no finished twin; select more cells with Ctrl+click"));
}

void CellPanel::showStars() {
  const bool can_rate =
      !cells_.isEmpty() && cells_.isFinished(cells_.current()) && !cells_.folder().isEmpty();
  stars_->setRating(can_rate ? cells_.stars(cells_.current()) : 0);
  stars_->setEnabled(can_rate);
}

void CellPanel::showCell() {
  showVerdict();
  showStars();
  const bool any = !cells_.isEmpty();
  pad_part_->setVisible(any && cells_.axes() >= 2 && pad_wanted_);
  const std::size_t cell = cells_.current();
  const CellResult& result = any ? cells_.resultOfCell(cell) : cells_.result(-1);
  const bool finished = result.state == CellState::Finished;
  open_->setEnabled(any);
  const int picture = any ? cells_.picture(cell) : -1;
  verify_->setEnabled(finished && verifying_ < 0);
  verify_->setText(verifying_ >= 0 && verifying_ == picture ? tr("Verifying…") : tr("Verify"));
  const bool failed = result.state == CellState::Failed;
  failure_->setVisible(failed);
  failure_->setText(failed ? tr("Failed: %1").arg(QString::fromStdString(result.error))
                           : QString());
  retry_->setVisible(failed || result.state == CellState::Skipped);
  retry_->setEnabled(!running_);
  retry_->setToolTip(running_ ? tr("Possible when this run has ended")
                              : tr("Make this cell now; finished cells are kept"));
  verified_->setText(verified());
  verified_->setVisible(!verified_->text().isEmpty());
  for (Rows* rows : {values_.get(), numbers_.get()}) rows->begin();
  if (any) showNumbers(cell);
  for (Rows* rows : {values_.get(), numbers_.get()}) rows->end();
}

void CellPanel::showNumbers(std::size_t cell) {
  const CellResult& result = cells_.resultOfCell(cell);
  const bool finished = result.state == CellState::Finished;
  const auto there = cells_.position(cell);
  for (int axis = 0; axis < cells_.axes(); ++axis) {
    const std::size_t at = there[static_cast<std::size_t>(axis)];
    QString value = cells_.valueLabel(axis, at);
    if (cells_.axisSpec(axis) != nullptr)
      value = QString::fromStdString(
          axis_label(cells_.grid().axes[static_cast<std::size_t>(axis)].values[at]));
    values_->add(cells_.axisName(axis), value.isEmpty() ? tr("(empty)") : value);
  }
  numbers_->add(tr("State"),
                finished                             ? QString()
                : result.state == CellState::Failed  ? tr("failed")
                : result.state == CellState::Skipped ? tr("left out")
                : cells_.isPlan()                    ? tr("not started")
                : result.state == CellState::Running ? tr("running")
                                                     : tr("waiting"));
  if (!finished) return;
  numbers_->add(tr("Time"), secondsText(result.seconds));
  numbers_->add(tr("Evaluations"),
                QString::number(std::round(result.row_evaluations * 10) / 10, 'g', 7),
                tr("UNet rows run for this picture; shared ones not counted"));
  if (result.twin_distance >= 0)
    numbers_->add(tr("Latent distance"),
                  QString::number(result.twin_distance, 'f', 2),
                  tr("From the unguided twin, as a share of its size"));
  numbers_->add(tr("Guidance norm"),
                QString::number(result.guidance_norm, 'f', 3),
                tr("How far guidance moved the prediction, mean over steps"));
  numbers_->add(tr("Made"), QString::fromStdString(result.made));
  numbers_->add(
      tr("Last latent"),
      QString::fromStdString(result.latents_hash.substr(0, 12)),
      tr("SHA-256 of the last latents: %1").arg(QString::fromStdString(result.latents_hash)));
}

void CellPanel::setRunning(bool running) {
  if (running_ == running) return;
  running_ = running;
  showCell();
}

void CellPanel::setPadWanted(bool wanted) {
  if (pad_wanted_ == wanted) return;
  pad_wanted_ = wanted;
  showCell();
}

void CellPanel::setVerifying(int picture) {
  verifying_ = picture;
  showCell();
}

void CellPanel::showVerified(int picture, const PictureDifference& difference, bool latents_equal) {
  verifying_ = -1;
  QString text;
  if (!difference.same_size) {
    text = tr("Verified: made again alone it has another size.");
  } else if (difference.largest == 0) {
    text = latents_equal ? tr("Verified: made again alone it is the same, bit for bit.")
                         : tr("Verified: every pixel is the same; the last latents differ in their "
                              "last digits.");
  } else {
    text = tr("Verified: made again alone it differs by at most %1 of 255 (mean %2).")
               .arg(difference.largest)
               .arg(difference.mean, 0, 'g', 2);
  }
  verdicts_[picture] = text;
  showCell();
}

QString CellPanel::verified() const {
  if (cells_.isEmpty()) return {};
  const auto found = verdicts_.find(cells_.picture(cells_.current()));
  return found == verdicts_.end() ? QString() : found->second;
}

}  // namespace studio::ui
