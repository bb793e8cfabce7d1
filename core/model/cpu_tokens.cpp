// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tokens from layer to layer, in vectors of the compiler's.
#include "core/model/cpu_tokens.h"

#include <ATen/Parallel.h>

#include "core/model/cpu_attention_head.h"

namespace studio::cpu {
namespace {

constexpr std::int64_t kMostRows = 64;  // tokens of a task

// x / 2 (1 + erf(x / sqrt 2)). The error function by Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26:
// its error is below 1.5e-7 everywhere.
template <class Its>
STUDIO_INLINE typename Its::Floats gelu(typename Its::Floats x) {
  using Floats = typename Its::Floats;
  constexpr float kHalfRoot = 0.70710678118654752F, kMostSquare = 80.0F;  // e^-80 is nothing beside 1
  const Floats z = x * kHalfRoot, size = z < 0.0F ? -z : z;
  const Floats t = 1.0F / (1.0F + 0.3275911F * size);
  Floats p = 1.061405429F * t - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = (p * t + 0.254829592F) * t;
  const Floats square = z * z;
  const Floats rest = p * exp_of<Floats, typename Its::Ints>(square > kMostSquare ? Floats{} - kMostSquare : -square);
  // Of negative x the two ones go: rest is the whole of it.
  return 0.5F * x * (z < 0.0F ? rest : 2.0F - rest);
}

template <class Value>
struct Job {
  TokenPass<Value> pass;
  Multiplier<Value> multiplier;
  std::int64_t most_rows;  // tokens of a task
  std::int64_t parts() const { return (pass.tokens + most_rows - 1) / most_rows; }
};

// Of one thread. Rows of one task: `count` tokens, filled up to `rows`.
template <class Its, class Value>
class Tokens {
 public:
  explicit STUDIO_INLINE Tokens(const Job<Value>& job)
      : pass_(job.pass),
        multiply_(job.multiplier.run),
        channels_(job.pass.channels),
        hidden_(job.pass.block != nullptr ? job.pass.block->ff_out.in : 0),
        floats_(aligned_numbers<float>(kMostRows * (channels_ + 2 * kPanel))),
        values_(aligned_numbers<Value>(kMostRows * (2 * channels_ + hidden_))),
        attention_(job.pass.text_tokens),
        sum_(floats_.get()),
        product_(sum_ + kMostRows * channels_),
        gates_(product_ + kMostRows * kPanel),
        rows_in_(values_.get()),
        queries_(rows_in_ + kMostRows * channels_),
        gated_(queries_ + kMostRows * channels_) {}

  STUDIO_INLINE void run(std::int64_t sample, std::int64_t first, std::int64_t count) {
    count_ = count;
    all_ = rounded_up(count, kRowStep);
    const std::int64_t here = (sample * pass_.tokens + first) * channels_;
    const auto of = [&](std::span<const std::int64_t> samples) { return (samples[sample] * pass_.tokens + first) * channels_; };
    if (pass_.input != nullptr) {
      take(pass_.input + here);
      std::fill(sum_, sum_ + all_ * channels_, 0.0F);
      add_product(pass_.enter, rows_in_);
    } else {
      const Value* const sum = pass_.sum + of(pass_.sum_of);
      for (std::int64_t i = 0; i < count_ * channels_; i += Its::kCount) store<Its>(load<Its>(sum + i), sum_ + i);
      std::fill(sum_ + count_ * channels_, sum_ + all_ * channels_, 0.0F);
    }
    if (pass_.block != nullptr) run_block(*pass_.block, sample, here);
    if (pass_.out != nullptr) {
      round(rows_in_, all_);
      const Value* const residual = pass_.residual + of(pass_.residual_of);
      multiply(pass_.leave, rows_in_, [&](std::int64_t column) __attribute__((always_inline)) {
        each(count_, column, [&](std::int64_t r, std::int64_t c, typename Its::Floats y) __attribute__((always_inline)) {
          const std::int64_t place = r * channels_ + c;
          store<Its>(y + load<Its>(pass_.leave.bias + c) + load<Its>(residual + place), pass_.out + here + place);
        });
      });
      return;
    }
    round(pass_.sum_out + here, count_);
    norm(pass_.next_norm);
    Value* const qkv = pass_.qkv_out + 3 * here;
    multiply(pass_.qkv, rows_in_, [&](std::int64_t column) __attribute__((always_inline)) {
      each(count_, column, [&](std::int64_t r, std::int64_t c, typename Its::Floats y) __attribute__((always_inline)) {
        store<Its>(y, qkv + r * 3 * channels_ + c);
      });
    });
  }

