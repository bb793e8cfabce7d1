// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Painting masks: tools, where the mask lies, what is written, what is refused, and how fast it is.
#include "core/make_engine.h"
#include "tests/support/mask_pixels.h"
#include "ui/job_bridge.h"
#include "ui/mask_painter.h"
#include "ui/pool_tasks.h"

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

using namespace studio;
using namespace studio::ui;
using studio::test::isBinary;
using studio::test::whiteIn;

namespace {

constexpr const char* kMaskPath = "start.mask";
constexpr const char* kPicturePath = "start.image";

QImage gradient(int width, int height) {
  QImage made(width, height, QImage::Format_RGB32);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      made.setPixel(x, y, qRgb(x * 255 / width, y * 255 / height, 90));
  }
  return made;
}

}  // namespace

class TestMaskPainter : public QObject {
  Q_OBJECT

 private:
  JobBridge bridge_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<QTemporaryDir> dir_;
  PoolTasks tasks_;

  QString file(const char* name) const { return dir_->filePath(QLatin1String(name)); }
  MaskTask task(QSize picture = {96, 96}, QSize job = {96, 96}) {
    gradient(picture.width(), picture.height()).save(file("picture.png"));
    MaskTask made;
    made.request.width_px = job.width();
    made.request.height_px = job.height();
    made.request.sections[kPicturePath] = file("picture.png").toStdString();
    made.path = kMaskPath;
    made.under = kPicturePath;
    made.label = "Mask";
    made.folder = file("masks");
    return made;
  }
  std::unique_ptr<MaskPainter> opened(const MaskTask& task) {
    auto painter = std::make_unique<MaskPainter>(task, catalogue(), tasks_, *engine_);
    painter->resize(760, 640);
    painter->show();
    if (!QTest::qWaitForWindowExposed(painter.get())) return nullptr;
    const bool ready = QTest::qWaitFor([&] { return !painter->isBusy(); }, 10000);
    return ready ? std::move(painter) : nullptr;
  }
  static void drag(MaskCanvas* canvas,
                   QPointF from,
                   QPointF to,
                   Qt::MouseButton button = Qt::LeftButton) {
    QTest::mousePress(canvas, button, {}, canvas->toView(from).toPoint());
    for (int i = 1; i <= 4; ++i) {
      const QPointF at = canvas->toView(from + (to - from) * i / 4.0);
      QMouseEvent move(
          QEvent::MouseMove, at, canvas->mapToGlobal(at), Qt::NoButton, button, Qt::NoModifier);
      QApplication::sendEvent(canvas, &move);
    }
    QTest::mouseRelease(canvas, button, {}, canvas->toView(to).toPoint());
  }
  static void trigger(MaskPainter* painter, const char* name) {
    painter->findChild<QAction*>(QLatin1String(name))->trigger();
  }

 private Q_SLOTS:
  void initTestCase() {
    EngineConfig config;
    config.resources_path = STUDIO_RESOURCES_DIR;
    config.device = "cpu";
    auto engine = make_engine(config, bridge_);
    if (!engine) QFAIL(engine.error().message.c_str());
    engine_ = std::move(engine).value();
  }
  void cleanupTestCase() {
    tasks_.finish();
    engine_.reset();
  }
  void init() { dir_ = std::make_unique<QTemporaryDir>(); }

  // Forms find a mask's picture and its soft edge by these keys.
  void declarationsNameTheirNeighbours() {
    int painted = 0, commands = 0;
    for (const Card& card : catalogue().sections) {
      for (const ParamSpec& spec : card.params) {
        for (const std::string_view key : {spec.painted_on, spec.seen_in, spec.softens}) {
          const bool known =
              key.empty() ||
              std::any_of(card.params.begin(), card.params.end(), [&](const ParamSpec& other) {
                return other.key == key && &other != &spec && !other.path_of.empty();
              });
          QVERIFY2(known, std::string(spec.key).c_str());
        }
        painted += !spec.painted_on.empty();
        commands += !spec.command.empty();
      }
    }
    QCOMPARE(painted, 1);
    QCOMPARE(commands, 2);
  }

  // --- painter --------------------------------------------------------------------------------

