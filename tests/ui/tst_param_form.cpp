// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Forms are made from declarations alone: a control for every kind, defaults, absence, errors.
#include "tests/support/fake_catalogue.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace studio;
using namespace studio::ui;

namespace {

// One parameter of every kind, none of which the window can know by name.
const Card& oddCard() {
  static const std::vector<ParamSpec> specs = [] {
    ParamSpec real{.key = "odd.real", .label = "Strength", .unit = "px", .doc = "A real number."};
    real.initial = 2.0;
    real.neutral = ParamValue{0.0};
    real.min = 0, real.max = 4, real.step = 0.5;
    ParamSpec whole{.key = "odd.whole", .label = "Count", .unit = "", .doc = "A whole number."};
    whole.kind = ParamKind::Integer;
    whole.initial = std::int64_t{3};
    whole.min = 1, whole.max = 9, whole.step = 1;
    ParamSpec flag{.key = "odd.flag", .label = "Mirror", .unit = "", .doc = "Yes or no."};
    flag.kind = ParamKind::Flag;
    flag.initial = true;
    ParamSpec choice{.key = "odd.choice", .label = "Shape", .unit = "", .doc = "One of some."};
    choice.kind = ParamKind::Choice;
    choice.initial = std::string("round_one");
    choice.choices = {"round_one", "square"};
    ParamSpec maybe = choice;
    maybe.key = "odd.maybe";
    maybe.absent_means = "whatever fits";
    ParamSpec text{.key = "odd.text", .label = "Name", .unit = "", .doc = "Some text."};
    text.kind = ParamKind::Text;
    text.initial = std::string("a");
    text.choices = {"a", "b"};
    text.check_text = [](const std::string& given) -> Result<void> {
      if (given.size() < 4) return {};
      return Error{ErrorCode::InvalidArgument, "is too long, three letters at most"};
    };
    return std::vector{real, whole, flag, choice, maybe, text};
  }();
  static const Card card{
      .id = "odd", .label = "Odd guidance", .source = "", .doc = "", .params = specs};
  return card;
}

const Catalogue& oddCatalogue() {
  static const Catalogue catalogue{
      .job = test::fake_catalogue().job, .terms = {oddCard()}, .samplers = {}};
  return catalogue;
}

std::vector<JobParam> oddParams() {
  std::vector<JobParam> made;
  for (const ParamSpec& spec : oddCatalogue().terms.front().params) {
    made.push_back({"guidance." + std::string(spec.key), &spec, &oddCatalogue().terms.front()});
  }
  return made;
}

ParamRow* rowOf(ParamForm& form, const char* key) {
  return form.row(std::string("guidance.odd.") + key);
}

}  // namespace

