// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Samplers against the reference schedulers' own runs, and what every sampler must keep.
#include "core/base/check.h"
#include "core/sampling/sampler.h"
#include "core/sampling/schedule.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <QtTest>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <map>

using namespace studio;

namespace {

const std::vector<std::string> kSpacings = {"leading", "trailing", "linspace"};
const std::vector<std::string> kSigmaKinds = {"model", "karras"};
const std::vector<std::int64_t> kShape = {1, 4, 2, 3};

SamplerSettings settings_of(const std::string& spacing, const std::string& sigmas, int steps) {
  SamplerSettings settings;
  settings.spacing = parse_spacing(spacing).value();
  settings.sigmas = parse_sigma_kind(sigmas).value();
  settings.steps = steps;
  return settings;
}

std::unique_ptr<Sampler> made(const std::string& id, const SamplerSettings& settings) {
  auto sampler = make_sampler(id, settings);
  if (!sampler) qFatal("%s", sampler.error().message.c_str());
  return std::move(sampler).value();
}

at::Tensor tensor_of(const nlohmann::json& values) {
  const auto numbers = values.get<std::vector<double>>();
  return at::tensor(numbers, at::kDouble).to(at::kFloat).reshape(kShape);
}

double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  const at::Tensor wanted = expected.to(at::kDouble);
  return ((actual.to(at::kDouble) - wanted).norm() / wanted.norm()).item<double>();
}

// The model of make_sampler_goldens.py.
at::Tensor made_up_epsilon(const at::Tensor& model_input, double timestep) {
  const at::Tensor index =
      at::arange(model_input.numel(), model_input.options().requires_grad(false))
          .reshape(model_input.sizes());
  return model_input * 0.3 + at::sin(index + timestep / 100) * 0.2;
}

struct Noise {
  explicit Noise(std::uint64_t seed) : generator(at::detail::createCPUGenerator(seed)) {}
  NoiseSource source() {
    return [this](at::IntArrayRef shape) {
      ++draws;
      return at::randn(shape, generator, at::kFloat);
    };
  }
  at::Generator generator;
  int draws = 0;
};

at::Tensor unit_noise(at::ScalarType dtype = at::kFloat) {
  return at::randn(kShape, at::detail::createCPUGenerator(3), at::kFloat).to(dtype);
}

StepResult made_up_step(Sampler& sampler, int step, const at::Tensor& latents, Noise& noise) {
  const at::Tensor seen = sampler.model_input(step, latents);
  return sampler.step(step, latents, made_up_epsilon(seen, sampler.timestep(step)), noise.source());
}

at::Tensor run_all(Sampler& sampler, at::Tensor latents, Noise& noise, int start = 0) {
  for (int step = start; step < sampler.steps(); ++step)
    latents = made_up_step(sampler, step, latents, noise).latents;
  return latents;
}

bool finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

QByteArray row_name(const std::vector<std::string>& parts) {
  QByteArray name;
  for (const std::string& part : parts)
    name += (name.isEmpty() ? "" : " ") + QByteArray::fromStdString(part);
  return name;
}

void add_combination_rows() {
  QTest::addColumn<std::string>("id");
  QTest::addColumn<std::string>("spacing");
  QTest::addColumn<std::string>("sigmas");
  for (const SamplerInfo* info : samplers())
    for (const std::string& spacing : kSpacings)
      for (const std::string& sigmas : kSigmaKinds) {
        const std::string id(info->card.id);
        if (id == "lcm" && sigmas == "karras") continue;  // which it refuses
        QTest::newRow(row_name({id, spacing, sigmas})) << id << spacing << sigmas;
      }
}

}  // namespace

