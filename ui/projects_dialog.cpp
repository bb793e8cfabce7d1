// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The projects opened last.
#include "ui/projects_dialog.h"

#include "ui/param_row.h"
#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStyle>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace studio::ui {
namespace {

constexpr int kThumb = 64;
constexpr int kThumbPx = 3 * kThumb;  // sharp up to three device pixels a pixel
constexpr int kPad = 8;
constexpr int kRowHeight = kThumb + 2 * kPad + 2;
constexpr int kLongestName = 120;

class ProjectDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {300, kRowHeight};
  }

  void paint(QPainter* painter,
             const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Theme& t = theme();
    const bool selected = option.state & QStyle::State_Selected;
    const bool hovered = option.state & QStyle::State_MouseOver;
    const bool focused = selected && (option.state & QStyle::State_HasFocus);
    const QRectF card = QRectF(option.rect).adjusted(0, 1, 0, -1);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(selected ? QPen(t.accent, focused ? 1.8 : 1.0) : QPen(Qt::NoPen));
    painter->setBrush(selected || hovered ? QBrush(t.hover) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6);
    const QRectF picture(card.left() + kPad, card.top() + kPad, kThumb, kThumb);
    drawPicture(*painter, picture, index);
    drawText(*painter,
             QRectF(picture.right() + 12,
                    picture.top() + 4,
                    card.right() - picture.right() - 24,
                    picture.height() - 8),
             option.font,
             index);
    painter->restore();
  }

 private:
  static void drawPicture(QPainter& painter, const QRectF& frame, const QModelIndex& index) {
    const Theme& t = theme();
    const QImage image = index.data(Qt::DecorationRole).value<QImage>();
    QPainterPath path;
    path.addRoundedRect(frame, 5, 5);
    painter.save();
    if (image.isNull()) {
      const bool missing = !index.data(RecentProjectsModel::MissingRole).toString().isEmpty();
      painter.setPen(QPen(t.line, 1, missing ? Qt::DashLine : Qt::SolidLine));
      painter.setBrush(missing ? Qt::NoBrush : QBrush(t.line));
      painter.drawPath(path);
    } else {
      painter.setClipPath(path);
      painter.setRenderHint(QPainter::SmoothPixmapTransform);
      const QSizeF size = QSizeF(image.size()).scaled(frame.size(), Qt::KeepAspectRatioByExpanding);
      painter.drawImage(QRectF(frame.center() - QPointF(size.width() / 2, size.height() / 2), size),
                        image);
    }
    painter.restore();
  }

  static void drawText(QPainter& painter,
                       const QRectF& area,
                       const QFont& font,
                       const QModelIndex& index) {
    const Theme& t = theme();
    const QString missing = index.data(RecentProjectsModel::MissingRole).toString();
    QFont small = font;
    small.setPixelSize(12);
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const double line = area.height() / 3;
    const QFontMetricsF small_metrics(small);
    const QString when = index.data(RecentProjectsModel::WhenRole).toString();
    const double when_width = small_metrics.horizontalAdvance(when);
    const QRectF first(area.left(), area.top(), area.width(), line);
    painter.setFont(small);
    painter.setPen(t.muted);
    painter.drawText(first, Qt::AlignRight | Qt::AlignVCenter, when);
    painter.setFont(bold);
    painter.setPen(missing.isEmpty() ? t.text : t.muted);
    painter.drawText(
        first,
        Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetricsF(bold).elidedText(index.data(RecentProjectsModel::NameRole).toString(),
                                       Qt::ElideRight,
                                       first.width() - when_width - 12));
    painter.setFont(small);
    painter.setPen(t.muted);
    const QString folder =
        QDir::toNativeSeparators(index.data(RecentProjectsModel::FolderRole).toString());
    painter.drawText(first.translated(0, line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     small_metrics.elidedText(folder, Qt::ElideMiddle, first.width()));
    painter.setPen(missing.isEmpty() ? t.muted : t.bad);
    painter.drawText(
        first.translated(0, 2 * line),
        Qt::AlignLeft | Qt::AlignVCenter,
        missing.isEmpty() ? index.data(RecentProjectsModel::CountRole).toString() : missing);
  }
};

QString whenText(const QDateTime& time) {
  if (!time.isValid()) return {};
  const QDate today = QDate::currentDate();
  const QString clock = QLocale().toString(time.time(), QStringLiteral("HH:mm"));
  if (time.date() == today) return ProjectsDialog::tr("today, %1").arg(clock);
  if (time.date() == today.addDays(-1)) return ProjectsDialog::tr("yesterday, %1").arg(clock);
  return QLocale().toString(time.date(), QLocale::ShortFormat);
}

}  // namespace

