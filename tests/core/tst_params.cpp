// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading, writing and refusing single values.
#include "core/api/nearest.h"
#include "core/api/params.h"
#include "tests/support/small_catalogue.h"

#include <QTest>

#include <clocale>
#include <cmath>
#include <locale>

using namespace studio;

class TestParams : public QObject {
  Q_OBJECT
 private:
  static ParamSpec spec_of(const QString& name) {
    ParamSpec spec = testing::real("x.y", "Y", 1, 0, 1);
    if (name == "sigma") spec = testing::small_catalogue().terms[1].params[1];
    if (name == "above to") {
      spec.max = 9999;
      spec.min_is_excluded = spec.has_infinity = true;
    }
    if (name == "open") spec.max = kInfinity;
    if (name == "any") spec.min = -(spec.max = kInfinity);
    if (name == "below") spec.min = -kInfinity;
    if (name == "whole" || name == "seed") {
      spec.kind = ParamKind::Integer;
      spec.max = name == "seed" ? 9223372036854775807.0 : 100000;
    }
    if (name == "flag") spec.kind = ParamKind::Flag;
    if (name == "choice" || name == "optional") {
      spec.kind = ParamKind::Choice;
      spec.choices = {"mid", "down"};
    }
    if (name == "optional") spec.absent_means = "the model's own";
    if (name == "text") {
      spec.kind = ParamKind::Text;
      spec.max = 8;
    }
    return spec;
  }

