// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rows with a picture's path: what they show, and when it is read.
#include "ui/picture_rows.h"

#include "core/api/start_params.h"
#include "ui/job_text.h"
#include "ui/param_form.h"
#include "ui/param_row.h"
#include "ui/picture.h"
#include "ui/picture_well.h"
#include "ui/theme.h"

#include <QFileInfo>
#include <QToolButton>

#include <algorithm>
#include <array>

namespace studio::ui {
namespace {

constexpr double kTint = 0.55;

std::string siblingPath(const JobParam& param, std::string_view key) {
  return param.path.substr(0, param.path.size() - param.spec->key.size()).append(key);
}

// The engine's sentence without what the row says already: its own name, and the folder.
QString shortProblem(const Error& error, const JobParam& param, const QString& file) {
  QString text = QString::fromStdString(error.message);
  const QString prefix = QString::fromStdString(param.path) + QStringLiteral(": ");
  if (text.startsWith(prefix)) text.remove(0, prefix.size());
  QString name = QFileInfo(file).fileName();
  constexpr int kMostLetters = 26;
  if (name.size() > kMostLetters)
    name = name.left(kMostLetters / 2) + QChar(0x2026) + name.right(kMostLetters / 2);
  return file.isEmpty() ? text : text.replace(file, name);
}

}  // namespace

QImage thumbnailOf(const QImage& picture, int side_px) {
  const QSize size =
      picture.size().scaled(side_px, side_px, Qt::KeepAspectRatio).expandedTo({1, 1});
  if (size.width() >= picture.width()) return picture;
  QImage small = picture.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                     .convertToFormat(QImage::Format_RGB32);
  qint64 white = 0;
  for (int y = 0; y < picture.height(); ++y) {
    const auto* row = reinterpret_cast<const QRgb*>(picture.constScanLine(y));
    for (int x = 0; x < picture.width(); ++x) {
      const QRgb rgb = row[x] & 0xffffff;
      if (rgb != 0 && rgb != 0xffffff) return small;  // no drawing
      white += rgb != 0;
    }
  }
  const double share =
      static_cast<double>(white) / (static_cast<double>(picture.width()) * picture.height());
  if (share == 0 || share > 0.25) return small;
  // So that a line as wide as one pixel is white in a picture that is this much smaller.
  const double gain = std::max(1.0, static_cast<double>(picture.width()) / size.width());
  std::array<QRgb, 256> brighter{};
  for (int i = 0; i < 256; ++i) {
    const int level = std::min(255, static_cast<int>(i * gain));
    brighter[static_cast<std::size_t>(i)] = qRgb(level, level, level);
  }
  for (int y = 0; y < small.height(); ++y) {
    auto* row = reinterpret_cast<QRgb*>(small.scanLine(y));
    for (int x = 0; x < small.width(); ++x)
      row[x] = brighter[static_cast<std::size_t>(qRed(row[x]))];
  }
  return small;
}

QImage withMask(const QImage& picture, const QImage& mask, QColor tint) {
  if (picture.size() != mask.size()) return mask;
  QImage made = picture.convertToFormat(QImage::Format_RGB32);
  for (int y = 0; y < made.height(); ++y) {
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    const auto* from = reinterpret_cast<const QRgb*>(mask.constScanLine(y));
    for (int x = 0; x < made.width(); ++x) {
      const double share = kTint * qGreen(from[x]) / 255;
      const auto mix = [&](int below, int over) {
        return static_cast<int>(below + share * (over - below));
      };
      to[x] = qRgb(mix(qRed(to[x]), tint.red()),
                   mix(qGreen(to[x]), tint.green()),
                   mix(qBlue(to[x]), tint.blue()));
    }
  }
  return made;
}

PictureRows::PictureRows(const std::vector<ParamForm*>& forms,
                         const Catalogue& catalogue,
                         QObject* parent)
    : QObject(parent), catalogue_(catalogue) {
  const std::vector<JobParam> params = job_params(catalogue);
  for (const ParamForm* form : forms) {
    for (ParamRow* row : form->rows()) {
      if (row->spec().path_of != kPictureFiles) continue;
      const auto param = std::find_if(params.begin(), params.end(), [&](const JobParam& each) {
        return each.path == row->path();
      });
      if (param == params.end()) continue;
      Entry entry;
      entry.row = row;
      entry.param = *param;
      entry.well = new PictureWell(fromView(row->spec().label), row);
      if (!row->spec().painted_on.empty()) {
        entry.under = siblingPath(*param, row->spec().painted_on);
        entry.paint = entry.well->addButton(tr("Paint…"), tr("Paint it on the picture"));
        connect(entry.paint, &QToolButton::clicked, this, [this, path = row->path()] {
          Q_EMIT paintAsked(path);
        });
      }
      row->setBelow(entry.well);
      connect(row, &ParamRow::dropHovered, entry.well, &PictureWell::setDropHovered);
      const std::size_t index = entries_.size();
      for (auto signal : {&PictureWell::shown, &PictureWell::sideChanged})
        connect(entry.well, signal, this, [this, index] { ask(index); });
      entries_.push_back(std::move(entry));
    }
  }
}

PictureRows::~PictureRows() { tasks_.finish(); }

PictureWell* PictureRows::well(const std::string& path) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.row->path() == path;
  });
  return found == entries_.end() ? nullptr : found->well;
}

