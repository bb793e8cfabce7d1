// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli with the real engine and the small models, as a user runs it: bad input, full disks,
// dumps against the reference, events, Ctrl-C, files.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/io/png.h"
#include "core/make_engine.h"
#include "tests/support/broken_model.h"
#include "tests/support/golden_cases.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <csignal>

using namespace studio;
using namespace studio::testing;

namespace {

const QString kTiny = QString(STUDIO_TESTS_DIR) + "/golden/models/tiny-sdxl";

struct Run {
  int status = -1;
  QString out, err;
};

QList<QJsonObject> events_of(const QString& out) {
  QList<QJsonObject> events;
  for (const QString& line : out.split('\n', Qt::SkipEmptyParts)) {
    const auto json = QJsonDocument::fromJson(line.toUtf8());
    if (!json.isObject()) qFatal("not a JSON object: %s", qPrintable(line));
    events.append(json.object());
  }
  return events;
}

QStringList words(const QString& line) { return line.split(' ', Qt::SkipEmptyParts); }

// A small job on the tiny model; `more` comes after and so counts.
QStringList tiny_generate(const QString& more = "") {
  return words("generate --model " + kTiny + " --width 64 --height 64 --steps 2 --seed 5 --progress none " + more);
}

}  // namespace

class TestCliReal : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;

  std::string file(const char* name) const { return folder_->filePath(name).toStdString(); }
  QStringList files() const {
    return QDir(folder_->path()).entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
  }
  void write(const QString& name, const QByteArray& text) const {
    QFile file(folder_->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
  }

  static Run ended(QProcess& process) {
    if (!process.waitForFinished(240'000)) process.kill();
    const bool exited = process.exitStatus() == QProcess::NormalExit;
    return {exited ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
  }
  void start(QProcess& process, const QStringList& arguments) const {
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_CLI, arguments);
    QVERIFY(process.waitForStarted());
  }
  Run run(const QStringList& arguments) const {
    QProcess process;
    start(process, arguments);
    return ended(process);
  }
  // Through a shell, for limits, redirections and bytes that are no text. $0 is the program.
  Run run_in_shell(const QString& line) const {
    QProcess process;
    process.setWorkingDirectory(folder_->path());
    process.start("bash", {"-c", line, STUDIO_CLI});
    return ended(process);
  }
  ImageRgb8 picture(const char* name) const {
    auto image = read_png(file(name));
    if (!image) qFatal("%s", image.error().message.c_str());
    return std::move(image).value();
  }
  QJsonObject job_in(const char* name) const {
    auto engine = make_engine({STUDIO_RESOURCES_DIR, "cpu"}, nobody_);
    const auto job = engine.value()->load_job(file(name));
    if (!job) qFatal("%s", job.error().message.c_str());
    engine.value()->save_job(file("read-back.json"), job.value()) ? void() : qFatal("cannot write");
    QFile written(folder_->filePath("read-back.json"));
    if (!written.open(QIODevice::ReadOnly)) qFatal("cannot read");
    const QJsonObject json = QJsonDocument::fromJson(written.readAll()).object();
    written.remove();
    return json;
  }

  struct Nobody : JobObserver {
    void on_event(JobId, const JobEvent&) override {}
  };
  mutable Nobody nobody_;

  // One sentence, and nothing written.
  void check_refusal(const Run& result, int status, const QStringList& parts, const QStringList& left) const {
    QVERIFY2(result.status == status, qPrintable(QString::number(result.status) + " " + result.err));
    const QStringList lines = result.err.split('\n', Qt::SkipEmptyParts);
    QVERIFY2(!lines.isEmpty() && lines.first().startsWith("seg-cli: "), qPrintable(result.err));
    // A wrong command line is followed by where to find help.
    QVERIFY2(lines.size() == 1 || (lines.size() == 2 && lines[1].contains("--help")), qPrintable(result.err));
    QVERIFY2(lines.first().size() < 1000, qPrintable(lines.first()));
    for (const QString& part : parts) QVERIFY2(lines.first().contains(part), qPrintable(lines.first()));
    QCOMPARE(files(), left);
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void bad_arguments_data() {
    QTest::addColumn<QString>("more");
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* name, const QString& more, int status, const QStringList& parts) {
      QTest::newRow(name) << more << status << parts;
    };
    row("unknown key", "--set guidance.seg.sigmb=2", 2, {"guidance.seg.sigmb", "did you mean"});
    row("NaN", "--set guidance.cfg.scale=nan", 2, {"guidance.cfg.scale", "nan"});
    row("infinite scale", "--seg-scale inf", 2, {"guidance.seg.scale"});
    row("negative sigma", "--seg-sigma -1", 2, {"guidance.seg.sigma is -1", "above 0"});
    row("size that does not divide", "--width 100", 2, {"width is 100", "96", "128"});
    row("10,000 steps", "--steps 10000", 2, {"steps", "10000", "1000"});
    row("no such layer", "--seg-scale 2 --seg-layers d99", 2, {"d99"});
    row("unknown sampler", "--sampler magic", 2, {"sampler", "magic"});
    row("unknown device", "--device cuda:77", 2, {"cuda:77"});
    row("output folder is not there", "--out none/out.png", 4, {"none/out.png", "does not exist"});
    row("output folder takes no files", "--out /proc/out.png", 4, {"/proc/out.png"});
    row("dump folder takes no files", "--dump /proc/dump.safetensors", 4, {"/proc/dump.safetensors"});
    row("dump on a full disk", "--dump /dev/full", 4, {"/dev/full", "not an ordinary file"});
    row("output is a device", "--out link.png", 4, {"link.png", "not an ordinary file"});
    row("output is no picture", "--out out.txt", 2, {"out.txt", ".png"});
    row("job is not there", "--job none.json", 4, {"none.json", "no such file"});
    row("job is no JSON", "--job text.json", 2, {"text.json", "JSON"});
    row("job with an unknown key", "--job key.json", 2, {"key.json", "guidance.seg.sigmb"});
    row("job with NaN", "--job nan.json", 2, {"nan.json"});
    row("job with a wrong type", "--job type.json", 2, {"type.json", "steps"});
    row("job of another version", "--job version.json", 2, {"version.json", "version"});
    row("job with invalid UTF-8", "--job utf8.json", 2, {"utf8.json", "UTF-8"});
    row("job with a prompt of 1 MB", "--job long.json", 2, {"long.json", "prompt", "65536"});
    row("model is not there", "--model no-model", 3, {"no-model", "emoji-sdxl"});
    row("model is a file", "--model text.json", 3, {"text.json"});
    row("latents are not there", "--latents-in none.safetensors", 4, {"none.safetensors"});
    row("latents are no tensors", "--latents-in text.json", 4, {"text.json"});
  }
  void bad_arguments() {
    QFETCH(QString, more);
    QFETCH(int, status);
    QFETCH(QStringList, parts);
    const QByteArray head = R"({"format": "seg-studio/job", "version": 1, "model": "emoji-sdxl", )";
    write("text.json", "this is { no JSON");
    write("key.json", head + R"("guidance": {"seg.sigmb": 2}})");
    write("nan.json", head + R"("guidance": {"seg.sigma": NaN}})");
    write("type.json", head + R"("steps": "many"})");
    write("version.json", R"({"format": "seg-studio/job", "version": 99})");
    write("utf8.json", head + "\"prompt\": \"caf\xe9\"}");
    write("long.json", head + "\"prompt\": \"" + QByteArray(1'000'000, 'a') + "\"}");
    QVERIFY(QFile::link("/dev/full", folder_->filePath("link.png")));
    const QStringList before = files();
    // What `more` gives twice would be a mistake of its own.
    QStringList arguments = tiny_generate();
    for (const QString& flag : words(more)) {
      const qsizetype place = arguments.indexOf(flag);
      if (flag.startsWith("--") && place >= 0) arguments.remove(place, 2);
    }
    check_refusal(run(arguments + words(more)), status, parts, before);
  }

  void bad_bytes_and_limits_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("parts");
    const QString generate = "\"$0\" " + tiny_generate().join(' ');
    QTest::newRow("prompt that is not UTF-8") << generate + " --prompt $'caf\\xe9'" << 2 << QStringList{"prompt", "UTF-8"};
    QTest::newRow("key that is not UTF-8") << generate + " --set $'\\xff\\xfe=2'" << 2 << QStringList{"not a parameter"};
    QTest::newRow("picture larger than files may be") << "ulimit -f 1; " + generate << 4 << QStringList{"out.png", "larger"};
    QTest::newRow("dump larger than files may be")
        << "ulimit -f 8; " + generate + " --dump d.safetensors" << 4 << QStringList{"d.safetensors", "larger"};
    QTest::newRow("list on a full disk") << "\"$0\" params --json > /dev/full" << 4 << QStringList{"standard output"};
  }
  void bad_bytes_and_limits() {
    QFETCH(QString, line);
    QFETCH(int, status);
    QFETCH(QStringList, parts);
    check_refusal(run_in_shell(line), status, parts, {});
  }

  void broken_models() {
    const BrokenModel model;
    model.set("unet/config.json", "block_out_channels", {65536, 65536, 65536});
    const QString path = QString::fromStdString(model.path());
    check_refusal(run(words("generate --progress none --model " + path)), 3, {"unet/", "shape"}, {});
    for (const QString& command : {QString("info "), QString("check ")}) {
      const Run result = run(words(command + path));
      QCOMPARE(result.status, 3);
      QVERIFY2(result.out.contains("problem: ") && result.out.contains("cannot be loaded"), qPrintable(result.out));
      QVERIFY(result.err.startsWith("seg-cli: "));
    }
  }

  void errors_end_json_progress() {
    for (const QString& more : {QString("--width 100"), QString("--model none"), QString("--dump /dev/full")}) {
      const Run result = run(words("generate --progress json --steps 1 " + more));
      const auto events = events_of(result.out);
      QVERIFY(!events.isEmpty() && result.status != 0);
      QCOMPARE(events.last()["event"].toString(), QString("failed"));
      QVERIFY(result.err.contains(events.last()["message"].toString()));
    }
  }

  void dump_equals_the_reference_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("guidance");
    QTest::addColumn<bool>("has_negative");
    QTest::newRow("unguided") << "unguided" << "--cfg-scale 1 --seg-scale 0" << false;
    QTest::newRow("CFG and SEG") << "cfg_seg_sigma2" << "" << true;
  }
  void dump_equals_the_reference() {
    QFETCH(QString, name);
    QFETCH(QString, guidance);
    QFETCH(bool, has_negative);
    const nlohmann::json item = load_cases("emoji")[name.toStdString()];
    if (guidance.isEmpty()) {
      guidance = QString("--cfg-scale %1 --seg-scale %2 --seg-sigma %3")
                     .arg(item["guidance_scale"].get<double>())
                     .arg(item["seg_scale"].get<double>())
                     .arg(item["seg_blur_sigma"].get<double>());
    }
    QStringList arguments = words(QString("generate --progress none --dump dump.safetensors --seed %1 --steps %2 ")
                                      .arg(item["seed"].get<int>())
                                      .arg(item["num_inference_steps"].get<int>()) +
                                  guidance);
    arguments << "--prompt" << QString::fromStdString(item["prompt"].get<std::string>());
    const Run result = run(arguments);
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(files(), (QStringList{"dump.safetensors", "out.png"}));

    const auto dump = SafetensorsFile::open(file("dump.safetensors"));
    QVERIFY(dump);
    std::set<std::string> expected{"latents_init", "steps", "image", "prompt_embeds", "pooled"}, actual;
    if (has_negative) expected.insert({"negative_prompt_embeds", "negative_pooled"});
    for (const SafetensorsEntry& entry : dump.value()->entries()) {
      actual.insert(entry.name);
      QCOMPARE(entry.dtype_text, std::string("F32"));
    }
    QVERIFY(actual == expected);
    const auto golden = load_golden("emoji", name.toStdString());
    QVERIFY(at::equal(dump.value()->tensor("latents_init"), golden->tensor("latents_init")));
    const at::Tensor steps = dump.value()->tensor("steps");
    const GoldenSteps wanted = golden_steps(*golden);
    QCOMPARE(steps.size(0), wanted.indices.back() + 1);
    for (std::size_t i = 0; i < wanted.indices.size(); ++i) {
      QVERIFY(relative_error(steps[wanted.indices[i]], wanted.latents[static_cast<std::int64_t>(i)]) <= 1e-4);
    }
    for (const std::string& tensor : expected) {
      if (tensor == "steps" || golden->find(tensor) == nullptr) continue;
      const double tolerance = tensor == "image" ? 1e-3 : 1e-4;
      QVERIFY2(relative_error(dump.value()->tensor(tensor), golden->tensor(tensor)) <= tolerance, tensor.c_str());
    }
    QVERIFY(golden->find("image") != nullptr);
  }

  void starting_noise_from_a_dump() {
    QCOMPARE(run(tiny_generate("--dump dump.safetensors --out a.png")).status, 0);
    QStringList other_seed = tiny_generate("--latents-in dump.safetensors --out b.png");
    other_seed[other_seed.indexOf("--seed") + 1] = "6";
    const Run result = run(other_seed);
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QVERIFY(picture("a.png").pixels == picture("b.png").pixels);
    QStringList no_latents = other_seed;
    no_latents.remove(no_latents.indexOf("--latents-in"), 2);
    QCOMPARE(run(no_latents).status, 0);
    QVERIFY(picture("a.png").pixels != picture("b.png").pixels);
  }

  void from_a_picture_under_a_mask() {
    // Relative paths count from the current folder, in flags and in job files.
    QCOMPARE(run(tiny_generate("--out start.png")).status, 0);
    ImageRgb8 mask{64, 64, std::vector<std::uint8_t>(std::size_t{3} * 64 * 64, 0)};
    std::fill_n(mask.pixels.begin(), mask.pixels.size() / 2, std::uint8_t{255});
    QVERIFY(write_png(file("mask.png"), mask));
    const Run flags = run(tiny_generate("--prompt rocket --start-image start.png --start-strength 1 --start-mask mask.png --start-mask-blur 0 --out flags.png"));
    QVERIFY2(flags.status == 0, qPrintable(flags.err));
    const ImageRgb8 start = picture("start.png"), made = picture("flags.png");
    const std::size_t half = start.pixels.size() / 2;
    QVERIFY(std::equal(start.pixels.begin() + half, start.pixels.end(), made.pixels.begin() + half));
    QVERIFY(!std::equal(start.pixels.begin(), start.pixels.begin() + half, made.pixels.begin()));
    QCOMPARE(job_in("flags.png")["start"].toObject()["mask"].toString(), QString("mask.png"));
    const Run again = run(words("generate --progress none --job flags.png --out again.png"));
    QVERIFY2(again.status == 0, qPrintable(again.err));
    QVERIFY(picture("again.png").pixels == made.pixels);
  }
  void with_a_controlnet() {
    const QString net = QString(STUDIO_TESTS_DIR) + "/golden/models/tiny-controlnet", ring = QString(STUDIO_TESTS_DIR) + "/golden/controlnet/ring.png";
    const Run with = run(tiny_generate("--control-model " + net + " --control-image " + ring + " --control-kind canny --out with.png"));
    QVERIFY2(with.status == 0, qPrintable(with.err));
    QCOMPARE(run(tiny_generate("--out without.png")).status, 0);
    QVERIFY(picture("with.png").pixels != picture("without.png").pixels);
  }
  void bad_pictures_data() {
    QTest::addColumn<QString>("flags");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such picture") << "--start-image nothing.png" << 4 << "start.image: nothing.png: cannot be opened";
    QTest::newRow("no picture") << "--start-image text.png" << 4 << "only PNG, JPEG and WebP are read";
    QTest::newRow("mask alone") << "--start-mask text.png" << 2 << "start.image is absent";
    QTest::newRow("strength out of range") << "--start-image text.png --start-strength 1.5" << 2 << "start.strength";
    QTest::newRow("no control picture") << "--control-model text.png" << 2 << "control.image is absent";
    QTest::newRow("no ControlNet") << "--control-model text.png --control-image text.png" << 3 << "the ControlNet cannot be loaded";
  }
  void bad_pictures() {
    QFETCH(QString, flags);
    QFETCH(int, status);
    QFETCH(QString, says);
    write("text.png", "this is text");
    const Run result = run(tiny_generate(flags));
    QVERIFY2(result.status == status && result.err.contains(says), qPrintable(QString::number(result.status) + " " + result.err));
    QCOMPARE(files(), QStringList{"text.png"});
  }

  void a_picture_is_a_job() {
    QCOMPARE(run(tiny_generate("--seg-scale 2 --seg-sigma 1.25")).status, 0);
    const Run result = run(words("generate --progress none --job out.png --out again.png"));
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QVERIFY(picture("out.png").pixels == picture("again.png").pixels);
    QCOMPARE(job_in("again.png")["guidance"].toObject()["seg.sigma"].toDouble(), 1.25);
  }

  void json_events() {
    QStringList arguments = tiny_generate("--twin --seg-scale 2");
    arguments[arguments.indexOf("none")] = "json";
    const Run result = run(arguments);
    QVERIFY2(result.status == 0, qPrintable(result.err));
    const auto events = events_of(result.out);
    int terminal = 0;
    QHash<QString, int> steps, started;
    for (const QJsonObject& event : events) {
      const QString kind = event["event"].toString(), job = event["job"].toString();
      QVERIFY2(QStringList({"started", "phase", "step", "finished"}).contains(kind), qPrintable(kind));
      terminal += kind == "finished" ? 1 : 0;
      if (kind == "started") started[job] += 1;
      if (kind == "phase") QVERIFY(event["fraction"].toDouble() >= 0 && event["fraction"].toDouble() <= 1);
      if (kind != "step") continue;
      QCOMPARE(started.value(job), 1);
      QCOMPARE(event["step"].toInt(), ++steps[job]);
      QCOMPARE(event["steps"].toInt(), 2);
      QVERIFY(event["ms"].toDouble(-1) >= 0);
    }
    QCOMPARE(terminal, 1);
    QCOMPARE(events.last()["event"].toString(), QString("finished"));
    QCOMPARE(steps, (QHash<QString, int>{{"guided", 2}, {"twin", 2}}));
    QCOMPARE(events.last()["files"].toArray(), (QJsonArray{"out.png", "out-twin.png", "out-side.png"}));
    QCOMPARE(events.last()["seed"].toInt(), 5);
    QCOMPARE(events.last()["model_hash"].toString().size(), 64);
  }

  void twin_files() {
    const Run result = run(tiny_generate("--twin --seg-scale 2 --cfg-scale 3"));
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(files(), (QStringList{"out-side.png", "out-twin.png", "out.png"}));
    const ImageRgb8 guided = picture("out.png"), twin = picture("out-twin.png"), side = picture("out-side.png");
    QVERIFY(guided.pixels != twin.pixels);
    QCOMPARE(side.width_px, 128);
    QCOMPARE(side.height_px, 64);
    for (int y = 0; y < 64; ++y) {
      const auto row = side.pixels.begin() + 3 * 128 * y;
      QVERIFY(std::equal(row, row + 3 * 64, twin.pixels.begin() + 3 * 64 * y));
      QVERIFY(std::equal(row + 3 * 64, row + 3 * 128, guided.pixels.begin() + 3 * 64 * y));
    }
    const QJsonObject twin_job = job_in("out-twin.png"), job = job_in("out.png");
    QCOMPARE(twin_job["guidance"].toObject()["seg.scale"].toDouble(-1), 0.0);
    QCOMPARE(twin_job["guidance"].toObject()["cfg.scale"].toDouble(), 3.0);
    QCOMPARE(job["guidance"].toObject()["seg.scale"].toDouble(), 2.0);
    QCOMPARE(twin_job["seed"], job["seed"]);
  }

  void interrupt_data() {
    QTest::addColumn<QByteArray>("waited_for");
    QTest::newRow("loading") << QByteArray("\"loading_model\"");
    QTest::newRow("denoising") << QByteArray("\"step\": 2,");
  }
  void interrupt() {
    QFETCH(QByteArray, waited_for);
    QProcess process;
    start(process, words("generate --progress json --steps 1000 --twin --dump dump.safetensors"));
    QByteArray out;
    QElapsedTimer timer;
    timer.start();
    while (!out.contains(waited_for) && timer.elapsed() < 120'000) {
      process.waitForReadyRead(1000);
      out += process.readAllStandardOutput();
    }
    QVERIFY(out.contains(waited_for));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    Run result = ended(process);
    QCOMPARE(result.status, 130);
    const auto events = events_of(QString::fromUtf8(out) + result.out);
    QCOMPARE(events.last()["event"].toString(), QString("cancelled"));
    QCOMPARE(std::ranges::count_if(events, [](const QJsonObject& event) {
               return QStringList({"finished", "failed", "cancelled"}).contains(event["event"].toString());
             }),
             std::ptrdiff_t{1});
    QVERIFY2(result.err.contains("interrupted"), qPrintable(result.err));
    QCOMPARE(files(), QStringList{});
  }

  void ways_to_run_data() {
    QTest::addColumn<QString>("more");
    QTest::newRow("one thread") << "--threads 1";
    QTest::newRow("every row whole") << "--exact-rows";
    QTest::newRow("fp32 on the CPU") << "--dtype fp32 --device cpu";
    QTest::newRow("bf16") << "--dtype bf16 --device cpu";
    QTest::newRow("fp16") << "--dtype fp16 --device cpu";
    QTest::newRow("prompt with an equals sign") << "--set prompt=a=b";
  }
  void ways_to_run() {
    QFETCH(QString, more);
    const Run result = run(tiny_generate(more));
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QVERIFY(result.err.isEmpty() && result.out.isEmpty());
    QCOMPARE(picture("out.png").width_px, 64);
  }

  void params_lists_every_parameter() {
    const Run result = run({"params", "--json"});
    QCOMPARE(result.status, 0);
    const QJsonArray list = QJsonDocument::fromJson(result.out.toUtf8()).array();
    const auto params = job_params(catalogue());
    QCOMPARE(static_cast<std::size_t>(list.size()), params.size());
    for (std::size_t i = 0; i < params.size(); ++i) {
      const QJsonObject one = list[static_cast<qsizetype>(i)].toObject();
      QCOMPARE(one["path"].toString().toStdString(), params[i].path);
      QCOMPARE(one["doc"].toString().toStdString(), std::string(params[i].spec->doc));
      QCOMPARE(one["allowed"].toString().toStdString(), allowed_values(*params[i].spec));
    }
  }

  void info_and_check_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("emoji-sdxl") << "emoji-sdxl";
    QTest::newRow("tiny-sdxl") << kTiny;
  }
  void info_and_check() {
    QFETCH(QString, model);
    const Run info = run({"info", model});
    QCOMPARE(info.status, 0);
    for (const char* part : {"can be loaded", "unet", "vae", "text_encoder_2", "tokenizer", "F16", "self-attention layers: d0"}) {
      QVERIFY2(info.out.contains(part), qPrintable(info.out));
    }
    const Run check = run({"check", model});
    QVERIFY2(check.status == 0, qPrintable(check.err));
    QVERIFY2(check.out.contains("all values finite"), qPrintable(check.out));
    QVERIFY(info.err.isEmpty() && check.err.isEmpty());
    QCOMPARE(files(), QStringList{});
  }
};

QTEST_GUILESS_MAIN(TestCliReal)
#include "tst_cli_real.moc"
