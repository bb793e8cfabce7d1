// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model that is loaded is its files as they were read: when one changes, it is loaded again.
#include "core/pipeline/model_shelf.h"
#include "tests/support/broken_model.h"
#include "tests/support/golden_cases.h"

#include <QtTest>

#include <filesystem>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr const char* kUnetFile = "unet/diffusion_pytorch_model.safetensors";

// One bit of one number, in a file of the same size.
void change_weight(const BrokenModel& model) {
  model.change_weights(kUnetFile,
                       [](Json&, QByteArray& data) { data[0] = static_cast<char>(data[0] ^ 1); });
}

class Shelf {
 public:
  ModelShelf models{resources_path(""), c10::kCPU, c10::kFloat};

  std::shared_ptr<LoadedModel> use(const std::string& name) {
    auto model = models.use(name, [](double) {});
    if (!model) qFatal("%s", model.error().message.c_str());
    return std::move(model).value();
  }
  ModelOutline outline(const std::string& name) const {
    auto outline = models.outline(name);
    if (!outline) qFatal("%s", outline.error().message.c_str());
    return std::move(outline).value();
  }
};

}  // namespace

class TestModelShelf : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void loaded_once() {
    const BrokenModel model;
    Shelf shelf;
    QVERIFY(!shelf.models.is_loaded(model.path()));
    QVERIFY(shelf.outline(model.path()).hash.empty());
    const auto first = shelf.use(model.path());
    QVERIFY(shelf.models.is_loaded(model.path()) &&
            shelf.models.reason_to_reload(model.path()).empty());
    QVERIFY(shelf.use(model.path()) == first);
    QCOMPARE(shelf.models.loads(), 1);
    const ModelOutline known = shelf.outline(model.path());
    QCOMPARE(known.hash, first->model->hash);
    QCOMPARE(known.config_hash, first->model->config_hash);
    QCOMPARE(known.config_hash, read_outline(model.path()).value().config_hash);
  }

  void changed_files_are_read_again_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("other_weights");
    QTest::addColumn<bool>("other_configs");
    QTest::newRow("weights of the same size") << "weights" << true << false;
    QTest::newRow("a configuration") << "config" << false << true;
    QTest::newRow("the scheduler") << "scheduler" << false << true;
    QTest::newRow("a tokenizer") << "tokenizer" << false << true;
    QTest::newRow("touched only") << "touch" << false << false;
    QTest::newRow("replaced, with its time and size") << "replace" << false << false;
  }
  void changed_files_are_read_again() {
    QFETCH(QString, what);
    QFETCH(bool, other_weights);
    QFETCH(bool, other_configs);
    namespace fs = std::filesystem;
    const BrokenModel model;
    const fs::path weights = model.file(kUnetFile).toStdString();
    model.write(kUnetFile, model.read(kUnetFile));  // a file of its own
    Shelf shelf;
    const auto before = shelf.use(model.path());
    const auto time = fs::last_write_time(weights);
    if (what == "weights") change_weight(model);
    if (what == "config") model.set("unet/config.json", "norm_eps", 2e-5);
    if (what == "scheduler") model.set("scheduler/scheduler_config.json", "steps_offset", 0);
    if (what == "tokenizer")
      model.write("tokenizer_2/merges.txt", model.read("tokenizer_2/merges.txt") + "\n");
    if (what == "touch") fs::last_write_time(weights, time + std::chrono::hours(1));
    if (what == "replace") {
      fs::copy_file(weights,
                    weights.string() + ".new");  // while the old one is there: another inode
      fs::rename(weights.string() + ".new", weights);
      fs::last_write_time(weights, time);
    }
    QVERIFY(!shelf.models.is_loaded(model.path()));
    const std::string reason = shelf.models.reason_to_reload(model.path());
    QVERIFY2(reason.find("have changed") != std::string::npos &&
                 reason.find(model.path()) != std::string::npos,
             reason.c_str());
    QVERIFY(shelf.outline(model.path()).hash.empty());  // nobody has read these weights yet
    const auto after = shelf.use(model.path());
    QVERIFY(after != before);
    QCOMPARE(shelf.models.loads(), 2);
    QCOMPARE(after->model->hash != before->model->hash, other_weights);
    QCOMPARE(after->model->config_hash != before->model->config_hash, other_configs);
    QCOMPARE(shelf.outline(model.path()).hash, after->model->hash);
    QCOMPARE(shelf.outline(model.path()).config_hash, after->model->config_hash);
    QVERIFY(shelf.models.reason_to_reload(model.path()).empty());
    QVERIFY(shelf.use(model.path()) == after);
  }

  void what_still_runs_keeps_its_model() {
    const BrokenModel model, other;
    Shelf shelf;
    const auto lent = shelf.use(model.path());
    (void)shelf.use(other.path());
    QVERIFY(shelf.use(model.path()) == lent);  // lent, though no longer kept
    QCOMPARE(shelf.models.loads(), 2);
    (void)shelf.use(other.path());
    change_weight(model);
    const std::string hash = lent->model->hash;
    QVERIFY(shelf.use(model.path())->model->hash != hash);
    QCOMPARE(lent->model->hash, hash);
  }

  void changed_while_it_is_read_data() {
    QTest::addColumn<int>("changes");
    QTest::newRow("once") << 1;
    QTest::newRow("again and again") << 1000;
  }
  void changed_while_it_is_read() {
    QFETCH(int, changes);
    const BrokenModel model;
    Shelf shelf;
    int left = changes, calls = 0;
    double last = 0;
    const auto used = shelf.models.use(model.path(), [&](double fraction) {
      if (fraction < last) calls = 0;  // read from the start again
      last = fraction;
      if (++calls != 3 || left <= 0) return;
      --left;
      model.set("vae/config.json", "note", left);
    });
    QCOMPARE(shelf.models.loads(), 2);
    if (changes == 1) {
      QVERIFY2(used, used ? "" : used.error().message.c_str());
      QCOMPARE(used.value()->model->config_hash, read_outline(model.path()).value().config_hash);
      QVERIFY(shelf.models.is_loaded(model.path()));
    } else {
      QVERIFY(!used && used.error().code == ErrorCode::ModelUnloadable);
      QVERIFY2(used.error().message.find("change while they are read") != std::string::npos,
               used.error().message.c_str());
      QVERIFY(!shelf.models.is_loaded(model.path()) && shelf.outline(model.path()).hash.empty());
    }
  }

  void gone_from_the_disk() {
    Shelf shelf;
    auto model = std::make_unique<BrokenModel>();
    const std::string path = model->path();
    const auto lent = shelf.use(path);
    model.reset();
    QVERIFY(!shelf.models.is_loaded(path));
    const auto again = shelf.models.use(path, [](double) {});
    QVERIFY(!again && again.error().code == ErrorCode::ModelUnloadable);
    QVERIFY(!shelf.models.outline(path));
    QVERIFY(!lent->model->hash.empty());
  }
};

QTEST_GUILESS_MAIN(TestModelShelf)
#include "tst_model_shelf.moc"
