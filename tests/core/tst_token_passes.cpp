// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Products of rows with panels, and passes over a transformer's tokens, against plain operators in fp64.
#include "core/model/cpu_products.h"
#include "core/model/token_passes.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest>

#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

using namespace studio;
using namespace studio::testing;

namespace {

at::Tensor wide(const at::Tensor& x) { return x.to(at::kDouble); }

// Every way of multiplying that this processor has; both layouts.
template <class Number>
void check_products(at::ScalarType dtype, double tolerance) {
  const auto ways = cpu::multipliers<Number>();
  if (ways.empty()) QSKIP("this processor has no instructions for bf16");
  for (const cpu::Multiplier<Number>& way : ways) {
    for (const auto& [rows, depth, columns] : {std::array{16, 32, 32}, std::array{48, 77, 80}, std::array{64, 192, 64}, std::array{16, 1, 5}}) {
      const at::Tensor a = made_noise({rows, depth}, 1, dtype), b = made_noise({columns, depth}, 2, dtype);
      const std::int64_t all_depth = cpu::rounded_up(depth, cpu::kDepthStep<Number>), all_columns = cpu::rounded_up(columns, cpu::kPanel);
      at::Tensor filled = at::zeros({rows, all_depth}, dtype);
      filled.narrow(1, 0, depth).copy_(a);
      for (const bool by_rows : {true, false}) {
        const at::Tensor source = by_rows ? b : b.t().contiguous();
        at::Tensor panels = at::full({all_depth * all_columns}, std::nan(""), dtype), c = at::full({rows, all_columns}, std::nan(""), at::kFloat);
        const Number* const from = source.const_data_ptr<Number>();
        Number* const to = panels.mutable_data_ptr<Number>();
        by_rows ? cpu::lay_out_transposed(from, depth, columns, depth, to) : cpu::lay_out(from, columns, depth, columns, to);
        const cpu::TileScope tiles(way.has_tiles);
        for (std::int64_t first = 0; first < all_columns; first += cpu::kPanel) {
          way.run(filled.const_data_ptr<Number>(), all_depth, rows, to + first * all_depth, all_depth, c.mutable_data_ptr<float>() + first, all_columns);
        }
        const double error = relative_error(c.narrow(1, 0, columns), at::matmul(wide(a), wide(b).t()));
        QVERIFY2(error <= tolerance, qPrintable(QString("%1: %2").arg(way.name).arg(error)));
        const at::Tensor rest = c.narrow(1, columns, all_columns - columns);
        QVERIFY2(at::equal(rest, at::zeros_like(rest)), way.name);
      }
    }
  }
}

struct Layer {
  at::Tensor weight, bias;
  Linear linear;
  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, wide(weight), bias.defined() ? wide(bias) : bias); }
};

struct Norm {
  at::Tensor weight, bias;
  LayerNorm norm;
  at::Tensor operator()(const at::Tensor& x) const { return at::layer_norm(x, {x.size(-1)}, wide(weight), wide(bias), 1e-5); }
};

// A transformer of two blocks with random weights, and what it makes in fp64.
struct Transformer {
  struct Block {
    Norm self_norm, cross_norm, ff_norm;
    Layer qkv, self_out, cross_q, cross_out, value, gate, ff_out;
  };
  std::uint64_t seed = 100;
  at::ScalarType dtype;
  std::int64_t channels, heads;
  Layer enter, leave;
  std::vector<Block> blocks;

  Transformer(at::ScalarType type, std::int64_t width, std::int64_t head_count) : dtype(type), channels(width), heads(head_count) {
    enter = layer(channels, channels, true);
    leave = layer(channels, channels, true);
    for (int i = 0; i < 2; ++i) {
      blocks.push_back({norm(), norm(), norm(), layer(channels, 3 * channels, false), layer(channels, channels, true),
                        layer(channels, channels, false), layer(channels, channels, true), layer(channels, 4 * channels, true),
                        layer(channels, 4 * channels, true), layer(4 * channels, channels, true)});
    }
  }

