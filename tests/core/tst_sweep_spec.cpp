// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// From axes to cells: checks before anything runs, positions, and orders that cover the grid
// evenly.
#include "core/api/sweep.h"
#include "tests/support/small_catalogue.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <set>

using namespace studio;
using testing::small_catalogue;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

SweepSpec spec_of(std::vector<SweepAxis> axes) {
  SweepSpec spec;
  spec.base.seed = 5;
  spec.axes = std::move(axes);
  return spec;
}

SweepGrid grid_of(const std::vector<std::size_t>& lengths, SweepOrder order) {
  static const char* const paths[] = {
      "seed", "steps", "guidance.seg.sigma", "guidance.seg.scale", "guidance.cfg.scale", "prompt"};
  SweepGrid grid;
  grid.spec.order = order;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    SweepGrid::Axis axis{nullptr, paths[i % std::size(paths)], {}};
    for (std::size_t v = 0; v < lengths[i]; ++v)
      axis.values.emplace_back(static_cast<std::int64_t>(v));
    grid.axes.push_back(std::move(axis));
  }
  return grid;
}

}  // namespace

class TestSweepSpec : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_sweep_of_the_contract() {
    const auto spec = spec_of({{"guidance.seg.sigma", "0.5, 1, 2, inf"},
                               {"guidance.seg.scale", "0..5[6]"},
                               {"seed", "1-4"}});
    const auto grid = read_sweep(spec, small_catalogue());
    QVERIFY2(bool(grid), grid ? "" : grid.error().message.c_str());
    QCOMPARE(grid.value().cells(), std::size_t(96));
    QCOMPARE(grid.value().axes.size(), std::size_t(3));
    QVERIFY(grid.value().axes[0].spec->key == "seg.sigma");
    const auto request = grid.value().request(4 * 2 + 3, small_catalogue());
    QCOMPARE(std::get<double>(request.guidance.at("seg.sigma")), kInfinity);
    QCOMPARE(std::get<double>(request.guidance.at("seg.scale")), 2.0);
    QCOMPARE(*request.seed, std::int64_t(1));
    QVERIFY(grid.value().spec == spec);
  }
  void positions_and_cells_are_each_others_inverse() {
    const auto grid = grid_of({3, 1, 4, 2}, SweepOrder::Rows);
    QCOMPARE(grid.cells(), std::size_t(24));
    for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
      const auto at = grid.position(cell);
      QCOMPARE(at.size(), std::size_t(4));
      QCOMPARE(at[0], cell % 3);
      QCOMPARE(grid.cell(at), cell);
    }
  }
  void without_axes_there_is_one_cell() {
    const auto grid = read_sweep(spec_of({}), small_catalogue());
    QVERIFY(bool(grid));
    QCOMPARE(grid.value().cells(), std::size_t(1));
    QVERIFY(grid.value().request(0, small_catalogue()) == grid.value().spec.base);
    QCOMPARE(cell_order(grid.value()), std::vector<std::size_t>{0});
  }
  void every_cell_is_a_valid_job() {
    const auto spec = spec_of({{"prompt", "a, \"b, c\", \"\""},
                               {"sampler", "euler, ddim"},
                               {"spacing", "null, trailing"},
                               {"negative_prompt", "null, \"\", x"},
                               {"width", "null, 64"},
                               {"model", "a, b"},
                               {"guidance.seg.layers", "mid, \"d2,m1\""},
                               {"guidance.seg.exact", "true, false"}});
    const auto grid = read_sweep(spec, small_catalogue());
    QVERIFY2(bool(grid), grid ? "" : grid.error().message.c_str());
    std::set<std::string> seen;
    for (std::size_t cell = 0; cell < grid.value().cells(); ++cell) {
      const auto request = grid.value().request(cell, small_catalogue());
      QVERIFY(bool(validate(request, small_catalogue())));
      const auto at = grid.value().position(cell);
      std::string all;
      for (std::size_t i = 0; i < at.size(); ++i) {
        const auto& axis = grid.value().axes[i];
        const auto now = get(request, small_catalogue(), axis.path);
        QVERIFY(bool(now) && now.value() == axis.values[at[i]]);
        all += (now.value() ? to_text(*now.value()) : "null") + ";";
      }
      QVERIFY(seen.insert(all).second);
    }
  }
  void a_missing_seed_is_drawn_once() {
    SweepSpec spec = spec_of({{"steps", "1-3"}});
    spec.base.seed.reset();
    const auto grid = read_sweep(spec, small_catalogue());
    QVERIFY(bool(grid));
    QVERIFY(grid.value().spec.base.seed.has_value());
    QVERIFY(*grid.value().spec.base.seed >= 0);
    QCOMPARE(*grid.value().request(2, small_catalogue()).seed, *grid.value().spec.base.seed);
    spec.axes.push_back({"seed", "7"});
    const auto with_axis = read_sweep(spec, small_catalogue());
    QVERIFY(bool(with_axis));
    QVERIFY(!with_axis.value().spec.base.seed);
    QCOMPARE(*with_axis.value().request(0, small_catalogue()).seed, std::int64_t(7));
  }
  void listed_jobs() {
    SweepSpec spec = spec_of({});
    spec.listed.resize(3);
    spec.listed[0].seed = 9;
    spec.listed[1].prompts = {"a", "b"};
    const auto grid = read_sweep(spec, small_catalogue());
    QVERIFY2(bool(grid), grid ? "" : grid.error().message.c_str());
    QCOMPARE(grid.value().cells(), std::size_t(3));
    QCOMPARE(*grid.value().request(0, small_catalogue()).seed, std::int64_t(9));
    QVERIFY(grid.value().request(1, small_catalogue()).seed.has_value());
    QVERIFY(grid.value().request(1, small_catalogue()).prompts == spec.listed[1].prompts);
    QCOMPARE(cell_order(grid.value()), (std::vector<std::size_t>{0, 1, 2}));
  }

  void refused_data();
  void refused();
  void several_prompts_and_an_axis_of_prompts() {
    SweepSpec spec = spec_of({{"prompt", "a, b"}});
    spec.base.prompts = {"x", "y"};
    const auto grid = read_sweep(spec, small_catalogue());
    QVERIFY(!grid);
    QVERIFY2(contains(grid.error().message, "axes[0] (prompt): prompt is a list of 2 texts"),
             grid.error().message.c_str());
  }
  void listed_jobs_refused() {
    SweepSpec spec = spec_of({});
    spec.listed.resize(2);
    spec.listed[1].steps = 0;
    auto grid = read_sweep(spec, small_catalogue());
    QVERIFY(!grid && contains(grid.error().message, "jobs[1]: steps is 0"));
    spec.listed[1].steps = 5;
    spec.axes = {{"seed", "1"}};
    grid = read_sweep(spec, small_catalogue());
    QVERIFY(!grid && contains(grid.error().message, "both axes and a list"));
  }

  void order_holds_every_cell_once_data();
  void order_holds_every_cell_once();
  void corners_come_first() {
    const auto order = cell_order(grid_of({8, 6}, SweepOrder::CoarseToFine));
    QCOMPARE(std::vector<std::size_t>(order.begin(), order.begin() + 4),
             (std::vector<std::size_t>{0, 7, 40, 47}));
    // Then what one halving of each axis adds: 3 of columns 0, 3, 7 times 3 of rows 0, 2, 5.
    std::set<std::size_t> nine(order.begin(), order.begin() + 9);
    QCOMPARE(nine, (std::set<std::size_t>{0, 3, 7, 16, 19, 23, 40, 43, 47}));
  }
  void one_axis_is_halved_again_and_again() {
    const auto order = cell_order(grid_of({9}, SweepOrder::CoarseToFine));
    QCOMPARE(order, (std::vector<std::size_t>{0, 8, 4, 2, 6, 1, 5, 3, 7}));
  }
  void coverage_is_even_at_any_moment_data();
  void coverage_is_even_at_any_moment();
  void a_large_sweep_is_quick();
};

