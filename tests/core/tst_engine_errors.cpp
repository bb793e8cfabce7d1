// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the real engine refuses and how, and what its files bring back.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/weights/safetensors.h"
#include "tests/support/engine_bench.h"

#include <QTemporaryDir>

#include <cmath>

using namespace studio;
using namespace studio::testing;

class TestEngineErrors : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<Bench> shared_;

  std::string file(const char* name) const { return folder_->filePath(name).toStdString(); }
  QStringList files() const { return QDir(folder_->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot); }

  void write_latents(const at::Tensor& latents, const char* name = "latents_init") {
    const auto written = write_safetensors(file("latents.safetensors"), {{name, latents}});
    QVERIFY2(written, written ? "" : written.error().message.c_str());
  }

 private Q_SLOTS:
  void initTestCase() {
    shared_ = std::make_unique<Bench>();
    shared_->result(tiny_job(1));
  }
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }
  void cleanup() {
    QCOMPARE(shared_->log.mistake(), std::string());
    QCOMPARE(shared_->log.unended(), std::vector<JobId>());
  }
  void cleanupTestCase() { shared_.reset(); }

  void refused_jobs_send_no_event_data() {
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("message");
    int number = 0;
    for (const auto& [name, message] :
         {std::pair{"no steps", "steps is 0"}, {"10,000 steps", "steps is 10000"}, {"NaN", "cfg.scale is nan"},
          {"negative sigma", "seg.sigma is -1"}, {"unknown key", "seg.sigmb"}, {"no prompt", "prompt"},
          {"prompt of 1 MB", "prompt"}, {"invalid UTF-8", "UTF-8"}, {"unknown sampler", "sampler"},
          {"side of 7", "width is 7"}, {"wrong type", "seg.scale"}, {"nonsense layers", "seg.layers"}}) {
      QTest::newRow(name) << number++ << QString(message);
    }
  }
  void refused_jobs_send_no_event() {
    QFETCH(int, number);
    QFETCH(QString, message);
    GenerationRequest request = tiny_job();
    switch (number) {
      case 0: request.steps = 0; break;
      case 1: request.steps = 10'000; break;
      case 2: request.guidance["cfg.scale"] = std::nan(""); break;
      case 3: request.guidance["seg.sigma"] = -1.0; break;
      case 4: request.guidance["seg.sigmb"] = 1.0; break;
      case 5: request.prompts.clear(); break;
      case 6: request.prompts = {std::string(1'000'000, 'a')}; break;
      case 7: request.prompts = {"caf\xe9"}; break;
      case 8: request.sampler = "magic"; break;
      case 9: request.width_px = 7; break;
      case 10: request.guidance["seg.scale"] = std::string("much"); break;
      default: request.guidance["seg.layers"] = std::string("middle"); break;
    }
    const std::size_t before = shared_->log.all().size();
    const auto job = shared_->engine->submit(request, {});
    QVERIFY(!job);
    QCOMPARE(job.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(QString::fromStdString(job.error().message).contains(message), job.error().message.c_str());
    shared_->run(tiny_job(1));
    const auto later = shared_->log.all();
    for (std::size_t i = before; i < later.size(); ++i) QCOMPARE(later[i].first, later[before].first);
  }

  void failing_jobs_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    QTest::addColumn<int>("code");
    QTest::addColumn<QStringList>("parts");  // of the message
    const int argument = static_cast<int>(ErrorCode::InvalidArgument), model = static_cast<int>(ErrorCode::ModelUnloadable);
    QTest::newRow("unknown model") << "model" << "dall-e" << model << QStringList{"\"dall-e\"", "emoji-sdxl"};
    QTest::newRow("model folder is empty") << "model" << "EMPTY" << model << QStringList{"model_index.json"};
    QTest::newRow("width does not divide") << "width" << "100" << argument << QStringList{"width is 100", "96", "128", "32"};
    QTest::newRow("height does not divide") << "height" << "24" << argument << QStringList{"height is 24", "32"};
    QTest::newRow("no such layer") << "guidance.seg.layers" << "mid,d99" << argument << QStringList{"d99", "d0 to d"};
  }
  void failing_jobs() {
    QFETCH(QString, path);
    QFETCH(QString, value);
    QFETCH(int, code);
    QFETCH(QStringList, parts);
    const std::string text = value == "EMPTY" ? folder_->path().toStdString() : value.toStdString();
    const bool is_size = path == "width" || path == "height";
    const GenerationRequest request =
        with(tiny_job(), path.toStdString(), is_size ? ParamValue(std::int64_t{std::stoll(text)}) : ParamValue(text));
    Bench fresh;
    for (Bench* bench : {&fresh, shared_.get()}) {  // model not loaded, and loaded
      const JobId job = bench->run(request);
      const auto failed = bench->log.last<Failed>(job);
      QVERIFY(failed);
      QCOMPARE(static_cast<int>(failed->error.code), code);
      for (const QString& part : parts) {
        QVERIFY2(QString::fromStdString(failed->error.message).contains(part), failed->error.message.c_str());
      }
      QCOMPARE(bench->log.count<StepDone>(job), 0);
      QCOMPARE(bench->log.count<Started>(job), 1);
      QVERIFY(bench->log.last<Finished>(bench->run(tiny_job(1))));
      QCOMPARE(bench->log.mistake(), std::string());
    }
  }

  void dump_that_cannot_be_written_data() {
    QTest::addColumn<QString>("path");
    QTest::newRow("no such folder") << "none/dump.safetensors";
    QTest::newRow("a folder") << ".";
    QTest::newRow("a full disk") << "/dev/full";
    QTest::newRow("below a file") << "file/dump.safetensors";
  }
  void dump_that_cannot_be_written() {
    QFETCH(QString, path);
    QFile occupied(folder_->filePath("file"));
    QVERIFY(occupied.open(QIODevice::WriteOnly));
    const std::string dump = path.startsWith('/') ? path.toStdString() : file(qPrintable(path));
    const JobId job = shared_->run(tiny_job(1), {.dump_path = dump});
    const auto failed = shared_->log.last<Failed>(job);
    QVERIFY(failed);
    QCOMPARE(failed->error.code, ErrorCode::Io);
    QVERIFY2(failed->error.message.find(dump) != std::string::npos, failed->error.message.c_str());
    QCOMPARE(files(), QStringList{"file"});
  }

  void starting_noise_from_a_file() {
    const Finished plain = shared_->result(tiny_job(2), {.dump_path = file("dump.safetensors")});
    const auto dump = SafetensorsFile::open(file("dump.safetensors"));
    QVERIFY(dump);
    QCOMPARE(dump.value()->tensor("latents_init").sizes(), at::IntArrayRef({1, 4, 8, 8}));
    QCOMPARE(dump.value()->tensor("steps").sizes(), at::IntArrayRef({2, 1, 4, 8, 8}));
    const GenerationRequest other_seed = with(tiny_job(2), "seed", std::int64_t{999});
    const RunOptions options{.latents_path = file("dump.safetensors")};
    QVERIFY(same_pixels(plain, shared_->result(other_seed, options)));
    QVERIFY(!same_pixels(plain, shared_->result(other_seed)));
  }

  void bad_starting_noise_data() {
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("message");
    QTest::newRow("no such file") << 0 << "no such file";
    QTest::newRow("not safetensors") << 1 << "latents.safetensors";
    QTest::newRow("no latents_init") << 2 << "latents_init";
    QTest::newRow("wrong shape") << 3 << "[1, 4, 8, 16]";
    QTest::newRow("wrong batch") << 4 << "[2, 4, 8, 8]";
    QTest::newRow("whole numbers") << 5 << "floating-point";
    QTest::newRow("NaN") << 6 << "not finite";
    QTest::newRow("infinity") << 7 << "not finite";
  }
  void bad_starting_noise() {
    QFETCH(int, number);
    QFETCH(QString, message);
    const at::Tensor good = at::zeros({1, 4, 8, 8});
    switch (number) {
      case 0: break;
      case 1: {
        QFile text(folder_->filePath("latents.safetensors"));
        QVERIFY(text.open(QIODevice::WriteOnly) && text.write("these are no tensors") > 0);
        break;
      }
      case 2: write_latents(good, "latents"); break;
      case 3: write_latents(at::zeros({1, 4, 8, 16})); break;
      case 4: write_latents(at::zeros({2, 4, 8, 8})); break;
      case 5: write_latents(good.to(at::kLong)); break;
      case 6: write_latents(good.clone().fill_(std::nan(""))); break;
      default: write_latents(good.clone().fill_(kInfinity)); break;
    }
    const JobId job = shared_->run(tiny_job(1), {.latents_path = file("latents.safetensors")});
    const auto failed = shared_->log.last<Failed>(job);
    QVERIFY(failed);
    QCOMPARE(failed->error.code, number == 0 ? ErrorCode::Io : ErrorCode::BadFile);
    QVERIFY2(QString::fromStdString(failed->error.message).contains(message), failed->error.message.c_str());
    QVERIFY2(failed->error.message.find("latents.safetensors") != std::string::npos, failed->error.message.c_str());
    QCOMPARE(shared_->log.count<StepDone>(job), 0);
  }

  void files_restore_the_request_exactly_data() {
    QTest::addColumn<int>("number");
    QTest::newRow("plain") << 0;
    QTest::newRow("text beyond ASCII, empty negative prompt") << 1;
    QTest::newRow("largest seed, infinite sigma, every schedule key") << 2;
    QTest::newRow("a number without short decimal form") << 3;
    QTest::newRow("batch") << 4;
  }
  void files_restore_the_request_exactly() {
    QFETCH(int, number);
    GenerationRequest request = tiny_job(1);
    if (number == 1) request.prompts = {"caf\u00e9 \"\u6f22\u5b57\"\n\t\U0001F34E \\ <b>"};
    if (number == 1) request.negative_prompt = "";
    if (number == 2) {
      request.seed = std::numeric_limits<std::int64_t>::max();
      request.guidance["seg.sigma"] = kInfinity;
      request.guidance["seg.layers"] = std::string("d0,mid,up");
      request.sigmas = "karras";
      request.sampler = "dpmpp_2m";
      request.spacing = "trailing";
      request.negative_prompt = "blurry";
    }
    if (number == 3) request.guidance["cfg.scale"] = 1.0 + 0.1 + 0.2;
    if (number == 4) request.prompts = {"one", "", "three"};
    const Finished done = shared_->result(request);
    Engine& engine = *shared_->engine;
    for (std::size_t i = 0; i < done.images.size(); ++i) {
      const std::string path = file(i % 2 == 0 ? "a.png" : "b.PNG");
      QVERIFY(engine.save_png(path, done, static_cast<int>(i)));
      const auto pixels = engine.load_png(path);
      QVERIFY(pixels && pixels.value().pixels == done.images[i]->pixels);
      const auto restored = engine.load_job(path);
      QVERIFY2(restored, restored ? "" : restored.error().message.c_str());
      QVERIFY(same_job(restored.value(), done.resolved));
    }
    QVERIFY(engine.save_job(file("job.json"), done.resolved));
    const auto read = engine.load_job(file("job.json"));
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QVERIFY(same_job(read.value(), done.resolved));
    QVERIFY(same_pixels(shared_->result(read.value()), done));
    QVERIFY(!engine.save_png(file("c.png"), done, static_cast<int>(done.images.size())));
    QVERIFY(!engine.save_png(file("c.png"), done, -1));
  }

  // Equal in every parameter; a file names also those that were left at their defaults.
  static bool same_job(const GenerationRequest& a, const GenerationRequest& b) {
    GenerationRequest x = a, y = b;
    for (const JobParam& param : job_params(catalogue())) {
      const std::string key(param.spec->key);
      if (!param.path.starts_with("guidance.")) continue;
      x.guidance.try_emplace(key, param.spec->initial);
      y.guidance.try_emplace(key, param.spec->initial);
    }
    return x == y;
  }

  void engines_that_cannot_be_made_data() {
    QTest::addColumn<QString>("device");
    QTest::addColumn<QString>("resources");
    QTest::addColumn<int>("threads");
    QTest::addColumn<int>("code");
    const int argument = static_cast<int>(ErrorCode::InvalidArgument);
    const QString resources = STUDIO_RESOURCES_DIR;
    QTest::newRow("unknown device") << "toaster" << resources << 0 << argument;
    QTest::newRow("no such GPU") << "cuda:99" << resources << 0 << argument;
    QTest::newRow("GPU without number") << "cuda:" << resources << 0 << argument;
    QTest::newRow("negative GPU") << "cuda:-1" << resources << 0 << argument;
    QTest::newRow("negative threads") << "cpu" << resources << -1 << argument;
    QTest::newRow("too many threads") << "cpu" << resources << 100'000 << argument;
    QTest::newRow("no resources") << "cpu" << "/nowhere" << 0 << static_cast<int>(ErrorCode::Io);
  }
  void engines_that_cannot_be_made() {
    QFETCH(QString, device);
    QFETCH(QString, resources);
    QFETCH(int, threads);
    QFETCH(int, code);
    EventLog log;
    const auto engine = make_engine({resources.toStdString(), device.toStdString(), Precision::Auto, threads}, log);
    QVERIFY(!engine);
    QCOMPARE(static_cast<int>(engine.error().code), code);
    QVERIFY(!engine.error().message.empty());
  }
};

QTEST_GUILESS_MAIN(TestEngineErrors)
#include "tst_engine_errors.moc"
