// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One axis in the sweep's editor: its parameter, its values, what is wrong with them.
#include "ui/axis_row.h"

#include "ui/axis_edit.h"
#include "ui/axis_grip.h"
#include "ui/axis_suggest.h"
#include "ui/icons.h"
#include "ui/job_text.h"
#include "ui/param_row.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {

QString axisFormsText(const ParamSpec& spec) {
  QStringList lines;
  const auto add = [&](const QString& form, const QString& means) {
    lines << QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>").arg(form, means);
  };
  const bool number = spec.kind == ParamKind::Real || spec.kind == ParamKind::Integer;
  if (number) {
    add(QStringLiteral("1, 2, 4"), AxisRow::tr("a list"));
    if (spec.kind == ParamKind::Integer) {
      add(QStringLiteral("1-4"), AxisRow::tr("every whole number"));
      add(QStringLiteral("10-50(+10)"), AxisRow::tr("every tenth"));
    }
    add(QStringLiteral("0..5[6]"), AxisRow::tr("six, evenly spaced"));
    add(QStringLiteral("log(0.3..12)[8]"), AxisRow::tr("eight, evenly in the logarithm"));
    if (spec.has_infinity) add(QStringLiteral("inf"), AxisRow::tr("infinity"));
  } else if (spec.kind == ParamKind::Text) {
    add(QStringLiteral("a cat, a dog"), AxisRow::tr("a list"));
    add(QStringLiteral("\"a cat, asleep\", \"\""),
        AxisRow::tr("quotes for text with commas, or empty text"));
  }
  if (!spec.absent_means.empty())
    add(QStringLiteral("null"), fromView(spec.absent_means).toHtmlEscaped());
  QString allowed = QString::fromStdString(allowed_values(spec));
  if (!allowed.isEmpty()) allowed[0] = allowed[0].toUpper();
  return QStringLiteral("<p>%1</p><p>%2</p><table>%3</table>")
      .arg(fromView(spec.doc).toHtmlEscaped(), allowed.toHtmlEscaped(), lines.join(QString()));
}

AxisRow::AxisRow(const std::vector<JobParam>& params, QWidget* parent)
    : QWidget(parent),
      params_(params),
      grip_(new AxisGrip(this)),
      combo_(makeComboBox(this)),
      remove_(new QToolButton(this)),
      edit_(new AxisEdit(this)),
      note_(new QLabel(this)),
      warning_label_(new QLabel(this)),
      suggest_(new QToolButton(this)) {
  setObjectName(QStringLiteral("axisRow"));
  buildCombo();
  remove_->setObjectName(QStringLiteral("plain"));
  remove_->setIcon(glyphIcon(Glyph::Close));
  remove_->setToolTip(tr("Remove this axis"));
  remove_->setFocusPolicy(Qt::StrongFocus);
  note_->setWordWrap(true);
  note_->setTextFormat(Qt::PlainText);
  suggest_->setObjectName(QStringLiteral("plain"));
  suggest_->setText(tr("Values ▾"));
  suggest_->setToolTip(tr("Ready-made values"));
  suggest_->setFocusPolicy(Qt::StrongFocus);
  suggest_->setPopupMode(QToolButton::InstantPopup);
  suggest_->setMenu(new QMenu(suggest_));
  auto* top = new QHBoxLayout;
  top->setSpacing(4);
  top->addWidget(grip_);
  top->addWidget(combo_, 1);
  top->addWidget(remove_);
  auto* bottom = new QHBoxLayout;
  bottom->setSpacing(4);
  suggest_->setStyleSheet(QStringLiteral("padding: 1px 6px;"));
  bottom->addWidget(note_, 1, Qt::AlignVCenter);
  bottom->addWidget(suggest_, 0, Qt::AlignTop);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(top);
  layout->addWidget(edit_);
  layout->addLayout(bottom);
  warning_label_->setWordWrap(true);
  warning_label_->setTextFormat(Qt::PlainText);
  warning_label_->setProperty("chip", QStringLiteral("warn"));
  warning_label_->hide();
  layout->addWidget(warning_label_);
  connect(remove_, &QToolButton::clicked, this, &AxisRow::removeAsked);
  connect(grip_, &AxisGrip::dragged, this, &AxisRow::dragged);
  connect(grip_, &AxisGrip::dropped, this, &AxisRow::dropped);
  connect(grip_, &AxisGrip::moveAsked, this, &AxisRow::moveAsked);
  connect(edit_, &AxisEdit::edited, this, [this] {
    showNote();
    Q_EMIT edited();
  });
  connect(edit_, &AxisEdit::committed, this, &AxisRow::committed);
  connect(suggest_->menu(), &QMenu::aboutToShow, this, &AxisRow::fillMenu);
}