 private Q_SLOTS:
  void text_of_numbers_data() {
    QTest::addColumn<double>("number");
    QTest::addColumn<QString>("text");
    QTest::newRow("whole") << 25.0 << "25";
    QTest::newRow("hundred thousand") << 100000.0 << "100000";
    QTest::newRow("half") << 2.5 << "2.5";
    QTest::newRow("tenth") << 0.1 << "0.1";
    QTest::newRow("third") << 1.0 / 3 << "0.3333333333333333";
    QTest::newRow("minus zero") << -0.0 << "0";
    QTest::newRow("minus") << -1.5 << "-1.5";
    QTest::newRow("infinity") << kInfinity << "inf";
    QTest::newRow("tiny") << 1e-300 << "1e-300";
    QTest::newRow("huge") << 1e300 << "1e+300";
  }
  void text_of_numbers() {
    QFETCH(double, number);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(to_text(number)), text);
    ParamSpec any = spec_of("any");
    any.has_infinity = true;
    const auto back = parse_value(any, "x", to_text(number));
    QVERIFY(bool(back));
    QCOMPARE(std::get<double>(back.value()), number);
    QVERIFY(number != 0 || !std::signbit(std::get<double>(back.value())));
  }
  void text_of_others() {
    QCOMPARE(to_text(std::int64_t{-7}), std::string("-7"));
    QCOMPARE(to_text(true), std::string("true"));
    QCOMPARE(to_text(std::string("mid")), std::string("mid"));
  }

  void allowed_data() {
    QTest::addColumn<QString>("spec");
    QTest::addColumn<QString>("text");
    QTest::newRow("closed") << ""
                            << "a number from 0 to 1";
    QTest::newRow("open at both ends") << "any"
                                       << "a number";
    QTest::newRow("open above") << "open"
                                << "a number of at least 0";
    QTest::newRow("open below") << "below"
                                << "a number up to 1";
    QTest::newRow("above or infinity") << "sigma"
                                       << "a number above 0, or inf";
    QTest::newRow("above up to or infinity") << "above to"
                                             << "a number above 0 up to 9999, or inf";
    QTest::newRow("whole") << "whole"
                           << "a whole number from 0 to 100000";
    QTest::newRow("seed") << "seed"
                          << "a whole number from 0 to 9223372036854775807";
    QTest::newRow("flag") << "flag"
                          << "true or false";
    QTest::newRow("choice") << "choice"
                            << "one of mid, down";
    QTest::newRow("optional") << "optional"
                              << "one of mid, down, or absent: the model's own";
    QTest::newRow("text") << "text"
                          << "text of at most 8 bytes";
  }
  void allowed() {
    QFETCH(QString, spec);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(allowed_values(spec_of(spec))), text);
  }

  void accepted_data() {
    QTest::addColumn<QString>("spec");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("reads");
    QTest::newRow("lower bound") << ""
                                 << "0"
                                 << "0";
    QTest::newRow("upper bound") << ""
                                 << "1"
                                 << "1";
    QTest::newRow("exponent") << ""
                              << "5e-1"
                              << "0.5";
    QTest::newRow("minus zero") << ""
                                << "-0"
                                << "0";
    QTest::newRow("infinity") << "sigma"
                              << "inf"
                              << "inf";
    QTest::newRow("longer infinity") << "sigma"
                                     << "infinity"
                                     << "inf";
    QTest::newRow("above 9999 stays") << "sigma"
                                      << "10000"
                                      << "10000";
    QTest::newRow("largest seed") << "seed"
                                  << "9223372036854775807"
                                  << "9223372036854775807";
    QTest::newRow("flag") << "flag"
                          << "true"
                          << "true";
    QTest::newRow("choice") << "choice"
                            << "down"
                            << "down";
    QTest::newRow("empty text") << "text"
                                << ""
                                << "";
    QTest::newRow("text at its limit") << "text"
                                       << "12345678"
                                       << "12345678";
  }
  void accepted() {
    QFETCH(QString, spec);
    QFETCH(QString, text);
    QFETCH(QString, reads);
    const auto value = parse_value(spec_of(spec), "x.y", text.toStdString());
    QVERIFY2(bool(value), value ? "" : value.error().message.c_str());
    QCOMPARE(QString::fromStdString(to_text(value.value())), reads);
  }

  void refused_data() {
    QTest::addColumn<QString>("spec");
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"",
                             " ",
                             "1.0000001",
                             "-0.1",
                             "nan",
                             "inf",
                             "-inf",
                             "1e999",
                             "1e-999",
                             "0x1",
                             "+1",
                             " 1",
                             "1 ",
                             "1,5",
                             "0.5x",
                             "true",
                             "1.5.2"}) {
      QTest::addRow("number \"%s\"", text) << "" << QByteArray(text);
    }
    for (const char* text : {"0", "-1", "nan", "-inf"}) {
      QTest::addRow("sigma \"%s\"", text) << "sigma" << QByteArray(text);
    }
    for (const char* text : {"1.0", "1e2", "-1", "100001", "99999999999999999999", "inf"}) {
      QTest::addRow("whole \"%s\"", text) << "whole" << QByteArray(text);
    }
    QTest::newRow("seed beyond 64 bits") << "seed" << QByteArray("9223372036854775808");
    QTest::newRow("flag 1") << "flag" << QByteArray("1");
    QTest::newRow("flag True") << "flag" << QByteArray("True");
    QTest::newRow("choice") << "choice" << QByteArray("up");
    QTest::newRow("text too long") << "text" << QByteArray("123456789");
    QTest::newRow("invalid UTF-8") << "text" << QByteArray("a\xFF");
    QTest::newRow("overlong UTF-8") << "text" << QByteArray("\xC0\x80");
    QTest::newRow("surrogate") << "text" << QByteArray("\xED\xA0\x80");
    QTest::newRow("cut off UTF-8") << "text" << QByteArray("\xE6\x97");
    QTest::newRow("zero byte") << "text" << QByteArray("a\0b", 3);
  }
  void refused() {
    QFETCH(QString, spec);
    QFETCH(QByteArray, text);
    const auto value = parse_value(spec_of(spec), "x.y", text.toStdString());
    QVERIFY(!value);
    QCOMPARE(value.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(value.error().message.starts_with("x.y "), value.error().message.c_str());
  }
  void message_names_value_and_range() {
    const auto value = parse_value(spec_of(""), "guidance.seg.start", "3");
    QCOMPARE(value.error().message,
             std::string("guidance.seg.start is 3, but must be a number from 0 to 1"));
  }
  void messages_are_valid_text() {
    const auto value = parse_value(spec_of("choice"), "x", "a\xFF\n" + std::string(500, 'b'));
    QVERIFY(value.error().message.find("\"a??bbb") != std::string::npos);
    QVERIFY(value.error().message.size() < 200);
  }
  void wrong_types() {
    QVERIFY(!validate(spec_of(""), "x", std::int64_t{1}));
    QVERIFY(!validate(spec_of("whole"), "x", 1.0));
    QVERIFY(!validate(spec_of("flag"), "x", std::string("true")));
    QVERIFY(!validate(spec_of("choice"), "x", true));
    QVERIFY(!validate(spec_of("text"), "x", 1.0));
    QVERIFY(!validate(spec_of(""), "x", std::nan("")));
  }
  void the_check_of_a_text_is_asked() {
    const ParamSpec& layers = testing::small_catalogue().terms[1].params[2];
    QVERIFY(bool(parse_value(layers, "guidance.seg.layers", "d2,m1")));
    const auto value = parse_value(layers, "guidance.seg.layers", "x9");
    QCOMPARE(value.error().message, std::string("guidance.seg.layers: there is no layer \"x9\""));
  }
  void no_locale_matters() {
    struct Comma : std::numpunct<char> {
      char do_decimal_point() const override { return ','; }
      char do_thousands_sep() const override { return '.'; }
      std::string do_grouping() const override { return "\3"; }
    };
    const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
    const auto text = to_text(1234.5), range = allowed_values(spec_of("whole"));
    const bool reads = bool(parse_value(spec_of(""), "x", "0.5"));
    std::locale::global(before);
    QCOMPARE(text, std::string("1234.5"));
    QCOMPARE(range, std::string("a whole number from 0 to 100000"));
    QVERIFY(reads);
  }
  void nearest_data() {
    QTest::addColumn<QString>("wrong");
    QTest::addColumn<QString>("right");
    QTest::newRow("letter missing") << "guidance.seg.sigm"
                                    << "guidance.seg.sigma";
    QTest::newRow("letters swapped") << "sede"
                                     << "seed";
    QTest::newRow("group forgotten") << "seg.sigma"
                                     << "guidance.seg.sigma";
    QTest::newRow("case") << "Seed"
                          << "seed";
    QTest::newRow("nothing near") << "frobnicate"
                                  << "";
    QTest::newRow("empty") << ""
                           << "";
    QTest::newRow("very long") << QString(100000, 'x') << "";
  }
  void nearest() {
    QFETCH(QString, wrong);
    QFETCH(QString, right);
    QCOMPARE(
        QString::fromStdString(std::string(nearest_name(
            wrong.toStdString(), {"seed", "steps", "guidance.seg.sigma", "guidance.seg.scale"}))),
        right);
  }
};

QTEST_GUILESS_MAIN(TestParams)
#include "tst_params.moc"