  Layer layer(std::int64_t in, std::int64_t out, bool has_bias) {
    const at::Tensor weight = (made_noise({out, in}, seed++) / std::sqrt(static_cast<double>(in))).to(dtype);
    const at::Tensor bias = has_bias ? made_noise({out}, seed++, dtype) : at::Tensor();
    return {weight, bias, Linear(weight, bias)};
  }
  Norm norm() {
    Norm made{(made_noise({channels}, seed++) + 2).to(dtype), made_noise({channels}, seed++, dtype), {}};
    TensorSource source = made_source({{"n.weight", made.weight}, {"n.bias", made.bias}}, dtype);
    made.norm = LayerNorm::load(source, "n", channels, 1e-5);
    return made;
  }

  std::shared_ptr<const TokenPasses> passes() const {
    std::vector<BlockLayers> layers;
    for (const Block& b : blocks) {
      layers.push_back({&b.self_norm.norm, &b.cross_norm.norm, &b.ff_norm.norm, &b.qkv.linear, &b.self_out.linear, &b.cross_q.linear,
                        &b.cross_out.linear, &b.value.linear, &b.gate.linear, &b.ff_out.linear, heads});
    }
    return TokenPasses::lay_out(enter.linear, layers, leave.linear);
  }

  // Of one sample, in fp64; k and v undefined: a text of zeros.
  at::Tensor block(std::size_t index, const at::Tensor& attended, at::Tensor sum, const at::Tensor& k, const at::Tensor& v) const {
    const Block& b = blocks[index];
    sum = sum + b.self_out(attended);
    if (k.defined()) {
      const auto split = [&](const at::Tensor& x) { return x.unflatten(-1, {heads, channels / heads}).transpose(-2, -3); };
      const at::Tensor q = split(b.cross_q(b.cross_norm(sum)));
      const at::Tensor scores = at::softmax(at::matmul(q, split(k).transpose(-1, -2)) / std::sqrt(static_cast<double>(channels / heads)), -1);
      sum = sum + b.cross_out(at::matmul(scores, split(v)).transpose(-2, -3).flatten(-2));
    } else {
      sum = sum + wide(b.cross_out.bias);
    }
    const at::Tensor normed = b.ff_norm(sum);
    return sum + b.ff_out(b.value(normed) * at::gelu(b.gate(normed)));
  }
};

}  // namespace

