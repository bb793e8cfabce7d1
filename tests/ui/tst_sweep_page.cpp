// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep from Run to its end: states, pauses, failures, going on, after an unclean end.
#include "tests/ui/sweep_desk.h"

#include <QFile>
#include <QFileDialog>
#include <QMenu>

using namespace studio;
using namespace studio::test;

namespace {

QPushButton* answer(SweepNotice* notice, const QString& text) {
  for (auto* button : notice->findChildren<QPushButton*>()) {
    if (button->text() == text && button->isVisible()) return button;
  }
  return nullptr;
}

}  // namespace

class TestSweepPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qRegisterMetaType<SweepSpec>();
    qRegisterMetaType<SweepOptions>();
  }
  void init() {
    desk_ = std::make_unique<SweepDesk>(FakeScript{.step_ms = 6, .size_px = 48, .measured = true});
    desk_->page->setSpec(sweepOf({{kSigma, "0.5, 1, inf"}, {kScale, "0, 1, 4"}}));
    QVERIFY(desk_->canRun());
  }
  void cleanup() { desk_.reset(); }

  void runsToItsEnd() {
    QStringList texts;
    double last_fraction = 0;
    bool falls = false;
    connect(desk_->page.get(),
            &SweepPage::statusChanged,
            this,
            [&](const QString& text, double fraction, double) {
              if (!text.isEmpty()) texts << text;
              falls = falls || fraction + 1e-9 < last_fraction;
              last_fraction = fraction;
            });
    QCOMPARE(run()->text(), QStringLiteral("Run"));
    desk_->click(run());
    QTRY_COMPARE(run()->text(), QStringLiteral("Pause"));
    QVERIFY(desk_->page->editor()->stopButton()->isEnabled());
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finished(), 7);  // scale 0 makes sigma idle
    for (std::size_t cell = 0; cell < 9; ++cell) QVERIFY(cells().isFinished(cell));
    QCOMPARE(run()->text(), QStringLiteral("Run"));
    QVERIFY(!desk_->page->editor()->stopButton()->isEnabled());
    QVERIFY(desk_->page->editor()->exportButton()->isEnabled());
    QVERIFY2(texts.filter("step 3 of 4").size() > 0, qPrintable(texts.join('|')));
    QVERIFY2(texts.filter("cell 7 of 7").size() > 0, qPrintable(texts.join('|')));
    QVERIFY(!falls);
    QCOMPARE(last_fraction, 1.0);
  }

  void pausesAndGoesOn() {
    desk_->click(run());
    QTRY_COMPARE(run()->text(), QStringLiteral("Pause"));
    desk_->click(run());
    QTRY_COMPARE(run()->text(), QStringLiteral("Go on"));
    const int done = cells().finished();
    QTest::qWait(60);
    QCOMPARE(cells().finished(), done);
    desk_->click(run());
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finished(), 7);
  }

  void stoppedKeepsWhatIsThereAndContinues() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 2);
    desk_->click(desk_->page->editor()->stopButton());
    QTRY_VERIFY(!desk_->page->isRunning());
    const int done = cells().finished();
    QVERIFY(done >= 2 && done < 7);
    QCOMPARE(cells().running(), -1);
    QCOMPARE(run()->text(), QStringLiteral("Continue"));
    const QString folder = cells().folder();
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().folder(), folder);
    QCOMPARE(cells().finished(), 7);
    const auto sweeps = desk_->engine->submitted_sweeps();
    QCOMPARE(sweeps.size(), std::size_t(2));
    QVERIFY(!sweeps[0].second.resume && sweeps[1].second.resume);
  }

  void editedItIsAnotherSweep() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 2);
    desk_->click(desk_->page->editor()->stopButton());
    QTRY_COMPARE(run()->text(), QStringLiteral("Continue"));
    AxisEdit* edit = desk_->row(1)->edit();
    edit->setFocus();
    edit->moveCursor(QTextCursor::End);
    QTest::keyClicks(edit, ", 5");
    QCOMPARE(run()->text(), QStringLiteral("Run"));
    // What was made is still looked at until the next run.
    QCOMPARE(cells().cells(), std::size_t(9));
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().cells(), std::size_t(12));
    QVERIFY(!desk_->engine->submitted_sweeps().back().second.resume);
  }

  void failedCellsSayWhyAndAreRetried() {
    desk_->engine->fail_pictures({{2, "out of memory: choose a smaller size"}});
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().finished(), 6);
    QCOMPARE(cells().failed(), 1);
    QVERIFY(desk_->page->notice()->text().contains("failed"));
    const std::size_t cell = cells().cellOfPicture(2);
    desk_->clickCell(cell);
    QCOMPARE(cells().current(), cell);
    auto* retry = desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellRetry"));
    QVERIFY(retry->isVisible() && retry->isEnabled());
    desk_->engine->fail_pictures({});
    desk_->click(retry);
    QTRY_COMPARE(cells().finished(), 7);
    QTRY_VERIFY(!desk_->page->isRunning());
    QVERIFY(!retry->isVisible());
    QCOMPARE(desk_->page->notice()->text(), QString());
  }

  void refusedSaysSo() {
    desk_->page->showRefused(QStringLiteral("the folder is read-only"));
    QVERIFY(desk_->page->notice()->isVisible());
    QCOMPARE(desk_->page->notice()->text(), QStringLiteral("the folder is read-only"));
    QVERIFY(run()->isEnabled());
  }

  void anotherSweepsEventsArePassedOver() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 1);
    desk_->page->handle(9999, Failed{{ErrorCode::Internal, "not ours"}});
    QVERIFY(desk_->page->isRunning());
    desk_->page->handle(*desk_->page->job(), CellChanged{.picture = 12345});
    desk_->page->handle(*desk_->page->job(), StepDone{.step = 1, .steps = 2, .picture = -7});
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finished(), 7);
  }

  void clickingAWaitingCellMakesItNext() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 1);
    desk_->engine->set_paused(desk_->job, true);
    QTRY_COMPARE(run()->text(), QStringLiteral("Go on"));
    std::size_t waiting = cells().cells();
    for (std::size_t cell = 0; cell < cells().cells(); ++cell) {
      if (cells().resultOfCell(cell).state == CellState::Waiting &&
          !cells().isNext(cells().picture(cell)))
        waiting = cell;
    }
    QVERIFY(waiting < cells().cells());
    const int picture = cells().picture(waiting);
    QSignalSpy asked(desk_->page.get(), &SweepPage::bringForwardAsked);
    desk_->clickCell(waiting);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toInt(), picture);
    QVERIFY(cells().isNext(picture));
    QCOMPARE(desk_->engine->brought_forward(), (std::vector<int>{picture}));
    int next = -1;
    connect(&cells(), &SweepCells::pictureChanged, this, [&](int changed) {
      if (next < 0 && cells().running() == changed && changed != -1 && cells().progress(changed)->step == 0 &&
          cells().result(changed).state == CellState::Running)
        next = changed;
    });
    desk_->engine->set_paused(desk_->job, false);
    QTRY_COMPARE(cells().result(picture).state, CellState::Finished);
    QTRY_VERIFY(!desk_->page->isRunning());
  }

  void liveJobsRunInBetween() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 1);
    GenerationRequest live = firstJob(fake_catalogue());
    live.steps = 2;
    int finished_at = -1;
    JobId id = 0;
    connect(&desk_->bridge, &JobBridge::happened, this, [&](JobId job, const JobEvent& event) {
      if (job == id && std::holds_alternative<Finished>(event)) finished_at = cells().finished();
    });
    auto submitted = desk_->engine->submit(live, {.priority = RunOptions::Priority::Live});
    QVERIFY(static_cast<bool>(submitted));
    id = submitted.value();
    QTRY_VERIFY(finished_at >= 0);
    QVERIFY(finished_at < 7);
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finished(), 7);
  }

  void onlyAsManyCellsAsFit() {
    desk_->page->setSpec(sweepOf({{kSigma, "0.5, 1, 2, inf"}, {kScale, "1, 2, 4"}}));
    QVERIFY(desk_->canRun());
    TimeBox* time = desk_->page->editor()->timeBox();
    QTRY_COMPARE(time->plan().cells, std::size_t(12));
    auto* mode = desk_->page->findChild<QComboBox*>(QStringLiteral("timeMode"));
    mode->setFocus();
    QTest::keyClick(mode, Qt::Key_Down);
    time->setBudget(time->plan().seconds * 0.5);
    QCOMPARE(time->plan().kind, TimePlan::Kind::FewerCells);
    QCOMPARE(time->plan().cells, std::size_t(6));
    const auto says = [&](const QString& words) {
      const auto labels = time->findChildren<QLabel*>();
      return std::any_of(labels.begin(), labels.end(), [&](const QLabel* label) {
        return label->text().startsWith(words);
      });
    };
    QVERIFY(says("The first 6 of 12 cells, evenly spread: about"));
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().finishedCells(), std::size_t(6));
    const auto order = cell_order(cells().grid());
    for (std::size_t i = 0; i < order.size(); ++i) QCOMPARE(cells().isFinished(order[i]), i < 6);
    const QString text = desk_->page->notice()->text();
    QVERIFY2(text.contains("complete as far as asked: 6 of 12 cells, evenly spread"),
             qPrintable(text));
    QCOMPARE(run()->text(), QStringLiteral("Continue"));
    // The same time again is for what is missing.
    QTRY_VERIFY(says("All that is missing: about"));
    time->setBudget(time->plan().seconds * 0.5);
    QVERIFY(says("The next 3 of 6 missing cells, evenly spread: about"));
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().finishedCells(), std::size_t(9));
    QPushButton* rest = answer(desk_->page->notice(), QStringLiteral("Make the rest"));
    QVERIFY(rest != nullptr);
    desk_->click(rest);
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finishedCells(), std::size_t(12));
    QVERIFY(desk_->page->notice()->text().isEmpty());
    const auto sweeps = desk_->engine->submitted_sweeps();
    QCOMPARE(sweeps.size(), std::size_t(3));
    QCOMPARE(sweeps[2].second.most_cells, std::size_t(0));
  }

  void leftOutIsRetriedAlone() {
    QVERIFY(desk_->runToEnd());
    // As a sweep that left one cell out, stopped early.
    const auto opened = desk_->engine->open_sweep(cells().folder().toStdString());
    QVERIFY(static_cast<bool>(opened));
    SweepFolder folder = opened.value();
    const auto order = cell_order(*folder.grid);
    const int out = folder.picture_of_cell[order[1]], later = folder.picture_of_cell[order[8]];
    QVERIFY(out != later);
    QFile journal(cells().folder() + "/journal.jsonl");
    QVERIFY(journal.open(QIODevice::ReadOnly));
    QByteArrayList lines = journal.readAll().split('\n');
    journal.close();
    const auto key_of = [&](int picture) {
      return folder.pictures[static_cast<std::size_t>(picture)].key;
    };
    erase_if(lines, [&](const QByteArray& line) {
      return line.contains(QByteArray::fromStdString(key_of(out))) ||
             line.contains(QByteArray::fromStdString(key_of(later)));
    });
    lines << "{\"key\":\"" + QByteArray::fromStdString(key_of(out)) +
                 "\",\"state\":\"skipped\",\"error\":\"left out\"}\n";
    QVERIFY(journal.open(QIODevice::WriteOnly));
    journal.write(lines.join('\n'));
    journal.close();
    folder = desk_->engine->open_sweep(cells().folder().toStdString()).value();
    QCOMPARE(folder.pictures[static_cast<std::size_t>(out)].state, CellState::Skipped);
    desk_->page->setFolder(folder);
    const std::size_t cell = order[1];
    desk_->clickCell(cell);
    auto* retry = desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellRetry"));
    QVERIFY(retry->isVisible() && retry->isEnabled());
    desk_->click(retry);
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().result(out).state, CellState::Finished);
    QVERIFY(!retry->isVisible());
    const SweepOptions asked = desk_->engine->submitted_sweeps().back().second;
    QVERIFY(asked.resume);
    QCOMPARE(asked.retry_keys, std::vector<std::string>{key_of(out)});
  }

  void fewerStepsAreRun() {
    TimeBox* time = desk_->page->editor()->timeBox();
    time->setBudget(time->plan().seconds * 0.6);
    QCOMPARE(time->plan().kind, TimePlan::Kind::FewerSteps);
    const auto steps = time->plan().steps;
    QVERIFY(desk_->runToEnd());
    QCOMPARE(desk_->engine->submitted_sweeps().back().first.base.steps, steps);
    QCOMPARE(desk_->page->spec().base.steps, std::int64_t(4));
  }

  void uncleanEndIsNamed_data() {
    QTest::addColumn<QString>("button");
    QTest::newRow("skip") << "Skip it";
    QTest::newRow("retry") << "Retry";
    QTest::newRow("less memory") << "Retry with less memory";
    QTest::newRow("leave") << "Leave paused";
  }
  void uncleanEndIsNamed() {
    QFETCH(QString, button);
    // As after a kill: the journal ends in the middle of a picture.
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 3);
    desk_->click(desk_->page->editor()->stopButton());
    QTRY_VERIFY(!desk_->page->isRunning());
    int running = -1;
    for (int picture = 0; picture < cells().pictures(); ++picture) {
      if (cells().result(picture).state == CellState::Waiting) running = picture;
    }
    QVERIFY(running >= 0);
    QFile journal(cells().folder() + "/journal.jsonl");
    QVERIFY(journal.open(QIODevice::Append));
    journal.write("{\"key\":\"" + QByteArray::fromStdString(cells().result(running).key) +
                  "\",\"state\":\"running\"}\n");
    journal.close();
    auto folder = desk_->engine->open_sweep(cells().folder().toStdString());
    QVERIFY(static_cast<bool>(folder));
    QCOMPARE(folder.value().interrupted, running);
    const std::string key =
        folder.value().pictures[static_cast<std::size_t>(folder.value().interrupted)].key;
    const int done = cells().finished();
    desk_->page->setFolder(folder.value());
    QCOMPARE(cells().finished(), done);
    SweepNotice* notice = desk_->page->notice();
    QVERIFY(notice->isVisible());
    const std::size_t cell = cells().cellOfPicture(folder.value().interrupted);
    if (cell < cells().cells())
      QVERIFY2(notice->text().contains(cells().cellText(cell)), qPrintable(notice->text()));
    QPushButton* chosen = answer(notice, button);
    QVERIFY(chosen != nullptr);
    desk_->click(chosen);
    QVERIFY(!notice->isVisible());
    const auto sweeps = desk_->engine->submitted_sweeps();
    if (button == "Leave paused") {
      QCOMPARE(sweeps.size(), std::size_t(1));
      QCOMPARE(run()->text(), QStringLiteral("Continue"));
      return;
    }
    QCOMPARE(sweeps.size(), std::size_t(2));
    QVERIFY(sweeps[1].second.resume);
    QCOMPARE(sweeps[1].second.skip,
             button == "Skip it" ? std::vector<std::string>{key} : std::vector<std::string>{});
    QCOMPARE(sweeps[1].second.less_memory_keys,
             button == "Retry with less memory" ? std::vector<std::string>{key}
                                                : std::vector<std::string>{});
    QTRY_VERIFY(!desk_->page->isRunning());
    QCOMPARE(cells().finished(), button == "Skip it" ? 6 : 7);
  }

  void openedFolderShowsItsPicturesAndProblems() {
    QVERIFY(desk_->runToEnd());
    auto folder = desk_->engine->open_sweep(cells().folder().toStdString());
    QVERIFY(static_cast<bool>(folder));
    folder.value().problems = {"journal.jsonl line 7 cannot be read"};
    // One picture was deleted by another program.
    QVERIFY(QFile::remove(cells().fileOf(cells().picture(8))));
    SweepDesk other;
    other.page->setFolder(folder.value());
    QVERIFY(other.page->notice()->text().contains("line 7"));
    QVERIFY(other.page->spec() == folder.value().grid->spec);
    // Also on a page that has never been shown before.
    other.page->resize(1400, 800);
    other.page->show();
    QVERIFY(QTest::qWaitForWindowExposed(other.page.get()));
    QVERIFY(other.page->findChild<QWidget*>("zoomLinked")->isVisibleTo(other.page.get()));
    QTRY_VERIFY(other.page->images().sizeOf(other.page->cells().picture(0)) == QSize(48, 48));
    const Framing framing{64, 64, 1, 0.5, 0.5};
    QTRY_VERIFY(!other.page->images()
                     .tile(this, other.page->cells().picture(8), -1, CellLook::Plain, framing)
                     .problem.isEmpty());
    QTRY_VERIFY(other.page->images()
                    .tile(this, other.page->cells().picture(0), -1, CellLook::Plain, framing)
                    .exact);
  }

  void exportAsksForAFile() {
    QVERIFY(desk_->runToEnd());
    QMenu* menu = desk_->page->exportMenu();
    Q_EMIT menu->aboutToShow();
    QVERIFY(menu->actions().size() >= 6);
    QSignalSpy asked(desk_->page.get(), &SweepPage::exportAsked);
    menu->actions().last()->trigger();
    auto* dialog = desk_->page->findChild<QFileDialog*>(QStringLiteral("exportDialog"));
    QVERIFY(dialog != nullptr);
    Q_EMIT dialog->fileSelected(desk_->dir.filePath("a.png"));
    dialog->reject();
    QCOMPARE(asked.count(), 1);
    const auto options = asked[0][0].value<ExportOptions>();
    QCOMPARE(options.kind, SweepExport::Animation);
    QCOMPARE(options.along, 1);
    QCOMPARE(options.path, desk_->dir.filePath("a.png").toStdString());
  }

  void verifiedIsShown() {
    QVERIFY(desk_->runToEnd());
    desk_->clickCell(4);
    QSignalSpy asked(desk_->page.get(), &SweepPage::verifyAsked);
    auto* verify = desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellVerify"));
    desk_->click(verify);
    QCOMPARE(asked.count(), 1);
    QVERIFY(!verify->isEnabled());
    desk_->page->showVerified(asked[0][0].toInt(), {.same_size = true}, true);
    QVERIFY(verify->isEnabled());
    QVERIFY(desk_->page->panel()->verified().contains("bit for bit"));
    desk_->clickCell(8);
    QCOMPARE(desk_->page->panel()->verified(), QString());
  }

  void keptCellsBecomeASweep() {
    QVERIFY(desk_->runToEnd());
    desk_->clickCell(4);
    QTest::keyClick(desk_->page->grid(), Qt::Key_K);
    desk_->clickCell(8);
    desk_->click(desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellKeep")));
    QCOMPARE(cells().verdict(4), Verdict::Kept);
    QCOMPARE(cells().verdict(8), Verdict::Kept);
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    auto* again = desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellNewSweep"));
    QVERIFY(again->isVisible());
    desk_->click(again);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(desk_->page->spec().axes[0].values, std::string("1, inf"));
    QCOMPARE(desk_->page->spec().axes[1].values, std::string("1, 4"));
  }

  void closedInTheMiddle() {
    desk_->click(run());
    QTRY_VERIFY(cells().finished() >= 1);
    desk_.reset();  // page first, engine after: neither hangs nor crashes
  }

 private:
  QPushButton* run() { return desk_->page->editor()->runButton(); }
  SweepCells& cells() { return desk_->page->cells(); }
  std::unique_ptr<SweepDesk> desk_;
};

QTEST_MAIN(TestSweepPage)
#include "tst_sweep_page.moc"
