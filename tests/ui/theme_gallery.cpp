// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every styled widget in its states, in one theme, and every glyph: to look at, and for pictures of
// it.
#include "ui/icons.h"
#include "ui/status_strip.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QCommandLineParser>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QSplitter>
#include <QTabBar>
#include <QTableWidget>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>

#include <cstdio>

using namespace studio::ui;

namespace {

QLabel* heading(const QString& text) {
  auto* label = new QLabel(text.toUpper());
  label->setProperty("role", "heading");
  return label;
}

template <class T>
T* disabled(T* widget) {
  widget->setEnabled(false);
  return widget;
}

QHBoxLayout* row(const QList<QWidget*>& widgets, int spacing = 8) {
  auto* layout = new QHBoxLayout;
  layout->setSpacing(spacing);
  for (QWidget* widget : widgets) layout->addWidget(widget);
  layout->addStretch(1);
  return layout;
}

QPushButton* button(const QString& text, const char* property = nullptr) {
  auto* made = new QPushButton(text);
  if (property != nullptr) made->setProperty(property, true);
  return made;
}

QToolButton* tool(const QString& text, Glyph glyph) {
  auto* made = new QToolButton;
  made->setText(text);
  made->setIcon(glyphIcon(glyph));
  made->setToolButtonStyle(text.isEmpty() ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
  return made;
}

QLayout* buttons() {
  auto* all = new QVBoxLayout;
  all->addWidget(heading("Buttons"));
  auto* flat = button("Flat");
  flat->setFlat(true);
  auto* checked = button("Checked");
  checked->setCheckable(true);
  checked->setChecked(true);
  auto* focused = button("Focused");
  QTimer::singleShot(0, focused, [focused] { focused->setFocus(); });
  all->addLayout(row({button("Usual"),
                      button("Primary", "primary"),
                      button("Delete", "danger"),
                      button("Quiet", "quiet"),
                      flat,
                      checked,
                      focused}));
  auto* menu_button = button("Menu");
  auto* menu = new QMenu(menu_button);
  menu->addAction(glyphIcon(Glyph::Copy), "Copy");
  menu_button->setMenu(menu);
  all->addLayout(row({disabled(button("Disabled")),
                      disabled(button("Primary", "primary")),
                      disabled(button("Delete", "danger")),
                      disabled(button("Quiet", "quiet")),
                      menu_button}));
  auto* split = tool("Export", Glyph::Export);
  split->setPopupMode(QToolButton::MenuButtonPopup);
  split->setMenu(menu);
  auto* instant = tool("More", Glyph::More);
  instant->setPopupMode(QToolButton::InstantPopup);
  instant->setMenu(menu);
  all->addLayout(row({tool("", Glyph::Play),
                      tool("", Glyph::Pause),
                      disabled(tool("", Glyph::Stop)),
                      tool("Filter", Glyph::Filter),
                      disabled(tool("Sort", Glyph::Sort)),
                      split,
                      instant}));
  QList<QAbstractButton*> segments;
  QList<QWidget*> segment_widgets;
  for (const char* text : {"Grid", "Pad", "Filmstrip", "Plot"}) {
    auto* segment = new QPushButton(text);
    segment->setCheckable(true);
    segment->setAutoExclusive(true);
    segments << segment;
    segment_widgets << segment;
  }
  segments[1]->setChecked(true);
  disabled(segments[3]);
  joinButtons(segments);
  all->addLayout(row(segment_widgets, 0));
  QList<QWidget*> chips;
  for (const char* kind : {"note", "good", "warn", "bad"}) {
    auto* chip = new QLabel(QStringLiteral("0.5 ") + kind);
    chip->setProperty("chip", kind);
    chips << chip;
  }
  auto* tag = new QToolButton;
  tag->setText("tag");
  tag->setProperty("chip", "note");
  auto* tag_on = new QToolButton;
  tag_on->setText("chosen tag");
  tag_on->setCheckable(true);
  tag_on->setChecked(true);
  tag_on->setProperty("chip", "note");
  chips << tag << tag_on;
  all->addLayout(row(chips, 4));
  return all;
}

QLayout* fields() {
  auto* all = new QVBoxLayout;
  all->addWidget(heading("Fields"));
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(16);
  form->setVerticalSpacing(8);
  auto* empty = new QLineEdit;
  empty->setPlaceholderText("Placeholder");
  auto* wrong = new QLineEdit("40");
  wrong->setProperty("wrong", true);
  auto* error = new QLabel("40 is above the largest SEG scale, 20");
  error->setProperty("role", "error");
  form->addRow("Line", new QLineEdit("Text"));
  form->addRow("Empty", empty);
  form->addRow("Refused", wrong);
  form->addRow("", error);
  form->addRow("Disabled", disabled(new QLineEdit("Text")));
  auto* read_only = new QLineEdit("Read only");
  read_only->setReadOnly(true);
  form->addRow("Read only", read_only);
  auto* combo = new QComboBox;
  combo->addItems({"Euler", "DDIM", "UniPC"});
  form->addRow("Combo", combo);
  auto* editable = new QComboBox;
  editable->setEditable(true);
  editable->addItems({"mid", "up"});
  form->addRow("Editable", editable);
  form->addRow("Disabled", disabled(new QComboBox));
  auto* spin = new QSpinBox;
  spin->setSuffix(" s");
  spin->setValue(10);
  auto* real = new QDoubleSpinBox;
  real->setValue(2.5);
  form->addRow("Spin", spin);
  form->addRow("Real", real);
  form->addRow("Disabled", disabled(new QSpinBox));
  auto* text = new QPlainTextEdit("Several lines\nof a prompt");
  text->setFixedHeight(64);
  form->addRow("Text", text);
  all->addLayout(form);
  return all;
}

QLayout* choices() {
  auto* all = new QVBoxLayout;
  all->addWidget(heading("Choices"));
  for (const bool enabled : {true, false}) {
    auto* off = new QCheckBox("Off");
    auto* on = new QCheckBox("On");
    auto* part = new QCheckBox("Partly");
    on->setChecked(true);
    part->setTristate(true);
    part->setCheckState(Qt::PartiallyChecked);
    auto* group = new QWidget;
    auto* radio_off = new QRadioButton("No", group);
    auto* radio_on = new QRadioButton("Yes", group);
    radio_on->setChecked(true);
    group->setLayout(row({off, on, part, radio_off, radio_on}));
    group->layout()->setContentsMargins(0, 0, 0, 0);
    group->setEnabled(enabled);
    all->addWidget(group);
  }
  for (const bool enabled : {true, false}) {
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setValue(40);
    slider->setEnabled(enabled);
    all->addWidget(slider);
  }
  auto* thin = new QProgressBar;
  thin->setTextVisible(false);
  thin->setValue(62);
  auto* thick = new QProgressBar;
  thick->setValue(62);
  all->addWidget(thin);
  all->addWidget(thick);
  auto* tabs = new QTabBar;
  for (const char* name : {"Sweep", "Gallery", "Queue", "Disabled"}) tabs->addTab(name);
  tabs->setTabEnabled(3, false);
  tabs->setTabsClosable(false);
  tabs->setDrawBase(false);
  tabs->setExpanding(false);
  all->addWidget(tabs);
  auto* bar = new QScrollBar(Qt::Horizontal);
  bar->setRange(0, 100);
  bar->setPageStep(30);
  all->addWidget(bar);
  auto* group = new QGroupBox("Group");
  group->setCheckable(true);
  auto* inner = new QVBoxLayout(group);
  inner->addWidget(new QLabel("Inside a group"));
  auto* note = new QLabel("A note steps back");
  note->setProperty("role", "note");
  inner->addWidget(note);
  all->addWidget(group);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  box->button(QDialogButtonBox::Ok)->setDefault(true);
  all->addWidget(box);
  return all;
}

QWidget* views() {
  auto* split = new QSplitter(Qt::Horizontal);
  auto* tree = new QTreeWidget;
  tree->setHeaderLabels({"Name", "Value"});
  tree->setAlternatingRowColors(true);
  for (const char* name : {"Sampling", "Guidance"}) {
    auto* top = new QTreeWidgetItem(tree, {name});
    for (int i = 0; i < 3; ++i) new QTreeWidgetItem(top, {QStringLiteral("Row %1").arg(i), "3.0"});
  }
  tree->topLevelItem(0)->setExpanded(true);
  tree->setCurrentItem(tree->topLevelItem(0)->child(1));
  tree->topLevelItem(0)->child(2)->setDisabled(true);
  auto* table = new QTableWidget(8, 3);
  table->setHorizontalHeaderLabels({"Cell", "Time", "Seed"});
  table->setSortingEnabled(true);
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 3; ++x) table->setItem(y, x, new QTableWidgetItem(QString::number(y * x)));
  }
  table->item(2, 0)->setCheckState(Qt::Checked);
  table->item(3, 0)->setCheckState(Qt::Unchecked);
  table->selectRow(1);
  auto* list = new QListWidget;
  for (int i = 0; i < 12; ++i) list->addItem(QStringLiteral("Preset %1").arg(i));
  list->setCurrentRow(2);
  split->addWidget(tree);
  split->addWidget(table);
  split->addWidget(list);
  split->setSizes({320, 380, 220});
  split->setFixedHeight(230);
  return split;
}