void TestSweepSpec::refused_data() {
  QTest::addColumn<QString>("param");
  QTest::addColumn<QByteArray>("values");
  QTest::addColumn<QString>("says");
  const auto row =
      [](const char* name, const char* param, const QByteArray& values, const char* says) {
        QTest::newRow(name) << param << values << says;
      };
  row("unknown",
      "guidance.seg.sigmas",
      "1",
      "axes[1]: \"guidance.seg.sigmas\" is not a parameter; did you mean \"guidance.seg.sigma\"?");
  row("no values", "seed", "", "axes[1] (seed): there are no values");
  row("out of range",
      "guidance.seg.scale",
      "1, 21",
      "axes[1] (guidance.seg.scale): guidance.seg.scale is 21, but must be a number from 0 to 20");
  row("malformed", "seed", "1, x", "axes[1] (seed): \"x\" is not a number or a range");
  row("unfinished", "seed", "1-", "axes[1] (seed): \"1-\" is not finished");
  row("twice", "steps", "3", "axes[1] (steps): this parameter is on axes[0] already");
  row("null seed", "seed", "1, null", "give seeds as numbers");
  row("a bad layer", "guidance.seg.layers", "mid, x9", "there is no layer");
  row("too many values", "seed", "0-1000000000", "more than the 10000 values");
  row("too many cells", "seed", "1-9000", "at most 100,000");
}

void TestSweepSpec::refused() {
  QFETCH(QString, param);
  QFETCH(QByteArray, values);
  QFETCH(QString, says);
  const auto grid = read_sweep(
      spec_of({{"steps", "1-20"}, {param.toStdString(), values.toStdString()}}), small_catalogue());
  QVERIFY(!grid);
  QCOMPARE(grid.error().code, ErrorCode::InvalidArgument);
  QVERIFY2(contains(grid.error().message, says.toStdString()), grid.error().message.c_str());
  SweepSpec bad_base = spec_of({});
  bad_base.base.steps = -1;
  const auto bad = read_sweep(bad_base, small_catalogue());
  QVERIFY(!bad && contains(bad.error().message, "base: steps is -1"));
}

