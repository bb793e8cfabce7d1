#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Checks a short run of seg-bench with a tiny model: what its document holds, and the plot made from it.

  check_bench.py SEG_BENCH [ARGS]
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ONLY = ["packed weights", "group norm", "UNet, SEG sigma 2", "3 rows, 128x128", "UNet, CFG + SEG sigma 2, 3 rows", "1x1 cells", "3x1 cells", "to first preview"]
PLOT = pathlib.Path(__file__).with_name("plot_bench.py")


class Bench(unittest.TestCase):
    command = []

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.json_path = pathlib.Path(cls.folder.name) / "run.json"
        args = [*cls.command, "--quick", "--repeats", "3", "--out", str(cls.json_path), "--commit", "abc1234"]
        args += [word for only in ONLY for word in ("--only", only)]
        ran = subprocess.run(args, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        cls.stdout, cls.table = ran.stdout, ran.stderr
        cls.document = json.loads(cls.json_path.read_text(encoding="utf-8"))
        cls.rows = {row["name"]: row for row in cls.document["results"]}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_header_says_what_was_measured_where(self):
        for key in ("date", "command", "commit", "model", "threads", "device", "dtype", "repeats", "peak_memory_mib"):
            self.assertIn(key, self.document)
        self.assertEqual(self.document["commit"], "abc1234")
        self.assertNotIn(self.folder.name, json.dumps(self.document), "a folder of this machine is in the document")
        for key in ("cpu", "cores", "instruction_sets", "torch"):
            self.assertTrue(key in self.document["machine"] and self.document["machine"][key] is not None, key)

    def test_only_what_was_asked_for_is_measured(self):
        self.assertTrue(self.rows)
        for name in self.rows:
            self.assertTrue(any(only in name for only in ONLY), name)
        for only in ONLY:
            if only in self.table:
                self.assertTrue(any(only in name for name in self.rows), f"nothing was measured for {only}")
            else:
                self.fail(f"the table has nothing about {only}")

    def test_every_row_has_its_times_in_order(self):
        for name, row in self.rows.items():
            self.assertTrue(0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"], name)
            for rival in row.get("rivals", []):
                self.assertTrue(0 < rival["ratio_min"] <= rival["ratio"] <= rival["ratio_max"], name)
                self.assertGreater(rival["median_ms"], 0, name)

    def test_floors_are_the_arithmetic_at_the_best_rate(self):
        rate = max(row["gflop_per_s"] for name, row in self.rows.items() if name.startswith("matrix product"))
        step = self.rows["UNet, CFG + SEG sigma 2, 3 rows"]
        self.assertAlmostEqual(step["floor_ms"] / (step["gflop"] / rate * 1e3), 1, places=3)

    def test_shared_rows_do_less_than_whole_ones(self):
        step = self.rows["UNet, SEG sigma 2, 2 rows"]
        whole = next(rival for rival in step["rivals"] if rival["what"] == "every row whole")
        self.assertLess(step["gflop"], whole["gflop"])
        sweep = next(row for name, row in self.rows.items() if "3x1 cells" in name)
        self.assertLess(sweep["row_evaluations"], sweep["row_evaluations_alone"])

    def test_what_cannot_be_measured_says_why(self):
        for skipped in self.document["skipped"]:
            self.assertTrue(skipped["name"] and skipped["why"])

    def test_plot_is_a_sheet_of_three_panels(self):
        svg_path = self.json_path.with_suffix(".svg")
        subprocess.run([sys.executable, "-B", str(PLOT), str(self.json_path), str(svg_path)], check=True)
        root = xml.etree.ElementTree.parse(svg_path).getroot()
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual(root.find(f"{space}rect").get("fill"), "#ffffff")
        panels = [group for group in root.iter(f"{space}g") if group.get("class") == "panel"]
        self.assertEqual([panel.get("id") for panel in panels], ["panel-size", "panel-rows", "panel-cells"])
        for panel in panels:
            words = " ".join(element.text or "" for element in panel.iter(f"{space}text"))
            self.assertIn("time, ", words)
            self.assertGreaterEqual(len(list(panel.iter(f"{space}circle"))), 2, panel.get("id"))

    def test_list_names_rows_and_measures_none(self):
        listed = subprocess.run([*self.command, "--list"], capture_output=True, text=True, check=True)
        self.assertLessEqual(set(self.rows), set(listed.stdout.splitlines()))

    def test_unknown_options_are_refused(self):
        self.assertNotEqual(subprocess.run([*self.command, "--repeats", "1"], capture_output=True, check=False).returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    Bench.command = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
