// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The slider with its number field: mapping, infinity stop, keys, typing, what is refused.
#include "tests/support/fake_catalogue.h"
#include "ui/param_slider.h"

#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace studio;
using namespace studio::ui;

namespace {

const ParamSpec& specOf(std::string_view key) {
  for (const Card& card : test::fake_catalogue().terms) {
    for (const ParamSpec& spec : card.params) {
      if (spec.key == key) return spec;
    }
  }
  qFatal("no such parameter");
  return test::fake_catalogue().terms.front().params.front();
}

void type(ParamSlider& slider, const QString& text) {
  auto* edit = slider.field()->findChild<QLineEdit*>();
  edit->setFocus();
  edit->selectAll();
  QTest::keyClicks(edit, text);
  QTest::keyClick(edit, Qt::Key_Return);
}

}  // namespace

class TestParamSlider : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void mapping_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<double>("value");
    QTest::addColumn<int>("position");
    QTest::newRow("linear, low end") << "seg.scale" << 0.0 << 0;
    QTest::newRow("linear, middle") << "seg.scale" << 5.0 << 500;
    QTest::newRow("linear, high end") << "seg.scale" << 10.0 << 1000;
    QTest::newRow("linear, beyond the slider") << "seg.scale" << 20.0 << 1000;
    QTest::newRow("log, low end") << "seg.sigma" << 0.1 << 0;
    QTest::newRow("log, geometric middle") << "seg.sigma" << std::sqrt(0.1 * 12) << 500;
    QTest::newRow("log, high end") << "seg.sigma" << 12.0 << 1000;
    QTest::newRow("large but finite is not infinity") << "seg.sigma" << 9000.0 << 1000;
    QTest::newRow("infinity has its own stop")
        << "seg.sigma" << kInfinity << SliderMap::kInfinityStop;
  }
  void mapping() {
    QFETCH(QString, key);
    QFETCH(double, value);
    QFETCH(int, position);
    const SliderMap map(specOf(key.toStdString()));
    QCOMPARE(map.positionOf(value), position);
  }

  void everyPositionMapsBack_data() {
    QTest::addColumn<QString>("key");
    for (const char* key : {"seg.scale", "seg.sigma", "cfg.scale", "cfg.rescale"})
      QTest::newRow(key) << key;
  }
  void everyPositionMapsBack() {
    QFETCH(QString, key);
    const ParamSpec& spec = specOf(key.toStdString());
    const SliderMap map(spec);
    double before = -1;
    for (int position = 0; position <= map.maximum(); ++position) {
      const double value = map.valueAt(position);
      QVERIFY2(value >= before, qPrintable(QStringLiteral("falls at %1").arg(position)));
      QVERIFY2(bool(validate(spec, "x", ParamValue(value))), qPrintable(QString::number(value)));
      before = value;
    }
    QCOMPARE(map.valueAt(0), spec.slider_max > 0 ? spec.slider_min : spec.min);
    QCOMPARE(map.valueAt(map.maximum()),
             spec.has_infinity     ? kInfinity
             : spec.slider_max > 0 ? spec.slider_max
                                   : spec.max);
  }

  void draggedValuesAreTidy() {
    const SliderMap map(specOf("seg.scale"));
    for (int position = 0; position <= 1000; position += 7) {
      const double value = map.valueAt(position);
      QCOMPARE(QString::number(value, 'g', 17).toDouble(),
               QString::number(value, 'f', 1).toDouble());
    }
  }

  void infinityByKeyboard() {
    ParamSlider slider(specOf("seg.sigma"));
    slider.setValue(12.0);
    QSignalSpy committed(&slider, &ParamSlider::committed);
    QTest::keyClick(slider.slider(), Qt::Key_Right);
    QVERIFY(std::isinf(slider.value()));
    QCOMPARE(slider.field()->text(), QString(QChar(0x221E)));
    QTest::keyClick(slider.slider(), Qt::Key_Right);
    QVERIFY(std::isinf(slider.value()));
    QTest::keyClick(slider.slider(), Qt::Key_Left);
    QCOMPARE(slider.value(), 12.0);
    QTest::keyClick(slider.slider(), Qt::Key_Home);
    QCOMPARE(slider.value(), 0.1);
    QTest::keyClick(slider.slider(), Qt::Key_End);
    QVERIFY(std::isinf(slider.value()));
    QCOMPARE(committed.count(), 4);
  }

  void keysStep_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<double>("from");
    QTest::addColumn<int>("press");
    QTest::addColumn<double>("to");
    QTest::newRow("right") << "seg.scale" << 3.0 << int(Qt::Key_Right) << 3.1;
    QTest::newRow("left") << "seg.scale" << 3.0 << int(Qt::Key_Left) << 2.9;
    QTest::newRow("page up") << "seg.scale" << 3.0 << int(Qt::Key_PageUp) << 4.0;
    QTest::newRow("left at the end") << "seg.scale" << 0.0 << int(Qt::Key_Left) << 0.0;
    QTest::newRow("beyond the slider's end") << "seg.scale" << 10.0 << int(Qt::Key_Right) << 10.1;
    QTest::newRow("largest value") << "seg.scale" << 20.0 << int(Qt::Key_Right) << 20.0;
    QTest::newRow("log stops at its low end") << "seg.sigma" << 0.105 << int(Qt::Key_Left) << 0.1;
    QTest::newRow("log stops at its high end") << "seg.sigma" << 11.9 << int(Qt::Key_Right) << 12.0;
  }
  void keysStep() {
    QFETCH(QString, key);
    QFETCH(double, from);
    QFETCH(int, press);
    QFETCH(double, to);
    ParamSlider slider(specOf(key.toStdString()));
    slider.setValue(from);
    QTest::keyClick(slider.slider(), static_cast<Qt::Key>(press));
    QCOMPARE(slider.value(), to);
  }

  void typing_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("value");
    QTest::addColumn<bool>("taken");
    QTest::newRow("number") << "seg.scale"
                            << "4.25" << 4.25 << true;
    QTest::newRow("comma") << "seg.scale"
                           << "4,5" << 4.5 << true;
    QTest::newRow("beyond the slider, still allowed") << "seg.scale"
                                                      << "17" << 17.0 << true;
    QTest::newRow("too large") << "seg.scale"
                               << "21" << 3.0 << false;
    QTest::newRow("negative") << "seg.scale"
                              << "-1" << 3.0 << false;
    QTest::newRow("no number") << "seg.scale"
                               << "three" << 3.0 << false;
    QTest::newRow("empty") << "seg.scale"
                           << "" << 3.0 << false;
    QTest::newRow("nan") << "seg.scale"
                         << "nan" << 3.0 << false;
    QTest::newRow("infinity where there is none") << "seg.scale"
                                                  << "inf" << 3.0 << false;
    QTest::newRow("inf") << "seg.sigma"
                         << "inf" << kInfinity << true;
    QTest::newRow("Infinity") << "seg.sigma"
                              << "Infinity" << kInfinity << true;
    QTest::newRow("sign") << "seg.sigma" << QString(QChar(0x221E)) << kInfinity << true;
    QTest::newRow("excluded minimum") << "seg.sigma"
                                      << "0" << 2.0 << false;
    QTest::newRow("below the slider, still allowed") << "seg.sigma"
                                                     << "0.05" << 0.05 << true;
  }
  void typing() {
    QFETCH(QString, key);
    QFETCH(QString, text);
    QFETCH(double, value);
    QFETCH(bool, taken);
    ParamSlider slider(specOf(key.toStdString()));
    slider.setValue(key == "seg.sigma" ? 2.0 : 3.0);
    slider.show();
    QString message;
    connect(&slider, &ParamSlider::refused, this, [&](const QString& said) { message = said; });
    QSignalSpy committed(&slider, &ParamSlider::committed);
    auto* edit = slider.field()->findChild<QLineEdit*>();
    if (text == QString(QChar(0x221E))) {
      edit->setText(text);
      QTest::keyClick(edit, Qt::Key_Return);
    } else {
      edit->selectAll();
      if (text.isEmpty()) QTest::keyClick(edit, Qt::Key_Backspace);
      type(slider, text);
    }
    QCOMPARE(slider.value(), value);
    QCOMPARE(message.isEmpty(), taken);
    QCOMPARE(committed.count(), taken ? 1 : 0);
    if (!taken) QVERIFY2(message.contains("must be"), qPrintable(message));
  }

  void dragCommitsOnce() {
    ParamSlider slider(specOf("seg.scale"));
    slider.resize(300, 30);
    slider.show();
    QVERIFY(QTest::qWaitForWindowExposed(&slider));
    QSignalSpy changed(&slider, &ParamSlider::changed);
    QSignalSpy committed(&slider, &ParamSlider::committed);
    QWidget* track = slider.slider();
    const int y = track->height() / 2;
    QTest::mousePress(track, Qt::LeftButton, {}, {60, y});
    for (int x = 70; x <= 160; x += 10) QTest::mouseMove(track, {x, y});
    QCOMPARE(committed.count(), 0);
    QTest::mouseRelease(track, Qt::LeftButton, {}, {160, y});
    QVERIFY(changed.count() > 3);
    QCOMPARE(committed.count(), 1);
    QCOMPARE(committed.last().at(0).toDouble(), slider.value());
  }

  void digitsOnTheSliderStartTyping() {
    ParamSlider slider(specOf("seg.scale"));
    slider.show();
    slider.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&slider));
    slider.slider()->setFocus();
    QTest::keyClick(slider.slider(), Qt::Key_7);
    QVERIFY(slider.field()->hasFocus());
    QTest::keyClicks(slider.field()->findChild<QLineEdit*>(), ".5");
    QTest::keyClick(slider.field()->findChild<QLineEdit*>(), Qt::Key_Return);
    QCOMPARE(slider.value(), 7.5);
  }

  void dragToTheNotch() {
    ParamSlider slider(specOf("seg.sigma"));
    slider.setValue(1.0);
    slider.resize(300, 30);
    slider.show();
    QVERIFY(QTest::qWaitForWindowExposed(&slider));
    QWidget* track = slider.slider();
    QTest::mouseClick(track, Qt::LeftButton, {}, {track->width() - 2, track->height() / 2});
    QVERIFY(std::isinf(slider.value()));
  }

  void wheelOnlyWhenFocused() {
    QWidget window;
    ParamSlider slider(specOf("seg.scale"), &window);
    QLineEdit other(&window);
    other.move(0, 60);
    window.resize(300, 100);
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    const auto turn = [&] {
      const QPointF at(20, 10);
      QWheelEvent event(at,
                        slider.slider()->mapToGlobal(at),
                        {},
                        {0, 120},
                        Qt::NoButton,
                        Qt::NoModifier,
                        Qt::NoScrollPhase,
                        false);
      QApplication::sendEvent(slider.slider(), &event);
    };
    other.setFocus();
    turn();
    QCOMPARE(slider.value(), 3.0);
    slider.slider()->setFocus();
    turn();
    QCOMPARE(slider.value(), 3.1);
  }
};

QTEST_MAIN(TestParamSlider)
#include "tst_param_slider.moc"
