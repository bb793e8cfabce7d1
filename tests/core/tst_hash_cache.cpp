// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Hashes that outlive the program: the same as without, never of a file that changed.
#include "core/io/hash_cache.h"

#include "core/base/guard.h"
#include "core/base/sha256.h"
#include "core/make_engine.h"
#include "core/pipeline/content_hashes.h"
#include "core/pipeline/lora_shelf.h"
#include "core/weights/lora_file.h"
#include "tests/support/broken_model.h"
#include "tests/support/made_lora.h"

#include <QTemporaryDir>
#include <QtTest>

#include <chrono>
#include <filesystem>

using namespace studio;
using namespace studio::testing;

namespace {

namespace fs = std::filesystem;

constexpr const char* kUnetFile = "unet/diffusion_pytorch_model.safetensors";

// As if written some time ago: what is younger than a clock's step is not remembered.
void age(const std::string& path, int minutes = 10) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
}

std::string digest(const std::string& text) { return sha256_hex(text); }

std::string loaded_hash(const std::string& path, HashCache* hashes) {
  ModelOptions options;
  options.hashes = hashes;
  auto model = load_model(path, options);
  if (!model) qFatal("%s", model.error().message.c_str());
  return model.value()->hash;
}

std::string key_of_model(const std::string& path) {
  auto files = ModelFiles::open(path);
  if (!files) qFatal("%s", files.error().message.c_str());
  return hash_key_of_model(files.value());
}

QByteArray content(const std::string& path) {
  QFile file(QString::fromStdString(path));
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
void put(const std::string& path, const QByteArray& bytes) {
  QFile file(QString::fromStdString(path));
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    qFatal("cannot write %s", path.c_str());
}

// JSON with ' for ".
QByteArray json(const char* text) { return QByteArray(text).replace('\'', '"'); }

}  // namespace

