// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What people type for an axis: every form, every mistake with its colour, and round trips.
#include "core/api/request.h"
#include "core/api/sweep.h"
#include "tests/support/small_catalogue.h"

#include <QElapsedTimer>
#include <QTest>

#include <bit>
#include <cmath>
#include <random>

using namespace studio;
using testing::small_catalogue;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// A declaration for each kind; "any" and "whole" allow all numbers.
ParamSpec spec_of(const QString& name) {
  ParamSpec spec;
  spec.key = "x";
  spec.label = "X";
  spec.min = -kInfinity;
  spec.max = kInfinity;
  if (name == "sigma") {
    spec.min = 0, spec.min_is_excluded = true, spec.has_infinity = true;
  } else if (name == "scale") {
    spec.min = 0, spec.max = 20;
  } else if (name == "whole") {
    spec.kind = ParamKind::Integer;
  } else if (name == "seed") {
    spec.kind = ParamKind::Integer;
    spec.min = 0, spec.max = 9223372036854775807.0;
    spec.absent_means = "a new one for each job";
  } else if (name == "flag") {
    spec.kind = ParamKind::Flag;
  } else if (name == "sampler" || name == "spacing") {
    spec.kind = ParamKind::Choice;
    spec.choices = {"euler", "euler_a", "ddim"};
    if (name == "spacing") spec.absent_means = "the model's own";
  } else if (name == "prompt" || name == "negative") {
    spec.kind = ParamKind::Text;
    spec.max = 65536;
    if (name == "negative") spec.absent_means = "the model's own";
  } else if (name == "layers") {
    spec.kind = ParamKind::Text;
    spec.max = 200;
    spec.choices = {"mid", "up", "mid,up"};
    spec.check_text = [](const std::string& text) -> Result<void> {
      if (text == "mid" || text == "up" || text == "d2,m1" || text == "mid,up") return {};
      return Error{ErrorCode::InvalidArgument, "\"" + text + "\" is not a layer"};
    };
  }
  return spec;
}

// G good, i incomplete, M malformed, O out of range, R repeated.
std::string states(const AxisReading& reading) {
  std::string letters;
  for (const AxisToken& token : reading.tokens)
    letters.push_back("GiMOR"[static_cast<int>(token.state)]);
  return letters;
}

std::string shown(const AxisReading& reading) {
  std::string text;
  for (const AxisValue& value : reading.values) {
    text += (&value == reading.values.data() ? "" : "|") + (value ? to_text(*value) : "null");
  }
  return text;
}

void check_consistent(const AxisReading& reading, std::string_view text) {
  std::vector<AxisValue> joined;
  std::size_t before = 0;
  bool is_bad = false;
  for (const AxisToken& token : reading.tokens) {
    QVERIFY(token.begin >= before && token.begin + token.length <= text.size());
    before = token.begin + token.length;
    const bool is_good = token.state == TokenState::Good;
    QVERIFY(is_good == token.message.empty());
    QVERIFY(is_good || token.values.empty());
    is_bad = is_bad || (!is_good && token.state != TokenState::Repeated);
    joined.insert(joined.end(), token.values.begin(), token.values.end());
  }
  QVERIFY(joined == reading.values);
  QVERIFY(reading.values.size() <= kMostAxisValues);
  QVERIFY(is_bad || reading.tokens.empty() ? !reading.problem.empty() : reading.problem.empty());
}

}  // namespace

