// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Thousands of pictures as tiles under headings. Only what is visible is ever touched: positions
// are computed, thumbnails are asked for as tiles come into view.
#pragma once

#include "ui/gallery_types.h"
#include "ui/thumb_loader.h"

#include <QAbstractScrollArea>
#include <QSet>
#include <QTimer>

#include <memory>
#include <optional>

class QMimeData;
class QRubberBand;

namespace studio::ui {

class GalleryGrid : public QAbstractScrollArea {
  Q_OBJECT
 public:
  static constexpr int kLeastSide = 96, kMostSide = 320;  // of a thumbnail, in pixels
  static constexpr int kUsualSide = 160, kSideStep = 32;

  explicit GalleryGrid(QWidget* parent = nullptr, qsizetype thumb_budget = ThumbLoader::kBudget);

  // For another project: forgets pictures, selection and thumbnails.
  void setFolder(const QString& folder);
  // Keeps selection and place as far as their pictures are still there.
  void setRows(const std::shared_ptr<GalleryRows>& rows);
  void patchMarks(const QHash<QString, GalleryMark>& marks);

  int count() const { return rows_ ? static_cast<int>(rows_->entries.size()) : 0; }
  // Null outside [0, count).
  const GalleryEntry* entry(int row) const;
  int currentRow() const { return current_; }
  int rowOf(const QString& path) const;
  std::vector<int> selectedRows() const;
  int selectedCount() const { return static_cast<int>(selected_.size()); }
  void selectAll();
  void clearSelection();
  // Makes it the only selected one and scrolls to it.
  void select(int row);
  QRect tileRect(int row) const;            // in the viewport
  int rowAt(const QPoint& point) const;     // -1 between tiles
  std::pair<int, int> visibleRows() const;  // first and the one after the last

  int tileSide() const { return side_; }
  void setTileSide(int side);
  const ThumbLoader& thumbs() const { return thumbs_; }
  QImage thumbOf(int row) const;
  // The selected files as other programs take them; null without a selection.
  std::unique_ptr<QMimeData> dragData() const;

 Q_SIGNALS:
  // The selection or the current picture changed.
  void selectionChanged();
  void openAsked(int row);
  void menuAsked(const QPoint& global);
  void tileSideChanged(int side);
  // A file could not be read as a picture any more.
  void fileVanished(const QString& path);

 protected:
  bool event(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Section {
    int top = 0;     // of the heading, in content pixels
    int header = 0;  // height of the heading
    int first = 0, count = 0;
  };
  enum class Move { Left, Right, Up, Down, PageUp, PageDown, Home, End };

  void layOut();
  int sectionAt(int content_y) const;
  int sectionOf(int row) const;
  QRect contentRect(int row) const;
  int bottomOf(const Section& section) const;
  void askThumbs();
  void takeThumbs(const QList<qint64>& ids);
  void moveCurrent(Move move, Qt::KeyboardModifiers modifiers);
  int target(Move move) const;
  int verticalTarget(bool down) const;
  void setCurrent(int row);
  void choose(int row, Qt::KeyboardModifiers modifiers);
  void selectRange(int from, int to, bool keep);
  void selectIn(const QRect& band);
  void tellSelection();
  void ensureVisible(int row);
  void startDrag();
  void updateTile(int row);
  QAction* actionFor(const QKeyEvent& event) const;
  QString tipFor(int row) const;

  void paintSection(QPainter& painter, const Section& section, const QRect& exposed);
  void paintTile(QPainter& painter, int row);
  void paintThumb(QPainter& painter, const GalleryEntry& entry, const QRect& frame);
  void paintProblem(QPainter& painter, const QRect& frame, const QString& text);
  void paintTexts(QPainter& painter, const GalleryEntry& entry, const QRect& area);

  std::shared_ptr<GalleryRows> rows_;
  std::vector<Section> sections_;
  QString folder_;
  ThumbLoader thumbs_;
  QTimer ask_timer_;
  QSet<qint64> selected_;  // ids
  int current_ = -1, anchor_ = -1, hovered_ = -1;
  int side_ = kUsualSide;
  int columns_ = 1;
  double step_x_ = 0;  // from one column to the next
  int content_height_ = 0;
  std::optional<QPoint> pressed_;  // where the left button went down
  int pressed_row_ = -1;
  bool select_on_release_ = false;
  QRubberBand* band_ = nullptr;
  QPoint band_origin_;  // in the content
  QSet<qint64> band_kept_;
};

}  // namespace studio::ui