RecentProjectsModel::RecentProjectsModel(const RecentProjects& recent, QObject* parent)
    : QAbstractListModel(parent), recent_(recent) {
  reload();
}

// A folder on a disk that sleeps must not hold the dialog: what has not begun is left.
RecentProjectsModel::~RecentProjectsModel() { *closing_ = true; }

void RecentProjectsModel::reload() {
  beginResetModel();
  projects_ = recent_.list();
  endResetModel();
  for (const RecentProject& project : projects_) {
    if (glances_.contains(project.folder)) continue;
    tasks_.run([folder = project.folder,
                closing = closing_] { return glanceAt(folder, kThumbPx, *closing); },
               [this, folder = project.folder](const ProjectGlance& glance) {
                 glances_[folder] = glance;
                 for (int row = 0; row < rowCount(); ++row) {
                   if (projects_[static_cast<std::size_t>(row)].folder == folder)
                     Q_EMIT dataChanged(index(row, 0), index(row, 0));
                 }
               });
  }
}

int RecentProjectsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(projects_.size());
}

QVariant RecentProjectsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const RecentProject& project = projects_[static_cast<std::size_t>(index.row())];
  const ProjectGlance glance = glances_.value(project.folder);
  const QString name = glance.name.isEmpty() ? project.name : glance.name;
  switch (role) {
    case Qt::DisplayRole:
    case NameRole:
      return name.isEmpty() ? QDir(project.folder).dirName() : name;
    case Qt::DecorationRole:
      return glance.picture;
    case Qt::ToolTipRole:
      return QDir::toNativeSeparators(project.folder);
    case Qt::AccessibleTextRole:
      return QStringList{name, project.folder, missingText(glance)}.join(QStringLiteral(", "));
    case FolderRole:
      return project.folder;
    case WhenRole:
      return whenText(project.opened);
    case CountRole:
      if (glance.state == ProjectGlance::State::Unknown) return QString();
      return glance.pictures == 1 ? tr("1 picture") : tr("%1 pictures").arg(glance.pictures);
    case MissingRole:
      return missingText(glance);
    case SearchRole:
      return name + QChar('\n') + project.folder;
    default:
      return {};
  }
}

QString RecentProjectsModel::missingText(const ProjectGlance& glance) const {
  if (glance.state == ProjectGlance::State::FolderMissing)
    return tr("The folder is not there: moved, deleted, or on a disk that is not connected");
  if (glance.state == ProjectGlance::State::NoProject)
    return tr("The folder holds no project.json any more");
  return {};
}

