// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery's head: search field, filters, order and tile size.
#pragma once

#include "ui/gallery_search.h"
#include "ui/gallery_types.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QCompleter;
class QLabel;
class QLineEdit;
class QPushButton;
class QSlider;
class QStringListModel;
class QTimer;
class QToolButton;

namespace studio::ui {

class GalleryFilter : public QWidget {
  Q_OBJECT
 public:
  explicit GalleryFilter(const Catalogue& catalogue, QWidget* parent = nullptr);

  GalleryQuery query() const { return query_; }
  // Search and filters go back to everything; order and twins stay.
  void clear();
  void focusSearch();
  // Everything else is cleared.
  void search(const QString& text);
  // What the filters can choose from.
  void setFacets(const QStringList& models, const QStringList& tags);
  // Why the text cannot be searched for; "" takes the note away.
  void setTextProblem(const QString& problem);
  void setTileSide(int side);
  // After a change of theme.
  void refreshIcons();

 Q_SIGNALS:
  void queryChanged(const studio::ui::GalleryQuery& query);
  void tileSideAsked(int side);
  // Return or Down in the search field: on to the pictures.
  void leaveAsked();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void buildSearch();
  void buildOrder();
  QComboBox* makeChoice(const QString& name, const QString& accessible, const QString& tip);
  void buildFilters();
  void read();
  void completeSearch(const QString& text);
  void insertCompletion(const QString& completion);

  const GallerySearch search_;
  GalleryQuery query_;
  bool quiet_ = true;  // until everything is built
  QStringList tags_;
  QLineEdit* text_ = nullptr;
  QCompleter* completer_ = nullptr;
  QStringListModel* completions_ = nullptr;
  QLabel* note_ = nullptr;
  QComboBox* sort_ = nullptr;
  QToolButton* direction_ = nullptr;
  QSlider* side_ = nullptr;
  QComboBox *rating_ = nullptr, *tag_ = nullptr, *scope_ = nullptr, *model_ = nullptr,
            *date_ = nullptr;
  QToolButton* favourites_ = nullptr;
  QCheckBox* twins_ = nullptr;
  QPushButton* clear_ = nullptr;
  QTimer* typing_ = nullptr;
};

}  // namespace studio::ui