class TestSamplers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void lists_the_samplers_in_order();
  void equals_the_reference_data();
  void equals_the_reference();
  void has_the_published_timesteps_data();
  void has_the_published_timesteps();
  void has_the_published_sigmas();
  void interpolates_and_stays_in_the_table();
  void gives_the_asked_number_of_falling_timesteps_data();
  void gives_the_asked_number_of_falling_timesteps();
  void runs_any_number_of_steps_data();
  void runs_any_number_of_steps();
  void repeats_and_forks_exactly_data();
  void repeats_and_forks_exactly();
  void keeps_dtype_shape_and_arguments_data();
  void keeps_dtype_shape_and_arguments();
  void ends_at_the_picture_it_is_told_data();
  void ends_at_the_picture_it_is_told();
  void gradients_equal_differences_data();
  void gradients_equal_differences();
  void draws_noise_only_where_documented();
  void refuses_what_it_cannot_do_data();
  void refuses_what_it_cannot_do();
  void refuses_steps_out_of_order();
};

void TestSamplers::lists_the_samplers_in_order() {
  std::vector<std::string> ids;
  for (const SamplerInfo* info : samplers()) {
    ids.emplace_back(info->card.id);
    QVERIFY(!info->card.label.empty() && !info->card.source.empty() && !info->card.doc.empty());
  }
  QCOMPARE(ids, (std::vector<std::string>{"euler", "euler_a", "ddim", "dpmpp_2m", "unipc", "lcm"}));
}

void TestSamplers::equals_the_reference_data() {
  QTest::addColumn<std::string>("id");
  QTest::addColumn<int>("index");
  for (const SamplerInfo* info : samplers()) {
    const std::string id(info->card.id);
    if (id == "lcm") continue;  // tst_predictions compares it with its own reference
    std::ifstream file(STUDIO_TESTS_DIR "/golden/samplers/" + id + ".json");
    QVERIFY2(file, ("no reference file for " + id).c_str());
    const auto cases = nlohmann::json::parse(file).at("cases");
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto& entry = cases[i];
      QTest::newRow(row_name({id,
                              entry.at("spacing"),
                              entry.at("sigmas"),
                              std::to_string(entry.at("steps").get<int>()) + " steps",
                              "from " + std::to_string(entry.at("start").get<int>())}))
          << id << static_cast<int>(i);
    }
  }
}

void TestSamplers::equals_the_reference() {
  QFETCH(std::string, id);
  QFETCH(int, index);
  std::ifstream file(STUDIO_TESTS_DIR "/golden/samplers/" + id + ".json");
  const auto document = nlohmann::json::parse(file);
  const auto& entry = document.at("cases").at(index);
  const int steps = entry.at("steps"), start = entry.at("start");
  const auto sampler = made(id, settings_of(entry.at("spacing"), entry.at("sigmas"), steps));

  const auto timesteps = entry.at("timesteps").get<std::vector<double>>();
  QCOMPARE(static_cast<std::size_t>(sampler->steps()), timesteps.size());
  for (int step = 0; step < steps; ++step) {
    const bool whole = timesteps[step] == std::nearbyint(timesteps[step]);
    // The reference interpolates fractional ones from fp32 logarithms.
    const double allowed = whole && entry.at("sigmas") == "model" ? 0.0 : 1e-3;
    QVERIFY2(std::abs(sampler->timestep(step) - timesteps[step]) <= allowed,
             qPrintable(QString("step %1: %2 instead of %3")
                            .arg(step)
                            .arg(sampler->timestep(step))
                            .arg(timesteps[step])));
  }
  const double scale = entry.at("init_noise_sigma");
  QVERIFY(std::abs(sampler->initial_noise_scale() - scale) <= 1e-6 * scale);

  const at::Tensor unit = tensor_of(document.at("unit_noise"));
  Noise noise(document.at("noise_seed").get<std::uint64_t>());
  at::Tensor latents = start == 0 ? unit * sampler->initial_noise_scale()
                                  : sampler->noised(start, tensor_of(document.at("clean")), unit);
  const auto& kept = entry.at("latents");
  QVERIFY(relative_error(latents, tensor_of(kept.at("first"))) <= 1e-6);
  int compared = 0;
  for (int step = start; step < steps; ++step) {
    latents = made_up_step(*sampler, step, latents, noise).latents;
    const auto expected = kept.find(std::to_string(step));
    if (expected == kept.end()) continue;
    const double error = relative_error(latents, tensor_of(*expected));
    QVERIFY2(error <= 1e-5, qPrintable(QString("step %1: error %2").arg(step).arg(error)));
    ++compared;
  }
  QCOMPARE(compared, static_cast<int>(kept.size()) - 1);
}