ProjectsDialog::ProjectsDialog(RecentProjects& recent,
                               const QString& current,
                               const QString& place,
                               QWidget* parent)
    : QDialog(parent),
      recent_(recent),
      current_(current),
      place_(place),
      model_(new RecentProjectsModel(recent, this)),
      filter_model_(new QSortFilterProxyModel(this)),
      filter_(new QLineEdit(this)),
      list_(new QListView(this)),
      empty_(new QLabel(this)),
      open_(new QPushButton(tr("Open"), this)),
      forget_(new QPushButton(tr("&Remove from list"), this)) {
  setObjectName(QStringLiteral("projects"));
  setWindowTitle(tr("Projects"));
  resize(620, 520);
  auto* create = new QPushButton(tr("&New project…"), this);
  create->setObjectName(QStringLiteral("newProject"));
  auto* folder = new QPushButton(tr("Open &folder…"), this);
  folder->setObjectName(QStringLiteral("openFolder"));
  open_->setObjectName(QStringLiteral("openProject"));
  forget_->setObjectName(QStringLiteral("forgetProject"));
  forget_->setToolTip(tr("Only takes it off this list; the folder stays as it is"));
  for (QPushButton* button : {create, folder, forget_}) button->setAutoDefault(false);
  open_->setDefault(true);
  auto* close = new QPushButton(tr("Close"), this);
  close->setAutoDefault(false);
  auto* top = new QHBoxLayout;
  top->setSpacing(8);
  top->addWidget(filter_, 1);
  top->addWidget(folder);
  top->addWidget(create);
  auto* bottom = new QHBoxLayout;
  bottom->setSpacing(8);
  bottom->addWidget(forget_);
  bottom->addStretch(1);
  bottom->addWidget(close);
  bottom->addWidget(open_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(12);
  layout->addLayout(top);
  layout->addWidget(makeList(), 1);
  layout->addLayout(bottom);
  connect(create, &QPushButton::clicked, this, &ProjectsDialog::newDialog);
  connect(folder, &QPushButton::clicked, this, &ProjectsDialog::openDialog);
  connect(open_, &QPushButton::clicked, this, &ProjectsDialog::openSelected);
  connect(forget_, &QPushButton::clicked, this, &ProjectsDialog::forgetSelected);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  if (filter_model_->rowCount() > 0) list_->setCurrentIndex(filter_model_->index(0, 0));
  refresh();
  list_->setFocus();
}

QWidget* ProjectsDialog::makeList() {
  filter_->setObjectName(QStringLiteral("projectFilter"));
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setAccessibleName(tr("Filter projects by name or folder"));
  filter_->setClearButtonEnabled(true);
  filter_model_->setSourceModel(model_);
  filter_model_->setFilterRole(RecentProjectsModel::SearchRole);
  filter_model_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  list_->setObjectName(QStringLiteral("projectList"));
  list_->setAccessibleName(tr("Projects opened last"));
  list_->setModel(filter_model_);
  list_->setItemDelegate(new ProjectDelegate(list_));
  list_->setUniformItemSizes(true);
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  list_->setMouseTracking(true);
  list_->viewport()->setAutoFillBackground(false);
  auto* remove = new QAction(list_);
  remove->setShortcut(QKeySequence::Delete);
  remove->setShortcutContext(Qt::WidgetShortcut);
  list_->addAction(remove);
  empty_->setObjectName(QStringLiteral("note"));
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  auto* box = new QWidget(this);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(list_, 1);
  layout->addWidget(empty_, 1);
  connect(remove, &QAction::triggered, this, &ProjectsDialog::forgetSelected);
  connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
    filter_model_->setFilterFixedString(text);
    if (!list_->currentIndex().isValid() && filter_model_->rowCount() > 0)
      list_->setCurrentIndex(filter_model_->index(0, 0));
    refresh();
  });
  connect(list_, &QListView::doubleClicked, this, &ProjectsDialog::openSelected);
  connect(list_->selectionModel(),
          &QItemSelectionModel::currentChanged,
          this,
          &ProjectsDialog::refresh);
  connect(filter_model_, &QAbstractItemModel::dataChanged, this, &ProjectsDialog::refresh);
  return box;
}

QString ProjectsDialog::selectedFolder() const {
  return list_->currentIndex().data(RecentProjectsModel::FolderRole).toString();
}

void ProjectsDialog::refresh() {
  const bool any = filter_model_->rowCount() > 0;
  list_->setVisible(any);
  empty_->setVisible(!any);
  empty_->setText(
      model_->rowCount() == 0
          ? tr("Projects you open gather here. A project is a folder with its pictures, "
               "sweeps, presets and settings.")
          : tr("No project matches “%1”.").arg(filter_->text()));
  const QString folder = selectedFolder();
  const bool missing =
      !list_->currentIndex().data(RecentProjectsModel::MissingRole).toString().isEmpty();
  const bool is_open = !folder.isEmpty() && folder == current_;
  open_->setEnabled(any && !folder.isEmpty() && !missing && !is_open);
  open_->setToolTip(is_open ? tr("This project is open") : QString());
  forget_->setEnabled(any && !folder.isEmpty());
}

void ProjectsDialog::openSelected() {
  if (!open_->isEnabled()) return;
  const QString folder = selectedFolder();
  accept();
  Q_EMIT openAsked(folder);
}

void ProjectsDialog::forgetSelected() {
  if (!forget_->isEnabled()) return;
  const int row = list_->currentIndex().row();
  recent_.remove(selectedFolder());
  model_->reload();
  const int rows = filter_model_->rowCount();
  if (rows > 0) list_->setCurrentIndex(filter_model_->index(std::min(row, rows - 1), 0));
  refresh();
}

void ProjectsDialog::openDialog() {
  auto* dialog = new QFileDialog(this, tr("Open a project's folder"), place_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    accept();
    Q_EMIT openAsked(folder);
  });
  dialog->open();
}

void ProjectsDialog::newDialog() {
  auto* dialog = new NewProjectDialog(place_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog,
          &NewProjectDialog::createAsked,
          this,
          [this](const QString& folder, const QString& name) {
            accept();
            Q_EMIT createAsked(folder, name);
          });
  dialog->open();
}

