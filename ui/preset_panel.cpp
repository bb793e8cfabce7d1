// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The panel of presets.
#include "ui/preset_panel.h"

#include "ui/param_form.h"
#include "ui/preset_dialogs.h"
#include "ui/preset_list.h"
#include "ui/preset_save_dialog.h"
#include "ui/undo_command.h"

#include <QAction>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QUndoStack>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kLeastWidth = 248;

QLabel* plainNote(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(QStringLiteral("note"));
  label->setWordWrap(true);
  return label;
}

QStringList jsonFiles(const QMimeData* data) {
  QStringList paths;
  for (const QUrl& url : data->urls()) {
    const QString path = url.toLocalFile();
    if (path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive)) paths << path;
  }
  return paths;
}

QString quoted(const QString& name) { return QStringLiteral("“%1”").arg(name); }

}  // namespace

PresetPanel::PresetPanel(PresetStore& store, QUndoStack& undo, QWidget* parent)
    : QWidget(parent),
      store_(store),
      undo_(undo),
      folder_(QDir::homePath()),
      filter_(new QLineEdit(this)),
      save_(new QToolButton(this)),
      list_(new PresetList(store, this)),
      message_(plainNote(this)),
      detail_(plainNote(this)),
      apply_(new QPushButton(tr("Apply"), this)),
      stack_button_(new QPushButton(tr("Stack…"), this)),
      compare_button_(new QPushButton(tr("Compare…"), this)),
      menu_(new QMenu(this)) {
  setObjectName(QStringLiteral("presets"));
  setMinimumWidth(kLeastWidth);
  setAcceptDrops(true);
  buildTop();
  buildActions();
  auto* top = new QHBoxLayout;
  top->setSpacing(8);
  top->addWidget(filter_, 1);
  top->addWidget(save_);
  message_->setObjectName(QStringLiteral("rowError"));
  message_->setTextFormat(Qt::RichText);
  message_->setAccessibleName(tr("Message about presets"));
  message_->hide();
  detail_->setTextFormat(Qt::RichText);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(8);
  layout->addWidget(makeHeading(tr("Presets"), this));
  layout->addLayout(top);
  layout->addWidget(list_, 1);
  layout->addWidget(message_);
  layout->addWidget(detail_);
  layout->addLayout(buildButtons());
  connect(list_, &PresetList::opened, this, &PresetPanel::open);
  connect(list_, &PresetList::starToggled, this, &PresetPanel::toggleStar);
  connect(list_, &PresetList::selectedChanged, this, &PresetPanel::refresh);
  connect(&store_, &PresetStore::changed, this, &PresetPanel::refresh);
  connect(&store_, &PresetStore::problem, this, [this](const QString& text) { say(text, true); });
  connect(&store_, &PresetStore::note, this, [this](const QString& text) {
    say(text, false, undo_index_ >= 0 && undo_index_ == undo_.index());
  });
  connect(&undo_, &QUndoStack::indexChanged, this, [this](int index) {
    if (undo_index_ >= 0 && index != undo_index_) say({}, false);
  });
  connect(message_, &QLabel::linkActivated, this, [this] {
    if (undo_.index() == undo_index_) undo_.undo();
  });
  refresh();
}

void PresetPanel::buildTop() {
  filter_->setObjectName(QStringLiteral("presetFilter"));
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter presets by name, note or setting"));
  save_->setObjectName(QStringLiteral("savePresetButton"));
  save_->setText(tr("Save…"));
  save_->setToolTip(tr("Keep current settings as a preset"));
  save_->setFocusPolicy(Qt::StrongFocus);
  connect(filter_, &QLineEdit::textChanged, list_, &PresetList::setFilterText);
  connect(filter_, &QLineEdit::returnPressed, this, [this] {
    if (list_->model()->rowCount() == 0) return;
    if (list_->selectedIds().isEmpty()) list_->setCurrentIndex(list_->model()->index(0, 0));
    list_->setFocus();
  });
  connect(save_, &QToolButton::clicked, this, &PresetPanel::save);
}

