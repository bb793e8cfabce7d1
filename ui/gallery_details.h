// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The side panel of the gallery: what is known about the selected picture or pictures.
#pragma once

#include "ui/gallery_types.h"

#include <QImage>
#include <QWidget>

#include <vector>

class QAction;
class QFormLayout;
class QGridLayout;
class QLabel;
class QToolButton;
class QVBoxLayout;

namespace studio::ui {

class StarRating;
class TagEditor;

// A picture fitted into the width, on the canvas colour.
class PreviewPicture : public QWidget {
  Q_OBJECT
 public:
  explicit PreviewPicture(QWidget* parent = nullptr);
  void setImage(const QImage& image, const QString& otherwise);
  QSize sizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 Q_SIGNALS:
  void doubleClicked();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  QImage image_;
  QString otherwise_;
};

class GalleryDetailsPanel : public QWidget {
  Q_OBJECT
 public:
  explicit GalleryDetailsPanel(QWidget* parent = nullptr);

  // Buttons below the table, in this order.
  void setActions(const QList<QAction*>& actions);
  void setFolder(const QString& folder);
  void setReadOnly(bool read_only);
  void setKnownTags(const QStringList& tags);
  // The selected pictures; `preview` is for a single one and may be null.
  void showEntries(const std::vector<const GalleryEntry*>& entries, const QImage& preview);
  void showPreview(const QString& path, const QImage& image);
  // Ignored unless it is about the one picture that is shown.
  void showDetails(const GalleryDetails& details);
  void focusTags();
  QString path() const { return path_; }  // of the one picture; empty for none or several

 Q_SIGNALS:
  void rated(int stars);
  void favouriteAsked(bool favourite);
  void tagsAdded(const QStringList& tags);
  void tagRemoved(const QString& tag);
  void openAsked();

 private:
  void buildMarks(QVBoxLayout* column);
  void showMarks(const std::vector<const GalleryEntry*>& entries);
  void showTable(const std::vector<std::pair<QString, QString>>& rows);
  void showFacts(const GalleryEntry& entry, const QString& twin);
  void refreshFavourite(bool favourite);

  QString folder_, path_;
  PreviewPicture* preview_;
  QLabel *title_, *facts_, *note_, *heading_;
  QWidget* marks_;
  StarRating* stars_;
  QToolButton* favourite_;
  TagEditor* tags_;
  QWidget* table_;
  QGridLayout* grid_;
  std::vector<std::pair<QLabel*, QLabel*>> lines_;
  QWidget* buttons_;
};

}  // namespace studio::ui
