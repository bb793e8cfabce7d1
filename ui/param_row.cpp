// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One parameter as a labelled row.
#include "ui/param_row.h"

#include "ui/job_text.h"
#include "ui/param_slider.h"
#include "ui/resting_line_edit.h"
#include "ui/theme.h"

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QDir>
#include <QDropEvent>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPainter>
#include <QStyle>
#include <QStylePainter>
#include <QToolButton>
#include <QUrl>

namespace studio::ui {
namespace {

class ArrowComboBox : public QComboBox {
 public:
  using QComboBox::QComboBox;

 protected:
  void paintEvent(QPaintEvent* /*event*/) override {
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    // A long choice ends in dots, not in the middle of a letter.
    const int room = style()
                         ->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this)
                         .width();
    option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    if (!isEditable()) painter.drawControl(QStyle::CE_ComboBoxLabel, option);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme().muted, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF middle(width() - 13, height() / 2.0 + 0.5);
    painter.drawPolyline(QPolygonF{{middle.x() - 3.5, middle.y() - 2},
                                   {middle.x(), middle.y() + 1.5},
                                   {middle.x() + 3.5, middle.y() - 2}});
  }
};

QString toolTipFor(const ParamSpec& spec) {
  QString allowed = QString::fromStdString(allowed_values(spec));
  if (!allowed.isEmpty()) allowed[0] = allowed[0].toUpper();
  QString text = QStringLiteral("<p>%1</p><p>%2")
                     .arg(fromView(spec.doc).toHtmlEscaped(), allowed.toHtmlEscaped());
  if (!spec.unit.empty()) text += ParamRow::tr("; in %1").arg(fromView(spec.unit).toHtmlEscaped());
  return text +
         ParamRow::tr(". Double-click the label for the default, %1.")
             .arg(spec.absent_means.empty() ? valueText(spec, spec.initial).toHtmlEscaped()
                                            : fromView(spec.absent_means).toHtmlEscaped()) +
         QStringLiteral("</p>");
}

// The first file with one of the endings that the parameter's files have.
QString droppedFile(const QMimeData* data, const ParamSpec& spec) {
  if (spec.path_of.empty()) return {};
  for (const QUrl& url : data->urls()) {
    const QString path = url.toLocalFile();
    if (!path.isEmpty() && QDir::match(fromView(spec.path_of).split(QLatin1Char(' ')), QFileInfo(path).fileName()))
      return path;
  }
  return {};
}

}  // namespace

QString objectNameOf(const std::string& path) { return QString::fromStdString(path); }

void wheelOnlyWhenFocused(QWidget* control, QObject* filter) {
  control->setFocusPolicy(Qt::StrongFocus);
  control->installEventFilter(filter);
}

QComboBox* makeComboBox(QWidget* parent) { return new ArrowComboBox(parent); }

void setWrong(QWidget* control, bool wrong) {
  if (control->property("wrong").toBool() == wrong) return;
  control->setProperty("wrong", wrong);
  control->style()->unpolish(control);
  control->style()->polish(control);
}

ParamRow::ParamRow(const JobParam& param, const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), param_(param), label_(new QLabel(this)), error_(new QLabel(this)) {
  setObjectName(objectNameOf(param.path));
  label_->setObjectName(QStringLiteral("rowLabel"));
  label_->setText(fromView(spec().label));
  label_->setWordWrap(true);  // long ones share the column of the short ones
  label_->installEventFilter(this);
  error_->setObjectName(QStringLiteral("rowError"));
  error_->setWordWrap(true);
  error_->hide();
  if (spec().absent_means.empty()) value_ = spec().initial;
  switch (spec().kind) {
    case ParamKind::Real:
    case ParamKind::Integer:
      makeSlider();
      break;
    case ParamKind::Flag:
      // A check box cannot say "neither".
      spec().absent_means.empty() ? makeCheckBox() : makeCombo(catalogue);
      break;
    case ParamKind::Choice:
      makeCombo(catalogue);
      break;
    case ParamKind::Text:
      makeText();
      break;
  }
  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setHorizontalSpacing(8);
  layout->setVerticalSpacing(2);
  layout->addWidget(label_, 0, 0);
  layout->addWidget(control_, 0, 1);
  if (!spec().path_of.empty()) makeBrowse(), layout->addWidget(browse_, 0, 2);
  layout->addWidget(error_, 1, 1);
  layout->setColumnStretch(1, 1);
  label_->setBuddy(control_);
  control_->setToolTip(toolTipFor(spec()));
  label_->setToolTip(control_->toolTip());
  const QString name =
      param.card == &catalogue.job || param.path == spec().key
          ? fromView(spec().label)
          : QStringLiteral("%1, %2").arg(fromView(param.card->label), fromView(spec().label));
  control_->setAccessibleName(name);
  control_->setAccessibleDescription(fromView(spec().doc));
  if (slider_ != nullptr) {
    slider_->slider()->setAccessibleName(name);
    slider_->field()->setAccessibleName(tr("%1, value").arg(name));
  }
  setValue(value_);
}

