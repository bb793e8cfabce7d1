// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The projects opened last, with their pictures; opening another and making a new one.
#pragma once

#include "ui/project_recent.h"
#include "ui/project_tasks.h"

#include <QAbstractListModel>
#include <QDialog>
#include <QHash>

#include <atomic>
#include <memory>

class QLabel;
class QLineEdit;
class QListView;
class QPushButton;
class QSortFilterProxyModel;

namespace studio::ui {

class RecentProjectsModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role {
    FolderRole = Qt::UserRole + 1,
    NameRole,
    WhenRole,
    CountRole,
    MissingRole,
    SearchRole
  };

  explicit RecentProjectsModel(const RecentProjects& recent, QObject* parent = nullptr);
  ~RecentProjectsModel() override;

  // Reads the list again; the disk is looked at behind it, one project after the other.
  void reload();
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QString missingText(const ProjectGlance& glance) const;

  const RecentProjects& recent_;
  std::vector<RecentProject> projects_;
  QHash<QString, ProjectGlance> glances_;
  SerialTasks tasks_;
  std::shared_ptr<std::atomic<bool>> closing_ = std::make_shared<std::atomic<bool>>(false);
};

class ProjectsDialog : public QDialog {
  Q_OBJECT
 public:
  // `current`: the folder of the open project, or "". `place`: where new projects are made.
  ProjectsDialog(RecentProjects& recent,
                 const QString& current,
                 const QString& place,
                 QWidget* parent = nullptr);

 Q_SIGNALS:
  void openAsked(const QString& folder);
  void createAsked(const QString& folder, const QString& name);

 private:
  QWidget* makeList();
  QString selectedFolder() const;
  void refresh();
  void openSelected();
  void forgetSelected();
  void openDialog();
  void newDialog();

  RecentProjects& recent_;
  const QString current_, place_;
  RecentProjectsModel* model_;
  QSortFilterProxyModel* filter_model_;
  QLineEdit* filter_;
  QListView* list_;
  QLabel* empty_;
  QPushButton *open_, *forget_;
};

// Name and place of a new project; says what stands in the way while it is typed.
class NewProjectDialog : public QDialog {
  Q_OBJECT
 public:
  explicit NewProjectDialog(const QString& place, QWidget* parent = nullptr);

  // The folder that would be made; "" when the fields do not give one.
  QString folder() const;

 Q_SIGNALS:
  void createAsked(const QString& folder, const QString& name);

 private:
  void refresh();
  void browse();

  QLineEdit *name_, *place_;
  QLabel* hint_;
  QPushButton* create_;
};

}  // namespace studio::ui