class TestHashCache : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  std::string at(const char* name) const { return folder_->filePath(name).toStdString(); }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void keptFromOneRunToTheNext() {
    const std::string file = at("cache/seg-studio/hashes.json");
    HashCache first(file);
    QCOMPARE(first.find(digest("a")), std::string());
    first.remember(digest("a"), digest("1"));
    QCOMPARE(first.find(digest("a")), digest("1"));
    QCOMPARE(HashCache(file).find(digest("a")), digest("1"));
    // Nothing that is no hash, and nothing without a key.
    first.remember("", digest("2"));
    first.remember(digest("b"), "");
    QCOMPARE(HashCache(file).find(""), std::string());
    QCOMPARE(HashCache(file).find(digest("b")), std::string());
  }

  void whatWasUsedLastStays() {
    const std::string file = at("hashes.json");
    HashCache small(file, 3);
    for (const char* name : {"a", "b", "c"}) small.remember(digest(name), digest("1"));
    QCOMPARE(small.find(digest("a")), digest("1"));
    small.remember(digest("d"), digest("1"));
    HashCache again(file, 3);
    QVERIFY(again.find(digest("b")).empty());
    for (const char* name : {"a", "c", "d"}) QCOMPARE(again.find(digest(name)), digest("1"));
  }

  void twoProgramsShareAFile() {
    const std::string file = at("hashes.json");
    HashCache one(file), other(file);
    QVERIFY(one.find(digest("a")).empty() && other.find(digest("a")).empty());
    one.remember(digest("a"), digest("1"));
    other.remember(digest("b"), digest("2"));
    HashCache third(file);
    QCOMPARE(third.find(digest("a")), digest("1"));
    QCOMPARE(third.find(digest("b")), digest("2"));
  }

  void unreadableFilesAreNoCache_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("is_replaced");
    QTest::newRow("empty") << QByteArray("") << true;
    QTest::newRow("cut off") << json("{'format': 'seg-studio/hashes', 'version': 1, 'hashes': [['")
                             << true;
    QTest::newRow("no JSON") << QByteArray("\x80\x02}q\x00", 5) << true;
    QTest::newRow("another format") << json("{'format': 'somebody/else', 'version': 1}") << false;
    QTest::newRow("a later version") << QByteArray(
                                            json("{'format': 'seg-studio/hashes', 'version': 2, 'hashes': []}"))
                                     << false;
    QTest::newRow("a list") << QByteArray("[1, 2]") << false;
    QTest::newRow("entries that are none")
        << QByteArray(
               json("{'format': 'seg-studio/hashes', 'version': 1, 'hashes': [7, ['a'], ['a', 'b'], [1, 2]]}"))
        << true;
    QTest::newRow("hashes that are none")
        << json("{'format': 'seg-studio/hashes', 'version': 1, 'hashes': 'x' }") << true;
  }
  void unreadableFilesAreNoCache() {
    QFETCH(QByteArray, bytes);
    QFETCH(bool, is_replaced);
    const std::string file = at("hashes.json");
    put(file, bytes);
    HashCache cache(file);
    QVERIFY(cache.find(digest("a")).empty());
    cache.remember(digest("a"), digest("1"));
    QCOMPARE(cache.find(digest("a")), digest("1"));
    QCOMPARE(content(file) == bytes, !is_replaced);
    QCOMPARE(HashCache(file).find(digest("a")), is_replaced ? digest("1") : std::string());
  }

  void placesThatCannotBeWritten_data() {
    QTest::addColumn<QString>("place");
    QTest::newRow("nowhere") << QString();
    QTest::newRow("a folder of that name") << QString("taken");
    QTest::newRow("below a file") << QString("plain/hashes.json");
    QTest::newRow("no such device") << QString("/proc/seg-studio/hashes.json");
  }
  void placesThatCannotBeWritten() {
    QFETCH(QString, place);
    fs::create_directory(at("taken"));
    put(at("plain"), "x");
    HashCache cache(place.isEmpty() || place.startsWith('/') ? place.toStdString() : at(qPrintable(place)));
    cache.remember(digest("a"), digest("1"));
    QCOMPARE(cache.find(digest("a")), digest("1"));
    QVERIFY(fs::is_directory(at("taken")));
    QCOMPARE(content(at("plain")), QByteArray("x"));
  }

  void keysFollowTheFiles() {
    const std::string one = at("one"), two = at("two");
    put(one, "1234");
    put(two, "5678");
    QVERIFY(HashCache::key("x", {one}).empty());  // changed this moment
    age(one), age(two);
    const std::string key = HashCache::key("x", {one, two});
    QCOMPARE(key.size(), 64u);
    QCOMPARE(HashCache::key("x", {one, two}), key);
    QVERIFY(HashCache::key("y", {one, two}) != key);
    QVERIFY(HashCache::key("x", {two, one}) != key);
    QVERIFY(HashCache::key("x", {one}) != key);
    QVERIFY(HashCache::key("x", {one, at("three")}).empty());
    QVERIFY(HashCache::key("x", {}).empty());
    fs::create_symlink(one, at("link"));
    QCOMPARE(HashCache::key("x", {at("link"), two}), key);
    age(one, 20);
    QVERIFY(HashCache::key("x", {one, two}) != key);
    age(one, 10);
    // Another file of the same size under the same name.
    const auto time = fs::last_write_time(two);
    const std::string before = HashCache::key("x", {two});
    put(at("new"), "9999");
    fs::last_write_time(at("new"), time);
    fs::rename(at("new"), two);
    QVERIFY(HashCache::key("x", {two}) != before);
  }

  // --- models ---------------------------------------------------------------------------------

  void aModelsHashIsTheSame() {
    const BrokenModel model;
    model.write(kUnetFile, model.read(kUnetFile));  // a file of its own
    age(model.file(kUnetFile).toStdString());
    const std::string plain = loaded_hash(model.path(), nullptr);
    const std::string file = at("hashes.json");
    HashCache first(file);
    QCOMPARE(loaded_hash(model.path(), &first), plain);
    HashCache second(file);
    QCOMPARE(second.find(key_of_model(model.path())), plain);
    QCOMPARE(loaded_hash(model.path(), &second), plain);
    auto files = ModelFiles::open(model.path());
    QVERIFY(files);
    QCOMPARE(hash_of_model(files.value(), nullptr, [](double) {}).value(), plain);
    QCOMPARE(hash_of_model(files.value(), &second, [](double) { QFAIL("hashed again"); }).value(), plain);
  }

  // A wrong hash that is known shows that nothing is read for it.
  void aKnownHashSkipsTheWork() {
    HashCache planted("");
    planted.remember(key_of_model(tiny_model()), digest("planted"));
    QCOMPARE(loaded_hash(tiny_model(), &planted), digest("planted"));
  }

  void aChangedFileIsHashedAnew() {
    const BrokenModel model;
    model.write(kUnetFile, model.read(kUnetFile));
    const std::string weights = model.file(kUnetFile).toStdString();
    age(weights);
    HashCache hashes(at("hashes.json"));
    const std::string before = loaded_hash(model.path(), &hashes);
    const auto size = fs::file_size(weights);
    model.change_weights(kUnetFile,
                         [](Json&, QByteArray& data) { data[0] = static_cast<char>(data[0] ^ 1); });
    age(weights, 5);
    QCOMPARE(fs::file_size(weights), size);
    const std::string after = loaded_hash(model.path(), &hashes);
    QVERIFY(after != before);
    QCOMPARE(after, loaded_hash(model.path(), nullptr));
  }

  void partsFromElsewhereCount() {
    const BrokenModel other;
    other.change_weights("vae/diffusion_pytorch_model.safetensors",
                         [](Json&, QByteArray& data) { data[0] = static_cast<char>(data[0] ^ 1); });
    age(other.file("vae/diffusion_pytorch_model.safetensors").toStdString());
    HashCache hashes(at("hashes.json"));
    ModelOptions options;
    options.hashes = &hashes;
    const std::string own = loaded_hash(tiny_model(), &hashes);
    options.paths.vae_path = other.path();
    auto mixed = load_model(tiny_model(), options);
    QVERIFY2(mixed, mixed ? "" : mixed.error().message.c_str());
    QVERIFY(mixed.value()->hash != own);
    QCOMPARE(loaded_hash(tiny_model(), &hashes), own);
  }

  void stoppedHashesAreNotKept() {
    HashCache hashes(at("hashes.json"));
    auto files = ModelFiles::open(tiny_model());
    QVERIFY(files);
    int calls = 0;
    bool stopped = false;
    try {
      (void)hash_of_model(files.value(), &hashes, [&](double fraction) {
        QVERIFY(fraction >= 0 && fraction <= 1);
        if (++calls == 5) throw StopRequested{};
      });
    } catch (const StopRequested&) {
      stopped = true;
    }
    QVERIFY(stopped);
    QVERIFY(hashes.find(key_of_model(tiny_model())).empty());
  }

  // --- LoRAs and other files --------------------------------------------------------------------

  void lorasUseItToo() {
    const std::string path = at("a.safetensors");
    const auto is_mid = [](const std::string& name) { return name.starts_with("mid_block.attentions"); };
    write_lora(path, lora_tensors(made_modules("unet", is_mid, 10), kohya));
    age(path);
    const LoraShelf plain;
    HashCache planted("");
    planted.remember(hash_key_of_lora(path), digest("planted"));
    const LoraShelf known(&planted);
    HashCache fresh(at("hashes.json"));
    const LoraShelf reading(&fresh);
    const std::vector<LoraUse> use{{path, 1, 1}};
    QCOMPARE(reading.key(use).value(), plain.key(use).value());
    QVERIFY(known.key(use).value().starts_with(digest("planted")));
    QCOMPARE(fresh.find(hash_key_of_lora(path)), LoraFile::open(path).value()->hash());
    // PEFT's settings beside the file change what it does.
    const std::string before = hash_key_of_lora(path);
    put(at("adapter_config.json"), "{}");
    age(at("adapter_config.json"));
    QVERIFY(hash_key_of_lora(path) != before);
  }

  void largeFilesOfJobsUseItToo() {
    const std::string large = at("large.bin"), small = at("small.png");
    put(large, QByteArray(17 << 20, 'a'));
    put(small, "a picture");
    age(large), age(small);
    HashCache hashes(at("hashes.json"));
    const std::string plain = ContentHashes().of(large).value();
    QCOMPARE(ContentHashes(&hashes).of(large).value(), plain);
    QCOMPARE(hashes.find(HashCache::key("content, 1", {large})), plain);
    QVERIFY(ContentHashes(&hashes).of(small));
    QVERIFY(hashes.find(HashCache::key("content, 1", {small})).empty());
    hashes.remember(HashCache::key("content, 1", {large}), digest("planted"));
    QCOMPARE(ContentHashes(&hashes).of(large).value(), digest("planted"));
    QCOMPARE(ContentHashes(&hashes).of(at("none")).error().code, ErrorCode::Io);
  }

  // --- the engine ---------------------------------------------------------------------------------

  void theEngineKeepsIt() {
    struct Nobody : JobObserver {
      void on_event(JobId, const JobEvent&) override {}
    } nobody;
    EngineConfig config;
    config.resources_path = STUDIO_RESOURCES_DIR;
    config.device = "cpu";
    config.hash_file = at("cache/hashes.json");
    auto engine = make_engine(config, nobody);
    QVERIFY2(engine, engine ? "" : engine.error().message.c_str());
    const auto hash = engine.value()->hash_model(tiny_model(), [](double) { return true; });
    QVERIFY2(hash, hash ? "" : hash.error().message.c_str());
    QCOMPARE(HashCache(config.hash_file).find(key_of_model(tiny_model())), hash.value());
    std::string shown;
    const auto tell = [&](const FoundModel* found, int, int) {
      if (found != nullptr) shown = found->hash;
      return true;
    };
    QVERIFY(engine.value()->find_models(tiny_model(), tell));
    QCOMPARE(shown, hash.value());
  }

  void itsUsualPlace() {
    const auto restored = [name = "XDG_CACHE_HOME", before = qgetenv("XDG_CACHE_HOME")] { qputenv(name, before); };
    qputenv("XDG_CACHE_HOME", "/somewhere");
    QCOMPARE(usual_hash_file(), std::string("/somewhere/seg-studio/hashes.json"));
    const QByteArray home = qgetenv("HOME");
    qputenv("HOME", "/elsewhere");
    qputenv("XDG_CACHE_HOME", "not/absolute");
    QCOMPARE(usual_hash_file(), std::string("/elsewhere/.cache/seg-studio/hashes.json"));
    qputenv("HOME", "");
    QCOMPARE(usual_hash_file(), std::string());
    qputenv("HOME", home);
    restored();
  }
};

QTEST_GUILESS_MAIN(TestHashCache)
#include "tst_hash_cache.moc"