class TestAxisValues : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void good_data();
  void good();
  void bad_data();
  void bad();
  void layers_need_no_quotes_alone() {
    const auto reading = read_axis(spec_of("layers"), "guidance.seg.layers", "\"d2,m1\", mid, up");
    QCOMPARE(shown(reading), std::string("d2,m1|mid|up"));
  }
  void tokens_say_where_they_stand() {
    const std::string text = "  1 ,\t2..4[ 3 ] ,x, \"q\"";
    const auto reading = read_axis(spec_of("any"), "x", text);
    std::vector<std::string> pieces;
    for (const auto& token : reading.tokens)
      pieces.push_back(text.substr(token.begin, token.length));
    QCOMPARE(pieces, (std::vector<std::string>{"1", "2..4[ 3 ]", "x", "\"q\""}));
    QCOMPARE(states(reading), std::string("GGMM"));
    QCOMPARE(reading.problem, reading.tokens[2].message);
  }
  void a_token_adds_only_new_values() {
    const auto reading = read_axis(spec_of("whole"), "x", "2, 1-3, 3, 3-4");
    QCOMPARE(states(reading), std::string("GGRG"));
    QCOMPARE(shown(reading), std::string("2|1|3|4"));
    QCOMPARE(reading.tokens[1].values.size(), std::size_t(2));
    QCOMPARE(reading.problem, std::string());
  }
  void every_prefix_while_typing();
  void log_is_even_in_the_logarithm() {
    const auto reading = read_axis(spec_of("sigma"), "x", "log(0.3..12)[8]");
    QCOMPARE(reading.values.size(), std::size_t(8));
    for (std::size_t i = 0; i + 1 < 8; ++i) {
      const double ratio =
          std::get<double>(*reading.values[i + 1]) / std::get<double>(*reading.values[i]);
      QVERIFY(std::abs(ratio - std::pow(40.0, 1.0 / 7)) < 1e-9);
    }
    QCOMPARE(std::get<double>(*reading.values.front()), 0.3);
    QCOMPARE(std::get<double>(*reading.values.back()), 12.0);
  }
  void evenly_spaced_values_never_leave_their_ends();
  void round_trips_data();
  void round_trips();
  void runs_are_written_short() {
    const std::vector<AxisValue> values{std::int64_t{7},
                                        std::int64_t{1},
                                        std::int64_t{2},
                                        std::int64_t{3},
                                        std::int64_t{9},
                                        std::int64_t{10}};
    QCOMPARE(axis_text(values), std::string("7, 1-3, 9, 10"));
    QCOMPARE(axis_text({}), std::string());
  }
  void labels_data();
  void labels();
  void huge_axes_are_refused_at_once_data();
  void huge_axes_are_refused_at_once();
};