void AxisRow::buildCombo() {
  combo_->setObjectName(QStringLiteral("axisParam"));
  combo_->setEditable(true);
  combo_->setInsertPolicy(QComboBox::NoInsert);
  combo_->setMaxVisibleItems(24);
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo_->setMinimumContentsLength(8);
  for (std::size_t i = 0; i < params_.size(); ++i) {
    combo_->addItem(paramName(params_[i]), QString::fromStdString(params_[i].path));
    combo_->setItemData(static_cast<int>(i), fromView(params_[i].spec->doc), Qt::ToolTipRole);
  }
  auto* completer = combo_->completer();
  completer->setFilterMode(Qt::MatchContains);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  completer->setCompletionMode(QCompleter::PopupCompletion);
  combo_->lineEdit()->setPlaceholderText(tr("Search parameters"));
  combo_->installEventFilter(this);
  combo_->lineEdit()->installEventFilter(this);
  connect(combo_, &QComboBox::activated, this, &AxisRow::takeParam);
  connect(combo_->lineEdit(), &QLineEdit::editingFinished, this, [this] {
    const int exact = combo_->findText(combo_->currentText().trimmed(), Qt::MatchFixedString);
    if (exact >= 0) return takeParam(exact);
    // The only parameter with these letters is meant; else the old one stays.
    int only = -1, found = 0;
    const QString typed = combo_->currentText().trimmed();
    for (int i = 0; i < combo_->count() && !typed.isEmpty(); ++i) {
      if (combo_->itemText(i).contains(typed, Qt::CaseInsensitive)) only = i, ++found;
    }
    takeParam(found == 1 ? only : combo_->findData(QString::fromStdString(path_)));
  });
}

const JobParam* AxisRow::param() const {
  for (const JobParam& param : params_) {
    if (param.path == path_) return &param;
  }
  return nullptr;
}

void AxisRow::takeParam(int index) {
  if (index < 0 || index >= static_cast<int>(params_.size())) {
    combo_->setEditText(QString::fromStdString(path_));
    return;
  }
  combo_->setCurrentIndex(index);
  combo_->setEditText(combo_->itemText(index));
  const std::string path = params_[static_cast<std::size_t>(index)].path;
  if (path == path_) return;
  path_ = path;
  edit_->setParam(param()->spec, path_);
  nameControls();
  showNote();
  Q_EMIT edited();
  Q_EMIT committed();
}

SweepAxis AxisRow::axis() const { return {path_, edit_->values().toStdString()}; }

void AxisRow::setAxis(const SweepAxis& axis) {
  path_ = axis.param;
  const QSignalBlocker quiet(combo_);
  const int index = combo_->findData(QString::fromStdString(path_));
  combo_->setCurrentIndex(index);
  combo_->setEditText(index >= 0 ? combo_->itemText(index) : QString::fromStdString(path_));
  edit_->setParam(param() == nullptr ? nullptr : param()->spec, path_);
  edit_->setValues(QString::fromStdString(axis.values));
  nameControls();
  showNote();
}

void AxisRow::setLetter(const QString& letter) {
  letter_ = letter;
  grip_->setLetter(letter);
  nameControls();
}

void AxisRow::nameControls() {
  const QString name = combo_->currentText();
  combo_->setAccessibleName(tr("Parameter of axis %1").arg(letter_));
  edit_->setAccessibleName(tr("Values of axis %1, %2").arg(letter_, name));
  remove_->setAccessibleName(tr("Remove axis %1, %2").arg(letter_, name));
  suggest_->setAccessibleName(tr("Ready-made values for %1").arg(name));
  grip_->setAccessibleName(tr("Axis %1, %2: move with the up and down keys").arg(letter_, name));
  if (param() == nullptr) return;
  const QString forms = axisFormsText(*param()->spec);
  edit_->setToolTip(forms);
  combo_->setToolTip(QStringLiteral("<p>%1</p>").arg(fromView(param()->spec->doc).toHtmlEscaped()));
}