void TestSamplers::has_the_published_timesteps_data() {
  QTest::addColumn<std::string>("id");
  QTest::addColumn<std::string>("spacing");
  QTest::addColumn<std::string>("sigmas");
  QTest::addColumn<std::vector<double>>("expected");
  const auto row = [](const char* id,
                      const char* spacing,
                      const char* sigmas,
                      const std::vector<double>& expected) {
    QTest::newRow(row_name({id, spacing, sigmas, std::to_string(expected.size())}))
        << std::string(id) << std::string(spacing) << std::string(sigmas) << expected;
  };
  // The cases of golden/emoji/cases.json.
  row("euler", "leading", "model", {914, 831, 748, 665, 582, 499, 416, 333, 250, 167, 84, 1});
  row("euler", "leading", "model", {876, 751, 626, 501, 376, 251, 126, 1});
  row("euler", "trailing", "model", {999, 832, 666, 499, 332, 166});
  row("euler", "trailing", "model", {999, 749, 499, 249});
  row("euler_a", "leading", "model", {901, 801, 701, 601, 501, 401, 301, 201, 101, 1});
  row("ddim", "leading", "model", {901, 801, 701, 601, 501, 401, 301, 201, 101, 1});
  row("dpmpp_2m", "leading", "model", {901, 811, 721, 631, 541, 451, 361, 271, 181, 91});
  row("dpmpp_2m", "leading", "karras", {999, 916, 815, 687, 523, 327, 146, 41, 7, 0});
  row("unipc", "leading", "model", {901, 811, 721, 631, 541, 451, 361, 271, 181, 91});
}

void TestSamplers::has_the_published_timesteps() {
  QFETCH(std::string, id);
  QFETCH(std::string, spacing);
  QFETCH(std::string, sigmas);
  QFETCH(std::vector<double>, expected);
  const int steps = static_cast<int>(expected.size());
  const auto sampler = made(id, settings_of(spacing, sigmas, steps));
  std::vector<double> actual;
  for (int step = 0; step < steps; ++step) actual.push_back(sampler->timestep(step));
  QCOMPARE(actual, expected);
}

void TestSamplers::has_the_published_sigmas() {
  const auto near = [](double actual, double expected, double allowed) {
    if (!(std::abs(actual - expected) <= allowed)) qWarning("%.9g, not %.9g", actual, expected);
    return std::abs(actual - expected) <= allowed;
  };
  const std::vector<double> abar = training_abar(SchedulerConfig{});
  const std::vector<double> table = training_sigmas(abar);
  QCOMPARE(table.size(), std::size_t{1000});
  // Exactly 0.0291672; the reference's fp32 abar makes it 0.0291675.
  QVERIFY(near(table.front(), 0.0291675, 5e-8) && near(table.back(), 14.6146412, 1e-5));
  QVERIFY(near(abar.front(), 0.99915, 5e-8) && near(abar.back(), 0.0046601, 5e-8));

  const std::vector<double> leading = {11.6760, 9.3381, 7.5624, 6.1970, 5.1344, 4.2975, 3.6307,
                                       3.0930,  2.6545, 2.2929, 1.9911, 1.7365, 1.5192, 1.3318,
                                       1.1682,  1.0239, .8952,  .7789,  .6726,  .5741,  .4810,
                                       .3910,   .3006,  .2018,  .0413};
  const auto euler = made("euler", settings_of("leading", "model", 25));
  for (int step = 0; step < 25; ++step)
    QVERIFY(near(euler->noise_sigma(step), leading[step], 5.1e-5));
  const auto trailing = made("euler", settings_of("trailing", "model", 4));
  const std::vector<double> trailing_sigmas = {14.6146, 4.0817, 1.6129, .6932};
  for (int step = 0; step < 4; ++step)
    QVERIFY(near(trailing->noise_sigma(step), trailing_sigmas[step], 5.1e-5));

  // These come from unrounded betas: one part in a million from the reference's own.
  for (const auto& [steps, scale] :
       std::map<int, double>{{25, 11.71879}, {30, 11.52033}, {50, 13.15846}})
    QVERIFY(near(made("euler", settings_of("leading", "model", steps))->initial_noise_scale(),
                 scale,
                 1e-6 * scale));
  QVERIFY(near(trailing->initial_noise_scale(), 14.6146412, 1e-5));
  QCOMPARE(made("ddim", settings_of("leading", "model", 25))->initial_noise_scale(), 1.0);
  // The whole range in DPM++, the ends of its own spaced sigmas in Euler.
  const auto multistep = made("dpmpp_2m", settings_of("leading", "karras", 8));
  QVERIFY(near(multistep->noise_sigma(0), 14.6146412, 1e-5));
  QVERIFY(near(multistep->noise_sigma(7), 0.0291675, 5e-8));
  const auto single = made("euler", settings_of("leading", "karras", 25));
  QVERIFY(near(single->noise_sigma(0), leading.front(), 5.1e-5));
  QVERIFY(near(single->noise_sigma(24), leading.back(), 5.1e-5));
  QVERIFY(near(single->timestep(0), 961, 1e-6) && near(single->timestep(24), 1, 1e-6));
}

