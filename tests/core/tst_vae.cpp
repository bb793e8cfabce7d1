// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The autoencoder against the original's recorded results, and tiled decoding against whole.
#include <ATen/ATen.h>
#include <QtTest>

#include <cmath>

#include "core/base/check.h"
#include "core/base/guard.h"
#include "tests/support/broken_model.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

// A picture without edges: the model's own subjects are softer than this.
at::Tensor smooth_picture(std::int64_t height, std::int64_t width) {
  const at::Tensor y = at::linspace(0, 1, height).unsqueeze(1).expand({height, width});
  const at::Tensor x = at::linspace(0, 1, width).unsqueeze(0).expand({height, width});
  return at::stack({0.5 + 0.4 * at::sin(3 * x + y), 0.2 + 0.6 * y, 0.5 + 0.3 * at::cos(4 * x * y)}).unsqueeze(0);
}

// How much the error of a tiled picture changes from one pixel to the next along an axis, largest of the
// means over the other axis: where a tile begins or ends, and elsewhere. The picture's own border is left
// out: its last pixels follow the statistics of the whole map.
struct Steps {
  double at_seams = 0, elsewhere = 0;
};
constexpr double kSeamFactor = 1.0;
constexpr double kVisibleStep = 1.0 / 255;  // one level of a picture of 8 bits

Steps steps_of(const at::Tensor& wrong, int axis, int length, int tile, int overlap) {
  constexpr int kFactor = 4, kBorder = 8;
  std::vector<bool> is_seam(length * kFactor, false);
  for (int start = 0; start + tile < length;) {
    is_seam[(start + tile) * kFactor] = true;
    start = std::min(start + tile - overlap, length - tile);
    is_seam[start * kFactor] = true;
  }
  const at::Tensor steps = at::diff(wrong, 1, axis).abs().mean(axis == 2 ? at::IntArrayRef{0, 1, 3} : at::IntArrayRef{0, 1, 2});
  Steps largest;
  for (int i = kBorder; i + kBorder < length * kFactor; ++i) {
    double& side = is_seam[i] ? largest.at_seams : largest.elsewhere;
    side = std::max(side, steps[i - 1].item<double>());
  }
  return largest;
}

double mean_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().mean().item<double>(); }

}  // namespace