void TestAxisValues::good_data() {
  QTest::addColumn<QString>("spec");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("values");
  const auto row = [](const char* spec, const char* text, const char* values) {
    QTest::addRow("%s: %s", spec, text)
        << QString(spec) << QString::fromUtf8(text) << QString::fromUtf8(values);
  };
  row("sigma", "0.5, 1, 2, inf", "0.5|1|2|inf");
  row("sigma", "INF", "inf");
  row("sigma", "infinity", "inf");
  row("sigma", "∞, 2", "inf|2");
  row("sigma", "+inf", "inf");
  row("any", ".5, 5., +4, -3, 1e-3, 2E3, -0", "0.5|5|4|-3|0.001|2000|0");
  row("any", "4.9406564584124654e-324", "5e-324");
  row("any", "0.1", "0.1");
  row("scale", "0..5[6]", "0|1|2|3|4|5");
  row("scale", "0..1[11]", "0|0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9|1");
  row("scale", "0.1..0.5[5]", "0.1|0.2|0.3|0.4|0.5");
  row("scale", "5..0[6]", "5|4|3|2|1|0");
  row("scale", " 0 .. 1 [ 3 ] ", "0|0.5|1");
  row("scale", "3..3[1]", "3");
  row("any", "-1..1[3]", "-1|0|1");
  row("any", "-0.3..0.3[7]", "-0.3|-0.2|-0.1|0|0.1|0.2|0.3");
  row("any", "-1e308..1e308[3]", "-1e+308|0|1e+308");
  row("any", "1e-3..1e-1[3]", "0.001|0.0505|0.1");
  row("sigma", "log(0.1..10)[3]", "0.1|1|10");
  row("sigma", "log(1000..1)[4]", "1000|100|10|1");
  row("sigma", "log( 1 .. 4 ) [ 3 ]", "1|2|4");
  row("scale", "1-10[4]", "1|4|7|10");
  row("scale", "0-3", "0|1|2|3");
  row("scale", "0-1(+0.25)", "0|0.25|0.5|0.75|1");
  row("scale", "0-1(+0.1)", "0|0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9|1");
  row("scale", "0-1(+0.4)", "0|0.4|0.8");
  row("scale", "0.5-2(0.5)", "0.5|1|1.5|2");
  row("scale", "2-0(-0.5)", "2|1.5|1|0.5|0");
  row("whole", "1-4", "1|2|3|4");
  row("whole", "4-1", "4|3|2|1");
  row("whole", "1-10(+3)", "1|4|7|10");
  row("whole", "1-10(+4)", "1|5|9");
  row("whole", "10-1(-4)", "10|6|2");
  row("whole", "10-1(4)", "10|6|2");
  row("whole", "1-10:3", "1|4|7|10");
  row("whole", "3-3", "3");
  row("whole", "-5--2", "-5|-4|-3|-2");
  row("whole", "-2-1", "-2|-1|0|1");
  row("whole", "2--1", "2|1|0|-1");
  row("whole", "25.0, 2.6e1, +27", "25|26|27");
  row("whole", "1..10[4]", "1|4|7|10");
  row("whole", "0..10[4]", "0|3|7|10");
  row("whole", "10..0[3]", "10|5|0");
  row("whole", "1..5[5]", "1|2|3|4|5");
  row("whole", "1-100[3]", "1|51|100");
  row("whole", "log(1..1000)[4]", "1|10|100|1000");
  row("whole", "log(1..8)[8]", "1|2|3|4|6|8");
  row("whole",
      "9223372036854775806-9223372036854775807",
      "9223372036854775806|9223372036854775807");
  row("whole",
      "-9223372036854775808..9223372036854775807[3]",
      "-9223372036854775808|0|9223372036854775807");
  row("whole", "9223372036854775807", "9223372036854775807");
  row("seed", "1-3, null", "1|2|3|null");
  row("whole", "1, 2, .., 5", "1|2|3|4|5");
  row("whole", "10, 7, .., 1", "10|7|4|1");
  row("whole", "1, 2, ..., 4, 9", "1|2|3|4|9");
  row("whole", "1, 2, …, 4", "1|2|3|4");
  row("whole", "0, 5, .., 10, 20, .., 40", "0|5|10|20|30|40");
  row("scale", "0, 0.1, .., 0.5", "0|0.1|0.2|0.3|0.4|0.5");
  row("scale", "1, 2, .., 3", "1|2|3");
  row("scale", "1 || 2 || 3", "1|2|3");
  row("flag", "true, False", "true|false");
  row("sampler", "euler, \"ddim\",euler_a", "euler|ddim|euler_a");
  row("spacing", "null, ddim", "null|ddim");
  row("prompt", "a cat, a dog", "a cat|a dog");
  row("prompt", "\"a cat, asleep\", a dog", "a cat, asleep|a dog");
  row("prompt", "a cat, asleep || a dog", "a cat, asleep|a dog");
  row("prompt", "\"x || y\", z", "x || y|z");
  row("prompt", "\"x, y\" || z, w", "x, y|z, w");
  row("prompt", "a\\, b, c", "a, b|c");
  row("prompt", "\\(literal\\), c:\\path", "\\(literal\\)|c:\\path");
  row("prompt",
      "\"say \\\"hi\\\"\", \"back\\\\slash\", \"\\(x\\)\"",
      "say \"hi\"|back\\slash|\\(x\\)");
  row("prompt", "\"two\\nlines\"", "two\nlines");
  row("prompt", "\"\", x", "|x");
  row("prompt", "\"  spaces  \"", "  spaces  ");
  row("prompt", "null", "null");
  row("prompt", "1..5[3], .., inf", "1..5[3]|..|inf");
  row("prompt", "ein Bär, 猫, 🐈", "ein Bär|猫|🐈");
  row("negative", "\"null\"", "null");
  row("layers", "mid", "mid");
  row("layers", "\"mid,up\"", "mid,up");
  row("layers", "mid,up || mid", "mid,up|mid");
}

void TestAxisValues::good() {
  QFETCH(QString, spec);
  QFETCH(QString, text);
  QFETCH(QString, values);
  const std::string typed = text.toStdString();
  const auto reading = read_axis(spec_of(spec), "x", typed);
  check_consistent(reading, typed);
  QVERIFY2(reading.problem.empty(), reading.problem.c_str());
  QCOMPARE(QString::fromStdString(shown(reading)), values);
  const auto again = read_axis(spec_of(spec), "x", axis_text(reading.values));
  QVERIFY2(again.values == reading.values, axis_text(reading.values).c_str());
}

