// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Samplers over models that predict v or the clean latents, over betas without a last signal,
// latent consistency and EDM noise levels: against the reference schedulers' own runs.
#include "core/model/configs.h"
#include "core/sampling/sampler.h"
#include "core/sampling/schedule.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

using namespace studio;
using nlohmann::json;

namespace {

constexpr double kTolerance = 1e-6;  // norm of the difference over norm of the reference
const std::vector<std::string> kFiles = {"velocity", "clean", "lcm", "edm"};

json document(const std::string& name) {
  std::ifstream file(STUDIO_TESTS_DIR "/golden/schedules/" + name + ".json");
  return json::parse(file);
}

at::Tensor tensor_of(const json& values) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble).reshape({1, 4, 2, 3});
}

double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual.to(at::kDouble) - expected).norm() / expected.norm()).item<double>();
}

// The model of make_prediction_goldens.py.
at::Tensor made_up_output(const at::Tensor& model_input, double timestep) {
  const at::Tensor index = at::arange(24, model_input.options()).reshape({1, 4, 2, 3});
  return at::tanh(model_input + at::sin(index + timestep / 100) * 0.2) * 0.6;
}

SamplerSettings settings_of(const json& entry) {
  SamplerSettings settings;
  settings.steps = entry.at("steps");
  settings.spacing = parse_spacing(entry.at("spacing").get<std::string>()).value();
  settings.sigmas = parse_sigma_kind(entry.at("sigmas").get<std::string>()).value();
  settings.config.prediction = parse_prediction(entry.at("prediction").get<std::string>()).value();
  settings.config.has_zero_snr = entry.at("zero_snr");
  if (const json& edm = entry.at("edm"); !edm.is_null()) {
    settings.config.edm =
        EdmConfig{.sigma_min = edm.at("sigma_min"),
                  .sigma_max = edm.at("sigma_max"),
                  .sigma_data = edm.at("sigma_data"),
                  .is_exponential = edm.value("sigma_schedule", "karras") == "exponential"};
  }
  return settings;
}

std::unique_ptr<Sampler> made(const std::string& id, const SamplerSettings& settings) {
  auto sampler = make_sampler(id, settings);
  if (!sampler) qFatal("%s", sampler.error().message.c_str());
  return std::move(sampler).value();
}

// Runs a case; compare(step, latents) after each step and once before, with step -1.
template <class Compare>
void run_case(const json& all, const json& entry, at::ScalarType dtype, Compare compare) {
  const auto sampler = made(entry.at("sampler"), settings_of(entry));
  const int start = entry.at("start");
  at::Generator generator =
      at::detail::createCPUGenerator(all.at("noise_seed").get<std::uint64_t>());
  const NoiseSource noise = [&](at::IntArrayRef shape) {
    return at::randn(shape, generator, at::kFloat);
  };
  const at::Tensor unit = tensor_of(all.at("unit_noise")).to(dtype);
  at::Tensor latents = start == 0
                           ? unit * sampler->initial_noise_scale()
                           : sampler->noised(start, tensor_of(all.at("clean")).to(dtype), unit);
  compare(-1, latents);
  for (int step = start; step < sampler->steps(); ++step) {
    const at::Tensor output =
        made_up_output(sampler->model_input(step, latents), sampler->timestep(step));
    latents = sampler->step(step, latents, output, noise).latents;
    compare(step, latents);
  }
}

}  // namespace

