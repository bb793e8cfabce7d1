// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The left panel: everything that makes up a job, and the buttons that start and stop it.
#include "ui/control_panel.h"

#include "ui/job_paths.h"
#include "ui/job_text.h"
#include "ui/panel_parts.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/picture_rows.h"
#include "ui/preset.h"
#include "ui/section_form.h"
#include "ui/seed_field.h"
#include "ui/size_field.h"

#include <QAbstractTextDocumentLayout>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kPanelWidth = 306;
constexpr int kLabelWidth = 84;
// Long enough not to run a job a letter, short enough to feel live.
constexpr int kTypingPauseMs = 250;

const ParamSpec& jobSpec(const Catalogue& catalogue, std::string_view key) {
  for (const ParamSpec& spec : catalogue.job.params) {
    if (spec.key == key) return spec;
  }
  static const ParamSpec kNone{};
  return kNone;
}

// Grows with its text from `lines` to six lines.
class PromptEdit : public QPlainTextEdit {
 public:
  PromptEdit(int lines, QWidget* parent) : QPlainTextEdit(parent), lines_(lines) {
    connect(document()->documentLayout(),
            &QAbstractTextDocumentLayout::documentSizeChanged,
            this,
            [this] { fitHeight(); });
    document()->setDocumentMargin(3);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    fitHeight();
  }

 protected:
  void changeEvent(QEvent* event) override {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange) fitHeight();
  }

 private:
  void fitHeight() {
    constexpr int kMostLines = 6;
    constexpr int kFrame = 16;
    // QPlainTextEdit's layout counts in lines.
    const int wanted = static_cast<int>(document()->documentLayout()->documentSize().height());
    const int lines = std::clamp(wanted, lines_, kMostLines);
    setFixedHeight(lines * fontMetrics().lineSpacing() + kFrame);
    setVerticalScrollBarPolicy(wanted > kMostLines ? Qt::ScrollBarAlwaysOn
                                                   : Qt::ScrollBarAlwaysOff);
  }

  const int lines_;
};

QPlainTextEdit* makePromptEdit(const QString& name,
                               const QString& placeholder,
                               int lines,
                               QWidget* parent) {
  auto* edit = new PromptEdit(lines, parent);
  edit->setObjectName(name);
  edit->setPlaceholderText(placeholder);
  edit->setTabChangesFocus(true);
  // A picture dropped here is a job for the window, not a path to insert.
  edit->setAcceptDrops(false);
  edit->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  return edit;
}

void setQuietly(QPlainTextEdit* edit, const QString& text) {
  if (edit->toPlainText() == text) return;
  const QSignalBlocker quiet(edit);
  edit->setPlainText(text);
}

void showFieldError(QLabel* label, const QString& message) {
  label->setText(message);
  label->setVisible(!message.isEmpty());
}

}  // namespace

