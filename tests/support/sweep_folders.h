// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Folders of sweeps whose pictures are made up, for tests of what becomes of them.
#pragma once

#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/sweep/sweep_files.h"
#include "core/sweep/sweep_store.h"
#include "tests/support/small_catalogue.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <memory>

namespace studio::testing {

namespace fs = std::filesystem;

inline SweepSpec small_spec() {
  SweepSpec spec;
  spec.base.seed = 5;
  spec.base.prompts = {"red apple"};
  spec.axes = {{"guidance.seg.sigma", "0.5, 1, inf"}, {"guidance.seg.scale", "0..4[3]"}};
  return spec;
}

inline std::string key(int number) { return sha256_hex("picture " + std::to_string(number)); }

inline Finished finished_job(int number, int side = 8) {
  Finished finished;
  finished.resolved = small_spec().base;
  finished.resolved.steps = number + 1;
  finished.model_hash = std::string(64, 'b');
  ImageRgb8 image{side, side, std::vector<std::uint8_t>(3 * static_cast<std::size_t>(side) * side)};
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(i * 37 + number);
  finished.images = {std::make_shared<const ImageRgb8>(std::move(image))};
  return finished;
}

inline CellResult result_of(int number) {
  CellResult result;
  result.key = key(number);
  result.made = "alone";
  result.rows = {2, 2};
  result.seconds = 0.5;
  result.row_evaluations = 4;
  return result;
}

class SweepFolders {
 protected:
  std::unique_ptr<QTemporaryDir> root_;

  std::string path(const char* name = "s") const { return root_->filePath(name).toStdString(); }
  SweepOptions options(bool resume = false) const {
    SweepOptions options;
    options.folder = path();
    options.resume = resume;
    return options;
  }
  static Result<std::unique_ptr<SweepStore>> open(const SweepOptions& options,
                                                  const SweepSpec& spec = small_spec()) {
    return SweepStore::open(spec, options, small_catalogue());
  }
  static std::unique_ptr<SweepStore> opened(const SweepOptions& options,
                                            const SweepSpec& spec = small_spec()) {
    auto store = open(options, spec);
    if (!store) qFatal("%s", store.error().message.c_str());
    return std::move(store).value();
  }
  // Pictures 0..count-1 are finished; one more is running when the run ends without saying so.
  void make_interrupted(int count) const {
    auto store = opened(options());
    std::vector<std::string> keys;
    std::vector<int> cells(9), twins(9, -1);
    for (int i = 0; i < 9; ++i) keys.push_back(key(i));
    for (int i = 0; i < 9; ++i) cells[i] = i;
    QVERIFY(store->note_plan(keys, cells, twins));
    for (int i = 0; i < count; ++i) {
      QVERIFY(store->note_running(key(i)));
      QVERIFY(store->finish(result_of(i), finished_job(i)));
    }
    QVERIFY(store->note_running(key(count)));
  }
  std::string picture(int number) const { return path() + "/cells/" + key(number) + ".png"; }
  QStringList everything() const {
    QStringList names;
    for (const auto& entry : fs::recursive_directory_iterator(path()))
      names.append(QString::fromStdString(fs::relative(entry.path(), path()).string()));
    names.sort();
    return names;
  }
  static void put(const std::string& where, const std::string& text) {
    QFile file(QString::fromStdString(where));
    QVERIFY(file.open(QIODevice::WriteOnly) &&
            file.write(text.data(), static_cast<qint64>(text.size())) >= 0);
  }
  static std::string content(const std::string& where) {
    auto text = read_file(where, std::size_t{1} << 28);
    return text ? text.value() : std::string("(") + text.error().message + ")";
  }
  template <class T>
  static void refused(const Result<T>& result, ErrorCode code, const QStringList& parts) {
    QVERIFY(!result);
    QVERIFY2(result.error().code == code, result.error().message.c_str());
    for (const QString& part : parts) {
      QVERIFY2(QString::fromStdString(result.error().message).contains(part),
               result.error().message.c_str());
    }
  }
};

}  // namespace studio::testing
