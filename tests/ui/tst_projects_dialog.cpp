// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Recent projects and the dialogs around them, used with keys and mouse.
#include "tests/ui/project_codec.h"
#include "ui/project_file.h"
#include "ui/projects_dialog.h"

#include <QDir>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace studio;
using namespace studio::ui;

class TestProjectsDialog : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    recent_ = std::make_unique<RecentProjects>(dir_->filePath("settings.ini"));
    for (const char* name : {"Old", "New"}) {
      QVERIFY(createProject(path(name), name, test::fake_catalogue(), test::projectCodec()));
      recent_->add(path(name), name);
    }
    QImage picture(400, 200, QImage::Format_RGB32);
    picture.fill(Qt::red);
    QVERIFY(picture.save(path("New/images/a.png")));
  }

  void newestFirstOnceEachAndBounded() {
    QCOMPARE(folders(), QStringList({path("New"), path("Old")}));
    recent_->add(path("Old") + "/", "Old");
    QCOMPARE(folders(), QStringList({path("Old"), path("New")}));
    recent_->remove(path("New"));
    QCOMPARE(folders(), QStringList({path("Old")}));
    for (int i = 0; i < 100; ++i) recent_->add(path("Many") + QString::number(i), "Many");
    QCOMPARE(recent_->list().size(), 30u);
  }

  void aSettingsFileEditedByHandIsRead() {
    QSettings settings(dir_->filePath("settings.ini"), QSettings::IniFormat);
    settings.setValue("projects/recent/size", "-5");
    settings.sync();
    QVERIFY(recent_->list().empty());
    settings.setValue("projects/recent/size", 2000000000);
    settings.sync();
    QVERIFY(recent_->list().size() <= 30);
  }

  void pictureNameAndMissingFolders() {
    recent_->add(path("Gone"), "Gone");
    QVERIFY(QDir(dir_->path()).mkpath("Hollow"));
    recent_->add(path("Hollow"), "Hollow");
    const RecentProjectsModel model(*recent_);
    QCOMPARE(model.rowCount(), 4);
    const auto at = [&](int row, int role) { return model.index(row, 0).data(role); };
    QTRY_VERIFY(!at(2, Qt::DecorationRole).value<QImage>().isNull());
    QTRY_VERIFY(at(1, RecentProjectsModel::MissingRole).toString().contains("not there"));
    QTRY_VERIFY(at(0, RecentProjectsModel::MissingRole).toString().contains("no project.json"));
    QTRY_COMPARE(at(2, RecentProjectsModel::CountRole).toString(), QString("1 picture"));
    QCOMPARE(at(2, RecentProjectsModel::NameRole).toString(), QString("New"));
    QVERIFY(at(2, RecentProjectsModel::MissingRole).toString().isEmpty());
    QVERIFY(at(2, RecentProjectsModel::WhenRole).toString().contains("today"));
    QVERIFY(at(2, Qt::DecorationRole).value<QImage>().width() <= 192);
  }

  void openedWithKeysAndFilter() {
    ProjectsDialog dialog(*recent_, {}, dir_->path());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QSignalSpy opened(&dialog, &ProjectsDialog::openAsked);
    QTest::keyClicks(dialog.findChild<QLineEdit*>("projectFilter"), "old");
    auto* list = dialog.findChild<QListView*>("projectList");
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::keyClick(&dialog, Qt::Key_Return);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.first().first().toString(), path("Old"));
    QVERIFY(!dialog.isVisible());
  }

  void openedWithADoubleClick() {
    ProjectsDialog dialog(*recent_, {}, dir_->path());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QSignalSpy opened(&dialog, &ProjectsDialog::openAsked);
    auto* list = dialog.findChild<QListView*>("projectList");
    const QPoint at = list->visualRect(list->model()->index(1, 0)).center();
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, at);
    QTest::mouseDClick(list->viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.first().first().toString(), path("Old"));
  }

  void missingAndOpenOnesCannotBeOpened() {
    recent_->add(path("Gone"), "Gone");
    ProjectsDialog dialog(*recent_, path("New"), dir_->path());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    auto* open = dialog.findChild<QPushButton*>("openProject");
    QTRY_VERIFY(!open->isEnabled());
    auto* list = dialog.findChild<QListView*>("projectList");
    QTest::keyClick(list, Qt::Key_Down);
    QVERIFY(!open->isEnabled());
    QVERIFY(open->toolTip().contains("open"));
    QTest::keyClick(list, Qt::Key_Down);
    QVERIFY(open->isEnabled());
  }

  void removedFromTheListNotFromTheDisk() {
    ProjectsDialog dialog(*recent_, {}, dir_->path());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    auto* list = dialog.findChild<QListView*>("projectList");
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(folders(), QStringList({path("Old")}));
    QVERIFY(QFileInfo(path("New/project.json")).exists());
    QTest::mouseClick(dialog.findChild<QPushButton*>("forgetProject"), Qt::LeftButton);
    QVERIFY(folders().isEmpty());
    QVERIFY(!list->isVisible());
    QVERIFY(!dialog.findChild<QPushButton*>("openProject")->isEnabled());
  }

  void aNewProjectIsNamed() {
    ProjectsDialog dialog(*recent_, {}, dir_->path());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QSignalSpy created(&dialog, &ProjectsDialog::createAsked);
    QTest::mouseClick(dialog.findChild<QPushButton*>("newProject"), Qt::LeftButton);
    auto* form = dialog.findChild<NewProjectDialog*>();
    QVERIFY(form != nullptr);
    auto* create = form->findChild<QPushButton*>("create");
    QVERIFY(!create->isEnabled());
    QTest::keyClicks(form->findChild<QLineEdit*>("name"), "Flags: study/2");
    QVERIFY(create->isEnabled());
    QTest::keyClick(form, Qt::Key_Return);
    QCOMPARE(created.size(), 1);
    QCOMPARE(created.first().at(0).toString(), path("Flags- study-2"));
    QCOMPARE(created.first().at(1).toString(), QString("Flags: study/2"));
  }

  void whatStandsInTheWayIsSaid_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("can");
    QTest::newRow("no name") << ""
                             << ""
                             << "name" << false;
    QTest::newRow("dots") << "..."
                          << ""
                          << "name" << false;
    QTest::newRow("a project is there") << "New"
                                        << ""
                                        << "already" << false;
    QTest::newRow("a file is there") << "settings.ini"
                                     << ""
                                     << "is a file" << false;
    QTest::newRow("place is a file") << "X"
                                     << "settings.ini"
                                     << "not a folder" << false;
    QTest::newRow("relative place") << "X"
                                    << "."
                                    << "whole path" << false;
    QTest::newRow("a folder is there") << "Hollow"
                                       << ""
                                       << "stays" << true;
    QTest::newRow("new") << "X"
                         << ""
                         << "Makes" << true;
  }
  void whatStandsInTheWayIsSaid() {
    QFETCH(QString, name);
    QFETCH(QString, place);
    QFETCH(QString, says);
    QFETCH(bool, can);
    QVERIFY(QDir(dir_->path()).mkpath("Hollow"));
    recent_->remove(path("Old"));  // writes the settings file
    QSettings(dir_->filePath("settings.ini"), QSettings::IniFormat).sync();
    NewProjectDialog form(place.isEmpty() ? dir_->path()
                          : place == "."  ? QString("somewhere")
                                          : dir_->filePath(place));
    form.show();
    QTest::keyClicks(form.findChild<QLineEdit*>("name"), name);
    QCOMPARE(form.findChild<QPushButton*>("create")->isEnabled(), can);
    QString texts;
    for (const auto* label : form.findChildren<QLabel*>()) texts += label->text() + '\n';
    QVERIFY2(texts.contains(says), qPrintable(texts));
  }

 private:
  QString path(const QString& name) { return dir_->filePath(name); }
  QStringList folders() {
    QStringList all;
    for (const RecentProject& one : recent_->list()) all << one.folder;
    return all;
  }

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<RecentProjects> recent_;
};

QTEST_MAIN(TestProjectsDialog)
#include "tst_projects_dialog.moc"