void TestAxisValues::bad_data() {
  QTest::addColumn<QString>("spec");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("letters");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* spec, const char* text, const char* letters, const char* says) {
    QTest::addRow("%s: %s", spec, text)
        << QString(spec) << QString::fromUtf8(text) << QString(letters) << QString::fromUtf8(says);
  };
  row("any", "", "", "there are no values yet");
  row("any", "  \t\n", "", "there are no values yet");
  row("any", ",", "Mi", "between two commas");
  row("any", "1,,2", "GMG", "between two commas");
  row("any", "1, ", "Gi", "missing after the last comma");
  row("any", "-", "i", "a number is missing");
  row("any", "+", "i", "a number is missing");
  row("any", ".", "i", "a number is missing");
  row("any", "1e", "i", "exponent has no digits");
  row("any", "1e-", "i", "exponent has no digits");
  row("any", "1ex", "M", "not a number or a range");
  row("any", "1..", "i", "a..b[n] gives n");
  row("any", "1.5.", "i", "a..b[n] gives n");
  row("any", "1..5", "i", "a..b[n] gives n");
  row("any", "1..-", "i", "a number is missing");
  row("any", "1..5[", "i", "number of values is missing");
  row("any", "1..5[3", "i", "the ] is missing");
  row("any", "1..5[]", "M", "not a number or a range");
  row("any", "1..5[x]", "M", "not a number or a range");
  row("any", "1..5[-3]", "M", "not a number or a range");
  row("any", "1..5[2.5]", "M", "not a number or a range");
  row("any", "1..5[3]x", "M", "not a number or a range");
  row("any", "1..5]", "M", "not a number or a range");
  row("any", "1...5[2]", "M", "not a number or a range");
  row("any", "1....5[2]", "M", "not a number or a range");
  row("any", "1..5[1]", "O", "at least 2");
  row("any", "1..5[0]", "O", "at least 2");
  row("any", "2..2[3]", "O", "only one value");
  row("any", "1..5[10001]", "O", "more than the 10000 values");
  row("any", "1..5[99999999999999999999999]", "O", "more than the 10000 values");
  row("sigma", "1..inf[3]", "M", "not a number or a range");
  row("any", "l", "i", "log(a..b)[n] gives");
  row("any", "log", "i", "log(a..b)[n] gives");
  row("any", "log(", "i", "log(a..b)[n] gives");
  row("any", "log(0.3", "i", "log(a..b)[n] gives");
  row("any", "log(0.3.", "i", "log(a..b)[n] gives");
  row("any", "log(0.3..", "i", "log(a..b)[n] gives");
  row("any", "log(0.3..12", "i", "log(a..b)[n] gives");
  row("any", "log(0.3..12)", "i", "log(a..b)[n] gives");
  row("any", "log(0.3..12)[", "i", "number of values is missing");
  row("any", "log(0.3..12)[8", "i", "the ] is missing");
  row("any", "log(0..12)[8]", "O", "above 0");
  row("any", "log(-1..12)[8]", "O", "above 0");
  row("any", "log(3..-1)[8]", "O", "above 0");
  row("any", "log[3]", "M", "not a number or a range");
  row("any", "log(1-2)[3]", "M", "not a number or a range");
  row("any", "log(0.3, 12)[8]", "iM", "log(a..b)[n] gives");
  row("any", "nan", "M", "is not a number");
  row("any", "-nan, NaN", "MM", "is not a number");
  row("any", "inf", "O", "x is inf, but must be");
  row("sigma", "-inf", "O", "x is -inf, but must be");
  row("sigma", "in", "i", "write inf");
  row("sigma", "i", "i", "write inf");
  row("any", "in", "M", "not a number or a range");
  row("sigma", "0", "O", "x is 0, but must be a number above 0");
  row("sigma", "-1, 2", "OG", "x is -1, but must be");
  row("scale", "0..30[4]", "O", "x is 30, but must be a number from 0 to 20");
  row("scale", "1e999", "O", "too large or too near 0");
  row("scale", "1e-999", "O", "too large or too near 0");
  row("scale", "abc", "M", "not a number or a range");
  row("scale", "1 2", "M", "not a number or a range");
  row("scale", "0x10", "M", "not a number or a range");
  row("scale", "\"1\"", "M", "without quotes");
  row("scale", "null", "O", "is null, but must be");
  row("scale", "nul", "M", "not a number or a range");
  row("scale", "0.5-", "i", "a-b(+step)");
  row("scale", "0.5-2", "i", "a-b(+step)");
  row("scale", "0.5-2(", "i", "the step is missing");
  row("scale", "0.5-2(+", "i", "a number is missing");
  row("scale", "0.5-2(+1", "i", "the ) is missing");
  row("scale", "0.5-2(+1)x", "M", "not a number or a range");
  row("scale", "1-2:", "i", "the step is missing");
  row("scale", "1-2(0)", "O", "the step must not be 0");
  row("scale", "1-2(-1)", "O", "leads away from 2");
  row("scale", "2-1(+1)", "O", "leads away from 1");
  row("scale", "0-1(+1e-9)", "O", "more than the 10000 values");
  row("scale", "0-1(+1e-320)", "O", "more than the 10000 values");
  row("whole", "1.5", "M", "not a whole number");
  row("whole", "99999999999999999999", "O", "too large");
  row("whole", "1e17", "O", "write all its digits");
  row("whole", "1..5[9]", "O", "only 5 whole numbers from 1 to 5");
  row("whole", "1.5..5[2]", "M", "not a whole number");
  row("whole", "1-5(+0.5)", "M", "not a whole number");
  row("whole", "1-20000", "O", "more than the 10000 values");
  row("whole", "0-1000000000", "O", "more than the 10000 values");
  row("whole", "-9223372036854775808-9223372036854775807", "O", "more than the 10000 values");
  row("seed", "-1", "O", "x is -1, but must be a whole number");
  row("seed", "nu", "i", "null stands for a new one");
  row("seed", "nulls", "M", "not a number or a range");
  row("whole", "..", "M", "two single numbers must stand before");
  row("whole", "1, ..", "GM", "two single numbers must stand before");
  row("whole", "1, 2, ..", "GGi", "is missing after it");
  row("whole", "1, 2, .., ", "GGii", "is missing after it");
  row("whole", "1, 2, .., 1", "GGMR", "does not lead to 1");
  row("whole", "1, 3, .., 10", "GGMG", "does not lead to 10");
  row("whole", "1, 1, .., 3", "GRMG", "which is 0");
  row("whole", "1-2, 3, .., 5", "GGMG", "two single numbers must stand before");
  row("whole", "1, 2, .., 1e9", "GGOG", "more than the 10000 values");
  row("whole", "1, 2, .., 9x", "GGiM", "must be followed by a single number");
  row("flag", "t", "i", "not finished: true");
  row("flag", "maybe", "M", "must be true or false");
  row("flag", "1", "M", "must be true or false");
  row("sampler", "eul", "i", "must be one of euler");
  row("sampler", "eulr", "O", "must be one of euler");
  row("sampler", "\"eul\"", "O", "must be one of euler");
  row("sampler", "null", "O", "must be one of euler");
  row("prompt", "\"a cat", "i", "closing quote");
  row("prompt", "\"a cat\\\"", "i", "closing quote");
  row("prompt", "\"a cat\\", "i", "closing quote");
  row("prompt", "\"", "i", "closing quote");
  row("prompt", "\"a\" b, c", "MG", "a comma must follow");
  row("prompt", "say \"hi\", c", "MG", "in quotes");
  row("prompt", "a,,b", "GMG", "an empty text is written \"\"");
  row("layers", "mi", "i", "is not a layer");
  row("layers", "q7", "O", "is not a layer");
  row("layers", "\"mid,\"", "O", "is not a layer");
}

