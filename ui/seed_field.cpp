// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The seed: a number, a dice for a new one, and a lock that keeps it from job to job.
#include "ui/seed_field.h"

#include "ui/icons.h"
#include "ui/job_text.h"
#include "ui/param_row.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QRandomGenerator>
#include <QToolButton>

namespace studio::ui {
namespace {

// Short enough to read out and to type.
constexpr quint32 kLargestRolled = 1000000;

}  // namespace

SeedField::SeedField(const ParamSpec& spec, QWidget* parent)
    : QWidget(parent),
      spec_(spec),
      edit_(new QLineEdit(this)),
      dice_(new QToolButton(this)),
      lock_(new QToolButton(this)) {
  edit_->setObjectName(QStringLiteral("seedEdit"));
  edit_->setPlaceholderText(tr("new each time"));
  edit_->setAccessibleName(fromView(spec.label));
  edit_->setMinimumWidth(40);
  dice_->setObjectName(QStringLiteral("iconButton"));
  dice_->setToolTip(tr("Roll a new seed (Ctrl+R)"));
  dice_->setAccessibleName(tr("New seed"));
  lock_->setObjectName(QStringLiteral("iconButton"));
  lock_->setCheckable(true);
  lock_->setChecked(true);
  lock_->setAccessibleName(tr("Keep the seed"));
  for (QToolButton* button : {dice_, lock_}) {
    button->setFocusPolicy(Qt::StrongFocus);
    button->setIconSize({16, 16});
    button->setFixedSize(28, 26);
  }
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(edit_, 1);
  layout->addWidget(dice_);
  layout->addWidget(lock_);
  setFocusProxy(edit_);
  refreshIcons();

  connect(edit_, &QLineEdit::editingFinished, this, [this] { commitTyped(); });
  connect(dice_, &QToolButton::clicked, this, &SeedField::roll);
  connect(lock_, &QToolButton::toggled, this, [this] { refreshIcons(); });
}

// A field that loses the focus by being destroyed still says what was typed.
SeedField::~SeedField() { edit_->disconnect(this); }

void SeedField::refreshIcons() {
  dice_->setIcon(glyphIcon(Glyph::Dice));
  lock_->setIcon(glyphIcon(lock_->isChecked() ? Glyph::Locked : Glyph::Unlocked));
  lock_->setToolTip(lock_->isChecked()
                        ? tr("The seed stays. Click to roll a new one for every job.")
                        : tr("Every Generate rolls a new seed. Click to keep it."));
}

void SeedField::setSeed(std::optional<std::int64_t> seed) {
  seed_ = seed;
  edit_->setText(seed ? QString::number(*seed) : QString());
  setWrong(edit_, false);
}

bool SeedField::isLocked() const { return lock_->isChecked(); }

void SeedField::setLocked(bool locked) { lock_->setChecked(locked); }

bool SeedField::commitTyped() {
  const QString text = edit_->text().trimmed();
  std::optional<std::int64_t> next;
  if (!text.isEmpty()) {
    const auto parsed = parse_value(spec_, spec_.label, text.toStdString());
    if (!parsed) {
      setWrong(edit_, true);
      Q_EMIT refused(QString::fromStdString(parsed.error().message));
      return false;
    }
    next = std::get<std::int64_t>(parsed.value());
  }
  setWrong(edit_, false);
  Q_EMIT refused({});
  if (next == seed_) return true;
  seed_ = next;
  Q_EMIT committed(next);
  return true;
}

void SeedField::roll() {
  setSeed(QRandomGenerator::global()->bounded(kLargestRolled));
  Q_EMIT refused({});
  Q_EMIT committed(seed_);
}

void SeedField::rollUnlessLocked() {
  if (!isLocked()) roll();
}

}  // namespace studio::ui
