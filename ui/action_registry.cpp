// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every command of the window under a stable id, with shortcuts the user may change.
#include "ui/action_registry.h"

#include "ui/settings_store.h"

#include <QAbstractButton>
#include <QApplication>
#include <QKeyEvent>
#include <QMenu>

#include <algorithm>

namespace studio::ui {
namespace {

bool tellApart(const QKeySequence& a, const QKeySequence& b) {
  return a.matches(b) == QKeySequence::NoMatch && b.matches(a) == QKeySequence::NoMatch;
}

// Keys of a settings file that someone may have edited: what cannot be read is left out.
QList<QKeySequence> readKeys(const QString& text) {
  QList<QKeySequence> keys;
  for (const QKeySequence& one : QKeySequence::listFromString(text, QKeySequence::PortableText)) {
    if (one.isEmpty() || keys.contains(one)) continue;
    bool known = true;
    for (int i = 0; i < one.count(); ++i) known &= one[uint(i)].key() != Qt::Key_unknown;
    if (known) keys << one;
  }
  return keys;
}

bool sameKeys(QList<QKeySequence> a, QList<QKeySequence> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

QString plainText(const QString& action_text) {
  QString text;
  for (qsizetype i = 0; i < action_text.size(); ++i) {
    if (action_text[i] == '&' && ++i >= action_text.size()) break;
    text += action_text[i];
  }
  return text.endsWith(QChar(0x2026)) ? text.chopped(1) : text;
}

ActionRegistry::ActionRegistry(QWidget* window, SettingsStore* settings)
    : QObject(window), window_(window), settings_(settings) {
  if (settings_ == nullptr) return;
  const auto kept = settings_->shortcutChanges();
  for (auto change = kept.begin(); change != kept.end(); ++change)
    changes_[change.key()] = readKeys(change.value());
}

QAction* ActionRegistry::add(const ActionSpec& spec) {
  if (QAction* known = action(spec.id)) {
    qCritical("the action \"%s\" is registered twice", qPrintable(spec.id));
    return known;
  }
  auto* made = new QAction(spec.text, this);
  made->setCheckable(spec.checkable);
  made->setChecked(spec.checked);
  if (!spec.tip.isEmpty()) made->setToolTip(spec.tip);
  made->setStatusTip(spec.tip);
  if (spec.act) connect(made, &QAction::triggered, this, spec.act);
  if (spec.while_typing) qApp->installEventFilter(this);
  return enter(
      {spec.id, spec.category, plainText(spec.text), made, spec.keys, {}, spec.while_typing});
}

QAction* ActionRegistry::adopt(QAction* made,
                               const QString& id,
                               const QString& category,
                               const QString& text) {
  if (QAction* known = action(id)) {
    qCritical("the action \"%s\" is registered twice", qPrintable(id));
    return known;
  }
  return enter({id,
                category,
                plainText(text.isEmpty() ? made->text() : text),
                made,
                made->shortcuts(),
                {},
                false});
}

QAction* ActionRegistry::enter(Entry entry) {
  QAction* made = entry.action;
  const QString id = entry.id;
  made->setProperty("actionId", id);
  if (made->objectName().isEmpty()) made->setObjectName(id);
  if (!window_->actions().contains(made)) window_->addAction(made);
  connect(made, &QAction::triggered, this, [this, id] { Q_EMIT triggered(id); });
  connect(made, &QObject::destroyed, this, [this, id] {
    entries_.erase(
        std::remove_if(
            entries_.begin(), entries_.end(), [&](const Entry& known) { return known.id == id; }),
        entries_.end());
    assignKeys();
  });
  entries_.push_back(std::move(entry));
  assignKeys();
  return made;
}

// A text field asks to keep keys it edits with; some commands go before that.
bool ActionRegistry::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride) return false;
  const auto* widget = qobject_cast<QWidget*>(watched);
  if (widget == nullptr || widget->window() != window_) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  const QKeySequence pressed(key->keyCombination());
  for (const Entry& known : entries_) {
    if (!known.while_typing || !known.action->isEnabled()) continue;
    if (!known.action->shortcuts().contains(pressed)) continue;
    event->ignore();
    return true;
  }
  return false;
}

void ActionRegistry::addFixedKey(const FixedKey& key) {
  fixed_.push_back(key);
  Q_EMIT changed();
}

void ActionRegistry::explainDisabled(const QString& id, std::function<QString()> why) {
  for (Entry& known : entries_) {
    if (known.id == id) known.why_disabled = std::move(why);
  }
}

void ActionRegistry::fill(QMenu* menu, const QStringList& ids) const {
  menu->setToolTipsVisible(true);
  for (const QString& id : ids) {
    if (id.isEmpty()) {
      menu->addSeparator();
    } else if (QAction* known = action(id)) {
      menu->addAction(known);
    }
  }
}

void ActionRegistry::describe(QAbstractButton* button, const QString& id, const QString& tip) {
  const auto update = [this, button, id, tip] {
    const QString text = keysText(id);
    button->setToolTip(text.isEmpty() ? tip : tr("%1 (%2)").arg(tip, text));
  };
  connect(this, &ActionRegistry::changed, button, update);
  update();
}

const ActionRegistry::Entry* ActionRegistry::entry(const QString& id) const {
  const auto found = std::find_if(
      entries_.begin(), entries_.end(), [&](const Entry& known) { return known.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

QAction* ActionRegistry::action(const QString& id) const {
  const Entry* known = entry(id);
  return known == nullptr ? nullptr : known->action;
}

QList<QKeySequence> ActionRegistry::keys(const QString& id) const {
  const auto change = changes_.find(id);
  if (change != changes_.end()) return *change;
  const Entry* known = entry(id);
  return known == nullptr ? QList<QKeySequence>() : known->defaults;
}

QString ActionRegistry::keysText(const QString& id) const {
  const QAction* known = action(id);
  QStringList texts;
  if (known != nullptr) {
    for (const QKeySequence& one : known->shortcuts())
      texts << one.toString(QKeySequence::NativeText);
  }
  return texts.join(QStringLiteral(", "));
}

QString ActionRegistry::ownerOf(const QKeySequence& keys, const QString& except_id) const {
  for (const Entry& known : entries_) {
    if (known.id == except_id) continue;
    for (const QKeySequence& one : known.action->shortcuts()) {
      if (!tellApart(one, keys)) return known.id;
    }
  }
  return {};
}

const FixedKey* ActionRegistry::fixedOwnerOf(const QKeySequence& keys) const {
  for (const FixedKey& key : fixed_) {
    for (const QKeySequence& one : key.taken) {
      if (!tellApart(one, keys)) return &key;
    }
  }
  return nullptr;
}

// Qt lets neither of two actions have a shortcut both claim, so each is given to one only.
void ActionRegistry::assignKeys() {
  clashes_.clear();
  std::vector<std::pair<QKeySequence, QString>> given;
  std::vector<QList<QKeySequence>> working(entries_.size());
  for (const bool chosen_ones : {true, false}) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Entry& known = entries_[i];
      if (isChanged(known.id) != chosen_ones) continue;
      for (const QKeySequence& one : keys(known.id)) {
        const auto owner = std::find_if(given.begin(), given.end(), [&](const auto& other) {
          return !tellApart(other.first, one);
        });
        if (owner != given.end()) {
          clashes_.push_back({one, owner->second, known.id});
          continue;
        }
        given.emplace_back(one, known.id);
        working[i] << one;
      }
    }
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].action->shortcuts() != working[i]) entries_[i].action->setShortcuts(working[i]);
  }
  Q_EMIT changed();
}

