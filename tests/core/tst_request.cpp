// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A job as a whole: parameters by path, validation, the unguided twin.
#include "core/api/request.h"
#include "tests/support/small_catalogue.h"

#include <QTest>

#include <set>

using namespace studio;
using testing::small_catalogue;

namespace {
bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}
}  // namespace

class TestRequest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void declarations() {
    std::set<std::string> paths;
    for (const JobParam& param : job_params(small_catalogue())) {
      QVERIFY2(paths.insert(param.path).second, param.path.c_str());
      QVERIFY2(!param.spec->label.empty(), param.path.c_str());
      QVERIFY2(bool(validate(*param.spec, param.path, param.spec->initial)), param.path.c_str());
    }
    for (const ParamSpec& spec : job_card().params)
      QVERIFY2(spec.doc.ends_with('.'), spec.key.data());
    QCOMPARE(job_card().params.size(), std::size_t(10));
    QVERIFY(paths.contains("seed") && paths.contains("guidance.seg.sigma"));
  }
  void a_new_job_is_valid() { QVERIFY(bool(validate(GenerationRequest{}, small_catalogue()))); }

  void set_and_get_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("text");
    for (const char* row : {"model=a/b.safetensors",
                            "prompt=red apple",
                            "negative_prompt=",
                            "seed=0",
                            "seed=9223372036854775807",
                            "width=128",
                            "height=4096",
                            "steps=1",
                            "steps=1000",
                            "sampler=unipc",
                            "spacing=trailing",
                            "sigmas=karras",
                            "guidance.seg.sigma=inf",
                            "guidance.seg.sigma=0.5",
                            "guidance.cfg.scale=4",
                            "guidance.seg.layers=d2,m1",
                            "guidance.seg.every=3",
                            "guidance.seg.exact=true"}) {
      const QString text(row);
      QTest::newRow(row) << text.section('=', 0, 0) << text.section('=', 1);
    }
  }
  void set_and_get() {
    QFETCH(QString, path);
    QFETCH(QString, text);
    const std::string name = path.toStdString();
    GenerationRequest request;
    for (const JobParam& param : job_params(small_catalogue())) {
      if (param.path != name) continue;
      const auto value = parse_value(*param.spec, name, text.toStdString());
      QVERIFY(bool(value));
      QVERIFY(bool(set(request, small_catalogue(), name, value.value())));
      const auto back = get(request, small_catalogue(), name);
      QVERIFY(bool(back));
      QVERIFY(back.value() == value.value());
      QVERIFY(bool(validate(request, small_catalogue())));
      return;
    }
    QFAIL("no such parameter");
  }
  void absent_values() {
    GenerationRequest request;
    const GenerationRequest fresh;
    for (const char* path : {"negative_prompt", "seed", "width", "height", "spacing"}) {
      QVERIFY(!get(request, small_catalogue(), path).value().has_value());
      QVERIFY(bool(set(request, small_catalogue(), path, std::nullopt)));
    }
    request.seed = 3;
    QVERIFY(bool(set(request, small_catalogue(), "seed", std::nullopt)));
    QVERIFY(request == fresh);
    for (const char* path :
         {"model", "prompt", "steps", "sampler", "sigmas", "guidance.seg.scale"}) {
      const auto done = set(request, small_catalogue(), path, std::nullopt);
      QVERIFY2(
          !done && contains(done.error().message, std::string(path) + " is absent, but must be "),
          path);
    }
  }
  void sections_hold_only_what_differs() {
    GenerationRequest request;
    const auto value_of = [&](const char* path) {
      return get(request, small_catalogue(), path).value();
    };
    QVERIFY(!value_of("style.1.file"));
    QCOMPARE(std::get<double>(*value_of("style.1.weight")), 1.0);
    QVERIFY(set(request, small_catalogue(), "style.1.weight", 0.5));
    QVERIFY(set(request, small_catalogue(), "style.1.file", std::string("a.bin")));
    QCOMPARE(std::get<double>(*value_of("style.1.weight")), 0.5);
    QCOMPARE(std::get<std::string>(*value_of("style.1.file")), std::string("a.bin"));
    QVERIFY(validate(request, small_catalogue()));
    QVERIFY(!set(request, small_catalogue(), "style.1.weight", 2.5));
    QVERIFY(!set(request, small_catalogue(), "style.2.weight", 0.5));
    QVERIFY(unguided_twin(request, small_catalogue()).sections == request.sections);
    // As declared again: equal to a job that never said so.
    QVERIFY(set(request, small_catalogue(), "style.1.weight", 1.0));
    QVERIFY(set(request, small_catalogue(), "style.1.file", std::nullopt));
    QVERIFY(request == GenerationRequest{});
    request.sections["style.1.weight"] = 9.0;
    QVERIFY(!validate(request, small_catalogue()));
    request.sections = {{"styl.1.weight", 0.5}};
    QVERIFY(!validate(request, small_catalogue()));
  }

  void absent_guidance_reads_as_declared() {
    const auto value = get(GenerationRequest{}, small_catalogue(), "guidance.seg.scale");
    QCOMPARE(std::get<double>(*value.value()), 3.0);
  }
  void a_batch_has_no_single_prompt() {
    GenerationRequest request;
    request.prompts = {"a", "b"};
    QVERIFY(!get(request, small_catalogue(), "prompt").value().has_value());
    const auto done = set(request, small_catalogue(), "prompt", std::string("c"));
    QVERIFY(!done && contains(done.error().message, "a list of 2 texts"));
    QVERIFY(bool(validate(request, small_catalogue())));
  }

  void unknown_path_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("near");
    QTest::newRow("misspelt") << "guidance.seg.sgima"
                              << "guidance.seg.sigma";
    QTest::newRow("without group") << "seg.scale"
                                   << "guidance.seg.scale";
    QTest::newRow("job") << "step"
                         << "steps";
    QTest::newRow("nothing") << ""
                             << "";
    QTest::newRow("group only") << "guidance."
                                << "";
    QTest::newRow("guidance of the job") << "guidance.seed"
                                         << "";
  }
  void unknown_path() {
    QFETCH(QString, path);
    QFETCH(QString, near);
    GenerationRequest request;
    const auto read = get(request, small_catalogue(), path.toStdString());
    const auto written = set(request, small_catalogue(), path.toStdString(), 1.0);
    QVERIFY(!read && !written);
    QVERIFY(request == GenerationRequest{});
    QVERIFY(contains(read.error().message, "is not a parameter"));
    QCOMPARE(contains(written.error().message, "did you mean"), !near.isEmpty());
    QVERIFY2(contains(written.error().message, near.toStdString()),
             written.error().message.c_str());
  }
  void a_refused_value_changes_nothing() {
    GenerationRequest request;
    QVERIFY(!set(request, small_catalogue(), "steps", std::int64_t{0}));
    QVERIFY(!set(request, small_catalogue(), "guidance.seg.sigma", 0.0));
    QVERIFY(!set(request, small_catalogue(), "seed", 1.0));
    QVERIFY(request == GenerationRequest{});
  }

  void invalid_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("says");
    QTest::newRow("no prompt") << 0 << "prompt has 0 texts";
    QTest::newRow("too many prompts") << 1 << "prompt has 65 texts";
    QTest::newRow("huge prompt")
        << 2 << "prompt is 1048576 bytes long, but must be text of at most 65536 bytes";
    QTest::newRow("second prompt") << 3 << "prompt[1] is not valid UTF-8";
    QTest::newRow("empty model") << 4 << "model: this is empty";
    QTest::newRow("negative seed") << 5 << "seed is -1, but must be a whole number from 0";
    QTest::newRow("width") << 6 << "width is 4097";
    QTest::newRow("height") << 7 << "height is 0";
    QTest::newRow("steps") << 8 << "steps is 0";
    QTest::newRow("sampler") << 9 << "sampler is \"heun\", but must be one of euler";
    QTest::newRow("spacing") << 10 << "spacing is \"x\"";
    QTest::newRow("sigmas") << 11 << "sigmas is \"\"";
    QTest::newRow("unknown guidance")
        << 12 << "\"guidance.seg.sigmas\" is not a parameter; did you mean";
    QTest::newRow("guidance type") << 13 << "guidance.seg.scale is true";
    QTest::newRow("guidance range") << 14 << "guidance.cfg.scale is 31";
    QTest::newRow("guidance NaN") << 15 << "guidance.cfg.scale is nan";
    QTest::newRow("negative prompt") << 16 << "negative_prompt contains a zero byte";
  }
  void invalid() {
    QFETCH(int, kind);
    QFETCH(QString, says);
    GenerationRequest r;
    switch (kind) {
      case 0:
        r.prompts.clear();
        break;
      case 1:
        r.prompts.assign(65, "a");
        break;
      case 2:
        r.prompts = {std::string(1 << 20, 'a')};
        break;
      case 3:
        r.prompts = {"a", "\xFF"};
        break;
      case 4:
        r.model = "";
        break;
      case 5:
        r.seed = -1;
        break;
      case 6:
        r.width_px = 4097;
        break;
      case 7:
        r.height_px = 0;
        break;
      case 8:
        r.steps = 0;
        break;
      case 9:
        r.sampler = "heun";
        break;
      case 10:
        r.spacing = "x";
        break;
      case 11:
        r.sigmas = "";
        break;
      case 12:
        r.guidance["seg.sigmas"] = 1.0;
        break;
      case 13:
        r.guidance["seg.scale"] = true;
        break;
      case 14:
        r.guidance["cfg.scale"] = 31.0;
        break;
      case 15:
        r.guidance["cfg.scale"] = std::numeric_limits<double>::quiet_NaN();
        break;
      default:
        r.negative_prompt = std::string("a\0b", 3);
    }
    const auto valid = validate(r, small_catalogue());
    QVERIFY(!valid);
    QCOMPARE(valid.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(contains(valid.error().message, says.toStdString()), valid.error().message.c_str());
  }

  void twin() {
    GenerationRequest request;
    request.guidance = {{"cfg.scale", 4.0}, {"cfg.rescale", 0.7}, {"seg.sigma", 2.0}};
    const GenerationRequest off = unguided_twin(request, small_catalogue());
    QCOMPARE(std::get<double>(off.guidance.at("seg.scale")),
             0.0);  // its initial value is not neutral
    QCOMPARE(std::get<double>(off.guidance.at("cfg.scale")), 4.0);
    QCOMPARE(std::get<double>(off.guidance.at("cfg.rescale")), 0.7);
    QCOMPARE(std::get<double>(off.guidance.at("seg.sigma")), 2.0);
    QVERIFY(unguided_twin(off, small_catalogue()) == off);
  }
};

QTEST_GUILESS_MAIN(TestRequest)
#include "tst_request.moc"
