// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The model browser, used with keys and mouse, on an engine that finds what the test says.
#include "core/api/control_params.h"
#include "core/api/lora_params.h"
#include "core/api/model_params.h"
#include "tests/support/accessible_names.h"
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/file_slots.h"
#include "ui/main_actions.h"
#include "ui/model_browser.h"
#include "ui/model_cards.h"
#include "ui/model_library.h"
#include "ui/settings_store.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QThread>
#include <QToolButton>

#include <atomic>
#include <mutex>
#include <set>

using namespace studio;
using namespace studio::ui;

namespace {

FoundModel made(const std::string& path, FileKind kind = FileKind::Model, bool usable = true) {
  FoundModel found;
  found.path = path;
  found.kind = kind;
  found.what = kind == FileKind::Lora ? "LoRA for SDXL, kohya names" : "SDXL, single file";
  found.usable = usable;
  if (!usable) found.problem = "only SDXL models can be loaded";
  found.dtype = "F16";
  found.bytes = 6'900'000'000;
  found.can_hash = usable;
  return found;
}

class FindingEngine : public test::FakeEngine {
 public:
  explicit FindingEngine(JobObserver& observer) : FakeEngine(observer, {.step_ms = 1}) {}
  ~FindingEngine() override { is_open = true; }

  Result<FoundModels> find_models(const std::string& folder,
                                  const std::function<bool(const FoundModel*, int, int)>& tell) override {
    gui_thread_calls += QThread::currentThread() == qApp->thread() ? 1 : 0;
    ++looks;
    FoundModels result;
    result.folders.push_back(folder);
    while (!is_open) {
      if (!tell(nullptr, 0, 0)) return result;
      QThread::yieldCurrentThread();
    }
    std::vector<FoundModel> all;
    {
      const std::lock_guard lock(mutex);
      if (broken.contains(folder)) return Error{ErrorCode::Io, "the folder cannot be read"};
      for (const FoundModel& one : models) {
        if (one.path.starts_with(folder + "/")) all.push_back(one);
      }
    }
    // Files that are really there are models, too.
    for (const QString& name : QDir(QString::fromStdString(folder)).entryList({"*.safetensors"}, QDir::Files))
      all.push_back(made(folder + "/" + name.toStdString()));
    int done = 0;
    for (const FoundModel& one : all)
      if (!tell(&one, ++done, static_cast<int>(all.size()))) break;
    return result;
  }
  Result<std::string> hash_model(const std::string&, const std::function<bool(double)>& keep_going) override {
    gui_thread_calls += QThread::currentThread() == qApp->thread() ? 1 : 0;
    double fraction = 0.42;
    do {
      if (!keep_going(fraction)) return Error{ErrorCode::Io, "stopped"};
      QThread::yieldCurrentThread();
    } while (!is_open);
    return std::string(64, 'a');
  }
  void preload_for(const GenerationRequest& request) override {
    const std::lock_guard lock(mutex);
    preloaded.push_back(request.model);
  }
  std::string resources_path() const override { return "/resources"; }

  std::mutex mutex;
  std::vector<FoundModel> models;
  std::set<std::string> broken;
  std::vector<std::string> preloaded;
  std::atomic<bool> is_open = true;
  std::atomic<int> looks = 0, gui_thread_calls = 0;
};

const Catalogue& wholeCatalogue() {
  static const Catalogue catalogue = [] {
    Catalogue made = test::fake_catalogue();
    made.sections = {model_card(), lora_card(), control_card()};
    return made;
  }();
  return catalogue;
}

// A browser on a library of its own.
struct Shelf {
  explicit Shelf(const QString& ini) : settings(ini), library(settings), engine(bridge) {}
  ~Shelf() { library.attach(nullptr); }