void TestSamplers::interpolates_and_stays_in_the_table() {
  const std::vector<double> table = training_sigmas(training_abar(SchedulerConfig{}));
  for (int t = 0; t < 1000; ++t) {
    QVERIFY(std::abs(timestep_at(table, table[t]) - t) < 1e-9);
    QCOMPARE(sigma_at(table, t), table[t]);
  }
  QCOMPARE(timestep_at(table, 0.0), 0.0);
  QCOMPARE(timestep_at(table, 1e9), 999.0);
  QCOMPARE(sigma_at(table, -5.0), table.front());
  QCOMPARE(sigma_at(table, 1000.0), table.back());
  const std::vector<double> sigmas = karras_sigmas(10.0, 0.1, 3);
  const double middle = std::pow((std::pow(10.0, 1 / 7.0) + std::pow(0.1, 1 / 7.0)) / 2, 7);
  QVERIFY(std::abs(sigmas[0] - 10.0) < 1e-12 && std::abs(sigmas[2] - 0.1) < 1e-12);
  QVERIFY(std::abs(sigmas[1] - middle) < 1e-12);
}

void TestSamplers::gives_the_asked_number_of_falling_timesteps_data() {
  QTest::addColumn<int>("grid");
  QTest::addColumn<std::string>("spacing");
  const std::map<std::string, TimestepGrid> grids = {{"even", TimestepGrid::Even},
                                                     {"rounded", TimestepGrid::Rounded},
                                                     {"interior", TimestepGrid::Interior}};
  for (const auto& [name, grid] : grids)
    for (const std::string& spacing : kSpacings)
      QTest::newRow(row_name({name, spacing})) << static_cast<int>(grid) << spacing;
}

// Every step count there is: trailing gives one step too many in the reference at 61 and others.
void TestSamplers::gives_the_asked_number_of_falling_timesteps() {
  QFETCH(int, grid);
  QFETCH(std::string, spacing);
  for (int steps = 1; steps <= 1000; ++steps) {
    const auto timesteps =
        spaced_timesteps(settings_of(spacing, "model", steps), static_cast<TimestepGrid>(grid));
    QCOMPARE(static_cast<int>(timesteps.size()), steps);
    QVERIFY(timesteps.front() <= 1000.0 && timesteps.back() >= 0.0);
    for (int i = 1; i < steps; ++i) QVERIFY(timesteps[i] <= timesteps[i - 1]);
    QVERIFY(steps == 1 || timesteps.back() < timesteps.front());
  }
}

void TestSamplers::runs_any_number_of_steps_data() { add_combination_rows(); }