void TestAxisValues::bad() {
  QFETCH(QString, spec);
  QFETCH(QString, text);
  QFETCH(QString, letters);
  QFETCH(QString, says);
  const std::string typed = text.toStdString();
  const auto reading = read_axis(spec_of(spec), "x", typed);
  check_consistent(reading, typed);
  QCOMPARE(QString::fromStdString(states(reading)), letters);
  QVERIFY2(contains(reading.problem, says.toStdString()), reading.problem.c_str());
}

// A good text that is being typed is never called wrong before it is finished.
void TestAxisValues::every_prefix_while_typing() {
  const std::pair<const char*, const char*> typed[] = {{"sigma", "0.5, 1.25e-3, inf"},
                                                       {"sigma", "log(0.3..12)[8], 0.25..1[4]"},
                                                       {"scale", "0.5-2(+0.5), 1-3"},
                                                       {"whole", "10-30(+5), 7"},
                                                       {"seed", "1-4, null"},
                                                       {"prompt", "\"a, \\\"b\\\"\", c"},
                                                       {"flag", "true, false"},
                                                       {"sampler", "euler_a, ddim"}};
  for (const auto& [spec, text] : typed) {
    const std::string_view whole = text;
    for (std::size_t length = 1; length <= whole.size(); ++length) {
      const auto reading = read_axis(spec_of(spec), "x", whole.substr(0, length));
      for (const AxisToken& token : reading.tokens) {
        // A number on its way may still be too small or stand before.
        const bool is_fine = token.state != TokenState::Malformed;
        QVERIFY2(is_fine, (std::string(whole.substr(0, length)) + ": " + token.message).c_str());
      }
    }
  }
}

