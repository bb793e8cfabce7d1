// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the index keeps of one picture file: its job in searchable form.
#pragma once

#include "ui/gallery_types.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace studio {
class Engine;
}

namespace studio::ui {

struct GalleryReading {
  GalleryKind kind = GalleryKind::Broken;
  int width_px = 0, height_px = 0;
  QString model, caption, prompt, problem;
  QString words;  // searchable text, through searchable()
  std::optional<qint64> seed;
  std::vector<std::pair<int, ParamValue>> params;  // by position in job_params()
  // Equal jobs have equal prints; twin_print is the print of the job's unguided twin, absent when
  // the job is that twin itself.
  std::optional<qint64> print, twin_print;
};

// The engine as several threads see it: present or not, never destroyed while it is in use.
class SharedEngine {
 public:
  void set(Engine* engine);
  bool isSet() const;
  // Nothing when there is no engine. Blocks on disk, not from the GUI thread.
  std::optional<Result<GenerationRequest>> loadJob(const QString& path) const;

 private:
  mutable std::mutex mutex_;
  Engine* engine_ = nullptr;
};

// Lower case, letters and digits only, without accents, single spaces: what searches compare.
QString searchable(const QString& text);
// Letters of scripts that put no spaces between words are searched anywhere in a text.
bool hasUnspacedScript(const QString& text);

// Reads one picture. Nothing when it carries a job and there is no engine yet to read it. Blocks.
std::optional<GalleryReading> readPictureFacts(const QString& project,
                                               const QString& relative,
                                               const Catalogue& catalogue,
                                               const SharedEngine& engine);

// Label and value of every parameter of a job, for people.
std::vector<std::pair<QString, QString>> paramTexts(const GenerationRequest& request,
                                                    const Catalogue& catalogue);

}  // namespace studio::ui