void TestSamplers::runs_any_number_of_steps() {
  QFETCH(std::string, id);
  QFETCH(std::string, spacing);
  QFETCH(std::string, sigmas);
  std::vector<int> counts = {997, 998, 999, 1000};
  for (int steps = 1; steps <= 60; ++steps) counts.push_back(steps);
  for (const int steps : counts) {
    if (id == "lcm" && steps > 50) continue;  // which it refuses
    const auto sampler = made(id, settings_of(spacing, sigmas, steps));
    QCOMPARE(sampler->steps(), steps);
    for (int step = 0; step < steps; ++step) {
      const double sigma = sampler->noise_sigma(step), timestep = sampler->timestep(step);
      QVERIFY(sigma > 0.0 && std::isfinite(sigma) && timestep >= 0.0 && timestep <= 1000.0);
      if (step == 0) continue;
      const double before = sampler->noise_sigma(step - 1);
      // Near 1000 steps whole timesteps meet, and those past the range share its last sigma.
      QVERIFY(steps > 60 ? sigma <= before : sigma < before);
      QVERIFY(timestep <= sampler->timestep(step - 1));
    }
    Noise noise(1);
    QVERIFY(finite(run_all(*sampler, unit_noise() * sampler->initial_noise_scale(), noise)));
  }
}

void TestSamplers::repeats_and_forks_exactly_data() { add_combination_rows(); }

void TestSamplers::repeats_and_forks_exactly() {
  QFETCH(std::string, id);
  QFETCH(std::string, spacing);
  QFETCH(std::string, sigmas);
  const SamplerSettings settings = settings_of(spacing, sigmas, 7);
  const auto whole = made(id, settings);
  const at::Tensor first = unit_noise() * whole->initial_noise_scale();
  Noise whole_noise(5);
  const at::Tensor expected = run_all(*whole, first, whole_noise);

  const auto again = made(id, settings);
  Noise again_noise(5);
  QVERIFY(at::equal(run_all(*again, first, again_noise), expected));

  for (int parked_at = 0; parked_at < 7; ++parked_at) {
    const auto runner = made(id, settings);
    Noise noise(5);
    at::Tensor latents = first;
    for (int step = 0; step < parked_at; ++step)
      latents = made_up_step(*runner, step, latents, noise).latents;
    const auto fork = runner->clone();
    Noise fork_noise(5);
    fork_noise.generator = noise.generator.clone();
    // The original goes elsewhere first: nothing of it may reach the fork.
    Noise other_noise(99);
    run_all(*runner, latents * 2.0, other_noise, parked_at);
    QVERIFY(at::equal(run_all(*fork, latents, fork_noise, parked_at), expected));
  }
}

void TestSamplers::keeps_dtype_shape_and_arguments_data() {
  QTest::addColumn<std::string>("id");
  QTest::addColumn<int>("dtype");
  for (const SamplerInfo* info : samplers()) {
    const std::string id(info->card.id);
    QTest::newRow(row_name({id, "fp32"})) << id << static_cast<int>(at::kFloat);
    QTest::newRow(row_name({id, "fp64"})) << id << static_cast<int>(at::kDouble);
  }
}

void TestSamplers::keeps_dtype_shape_and_arguments() {
  QFETCH(std::string, id);
  QFETCH(int, dtype);
  const auto type = static_cast<at::ScalarType>(dtype);
  const auto sampler = made(id, settings_of("leading", "model", 4));
  Noise noise(2);
  at::Tensor latents = unit_noise(type);
  QCOMPARE(sampler->noised(2, latents, unit_noise()).scalar_type(), type);
  for (int step = 0; step < 4; ++step) {
    const at::Tensor epsilon =
        made_up_epsilon(sampler->model_input(step, latents), 500).to(at::kFloat);
    const at::Tensor latents_before = latents.clone(), epsilon_before = epsilon.clone();
    const StepResult result = sampler->step(step, latents, epsilon, noise.source());
    QVERIFY(at::equal(latents, latents_before) && at::equal(epsilon, epsilon_before));
    for (const at::Tensor& tensor : {result.latents, result.x0}) {
      QCOMPARE(tensor.scalar_type(), type);
      QCOMPARE(tensor.sizes().vec(), kShape);
    }
    latents = result.latents;
  }
}