void TestAxisValues::evenly_spaced_values_never_leave_their_ends() {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(-12, 12);
  for (int round = 0; round < 300; ++round) {
    const double a = std::pow(10, exponent(random)), b = std::pow(10, exponent(random));
    const std::string count = std::to_string(2 + random() % 50);
    for (const char* form : {"..", "log"}) {
      const std::string ends = to_text(a) + ".." + to_text(b);
      const std::string text = (*form == 'l' ? "log(" + ends + ")" : ends) + "[" + count + "]";
      const auto reading = read_axis(spec_of("sigma"), "x", text);
      QVERIFY2(reading.problem.empty(), (text + ": " + reading.problem).c_str());
      QCOMPARE(std::to_string(reading.values.size()), count);
      QCOMPARE(std::get<double>(*reading.values.front()), a);
      QCOMPARE(std::get<double>(*reading.values.back()), b);
      for (std::size_t i = 0; i + 1 < reading.values.size(); ++i) {
        const double one = std::get<double>(*reading.values[i]),
                     next = std::get<double>(*reading.values[i + 1]);
        QVERIFY2(a < b ? one < next : one > next, text.c_str());
      }
    }
  }
}

void TestAxisValues::round_trips_data() {
  QTest::addColumn<QString>("spec");
  for (const char* spec :
       {"sigma", "any", "whole", "seed", "flag", "sampler", "spacing", "prompt", "negative"}) {
    QTest::newRow(spec) << QString(spec);
  }
}

void TestAxisValues::round_trips() {
  QFETCH(QString, spec);
  const ParamSpec declared = spec_of(spec);
  std::mt19937_64 random(11);
  const auto random_text = [&] {
    static const char* const parts[] = {"a",  " ",   ",",   "\"",      "\\", "\n", "\t",
                                        "\r", "||",  "|",   "null",    "é",  "猫", "🐈",
                                        "..", "[3]", "1-4", "(x:1.2)", ";",  "\\,"};
    std::string text;
    for (std::size_t count = random() % 8; count > 0; --count)
      text += parts[random() % std::size(parts)];
    return text;
  };
  const auto random_value = [&]() -> AxisValue {
    if (!declared.absent_means.empty() && random() % 8 == 0) return std::nullopt;
    switch (declared.kind) {
      case ParamKind::Real: {
        if (declared.has_infinity && random() % 8 == 0) return kInfinity;
        const double number = std::bit_cast<double>(random());
        return std::isfinite(number) && number != 0
                   ? (declared.min == 0 ? std::abs(number) : number)
                   : 1.0;
      }
      case ParamKind::Integer: {
        const auto number = static_cast<std::int64_t>(random() >> random() % 64);
        return declared.min == 0 ? (number < 0 ? ~number : number) : number;
      }
      case ParamKind::Flag:
        return random() % 2 == 0;
      case ParamKind::Choice:
        return std::string(declared.choices[random() % declared.choices.size()]);
      case ParamKind::Text:
        return random_text();
    }
    return std::nullopt;
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<AxisValue> values;
    for (std::size_t count = 1 + random() % 6; count > 0; --count) {
      AxisValue value = random_value();
      if (std::find(values.begin(), values.end(), value) == values.end())
        values.push_back(std::move(value));
    }
    const std::string text = axis_text(values);
    const auto reading = read_axis(declared, "x", text);
    QVERIFY2(reading.problem.empty(), (text + ": " + reading.problem).c_str());
    QVERIFY2(reading.values == values, text.c_str());
    QCOMPARE(axis_text(reading.values), text);
  }
}

