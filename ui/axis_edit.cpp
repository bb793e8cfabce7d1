// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The field for an axis's values: every value has a coloured ground while it is typed.
#include "ui/axis_edit.h"

#include "ui/theme.h"

#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QSyntaxHighlighter>
#include <QTextBlock>
#include <QTextLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kMostLines = 5;
constexpr int kChipPad = 5;
constexpr int kCommaGap = 2;  // between a ground and its comma
constexpr int kSeparatorSpacing = 3;
constexpr int kLineGap = 7;

// UTF-16 index of every byte of the text's UTF-8 form, and of its end.
std::vector<int> utf16Positions(const QString& text, std::size_t bytes) {
  std::vector<int> at(bytes + 1, static_cast<int>(text.size()));
  std::size_t byte = 0;
  for (int i = 0; i < text.size() && byte < bytes; ++i) {
    const char16_t unit = text[i].unicode();
    const bool pair = text[i].isHighSurrogate() && i + 1 < text.size();
    const std::size_t length = pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    for (std::size_t k = 0; k < length && byte < bytes; ++k) at[byte++] = i;
    if (pair) ++i;
  }
  return at;
}

struct ChipColours {
  QColor ground, ink;
};

ChipColours coloursOf(TokenState state) {
  const Theme& t = theme();
  const auto tinted = [](QColor colour, int alpha) {
    colour.setAlpha(alpha);
    return colour;
  };
  switch (state) {
    case TokenState::Good:
      return {tinted(t.good, 58), t.dark ? t.good.lighter(145) : t.good.darker(120)};
    case TokenState::Incomplete:
      return {tinted(t.accent, 48), t.accent};
    case TokenState::Malformed:
    case TokenState::OutOfRange:
      return {tinted(t.bad, t.dark ? 56 : 36), t.bad};
    case TokenState::Repeated:
      return {tinted(t.muted, 48), t.muted};
  }
  return {t.hover, t.text};
}

}  // namespace

class AxisEdit::Colours : public QSyntaxHighlighter {
 public:
  explicit Colours(AxisEdit& edit) : QSyntaxHighlighter(edit.document()), edit_(edit) {}

 protected:
  void highlightBlock(const QString& text) override {
    edit_.read(text);
    // Commas step back and keep the grounds apart.
    QTextCharFormat between;
    QColor faint = theme().muted;
    faint.setAlpha(120);
    between.setForeground(faint);
    between.setFontLetterSpacingType(QFont::AbsoluteSpacing);
    between.setFontLetterSpacing(kSeparatorSpacing);
    setFormat(0, static_cast<int>(text.size()), between);
    for (const Chip& chip : edit_.chips_) {
      QTextCharFormat format;
      format.setForeground(coloursOf(chip.state).ink);
      if (chip.state == TokenState::Malformed) {
        format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        format.setUnderlineColor(theme().bad);
      }
      setFormat(chip.begin, chip.length, format);
      // Room for the ground's right edge before the comma.
      format.setFontLetterSpacingType(QFont::AbsoluteSpacing);
      format.setFontLetterSpacing(kChipPad + kCommaGap);
      setFormat(chip.begin + chip.length - 1, 1, format);
    }
  }

 private:
  AxisEdit& edit_;
};

AxisEdit::AxisEdit(QWidget* parent) : QPlainTextEdit(parent), colours_(new Colours(*this)) {
  setObjectName(QStringLiteral("axisValues"));
  setTabChangesFocus(true);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  document()->setDocumentMargin(7);
  connect(this, &QPlainTextEdit::textChanged, this, [this] {
    fitHeight();
    if (toPlainText() == told_) return;  // only colours changed
    told_ = toPlainText();
    Q_EMIT edited();
  });
  fitHeight();
}

AxisEdit::~AxisEdit() { delete colours_; }

void AxisEdit::read(const QString& text) {
  chips_.clear();
  reading_ = {};
  if (spec_ == nullptr) return;
  const std::string bytes = text.toStdString();
  reading_ = read_axis(*spec_, path_, bytes);
  const std::vector<int> at = utf16Positions(text, bytes.size());
  for (const AxisToken& token : reading_.tokens) {
    if (token.length == 0 || token.begin + token.length > bytes.size()) continue;
    const int begin = at[token.begin];
    chips_.push_back({begin, at[token.begin + token.length] - begin, token.state});
  }
}