QWidget* menus() {
  auto* menu = new QMenu;
  menu->setWindowFlags(Qt::Widget);
  menu->addAction(glyphIcon(Glyph::Copy), "Copy the parameters")
      ->setShortcut(QKeySequence("Ctrl+C"));
  auto* checked = menu->addAction("Numbers");
  checked->setCheckable(true);
  checked->setChecked(true);
  menu->addSeparator();
  menu->addAction(glyphIcon(Glyph::Trash), "Move to the wastebasket")->setEnabled(false);
  QMenu* sub = menu->addMenu("Theme");
  sub->addAction("Dark");
  menu->setActiveAction(checked);
  return menu;
}

QWidget* glyphs() {
  auto* sheet = new QWidget;
  auto* grid = new QGridLayout(sheet);
  grid->setSpacing(6);
  int index = 0;
  for (const Glyph glyph : allGlyphs()) {
    auto* cell = new QWidget;
    auto* layout = new QVBoxLayout(cell);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->setSpacing(2);
    auto* icons = new QHBoxLayout;
    for (const int side : {16, 24, 32}) {
      auto* picture = new QLabel;
      picture->setPixmap(glyphIcon(glyph).pixmap(QSize(side, side), qApp->devicePixelRatio()));
      icons->addWidget(picture, 0, Qt::AlignCenter);
    }
    auto* off = new QLabel;
    off->setPixmap(
        glyphIcon(glyph).pixmap(QSize(16, 16), qApp->devicePixelRatio(), QIcon::Disabled));
    icons->addWidget(off, 0, Qt::AlignCenter);
    layout->addLayout(icons);
    auto* name = new QLabel(glyphName(glyph));
    name->setProperty("role", "note");
    name->setAlignment(Qt::AlignCenter);
    layout->addWidget(name);
    grid->addWidget(cell, index / 8, index % 8);
    ++index;
  }
  return sheet;
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOptions({{"light", "Light theme."},
                     {"glyphs", "The sheet of glyphs."},
                     {"text-px", "Size of the text.", "px", "13"},
                     {"sheet", "Prints the style sheet and ends."},
                     {"shot", "Writes a picture and ends.", "file"}});
  parser.process(app);
  setInterfaceTextPx(parser.value("text-px").toInt());
  applyTheme(app, parser.isSet("light") ? lightTheme() : darkTheme());
  if (parser.isSet("sheet")) return std::puts(qPrintable(app.styleSheet())) < 0;
  QDialog window;
  auto* all = new QVBoxLayout(&window);
  all->setContentsMargins(24, 16, 24, 16);
  all->setSpacing(16);
  if (parser.isSet("glyphs")) {
    all->addWidget(glyphs());
  } else {
    auto* columns = new QHBoxLayout;
    columns->setSpacing(32);
    auto* left = new QVBoxLayout;
    left->addLayout(buttons());
    left->addWidget(heading("Menu"));
    left->addWidget(menus(), 0, Qt::AlignLeft);
    left->addStretch(1);
    columns->addLayout(left);
    columns->addLayout(fields());
    columns->addLayout(choices(), 1);
    all->addLayout(columns);
    all->addWidget(views());
    auto* strip = new StatusStrip;
    strip->showProgress("Sweep: cell 15 of 16 · step 9 of 20", 0.9, 3);
    strip->setQueue(3);
    strip->setGallerySize(142);
    strip->setSaved("12:04");
    all->addWidget(strip);
  }
  window.show();
  if (parser.isSet("shot")) {
    QTimer::singleShot(400, &window, [&] {
      const bool written = window.grab().save(parser.value("shot"));
      QApplication::exit(written ? 0 : 1);
    });
  }
  return QApplication::exec();
}