class TestTokenPasses : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void products_in_fp32() { check_products<float>(at::kFloat, 1e-6); }
  void products_in_bf16() { check_products<at::BFloat16>(at::kBFloat16, 1e-6); }

  void passes_data() {
    QTest::addColumn<at::ScalarType>("dtype");
    QTest::addColumn<QList<int>>("shape");  // channels, heads, batch, tokens, tokens of the text
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      for (const QList<int>& shape : {QList<int>{64, 2, 1, 64, 77}, {96, 1, 2, 35, 5}, {192, 6, 1, 200, 154}, {32, 1, 1, 1, 77}, {128, 2, 2, 16, 1}}) {
        QTest::addRow("%s, %d channels in %d heads, %d samples of %d tokens, %d of text", c10::toString(dtype), shape[0], shape[1], shape[2], shape[3],
                      shape[4])
            << dtype << shape;
      }
    }
  }
  // A row with a text of zeros, one with a text, and a fork of it, which the sum and the residual do not have yet.
  void passes() {
    QFETCH(at::ScalarType, dtype);
    QFETCH(QList<int>, shape);
    const std::int64_t channels = shape[0], heads = shape[1], batch = shape[2], tokens = shape[3], text_tokens = shape[4];
    const Transformer model(dtype, channels, heads);
    const auto passes = model.passes();
    if (passes == nullptr) QSKIP("this processor has no instructions for bf16, or oneDNN does not pack");
    QCOMPARE(passes->type(), dtype);
    const double tolerance = dtype == at::kFloat ? 3e-6 : 1.0 / 64;

    struct Nothing : AttentionEdit {
      at::Tensor attend(const at::Tensor& q, const at::Tensor&, const at::Tensor&, MapSize) const override { return q; }
    };
    const std::vector<UnetRow> rows{{.text = 1}, {.text = 0}, {0, LayerSet::all(1), std::make_shared<Nothing>(), nullptr}};
    ActiveRows active(rows, {false, true}, batch, true);
    QVERIFY(active.active() == 2 && active.zero_text_rows() == 1);
    const auto noise = [&](std::int64_t samples, std::uint64_t seed, std::int64_t count, std::int64_t width) {
      return made_noise({samples, count, width}, seed, dtype);
    };
    const at::Tensor input = noise(2 * batch, 1, tokens, channels);
    const TokenPasses::Between begun = passes->enter(input);
    const at::Tensor entered = model.enter(wide(input));
    VERIFY_CLOSE(begun.sum, entered, tolerance);
    VERIFY_CLOSE(begun.qkv, model.blocks[0].qkv(model.blocks[0].self_norm(entered)), tolerance);

    active.activate(active.forks_at(0));
    QCOMPARE(active.active(), 3);
    const at::Tensor attended = noise(3 * batch, 2, tokens, channels), again = noise(3 * batch, 3, tokens, channels);
    const KeyValue text{noise(2 * batch, 4, text_tokens, channels), noise(2 * batch, 5, text_tokens, channels)};
    const TokenPasses::Between between = passes->run_block(0, attended, begun.sum, active, &text);
    const at::Tensor out = passes->run_last_block(again, between.sum, active, &text, input);
    QCOMPARE(out.scalar_type(), dtype);
    for (std::int64_t i = 0; i < 3 * batch; ++i) {
      const std::int64_t source = i < 2 * batch ? i : i - batch;  // the fork's parent
      const bool has_text = i >= batch;
      const at::Tensor k = has_text ? wide(text.k[i - batch]) : at::Tensor(), v = has_text ? wide(text.v[i - batch]) : at::Tensor();
      const at::Tensor sum = model.block(0, wide(attended[i]), wide(begun.sum[source]), k, v);
      VERIFY_CLOSE(between.sum[i], sum, tolerance);
      VERIFY_CLOSE(between.qkv[i], model.blocks[1].qkv(model.blocks[1].self_norm(sum)), tolerance);
      const at::Tensor last = model.block(1, wide(again[i]), wide(between.sum[i]), k, v);
      VERIFY_CLOSE(out[i], model.leave(last) + wide(input[source]), tolerance);
    }

    // Nothing hangs on the number of threads.
    const int threads = at::get_num_threads();
    for (const int other : {1, 2, 3}) {
      at::set_num_threads(other);
      const bool is_same = at::equal(passes->run_last_block(again, between.sum, active, &text, input), out) &&
                           at::equal(passes->run_block(0, attended, begun.sum, active, &text).qkv, between.qkv);
      at::set_num_threads(threads);
      QVERIFY(is_same);
    }
    // No row with a text.
    ActiveRows alone({rows.data(), 1}, {false, true}, batch, true);
    const at::Tensor first = attended.narrow(0, 0, batch), first_sum = begun.sum.narrow(0, 0, batch);
    QVERIFY(at::equal(passes->run_block(0, first, first_sum, alone, nullptr).sum, between.sum.narrow(0, 0, batch)));
  }

  void other_layers_are_onednns() {
    QVERIFY(Transformer(at::kFloat, 80, 1).passes() == nullptr);
    QVERIFY(Transformer(at::kFloat, 96, 2).passes() == nullptr);
    QVERIFY(Transformer(at::kDouble, 64, 2).passes() == nullptr);
    QVERIFY(Transformer(at::kFloat, 512, 8).passes() == nullptr);
    // SDXL's have no bias there, and the pass adds none.
    Transformer biased(at::kFloat, 64, 2);
    biased.blocks[1].cross_q = biased.layer(64, 64, true);
    QVERIFY(biased.passes() == nullptr);
  }
};

QTEST_GUILESS_MAIN(TestTokenPasses)
#include "tst_token_passes.moc"
