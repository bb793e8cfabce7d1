// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One field that finds and runs every command, and what other parts offer to it.
#pragma once

#include "ui/icons.h"

#include <QFrame>
#include <QList>
#include <QPointer>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

class QLabel;
class QLineEdit;
class QListView;

namespace studio::ui {

class ActionRegistry;
class PaletteModel;
class SettingsStore;

struct PaletteItem {
  QString title;     // "Generate"
  QString category;  // "Picture"
  QString detail;    // shown at the right: shortcut, present value
  double score = 0;  // of fuzzyMatch(), or on its scale: 100 for a whole word that is found
  QList<int> hits;   // letters of the title to show as found
  QString id;        // commands with an id are remembered as recently used
  bool enabled = true;
  QString why;  // why it is not enabled, as a sentence
  std::function<void()> run;
  QString completes;  // not "": choosing the item puts this text into the field instead
  std::optional<Glyph> glyph;
};

// Called at every key on the GUI thread, with "" too: must answer within a millisecond or so. Slow
// sources answer with what they have and call CommandPalette::refresh() later.
using PaletteProvider = std::function<std::vector<PaletteItem>(const QString& query)>;

struct FuzzyMatch {
  double score = 0;
  double weakest = 0;  // of the word found worst; from kClearWord on it stands there as typed
  QList<int> hits;     // indices into the text
};
inline constexpr double kClearWord = 40;
// Every word of the query must be in the text, in any order: as a part of it, or its letters one
// after the other from the start of a word. Nothing when one is not; an empty query matches with
// score 0.
std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text);

// Lies over the window and takes all keys while it is open.
class CommandPalette : public QFrame {
  Q_OBJECT
 public:
  // `actions` and `settings` outlive it; `settings` may be null.
  CommandPalette(ActionRegistry& actions, SettingsStore* settings, QWidget* window);

  void addProvider(PaletteProvider provider);
  // Shows it with this text typed; the focus comes back when it closes.
  void open(const QString& text = {});
  void dismiss();
  // Asks all providers again, when it is open.
  void refresh();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool handleKey(int key, Qt::KeyboardModifiers modifiers);
  void search();
  std::vector<PaletteItem> commandItems(const QString& query) const;
  void choose(const QModelIndex& index);
  void move(int rows);
  void select(int row);
  void place();
  void remember(const QString& id);

  ActionRegistry& actions_;
  SettingsStore* settings_;
  QWidget* window_;
  std::vector<PaletteProvider> providers_;
  QLineEdit* edit_;
  QListView* list_;
  QLabel* nothing_;
  PaletteModel* model_;
  QPointer<QWidget> focus_before_;
};

}  // namespace studio::ui