class TestPredictions : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void equals_the_reference_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("index");
    for (const std::string& file : kFiles) {
      const json cases = document(file).at("cases");
      for (std::size_t i = 0; i < cases.size(); ++i) {
        const json& entry = cases[i];
        QTest::addRow("%s: %s %s %s %s%s, %d steps from %d",
                      file.c_str(),
                      entry.at("sampler").get<std::string>().c_str(),
                      entry.at("prediction").get<std::string>().c_str(),
                      entry.at("spacing").get<std::string>().c_str(),
                      entry.at("sigmas").get<std::string>().c_str(),
                      entry.at("zero_snr").get<bool>() ? " zero SNR" : "",
                      entry.at("steps").get<int>(),
                      entry.at("start").get<int>())
            << QString::fromStdString(file) << static_cast<int>(i);
      }
    }
  }

  void equals_the_reference() {
    QFETCH(QString, file);
    QFETCH(int, index);
    const json all = document(file.toStdString());
    const json& entry = all.at("cases").at(index);
    const auto sampler = made(entry.at("sampler"), settings_of(entry));
    const auto timesteps = entry.at("timesteps").get<std::vector<double>>();
    QCOMPARE(static_cast<std::size_t>(sampler->steps()), timesteps.size());
    for (std::size_t step = 0; step < timesteps.size(); ++step) {
      const double actual = sampler->timestep(static_cast<int>(step));
      const bool whole = timesteps[step] == std::nearbyint(timesteps[step]);
      // Fractions are interpolated from, or are, logarithms in fp32 there.
      const double allowed =
          entry.at("edm").is_null() ? (whole && entry.at("sigmas") == "model" ? 0.0 : 1e-3) : 1e-6;
      QVERIFY2(std::abs(actual - timesteps[step]) <= allowed,
               qPrintable(QString("%1, not %2").arg(actual).arg(timesteps[step])));
    }
    const double scale = entry.at("init_noise_sigma");
    QVERIFY(std::abs(sampler->initial_noise_scale() - scale) <= kTolerance * scale);

    int compared = 0;
    run_case(all, entry, at::kDouble, [&](int step, const at::Tensor& latents) {
      const auto expected =
          entry.at("latents").find(step < 0 ? std::string("first") : std::to_string(step));
      if (expected == entry.at("latents").end()) return;
      const double error = relative_error(latents, tensor_of(*expected));
      ++compared;
      if (!(error <= kTolerance))
        QFAIL(qPrintable(QString("step %1: error %2").arg(step).arg(error)));
    });
    QCOMPARE(compared, static_cast<int>(entry.at("latents").size()));
  }

  void keeps_its_digits_in_fp32_data() { equals_the_reference_data(); }

  // The state is fp32 in a run: nothing may be lost at a sigma of 4096 or of 80.
  void keeps_its_digits_in_fp32() {
    QFETCH(QString, file);
    QFETCH(int, index);
    const json all = document(file.toStdString());
    const json& entry = all.at("cases").at(index);
    run_case(all, entry, at::kFloat, [&](int step, const at::Tensor& latents) {
      QCOMPARE(latents.scalar_type(), at::kFloat);
      const auto expected =
          entry.at("latents").find(step < 0 ? std::string("first") : std::to_string(step));
      if (expected == entry.at("latents").end()) return;
      const double error = relative_error(latents, tensor_of(*expected));
      if (!(error <= 1e-5)) QFAIL(qPrintable(QString("step %1: error %2").arg(step).arg(error)));
    });
  }

  // Rescaled betas agree to a few units of fp32: near the end the difference of two close roots is left.
  void has_the_reference_tables() {
    const json all = document("velocity");
    for (const bool zero : {false, true}) {
      SchedulerConfig config;
      config.has_zero_snr = zero;
      const std::vector<double> abar = training_abar(config);
      const json& expected = all.at("alphas_cumprod").at(zero ? "zero_snr" : "plain");
      QVERIFY(expected.size() > 20);
      for (const auto& [timestep, value] : expected.items()) {
        const double wanted = value.get<double>(), actual = abar[std::stoul(timestep)];
        QVERIFY2(std::abs(actual - wanted) <= 1e-6 * wanted,
                 qPrintable(QString("%1: %2, not %3")
                                .arg(timestep.c_str())
                                .arg(actual, 0, 'g', 12)
                                .arg(wanted, 0, 'g', 12)));
      }
      QVERIFY(abar.back() == kLiftedAbar || !zero);
    }
  }

  void visits_the_distillation_s_timesteps() {
    SamplerSettings settings;
    settings.steps = 4;
    const auto lcm = made("lcm", settings);
    std::vector<double> timesteps;
    for (int step = 0; step < 4; ++step) timesteps.push_back(lcm->timestep(step));
    QCOMPARE(timesteps, (std::vector<double>{999, 759, 499, 259}));
    settings.config.lcm_original_steps = 100;
    settings.steps = 2;
    QCOMPARE(made("lcm", settings)->timestep(0), 999.0);
    QCOMPARE(made("lcm", settings)->timestep(1), 499.0);
  }

  void an_exact_answer_leads_to_the_picture_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<int>("prediction");
    QTest::addColumn<bool>("zero");
    QTest::addColumn<bool>("edm");
    for (const SamplerInfo* info : samplers()) {
      const QString id =
          QString::fromUtf8(info->card.id.data(), static_cast<int>(info->card.id.size()));
      for (const Prediction prediction :
           {Prediction::Epsilon, Prediction::Velocity, Prediction::Clean}) {
        for (const bool zero : {false, true}) {
          QTest::addRow("%s %d %d", qPrintable(id), static_cast<int>(prediction), zero)
              << id << static_cast<int>(prediction) << zero << false;
        }
      }
      if (id == "lcm" || id == "ddim") continue;
      for (const Prediction prediction : {Prediction::Epsilon, Prediction::Velocity})
        QTest::addRow("%s EDM %d", qPrintable(id), static_cast<int>(prediction))
            << id << static_cast<int>(prediction) << false << true;
    }
  }

  // A model that answers in its own kind of prediction with the truth about one picture.
  void an_exact_answer_leads_to_the_picture() {
    QFETCH(QString, sampler);
    QFETCH(int, prediction);
    QFETCH(bool, zero);
    QFETCH(bool, edm);
    SamplerSettings settings;
    settings.steps = 9;
    settings.config.prediction = static_cast<Prediction>(prediction);
    settings.config.has_zero_snr = zero;
    if (edm)
      settings.config.edm = EdmConfig{};
    else
      settings.spacing = Spacing::Trailing;
    const auto run = made(sampler.toStdString(), settings);
    const at::Tensor clean = at::cos(at::arange(24, at::kDouble) * 4.1414).reshape({1, 4, 2, 3});
    const double spread = edm ? settings.config.edm->sigma_data : 1.0;
    at::Generator generator = at::detail::createCPUGenerator(std::uint64_t{5});
    const NoiseSource noise = [&](at::IntArrayRef shape) {
      return at::randn(shape, generator, at::kFloat);
    };
    at::Tensor latents = run->noised(0, clean, at::randn({1, 4, 2, 3}, generator, at::kDouble));
    for (int step = 0; step < 9; ++step) {
      // What the network sees is alpha clean + sigma noise in units of the data's spread.
      const at::Tensor seen = run->model_input(step, latents);
      const double level = run->noise_sigma(step) / spread;
      const double alpha = 1.0 / std::sqrt(level * level + 1.0), sigma = level * alpha;
      const at::Tensor unit = (seen - clean / spread * alpha) / sigma;
      const at::Tensor velocity = unit * alpha - clean / spread * sigma;
      at::Tensor output = clean;
      if (edm)
        output = settings.config.prediction == Prediction::Epsilon ? -velocity : velocity;
      else if (settings.config.prediction == Prediction::Epsilon)
        output = unit;
      else if (settings.config.prediction == Prediction::Velocity)
        output = velocity;
      const StepResult result = run->step(step, latents, output, noise);
      // Noise predictions at alpha 2^-12 and LCM's mixing-in of the state cost digits.
      QVERIFY(relative_error(result.x0, clean) < (sampler == "lcm" ? 1e-4 : 1e-8));
      latents = result.latents;
    }
    // DDIM stops at the noise of training timestep 0.
    QVERIFY2(relative_error(latents, clean) < (sampler == "lcm"    ? 1e-4
                                               : sampler == "ddim" ? 0.06
                                                                   : 1e-8),
             qPrintable(QString::number(relative_error(latents, clean))));
  }

  void refuses_what_it_cannot_do_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<SamplerSettings>("settings");
    QTest::addColumn<QString>("names");
    const auto row = [](const char* name, const char* sampler, auto change, const char* names) {
      SamplerSettings settings;
      change(settings);
      QTest::newRow(name) << QString(sampler) << settings << QString(names);
    };
    const auto edm = [](SamplerSettings& s) { s.config.edm = EdmConfig{}; };
    row(
        "more steps than an LCM was distilled for",
        "lcm",
        [](SamplerSettings& s) { s.steps = 51; },
        "1 to 50");
    row(
        "Karras sigmas for an LCM",
        "lcm",
        [](SamplerSettings& s) { s.sigmas = SigmaKind::Karras; },
        "sigmas must be model");
    row(
        "distillation longer than the training",
        "lcm",
        [](SamplerSettings& s) { s.config.lcm_original_steps = 1001; },
        "1 to 1000");
    row("EDM and DDIM", "ddim", edm, "euler, euler_a, dpmpp_2m, unipc");
    row("EDM and LCM", "lcm", edm, "euler, euler_a, dpmpp_2m, unipc");
    row(
        "EDM and a spacing",
        "euler",
        [&](SamplerSettings& s) { edm(s), s.spacing = Spacing::Trailing; },
        "spacing must be leading");
    row(
        "EDM and rescaled betas",
        "euler",
        [&](SamplerSettings& s) { edm(s), s.config.has_zero_snr = true; },
        "zero_snr");
    row(
        "EDM and clean predictions",
        "euler",
        [&](SamplerSettings& s) { edm(s), s.config.prediction = Prediction::Clean; },
        "epsilon or v_prediction");
    row(
        "EDM and no steps", "euler", [&](SamplerSettings& s) { edm(s), s.steps = 0; }, "1 to 1000");
    row(
        "EDM levels in the wrong order",
        "euler",
        [](SamplerSettings& s) { s.config.edm = EdmConfig{.sigma_min = 3, .sigma_max = 2}; },
        "sigma_min < sigma_max");
    row(
        "EDM level that is not a number",
        "euler",
        [](SamplerSettings& s) { s.config.edm = EdmConfig{.sigma_max = std::nan("")}; },
        "sigma_min < sigma_max");
    row(
        "EDM data without a spread",
        "euler",
        [](SamplerSettings& s) { s.config.edm = EdmConfig{.sigma_data = 0}; },
        "0.001 to 1000");
    row(
        "EDM bend of 0",
        "euler",
        [](SamplerSettings& s) { s.config.edm = EdmConfig{.rho = 0}; },
        "1 to 100");
  }

  void refuses_what_it_cannot_do() {
    QFETCH(QString, sampler);
    QFETCH(SamplerSettings, settings);
    QFETCH(QString, names);
    const auto run = make_sampler(sampler.toStdString(), settings);
    QVERIFY(!run);
    QVERIFY(run.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(QString::fromStdString(run.error().message).contains(names),
             run.error().message.c_str());
  }

  // What people's folders carry, and what an empty one of each class means.
  void reads_every_scheduler_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<SchedulerConfig>("expected");
    const auto row = [](const char* name, const QByteArray& text, auto change) {
      SchedulerConfig expected;
      expected.steps_offset = 0;
      change(expected);
      QTest::newRow(name) << text << expected;
    };
    const QByteArray sdxl =
        R"("beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000, )"
        R"("steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false, "use_karras_sigmas": true, "timestep_spacing": "leading")";
    for (const char* kind : {"EulerDiscrete",
                             "EulerAncestralDiscrete",
                             "DDIM",
                             "DDPM",
                             "DPMSolverMultistep",
                             "DPMSolverSinglestep",
                             "UniPCMultistep",
                             "PNDM",
                             "LCM",
                             "HeunDiscrete",
                             "KDPM2Discrete",
                             "KDPM2AncestralDiscrete",
                             "LMSDiscrete",
                             "DEISMultistep",
                             "DPMSolverSDE",
                             "TCD",
                             "SASolver"}) {
      row(kind,
          "{\"_class_name\": \"" + QByteArray(kind) + "Scheduler\", " + sdxl + "}",
          [](SchedulerConfig& c) { c.steps_offset = 1; });
    }
    const auto plain = [](Spacing spacing) {
      return [spacing](SchedulerConfig& c) {
        c.beta_start = 0.0001, c.beta_end = 0.02, c.beta_schedule = "linear", c.spacing = spacing;
      };
    };
    row("empty Euler", R"({"_class_name": "EulerDiscreteScheduler"})", plain(Spacing::Linspace));
    row("empty PNDM", R"({"_class_name": "PNDMScheduler"})", plain(Spacing::Leading));
    row("empty UniPC", R"({"_class_name": "UniPCMultistepScheduler"})", plain(Spacing::Linspace));
    row("empty LCM", R"({"_class_name": "LCMScheduler"})", [](SchedulerConfig&) {});
    row("v-prediction to the end",
        R"({"_class_name": "DDIMScheduler", "prediction_type": "v_prediction", "rescale_betas_zero_snr": true, )" +
            sdxl.chopped(8) + R"(trailing"})",
        [](SchedulerConfig& c) {
          c.steps_offset = 1, c.prediction = Prediction::Velocity, c.has_zero_snr = true,
          c.spacing = Spacing::Trailing;
        });
    row("one step",
        R"({"_class_name": "EulerDiscreteScheduler", "prediction_type": "sample", )" + sdxl + "}",
        [](SchedulerConfig& c) { c.steps_offset = 1, c.prediction = Prediction::Clean; });
    row("LCM",
        R"({"_class_name": "LCMScheduler", "original_inference_steps": 100, "timestep_scaling": 5.0})",
        [](SchedulerConfig& c) { c.lcm_original_steps = 100, c.lcm_timestep_scale = 5; });
    row("Playground 2.5",
        R"({"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_data": 0.5, "sigma_max": 80.0, "sigma_min": 0.002, "rho": 7.0, "prediction_type": "epsilon", "solver_order": 2})",
        [](SchedulerConfig& c) { c.edm = EdmConfig{}; });
    row("CosXL",
        R"({"_class_name": "EDMEulerScheduler", "sigma_data": 1.0, "sigma_max": 120.0, "sigma_schedule": "exponential", "prediction_type": "v_prediction"})",
        [](SchedulerConfig& c) {
          c.prediction = Prediction::Velocity,
          c.edm = EdmConfig{.sigma_max = 120, .sigma_data = 1, .is_exponential = true};
        });
  }

  void reads_every_scheduler() {
    QFETCH(QByteArray, text);
    QFETCH(SchedulerConfig, expected);
    QTemporaryDir folder;
    QFile file(folder.filePath("scheduler_config.json"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    file.close();
    const auto read = read_scheduler_config(file.fileName().toStdString());
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    const SchedulerConfig& config = read.value();
    QVERIFY(config.spacing == expected.spacing && config.prediction == expected.prediction &&
            config.has_zero_snr == expected.has_zero_snr);
    QCOMPARE(config.num_train_timesteps, expected.num_train_timesteps);
    QCOMPARE(config.lcm_original_steps, expected.lcm_original_steps);
    QCOMPARE(config.lcm_timestep_scale, expected.lcm_timestep_scale);
    QCOMPARE(config.edm.has_value(), expected.edm.has_value());
    if (config.edm) {
      QCOMPARE(config.edm->sigma_max, expected.edm->sigma_max);
      QCOMPARE(config.edm->sigma_data, expected.edm->sigma_data);
      QCOMPARE(config.edm->is_exponential, expected.edm->is_exponential);
      return;
    }
    QCOMPARE(config.steps_offset, expected.steps_offset);
    QCOMPARE(config.beta_start, expected.beta_start);
    QCOMPARE(config.beta_end, expected.beta_end);
    QCOMPARE(config.beta_schedule, expected.beta_schedule);
  }
};

QTEST_GUILESS_MAIN(TestPredictions)
#include "tst_predictions.moc"