void PictureRows::setEngine(Engine* engine) {
  engine_ = engine;
  if (engine == nullptr) return tasks_.finish();
  for (std::size_t i = 0; i < entries_.size(); ++i) ask(i);
}

void PictureRows::showRequest(const GenerationRequest& request) {
  request_ = request;
  for (std::size_t i = 0; i < entries_.size(); ++i) ask(i);
}

void PictureRows::refresh() {
  ++refreshed_;
  for (std::size_t i = 0; i < entries_.size(); ++i) ask(i);
}

// Empty without a picture.
std::string PictureRows::keyOf(const Entry& entry) const {
  const auto value = [&](const std::string& path) {
    const auto known = get(request_, catalogue_, path);
    return known && known.value() ? to_text(*known.value()) : std::string();
  };
  std::string key = value(entry.row->path());
  if (key.empty()) return key;
  const auto add = [&](const std::string& part) { key += '\n' + part; };
  if (!entry.under.empty()) add(value(entry.under));
  for (const ParamSpec& spec : entry.param.card->params) {
    if (spec.seen_in == entry.param.spec->key) add(value(siblingPath(entry.param, spec.key)));
  }
  const bool sized = request_.width_px && request_.height_px;
  add(sized ? std::to_string(*request_.width_px) + "x" + std::to_string(*request_.height_px)
            : request_.model);
  add(std::to_string(refreshed_));
  return key;
}

void PictureRows::ask(std::size_t index) {
  Entry& entry = entries_[index];
  entry.wanted = keyOf(entry);
  if (entry.wanted.empty()) {
    entry.asked.clear();
    return entry.well->showEmpty();
  }
  if (engine_ == nullptr || !entry.well->isVisible()) return;
  const int side_px = entry.well->wantedSide();
  entry.wanted += '\n' + std::to_string(side_px);
  if (entry.reading || entry.wanted == entry.asked) return;  // the answer looks again
  entry.asked = entry.wanted;
  entry.reading = true;
  entry.well->showLoading();
  const QColor tint = theme().dark ? theme().accent : theme().accent_strong;
  tasks_.run(
      this,
      [engine = engine_, request = request_, copy = entry, side_px, tint] {
        return see(*engine, request, copy, side_px, tint);
      },
      [this, index, asked = entry.asked](const Seen& seen) {
        Entry& now = entries_[index];
        now.reading = false;
        // Something newer is read next; until then this is nearer to it than what was there before.
        if (now.wanted.empty()) return;
        seen.problem.isEmpty() ? now.well->showPicture(seen.image, seen.facts)
                               : now.well->showFailure(seen.problem);
        now.asked = asked;
        ask(index);
      });
}

PictureRows::Seen PictureRows::see(Engine& engine,
                                   const GenerationRequest& request,
                                   const Entry& entry,
                                   int side_px,
                                   QColor tint) {
  auto seen = engine.see_picture(request, entry.param.path);
  if (!seen) {
    const auto file = request.sections.find(entry.param.path);
    const auto* path =
        file == request.sections.end() ? nullptr : std::get_if<std::string>(&file->second);
    return {{},
            {},
            shortProblem(seen.error(),
                         entry.param,
                         path == nullptr ? QString() : QString::fromStdString(*path))};
  }
  const SeenPicture& picture = seen.value();
  Seen shown;
  shown.image = thumbnailOf(toQImage(picture.image), side_px);
  shown.facts = tr("%1 × %2 px").arg(picture.file_width_px).arg(picture.file_height_px);
  if (entry.under.empty()) return shown;
  if (auto below = engine.see_picture(request, entry.under))
    shown.image = withMask(thumbnailOf(toQImage(below.value().image), side_px), shown.image, tint);
  return shown;
}

}  // namespace studio::ui