// Controls still speak while they are being destroyed.
ParamRow::~ParamRow() {
  control_->disconnect(this);
  if (combo_ != nullptr && combo_->isEditable()) combo_->lineEdit()->disconnect(this);
}

void ParamRow::makeSlider() {
  slider_ = new ParamSlider(spec(), this);
  control_ = slider_;
  const bool whole = spec().kind == ParamKind::Integer;
  const auto wrapped = [whole](double value) {
    return whole ? ParamValue(static_cast<std::int64_t>(value)) : ParamValue(value);
  };
  connect(slider_, &ParamSlider::changed, this, [this, wrapped](double value) {
    take(wrapped(value), false);
  });
  connect(slider_, &ParamSlider::committed, this, [this, wrapped](double value) {
    Q_EMIT committed(wrapped(value));
  });
  connect(slider_, &ParamSlider::refused, this, &ParamRow::setError);
  connect(slider_, &ParamSlider::cleared, this, &ParamRow::resetToDeclared);
}

void ParamRow::makeCombo(const Catalogue& catalogue) {
  combo_ = makeComboBox(this);
  control_ = combo_;
  if (!spec().absent_means.empty()) combo_->addItem(absentText());
  if (spec().kind == ParamKind::Flag) {
    combo_->addItem(tr("Yes"), true);
    combo_->addItem(tr("No"), false);
  }
  for (const auto choice : spec().choices)
    combo_->addItem(choiceText(catalogue, choice), fromView(choice));
  wheelOnlyWhenFocused(combo_, this);
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo_->setMinimumContentsLength(6);
  connect(combo_, &QComboBox::activated, this, [this](int index) {
    const QVariant id = combo_->itemData(index);
    if (!id.isValid()) return take(std::nullopt, true);
    take(spec().kind == ParamKind::Flag ? ParamValue(id.toBool())
                                        : ParamValue(id.toString().toStdString()),
         true);
  });
}

QString ParamRow::absentText() const {
  QString text = fromView(spec().absent_means);
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  return text;
}

void ParamRow::makeCheckBox() {
  check_box_ = new QCheckBox(this);
  control_ = check_box_;
  connect(check_box_, &QCheckBox::toggled, this, [this](bool on) { take(ParamValue(on), true); });
}

void ParamRow::makeText() {
  combo_ = makeComboBox(this);
  control_ = combo_;
  combo_->setLineEdit(new RestingLineEdit(combo_));  // makes it editable
  combo_->setInsertPolicy(QComboBox::NoInsert);
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo_->setMinimumContentsLength(spec().path_of.empty() ? 6 : 2);  // a button stands beside a path
  combo_->lineEdit()->setPlaceholderText(absentText());
  QStringList suggestions;
  for (const auto choice : spec().choices) suggestions << fromView(choice);
  setSuggestions(suggestions);
  wheelOnlyWhenFocused(combo_, this);
  connect(combo_, &QComboBox::activated, this, [this](int index) {
    takeText(combo_->itemText(index));
  });
  connect(combo_->lineEdit(), &QLineEdit::editingFinished, this, [this] {
    takeText(combo_->currentText());
  });
}

void ParamRow::makeBrowse() {
  browse_ = new QToolButton(this);
  browse_->setText(QStringLiteral("…"));
  browse_->setToolTip(tr("Choose a file"));
  browse_->setAccessibleName(tr("Choose a file for %1").arg(fromView(spec().label)));
  connect(browse_, &QToolButton::clicked, this, &ParamRow::browse);
  // The whole row takes a file, also where there is text.
  setAcceptDrops(true);
  combo_->lineEdit()->setAcceptDrops(false);
}

void ParamRow::browse() {
  const QString now = combo_->currentText();
  const QString file = QFileDialog::getOpenFileName(
      this,
      fromView(spec().label),
      now.isEmpty() ? QString() : QFileInfo(now).absolutePath(),
      tr("Files (%1);;All files (*)").arg(fromView(spec().path_of)));
  if (!file.isEmpty()) takePath(file);
}

void ParamRow::takePath(const QString& path) {
  combo_->setCurrentText(path);
  takeText(path);
}

void ParamRow::setBelow(QWidget* widget) {
  static_cast<QGridLayout*>(layout())->addWidget(widget, 2, 0, 1, 3);
}

void ParamRow::dragEnterEvent(QDragEnterEvent* event) {
  if (droppedFile(event->mimeData(), spec()).isEmpty()) return;
  event->acceptProposedAction();
  Q_EMIT dropHovered(true);
}