void ActionRegistry::keep(const QString& id, const std::optional<QList<QKeySequence>>& keys) {
  if (keys) {
    changes_[id] = *keys;
  } else {
    changes_.remove(id);
  }
  if (settings_ == nullptr) return;
  settings_->setShortcutChange(
      id,
      keys ? std::optional(QKeySequence::listToString(*keys, QKeySequence::PortableText))
           : std::nullopt);
}

void ActionRegistry::setKeys(const QString& id, const QList<QKeySequence>& keys) {
  const Entry* known = entry(id);
  if (known == nullptr) return;
  if (sameKeys(keys, known->defaults)) {
    keep(id, std::nullopt);
  } else {
    keep(id, keys);
  }
  assignKeys();
}

void ActionRegistry::takeKeys(const QString& id, const QKeySequence& taken) {
  if (entry(id) == nullptr || taken.isEmpty()) return;
  for (const Entry& other : entries_) {
    if (other.id == id) continue;
    QList<QKeySequence> left = keys(other.id);
    const auto removed =
        left.removeIf([&](const QKeySequence& one) { return !tellApart(one, taken); });
    if (removed == 0) continue;
    if (sameKeys(left, other.defaults)) {
      keep(other.id, std::nullopt);
    } else {
      keep(other.id, left);
    }
  }
  QList<QKeySequence> own = keys(id);
  if (!own.contains(taken)) own << taken;
  setKeys(id, own);
}

void ActionRegistry::reset(const QString& id) {
  keep(id, std::nullopt);
  assignKeys();
}

void ActionRegistry::resetAll() {
  for (const QString& id : changes_.keys()) keep(id, std::nullopt);
  assignKeys();
}

}  // namespace studio::ui
