// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the job in the form would need of the device's memory.
#include "ui/memory_note.h"

#include "ui/pool_tasks.h"

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kSettleMs = 300;

QString textOf(const MemoryForecast& forecast) {
  const auto gigabytes = [](std::int64_t bytes) {
    return QString::number(std::max(0.1, static_cast<double>(bytes) / 1e9), 'f', 1);  // never "0.0"
  };
  const QString needed = gigabytes(forecast.needed_bytes);
  if (forecast.total_bytes <= 0) return MemoryNote::tr("Needs about %1 GB").arg(needed);
  return MemoryNote::tr("Needs about %1 of %2 GB").arg(needed, gigabytes(forecast.total_bytes));
}

}  // namespace

MemoryNote::MemoryNote(PoolTasks& tasks, QObject* parent) : QObject(parent), tasks_(tasks) {
  settle_.setSingleShot(true);
  settle_.setInterval(kSettleMs);
  connect(&settle_, &QTimer::timeout, this, &MemoryNote::start);
}

void MemoryNote::setEngine(Engine* engine) {
  engine_ = engine;
  asked_.reset();
  if (engine_ != nullptr && wanted_) settle_.start();
}

void MemoryNote::ask(const GenerationRequest& request) {
  GenerationRequest wanted = request;
  wanted.seed = 1;
  for (std::string& prompt : wanted.prompts) prompt = "a";
  wanted.negative_prompt.reset();
  if (wanted == wanted_) return;
  wanted_ = std::move(wanted);
  settle_.start();
}

void MemoryNote::start() {
  if (engine_ == nullptr || !wanted_ || is_asking_ || wanted_ == asked_) return;
  asked_ = wanted_;
  is_asking_ = true;
  tasks_.run(
      this,
      [engine = engine_, request = *asked_] {
        return engine->forecast_memory(request, /*less_memory=*/false);
      },
      [this](const Result<MemoryForecast>& forecast) {
        is_asking_ = false;
        if (forecast) {
          Q_EMIT changed(textOf(forecast.value()), forecast.value().fits());
        } else {
          Q_EMIT changed({}, true);
        }
        start();  // for what has come meanwhile
      });
}

}  // namespace studio::ui