void TestAxisValues::labels_data() {
  QTest::addColumn<QString>("spec");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("label");
  QTest::newRow("infinity") << "sigma"
                            << "inf" << QString::fromUtf8("∞");
  QTest::newRow("absent") << "seed"
                          << "null"
                          << "default";
  QTest::newRow("number") << "sigma"
                          << "0.5"
                          << "0.5";
  QTest::newRow("long number") << "sigma"
                               << "0.123456789"
                               << "0.12346";
  QTest::newRow("whole real") << "sigma"
                              << "123456"
                              << "123456";
  QTest::newRow("seed") << "seed"
                        << "9223372036854775807"
                        << "9223372036854775807";
  QTest::newRow("flag") << "flag"
                        << "true"
                        << "true";
  QTest::newRow("empty") << "prompt"
                         << "\"\""
                         << "\"\"";
  QTest::newRow("lines") << "prompt"
                         << "\"a\\nb\""
                         << "a b";
}

void TestAxisValues::labels() {
  QFETCH(QString, spec);
  QFETCH(QString, text);
  QFETCH(QString, label);
  const auto reading = read_axis(spec_of(spec), "x", text.toStdString());
  QCOMPARE(reading.values.size(), std::size_t(1));
  QCOMPARE(QString::fromStdString(axis_label(reading.values.front())), label);
}

void TestAxisValues::huge_axes_are_refused_at_once_data() {
  QTest::addColumn<QString>("spec");
  QTest::addColumn<QByteArray>("text");
  QTest::newRow("a-b") << "seed" << QByteArray("0-999999999");
  QTest::newRow("a..b[n]") << "seed" << QByteArray("0..999999999[1000000000]");
  QTest::newRow("step") << "scale" << QByteArray("0-20(+1e-12)");
  QTest::newRow("dots") << "seed" << QByteArray("0, 1, .., 1000000000");
  QTest::newRow("many commas") << "scale" << QByteArray(5'000'000, ',');
  QByteArray list;
  for (int i = 0; i < 20'000; ++i) list += QByteArray::number(i) + ",";
  QTest::newRow("a list of 20,000") << "seed" << list;
  QByteArray ranges;
  for (int i = 0; i < 300; ++i)
    ranges += QByteArray::number(i * 10'000) + "-" + QByteArray::number(i * 10'000 + 9'999) + ",";
  QTest::newRow("many ranges") << "seed" << ranges;
  QTest::newRow("one long text") << "prompt" << QByteArray(5'000'000, 'a');
  QTest::newRow("one long number") << "scale" << QByteArray(5'000'000, '1');
}

void TestAxisValues::huge_axes_are_refused_at_once() {
  QFETCH(QString, spec);
  QFETCH(QByteArray, text);
  QElapsedTimer timer;
  timer.start();
  const auto reading = read_axis(spec_of(spec), "x", text.toStdString());
  QVERIFY(timer.elapsed() < 500);
  QVERIFY(!reading.problem.empty());
  QVERIFY(reading.problem.size() < 300);
  QVERIFY(reading.values.size() <= kMostAxisValues);
  QVERIFY(reading.tokens.size() <= kMostAxisValues + 1);
}

QTEST_GUILESS_MAIN(TestAxisValues)
#include "tst_axis_values.moc"
