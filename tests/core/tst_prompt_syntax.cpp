// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Emphasis in prompts: what is read, what is refused with its place, and that no text breaks the
// reader.
#include "core/api/conditioning_params.h"
#include "core/api/model_params.h"
#include "core/api/prompt_syntax.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace studio;

using Pieces = std::vector<std::pair<std::string, double>>;
Q_DECLARE_METATYPE(Pieces)

class TestPromptSyntax : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void reads_data() {
    QTest::addColumn<QByteArray>("prompt");
    QTest::addColumn<Pieces>("pieces");
    const auto row = [](const char* name, const char* prompt, const Pieces& pieces) {
      QTest::newRow(name) << QByteArray(prompt) << pieces;
    };
    row("nothing", "", {});
    row("normal text", "normal text", {{"normal text", 1}});
    // The examples of parse_prompt_attention's own documentation, the last one closed at its end.
    row("parentheses", "an (important) word", {{"an ", 1}, {"important", 1.1}, {" word", 1}});
    row("literals", "\\(literal\\]", {{"(literal]", 1}});
    row("neighbours join", "(unnecessary)(parens)", {{"unnecessaryparens", 1.1}});
    row("all at once",
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).)",
        {{"a ", 1},
         {"house", 1.573},
         {" ", 1.1},
         {"on", 1},
         {" a ", 1.1},
         {"hill", 0.55},
         {", sun, ", 1.1},
         {"sky", 1.4641},
         {".", 1.1}});
    row("square brackets", "[less]", {{"less", 1 / 1.1}});
    row("a weight of 0", "x (y:0)", {{"x ", 1}, {"y", 0}});
    row("spaces around a weight", "(y: 1.25 )", {{"y", 1.25}});
    row("a sign before a weight", "(y:+1.25)", {{"y", 1.25}});
    row("a weight without digits before the point", "(y:.5)", {{"y", 0.5}});
    row("a colon in the text", "at 12:30 (time: noon)", {{"at 12:30 ", 1}, {"time: noon", 1.1}});
    row("a number that goes on", "(y:1.2b)", {{"y:1.2b", 1.1}});
    row("a colon as a sign", "(12\\:30)", {{"12:30", 1.1}});
    row("backslashes", "a\\\\b\\c\\", {{"a\\b\\c\\", 1}});
    row("nothing in brackets", "a()b[]", {{"ab", 1}});
    row("not ASCII",
        "\xC3\xA9t\xC3\xA9 (\xE2\x98\x83:2)",
        {{"\xC3\xA9t\xC3\xA9 ", 1}, {"\xE2\x98\x83", 2}});
  }

  void reads() {
    QFETCH(QByteArray, prompt);
    QFETCH(Pieces, pieces);
    const auto read = parse_weighted_prompt(prompt.toStdString());
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read.value().size(), pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      QCOMPARE(QByteArray::fromStdString(read.value()[i].text),
               QByteArray::fromStdString(pieces[i].first));
      QVERIFY(std::abs(read.value()[i].weight - pieces[i].second) < 1e-12);
    }
  }

  void refuses_data() {
    QTest::addColumn<QByteArray>("prompt");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("what");
    const auto row =
        [](const char* name, const QByteArray& prompt, const char* place, const char* what) {
          QTest::newRow(name) << prompt << QString("at character %1, ").arg(place) << QString(what);
        };
    row("never closed", "an (important word", "4", "never closed; write \\(");
    row("square never closed", "a [b (c)", "3", "never closed; write \\[");
    row("closes nothing", "word) x", "5", "closes nothing; write \\)");
    row("square closes nothing", "a ]", "3", "closes nothing");
    row("crossed", "(a [b) c]", "6", "the \"[\" at character 4");
    row("weight in a crossed bracket", "[a (b:1.2]", "6", "[text:number]");
    row("schedule", "[cat:0.5]", "5", "write (text:number)");
    row("too large", "(a:11)", "3", "from 0 to 10");
    row("below 0", "(a:-1)", "3", "from 0 to 10");
    row("beyond doubles", "(a:" + QByteArray(400, '9') + ")", "3", "from 0 to 10");
    row("infinite", "(a:inf)", "3", "from 0 to 10");
    row("weight that closes nothing", "a:1.2)", "6", "closes nothing");
    row("product too large", "(((a:10):10):2)", "15", "at most 100");
    row("too deep", QByteArray(101, '('), "101", "100 deep");
    row("counted in characters", "\xC3\xA9\xC3\xA9(x", "3", "never closed");
  }

  void refuses() {
    QFETCH(QByteArray, prompt);
    QFETCH(QString, place);
    QFETCH(QString, what);
    const auto read = parse_weighted_prompt(prompt.toStdString());
    QVERIFY(!read);
    const QString message = QString::fromStdString(read.error().message);
    QVERIFY2(read.error().code == ErrorCode::InvalidArgument && message.contains(place) &&
                 message.contains(what),
             qPrintable(message));
  }

  // Random texts of what matters to the reader: a sentence or pieces whose text holds every other
  // sign.
  void no_text_breaks_it() {
    std::mt19937 random(7);
    const std::vector<std::string> parts = {"(",
                                            ")",
                                            "[",
                                            "]",
                                            ":",
                                            "\\",
                                            "1.2",
                                            "-",
                                            "9e9",
                                            "word ",
                                            "\xC3\xA9",
                                            "\xFF",
                                            std::string(1, '\0'),
                                            " ",
                                            ",",
                                            "inf",
                                            "nan",
                                            "0",
                                            ":1.5)",
                                            "(a:1.1)",
                                            "[b]"};
    int read_count = 0;
    for (int round = 0; round < 20000; ++round) {
      std::string prompt;
      const auto length = random() % 24;
      for (unsigned i = 0; i < length; ++i) prompt += parts[random() % parts.size()];
      const auto read = parse_weighted_prompt(prompt);
      if (!read) {
        QVERIFY(read.error().code == ErrorCode::InvalidArgument &&
                read.error().message.find("at character ") != std::string::npos);
        continue;
      }
      ++read_count;
      std::size_t size = 0;
      for (const WeightedText& piece : read.value()) {
        QVERIFY(!piece.text.empty() && piece.weight >= 0.0 && piece.weight <= 100.0);
        size += piece.text.size();
      }
      QVERIFY(size <= prompt.size());
    }
    QVERIFY(read_count > 1000);
    QVERIFY(!parse_weighted_prompt(std::string(65536, '(')));
    std::string many;
    while (many.size() < 65000) many += "(a)[b]";
    QCOMPARE(parse_weighted_prompt(many).value().size(), std::size_t{2} * (many.size() / 6));
  }

  void sections_say_what_they_say() {
    QVERIFY(text_options({}) == TextOptions{});
    const ParamSet sections{{"conditioning.prompt_syntax", std::string("weighted")},
                            {"conditioning.clip_skip", std::int64_t{2}},
                            {"conditioning.original_width", std::int64_t{300}},
                            {"conditioning.crop_top", std::int64_t{16}},
                            {"conditioning.negative_target_height", std::int64_t{77}},
                            {"model_options.prediction", std::string("v_prediction")},
                            {"model_options.zero_snr", false}};
    QVERIFY(text_options(sections) == (TextOptions{PromptSyntax::Weighted, 2}));
    const SizeConditioning sizes = size_conditioning(sections, 640, 480);
    QVERIFY(sizes.positive == (SizeIds{480, 300, 16, 0, 480, 640}));
    QVERIFY(sizes.negative == (SizeIds{480, 300, 16, 0, 77, 640}));
    const SizeConditioning plain = size_conditioning({}, 640, 480);
    QVERIFY(plain.positive == (SizeIds{480, 640, 0, 0, 480, 640}) &&
            plain.negative == plain.positive);
    const ModelParams params = model_params(sections);
    QVERIFY(params.prediction == "v_prediction" && params.zero_snr == false && !params.vae &&
            !params.text_encoders);
    QVERIFY(!parse_prompt_syntax("a1111"));
    // Every value that a section may hold is one that its reader takes.
    for (const Card* card : {&conditioning_card(), &model_card()}) {
      for (const ParamSpec& spec : card->params) {
        QVERIFY(spec.kind == ParamKind::Text || validate(spec, spec.key, spec.initial));
        const std::string path = std::string(card->id) + "." + std::string(spec.key);
        for (const std::string_view choice : spec.choices) {
          QVERIFY(validate(spec, path, std::string(choice)));
          text_options({{path, std::string(choice)}});
        }
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestPromptSyntax)
#include "tst_prompt_syntax.moc"