  // What is painted is what the job sees, whatever the picture's shape, and it comes back as it
  // was.
  void jobsSeeWhatIsPainted_data() {
    QTest::addColumn<QSize>("picture");
    QTest::addColumn<QSize>("job");
    QTest::newRow("as large") << QSize(96, 96) << QSize(96, 96);
    QTest::newRow("wide") << QSize(333, 120) << QSize(96, 96);
    QTest::newRow("tall") << QSize(50, 211) << QSize(128, 64);
    QTest::newRow("small") << QSize(17, 13) << QSize(96, 64);
  }
  void jobsSeeWhatIsPainted() {
    QFETCH(QSize, picture);
    QFETCH(QSize, job);
    MaskTask asked = task(picture, job);
    auto painter = opened(asked);
    QVERIFY(painter);
    MaskCanvas* canvas = painter->canvas();
    QCOMPARE(canvas->mask().size(), job);
    canvas->setBrushSize(21);
    drag(canvas, {10, 12}, {80, 40});
    drag(canvas, {30, 30}, {50, 30}, Qt::RightButton);
    const QImage painted = canvas->mask().image();
    QVERIFY(whiteIn(painted) > 200);
    QSignalSpy done(painter.get(), &MaskPainter::painted);
    painter->use();
    QTRY_COMPARE(done.count(), 1);
    QVERIFY(!painter->isVisible());
    const QString written = done[0][0].toString();
    QVERIFY(written.startsWith(file("masks/mask-")));
    QFile bytes(written);
    QVERIFY(bytes.open(QIODevice::ReadOnly));
    const QByteArray head = bytes.read(33);
    QCOMPARE(head[24], char(8));  // bits
    QCOMPARE(head[25], char(0));  // grey
    asked.request.sections[kMaskPath] = written.toStdString();
    const auto seen = engine_->see_picture(asked.request, kMaskPath);
    QVERIFY(bool(seen));
    for (int i = 0; i < job.width() * job.height(); ++i)
      QCOMPARE(int(seen.value().image.pixels[3 * std::size_t(i)]),
               qGray(painted.pixel(i % job.width(), i / job.width())));

    // Opened again it is there, and used again it is the same file.
    const QDateTime time = QFileInfo(written).lastModified();
    auto again = opened(asked);
    QVERIFY(again);
    QCOMPARE(again->canvas()->mask().image(), painted);
    QVERIFY(!again->canvas()->mask().isModified());
    QVERIFY(!again->canvas()->mask().canUndo());
    QSignalSpy done_again(again.get(), &MaskPainter::painted);
    again->use();
    QTRY_COMPARE(done_again.count(), 1);
    QCOMPARE(done_again[0][0].toString(), written);
    QCOMPARE(QFileInfo(written).lastModified(), time);
    QCOMPARE(QDir(file("masks")).entryList(QDir::Files).size(), 1);
  }