 private:
  STUDIO_INLINE void run_block(const TokenBlock<Value>& block, std::int64_t sample, std::int64_t here) {
    take(pass_.attended + here);
    add_product(block.self_out, rows_in_);
    if (const Value* const text = pass_.text[sample]; text != nullptr) {
      norm(block.cross_norm);
      multiply(block.cross_q, rows_in_, [&](std::int64_t column) __attribute__((always_inline)) {
        each(all_, column, [&](std::int64_t r, std::int64_t c, typename Its::Floats y) __attribute__((always_inline)) {
          store<Its>(y, queries_ + r * channels_ + c);
        });
      });
      attend(text, block.heads);
      add_product(block.cross_out, rows_in_);
    } else {
      for (std::int64_t r = 0; r < all_; ++r) {
        for (std::int64_t c = 0; c < channels_; c += Its::kCount) add_to_sum(r, c, load<Its>(block.cross_out.bias + c));
      }
    }
    norm(block.ff_norm);
    for (std::int64_t n = 0; n < block.ff_in.out; n += 2 * kPanel) {
      multiply_panel(block.ff_in, rows_in_, n, product_);
      multiply_panel(block.ff_in, rows_in_, n + kPanel, gates_);
      const float* const bias = block.ff_in.bias + n;
      for (std::int64_t r = 0; r < all_; ++r) {
        for (std::int64_t i = 0; i < kPanel; i += Its::kCount) {
          const auto value = load<Its>(product_ + r * kPanel + i) + load<Its>(bias + i);
          const auto gate = load<Its>(gates_ + r * kPanel + i) + load<Its>(bias + kPanel + i);
          store<Its>(value * gelu<Its>(gate), gated_ + r * hidden_ + n / 2 + i);
        }
      }
    }
    add_product(block.ff_out, gated_);
  }

  STUDIO_INLINE void attend(const Value* text, std::int64_t heads) {
    Head<Value> head{pass_.text_tokens, channels_ / heads, text};
    for (std::int64_t h = 0; h < heads; ++h, head.panels += head.numbers()) {
      for (std::int64_t first = 0; first < all_; first += kAttentionRows<Value>) {
        const std::int64_t rows = std::min(kAttentionRows<Value>, all_ - first);
        Value* const out = rows_in_ + first * channels_ + h * head.width;
        attend_rows<Its>(queries_ + first * channels_ + h * head.width, channels_, rows, head, multiply_, attention_,
                         [&](std::int64_t column, std::int64_t) __attribute__((always_inline)) {
                           for (std::int64_t r = 0; r < rows; ++r) {
                             for (std::int64_t i = 0; i < kPanel; i += Its::kCount) {
                               store<Its>(load<Its>(attention_.sums + r * kPanel + i) / attention_.totals[r], out + r * channels_ + column + i);
                             }
                           }
                         });
      }
    }
  }

  STUDIO_INLINE void multiply_panel(const PanelLayer<Value>& layer, const Value* rows, std::int64_t column, float* to) {
    multiply_(rows, layer.in, all_, layer.panels + column * layer.in, layer.in, to, kPanel);
  }