QAction* PresetPanel::add(const QString& text,
                          const QKeySequence& keys,
                          void (PresetPanel::*act)()) {
  auto* action = new QAction(text, list_);
  action->setShortcut(keys);
  action->setShortcutContext(Qt::WidgetShortcut);
  connect(action, &QAction::triggered, this, act);
  list_->addAction(action);
  menu_->addAction(action);
  return action;
}

void PresetPanel::buildActions() {
  rename_ = add(tr("Re&name…"), QKeySequence(Qt::Key_F2), &PresetPanel::rename);
  duplicate_ = add(tr("&Duplicate"), QKeySequence(tr("Ctrl+D")), &PresetPanel::duplicate);
  star_ = add(tr("&Star"), QKeySequence(tr("Ctrl+B")), &PresetPanel::toggleStars);
  menu_->addSeparator();
  add(tr("&Import…"), {}, &PresetPanel::importDialog);
  export_ = add(tr("&Export…"), {}, &PresetPanel::exportDialog);
  menu_->addSeparator();
  remove_ = add(tr("De&lete"), QKeySequence::Delete, &PresetPanel::remove);
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(list_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    menu_->popup(list_->viewport()->mapToGlobal(at));
  });
}

QLayout* PresetPanel::buildButtons() {
  apply_->setObjectName(QStringLiteral("applyPreset"));
  apply_->setToolTip(
      tr("Put the preset's settings in place; Return or a double click does the same"));
  stack_button_->setObjectName(QStringLiteral("stackButton"));
  stack_button_->setToolTip(tr("Apply several presets one after the other, and see which wins"));
  compare_button_->setObjectName(QStringLiteral("compareButton"));
  compare_button_->setToolTip(tr("Two or more presets side by side, parameter by parameter"));
  auto* more = new QToolButton(this);
  more->setObjectName(QStringLiteral("presetMore"));
  more->setText(QStringLiteral("⋯"));
  more->setAccessibleName(tr("More about presets"));
  more->setToolTip(tr("Rename, duplicate, star, import, export, delete"));
  more->setFocusPolicy(Qt::StrongFocus);
  more->setPopupMode(QToolButton::InstantPopup);
  more->setMenu(menu_);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(stack_button_, 1);
  row->addWidget(compare_button_, 1);
  row->addWidget(more);
  auto* rows = new QVBoxLayout;
  rows->setSpacing(8);
  rows->addWidget(apply_);
  rows->addLayout(row);
  for (QPushButton* button : {apply_, stack_button_, compare_button_}) {
    button->setAutoDefault(false);
  }
  connect(apply_, &QPushButton::clicked, this, &PresetPanel::apply);
  connect(stack_button_, &QPushButton::clicked, this, &PresetPanel::stack);
  connect(compare_button_, &QPushButton::clicked, this, &PresetPanel::compare);
  return rows;
}

void PresetPanel::setCurrent(const GenerationRequest& request) {
  if (now_ == request) return;
  now_ = request;
  refresh();
}

void PresetPanel::setPicture(const QImage& picture) { picture_ = picture; }

void PresetPanel::focusFilter() {
  filter_->setFocus(Qt::ShortcutFocusReason);
  filter_->selectAll();
}

std::vector<PresetEntry> PresetPanel::selected() const {
  std::vector<PresetEntry> entries;
  for (const QString& id : list_->selectedIds()) {
    if (const PresetEntry* entry = store_.find(id)) entries.push_back(*entry);
  }
  return entries;
}