class TestParamForm : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void oneRowPerParameter() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    QCOMPARE(form.rows().size(), oddParams().size());
    QVERIFY(qobject_cast<ParamSlider*>(rowOf(form, "real")->control()));
    QVERIFY(qobject_cast<ParamSlider*>(rowOf(form, "whole")->control()));
    QVERIFY(qobject_cast<QCheckBox*>(rowOf(form, "flag")->control()));
    QVERIFY(qobject_cast<QComboBox*>(rowOf(form, "choice")->control()));
    QVERIFY(qobject_cast<QComboBox*>(rowOf(form, "text")->control())->isEditable());
    for (ParamRow* row : form.rows()) {
      QVERIFY(!row->control()->accessibleName().isEmpty());
      QVERIFY(row->control()->toolTip().contains(QString::fromUtf8(row->spec().doc.data())));
    }
  }

  void declaredValuesShow() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    for (ParamRow* row : form.rows()) {
      if (row->spec().absent_means.empty()) {
        QVERIFY(row->value() == row->spec().initial);
      } else {
        QVERIFY(!row->value());
      }
    }
    auto* choice = qobject_cast<QComboBox*>(rowOf(form, "choice")->control());
    QCOMPARE(choice->currentText(), QStringLiteral("Round one"));
    auto* maybe = qobject_cast<QComboBox*>(rowOf(form, "maybe")->control());
    QCOMPARE(maybe->currentText(), QStringLiteral("Whatever fits"));
  }

  void editsHaveTheDeclaredType() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    std::map<std::string, std::optional<ParamValue>> said;
    connect(&form, &ParamForm::committed, this, [&](const std::string& path, const auto& value) {
      said[path] = value;
    });
    QTest::keyClick(qobject_cast<ParamSlider*>(rowOf(form, "real")->control())->slider(),
                    Qt::Key_Right);
    QTest::keyClick(qobject_cast<ParamSlider*>(rowOf(form, "whole")->control())->slider(),
                    Qt::Key_Left);
    QTest::keyClick(rowOf(form, "flag")->control(), Qt::Key_Space);
    QTest::keyClick(rowOf(form, "choice")->control(), Qt::Key_Down);
    QTest::keyClick(rowOf(form, "maybe")->control(), Qt::Key_Down);
    auto* text = qobject_cast<QComboBox*>(rowOf(form, "text")->control());
    text->lineEdit()->selectAll();
    QTest::keyClicks(text->lineEdit(), "xy");
    QTest::keyClick(text->lineEdit(), Qt::Key_Return);
    QVERIFY(said["guidance.odd.real"] == ParamValue{2.5});
    QVERIFY(said["guidance.odd.whole"] == ParamValue{std::int64_t{2}});
    QVERIFY(said["guidance.odd.flag"] == ParamValue{false});
    QVERIFY(said["guidance.odd.choice"] == ParamValue{std::string("square")});
    QVERIFY(said["guidance.odd.maybe"] == ParamValue{std::string("round_one")});
    QVERIFY(said["guidance.odd.text"] == ParamValue{std::string("xy")});
  }

  void backToAbsent() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    ParamRow* row = rowOf(form, "maybe");
    row->setValue(ParamValue{std::string("square")});
    QTest::keyClick(row->control(), Qt::Key_Home);
    QVERIFY(!row->value());
  }

  void refusedTextSaysWhy() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    form.show();
    ParamRow* row = rowOf(form, "text");
    auto* edit = qobject_cast<QComboBox*>(row->control())->lineEdit();
    edit->selectAll();
    QTest::keyClicks(edit, "much too long");
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(row->hasError());
    auto* error = row->findChild<QLabel*>("rowError");
    QVERIFY(error->isVisible());
    QVERIFY2(error->text().contains("three letters at most"), qPrintable(error->text()));
    QVERIFY(row->value() == ParamValue{std::string("a")});
    QVERIFY(!row->commitTyped());
    edit->selectAll();
    QTest::keyClicks(edit, "ok");
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(!row->hasError());
    QVERIFY(!error->isVisible());
  }

  void doubleClickOnTheLabelResets() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    form.show();
    ParamRow* row = rowOf(form, "real");
    row->setValue(ParamValue{3.5});
    QSignalSpy committed(row, &ParamRow::committed);
    QTest::mouseDClick(row->findChild<QLabel*>("rowLabel"), Qt::LeftButton);
    QVERIFY(row->value() == ParamValue{2.0});
    QCOMPARE(committed.count(), 1);
  }

  void neutralValueDimsTheRest() {
    ParamForm form("Odd guidance", oddParams(), oddCatalogue());
    GenerationRequest request;
    request.guidance["odd.real"] = 0.0;
    form.setRequest(request, oddCatalogue());
    QVERIFY(rowOf(form, "whole")->findChild<QLabel*>("rowLabel")->property("dim").toBool());
    QVERIFY(!rowOf(form, "real")->findChild<QLabel*>("rowLabel")->property("dim").toBool());
    request.guidance["odd.real"] = 1.0;
    form.setRequest(request, oddCatalogue());
    QVERIFY(!rowOf(form, "whole")->findChild<QLabel*>("rowLabel")->property("dim").toBool());
  }

  // The style sheet keeps what it knows of a widget until it hears that this is gone.
  void everyPartTellsThatItIsGone() {
    auto form = std::make_unique<ParamForm>("Odd guidance", oddParams(), oddCatalogue());
    form->show();
    QStringList silent;
    for (const QWidget* part : form->findChildren<QWidget*>()) {
      const QString name =
          QLatin1String(part->metaObject()->className()) + QChar(' ') + part->objectName();
      silent << name;
      connect(part, &QObject::destroyed, this, [&silent, name] { silent.removeOne(name); });
    }
    QVERIFY(silent.size() > 20);
    form.reset();
    QVERIFY2(silent.isEmpty(), qPrintable(silent.join("\n")));
  }

  void themesChangeWhileFormsComeAndGo() {
    std::unique_ptr<ParamForm> kept;
    for (int round = 0; round < 6; ++round) {
      applyTheme(*qApp, round % 2 == 0 ? darkTheme() : lightTheme());
      ParamForm form("Odd guidance", oddParams(), oddCatalogue());
      form.show();
      // Focus and half-typed text, as a form may have when its window is closed.
      auto* field = form.findChild<NumberField*>();
      QVERIFY(field != nullptr);
      field->setFocus();
      field->typeInto("9999");
      rowOf(form, "whole")->setError("out of range");
      QApplication::processEvents();
      kept = std::make_unique<ParamForm>("Odd guidance", oddParams(), oddCatalogue());
      kept->show();
      applyTheme(*qApp, round % 2 == 0 ? lightTheme() : darkTheme());
      QApplication::processEvents();
    }
    kept.reset();
    applyTheme(*qApp, darkTheme());
    QCOMPARE(qApp->palette().color(QPalette::Window), darkTheme().window);
  }
};

QTEST_MAIN(TestParamForm)
#include "tst_param_form.moc"