  void open() {
    library.attach(&engine);
    show();
    QVERIFY(settled());
  }
  void show() {
    browser = std::make_unique<ModelBrowser>(library, QDir::tempPath());
    browser->show();
    QVERIFY(QTest::qWaitForWindowActive(browser.get()));
  }
  bool settled() {
    return QTest::qWaitFor([&] { return !library.isLooking() && library.hashing().isEmpty(); }, 20000);
  }
  template <class Widget>
  Widget* child(const char* name) {
    return browser->findChild<Widget*>(QString::fromLatin1(name));
  }
  QStringList names() {
    QStringList all;
    for (int row = 0; row < browser->cards()->rowCount(); ++row)
      all << browser->cards()->index(row).data().toString();
    return all;
  }
  QString texts() {
    QString all;
    for (const auto* label : browser->findChildren<QLabel*>()) {
      if (label->isVisible()) all += label->text() + '\n';
    }
    return all;
  }

  JobBridge bridge;
  SettingsStore settings;
  ModelLibrary library;
  FindingEngine engine;
  std::unique_ptr<ModelBrowser> browser;
};

}  // namespace

class TestModelBrowser : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<Shelf> shelf_;

  QString ini() const { return dir_->filePath("settings.ini"); }
  void fill() {
    shelf_->settings.setModelFolders({"/models", "/more"});
    FoundModel v = made("/models/beta.safetensors");
    v.traits = {"v-prediction", "zero SNR"};
    v.missing = {"VAE"};
    v.bytes = 7'000'000'000;
    shelf_->engine.models = {made("/models/alpha.safetensors"),
                             v,
                             made("/models/old.safetensors", FileKind::Model, false),
                             made("/more/style.safetensors", FileKind::Lora),
                             made("/more/vae.safetensors", FileKind::Vae),
                             made("/more/canny", FileKind::ControlNet),
                             made("/more/word.pt", FileKind::Other, false),
                             made("/resources/models/emoji-sdxl")};
  }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    shelf_ = std::make_unique<Shelf>(ini());
  }
  void cleanup() { shelf_.reset(); }

  void foundFilesAreGroupedAndCounted() {
    fill();
    shelf_->open();
    const QAbstractItemModelTester tester(shelf_->browser->cards());
    QCOMPARE(shelf_->names(), QStringList({"alpha", "beta", "emoji-sdxl", "old"}));
    QCOMPARE(shelf_->child<QToolButton>("kind1")->text(), QString("Models  4"));
    const std::pair<const char*, QStringList> kinds[] = {
        {"kind2", {"style"}}, {"kind3", {"more/vae"}}, {"kind4", {"canny"}}, {"kind0", {"word"}}};
    for (const auto& [button, names] : kinds) {
      QTest::mouseClick(shelf_->child<QToolButton>(button), Qt::LeftButton);
      QCOMPARE(shelf_->names(), names);
    }
    QCOMPARE(shelf_->library.find("emoji-sdxl")->root, QString());
    QVERIFY(shelf_->library.find("/models/beta.safetensors") != nullptr);
    QCOMPARE(shelf_->engine.gui_thread_calls, 0);
  }

  void cardsSayWhatTheyAre() {
    fill();
    shelf_->open();
    CardModel* cards = shelf_->browser->cards();
    const QModelIndex beta = cards->indexOf("/models/beta.safetensors");
    const QString spoken = beta.data(Qt::AccessibleTextRole).toString();
    for (const char* part : {"beta", "v-prediction", "zero SNR", "no VAE", "7.00 GB", "F16"})
      QVERIFY2(spoken.contains(part), qPrintable(spoken));
    QCOMPARE(cardHash(cards->entry(beta).found), QString("not hashed yet"));
    const QModelIndex old = cards->indexOf("/models/old.safetensors");
    QVERIFY(cardSummary(cards->entry(old).found).contains("only SDXL models can be loaded"));
    shelf_->browser->list()->setCurrentIndex(old);
    QVERIFY(!shelf_->child<QPushButton>("useModel")->isEnabled());
    QVERIFY(shelf_->child<QPushButton>("useModel")->toolTip().contains("only SDXL"));
    shelf_->browser->setInUse({"/models/alpha.safetensors"});
    QVERIFY(cards->indexOf("/models/alpha.safetensors").data(Qt::AccessibleTextRole).toString().contains("in use"));
    const QStringList problems = test::accessibilityProblems(shelf_->browser.get());
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join('\n')));
  }

  void searchedSortedAndFiltered() {
    fill();
    shelf_->open();
    auto* search = shelf_->child<QLineEdit>("modelSearch");
    QTest::keyClicks(search, "V-PRED");
    QCOMPARE(shelf_->names(), QStringList{"beta"});
    QCOMPARE(shelf_->child<QToolButton>("kind2")->text(), QString("LoRAs"));
    search->setText("nothing such");
    QVERIFY(shelf_->names().isEmpty());
    QVERIFY(!shelf_->child<QPushButton>("useModel")->isEnabled());
    search->clear();
    auto* order = shelf_->child<QComboBox>("modelOrder");
    order->setCurrentIndex(2);
    Q_EMIT order->activated(2);
    QCOMPARE(shelf_->names().first(), QString("beta"));
    shelf_->library.noteUsed("emoji-sdxl");
    order->setCurrentIndex(1);
    Q_EMIT order->activated(1);
    QCOMPARE(shelf_->names().first(), QString("emoji-sdxl"));
    QTest::mouseClick(shelf_->child<QCheckBox>("withUnusable"), Qt::LeftButton, {}, {10, 10});
    QVERIFY(!shelf_->names().contains("old"));
    auto* folders = shelf_->child<QListWidget>("modelFolders");
    QCOMPARE(folders->count(), 3);
    folders->setCurrentRow(1);
    QCOMPARE(shelf_->names(), QStringList({"alpha", "beta"}));
    folders->setCurrentRow(2);
    QVERIFY(shelf_->names().isEmpty());
  }

  void usedWithKeys() {
    fill();
    shelf_->open();
    QSignalSpy used(shelf_->browser.get(), &ModelBrowser::useAsked);
    auto* search = shelf_->child<QLineEdit>("modelSearch");
    search->setFocus();
    QTest::keyClick(search, Qt::Key_Down);
    CardList* list = shelf_->browser->list();
    QVERIFY(list->hasFocus());
    QCOMPARE(list->currentIndex().data().toString(), QString("alpha"));
    QTest::keyClick(list, Qt::Key_Down);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(used.size(), 1);
    QCOMPARE(used.first().at(1).toString(), QString("/models/beta.safetensors"));
    // A favourite comes first, and stays the one that is chosen.
    QTest::keyClick(list, Qt::Key_F);
    QCOMPARE(shelf_->names().first(), QString("beta"));
    QCOMPARE(list->currentIndex().data().toString(), QString("beta"));
    QCOMPARE(SettingsStore(ini()).favouriteModels(), QStringList{"/models/beta.safetensors"});
    QTest::mouseClick(shelf_->child<QToolButton>("onlyFavourites"), Qt::LeftButton);
    QCOMPARE(shelf_->names(), QStringList{"beta"});
    QTest::keyClick(list, Qt::Key_F);
    QVERIFY(shelf_->names().isEmpty());
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(used.size(), 1);
  }

  void theStarIsClicked() {
    fill();
    shelf_->open();
    CardList* list = shelf_->browser->list();
    const QRect row = list->visualRect(list->model()->index(1, 0));
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, row.topLeft() + QPoint(14, 16));
    QVERIFY(shelf_->library.find("/models/beta.safetensors")->is_favourite);
  }

  void foldersComeAndGo() {
    fill();
    shelf_->settings.setModelFolders({});
    shelf_->open();
    QVERIFY(shelf_->child<QPushButton>("addFirstFolder")->isVisible());
    QCOMPARE(shelf_->names(), QStringList{"emoji-sdxl"});
    QVERIFY(shelf_->library.addFolder("/models/"));
    QVERIFY(!shelf_->library.addFolder("/models"));
    QVERIFY(shelf_->settled());
    QVERIFY(!shelf_->child<QPushButton>("addFirstFolder")->isVisible());
    QCOMPARE(shelf_->names(), QStringList({"alpha", "beta", "emoji-sdxl", "old"}));
    QCOMPARE(SettingsStore(ini()).modelFolders(), QStringList{"/models"});
    auto* folders = shelf_->child<QListWidget>("modelFolders");
    folders->setCurrentRow(1);
    folders->setFocus();
    QTest::keyClick(folders, Qt::Key_Delete);
    QVERIFY(shelf_->settled());
    QCOMPARE(shelf_->names(), QStringList{"emoji-sdxl"});
    QCOMPARE(folders->count(), 1);
    QVERIFY(!shelf_->child<QPushButton>("removeFolder")->isEnabled());
  }

  void theChosenCardStaysWhenOthersGo() {
    fill();
    shelf_->open();
    shelf_->browser->list()->setCurrentIndex(shelf_->browser->cards()->indexOf("/models/beta.safetensors"));
    shelf_->engine.models.erase(shelf_->engine.models.begin());
    shelf_->library.look();
    QVERIFY(shelf_->settled());
    QCOMPARE(shelf_->names(), QStringList({"beta", "emoji-sdxl", "old"}));
    QCOMPARE(shelf_->browser->list()->currentPath(), QString("/models/beta.safetensors"));
  }

  void aFolderThatCannotBeReadSaysSo() {
    fill();
    shelf_->engine.broken = {"/more"};
    shelf_->open();
    auto* folders = shelf_->child<QListWidget>("modelFolders");
    QVERIFY(folders->item(2)->toolTip().contains("cannot be read"));
    folders->setCurrentRow(2);
    QVERIFY2(shelf_->texts().contains("cannot be read"), qPrintable(shelf_->texts()));
    folders->setCurrentRow(1);
    QVERIFY(!shelf_->texts().contains("cannot be read"));
    // It is there again, as a disk that was connected.
    {
      const std::lock_guard lock(shelf_->engine.mutex);
      shelf_->engine.broken.clear();
    }
    QTest::mouseClick(shelf_->child<QPushButton>("lookAgain"), Qt::LeftButton);
    QVERIFY(shelf_->settled());
    QCOMPARE(shelf_->library.problemOf("/more"), QString());
    QVERIFY(shelf_->library.find("/more/canny") != nullptr);
  }

  void beforeTheEngineIsThere() {
    fill();
    shelf_->show();
    QVERIFY(shelf_->names().isEmpty());
    QVERIFY(!shelf_->child<QPushButton>("useModel")->isEnabled());
    shelf_->library.attach(&shelf_->engine);
    QTRY_COMPARE(shelf_->names().size(), 4);
  }

  void lookingIsStopped() {
    fill();
    shelf_->engine.is_open = false;
    shelf_->library.attach(&shelf_->engine);
    shelf_->show();
    auto* stop = shelf_->child<QPushButton>("stopLooking");
    QVERIFY(stop->isVisible());
    QTRY_VERIFY(shelf_->texts().contains("Looking for files"));
    QTest::mouseClick(stop, Qt::LeftButton);
    QVERIFY(shelf_->settled());
    QVERIFY(!stop->isVisible());
    // What was stopped has not found that everything is gone.
    shelf_->engine.is_open = true;
    shelf_->library.look();
    QVERIFY(shelf_->settled());
    QCOMPARE(shelf_->names().size(), 4);
    shelf_->engine.is_open = false;
    shelf_->library.look();
    QTRY_VERIFY(shelf_->library.isLooking());
    shelf_->library.stopLooking();
    QVERIFY(shelf_->settled());
    QCOMPARE(shelf_->names().size(), 4);
  }

  void closedWhileLooking() {
    shelf_->engine.is_open = false;
    shelf_->library.attach(&shelf_->engine);
    shelf_->library.attach(nullptr);  // waits
    QVERIFY(!shelf_->library.hasEngine());
  }

  void newFilesShowUp() {
    QVERIFY(QDir(dir_->path()).mkpath("watched"));
    const QString folder = dir_->filePath("watched");
    shelf_->settings.setModelFolders({folder});
    shelf_->open();
    QVERIFY(shelf_->names().isEmpty());
    // Watching begins on another thread: write until it is seen.
    QFile file(folder + "/new.safetensors");
    QVERIFY(QTest::qWaitFor(
        [&] {
          if (file.exists()) file.remove();
          if (!file.open(QIODevice::WriteOnly)) return false;
          file.close();
          return QTest::qWaitFor([&] { return shelf_->names() == QStringList{"new"}; }, 2500);
        },
        30000));
    QVERIFY(file.remove());
    QTRY_VERIFY_WITH_TIMEOUT(shelf_->names().isEmpty(), 20000);
  }

  void manyFiles() {
    constexpr int kMany = 5000;
    shelf_->settings.setModelFolders({"/models"});
    const std::string longest(180, 'x');
    for (int i = 0; i < kMany; ++i)
      shelf_->engine.models.push_back(made("/models/" + longest + std::to_string(i) + ".safetensors",
                                           i % 2 == 0 ? FileKind::Lora : FileKind::Model));
    shelf_->open();
    QCOMPARE(shelf_->names().size(), kMany / 2);
    QCOMPARE(shelf_->browser->cards()->count(FileKind::Lora), kMany / 2);
    CardList* list = shelf_->browser->list();
    QVERIFY(list->visualRect(list->model()->index(0, 0)).width() <= list->viewport()->width());
    QVERIFY(list->model()->index(0, 0).data(Qt::ToolTipRole).toString().contains(QString::fromStdString(longest)));
    QTest::keyClick(list, Qt::Key_End);
    const QString chosen = list->currentPath();
    shelf_->library.look();
    QVERIFY(shelf_->settled());
    QCOMPARE(list->currentPath(), chosen);
    QCOMPARE(shelf_->library.files(FileKind::Lora).size(), 200);
  }

  void hashedInTheBackground() {
    fill();
    shelf_->open();
    CardModel* cards = shelf_->browser->cards();
    shelf_->engine.is_open = false;
    auto* hash = shelf_->child<QPushButton>("hashModel");
    QVERIFY(hash->isEnabled());
    QTest::mouseClick(hash, Qt::LeftButton);
    QCOMPARE(shelf_->library.hashing(), QString("/models/alpha.safetensors"));
    QVERIFY(!hash->isEnabled());
    QTRY_COMPARE(shelf_->library.hashed(), 0.42);
    QTest::mouseClick(shelf_->child<QPushButton>("stopLooking"), Qt::LeftButton);
    QVERIFY(shelf_->settled());
    QVERIFY(cards->entry(cards->index(0)).found.hash.empty());
    shelf_->engine.is_open = true;
    QTest::mouseClick(hash, Qt::LeftButton);
    QVERIFY(shelf_->settled());
    QCOMPARE(cardHash(cards->entry(cards->index(0)).found), QString("aaaaaaaaaa"));
    QVERIFY(!hash->isEnabled());
    QCOMPARE(shelf_->engine.gui_thread_calls, 0);
  }

  void names_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("name");
    QTest::newRow("file") << "/m/a.b.safetensors"
                          << "a.b";
    QTest::newRow("folder with dots") << "/m/sdxl-1.0"
                                      << "sdxl-1.0";
    QTest::newRow("hub") << "/hub/models--org--sdxl-turbo/snapshots/0123abcd"
                         << "org/sdxl-turbo";
    QTest::newRow("file in a hub") << "/hub/models--org--lcm/snapshots/0123abcd/fast.safetensors"
                                   << "org/lcm · fast";
    QTest::newRow("a name that says nothing") << "/m/anime/pytorch_lora_weights.safetensors"
                                              << "anime/pytorch_lora_weights";
  }
  void names() {
    QFETCH(QString, path);
    QFETCH(QString, name);
    QCOMPARE(modelName(path), name);
  }

  // --- what becomes of a choice -------------------------------------------------------------------

  void filesTakeTheirPlaces() {
    const Catalogue& all = wholeCatalogue();
    GenerationRequest request;
    for (int i = 1; i <= kLoraSlots; ++i) {
      auto placed = withFile(request, all, FileKind::Lora, "/l" + std::to_string(i) + ".safetensors");
      QVERIFY2(placed, placed ? "" : placed.error().message.c_str());
      request = placed.value().request;
    }
    QCOMPARE(loras_of(request.sections).value().size(), std::size_t(kLoraSlots));
    QVERIFY(withFile(request, all, FileKind::Lora, "/l9").error().message.find("All 8") != std::string::npos);
    QVERIFY(withFile(request, all, FileKind::Lora, "/l3.safetensors").error().message.find("already") !=
            std::string::npos);
    // A hole is filled first.
    QVERIFY(set(request, all, "lora.2.file", std::string()));
    request = withFile(request, all, FileKind::Lora, "/new").value().request;
    QCOMPARE(std::get<std::string>(request.sections.at("lora.2.file")), std::string("/new"));
    // The only place of its kind is taken over.
    request = withFile(request, all, FileKind::Vae, "/one").value().request;
    request = withFile(request, all, FileKind::Vae, "/two").value().request;
    QCOMPARE(model_params(request.sections).vae.value(), std::string("/two"));
    request = withFile(request, all, FileKind::ControlNet, "/net").value().request;
    QCOMPARE(filesIn(request, all, FileKind::ControlNet), std::vector<std::string>{"/net"});
    QVERIFY(!withFile(request, all, FileKind::Other, "/x"));
    QVERIFY(!withFile(request, test::fake_catalogue(), FileKind::Lora, "/x"));
  }

  void foundFilesAreOffered() {
    ControlPanel panel(wholeCatalogue());
    panel.setModels({"emoji-sdxl"});
    panel.setFiles(FileKind::Model, {"emoji-sdxl", "/m/a"});
    panel.setFiles(FileKind::Lora, {"/l/b"});
    panel.setFiles(FileKind::Vae, {"/v/c"});
    const auto offered = [&](const char* path) {
      QStringList all;
      auto* combo = qobject_cast<QComboBox*>(panel.findChild<ParamRow*>(QString::fromLatin1(path))->control());
      for (int i = 0; i < combo->count(); ++i) all << combo->itemText(i);
      return all;
    };
    QCOMPARE(offered("model"), QStringList({"emoji-sdxl", "/m/a"}));
    QCOMPARE(offered("lora.1.file"), QStringList{"/l/b"});
    QCOMPARE(offered("lora.8.file"), QStringList{"/l/b"});
    QCOMPARE(offered("model_options.vae"), QStringList{"/v/c"});
    QCOMPARE(offered("model_options.text_encoders"), QStringList({"emoji-sdxl", "/m/a"}));
    QVERIFY(offered("control.model").isEmpty());
  }

  void oneEmptySlotIsShown() {
    ControlPanel panel(wholeCatalogue());
    const auto shown = [&] {
      int count = 0;
      for (int slot = 1; slot <= kLoraSlots; ++slot)
        count += panel.findChild<ParamRow*>(QStringLiteral("lora.%1.file").arg(slot))->isVisibleTo(&panel) ? 1 : 0;
      return count;
    };
    GenerationRequest request;
    request.sections["lora.1.file"] = std::string("/a");
    panel.setRequest(request);
    QCOMPARE(shown(), 2);
    request.sections["lora.2.file"] = std::string("/b");
    panel.setRequest(request);
    QCOMPARE(shown(), 3);
    QVERIFY(panel.findChild<ParamRow*>("lora.2.weight")->isVisibleTo(&panel));
    QVERIFY(!panel.findChild<ParamRow*>("lora.3.weight")->isVisibleTo(&panel));
  }

  // --- in the window --------------------------------------------------------------------------------

  void aChoiceReachesTheJob() {
    QStandardPaths::setTestModeEnabled(true);
    SettingsStore(ini()).setModelFolders({"/models", "/more"});
    fill();
    JobBridge bridge;
    FindingEngine engine(bridge);
    engine.models = shelf_->engine.models;
    auto window = std::make_unique<MainWindow>(
        wholeCatalogue(), bridge, WindowOptions{ini(), dir_->filePath("gallery"), {}, {}});
    window->show();
    window->attachEngine(&engine);
    window->controls()->setLive(false);
    QTRY_VERIFY(window->gallery()->rowCount() > 0 && !window->runner()->isRunning());
    QTRY_VERIFY(window->library()->find("/models/beta.safetensors") != nullptr);
    QTRY_VERIFY(!window->library()->isLooking());
    QVERIFY(window->library()->find("emoji-sdxl")->used.isValid());
    window->actions()->registry().action("model.browse")->trigger();
    auto* browser = window->findChild<ModelBrowser*>();
    QVERIFY(browser != nullptr && browser->isVisible());
    QTRY_COMPARE(browser->cards()->rowCount(), 4);
    browser->list()->setCurrentIndex(browser->cards()->indexOf("/models/beta.safetensors"));
    QTest::keyClick(browser->list(), Qt::Key_Return);
    QCOMPARE(window->controls()->request().model, std::string("/models/beta.safetensors"));
    QVERIFY(browser->cards()->isInUse("/models/beta.safetensors"));
    {
      const std::lock_guard lock(engine.mutex);
      QCOMPARE(engine.preloaded.back(), std::string("/models/beta.safetensors"));
    }
    QCOMPARE(SettingsStore(ini()).lastModel(), QString("/models/beta.safetensors"));
    browser->showKind(FileKind::Lora);
    QCOMPARE(browser->cards()->rowCount(), 1);
    QTest::mouseClick(browser->findChild<QPushButton*>("useModel"), Qt::LeftButton);
    QCOMPARE(std::get<std::string>(window->controls()->request().sections.at("lora.1.file")),
             std::string("/more/style.safetensors"));
    QTest::mouseClick(browser->findChild<QPushButton*>("useModel"), Qt::LeftButton);
    QVERIFY(browser->findChild<QLabel*>("modelStatus")->text().contains("already"));
    window->actions()->registry().action("edit.undo")->trigger();
    QTRY_VERIFY(!window->controls()->request().sections.contains("lora.1.file"));
    QTRY_VERIFY(!window->controls()->suggestionsFor(*slotsFor(wholeCatalogue(), FileKind::Lora).begin()).isEmpty());
  }

  void theLastModelOpensWhileItIsThere() {
    QVERIFY(QDir(dir_->path()).mkpath("model"));
    SettingsStore(ini()).setLastModel(dir_->filePath("model"));
    test::Desk desk(*dir_);
    QVERIFY(desk.firstPair());
    QCOMPARE(desk.last().model, dir_->filePath("model").toStdString());
  }

  void aModelThatIsGoneIsReplaced() {
    SettingsStore(ini()).setLastModel(dir_->filePath("gone"));
    test::Desk desk(*dir_);
    QVERIFY(desk.firstPair());
    QCOMPARE(desk.last().model, std::string("emoji-sdxl"));
    QVERIFY2(desk.window->banner()->text().contains("not there any more"), qPrintable(desk.window->banner()->text()));
    QVERIFY(desk.window->banner()->text().contains(dir_->filePath("gone")));
  }
};

QTEST_MAIN(TestModelBrowser)
#include "tst_model_browser.moc"