void PresetPanel::refresh() {
  const auto entries = selected();
  const auto count = entries.size();
  const auto all = [&](auto test) { return std::all_of(entries.begin(), entries.end(), test); };
  const bool usable = count > 0 && all([](const PresetEntry& one) { return one.isUsable(); });
  const bool own =
      count > 0 && all([](const PresetEntry& one) { return one.place != PresetPlace::BuiltIn; });
  apply_->setEnabled(usable && count == 1);
  stack_button_->setEnabled(usable);
  compare_button_->setEnabled(usable && count >= 2);
  rename_->setEnabled(count == 1 && entries.front().isEditable());
  duplicate_->setEnabled(usable);
  star_->setEnabled(usable);
  star_->setText(usable && all([](const PresetEntry& one) { return one.preset.starred; })
                     ? tr("Remove the &star")
                     : tr("&Star"));
  export_->setEnabled(usable);
  remove_->setEnabled(own);
  if (count == 0) return detail_->hide();
  detail_->show();
  if (count > 1) return detail_->setText(tr("%1 presets selected").arg(count));
  const PresetEntry& entry = entries.front();
  if (!entry.isUsable()) return detail_->setText(entry.problem.toHtmlEscaped());
  const int changes = changesOf(entry.preset, now_, store_.catalogue());
  QString text =
      changes == 0
          ? tr("The current settings are like this already.")
          : tr("Changes %1 of its %2 settings.").arg(changes).arg(entry.preset.values.size());
  if (!entry.preset.note.isEmpty()) {
    constexpr int kLongest = 240;
    QString note = entry.preset.note.simplified();
    if (note.size() > kLongest) note = note.left(kLongest - 1) + QChar(0x2026);
    text = note.toHtmlEscaped() + QStringLiteral("<br>") + text;
  }
  detail_->setText(text);
}

void PresetPanel::apply() {
  const QStringList ids = list_->selectedIds();
  if (ids.size() == 1) open(ids.front());
}

void PresetPanel::open(const QString& id) {
  const PresetEntry* entry = store_.find(id);
  if (entry == nullptr) return;
  if (!entry->isUsable()) return say(entry->problem, true);
  const auto result = appliedPreset(now_, entry->preset, store_.catalogue());
  if (!result) return say(QString::fromStdString(result.error().message), true);
  say({}, false);
  Q_EMIT applyAsked(result.value(), tr("Preset %1").arg(quoted(entry->preset.name)));
}

void PresetPanel::stack() {
  auto* dialog = new StackPresetsDialog(now_, list_->selectedIds(), store_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &StackPresetsDialog::applyAsked, this, &PresetPanel::applyAsked);
  dialog->open();
}