  void toolsAndKeys() {
    auto painter = opened(task());
    QVERIFY(painter);
    MaskCanvas* canvas = painter->canvas();
    QVERIFY(QTest::qWaitForWindowActive(painter.get()));
    canvas->setFocus();
    QTest::keyClick(canvas, Qt::Key_R);
    QCOMPARE(canvas->tool(), MaskTool::Rectangle);
    drag(canvas, {10.5, 10.5}, {29.5, 39.5});
    QCOMPARE(whiteIn(canvas->mask().image()), 20 * 30);
    QTest::keyClick(canvas, Qt::Key_E);
    QCOMPARE(canvas->tool(), MaskTool::Eraser);
    canvas->setBrushSize(4);
    drag(canvas, {5, 25}, {50, 25});
    QVERIFY(whiteIn(canvas->mask().image()) < 20 * 30);
    QTest::keyClick(canvas, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(whiteIn(canvas->mask().image()), 20 * 30);
    QTest::keyClick(canvas, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(whiteIn(canvas->mask().image()) < 20 * 30);
    QTest::keyClick(canvas, Qt::Key_L);
    QCOMPARE(canvas->tool(), MaskTool::Lasso);
    const QImage kept = canvas->mask().image();
    drag(canvas, {60, 60}, {60, 60});
    QVERIFY2(canvas->mask().image() == kept, "a point is no area");
    QTest::keyClick(canvas, Qt::Key_B);
    QCOMPARE(canvas->tool(), MaskTool::Brush);
    const double size = canvas->brushSize();
    QTest::keyClick(canvas, Qt::Key_BracketRight);
    QVERIFY(canvas->brushSize() > size);
    QTest::keyClick(canvas, Qt::Key_BracketLeft);
    QTest::keyClick(canvas, Qt::Key_BracketLeft);
    QVERIFY(canvas->brushSize() < size);
    const double smaller = canvas->brushSize();
    const QPointF middle = canvas->rect().center();
    QWheelEvent turn(middle,
                     canvas->mapToGlobal(middle),
                     {},
                     {0, 120},
                     Qt::NoButton,
                     Qt::ShiftModifier,
                     Qt::NoScrollPhase,
                     false);
    QApplication::sendEvent(canvas, &turn);
    QVERIFY(canvas->brushSize() > smaller);
    QTest::keyClick(canvas, Qt::Key_Delete);
    QVERIFY(canvas->mask().isBlack());
    QTest::keyClick(canvas, Qt::Key_I);
    QVERIFY(canvas->mask().isWhite());
    QTest::keyClick(canvas, Qt::Key_1, Qt::ControlModifier);
    QCOMPARE(canvas->shownZoom(), 1.0);
    const QPointF place = middle + QPointF(12, 9), under = canvas->toPicture(place);
    QWheelEvent zoom(place,
                     canvas->mapToGlobal(place),
                     {},
                     {0, 120},
                     Qt::NoButton,
                     Qt::NoModifier,
                     Qt::NoScrollPhase,
                     false);
    QApplication::sendEvent(canvas, &zoom);
    QVERIFY(canvas->shownZoom() > 1);
    QVERIFY2(QLineF(canvas->toPicture(place), under).length() < 1.01,
             "what is under the pointer stays there");
    const QPointF before = canvas->toPicture(middle);
    QTest::keyPress(canvas, Qt::Key_Space);
    drag(canvas, before, before + QPointF(10, 0));
    QTest::keyRelease(canvas, Qt::Key_Space);
    QVERIFY2(canvas->mask().isWhite(), "moving the picture paints nothing");
    QVERIFY(canvas->toPicture(middle).x() < before.x() - 5);
    QTest::keyClick(canvas, Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(canvas->zoom(), 0.0);
  }

  void softEdgeIsShown() {
    MaskTask asked = task();
    asked.softness_px = 4;
    auto painter = opened(asked);
    QVERIFY(painter);
    MaskCanvas* canvas = painter->canvas();
    trigger(painter.get(), "maskRectangle");
    drag(canvas, {20.5, 20.5}, {60.5, 60.5});
    QTRY_VERIFY(canvas->isSettled() && canvas->shownMask() == softened(canvas->mask().image(), 4));
    QVERIFY(!isBinary(canvas->shownMask()));
    QVERIFY2(isBinary(canvas->mask().image()), "only shown");
    // Strokes that change nothing leave the edge soft.
    trigger(painter.get(), "maskBrush");
    canvas->setBrushSize(30);
    drag(canvas, {40, 40}, {42, 40});
    drag(canvas, {80, 80}, {82, 80}, Qt::RightButton);
    QTRY_VERIFY(canvas->isSettled() && canvas->shownMask() == softened(canvas->mask().image(), 4));
  }

  void emptyMasksAreRefused() {
    auto painter = opened(task());
    QVERIFY(painter);
    QSignalSpy done(painter.get(), &MaskPainter::painted);
    painter->use();
    QVERIFY(painter->isVisible());
    QVERIFY(painter->problem().contains("black"));
    QCOMPARE(done.count(), 0);
    drag(painter->canvas(), {20, 20}, {40, 20});
    QVERIFY2(painter->problem().isEmpty(), "the reason has gone");
    trigger(painter.get(), "maskFill");
    painter->use();
    QCOMPARE(done.count(), 1);
    QVERIFY2(done[0][0].toString().isEmpty(), "all of it is no mask");
    QVERIFY(!QFileInfo::exists(file("masks")));
  }

  void strokesOutliveAFailedWrite() {
    MaskTask asked = task();
    QFile(file("taken")).open(QIODevice::WriteOnly);
    asked.folder = file("taken") + "/masks";  // below a file
    auto painter = opened(asked);
    QVERIFY(painter);
    drag(painter->canvas(), {20, 20}, {60, 20});
    const QImage painted = painter->canvas()->mask().image();
    QSignalSpy done(painter.get(), &MaskPainter::painted);
    painter->use();
    QTRY_VERIFY(!painter->problem().isEmpty());
    QVERIFY2(painter->problem().contains("taken"), qPrintable(painter->problem()));
    QVERIFY(painter->isVisible());
    QCOMPARE(painter->canvas()->mask().image(), painted);
    QVERIFY(painter->canvas()->mask().isModified());
    painter->use(file("elsewhere.png"));
    QTRY_COMPARE(done.count(), 1);
    QCOMPARE(done[0][0].toString(), file("elsewhere.png"));
    QCOMPARE(QImage(file("elsewhere.png")).convertToFormat(QImage::Format_Grayscale8), painted);

    asked.folder.clear();
    asked.no_folder = "The project is open for reading only.";
    auto other = opened(asked);
    QVERIFY(other);
    drag(other->canvas(), {20, 20}, {60, 20});
    other->use();
    QVERIFY(other->problem().startsWith(asked.no_folder));
  }

  void closingAsks() {
    auto painter = opened(task());
    QVERIFY(painter);
    drag(painter->canvas(), {20, 20}, {60, 20});
    painter->reject();
    auto* box = painter->findChild<QMessageBox*>();
    QVERIFY(box != nullptr);
    QVERIFY(painter->isVisible());
    box->reject();
    QTRY_VERIFY(painter->findChild<QMessageBox*>() == nullptr);
    QVERIFY(painter->isVisible());
    painter->close();
    box = painter->findChild<QMessageBox*>();
    QVERIFY2(box != nullptr, "the window's own button asks, too");
    for (QAbstractButton* button : box->buttons()) {
      if (box->buttonRole(button) == QMessageBox::DestructiveRole) button->click();
    }
    QTRY_VERIFY(!painter->isVisible());
    auto untouched = opened(task());
    QVERIFY(untouched);
    untouched->reject();
    QVERIFY(!untouched->isVisible());
  }

  void masksOfOthersAreOpened() {
    QImage other(48, 48, QImage::Format_RGB32);  // half as large, and not quite black and white
    other.fill(qRgb(30, 30, 30));
    for (int y = 0; y < 24; ++y) {
      for (int x = 0; x < 48; ++x) other.setPixel(x, y, qRgb(230, 220, 240));
    }
    other.save(file("other.png"));
    auto painter = opened(task());
    QVERIFY(painter);
    drag(painter->canvas(), {80, 80}, {90, 90});
    const QImage before = painter->canvas()->mask().image();
    painter->openMask(file("other.png"));
    QTRY_COMPARE(whiteIn(painter->canvas()->mask().image()), 96 * 48);
    painter->canvas()->undo();
    QCOMPARE(painter->canvas()->mask().image(), before);
    painter->openMask(file("nowhere.png"));
    QTRY_VERIFY(painter->problem().contains("nowhere.png"));
    QCOMPARE(painter->canvas()->mask().image(), before);
  }

  void picturesThatCannotBePaintedOn() {
    MaskTask asked = task();
    asked.request.sections[kPicturePath] = file("nowhere.png").toStdString();
    auto painter = opened(asked);
    QVERIFY(painter);
    QVERIFY(painter->problem().contains("nowhere.png"));
    QVERIFY(!painter->canvas()->hasPicture());
    painter->use();
    painter->reject();
    QVERIFY(!painter->isVisible());

    asked = task({4000, 2}, {96, 96});
    auto thin = opened(asked);
    QVERIFY(thin);
    QVERIFY2(thin->problem().contains("4000"), qPrintable(thin->problem()));

    asked = task();
    asked.request.sections[kMaskPath] = file("gone.png").toStdString();
    auto gone = opened(asked);
    QVERIFY(gone);
    QVERIFY(gone->canvas()->hasPicture());
    QVERIFY(gone->problem().contains("gone.png"));
  }

  void largePicturesStayQuick() {
    auto painter = opened(task({2048, 2048}, {2048, 2048}));
    QVERIFY(painter);
    MaskCanvas* canvas = painter->canvas();
    canvas->setBrushSize(180);
    std::vector<double> turns_ms;
    QElapsedTimer clock;
    const auto turn = [&](auto act) {
      clock.start();
      act();
      QApplication::processEvents();
      turns_ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    };
    const auto at = [&](int i) {
      return canvas->toView(
          QPointF(1024 + 800 * std::cos(i * 0.15), 1024 + 800 * std::sin(i * 0.15)));
    };
    QTest::mousePress(canvas, Qt::LeftButton, {}, at(0).toPoint());
    for (int i = 1; i < 60; ++i) {
      turn([&] {
        QMouseEvent move(QEvent::MouseMove,
                         at(i),
                         canvas->mapToGlobal(at(i)),
                         Qt::NoButton,
                         Qt::LeftButton,
                         Qt::NoModifier);
        QApplication::sendEvent(canvas, &move);
      });
    }
    std::vector<double> strokes = turns_ms;
    std::sort(strokes.begin(), strokes.end());
    clock.start();
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, at(60).toPoint());
    const double release_ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    qInfo("a turn of a stroke: median %.1f ms, longest %.1f ms; its end %.1f ms",
          strokes[strokes.size() / 2],
          strokes.back(),
          release_ms);
    QVERIFY2(strokes[strokes.size() / 2] <= 16,
             qPrintable(QString::number(strokes[strokes.size() / 2])));
  }
};

QTEST_MAIN(TestMaskPainter)
#include "tst_mask_painter.moc"