void TestSweepSpec::order_holds_every_cell_once_data() {
  QTest::addColumn<QList<int>>("lengths");
  for (const QList<int>& lengths : {QList<int>{1},
                                    {2},
                                    {3},
                                    {5},
                                    {10000},
                                    {1, 1, 1},
                                    {8, 6},
                                    {7, 1, 13},
                                    {10000, 10},
                                    {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
                                    {3, 3, 3, 3, 3, 3, 3, 3, 3, 3},
                                    {4, 4, 4, 4, 4, 4, 4, 4},
                                    {10, 10, 10, 10, 10},
                                    {9999, 2, 5},
                                    {4, 5, 6, 7}}) {
    QString name;
    for (const int length : lengths) name += QString::number(length) + " ";
    QTest::newRow(qPrintable(name.trimmed())) << lengths;
  }
}

void TestSweepSpec::order_holds_every_cell_once() {
  QFETCH(QList<int>, lengths);
  for (const auto kind : {SweepOrder::CoarseToFine, SweepOrder::Rows}) {
    const auto grid = grid_of({lengths.begin(), lengths.end()}, kind);
    QElapsedTimer timer;
    timer.start();
    auto order = cell_order(grid);
    QVERIFY2(timer.elapsed() < 100, qPrintable(QString::number(timer.elapsed())));
    if (kind == SweepOrder::CoarseToFine) {
      // The corners first.
      std::size_t corners = 1;
      for (const int length : lengths) corners *= length > 1 ? 2 : 1;
      for (std::size_t i = 0; i < corners; ++i) {
        const auto at = grid.position(order[i]);
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
          QVERIFY(at[axis] == 0 || at[axis] + 1 == grid.axes[axis].values.size());
        }
      }
    }
    std::sort(order.begin(), order.end());
    QCOMPARE(order.size(), grid.cells());
    for (std::size_t i = 0; i < order.size(); ++i) QCOMPARE(order[i], i);
  }
}

void TestSweepSpec::coverage_is_even_at_any_moment_data() {
  QTest::addColumn<QList<int>>("lengths");
  QTest::newRow("33") << QList<int>{33};
  QTest::newRow("100") << QList<int>{100};
  QTest::newRow("17 x 17") << QList<int>{17, 17};
  QTest::newRow("30 x 20") << QList<int>{30, 20};
  QTest::newRow("9 x 9 x 9") << QList<int>{9, 9, 9};
}

// However far a run came, no cell is far from a finished one: at most as far as in a plain grid of
// a quarter as many cells along each axis.
void TestSweepSpec::coverage_is_even_at_any_moment() {
  QFETCH(QList<int>, lengths);
  const auto grid = grid_of({lengths.begin(), lengths.end()}, SweepOrder::CoarseToFine);
  const auto order = cell_order(grid);
  std::vector<std::vector<double>> places;
  for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
    places.emplace_back();
    const auto at = grid.position(cell);
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      places.back().push_back(static_cast<double>(at[axis]) /
                              (lengths[static_cast<int>(axis)] - 1));
    }
  }
  std::vector<double> nearest(grid.cells(), 2);
  const std::size_t corners = std::size_t{1} << lengths.size();
  for (std::size_t done = 0; done < order.size(); ++done) {
    double farthest = 0;
    for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
      double apart = 0;
      for (std::size_t axis = 0; axis < places[cell].size(); ++axis) {
        apart = std::max(apart, std::abs(places[cell][axis] - places[order[done]][axis]));
      }
      nearest[cell] = std::min(nearest[cell], apart);
      farthest = std::max(farthest, nearest[cell]);
    }
    if (done + 1 < corners) continue;
    const double a_side =
        std::pow(static_cast<double>(done + 1), 1.0 / static_cast<double>(lengths.size()));
    QVERIFY2(farthest <= 2.0 / a_side,
             qPrintable(QString("%1 cells: %2").arg(done + 1).arg(farthest)));
  }
}

void TestSweepSpec::a_large_sweep_is_quick() {
  auto spec = spec_of({{"seed", "1-10000"}, {"guidance.seg.scale", "0..9[10]"}});
  spec.base.prompts = {std::string(60'000, 'a')};
  QElapsedTimer timer;
  timer.start();
  const auto grid = read_sweep(spec, small_catalogue());
  QVERIFY2(timer.elapsed() < 100, qPrintable(QString::number(timer.elapsed())));
  QVERIFY(bool(grid));
  QCOMPARE(grid.value().cells(), kMostCells);
  timer.restart();
  QCOMPARE(cell_order(grid.value()).size(), kMostCells);
  QVERIFY2(timer.elapsed() < 100, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(TestSweepSpec)
#include "tst_sweep_spec.moc"