void TestSamplers::ends_at_the_picture_it_is_told_data() { add_combination_rows(); }

// A model that always answers with the noise over one picture must be led to that picture from any
// start; DDIM stops at the noise of training timestep 0.
void TestSamplers::ends_at_the_picture_it_is_told() {
  QFETCH(std::string, id);
  QFETCH(std::string, spacing);
  QFETCH(std::string, sigmas);
  const at::Tensor clean = at::cos(at::arange(24, at::kDouble) * 4.1414).reshape(kShape);
  const bool exploding = id == "euler" || id == "euler_a";
  const double last_sigma = training_sigmas(training_abar(SchedulerConfig{})).front();
  // A consistency model's answer keeps a little of the state it was given, more at low noise.
  const double allowed = id == "lcm" ? 1e-5 : 1e-10;
  for (const int steps : {1, 2, 7, 30})
    for (int start = 0; start < steps; start += std::max(1, steps / 3)) {
      const auto sampler = made(id, settings_of(spacing, sigmas, steps));
      Noise noise(4);
      at::Tensor latents = sampler->noised(start, clean, unit_noise());
      for (int step = start; step < steps; ++step) {
        const double sigma = sampler->noise_sigma(step);
        const double alpha = exploding ? 1.0 : 1.0 / std::sqrt(1.0 + sigma * sigma);
        const at::Tensor epsilon = (latents - clean * alpha) / (sigma * alpha);
        const StepResult result = sampler->step(step, latents, epsilon, noise.source());
        QVERIFY(relative_error(result.x0, clean) < allowed);
        latents = result.latents;
        if (step + 1 < steps || id != "ddim") continue;
        const double last_alpha = 1.0 / std::sqrt(1.0 + last_sigma * last_sigma);
        const at::Tensor rest = (latents - clean * last_alpha) / (last_alpha * last_sigma);
        QVERIFY(relative_error(rest, epsilon) < 1e-9);
      }
      if (id != "ddim") QVERIFY(relative_error(latents, clean) < allowed);
      QVERIFY(finite(latents));
    }
}

void TestSamplers::gradients_equal_differences_data() {
  QTest::addColumn<std::string>("id");
  for (const SamplerInfo* info : samplers())
    QTest::newRow(row_name({std::string(info->card.id)})) << std::string(info->card.id);
}

void TestSamplers::gradients_equal_differences() {
  QFETCH(std::string, id);
  const auto loss = [&id](const at::Tensor& latents) {
    const auto sampler = made(id, settings_of("leading", "model", 4));
    Noise noise(6);
    return at::sin(run_all(*sampler, latents, noise)).sum();
  };
  const at::Tensor point = unit_noise(at::kDouble);
  const at::Tensor way = at::cos(at::arange(24, at::kDouble)).reshape(kShape);
  const at::Tensor variable = point.clone().set_requires_grad(true);
  loss(variable).backward();
  const double actual = (variable.grad() * way).sum().item<double>();
  const double h = 1e-5;
  const double expected = (loss(point + way * h) - loss(point - way * h)).item<double>() / (2 * h);
  QVERIFY(std::abs(expected) > 1e-3);
  QVERIFY2(std::abs(actual - expected) <= 1e-6 * std::abs(expected),
           qPrintable(QString("%1 instead of %2").arg(actual).arg(expected)));
}

void TestSamplers::draws_noise_only_where_documented() {
  for (const SamplerInfo* info : samplers()) {
    const auto sampler = info->make(settings_of("leading", "model", 6));
    Noise noise(1);
    run_all(*sampler, unit_noise(), noise);
    QCOMPARE(noise.draws, info->card.id == "euler_a" ? 6 : info->card.id == "lcm" ? 5 : 0);
  }
}

