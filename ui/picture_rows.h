// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of a panel whose parameter is a picture's path: each gets a well that shows the picture
// as the job sees it. Everything follows from the declarations.
#pragma once

#include "core/api/engine.h"
#include "ui/pool_tasks.h"

#include <QColor>
#include <QImage>
#include <QObject>

#include <optional>
#include <vector>

class QToolButton;

namespace studio::ui {

class ParamForm;
class ParamRow;
class PictureWell;

class PictureRows : public QObject {
  Q_OBJECT
 public:
  // The forms outlive it.
  PictureRows(const std::vector<ParamForm*>& forms,
              const Catalogue& catalogue,
              QObject* parent = nullptr);
  ~PictureRows() override;

  // Null takes it away and waits for what is being read. It must outlive this otherwise.
  void setEngine(Engine* engine);
  void showRequest(const GenerationRequest& request);
  // Reads again what may have changed in its file.
  void refresh();
  PictureWell* well(const std::string& path) const;  // null when that is no picture

 Q_SIGNALS:
  // A mask shall be painted; `path`: its parameter's.
  void paintAsked(const std::string& path);

 private:
  struct Entry {
    ParamRow* row = nullptr;
    PictureWell* well = nullptr;
    QToolButton* paint = nullptr;
    JobParam param;
    std::string under;   // the path of the picture below, "" without
    std::string wanted;  // all that the shown picture depends on
    std::string asked;   // the same of what is being read or shown
    bool reading = false;
  };
  struct Seen {
    QImage image;
    QString facts, problem;
  };
  static Seen see(Engine& engine,
                  const GenerationRequest& request,
                  const Entry& entry,
                  int side_px,
                  QColor tint);
  std::string keyOf(const Entry& entry) const;
  void ask(std::size_t index);

  const Catalogue& catalogue_;
  std::vector<Entry> entries_;
  GenerationRequest request_;
  Engine* engine_ = nullptr;
  int refreshed_ = 0;
  PoolTasks tasks_{nullptr, 1};  // one picture at a time: they may be large
};

// The picture no larger than `side_px`. Of thin white lines on black what is left after shrinking
// is made bright again.
QImage thumbnailOf(const QImage& picture, int side_px);
// The picture with a mask's white parts tinted over it. Of one size.
QImage withMask(const QImage& picture, const QImage& mask, QColor tint);

}  // namespace studio::ui
