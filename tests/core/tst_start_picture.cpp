// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs that start from a picture, and those that repaint a part of it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest>

#include "core/io/png.h"
#include "core/make_engine.h"
#include "core/pipeline/fitted_picture.h"
#include "core/pipeline/pictures.h"
#include "tests/support/job_run.h"

#include <QFile>
#include <QTemporaryDir>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr int kSide = 64;  // pixels; 16 latents a side

ImageRgb8 gradient(int width, int height, int shift = 0) {
  ImageRgb8 image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int value : {x * 255 / width + shift, y * 255 / height, 128 + (x + y) % 64}) image.pixels.push_back(static_cast<std::uint8_t>(value % 256));
    }
  }
  return image;
}

// White in columns [first, end).
ImageRgb8 stripe(int width, int height, int first, int end) {
  ImageRgb8 image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.pixels.insert(image.pixels.end(), 3, i % width >= first && i % width < end ? 255 : 0);
  return image;
}

}  // namespace

class TestStartPicture : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<JobBench> bench_;
  QTemporaryDir folder_;

  std::string file(const char* name) const { return folder_.filePath(name).toStdString(); }
  GenerationRequest job() const {
    GenerationRequest request;
    request.prompts = {"red apple"};
    request.seed = 3;
    request.steps = 4;
    request.width_px = request.height_px = kSide;
    request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    return request;
  }
  GenerationRequest from_picture(double strength) const {
    GenerationRequest request = job();
    request.sections = {{"start.image", file("start.png")}, {"start.strength", strength}};
    return request;
  }
  GenerationRequest masked(double strength, double blur_px = 0) const {
    GenerationRequest request = from_picture(strength);
    request.sections.insert({{"start.mask", file("mask.png")}, {"start.mask_blur", blur_px}});
    return request;
  }
  void write(const char* name, const ImageRgb8& image) const {
    if (!write_png(file(name), image)) qFatal("cannot write %s", name);
  }

 private Q_SLOTS:
  void initTestCase() {
    at::set_num_threads(1);
    bench_ = std::make_unique<JobBench>(resources_path("models/emoji-sdxl"));
    write("start.png", gradient(kSide, kSide));
    write("mask.png", stripe(kSide, kSide, 16, 40));  // latents 4 to 9
  }

  void strength_0_is_the_picture_itself() {
    const GenerationRequest request = from_picture(0);
    const RunResult result = bench_->run(request);
    QCOMPARE(result.steps.size(), std::size_t{0});
    QCOMPARE(result.row_evaluations, 0.0);
    const at::Tensor picture = fit_picture(gradient(kSide, kSide), kSide, kSide);
    const at::Tensor expected = bench_->model->vae.decode(bench_->model->vae.encode(picture));
    QVERIFY(at::equal(result.pictures, expected));
    QVERIFY(relative_error(result.pictures, picture) < 0.1);
  }
  void strength_1_is_noise_alone() {
    const RunResult plain = bench_->run(job()), from = bench_->run(from_picture(1));
    QCOMPARE(from.steps.size(), plain.steps.size());
    for (std::size_t i = 0; i < plain.steps.size(); ++i) QVERIFY(at::equal(from.steps[i], plain.steps[i]));
    QVERIFY(at::equal(from.pictures, plain.pictures));
  }

  void every_sampler_starts_at_its_noise_level_data() {
    QTest::addColumn<QString>("sampler");
    for (const Card& card : catalogue().samplers) QTest::newRow(std::string(card.id).c_str()) << QString::fromStdString(std::string(card.id));
  }
  void every_sampler_starts_at_its_noise_level() {
    QFETCH(QString, sampler);
    GenerationRequest request = from_picture(0.5);
    request.sampler = sampler.toStdString();
    const GenerationRequest resolved = bench_->resolved(request);
    const auto files = bench_->attachments(request);
    QVERIFY(files);
    QCOMPARE(files.value().start->first_step, 2);
    auto steps = sampler_of(resolved, bench_->model->scheduler);
    QVERIFY(steps);
    const double sigma = steps.value()->noise_sigma(2), norm = std::sqrt(sigma * sigma + 1);
    const at::Tensor noise = first_noise(resolved, *bench_->model);
    // As the model sees it, in either convention.
    const at::Tensor expected = (files.value().start->clean_latents + noise * sigma) / norm;
    const RunMaterial material{*bench_->model, resolved, files.value(), {}, noise};
    auto parts = parts_of(material, std::move(steps).value(), {}, RowSharing::Shared, false);
    const Sampler& same = *parts.sampler;
    const auto copy = same.clone();
    const Denoiser denoiser = denoiser_of(material, std::move(parts));
    QCOMPARE(denoiser.next_step(), 2);
    QVERIFY(relative_error(copy->model_input(2, denoiser.latents()), expected) < 1e-6);

    const RunResult result = bench_->run(request);
    QCOMPARE(result.steps.size(), std::size_t{2});
    QVERIFY(at::isfinite(result.steps.back()).all().item<bool>());
    QVERIFY(relative_error(result.steps.back(), files.value().start->clean_latents) > 1e-3);
  }

  void a_batch_starts_each_row_from_the_picture() {
    GenerationRequest request = masked(0.75);
    request.prompts = {"red apple", "rocket"};
    const RunResult both = bench_->run(request);
    request.prompts = {"red apple"};
    const RunResult one = bench_->run(request);
    QCOMPARE(both.pictures.size(0), std::int64_t{2});
    QVERIFY(at::equal(both.latents_init.narrow(0, 0, 1), one.latents_init));
    QVERIFY(relative_error(both.steps.back().narrow(0, 0, 1), one.steps.back()) < 1e-5);
  }

  void what_the_mask_leaves_out_stays_data() {
    QTest::addColumn<double>("strength");
    QTest::addColumn<QString>("sampler");
    for (const char* sampler : {"euler", "euler_a", "ddim", "dpmpp_2m", "unipc"}) QTest::newRow(sampler) << 0.75 << QString(sampler);
    QTest::newRow("from noise alone") << 1.0 << "euler";
    QTest::newRow("no step") << 0.0 << "euler";
  }
  void what_the_mask_leaves_out_stays() {
    QFETCH(double, strength);
    QFETCH(QString, sampler);
    GenerationRequest request = masked(strength);
    request.sampler = sampler.toStdString();
    const RunResult result = bench_->run(request);
    const auto files = bench_->attachments(request);
    const StartPicture& start = *files.value().start;
    const auto steps = sampler_of(bench_->resolved(request), bench_->model->scheduler);
    const at::Tensor keeps = start.repaint.logical_not().expand_as(start.clean_latents);
    QCOMPARE(start.repaint.sum().item<std::int64_t>(), std::int64_t{6 * 16});
    for (std::size_t i = 0; i < result.steps.size(); ++i) {
      const int next = start.first_step + static_cast<int>(i) + 1;
      const bool is_last = next == steps.value()->steps();
      const at::Tensor level = is_last ? start.clean_latents : steps.value()->noised(next, start.clean_latents, result.latents_init);
      QVERIFY(at::equal(result.steps[i].masked_select(keeps), level.masked_select(keeps)));
      QVERIFY(!at::equal(result.steps[i].masked_select(start.repaint.expand_as(keeps)), level.masked_select(start.repaint.expand_as(keeps))));
    }
    // Byte for byte outside, not inside.
    const ImageRgb8 made = to_image(result.pictures[0]), original = gradient(kSide, kSide);
    int outside = 0, inside = 0;
    for (std::size_t i = 0; i < made.pixels.size(); ++i) {
      const auto x = static_cast<int>(i / 3 % kSide);
      (x >= 16 && x < 40 ? inside : outside) += made.pixels[i] != original.pixels[i] ? 1 : 0;
    }
    QCOMPARE(outside, 0);
    QVERIFY(inside > 100);
  }
  void a_soft_edge_blends_and_ends() {
    const RunResult hard = bench_->run(masked(0.75)), soft = bench_->run(masked(0.75, 2));
    QVERIFY(at::equal(hard.steps.back(), soft.steps.back()));
    const at::Tensor picture = fit_picture(gradient(kSide, kSide), kSide, kSide);
    const auto columns = [](const at::Tensor& x, int first, int count) { return x.narrow(3, first, count); };
    QVERIFY(at::equal(columns(soft.pictures, 46, 18), columns(picture, 46, 18)));
    QVERIFY(at::equal(columns(soft.pictures, 23, 9), columns(hard.pictures, 23, 9)));
    QVERIFY(!at::equal(columns(soft.pictures, 41, 1), columns(picture, 41, 1)));
  }

  void shared_rows_equal_whole_rows() {
    RunOptions whole, little;
    whole.sharing = RowSharing::Exact;
    little.less_memory = true;
    for (const GenerationRequest& request : {from_picture(0.5), masked(0.75, 1)}) {
      const RunResult shared = bench_->run(request);
      QVERIFY(relative_error(bench_->run(request, whole).steps.back(), shared.steps.back()) <= 1e-5);
      QVERIFY(relative_error(bench_->run(request, little).steps.back(), shared.steps.back()) <= 1e-5);
    }
  }

  void pictures_and_masks_of_other_sizes() {
    write("wide.png", gradient(300, 100));
    write("small-mask.png", stripe(30, 10, 10, 15));  // of the wide picture, 100 to 150
    GenerationRequest request = masked(0.5);
    request.sections["start.image"] = file("wide.png");
    request.sections["start.mask"] = file("small-mask.png");
    const auto files = bench_->attachments(request);
    QVERIFY2(files, files ? "" : files.error().message.c_str());
    const StartPicture& start = *files.value().start;
    QCOMPARE(start.picture.sizes(), at::IntArrayRef({1, 3, kSide, kSide}));
    QVERIFY(start.paste_weights.narrow(3, 0, 31).eq(1).all().item<bool>());
    QVERIFY(start.paste_weights.narrow(3, 33, 31).eq(0).all().item<bool>());
  }

  void a_changed_file_is_read_again() {
    write("changes.png", gradient(kSide, kSide));
    GenerationRequest request = from_picture(0.5);
    request.sections["start.image"] = file("changes.png");
    const at::Tensor before = bench_->attachments(request).value().start->clean_latents;
    QVERIFY(before.is_same(bench_->attachments(request).value().start->clean_latents));
    write("changes.png", gradient(kSide, kSide, 90));
    QVERIFY(!at::equal(before, bench_->attachments(request).value().start->clean_latents));
  }

  void errors_are_sentences_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such picture") << "start.image" << file("nothing.png").c_str() << "start.image: ";
    QTest::newRow("a folder") << "start.image" << folder_.path() << "start.image: ";
    QTest::newRow("no picture") << "start.image" << file("text.png").c_str() << "only PNG, JPEG and WebP are read";
    QTest::newRow("too long a row") << "start.image" << file("row.png").c_str() << "100000 x 1";
    QTest::newRow("no such mask") << "start.mask" << file("nothing.png").c_str() << "start.mask: ";
    QTest::newRow("no mask") << "start.mask" << file("text.png").c_str() << "start.mask: ";
  }
  void errors_are_sentences() {
    QFETCH(QString, path);
    QFETCH(QString, value);
    QFETCH(QString, says);
    QFile text(folder_.filePath("text.png"));
    QVERIFY(text.open(QIODevice::WriteOnly) && text.write("not a picture") > 0);
    text.close();
    QFile sound(folder_.filePath("start.png")), row(folder_.filePath("row.png"));
    QVERIFY(sound.open(QIODevice::ReadOnly) && row.open(QIODevice::WriteOnly));
    // Width and height as the header has them.
    QVERIFY(row.write(sound.readAll().replace(16, 8, QByteArray::fromHex("000186A000000001"))) > 0);
    row.close();
    GenerationRequest request = masked(0.5);
    request.sections[path.toStdString()] = value.toStdString();
    const auto files = bench_->attachments(request);
    QVERIFY(!files);
    QVERIFY2(files.error().message.find(says.toStdString()) != std::string::npos, files.error().message.c_str());
  }
  void a_mask_alone_is_refused() {
    GenerationRequest request = masked(0.5);
    request.sections.erase("start.image");
    const auto resolved = resolve(request, *bench_->model);
    QVERIFY(!resolved && resolved.error().code == ErrorCode::InvalidArgument);
    QVERIFY(resolved.error().message.find("start.image") != std::string::npos);
    request.sections.erase("start.mask");  // a strength alone does nothing
    QVERIFY(at::equal(bench_->run(request).pictures, bench_->run(job()).pictures));
  }
};

QTEST_GUILESS_MAIN(TestStartPicture)
#include "tst_start_picture.moc"