void TestSamplers::refuses_what_it_cannot_do_data() {
  QTest::addColumn<std::string>("id");
  QTest::addColumn<SamplerSettings>("settings");
  QTest::addColumn<std::string>("names");
  const auto row = [](const char* name, const char* id, auto change, const char* names) {
    SamplerSettings settings;
    change(settings);
    QTest::newRow(name) << std::string(id) << settings << std::string(names);
  };
  const auto nothing = [](SamplerSettings&) {};
  row("unknown sampler", "heun", nothing, "euler, euler_a, ddim, dpmpp_2m, unipc, lcm");
  row("no id", "", nothing, "euler, euler_a");
  row(
      "no steps", "euler", [](SamplerSettings& s) { s.steps = 0; }, "1 to 1000");
  row(
      "negative steps", "ddim", [](SamplerSettings& s) { s.steps = -3; }, "1 to 1000");
  row(
      "more steps than timesteps",
      "unipc",
      [](SamplerSettings& s) { s.steps = 1001; },
      "1 to 1000");
  row(
      "unknown betas",
      "euler",
      [](SamplerSettings& s) { s.config.beta_schedule = "squaredcos_cap_v2"; },
      "scaled_linear");
  row(
      "betas in the wrong order",
      "euler",
      [](SamplerSettings& s) { s.config.beta_end = 1e-5; },
      "beta_start <= beta_end");
  row(
      "beta not a number",
      "euler",
      [](SamplerSettings& s) { s.config.beta_start = std::nan(""); },
      "beta_start");
  row(
      "no signal left", "euler", [](SamplerSettings& s) { s.config.beta_end = 0.99; }, "no signal");
  row(
      "one timestep",
      "euler",
      [](SamplerSettings& s) { s.config.num_train_timesteps = 1; },
      "num_train_timesteps");
  row(
      "endless timesteps",
      "euler",
      [](SamplerSettings& s) { s.config.num_train_timesteps = 2'000'000'000; },
      "num_train_timesteps");
  row(
      "offset past the range",
      "euler",
      [](SamplerSettings& s) { s.config.steps_offset = 1000; },
      "0 to 999");
}

void TestSamplers::refuses_what_it_cannot_do() {
  QFETCH(std::string, id);
  QFETCH(SamplerSettings, settings);
  QFETCH(std::string, names);
  const auto sampler = make_sampler(id, settings);
  QVERIFY(!sampler);
  QVERIFY(sampler.error().code == ErrorCode::InvalidArgument);
  QVERIFY2(sampler.error().message.find(names) != std::string::npos,
           sampler.error().message.c_str());
}

void TestSamplers::refuses_steps_out_of_order() {
  QVERIFY(!parse_spacing("Leading") && !parse_sigma_kind("exponential") && !parse_prediction("v"));
  for (const SamplerInfo* info : samplers()) {
    const auto sampler = info->make(settings_of("leading", "model", 4));
    Noise noise(1);
    const at::Tensor latents = unit_noise();
    for (const int outside : {-1, 4}) {
      QVERIFY_THROWS_EXCEPTION(CheckError, sampler->timestep(outside));
      QVERIFY_THROWS_EXCEPTION(CheckError, sampler->noise_sigma(outside));
      QVERIFY_THROWS_EXCEPTION(CheckError, sampler->model_input(outside, latents));
      QVERIFY_THROWS_EXCEPTION(CheckError, sampler->noised(outside, latents, latents));
      QVERIFY_THROWS_EXCEPTION(CheckError,
                               sampler->step(outside, latents, latents, noise.source()));
    }
    sampler->step(1, latents, latents, noise.source());
    for (const int wrong : {0, 1, 3})
      QVERIFY_THROWS_EXCEPTION(CheckError, sampler->step(wrong, latents, latents, noise.source()));
    QVERIFY_THROWS_EXCEPTION(CheckError,
                             sampler->step(2, latents, latents.slice(3, 0, 1), noise.source()));
    sampler->step(2, latents, latents, noise.source());
  }
  QVERIFY_THROWS_EXCEPTION(
      CheckError,
      made("euler_a", settings_of("leading", "model", 4))->step(0, unit_noise(), unit_noise(), {}));
}

QTEST_GUILESS_MAIN(TestSamplers)
#include "tst_samplers.moc"