void PresetPanel::compare() {
  std::vector<Preset> presets;
  for (const PresetEntry& entry : selected()) {
    if (entry.isUsable()) presets.push_back(entry.preset);
  }
  if (presets.size() < 2) return;
  auto* dialog = new ComparePresetsDialog(now_, presets, store_.catalogue(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void PresetPanel::save() {
  auto* dialog = new SavePresetDialog(now_, picture_, store_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &SavePresetDialog::saveAsked, this, &PresetPanel::keep);
  dialog->open();
}

void PresetPanel::keep(PresetPlace place, const Preset& preset, const QString& replaced) {
  if (const PresetEntry* before = store_.find(replaced)) {
    replaceUndoably(tr("Replace preset %1").arg(quoted(preset.name)), *before, preset);
    return;
  }
  addAll(tr("Save preset %1").arg(quoted(preset.name)), place, {preset});
}

void PresetPanel::addAll(const QString& what,
                         PresetPlace place,
                         const std::vector<Preset>& presets) {
  if (presets.empty()) return;
  const auto ids = std::make_shared<QStringList>();
  QPointer<PresetStore> store(&store_);
  QPointer<PresetList> list(list_);
  undo_.push(new ActionCommand(
      what,
      ActionCommand::State::ToDo,
      [=] {
        if (!store) return;
        const QStringList before = std::exchange(*ids, {});
        for (std::size_t i = 0; i < presets.size(); ++i)
          *ids << store->add(place, presets[i], before.value(static_cast<int>(i)));
        if (list) list->select(*ids);
      },
      [=] {
        if (!store) return;
        for (const QString& id : *ids) store->remove(id);
      }));
}

void PresetPanel::replaceUndoably(const QString& what,
                                  const PresetEntry& before,
                                  const Preset& after) {
  if (before.preset == after) return;
  QPointer<PresetStore> store(&store_);
  undo_.push(new ActionCommand(
      what,
      ActionCommand::State::ToDo,
      [store, id = before.id, after] {
        if (store) store->replace(id, after);
      },
      [store, id = before.id, preset = before.preset] {
        if (store) store->replace(id, preset);
      }));
}

void PresetPanel::rename() {
  const auto entries = selected();
  if (entries.size() != 1 || !entries.front().isEditable()) return;
  auto* dialog = new NameDialog(tr("Rename the preset"), entries.front().preset.name, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &NameDialog::named, this, [this, entry = entries.front()](const QString& name) {
    Preset preset = entry.preset;
    preset.name = name;
    replaceUndoably(tr("Rename preset %1").arg(quoted(entry.preset.name)), entry, preset);
  });
  dialog->open();
}

void PresetPanel::duplicate() {
  std::vector<Preset> copies;
  bool in_project = store_.canKeepIn(PresetPlace::Project);
  for (const PresetEntry& entry : selected()) {
    if (!entry.isUsable()) continue;
    in_project = in_project && entry.place == PresetPlace::Project;
    Preset copy = entry.preset;
    copy.name = tr("%1 copy").arg(copy.name).left(kLongestPresetName);
    copy.starred = false;
    copies.push_back(std::move(copy));
  }
  addAll(
      copies.size() == 1 ? tr("Duplicate preset") : tr("Duplicate %1 presets").arg(copies.size()),
      in_project ? PresetPlace::Project : PresetPlace::User,
      copies);
}

void PresetPanel::toggleStars() {
  const auto entries = selected();
  const bool on = !std::all_of(
      entries.begin(), entries.end(), [](const PresetEntry& one) { return one.preset.starred; });
  if (entries.size() > 1) undo_.beginMacro(on ? tr("Star presets") : tr("Remove stars"));
  for (const PresetEntry& entry : entries) {
    if (entry.isUsable() && entry.preset.starred != on) toggleStar(entry.id);
  }
  if (entries.size() > 1) undo_.endMacro();
}

void PresetPanel::toggleStar(const QString& id) {
  const PresetEntry* entry = store_.find(id);
  if (entry == nullptr || !entry->isUsable()) return;
  const bool on = !entry->preset.starred;
  QPointer<PresetStore> store(&store_);
  const auto set_to = [store, id](bool starred) {
    if (store) store->setStarred(id, starred);
  };
  undo_.push(new ActionCommand(
      on ? tr("Star %1").arg(quoted(entry->preset.name))
         : tr("Remove the star of %1").arg(quoted(entry->preset.name)),
      ActionCommand::State::ToDo,
      [set_to, on] { set_to(on); },
      [set_to, on] { set_to(!on); }));
}

void PresetPanel::remove() {
  std::vector<PresetEntry> gone = selected();
  std::erase_if(gone, [](const PresetEntry& one) { return one.place == PresetPlace::BuiltIn; });
  if (gone.empty()) return;
  const QString what =
      gone.size() == 1 ? quoted(gone.front().preset.name) : tr("%1 presets").arg(gone.size());
  // A file that cannot be read cannot be written again either: only the trash has it.
  const bool undoable =
      std::all_of(gone.begin(), gone.end(), [](const PresetEntry& one) { return one.isUsable(); });
  const bool files = std::any_of(gone.begin(), gone.end(), [](const PresetEntry& one) {
    return one.place == PresetPlace::User;
  });
  QPointer<PresetStore> store(&store_);
  const auto take_away = [store, gone] {
    for (const PresetEntry& one : gone) {
      if (store) store->remove(one.id);
    }
  };
  if (undoable) {
    undo_.push(new ActionCommand(
        tr("Delete %1").arg(what), ActionCommand::State::ToDo, take_away, [store, gone] {
          for (const PresetEntry& one : gone) {
            if (store) store->add(one.place, one.preset, one.id);
          }
        }));
  } else {
    take_away();
  }
  say(files ? tr("%1: moved to the trash.").arg(what) : tr("%1: deleted.").arg(what),
      false,
      undoable);
}

void PresetPanel::importFiles(const QStringList& paths) {
  if (paths.isEmpty()) return;
  store_.readFiles(
      paths,
      [panel = QPointer(this)](const std::vector<Preset>& presets, const QStringList& problems) {
        if (!panel) return;
        panel->addAll(presets.size() == 1 ? tr("Import preset %1").arg(quoted(presets.front().name))
                                          : tr("Import %1 presets").arg(presets.size()),
                      PresetPlace::User,
                      presets);
        constexpr int kMost = 3;
        QStringList lines = problems.mid(0, kMost);
        if (problems.size() > kMost) lines << tr("and %1 more.").arg(problems.size() - kMost);
        if (!problems.isEmpty()) return panel->say(lines.join(QChar('\n')), true);
        panel->say(presets.size() == 1 ? tr("Imported %1.").arg(quoted(presets.front().name))
                                       : tr("Imported %1 presets.").arg(presets.size()),
                   false,
                   true);
      });
}

void PresetPanel::importDialog() {
  auto* dialog =
      new QFileDialog(this, tr("Import presets"), folder_, tr("Presets and jobs (*.json)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& paths) {
    folder_ = QFileInfo(paths.value(0)).absolutePath();
    Q_EMIT folderChanged(folder_);
    importFiles(paths);
  });
  dialog->open();
}

void PresetPanel::exportDialog() {
  const auto entries = selected();
  if (entries.empty()) return;
  const bool one = entries.size() == 1;
  auto* dialog = new QFileDialog(this,
                                 one ? tr("Export the preset") : tr("Export presets to a folder"),
                                 folder_,
                                 one ? tr("Presets (*.json)") : QString());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(one ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
  dialog->setFileMode(one ? QFileDialog::AnyFile : QFileDialog::Directory);
  dialog->setDefaultSuffix(QStringLiteral("json"));
  if (one) dialog->selectFile(fileStem(entries.front().preset.name) + QStringLiteral(".json"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    const QFileInfo info(path);
    folder_ = info.isDir() ? info.absoluteFilePath() : info.absolutePath();
    Q_EMIT folderChanged(folder_);
    exportTo(path);
  });
  dialog->open();
}

void PresetPanel::exportTo(const QString& path) {
  const bool to_folder = QFileInfo(path).isDir();
  QStringList taken;
  for (const PresetEntry& entry : selected()) {
    if (!to_folder) return store_.writeFile(entry.id, path);
    const QString stem = fileStem(entry.preset.name);
    QString name = stem + QStringLiteral(".json");
    for (int i = 2; taken.contains(name) || QFileInfo::exists(QDir(path).filePath(name)); ++i)
      name = QStringLiteral("%1-%2.json").arg(stem).arg(i);
    taken << name;
    store_.writeFile(entry.id, QDir(path).filePath(name));
  }
}

void PresetPanel::say(const QString& text, bool is_problem, bool undoable) {
  undo_index_ = undoable ? undo_.index() : -1;
  QString html = text.toHtmlEscaped().replace(QChar('\n'), QStringLiteral("<br>"));
  if (undoable) html += QStringLiteral(" <a href=\"undo\">%1</a>").arg(tr("Undo"));
  message_->setObjectName(is_problem ? QStringLiteral("rowError") : QStringLiteral("note"));
  style()->unpolish(message_);  // the name decides the colour
  style()->polish(message_);
  message_->setText(html);
  message_->setVisible(!text.isEmpty());
}

void PresetPanel::dragEnterEvent(QDragEnterEvent* event) {
  if (!jsonFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void PresetPanel::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  importFiles(jsonFiles(event->mimeData()));
}

PresetDialog::PresetDialog(PresetStore& store, QUndoStack& undo, QWidget* parent)
    : QDialog(parent), panel_(new PresetPanel(store, undo, this)) {
  setObjectName(QStringLiteral("presetDialog"));
  setWindowTitle(tr("Presets"));
  resize(420, 640);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(panel_);
}

}  // namespace studio::ui