class TestVae : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> emoji_, tiny_;

  const Vae& vae(const QString& model) const { return (model == "tiny-sdxl" ? tiny_ : emoji_)->vae; }

 private Q_SLOTS:
  void initTestCase() {
    emoji_ = load_test_model(resources_path("models/emoji-sdxl"));
    tiny_ = load_test_model(tests_path("golden/models/tiny-sdxl"));
  }

  void reference_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("emoji") << "emoji-sdxl";
    QTest::newRow("tiny") << "tiny-sdxl";
  }
  void reference() {
    QFETCH(QString, model);
    constexpr double kTolerance = 1e-5;
    const auto golden = load_golden("vae", model.toStdString());
    const at::Tensor picture = golden->tensor("picture"), mean = golden->tensor("mean");
    QVERIFY(relative_error(vae(model).encode(picture), mean) <= kTolerance);
    QVERIFY(relative_error(vae(model).encode(picture, golden->tensor("unit_noise")), golden->tensor("sampled")) <= kTolerance);
    QVERIFY(relative_error(vae(model).decode(mean), golden->tensor("decoded")) <= kTolerance);
    QVERIFY(relative_error(golden->tensor("sampled"), mean) > 1e-4);  // the noise is no bystander
  }

  // Playground 2.5: z * std / scaling + mean, and back.
  void latents_with_mean_and_spread() {
    const std::vector<double> mean{-1.6574, 1.886, -1.383, 2.5155}, spread{8.4927, 5.9022, 6.5498, 5.2299};
    const BrokenModel changed;
    changed.set("vae/config.json", "latents_mean", mean);
    changed.set("vae/config.json", "latents_std", spread);
    changed.set("vae/config.json", "scaling_factor", 0.5);
    const auto model = load_test_model(changed.path());
    const double plain_scaling = tiny_->vae.config().scaling_factor;
    const at::Tensor mean_1411 = at::tensor(mean, at::kDouble).to(at::kFloat).view({1, 4, 1, 1}), spread_1411 = at::tensor(spread, at::kDouble).to(at::kFloat).view({1, 4, 1, 1});
    const at::Tensor latents = made_noise({1, 4, 6, 10}, 4);
    const at::Tensor raw = latents * spread_1411 / 0.5 + mean_1411;
    QVERIFY(relative_error(model->vae.decode(latents), tiny_->vae.decode(raw * plain_scaling)) <= 1e-5);
    VaeTiling tiles{.largest_map_bytes = 0, .tile = 5, .overlap = 2};
    QVERIFY(relative_error(model->vae.decode(latents, tiles), tiny_->vae.decode(raw * plain_scaling, tiles)) <= 1e-5);
    const at::Tensor picture = smooth_picture(48, 80);
    QVERIFY(relative_error(model->vae.encode(picture), (tiny_->vae.encode(picture) / plain_scaling - mean_1411) * 0.5 / spread_1411) <= 1e-5);
    // SDXL's preview factors are carried over: equal latents of the autoencoder itself, equal colours.
    const at::Tensor seen = latents[0].permute({1, 2, 0}).to(at::kDouble), sdxl = (raw * 0.13025)[0].permute({1, 2, 0}).to(at::kDouble);
    for (int rgb = 0; rgb < 3; ++rgb) {
      const auto shade = [&](const SdxlModel& of, const at::Tensor& x) {
        std::vector<double> row;
        for (int channel = 0; channel < 4; ++channel) row.push_back(of.preview.factors[channel][rgb]);
        return at::matmul(x, at::tensor(row, at::kDouble)) + of.preview.bias[rgb];
      };
      QVERIFY(relative_error(shade(*model, seen), shade(*tiny_, sdxl)) <= 1e-5);
    }
    QCOMPARE(tiny_->preview.factors[0][0], .3651);
  }

  void shapes_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    for (const auto& [model, factor] : {std::pair{"emoji-sdxl", 4}, {"tiny-sdxl", 8}}) {
      for (const auto& [batch, h, w] : {std::tuple{1, 1, 1}, {1, 5, 9}, {2, 8, 4}, {3, 2, 2}}) {
        QTest::addRow("%s %dx%dx%d", model, batch, h * factor, w * factor) << model << batch << h * factor << w * factor;
      }
    }
  }
  void shapes() {
    QFETCH(QString, model);
    QFETCH(int, batch);
    QFETCH(int, height);
    QFETCH(int, width);
    const int factor = vae(model).config().factor();
    const at::Tensor pictures = at::sigmoid(made_noise({batch, 3, height, width}, 1));
    const at::Tensor latents = vae(model).encode(pictures);
    QCOMPARE(latents.sizes(), at::IntArrayRef({batch, 4, height / factor, width / factor}));
    const at::Tensor decoded = vae(model).decode(latents);
    QCOMPARE(decoded.sizes(), pictures.sizes());
    QVERIFY(decoded.ge(0).all().item<bool>() && decoded.le(1).all().item<bool>());
    // A sample does not see its neighbours.
    const at::Tensor last = vae(model).decode(latents.narrow(0, batch - 1, 1));
    QVERIFY(relative_error(decoded.narrow(0, batch - 1, 1), last) <= 1e-5);
  }

  void there_and_back() {
    const at::Tensor picture = smooth_picture(128, 128);
    const double away = mean_difference(emoji_->vae.decode(emoji_->vae.encode(picture)), picture);
    QVERIFY2(away <= 0.03, qPrintable(QString::number(away)));
  }

  void refuses_other_sides() {
    QVERIFY_EXCEPTION_THROWN(emoji_->vae.encode(at::zeros({1, 3, 30, 32})), CheckError);
    QVERIFY_EXCEPTION_THROWN(emoji_->vae.decode(at::zeros({1, 3, 8, 8})), CheckError);
  }

  void tiled_data() {
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("tile");
    QTest::addColumn<int>("overlap");
    struct Row {
      int height, width, tile, overlap;
    };
    // Exact fits, remainders of one, of a tile less one, sides shorter than a tile, a wide overlap.
    for (const Row& row : {Row{40, 40, 24, 8}, {41, 25, 24, 8}, {24, 56, 24, 8}, {55, 47, 24, 8}, {23, 60, 24, 8}, {32, 33, 32, 12}, {48, 31, 24, 16}}) {
      QTest::addRow("%dx%d, tile %d, overlap %d", row.height, row.width, row.tile, row.overlap) << row.height << row.width << row.tile << row.overlap;
    }
  }
  void tiled() {
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(int, tile);
    QFETCH(int, overlap);
    const Vae& vae = emoji_->vae;
    const at::Tensor latents = vae.encode(smooth_picture(4 * height, 4 * width));
    const at::Tensor whole = vae.decode(latents);
    const at::Tensor tiles = vae.decode(latents, VaeTiling{0, tile, overlap});
    QCOMPARE(tiles.sizes(), whole.sizes());
    QVERIFY(!at::equal(tiles, whole));
    const double away = mean_difference(tiles, whole);
    QVERIFY2(away <= 0.02, qPrintable(QString::number(away)));
    // A seam would be a step between neighbouring pixels that the whole picture does not have.
    for (const auto& [axis, length] : {std::pair{2, height}, {3, width}}) {
      const Steps steps = steps_of(tiles - whole, axis, length, tile, overlap);
      QVERIFY(steps.at_seams <= kVisibleStep);
      QVERIFY2(steps.at_seams <= kSeamFactor * steps.elsewhere, qPrintable(QString("axis %1: %2 at seams, %3 elsewhere").arg(axis).arg(steps.at_seams).arg(steps.elsewhere)));
    }
  }

  // The measure above sees a seam where there is one: two halves put side by side without a blend.
  void seam_without_blend_shows() {
    const at::Tensor latents = emoji_->vae.encode(smooth_picture(80, 160));
    const at::Tensor left = emoji_->vae.decode(latents.narrow(3, 0, 20)), right = emoji_->vae.decode(latents.narrow(3, 20, 20));
    const Steps steps = steps_of(at::cat({left, right}, 3) - emoji_->vae.decode(latents), 3, 40, 20, 0);
    QVERIFY2(steps.at_seams > kSeamFactor * steps.elsewhere && steps.at_seams > 10 * kVisibleStep, qPrintable(QString("%1, %2").arg(steps.at_seams).arg(steps.elsewhere)));
  }

  void tile_that_holds_everything_is_whole() {
    const at::Tensor latents = made_noise({2, 4, 9, 13}, 2) * 0.5;
    const at::Tensor whole = emoji_->vae.decode(latents);
    QVERIFY(relative_error(emoji_->vae.decode(latents, VaeTiling{0, 13, 4}), whole) <= 1e-6);
    QVERIFY(relative_error(emoji_->vae.decode(latents, VaeTiling{0, 96, 24}), whole) <= 1e-6);
    QVERIFY_EXCEPTION_THROWN(emoji_->vae.decode(latents, VaeTiling{0, 8, 8}), CheckError);
  }

  void largest_map_decides() {
    // The emoji model's largest map: 96 channels at full size in fp32.
    const at::Tensor latents = made_noise({1, 4, 16, 16}, 3);
    const at::Tensor whole = emoji_->vae.decode(latents);
    const std::int64_t bytes = 64 * 64 * 96 * 4;
    QVERIFY(at::equal(emoji_->vae.decode(latents, VaeTiling{bytes, 12, 4}), whole));
    QVERIFY(!at::equal(emoji_->vae.decode(latents, VaeTiling{bytes - 1, 12, 4}), whole));
  }

  void stop_is_noticed() {
    const at::Tensor latents = made_noise({1, 4, 16, 16}, 4);
    const at::Tensor before = emoji_->vae.decode(latents);
    for (const VaeTiling& tiling : {VaeTiling{}, VaeTiling{0, 12, 4}}) {
      int calls = 0;
      QVERIFY_EXCEPTION_THROWN(emoji_->vae.decode(latents, tiling, [&] { if (++calls == 4) throw StopRequested(); }), StopRequested);
      QCOMPARE(calls, 4);
    }
    QVERIFY(at::equal(emoji_->vae.decode(latents), before));
  }

  void decode_has_a_gradient() {
    const at::Tensor latents = made_noise({1, 4, 6, 5}, 5) * 0.3;
    const at::Tensor leaf = latents.clone().requires_grad_(true), back = made_noise({1, 3, 24, 20}, 6);
    const at::Tensor picture = emoji_->vae.decode(leaf);
    QVERIFY(relative_error(picture.detach(), emoji_->vae.decode(latents)) <= 1e-5);
    (picture * back).sum().backward();
    QVERIFY(at::isfinite(leaf.grad()).all().item<bool>());
    QVERIFY(leaf.grad().abs().max().item<double>() > 0);
  }
};

QTEST_GUILESS_MAIN(TestVae)
#include "tst_vae.moc"
