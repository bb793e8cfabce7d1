// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page on the fake engine: for looking at it without a model.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/job_bridge.h"
#include "ui/job_text.h"
#include "ui/pool_tasks.h"
#include "ui/sweep_page.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QTimer>

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOptions({{"folder", "Folder of the sweeps.", "folder", "sweep-demo"},
                     {"step-ms", "Milliseconds a step.", "ms", "20"},
                     {"axis", "PARAM=VALUES; repeat for more axes.", "axis"},
                     {"prompt", "Prompt of the job.", "text"},
                     {"mode", "0 grid, 1 pad, 2 filmstrip, 3 plot.", "mode", "0"},
                     {"open", "Folder of a sweep to open.", "folder"},
                     {"fail", "The fourth picture fails."},
                     {"run", "Starts at once."},
                     {"light", "Light theme."},
                     {"shot", "Writes a picture of the page to this file and ends.", "file"},
                     {"after", "Milliseconds before the picture.", "ms", "3000"},
                     {"size", "Width x height.", "size", "1440x868"}});
  parser.process(app);
  using namespace studio;
  ui::applyTheme(app, parser.isSet("light") ? ui::lightTheme() : ui::darkTheme());
  ui::JobBridge bridge;
  ui::PoolTasks tasks;
  test::FakeEngine engine(bridge, {.step_ms = parser.value("step-ms").toInt(), .measured = true});
  if (parser.isSet("fail"))
    engine.fail_pictures({{3, "1024 x 1024 needs about 9.4 GB, but only 7.1 GB are free"}});
  ui::SweepPage page(test::fake_catalogue(), tasks);
  JobId job = 0;
  int runs = 0;
  QObject::connect(&bridge, &ui::JobBridge::happened, &page, &ui::SweepPage::handle);
  QObject::connect(
      &page, &ui::SweepPage::runAsked, &page, [&](const SweepSpec& spec, SweepOptions options) {
        if (options.folder.empty())
          options.folder =
              QDir(parser.value("folder"))
                  .absoluteFilePath(QString::number(QDateTime::currentMSecsSinceEpoch() + ++runs))
                  .toStdString();
        auto submitted = engine.submit_sweep(spec, options);
        if (!submitted) return page.showRefused(QString::fromStdString(submitted.error().message));
        job = submitted.value();
      });
  QObject::connect(
      &page, &ui::SweepPage::pauseAsked, &page, [&](bool pause) { engine.set_paused(job, pause); });
  QObject::connect(&page, &ui::SweepPage::stopAsked, &page, [&] { engine.cancel(job); });
  QObject::connect(&page, &ui::SweepPage::bringForwardAsked, &page, [&](int picture) {
    engine.bring_forward(job, picture);
  });
  QObject::connect(&page, &ui::SweepPage::verifyAsked, &page, [&](int picture) {
    page.showVerified(picture, {.same_size = true}, true);
  });
  page.setEngine(&engine);
  GenerationRequest base = ui::firstJob(test::fake_catalogue());
  base.prompts = {parser.value("prompt").toStdString()};
  base.steps = 20;
  page.setBase(base);
  if (parser.isSet("axis")) {
    SweepSpec spec;
    spec.base = base;
    for (const QString& axis : parser.values("axis"))
      spec.axes.push_back(
          {axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
    page.setSpec(spec);
  }
  if (parser.isSet("open")) {
    auto opened = engine.open_sweep(parser.value("open").toStdString());
    if (opened) page.setFolder(opened.value());
  }
  const QStringList size = parser.value("size").split('x');
  page.resize(size.value(0).toInt(), size.value(1).toInt());
  page.show();
  page.setMode(static_cast<ui::SweepViewMode>(parser.value("mode").toInt()));
  if (parser.isSet("run"))
    QTimer::singleShot(400, &page, [&] { Q_EMIT page.editor()->runAsked(); });
  if (parser.isSet("shot")) {
    QTimer::singleShot(parser.value("after").toInt(), &page, [&] {
      page.grab().save(parser.value("shot"));
      QApplication::quit();
    });
  }
  return QApplication::exec();
}