ControlPanel::ControlPanel(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), catalogue_(catalogue), prompt_pause_(new QTimer(this)) {
  setObjectName(QStringLiteral("controls"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedWidth(kPanelWidth);
  prompt_pause_->setSingleShot(true);
  prompt_pause_->setInterval(kTypingPauseMs);
  connect(prompt_pause_, &QTimer::timeout, this, &ControlPanel::edited);

  auto* content = new QWidget;
  content->setObjectName(QStringLiteral("formBody"));
  auto* body = new QVBoxLayout(content);
  body->setContentsMargins(12, 12, 12, 8);
  body->setSpacing(16);
  buildPrompts(body);
  buildGuidance(body);
  buildSampling(body);
  buildSections(body);
  body->addStretch(1);
  alignLabels();
  pictures_ = new PictureRows(forms_, catalogue_, this);
  connect(this, &ControlPanel::edited, this, [this] { pictures_->showRequest(request_); });

  auto* scroll = makePanelScroll(content, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(scroll, 1);
  layout->addWidget(buildButtons());
  setRequest(firstJob(catalogue));
  setRunning(false);
}

void ControlPanel::buildPrompts(QVBoxLayout* body) {
  auto* box = new QVBoxLayout;
  box->setSpacing(6);
  box->addWidget(makeHeading(tr("Prompt"), this));
  prompt_ = makePromptEdit(
      QStringLiteral("promptEdit"), tr("Nothing: show what guidance alone can do"), 2, this);
  prompt_->setAccessibleName(tr("Prompt"));
  negative_ = makePromptEdit(QStringLiteral("negativeEdit"), tr("Negative prompt"), 1, this);
  negative_->setAccessibleName(tr("Negative prompt"));
  prompt_->setToolTip(fromView(jobSpec(catalogue_, kPromptPath).doc));
  negative_->setToolTip(fromView(jobSpec(catalogue_, kNegativePromptPath).doc));
  prompt_error_ = new QLabel(this);
  prompt_error_->setObjectName(QStringLiteral("rowError"));
  prompt_error_->setWordWrap(true);
  prompt_error_->hide();
  box->addWidget(prompt_);
  box->addWidget(negative_);
  box->addWidget(prompt_error_);
  body->addLayout(box);
  connect(prompt_, &QPlainTextEdit::textChanged, this, &ControlPanel::takePrompts);
  connect(negative_, &QPlainTextEdit::textChanged, this, &ControlPanel::takePrompts);
}

void ControlPanel::addForm(ParamForm* form, QVBoxLayout* body) {
  body->addWidget(form);
  follow(form);
}

void ControlPanel::follow(ParamForm* form) {
  forms_.push_back(form);
  connect(form, &ParamForm::changed, this, &ControlPanel::takeParam);
  connect(form, &ParamForm::committed, this, [this](const std::string& path) {
    const auto params = job_params(catalogue_);
    const auto found = std::find_if(
        params.begin(), params.end(), [&](const JobParam& param) { return param.path == path; });
    if (found != params.end()) commit(paramLabel(*found, params));
  });
}

// The guidance under study first, then what its unguided twin keeps.
void ControlPanel::buildGuidance(QVBoxLayout* body) {
  std::vector<const Card*> cards;
  for (const Card& card : catalogue_.terms) cards.push_back(&card);
  std::stable_sort(cards.begin(), cards.end(), [](const Card* a, const Card* b) {
    return !a->kept_in_twin && b->kept_in_twin;
  });
  for (const Card* card : cards) {
    const std::vector<JobParam> params = paramsOf(*card);
    if (!params.empty())
      addForm(new ParamForm(fromView(card->label), params, catalogue_, this), body);
  }
}

std::vector<JobParam> ControlPanel::paramsOf(const Card& card) const {
  std::vector<JobParam> params = job_params(catalogue_);
  std::erase_if(params, [&](const JobParam& param) {
    return std::none_of(card.params.begin(), card.params.end(), [&](const ParamSpec& spec) {
      return &spec == param.spec;
    });
  });
  return params;
}

void ControlPanel::buildSections(QVBoxLayout* body) {
  for (const Card& card : catalogue_.sections) {
    auto* section = new SectionForm(card, paramsOf(card), catalogue_, this);
    body->addWidget(section);
    sections_.push_back(section);
    follow(section->form());
  }
}

QWidget* ControlPanel::labelled(const QString& label, QWidget* control, QLabel*& error) {
  auto* row = new QWidget(this);
  auto* grid = new QGridLayout(row);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(2);
  auto* text = new QLabel(label, row);
  text->setBuddy(control);
  extra_labels_.push_back(text);
  error = new QLabel(row);
  error->setObjectName(QStringLiteral("rowError"));
  error->setWordWrap(true);
  error->hide();
  grid->addWidget(text, 0, 0);
  grid->addWidget(control, 0, 1);
  grid->addWidget(error, 1, 1);
  grid->setColumnStretch(1, 1);
  return row;
}

void ControlPanel::buildSampling(QVBoxLayout* body) {
  std::vector<JobParam> numbers, rest, models;
  for (const JobParam& param : job_params(catalogue_)) {
    const auto key = param.spec->key;
    const bool of_job = std::any_of(
        catalogue_.job.params.begin(), catalogue_.job.params.end(), [&](const ParamSpec& spec) {
          return spec.key == key && param.path == key;
        });
    const bool special = key == kPromptPath || key == kNegativePromptPath || key == kSeedPath ||
                         key == kWidthPath || key == kHeightPath;
    if (!of_job || special) continue;
    const bool number =
        param.spec->kind == ParamKind::Integer || param.spec->kind == ParamKind::Real;
    (number ? numbers : param.spec->kind == ParamKind::Text ? models : rest).push_back(param);
  }
  auto* box = new QVBoxLayout;
  box->setSpacing(6);
  addForm(new ParamForm(tr("Sampling"), numbers, catalogue_, this), box);
  seed_ = new SeedField(jobSpec(catalogue_, kSeedPath), this);
  box->addWidget(labelled(tr("Seed"), seed_, seed_error_));
  addForm(new ParamForm({}, rest, catalogue_, this), box);
  size_ = new SizeField(jobSpec(catalogue_, kWidthPath), jobSpec(catalogue_, kHeightPath), this);
  box->addWidget(labelled(tr("Size"), size_, size_error_));
  addForm(new ParamForm({}, models, catalogue_, this), box);
  body->addLayout(box);

  connect(seed_, &SeedField::refused, this, [this](const QString& message) {
    showFieldError(seed_error_, message);
  });
  connect(size_, &SizeField::refused, this, [this](const QString& message) {
    showFieldError(size_error_, message);
  });
  connect(seed_, &SeedField::committed, this, [this](std::optional<std::int64_t> seed) {
    request_.seed = seed;
    Q_EMIT edited();
    commit(tr("Seed"));
  });
  connect(size_, &SizeField::committed, this, [this](std::optional<QSize> size) {
    request_.width_px = size ? std::optional<std::int64_t>(size->width()) : std::nullopt;
    request_.height_px = size ? std::optional<std::int64_t>(size->height()) : std::nullopt;
    Q_EMIT edited();
    commit(tr("Size"));
  });
}

QWidget* ControlPanel::buildButtons() {
  auto* foot = new QWidget(this);
  auto* layout = new QVBoxLayout(foot);
  layout->setContentsMargins(12, 8, 12, 12);
  layout->setSpacing(8);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  generate_ = new QPushButton(tr("Generate"), foot);
  generate_->setObjectName(QStringLiteral("generate"));
  generate_->setToolTip(tr("Run this job and its unguided twin (Ctrl+Return)"));
  cancel_ = new QPushButton(tr("Cancel"), foot);
  cancel_->setObjectName(QStringLiteral("cancel"));
  cancel_->setToolTip(tr("Stop at once and keep the last picture (Esc)"));
  live_ = new QPushButton(tr("● Live"), foot);
  live_->setObjectName(QStringLiteral("live"));
  live_->setCheckable(true);
  live_->setAccessibleName(tr("Live"));
  live_->setToolTip(tr("Live: change a slider and the picture follows (Ctrl+L)"));
  auto* queue = new QPushButton(tr("Queue"), foot);
  queue->setObjectName(QStringLiteral("addToQueue"));
  queue->setToolTip(tr("Add this job to the queue (Ctrl+Shift+Return)"));
  auto* sweep = new QPushButton(tr("Sweep…"), foot);
  sweep->setObjectName(QStringLiteral("toSweep"));
  sweep->setToolTip(tr("Vary any of these parameters from here"));
  for (QPushButton* button : {generate_, cancel_}) {
    button->setMinimumHeight(36);
    row->addWidget(button, button == generate_ ? 5 : 3);
  }
  auto* second = new QHBoxLayout;
  second->setSpacing(row->spacing());
  for (QPushButton* button : {live_, sweep, queue}) second->addWidget(button, 1);
  estimate_ = new QLabel(foot);
  estimate_->setObjectName(QStringLiteral("note"));
  layout->addLayout(row);
  layout->addLayout(second);
  layout->addWidget(estimate_);
  connect(queue, &QPushButton::clicked, this, &ControlPanel::queueAsked);
  connect(sweep, &QPushButton::clicked, this, &ControlPanel::sweepAsked);
  connect(generate_, &QPushButton::clicked, this, &ControlPanel::generateAsked);
  connect(cancel_, &QPushButton::clicked, this, &ControlPanel::cancelAsked);
  connect(live_, &QPushButton::toggled, this, &ControlPanel::liveToggled);
  return foot;
}

void ControlPanel::alignLabels() {
  int width = kLabelWidth;
  for (const ParamForm* form : forms_) {
    for (const ParamRow* row : form->rows())
      width = std::max(width, std::min(row->labelWidth(), 110));
  }
  for (const ParamForm* form : forms_) {
    for (ParamRow* row : form->rows()) row->setLabelWidth(width);
  }
  for (QLabel* label : extra_labels_) label->setFixedWidth(width);
}

void ControlPanel::setRequest(const GenerationRequest& request) {
  request_ = committed_ = request;
  prompt_pause_->stop();
  setQuietly(prompt_,
             request.prompts.empty() ? QString() : QString::fromStdString(request.prompts.front()));
  setQuietly(negative_, QString::fromStdString(request.negative_prompt.value_or("")));
  for (ParamForm* form : forms_) form->setRequest(request, catalogue_);
  for (SectionForm* section : sections_) section->showRequest(request);
  seed_->setSeed(request.seed);
  const bool sized = request.width_px && request.height_px;
  size_->setSizePx(sized ? std::optional<QSize>(QSize(static_cast<int>(*request.width_px),
                                                      static_cast<int>(*request.height_px)))
                         : std::nullopt);
  for (QLabel* error : {prompt_error_, seed_error_, size_error_}) error->hide();
  pictures_->showRequest(request);
}

void ControlPanel::takePrompts() {
  request_.prompts = {prompt_->toPlainText().toStdString()};
  const QString negative = negative_->toPlainText();
  request_.negative_prompt =
      negative.isEmpty() ? std::nullopt : std::optional<std::string>(negative.toStdString());
  committed_.prompts = request_.prompts;
  committed_.negative_prompt = request_.negative_prompt;
  prompt_error_->hide();
  prompt_pause_->start();
}

void ControlPanel::takeParam(const std::string& path, const std::optional<ParamValue>& value) {
  if (auto done = set(request_, catalogue_, path, value); !done) {
    if (ParamRow* row = rowOf(path)) row->setError(QString::fromStdString(done.error().message));
    return;
  }
  for (ParamForm* form : forms_) form->showActivity(request_);
  for (SectionForm* section : sections_) section->showRequest(request_);
  Q_EMIT edited();
}

void ControlPanel::commit(const QString& what) {
  if (request_ == committed_) return;
  const GenerationRequest before = std::exchange(committed_, request_);
  Q_EMIT committed(what, before);
}

ParamRow* ControlPanel::rowOf(std::string_view path) const {
  for (const ParamForm* form : forms_) {
    if (ParamRow* row = form->row(path)) return row;
  }
  return nullptr;
}

bool ControlPanel::commitTyped() {
  if (!seed_->commitTyped()) return seed_->setFocus(), false;
  if (!size_->commitTyped()) return size_->setFocus(), false;
  for (const ParamForm* form : forms_) {
    for (ParamRow* row : form->rows()) {
      if (!row->commitTyped()) return row->focusControl(), false;
    }
  }
  if (prompt_pause_->isActive()) prompt_pause_->stop();
  return true;
}

bool ControlPanel::showError(const Error& error) {
  const QString message = QString::fromStdString(error.message);
  const auto begins = [&](std::string_view path) {
    const QString name = fromView(path);
    return message.startsWith(name) && message.size() > name.size() &&
           (message[name.size()] == ' ' || message[name.size()] == ':');
  };
  if (begins(kPromptPath) || begins(kNegativePromptPath))
    return showFieldError(prompt_error_, message), true;
  if (begins(kSeedPath)) return showFieldError(seed_error_, message), true;
  if (begins(kWidthPath) || begins(kHeightPath)) return showFieldError(size_error_, message), true;
  for (const ParamForm* form : forms_) {
    for (ParamRow* row : form->rows()) {
      if (begins(row->path())) return row->setError(message), true;
    }
  }
  return false;
}

void ControlPanel::setRunning(bool running) { cancel_->setEnabled(running); }

void ControlPanel::setEstimate(const QString& text) { estimate_->setText(text); }

void ControlPanel::setNativeSize(QSize size) { size_->setNativeSize(size); }

// The one free text among the job's own parameters besides the prompts is the model.
QStringList ControlPanel::suggestionsFor(const JobParam& param) const {
  if (rowOf(param.path) == nullptr || param.spec->kind != ParamKind::Text) return {};
  const auto found = files_.find(param.spec->file_kind);
  const QStringList files = found == files_.end() ? QStringList() : found->second;
  if (param.path != param.spec->key) return files;
  QStringList models = models_;
  for (const QString& file : files) {
    if (!models.contains(file)) models << file;
  }
  return models;
}

void ControlPanel::setModels(const QStringList& models) {
  models_ = models;
  showOffers();
}

void ControlPanel::setFiles(FileKind kind, const QStringList& files) {
  if (kind == FileKind::Other || files_[kind] == files) return;
  files_[kind] = files;
  showOffers();
}

void ControlPanel::showOffers() {
  for (const JobParam& param : job_params(catalogue_)) {
    const bool is_model = param.path == param.spec->key;
    if (param.spec->kind != ParamKind::Text ||
        (!is_model && param.spec->file_kind == FileKind::Other))
      continue;
    if (ParamRow* row = rowOf(param.path)) row->setSuggestions(suggestionsFor(param));
  }
}

bool ControlPanel::isLive() const { return live_->isChecked(); }
void ControlPanel::setLive(bool live) { live_->setChecked(live); }
bool ControlPanel::isSeedLocked() const { return seed_->isLocked(); }
void ControlPanel::setSeedLocked(bool locked) { seed_->setLocked(locked); }
void ControlPanel::rollSeed() { seed_->roll(); }
void ControlPanel::rollSeedUnlessLocked() { seed_->rollUnlessLocked(); }
void ControlPanel::focusPrompt() { prompt_->setFocus(); }
void ControlPanel::refreshIcons() { seed_->refreshIcons(); }

void ControlPanel::reveal(const std::string& path) {
  ParamRow* row = rowOf(path);
  if (row == nullptr) return;
  for (SectionForm* section : sections_) {
    if (section->isAncestorOf(row)) section->setOpen(true);
  }
  // Once what has opened has its place.
  QTimer::singleShot(0, row, [this, row] {
    constexpr int kMargin = 60;
    findChild<QScrollArea*>()->ensureWidgetVisible(row, 0, kMargin);
  });
}

}  // namespace studio::ui
