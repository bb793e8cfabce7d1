// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every command of the window under a stable id, with shortcuts the user may change.
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QMap>
#include <QObject>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

class QAbstractButton;
class QMenu;
class QWidget;

namespace studio::ui {

class SettingsStore;

struct ActionSpec {
  QString id;                     // "picture.generate"; stable for ever, settings are kept under it
  QString category;               // "Picture": translated, groups commands in lists
  QString text;                   // translated, "&" before the menu's letter
  QList<QKeySequence> keys = {};  // defaults
  std::function<void()> act = {};  // also called for checkable actions, after the change
  QString tip = {};                // one sentence; "" when the text says it all
  bool checkable = false;
  bool checked = false;
  bool while_typing = false;  // works where a text field has a use of its own for the keys
};

// A key that is no action: held keys, keys inside one control. Shown, never changed.
struct FixedKey {
  QString category;
  QString keys;  // as a person reads it: "Hold F or Space"
  QString text;
  QList<QKeySequence> taken = {};  // single keys that an action would take away from it
};

// Owns the actions it makes; they work in the whole window. A shortcut is never given to two
// actions: what the user chose counts before defaults, then the first registered; who lost one is
// shown by the shortcut editor. Threads: GUI thread.
class ActionRegistry : public QObject {
  Q_OBJECT
 public:
  struct Entry {
    QString id, category, text;
    QAction* action = nullptr;
    QList<QKeySequence> defaults;
    std::function<QString()> why_disabled;
    bool while_typing = false;
  };
  // A key that `loser` has in its settings or defaults, but `owner` uses.
  struct Clash {
    QKeySequence keys;
    QString owner, loser;
  };

  // Both outlive the registry; `settings` may be null in tests.
  ActionRegistry(QWidget* window, SettingsStore* settings);

  // An id that is taken already is a bug: it is reported by qCritical and the first one returned.
  QAction* add(const ActionSpec& spec);
  // An action made elsewhere, whose present shortcuts become its defaults. "" takes its own text.
  QAction* adopt(QAction* action,
                 const QString& id,
                 const QString& category,
                 const QString& text = {});
  void addFixedKey(const FixedKey& key);
  // What to say beside the disabled command; "" when there is nothing to say.
  void explainDisabled(const QString& id, std::function<QString()> why);
  // Appends the actions to a menu; "" is a separator. Unknown ids are left out.
  void fill(QMenu* menu, const QStringList& ids) const;
  // The button's tool tip becomes "tip (Ctrl+R)" and follows the shortcut.
  void describe(QAbstractButton* button, const QString& id, const QString& tip);

  QAction* action(const QString& id) const;  // null when nobody registered it
  const Entry* entry(const QString& id) const;
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<FixedKey>& fixedKeys() const { return fixed_; }

  // What the user chose, else the defaults; a clash may keep some from working.
  QList<QKeySequence> keys(const QString& id) const;
  QString keysText(
      const QString& id) const;  // of those that work, as the desktop writes them; "" for none
  bool isChanged(const QString& id) const { return changes_.contains(id); }
  const std::vector<Clash>& clashes() const { return clashes_; }
  // Who uses keys that cannot be told from these: an action's id, "" for nobody.
  QString ownerOf(const QKeySequence& keys, const QString& except_id = {}) const;
  const FixedKey* fixedOwnerOf(const QKeySequence& keys) const;

  // Kept in the settings at once. Keys that others use are not taken from them: see takeKeys().
  void setKeys(const QString& id, const QList<QKeySequence>& keys);
  // Adds one key to the action and removes it from whoever has it.
  void takeKeys(const QString& id, const QKeySequence& keys);
  void reset(const QString& id);
  void resetAll();

 Q_SIGNALS:
  void changed();                     // actions or keys
  void triggered(const QString& id);  // a command was used, by whatever means

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QAction* enter(Entry entry);
  void assignKeys();
  void keep(const QString& id, const std::optional<QList<QKeySequence>>& keys);

  QWidget* window_;
  SettingsStore* settings_;
  std::vector<Entry> entries_;
  std::vector<FixedKey> fixed_;
  QMap<QString, QList<QKeySequence>> changes_;
  std::vector<Clash> clashes_;
};

// "Generate" of "&Generate…": the text of an action as a list shows it.
QString plainText(const QString& action_text);

}  // namespace studio::ui