NewProjectDialog::NewProjectDialog(const QString& place, QWidget* parent)
    : QDialog(parent),
      name_(new QLineEdit(this)),
      place_(new QLineEdit(QDir::toNativeSeparators(place), this)),
      hint_(new QLabel(this)) {
  setObjectName(QStringLiteral("newProjectDialog"));
  setWindowTitle(tr("New project"));
  resize(520, 0);
  name_->setObjectName(QStringLiteral("name"));
  name_->setMaxLength(kLongestName);
  name_->setPlaceholderText(tr("Flags study"));
  place_->setObjectName(QStringLiteral("place"));
  hint_->setObjectName(QStringLiteral("note"));
  hint_->setWordWrap(true);
  hint_->setMinimumHeight(36);
  hint_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  auto* browse = new QPushButton(tr("&Browse…"), this);
  browse->setAutoDefault(false);
  auto* place_row = new QHBoxLayout;
  place_row->setSpacing(8);
  place_row->addWidget(place_, 1);
  place_row->addWidget(browse);
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(12);
  form->setVerticalSpacing(8);
  form->addRow(tr("&Name"), name_);
  auto* place_label = new QLabel(tr("In f&older"), this);
  place_label->setBuddy(place_);
  form->addRow(place_label, place_row);
  place_->setAccessibleName(tr("Folder in which the project's folder is made"));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  create_ = buttons->addButton(tr("Create"), QDialogButtonBox::AcceptRole);
  create_->setObjectName(QStringLiteral("create"));
  create_->setDefault(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(12);
  layout->addLayout(form);
  layout->addWidget(hint_);
  layout->addWidget(buttons);
  connect(name_, &QLineEdit::textChanged, this, &NewProjectDialog::refresh);
  connect(place_, &QLineEdit::textChanged, this, &NewProjectDialog::refresh);
  connect(browse, &QPushButton::clicked, this, &NewProjectDialog::browse);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    if (!create_->isEnabled()) return;
    const QString made = folder();
    const QString name = name_->text().simplified();
    accept();
    Q_EMIT createAsked(made, name);
  });
  refresh();
  name_->setFocus();
}

QString NewProjectDialog::folder() const {
  QString stem = name_->text().simplified();
  // Characters that one or another file system refuses.
  for (QChar& c : stem) {
    if (QStringLiteral("/\\:*?\"<>|").contains(c) || !c.isPrint()) c = '-';
  }
  while (stem.startsWith('.')) stem.remove(0, 1);
  while (stem.endsWith('.') || stem.endsWith(' ')) stem.chop(1);
  const QString place = QDir::fromNativeSeparators(place_->text().trimmed());
  if (stem.isEmpty() || place.isEmpty() || QDir::isRelativePath(place)) return {};
  return QDir::cleanPath(QDir(place).filePath(stem));
}

void NewProjectDialog::refresh() {
  const QString place = QDir::fromNativeSeparators(place_->text().trimmed());
  const QString made = folder();
  QString problem;
  if (place.isEmpty() || QDir::isRelativePath(place)) {
    problem = tr("Choose a folder by its whole path.");
  } else if (QFileInfo(place).exists() && !QFileInfo(place).isDir()) {
    problem = tr("%1 is a file, not a folder.").arg(QDir::toNativeSeparators(place));
  } else if (!made.isEmpty() && QFileInfo(made).exists() && !QFileInfo(made).isDir()) {
    problem = tr("%1 is a file; choose another name.").arg(QDir::toNativeSeparators(made));
  } else if (!made.isEmpty() &&
             QFileInfo::exists(QDir(made).filePath(QStringLiteral("project.json")))) {
    problem = tr("%1 holds a project already.").arg(QDir::toNativeSeparators(made));
  }
  setWrong(place_, !problem.isEmpty());
  hint_->setObjectName(problem.isEmpty() ? QStringLiteral("note") : QStringLiteral("rowError"));
  style()->unpolish(hint_);
  style()->polish(hint_);
  create_->setEnabled(problem.isEmpty() && !made.isEmpty());
  if (!problem.isEmpty()) return hint_->setText(problem);
  if (made.isEmpty()) return hint_->setText(tr("Give the project a name."));
  hint_->setText(QFileInfo(made).isDir()
                     ? tr("%1 exists; what is in it stays.").arg(QDir::toNativeSeparators(made))
                     : tr("Makes %1.").arg(QDir::toNativeSeparators(made)));
}

void NewProjectDialog::browse() {
  auto* dialog = new QFileDialog(this, tr("Folder for the new project"), place_->text());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    place_->setText(QDir::toNativeSeparators(path));
  });
  dialog->open();
}

}  // namespace studio::ui