void ParamRow::dragLeaveEvent(QDragLeaveEvent*) { Q_EMIT dropHovered(false); }

void ParamRow::dropEvent(QDropEvent* event) {
  Q_EMIT dropHovered(false);
  const QString file = droppedFile(event->mimeData(), spec());
  if (file.isEmpty()) return;
  event->acceptProposedAction();
  takePath(file);
}

void ParamRow::setSuggestions(const QStringList& suggestions) {
  const QString text = combo_->currentText();
  const QSignalBlocker quiet(combo_);
  combo_->clear();
  combo_->addItems(suggestions);
  if (spec().file_kind != FileKind::Other) {
    // Of a long path the end tells more than the beginning.
    combo_->view()->setTextElideMode(Qt::ElideMiddle);
    for (int i = 0; i < combo_->count(); ++i)
      combo_->setItemData(i, combo_->itemText(i), Qt::ToolTipRole);
  }
  combo_->setCurrentText(text);
}

void ParamRow::takeText(QString text) {
  // What a file manager drops is a URL.
  if (!spec().path_of.empty() && text.startsWith(QLatin1String("file:"))) {
    text = QUrl(text.trimmed()).toLocalFile();
    combo_->setCurrentText(text);
  }
  const std::string typed = text.toStdString();
  if (typed.empty() && !spec().absent_means.empty()) return take(std::nullopt, true);
  const auto parsed = parse_value(spec(), spec().label, typed);
  if (!parsed) return setError(QString::fromStdString(parsed.error().message));
  take(parsed.value(), true);
}

void ParamRow::take(const std::optional<ParamValue>& value, bool final) {
  setError({});
  if (value == value_) return;
  value_ = value;
  Q_EMIT changed(value);
  if (final) Q_EMIT committed(value);
}

void ParamRow::setValue(const std::optional<ParamValue>& value) {
  value_ = value;
  setError({});
  const ParamValue shown = value.value_or(spec().initial);
  if (slider_ != nullptr) {
    const auto* whole = std::get_if<std::int64_t>(&shown);
    slider_->setValue(whole != nullptr ? static_cast<double>(*whole) : std::get<double>(shown));
    if (!value) slider_->setAbsent(tr("auto"));
  } else if (check_box_ != nullptr) {
    const QSignalBlocker quiet(check_box_);
    check_box_->setChecked(std::get<bool>(shown));
  } else if (combo_->isEditable()) {
    combo_->setCurrentText(value ? QString::fromStdString(std::get<std::string>(*value))
                                 : QString());
  } else {
    const auto* yes = value ? std::get_if<bool>(&*value) : nullptr;
    const QVariant id = yes != nullptr ? QVariant(*yes)
                        : value ? QVariant(QString::fromStdString(std::get<std::string>(*value)))
                                : QVariant();
    combo_->setCurrentIndex(id.isValid() ? combo_->findData(id) : 0);
  }
}

bool ParamRow::commitTyped() {
  if (slider_ != nullptr) return slider_->commitTyped();
  if (combo_ != nullptr && combo_->isEditable()) takeText(combo_->currentText());
  return !has_error_;
}

void ParamRow::setError(const QString& message) {
  const bool wrong = !message.isEmpty();
  if (wrong == has_error_ && error_->text() == message) return;
  has_error_ = wrong;
  error_->setText(message);
  error_->setVisible(wrong);
  setWrong(slider_ != nullptr ? static_cast<QWidget*>(slider_->field()) : control_, wrong);
  control_->setAccessibleDescription(wrong ? message : fromView(spec().doc));
}

void ParamRow::setDim(bool dim) {
  if (label_->property("dim").toBool() == dim) return;
  label_->setProperty("dim", dim);
  label_->style()->unpolish(label_);
  label_->style()->polish(label_);
}

int ParamRow::labelWidth() const {
  return label_->fontMetrics().horizontalAdvance(label_->text()) + 1;
}

void ParamRow::setLabelWidth(int width_px) { label_->setFixedWidth(width_px); }

void ParamRow::focusControl() {
  if (slider_ != nullptr) {
    slider_->field()->setFocus(Qt::OtherFocusReason);
  } else {
    control_->setFocus(Qt::OtherFocusReason);
  }
}

void ParamRow::resetToDeclared() {
  std::optional<ParamValue> declared = spec().initial;
  if (!spec().absent_means.empty()) declared.reset();
  if (declared == value_ && !has_error_) return;
  setValue(declared);
  Q_EMIT changed(declared);
  Q_EMIT committed(declared);
}

bool ParamRow::eventFilter(QObject* watched, QEvent* event) {
  if (watched == label_ && event->type() == QEvent::MouseButtonDblClick) {
    resetToDeclared();
    return true;
  }
  if (watched == combo_ && event->type() == QEvent::Wheel && !combo_->hasFocus()) {
    event->ignore();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace studio::ui
