// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tiny autoencoder against its layers written out with plain operators, under every naming.
#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QTest>

#include "core/model/tiny_vae.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_tiny_vae.h"

using namespace studio;
using namespace studio::testing;

namespace {

at::Tensor convolved(const Weights& weights, const std::string& name, const at::Tensor& x, std::int64_t stride = 1) {
  const auto bias = weights.find(name + ".bias");
  return at::conv2d(x, weights.at(name + ".weight"), bias == weights.end() ? at::Tensor() : bias->second, {stride, stride}, {1, 1});
}
at::Tensor blocked(const Weights& weights, int layer, const at::Tensor& x) {
  const std::string name = std::to_string(layer) + ".conv.";
  at::Tensor y = at::relu(convolved(weights, name + "0", x));
  y = at::relu(convolved(weights, name + "2", y));
  return at::relu(convolved(weights, name + "4", y) + x);
}
at::Tensor doubled(const at::Tensor& x) { return x.repeat_interleave(2, 2).repeat_interleave(2, 3); }

at::Tensor decoded(const Weights& weights, const at::Tensor& latents) {
  at::Tensor x = at::relu(convolved(weights, "1", 3 * at::tanh(latents / 3)));
  for (const int layer : {3, 4, 5}) x = blocked(weights, layer, x);
  x = convolved(weights, "7", doubled(x));
  for (const int layer : {8, 9, 10}) x = blocked(weights, layer, x);
  x = convolved(weights, "12", doubled(x));
  for (const int layer : {13, 14, 15}) x = blocked(weights, layer, x);
  x = convolved(weights, "17", doubled(x));
  x = blocked(weights, 18, x);
  return convolved(weights, "19", x);
}
at::Tensor encoded(const Weights& weights, const at::Tensor& pictures) {
  at::Tensor x = blocked(weights, 1, convolved(weights, "0", pictures));
  x = convolved(weights, "2", x, 2);
  for (const int layer : {3, 4, 5}) x = blocked(weights, layer, x);
  x = convolved(weights, "6", x, 2);
  for (const int layer : {7, 8, 9}) x = blocked(weights, layer, x);
  x = convolved(weights, "10", x, 2);
  for (const int layer : {11, 12, 13}) x = blocked(weights, layer, x);
  return convolved(weights, "14", x);
}

}  // namespace

class TestTinyVae : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;

 private Q_SLOTS:
  void against_plain_operators_data() {
    QTest::addColumn<QString>("decoder");
    QTest::addColumn<QString>("encoder");
    QTest::addColumn<int>("shift");
    QTest::newRow("original decoder") << "" << "-" << 0;
    QTest::newRow("original, prefixed") << "decoder." << "encoder." << 0;
    QTest::newRow("taesd prefixes") << "taesd_decoder." << "taesd_encoder." << 0;
    QTest::newRow("diffusers") << "decoder.layers." << "encoder.layers." << 1;
  }
  void against_plain_operators() {
    QFETCH(QString, decoder);
    QFETCH(QString, encoder);
    QFETCH(int, shift);
    const Weights decoder_weights = made_decoder(), encoder_weights = made_encoder();
    std::vector<std::pair<std::string, at::Tensor>> all;
    rename_into(all, decoder_weights, decoder.toStdString(), shift);
    if (encoder != "-") rename_into(all, encoder_weights, encoder.toStdString());
    const std::string path = folder_.filePath("tiny.safetensors").toStdString();
    QVERIFY(bool(write_safetensors(path, all)));
    auto vae = load_tiny_vae(path, at::kFloat);
    QVERIFY2(vae, vae ? "" : vae.error().message.c_str());
    const at::Tensor latents = made_noise({2, 4, 5, 6}, 1) * 2;
    const at::Tensor raw = decoded(decoder_weights, latents), expected = raw.clamp(0, 1);
    // Neither all black nor all white, or the clamp would hide everything.
    QVERIFY(((raw > 0) & (raw < 1)).to(at::kFloat).mean().item<double>() > 0.05);
    int stages = 0;
    const at::Tensor picture = vae.value().decode(latents, [&] { ++stages; });
    QCOMPARE(picture.sizes(), at::IntArrayRef({2, 3, 40, 48}));
    QVERIFY(relative_error(picture, expected) < 1e-5);
    QVERIFY(stages > 5);
    QCOMPARE(vae.value().has_encoder(), encoder != "-");
    if (encoder == "-") return;
    const at::Tensor pictures = at::rand({1, 3, 32, 24}, at::detail::createCPUGenerator(4));
    QVERIFY(relative_error(vae.value().encode(pictures), encoded(encoder_weights, pictures)) < 1e-5);
  }
  void half_precision() {
    const Weights weights = made_decoder();
    std::vector<std::pair<std::string, at::Tensor>> all;
    rename_into(all, weights, "");
    TensorSource source = made_source(all, at::kBFloat16);
    const TinyVae vae = TinyVae::load(source);
    QVERIFY(bool(source.finish()));
    const at::Tensor latents = made_noise({1, 4, 4, 4}, 2);
    const at::Tensor picture = vae.decode(latents.to(at::kBFloat16)).to(at::kFloat);
    QVERIFY((picture - decoded(weights, latents).clamp(0, 1)).abs().mean().item<double>() < 0.02);
  }
  void what_is_refused() {
    const auto said = [&](const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
      const std::string path = folder_.filePath("other.safetensors").toStdString();
      if (!write_safetensors(path, tensors)) qFatal("cannot write");
      const auto vae = load_tiny_vae(path, at::kFloat);
      return QString::fromStdString(vae ? "loaded" : vae.error().message);
    };
    std::vector<std::pair<std::string, at::Tensor>> all;
    rename_into(all, made_encoder(), "");
    QVERIFY2(said(all).contains("no decoder"), qPrintable(said(all)));
    all.clear();
    rename_into(all, made_decoder(), "");
    all.pop_back();
    QVERIFY2(said(all).contains("missing"), qPrintable(said(all)));
    all.clear();
    Weights wide = made_decoder();
    wide["1.weight"] = made_noise({kWidth, 16, 3, 3}, 5);  // of another model's latents
    rename_into(all, wide, "");
    QVERIFY2(said(all).contains("1.weight [16, 16, 3, 3], not [16, 4, 3, 3]"), qPrintable(said(all)));
    QVERIFY(said({{"decoder.conv_in.weight", at::ones({8, 4, 3, 3})}}).contains("a VAE alone"));
  }
};

QTEST_GUILESS_MAIN(TestTinyVae)
#include "tst_tiny_vae.moc"
