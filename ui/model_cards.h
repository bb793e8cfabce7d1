// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What was found, as a list of cards: filtered, sorted, used with keys and mouse.
#pragma once

#include "core/api/found_model.h"

#include <QAbstractListModel>
#include <QListView>

#include <array>
#include <vector>

namespace studio::ui {

class ModelLibrary;
struct LibraryEntry;

enum class CardOrder { Name, LastUsed, Size, Newest };
inline constexpr int kFileKinds = 5;  // of FileKind

struct CardFilter {
  FileKind kind = FileKind::Model;
  QString words;  // all of them must be in name, folder or kind
  QString root;   // a watched folder; "": all
  bool with_unusable = true;
  bool only_favourites = false;
  bool operator==(const CardFilter&) const = default;
};

class CardModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { ValueRole = Qt::UserRole + 1, PathRole };

  explicit CardModel(const ModelLibrary& library, QObject* parent = nullptr);

  void setFilter(const CardFilter& filter);
  const CardFilter& filter() const { return filter_; }
  void setOrder(CardOrder order);
  // Files in use by the open job, as jobs name them.
  void setInUse(const QStringList& values);
  bool isInUse(const QString& value) const { return in_use_.contains(value); }
  const ModelLibrary& library() const { return library_; }

  // Reads the library again.
  void refresh();
  // How many of a kind the filter leaves, whatever its own kind.
  int count(FileKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  const LibraryEntry& entry(const QModelIndex& index) const;
  QModelIndex indexOf(const QString& path) const;

 private:
  bool accepts(const LibraryEntry& entry, const QStringList& words) const;
  QString toolTip(const LibraryEntry& entry) const;

  const ModelLibrary& library_;
  CardFilter filter_;
  CardOrder order_ = CardOrder::Name;
  QStringList in_use_;
  std::vector<std::size_t> rows_;  // places in the library
  std::array<int, kFileKinds> counts_{};
};

class CardList : public QListView {
  Q_OBJECT
 public:
  explicit CardList(CardModel& cards, QWidget* parent = nullptr);

  QString currentPath() const;
  void setEmptyText(const QString& text);

 Q_SIGNALS:
  void currentChangedTo(const QString& path);
  void useAsked();
  void favouriteAsked(const QModelIndex& index);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

 private:
  CardModel& cards_;
  QString empty_text_;
  QString kept_;
  int kept_scroll_ = 0;
  bool is_refreshing_ = false;
  bool is_chosen_ = false;  // the user has gone to a card
};

// What a card says in its second line: kind, what sets it apart, what is missing; or why it is not
// usable.
QString cardSummary(const FoundModel& found);
// "6.94 GB · F16".
QString cardSize(const FoundModel& found);
// "a1b2c3d4e5", or that there is none yet.
QString cardHash(const FoundModel& found);

}  // namespace studio::ui
