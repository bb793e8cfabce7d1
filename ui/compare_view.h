// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture: two to four of them under a wipe, side by side, flipped, blinking, as a checkerboard
// or as a map of their differences; zoomed together.
#pragma once

#include "core/api/request.h"
#include "ui/compare_artist.h"
#include "ui/compare_scene.h"
#include "ui/compare_store.h"
#include "ui/picture.h"

#include <QImage>
#include <QVariantMap>
#include <QWidget>

#include <memory>
#include <optional>
#include <vector>

class QMenu;
class QTimer;

namespace studio::ui {

struct ComparePicture {
  QImage image;  // Format_RGB32; others are converted
  QString label;
  GenerationRequest request;
};

class CompareView : public QWidget {
  Q_OBJECT
 public:
  static constexpr std::size_t kMostPictures = 4;
  static constexpr double kLeastRate = 2, kMostRate = 5;  // pictures a second
  static constexpr int kLeastCell = 8, kMostCell = 256;   // logical pixels
  static constexpr double kLeastGain = 1, kMostGain = 64;

  explicit CompareView(QWidget* parent = nullptr);
  ~CompareView() override;

  // --- The pair -------------------------------------------------------------------------------
  // The last good picture of a side; stays until the next is set. Null takes it away.
  void setPicture(Side side, const QImage& image);
  const QImage& picture(Side side) const { return scene_.pair[index(side)].picture; }
  // What is in the picture's place now: it, or what is forming.
  const QImage& shownOf(Side side) const { return scene_.pair[index(side)].shown(); }
  // A picture that is still forming: in its place, or as an inset while the last good one stays.
  enum class Forming { InPlace, Inset };
  void setForming(Side side, const QImage& preview, Forming where);
  // Of the picture on its way, while there is none yet.
  void setExpectedSize(QSize size);
  void clearForming();
  bool isForming() const;
  void setLabel(Side side, const QString& text);
  // Dims a picture that does not belong to the other side's job.
  void setStale(Side side, bool stale);
  bool isStale(Side side) const { return scene_.pair[index(side)].stale; }
  const QString& label(Side side) const { return scene_.pair[index(side)].label; }
  // Shown when there is no picture at all.
  void setEmptyText(const QString& text);

  // --- Pictures picked to be compared ---------------------------------------------------------
  // One to four pictures in place of the pair, which lives on behind them; more are left out. An
  // empty list is clearPictures().
  void setPictures(std::vector<ComparePicture> pictures);
  // Shows the pair again.
  void clearPictures();
  bool showsPictures() const { return !scene_.picked.empty(); }
  const std::vector<ComparePicture>& pictures() const { return pictures_; }
  void setPictureLabel(int index, const QString& text);
  int count() const { return scene_.count(); }
  // Differences are taken from the reference; modes of two pictures show it against the other one.
  int reference() const { return scene_.reference; }
  void setReference(int index);
  int other() const { return scene_.other; }
  void setOther(int index);

  // --- How they are compared ------------------------------------------------------------------
  CompareMode mode() const { return scene_.mode; }
  void setMode(CompareMode mode);
  double wipe() const { return scene_.wipe; }  // 0..1 of the visible picture, across the line
  void setWipe(double share);
  // Degrees clockwise, above -180 up to 180: 0 is an upright line, 90 a level one.
  double wipeAngle() const { return scene_.angle; }
  void setWipeAngle(double degrees);
  bool isFlipped() const { return scene_.flipped; }
  void setFlipped(bool flipped);
  // The two pictures change their places.
  bool isSwapped() const { return scene_.swapped; }
  void setSwapped(bool swapped);
  double blinkRate() const { return blink_rate_; }
  void setBlinkRate(double pictures_a_second);
  bool isBlinking() const;
  int checkerCell() const { return scene_.checker_cell; }
  void setCheckerCell(int pixels);
  // How many times a difference is amplified; 0: so that the largest one takes the last colour.
  double gain() const { return scene_.gain; }
  void setGain(double gain);
  // The difference that takes the last colour; of all maps that are shown.
  double fullScale() const;
  // Of a picture against the reference; nullopt while it is measured or when there is none.
  std::optional<DifferenceStats> difference(int index) const;
  // Why there is no map; empty when there is one.
  QString differenceProblem(int index) const;

