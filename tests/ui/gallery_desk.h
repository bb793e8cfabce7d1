// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A gallery page on the fake engine, for tests that use it as a person does.
#pragma once

#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "tests/ui/gallery_folder.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_page.h"
#include "ui/job_bridge.h"
#include "ui/pool_tasks.h"

#include <QLabel>
#include <QLineEdit>
#include <QTest>

namespace studio::test {

using namespace studio::ui;

struct GalleryDesk {
  GalleryDesk() : engine(bridge, {}), page(fake_catalogue(), tasks) {
    QObject::connect(
        &page, &GalleryPage::problem, &page, [this](const QString& text) { problems << text; });
    page.resize(1200, 760);
    page.setEngine(&engine);
    page.show();
  }
  ~GalleryDesk() { page.setEngine(nullptr); }
  bool open(const QString& folder, int count, bool read_only = false) {
    page.openProject(folder, read_only);
    return waitRead(count);
  }
  bool waitCount(int count) {
    return QTest::qWaitFor([&] { return grid()->count() == count; }, 10000);
  }
  bool waitRead(int count) {
    return waitCount(count) && QTest::qWaitFor(
                                   [&] {
                                     for (int row = 0; row < grid()->count(); ++row) {
                                       if (grid()->entry(row)->kind == GalleryKind::Unread)
                                         return false;
                                     }
                                     return true;
                                   },
                                   10000);
  }
  GalleryGrid* grid() { return page.grid(); }
  template <class T>
  T* child(const char* name) {
    return page.findChild<T*>(QLatin1String(name));
  }
  void click(int row, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(
        grid()->viewport(), Qt::LeftButton, modifiers, grid()->tileRect(row).center());
  }
  void type(const QString& text) {
    auto* field = child<QLineEdit>("gallerySearch");
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, text);
  }
  QStringList selected() {
    QStringList paths;
    for (const int row : grid()->selectedRows()) paths << grid()->entry(row)->path;
    return paths;
  }
  QString message() {
    auto* title = child<QLabel>("galleryMessageTitle");
    return title->isVisible() ? title->text() : QString();
  }

  JobBridge bridge;
  FakeEngine engine;
  PoolTasks tasks;
  GalleryPage page;
  QStringList problems;
};

}  // namespace studio::test