  // use(first column) for each panel of the product, which product_ then has.
  template <class Use>
  STUDIO_INLINE void multiply(const PanelLayer<Value>& layer, const Value* rows, Use use) {
    for (std::int64_t column = 0; column < layer.out; column += kPanel) {
      multiply_panel(layer, rows, column, product_);
      use(column);
    }
  }

  // use(row, column of all, vector) for what product_ has of the first rows.
  template <class Use>
  STUDIO_INLINE void each(std::int64_t rows, std::int64_t column, Use use) {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t i = 0; i < kPanel; i += Its::kCount) use(r, column + i, load<Its>(product_ + r * kPanel + i));
    }
  }

  STUDIO_INLINE void add_to_sum(std::int64_t r, std::int64_t c, typename Its::Floats y) {
    float* const place = sum_ + r * channels_ + c;
    store<Its>(load<Its>(place) + y, place);
  }

  STUDIO_INLINE void add_product(const PanelLayer<Value>& layer, const Value* rows) {
    multiply(layer, rows, [&](std::int64_t column) __attribute__((always_inline)) {
      each(all_, column, [&](std::int64_t r, std::int64_t c, typename Its::Floats y) __attribute__((always_inline)) {
        add_to_sum(r, c, y + load<Its>(layer.bias + c));
      });
    });
  }

  STUDIO_INLINE void take(const Value* from) {
    std::copy(from, from + count_ * channels_, rows_in_);
    std::fill(rows_in_ + count_ * channels_, rows_in_ + all_ * channels_, Value(0.0F));
  }

  STUDIO_INLINE void round(Value* to, std::int64_t rows) {
    for (std::int64_t i = 0; i < rows * channels_; i += Its::kCount) store<Its>(load<Its>(sum_ + i), to + i);
  }

  static STUDIO_INLINE float total_of(typename Its::Floats lanes) {
    float total = 0;
    for (std::int64_t i = 0; i < Its::kCount; ++i) total += lanes[i];
    return total;
  }

  // The sum's norm to rows_in_.
  STUDIO_INLINE void norm(const NormLayer& layer) {
    using Floats = typename Its::Floats;
    const auto count = static_cast<float>(channels_);
    for (std::int64_t r = 0; r < all_; ++r) {
      const float* const row = sum_ + r * channels_;
      Floats sums = {}, squares = {};
      for (std::int64_t c = 0; c < channels_; c += Its::kCount) sums += load<Its>(row + c);
      const float mean = total_of(sums) / count;
      for (std::int64_t c = 0; c < channels_; c += Its::kCount) {
        const Floats off = load<Its>(row + c) - mean;
        squares += off * off;
      }
      const float scale = 1.0F / std::sqrt(total_of(squares) / count + layer.eps);
      for (std::int64_t c = 0; c < channels_; c += Its::kCount) {
        const Floats y = (load<Its>(row + c) - mean) * scale;
        store<Its>(y * load<Its>(layer.weight + c) + load<Its>(layer.bias + c), rows_in_ + r * channels_ + c);
      }
    }
  }

  const TokenPass<Value>& pass_;
  Multiply<Value> multiply_;
  std::int64_t channels_, hidden_, count_ = 0, all_ = 0;
  std::unique_ptr<float[], FreeAligned> floats_;
  std::unique_ptr<Value[], FreeAligned> values_;
  AttentionRoom<Value> attention_;
  float *sum_, *product_, *gates_;        // [kMostRows, C], [kMostRows, 32] and the same
  Value *rows_in_, *queries_, *gated_;    // [kMostRows, C] twice, [kMostRows, 4 C]
};

// Tasks are some tokens of one sample each.
template <int kBytes, class Value>
STUDIO_INLINE void run_tasks(const Job<Value>& job, std::int64_t begin, std::int64_t end) {
  const TileScope tiles(job.multiplier.has_tiles);
  Tokens<Lanes<kBytes>, Value> tokens(job);
  for (std::int64_t task = begin; task < end; ++task) {
    const std::int64_t first = task % job.parts() * job.most_rows;
    tokens.run(task / job.parts(), first, std::min(job.most_rows, job.pass.tokens - first));
  }
}

