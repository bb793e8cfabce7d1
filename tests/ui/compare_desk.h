// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A compare view under its bar, for tests that use both as a person does.
#pragma once

#include "ui/compare_view.h"
#include "ui/view_bar.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QMouseEvent>
#include <QTest>
#include <QVBoxLayout>

namespace studio::test {

using namespace studio::ui;

inline constexpr QRgb kRed = qRgb(255, 0, 0), kBlue = qRgb(0, 0, 255), kGreen = qRgb(0, 255, 0),
                      kGrey = qRgb(90, 90, 90);

inline QImage plain(QRgb colour, int width = 64, int height = 64) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(colour);
  return image;
}

// Its pixels tell where they are.
inline QImage chart(int width = 64, int height = 64) {
  QImage image(width, height, QImage::Format_RGB32);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image.setPixel(x, y, qRgb(3 * x, 3 * y, 100));
  }
  return image;
}

// The view under its bar, A red and B blue.
struct Desk {
  explicit Desk(QSize size = {500, 420}) {
    auto* layout = new QVBoxLayout(&window);
    layout->setContentsMargins(0, 0, 0, 0);
    view = new CompareView(&window);
    bar = new ViewBar(*view, &window);
    layout->addWidget(bar);
    layout->addWidget(view, 1);
    window.resize(900, 600);
    window.show();
    view->setFixedSize(size);
    view->setPicture(Side::Twin, plain(kRed));
    view->setPicture(Side::Guided, plain(kBlue));
    if (!QTest::qWaitForWindowExposed(&window)) qWarning("the window was not exposed");
  }
  void showMany(int count) {
    const QRgb colours[] = {kRed, kBlue, kGreen, kGrey};
    std::vector<ComparePicture> pictures;
    for (int i = 0; i < count; ++i) {
      GenerationRequest request;
      request.seed = i;
      pictures.push_back({plain(colours[i]), QString::number(i), request});
    }
    view->setPictures(std::move(pictures));
  }
  QRgb at(double x, double y) const {
    const QImage image = view->renderPicture();
    return image.pixel(int(x * image.width()), int(y * image.height()));
  }
  QRgb middleOf(int index) const {
    return view->renderPicture().pixel(
        (view->frameOf(index) & view->cellOf(index)).center().toPoint());
  }
  void drag(QPoint from, QPoint to, Qt::KeyboardModifiers keys = {}) const {
    QTest::mousePress(view, Qt::LeftButton, keys, from);
    for (const QPoint& point : {(from + to) / 2, to}) {
      QMouseEvent move(
          QEvent::MouseMove, point, view->mapToGlobal(point), Qt::NoButton, Qt::LeftButton, keys);
      QApplication::sendEvent(view, &move);
    }
    QTest::mouseRelease(view, Qt::LeftButton, keys, to);
  }
  QPoint centre() const { return view->rect().center(); }
  template <class T>
  T* find(const char* name) const {
    return window.findChild<T*>(QLatin1String(name));
  }

  QWidget window;
  CompareView* view;
  ViewBar* bar;
};

inline void type(QAbstractSpinBox* box, const QString& text) {
  box->setFocus();
  box->selectAll();
  QTest::keyClicks(box, text);
  QTest::keyClick(box, Qt::Key_Return);
}

}  // namespace studio::test