void AxisEdit::setParam(const ParamSpec* spec, const std::string& path) {
  spec_ = spec;
  path_ = path;
  read(toPlainText());
  colours_->rehighlight();
  viewport()->update();
}

void AxisEdit::setValues(const QString& values) {
  const QSignalBlocker quiet(this);
  if (values != toPlainText()) setPlainText(values);
  read(toPlainText());
  told_ = committed_ = toPlainText();
  fitHeight();
}

QString AxisEdit::problem() const {
  for (const AxisToken& token : reading_.tokens) {
    if (token.state != TokenState::Good && token.state != TokenState::Repeated)
      return QString::fromStdString(token.message);
  }
  if (!reading_.problem.empty()) return QString::fromStdString(reading_.problem);
  return {};
}

QSize AxisEdit::sizeHint() const { return {200, height()}; }
QSize AxisEdit::minimumSizeHint() const { return {80, height()}; }

void AxisEdit::fitHeight() {
  const QTextLayout* layout = document()->firstBlock().layout();
  const int lines = std::clamp(layout->lineCount(), 1, kMostLines);
  setVerticalScrollBarPolicy(layout->lineCount() > kMostLines ? Qt::ScrollBarAsNeeded
                                                              : Qt::ScrollBarAlwaysOff);
  const int line = QFontMetrics(font()).lineSpacing();
  const int wanted =
      lines * line + 2 * static_cast<int>(document()->documentMargin()) + kLineGap + 4;
  if (wanted != height()) setFixedHeight(wanted);
}

void AxisEdit::resizeEvent(QResizeEvent* event) {
  QPlainTextEdit::resizeEvent(event);
  fitHeight();
}

void AxisEdit::paintEvent(QPaintEvent* event) {
  {
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const QTextBlock block = document()->firstBlock();
    const QTextLayout* layout = block.layout();
    const QPointF origin = blockBoundingGeometry(block).translated(contentOffset()).topLeft();
    for (const Chip& chip : chips_) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(coloursOf(chip.state).ground);
      const int end = chip.begin + chip.length;
      for (int i = 0; i < layout->lineCount(); ++i) {
        const QTextLine line = layout->lineAt(i);
        const int from = std::max(chip.begin, line.textStart());
        const int to = std::min(end, line.textStart() + line.textLength());
        if (from >= to) continue;
        const double left = line.cursorToX(from), right = line.cursorToX(to);
        const QRectF ground(origin.x() + left - kChipPad,
                            origin.y() + line.y() - 1,
                            right - left + kChipPad - (to == end ? kCommaGap : 0),
                            line.height() + 2);
        if (!ground.intersects(QRectF(event->rect()))) continue;
        painter.drawRoundedRect(ground, 4, 4);
        // Struck through: it is left out.
        painter.setPen(QPen(coloursOf(chip.state).ink, 1));
        if (chip.state == TokenState::Repeated)
          painter.drawLine(QPointF(ground.left() + 2, ground.center().y()),
                           QPointF(ground.right() - 2, ground.center().y()));
        painter.setPen(Qt::NoPen);
      }
    }
  }
  QPlainTextEdit::paintEvent(event);
}

void AxisEdit::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
    commit();
    // Ctrl+Return is the window's.
    if (event->modifiers() & Qt::ControlModifier) event->ignore();
    return;
  }
  if (event->modifiers() & Qt::AltModifier) return event->ignore();  // moves the axis
  QPlainTextEdit::keyPressEvent(event);
}

void AxisEdit::focusOutEvent(QFocusEvent* event) {
  QPlainTextEdit::focusOutEvent(event);
  if (event->reason() != Qt::PopupFocusReason) commit();
}

void AxisEdit::insertFromMimeData(const QMimeData* source) {
  QString text = source->text();
  text.replace(QStringLiteral("\r\n"), QStringLiteral("\n"));
  // A list with a value a line becomes a list with commas.
  text = text.split('\n', Qt::SkipEmptyParts).join(QStringLiteral(", "));
  textCursor().insertText(text);
}

void AxisEdit::commit() {
  if (toPlainText() == committed_) return;
  committed_ = toPlainText();
  Q_EMIT committed();
}

}  // namespace studio::ui
