// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Token ids against the published tokenizers, hostile prompts, and broken vocabularies.
#include "core/model/tokenizer.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace studio;
namespace fs = std::filesystem;

namespace {

const std::string kEmoji = STUDIO_RESOURCES_DIR "/models/emoji-sdxl/";
const std::string kClip = STUDIO_RESOURCES_DIR "/tokenizers/clip";

Tokenizer load(const std::string& name) {
  auto tokenizer = name == "clip/tokenizer"     ? Tokenizer::load(kClip)
                   : name == "clip/tokenizer_2" ? Tokenizer::load(kClip, PadToken::ExclamationMark)
                                                : Tokenizer::load(kEmoji + name.substr(6));
  if (!tokenizer) qFatal("%s", tokenizer.error().message.c_str());
  return std::move(tokenizer).value();
}

QString shown(const std::vector<std::int64_t>& ids) {
  QString text;
  for (const auto id : ids) text += QString::number(id) + " ";
  return text;
}

}  // namespace

class TestTokenizer : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;

 private Q_SLOTS:
  void reference_data() {
    QTest::addColumn<QString>("tokenizer");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("ids");
    for (const char* file : {"ids", "more"}) {
      std::ifstream in(std::string(STUDIO_TESTS_DIR "/golden/tokenizer/") + file + ".json");
      const auto cases = nlohmann::json::parse(in);
      QCOMPARE(cases.size(), std::size_t(4));
      for (const auto& [name, list] : cases.items()) {
        for (std::size_t i = 0; i < list.size(); ++i) {
          const QString row = QString("%1 %2 %3").arg(name.c_str(), file).arg(i);
          QTest::newRow(qPrintable(row))
              << QString::fromStdString(name)
              << QByteArray::fromStdString(list[i]["text"].get<std::string>())
              << QByteArray::fromStdString(list[i]["ids"].dump());
        }
      }
    }
  }
  void reference() {
    QFETCH(QString, tokenizer);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, ids);
    static std::map<QString, Tokenizer> loaded;
    if (!loaded.contains(tokenizer)) loaded.emplace(tokenizer, load(tokenizer.toStdString()));
    const Tokenizer& used = loaded.at(tokenizer);
    auto expected = nlohmann::json::parse(ids.toStdString()).get<std::vector<std::int64_t>>();
    QVERIFY(expected.size() <= Tokenizer::kLength);
    expected.resize(Tokenizer::kLength, used.pad());  // more.json leaves the padding away
    const auto actual = used.encode(text.toStdString());
    QVERIFY2(actual == expected,
             qPrintable(text + ": " + shown(actual) + " instead of " + shown(expected)));
  }
  void special_ids() {
    const Tokenizer first = load("clip/tokenizer"), second = load("clip/tokenizer_2");
    QCOMPARE(first.vocabulary_size(), 49408);
    QCOMPARE(first.bos(), 49406);
    QCOMPARE(first.eos(), 49407);
    QCOMPARE(first.pad(), 49407);
    QCOMPARE(second.pad(), 0);
    QCOMPARE(load("emoji/tokenizer").vocabulary_size(), 3584);
  }
  // The demo model ships its vocabulary; deriving it from the merges must give the same.
  void derived_vocabulary() {
    const fs::path copy = folder_.filePath("derived").toStdString();
    fs::create_directories(copy);
    fs::copy(kEmoji + "tokenizer/merges.txt", copy / "merges.txt");
    auto derived = Tokenizer::load(copy.string());
    QVERIFY2(bool(derived), derived ? "" : derived.error().message.c_str());
    const Tokenizer shipped = load("emoji/tokenizer");
    for (const char* text : {"red apple", "\xE6\x97\xA5\xE6\x9C\xAC \x01\x7F \xC3\xA9", "1 2 !!"}) {
      QVERIFY(derived.value().encode(text) == shipped.encode(text));
    }
  }

  void huge_prompt_data() {
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("one word") << QByteArray("a");
    QTest::newRow("changing letters") << QByteArray("thequickbrownfox");
    QTest::newRow("words") << QByteArray("red apple ");
    QTest::newRow("spaces") << QByteArray(" ");
    QTest::newRow("ideographic spaces") << QByteArray("\xE3\x80\x80");
    QTest::newRow("digits") << QByteArray("7");
    QTest::newRow("punctuation") << QByteArray("?!");
    QTest::newRow("specials") << QByteArray("<|endoftext|>");
    QTest::newRow("almost specials") << QByteArray("<|endoftext");
    QTest::newRow("ideographs") << QByteArray("\xE6\x97\xA5");
    QTest::newRow("marks in order") << QByteArray("\xCC\x80");
    QTest::newRow("invalid bytes") << QByteArray("\xFF");
    QTest::newRow("invalid and valid") << QByteArray("\xE3\x80 a");
  }
  void huge_prompt() {
    QFETCH(QByteArray, unit);
    const Tokenizer tokenizer = load("emoji/tokenizer_2");
    const std::string text = unit.repeated((1 << 20) / unit.size()).toStdString();
    QElapsedTimer timer;
    timer.start();
    const auto ids = tokenizer.encode(text);
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed()) + " ms"));
    QCOMPARE(ids.size(), Tokenizer::kLength);
    QCOMPARE(ids.front(), tokenizer.bos());
  }
  // The worst order for canonical reordering, at the size that a request may have.
  void marks_out_of_order() {
    const std::string text =
        QByteArray("\xCC\x80\xCC\x96").repeated(16384).prepend("a").toStdString();
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(load("emoji/tokenizer").encode(text).size(), Tokenizer::kLength);
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed()) + " ms"));
  }
  void any_bytes_give_77_ids() {
    const Tokenizer tokenizer = load("emoji/tokenizer_2");
    std::uint32_t state = 1;
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (int i = 0; i < 40; ++i) {
        state = state * 1664525 + 1013904223;
        text.push_back(static_cast<char>(state >> 24));
      }
      const auto ids = tokenizer.encode(text);
      QCOMPARE(ids.size(), Tokenizer::kLength);
      for (const auto id : ids) QVERIFY(id >= 0 && id < tokenizer.vocabulary_size());
    }
  }

  void broken_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("says");
    QTest::newRow("no merges") << "merges.txt" << QByteArray() << "no merges";
    QTest::newRow("only the version")
        << "merges.txt" << QByteArray("#version: 0.2\n") << "no merges";
    QTest::newRow("one symbol") << "merges.txt" << QByteArray("#version: 0.2\ni n\nabc\n")
                                << "line 3 is not two";
    QTest::newRow("three symbols") << "merges.txt" << QByteArray("a b c\n") << "line 1 is not two";
    QTest::newRow("empty symbol") << "merges.txt" << QByteArray("a \n") << "line 1 is not two";
    QTest::newRow("unknown symbol") << "merges.txt" << QByteArray("#version: 0.2\nqqqq zzzz\n")
                                    << "line 2 uses the token \"qqqq\"";
    QTest::newRow("repeated merge") << "merges.txt" << QByteArray("i n\ni n\n") << "line 2 repeats";
    QTest::newRow("vocabulary is a list")
        << "vocab.json" << QByteArray("[]") << "not a JSON object";
    QTest::newRow("vocabulary is no JSON") << "vocab.json" << QByteArray("{") << "not valid JSON";
    QTest::newRow("vocabulary repeats")
        << "vocab.json" << QByteArray("{\"a\":1,\"a\":2}") << "twice";
    QTest::newRow("vocabulary is empty") << "vocab.json" << QByteArray("{}") << "is missing";
    QTest::newRow("id is text") << "vocab.json" << QByteArray("{\"a\":\"1\"}") << "whole numbers";
    QTest::newRow("negative id") << "vocab.json" << QByteArray("{\"a\":-1}") << "whole numbers";
    QTest::newRow("huge id") << "vocab.json" << QByteArray("{\"a\":4294967296}") << "whole numbers";
    QTest::newRow("unknown pad") << "tokenizer_config.json"
                                 << QByteArray("{\"pad_token\":\"<pad>\"}")
                                 << "special token \"<pad>\" is missing";
    QTest::newRow("pad is a number")
        << "tokenizer_config.json" << QByteArray("{\"pad_token\":3}") << "is not text";
    QTest::newRow("pad without content")
        << "tokenizer_config.json" << QByteArray("{\"pad_token\":{}}") << "no \"content\"";
    QTest::newRow("config is a list")
        << "tokenizer_config.json" << QByteArray("[]") << "not a JSON object";
    QTest::newRow("special with another id")
        << "tokenizer_config.json"
        << QByteArray(R"({"added_tokens_decoder":{"7":{"content":"!"}}})") << "the id 7";
    QTest::newRow("whole words only")
        << "tokenizer_config.json"
        << QByteArray(R"({"pad_token":{"content":"!","single_word":true}})") << "single_word";
  }
  void broken() {
    QFETCH(QString, file);
    QFETCH(QByteArray, content);
    QFETCH(QString, says);
    const fs::path copy = folder_.filePath("broken").toStdString();
    fs::remove_all(copy);
    fs::copy(kEmoji + "tokenizer", copy);
    fs::permissions(copy / file.toStdString(), fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(copy / file.toStdString(), std::ios::binary) << content.toStdString();
    const auto tokenizer = Tokenizer::load(copy.string());
    QVERIFY(!tokenizer);
    QCOMPARE(tokenizer.error().code, ErrorCode::ModelUnloadable);
    const QString message = QString::fromStdString(tokenizer.error().message);
    QVERIFY2(message.contains(says), qPrintable(message));
  }
  void missing_special_tokens() {
    const fs::path copy = folder_.filePath("nospecials").toStdString();
    fs::create_directories(copy);
    std::ofstream(copy / "merges.txt") << "i n\n";
    std::ifstream in(kEmoji + "tokenizer/vocab.json");
    auto vocabulary = nlohmann::json::parse(in);
    vocabulary.erase("<|endoftext|>");
    std::ofstream(copy / "vocab.json") << vocabulary.dump();
    const auto tokenizer = Tokenizer::load(copy.string());
    QVERIFY(!tokenizer);
    QVERIFY(tokenizer.error().message.find("special token \"<|endoftext|>\" is missing") !=
            std::string::npos);
  }
  void missing_folder() {
    const auto tokenizer = Tokenizer::load(folder_.filePath("absent").toStdString());
    QVERIFY(!tokenizer);
    QCOMPARE(tokenizer.error().code, ErrorCode::ModelUnloadable);
  }
};

QTEST_GUILESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