void AxisRow::setBase(const GenerationRequest& base, const Catalogue& catalogue) {
  const auto value = get(base, catalogue, path_);
  now_ = value ? value.value() : std::nullopt;
}

void AxisRow::setConflict(const QString& message) {
  if (conflict_ == message) return;
  conflict_ = message;
  showNote();
}

void AxisRow::setWarning(const QString& message) {
  if (warning_ == message) return;
  warning_ = message;
  warning_label_->setText(message);
  warning_label_->setVisible(!message.isEmpty());
  showNote();
}

QString AxisRow::problem() const {
  if (param() == nullptr) return tr("“%1” is no parameter.").arg(QString::fromStdString(path_));
  if (!conflict_.isEmpty()) return conflict_;
  if (edit_->values().trimmed().isEmpty()) return tr("Needs at least one value.");
  // In the window a parameter is known by its label.
  QString wrong = edit_->problem();
  const QString path = QString::fromStdString(path_);
  if (wrong.startsWith(path)) wrong.replace(0, path.size(), paramName(*param()));
  return wrong;
}

std::size_t AxisRow::valueCount() const { return edit_->reading().values.size(); }

void AxisRow::showNote() {
  const QString wrong = problem();
  // An empty or half-typed field is not an error yet; it only cannot run.
  bool soft = edit_->values().trimmed().isEmpty();
  for (const AxisToken& token : edit_->reading().tokens) {
    if (token.state == TokenState::Good || token.state == TokenState::Repeated) continue;
    soft = token.state == TokenState::Incomplete && edit_->hasFocus();
    break;
  }
  QString text = wrong;
  if (wrong.isEmpty()) {
    const auto& tokens = edit_->reading().tokens;
    const bool repeated = std::any_of(tokens.begin(), tokens.end(), [](const AxisToken& token) {
      return token.state == TokenState::Repeated;
    });
    text = valueCount() == 1 ? tr("1 value") : tr("%1 values").arg(valueCount());
    if (repeated) text += tr(", repeated ones left out");
  }
  note_->setText(text);
  const QString role =
      wrong.isEmpty() || soft ? QStringLiteral("note") : QStringLiteral("rowError");
  if (note_->objectName() != role) {
    note_->setObjectName(role);
    note_->style()->unpolish(note_);
    note_->style()->polish(note_);
  }
  setWrong(edit_, !wrong.isEmpty() && !soft);
  edit_->setAccessibleDescription(
      warning_.isEmpty() ? text : QStringLiteral("%1. %2").arg(text, warning_));
}

void AxisRow::fillMenu() {
  QMenu* menu = suggest_->menu();
  menu->clear();
  if (param() == nullptr) return;
  for (const AxisSuggestion& suggestion : suggestionsFor(*param()->spec, path_, now_)) {
    const QString shown = suggestion.values.size() > 34 ? suggestion.values.left(33) + QChar(0x2026)
                                                        : suggestion.values;
    QString text = QStringLiteral("%1:  %2").arg(suggestion.label, shown);
    text.replace('&', QStringLiteral("&&"));
    menu->addAction(text, this, [this, values = suggestion.values] {
      edit_->setPlainText(values);
      Q_EMIT committed();
    });
  }
}

void AxisRow::focusValues() { edit_->setFocus(Qt::OtherFocusReason); }

void AxisRow::focusParam() {
  combo_->setFocus(Qt::OtherFocusReason);
  combo_->lineEdit()->selectAll();
}

void AxisRow::refreshIcons() {
  remove_->setIcon(glyphIcon(Glyph::Close));
  edit_->setParam(param() == nullptr ? nullptr : param()->spec, path_);
}

void AxisRow::keyPressEvent(QKeyEvent* event) {
  if (event->modifiers() & Qt::AltModifier) {
    if (event->key() == Qt::Key_Up) return Q_EMIT moveAsked(-1);
    if (event->key() == Qt::Key_Down) return Q_EMIT moveAsked(1);
  }
  QWidget::keyPressEvent(event);
}

bool AxisRow::eventFilter(QObject* watched, QEvent* event) {
  if (watched == combo_ && event->type() == QEvent::Wheel) {
    event->ignore();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace studio::ui
