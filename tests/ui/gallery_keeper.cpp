// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps the gallery's index of a project in step with its files, as the studio does, without a
// window: a program to be killed. Tells what it has done in lines of JSON:
//   {"event": "rated", "path": P, "stars": N}   the rating is on disk
//   {"event": "in_step", "pictures": N}         the index is in step with the files
//   {"event": "problem", "message": TEXT}
#include "core/make_engine.h"
#include "ui/gallery_index.h"
#include "ui/job_bridge.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimer>

#include <cstdio>
#include <memory>

using namespace studio;
using namespace studio::ui;

namespace {

constexpr int kMostStars = 5;

void tell(const QJsonObject& event) {
  const QByteArray line = QJsonDocument(event).toJson(QJsonDocument::Compact) + '\n';
  std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stdout);
  std::fflush(stdout);
}

// Gives stars to one picture after another, as fast as they are kept.
class Rater {
 public:
  explicit Rater(GalleryIndex& index) : index_(index) {}
  void take(const std::shared_ptr<GalleryRows>& rows) {
    rows_ = rows;
    if (!is_waiting_) next();
  }
  void next() {
    is_waiting_ = rows_ && !rows_->entries.empty();
    if (!is_waiting_) return;
    const GalleryEntry& entry = rows_->entries[at_++ % rows_->entries.size()];
    // What equals the rating that is there would not be answered.
    stars_[entry.path] = stars_.value(entry.path, entry.mark.rating) % kMostStars + 1;
    index_.setMarks({entry.path}, {.rating = stars_[entry.path]});
  }

 private:
  GalleryIndex& index_;
  std::shared_ptr<GalleryRows> rows_;
  QHash<QString, int> stars_;
  std::size_t at_ = 0;
  bool is_waiting_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addPositionalArgument("project", "Folder of the project.");
  parser.addOptions({{"once", "Ends when the index is in step with the files."},
                     {"rate", "Rates pictures all the time."}});
  parser.process(app);
  if (parser.positionalArguments().size() != 1) parser.showHelp(2);

  JobBridge bridge;
  EngineConfig config;
  config.resources_path = STUDIO_RESOURCES_DIR;
  config.device = "cpu";
  auto engine = make_engine(config, bridge);
  if (!engine) {
    std::fprintf(stderr, "%s\n", engine.error().message.c_str());
    return 1;
  }
  GalleryIndex index(catalogue());
  Rater rater(index);
  const auto problem = [](const QString& message) {
    tell({{"event", "problem"}, {"message", message}});
  };
  QObject::connect(&index, &GalleryIndex::problem, &app, problem);
  QObject::connect(&index, &GalleryIndex::failed, &app, problem);
  QObject::connect(&index, &GalleryIndex::progress, &app, [&](int done, int total) {
    if (total == 0 || done < total) return;
    tell({{"event", "in_step"}, {"pictures", total}});
    if (parser.isSet("once")) QCoreApplication::quit();
  });
  if (parser.isSet("rate")) {
    QObject::connect(
        &index, &GalleryIndex::rowsReady, &app, [&](const auto& rows) { rater.take(rows); });
    QObject::connect(&index, &GalleryIndex::marksChanged, &app, [&](const auto& marks) {
      for (auto it = marks.begin(); it != marks.end(); ++it)
        tell({{"event", "rated"}, {"path", it.key()}, {"stars", it.value().rating}});
      rater.next();
    });
  }
  index.setEngine(engine.value().get());
  index.open(parser.positionalArguments().first(), false);
  GalleryQuery query;
  query.show_twins = true;
  index.query(query);
  const int code = QCoreApplication::exec();
  index.setEngine(nullptr);
  return code;
}