  // Pictures move together; else a drag moves only the one under the cursor.
  bool isLinked() const { return linked_; }
  void setLinked(bool linked);
  // How far a picture was moved by hand, in pixels of the frame. Kept while they move together.
  QPoint offset(int index) const;
  void setOffset(int index, QPoint pixels);
  bool hasOffset() const;
  void resetOffsets();

  // What a user sets once (rate, cell, gain, angle), for a settings file; unknown entries and
  // values out of range are passed over.
  QVariantMap options() const;
  void setOptions(const QVariantMap& options);

  // Screen pixels (logical) a picture pixel; 0 fits the picture to the view.
  double zoom() const { return scene_.zoom; }
  double shownZoom() const { return scene_.shownZoom(); }
  // False while a first picture forms whose size nobody told.
  bool knowsSize() const { return scene_.knowsSize(); }
  void setZoom(double zoom);
  void zoomBy(double factor, QPointF around);
  void fit() { setZoom(0); }
  QPointF centre() const { return scene_.centre; }  // of the view, in shares of the picture
  // Where the picture `index` lies, logical pixels.
  QRectF frameOf(int index) const { return scene_.target(index); }
  // The part of the view that shows it.
  QRectF cellOf(int index) const { return scene_.cell(index); }
  std::optional<PixelReadout> readoutAt(QPointF point) const;

  // What is painted inside the panes, without labels and handle. Waits for everything.
  QImage renderPicture() const;
  // Nothing is being computed for the next frame.
  bool isSettled() const;

  QSize sizeHint() const override { return {640, 640}; }
  QSize minimumSizeHint() const override { return {220, 130}; }

 Q_SIGNALS:
  void modeChanged(studio::ui::CompareMode mode);
  void zoomChanged();
  // Angle, rate, cell, gain, swap, reference, lock or offset.
  void optionsChanged();
  void picturesChanged();
  // A menu is about to open over the picture `index`; more can be added to it.
  void menuAsked(QMenu* menu, int index);
  // The cursor has come upon another pixel, or left (no value).
  void readoutChanged(const std::optional<studio::ui::PixelReadout>& readout);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  enum class Drag { None, Wipe, Turn, Pan, Move };
  static constexpr std::size_t index(Side side) { return side == Side::Twin ? 0 : 1; }
  bool isIndex(int index) const { return index >= 0 && index < count(); }
  CompareArtist artist(CompareStore::Wait wait) const;
  std::shared_ptr<const DigitAtlas> digits() const;
  void changed();        // paint anew, and what follows from what is shown
  void optionChanged();  // the same after a change of optionsChanged()
  void framed(const QSize& before);
  void tickBlink();
  void updateBlink();
  void updateReadout();
  bool nearLine(QPointF point) const;
  bool nearKnob(QPointF point) const;
  int pictureAt(QPointF point) const;
  void showCursor(QPointF point);
  void startDrag(QPointF point, Qt::MouseButton button, Qt::KeyboardModifiers keys);
  void turnTo(QPointF point, bool in_steps);
  void moveTo(QPointF point);
  bool wipeKey(const QKeyEvent& event);
  bool pictureKey(const QKeyEvent& event);
  bool optionKey(const QKeyEvent& event);
  void nextOther(int step);

  CompareScene scene_;
  CompareStore* store_;
  QTimer* blink_;
  std::vector<ComparePicture> pictures_;
  mutable std::shared_ptr<const DigitAtlas> digits_;
  mutable int digits_px_ = 0;
  double blink_rate_ = 3;
  bool linked_ = true;
  Drag drag_ = Drag::None;
  bool by_keyboard_ = false;
  QPointF last_point_, press_point_, pivot_;
  double press_angle_ = 0;
  int moved_ = 0;  // the picture that is being moved
  std::vector<QPoint> press_offsets_;
  std::optional<QPointF> hovered_;
  std::optional<PixelReadout> readout_;
  QString empty_text_;
};

}  // namespace studio::ui