#define STUDIO_TASKS(name, bytes, Value, target) \
  target void name(const Job<Value>& job, std::int64_t begin, std::int64_t end) { run_tasks<bytes>(job, begin, end); }
STUDIO_TASKS(tasks_16, 16, float, )
STUDIO_TASKS(tasks_32, 32, float, STUDIO_V3)
STUDIO_TASKS(tasks_64, 64, float, STUDIO_V4)
STUDIO_TASKS(tasks_64, 64, at::BFloat16, STUDIO_V4)
#undef STUDIO_TASKS

// As many tokens a task as leave no thread without work for long.
std::int64_t rows_of_task(std::int64_t samples, std::int64_t tokens) {
  const std::int64_t threads = at::get_num_threads();
  constexpr double kGoodUse = 0.95;
  std::int64_t best = kRowStep;
  double most = 0;
  for (std::int64_t rows = kMostRows; rows >= kRowStep; rows -= kRowStep) {
    const std::int64_t tasks = samples * ((tokens + rows - 1) / rows), rounds = (tasks + threads - 1) / threads;
    const double use = static_cast<double>(samples * tokens) / static_cast<double>(rounds * threads * rows);
    if (use >= kGoodUse) return rows;
    if (use > most) best = rows;
    most = std::max(most, use);
  }
  return best;
}

template <class Value>
void split(const TokenPass<Value>& pass, void (*run)(const Job<Value>&, std::int64_t, std::int64_t)) {
  const Job<Value> job{pass, multipliers<Value>().front(), rows_of_task(pass.samples, pass.tokens)};
  at::parallel_for(0, pass.samples * job.parts(), 1, [&](std::int64_t begin, std::int64_t end) { run(job, begin, end); });
}

}  // namespace

template <>
bool is_pass_worth_it<float>() {
  return vector_bytes() > 16;
}

template <>
bool is_pass_worth_it<at::BFloat16>() {
  return !multipliers<at::BFloat16>().empty();
}

void pass_tokens(const TokenPass<float>& pass) {
  using Run = void (*)(const Job<float>&, std::int64_t, std::int64_t);
  split(pass, for_this_processor<Run>(tasks_16, tasks_32, tasks_64));
}

void pass_tokens(const TokenPass<at::BFloat16>& pass) { split(pass, tasks_64); }

template <class Value>
std::int64_t text_numbers(std::int64_t tokens, std::int64_t channels, std::int64_t heads) {
  return heads * Head<Value>{tokens, channels / heads}.numbers();
}

template <class Value>
void lay_out_text(const Value* k, const Value* v, std::int64_t tokens, std::int64_t channels, std::int64_t heads, Value* to) {
  const Head<Value> head{tokens, channels / heads};
  for (std::int64_t h = 0; h < heads; ++h) {
    lay_out_head(head, k + h * head.width, channels, v + h * head.width, channels, to + h * head.numbers());
  }
}

template <class Value>
void lay_out_weight(const Value* weight, std::int64_t out, std::int64_t in, Value* to) {
  lay_out_transposed(weight, in, out, in, to);
}

template std::int64_t text_numbers<float>(std::int64_t, std::int64_t, std::int64_t);
template std::int64_t text_numbers<at::BFloat16>(std::int64_t, std::int64_t, std::int64_t);
template void lay_out_text(const float*, const float*, std::int64_t, std::int64_t, std::int64_t, float*);
template void lay_out_text(const at::BFloat16*, const at::BFloat16*, std::int64_t, std::int64_t, std::int64_t, at::BFloat16*);
template void lay_out_weight(const float*, std::int64_t, std::int64_t, float*);
template void lay_out_weight(const at::BFloat16*, std::int64_t, std::int64_t, at::BFloat16*);

}  // namespace studio::cpu
