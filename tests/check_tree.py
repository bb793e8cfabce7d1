#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Checks the rules of the source tree that a compiler does not: who may include what, file length,
the licence line, ids that the window must not know, paths of one machine.

  check_tree.py [ROOT]       prints one line a violation; exit status 1 when there is one
  check_tree.py --self-test  proves that each rule fires on a made-up bad file
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = {".cpp", ".h", ".cu", ".cuh"}
MAX_LINES = {".cpp": 600, ".cu": 600, ".h": 250, ".cuh": 250}
LONGER = {}  # path: reason
IGNORED = {".git", ".deps", ".cache", "build", "gallery", "__pycache__"}

# System headers: the C++ standard library has no dot, the C library and POSIX are lower case.
SYSTEM = r"<([a-z_]+|(sys/|linux/)?(?!png|zlib|cuda|cudnn|cublas|nccl|nv)[a-z0-9_]+\.h)>"
TENSORS = r"<(torch|ATen|c10)/(?!cuda/)"
QT = r"<Q[A-Za-z0-9]*(/Q[A-Za-z0-9]*)?>"
CUDA = r"<(cuda|cub|cutlass|cooperative_groups|mma|nv)[\w/.]*>|<(cublas|cudnn|cufft)\w*\.h>"
ALL_CORE = [r'"core/', r'"cuda/api/', TENSORS, r"<nlohmann/", r"<(png|zlib)\.h>", r"<unicode/",
            r"<openssl/", r"<ft2build\.h>", r"<fontconfig/", r"<webp/"]
TESTED = [r'"(core|ui|cuda|app|tests)/', r"<(torch|ATen|c10)/", QT, r"<nlohmann/", r"<(png|zlib)\.h>",
          r"<unicode/", r"<webp/", r"<CLI/"]

# The first folder that a file's path starts with decides: what it may include beside the system's
# headers, and the same as a phrase.
MAY_INCLUDE = [
    ("cuda/api/", [r'"cuda/api/'], "cuda/api"),
    ("cuda/src/", [r'"cuda/', CUDA], "cuda/ and the CUDA toolkit"),
    ("cuda/", [r'"cuda/'], "cuda/"),
    ("core/api/", [r'"core/api/'], "core/api"),
    ("core/job/", [r'"core/', r"<nlohmann/"], "core/ (no tensors)"),
    ("core/model/cuda_", ALL_CORE + [r"<c10/cuda/", r"<ATen/cuda/", CUDA],
     "core/, cuda/api, LibTorch and CUDA"),
    ("core/", ALL_CORE, "core/, cuda/api, LibTorch, nlohmann, libpng, ICU, OpenSSL, FreeType, fontconfig, WebP"),
    ("ui/", [QT, r'"(core/api|ui)/'], "Qt, core/api, ui/"),
    ("app/cli_", [r'"core/(api/|make_engine\.h")', r'"app/cli_', r"<CLI/"],
     "core/api, core/make_engine.h, app/cli_*, CLI11"),
    ("app/", [QT, r'"core/(api/|make_engine\.h")', r'"(ui|app)/(?!cli_)'],
     "Qt, core/api, core/make_engine.h, ui/"),
    ("tests/cuda/", TESTED + [CUDA], "what it tests"),
    ("tests/", TESTED, "what it tests"),
]
MADE_BY_MOC = re.compile(r'"(moc_\w+\.cpp|\w+\.moc)"')

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"][^>"]+[>"])', re.M)
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.S)
LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')
DECLARED_ID = re.compile(r'\.(?:id|key)\s*=\s*"([^"]+)"|\bCard\s*(?:\w+\s*)?\{\s*"([^"]+)"')
# Text a user sees, set without tr(): a literal with letters where a widget's text is expected.
VISIBLE = re.compile(
    r'(?:\b(?:set(?:Text|ToolTip|StatusTip|WhatsThis|WindowTitle|Title|PlaceholderText|AccessibleName|'
    r'AccessibleDescription|Suffix|Prefix|SpecialValueText|LabelText|EmptyText|InformativeText)|'
    r'showMessage)\(|(?:->|\.)add(?:Menu|Action|Tab|Item|Row)\(|'
    r'new Q(?:Label|PushButton|ToolButton|CheckBox|RadioButton|GroupBox|Action)\()\s*'
    r'(?:Q(?:StringLiteral|Latin1String|String)\(\s*|QString::from\w+\(\s*)?u?"((?:\\.|[^"\\\n])*)"')
UNTRANSLATED = {"SEG Studio"}  # names of their own
MACHINE_PATH = re.compile(r"(?<![\w.$}~:/-])/(?:home|root|Users|work|workspace|tmp)/\w")


def without_comments(text):
    return COMMENT.sub(lambda match: match.group(1) or " ", text)


def tracked_files(root):
    """Relative paths of the files under version control, or of all files where there is no git."""
    listing = None
    if (root / ".git").exists():
        listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                                  "--exclude-standard"], capture_output=True, check=False)
    if listing is not None and listing.returncode == 0:
        names = [name for name in listing.stdout.decode().split("\0") if name]
        return sorted(name for name in names if (root / name).is_file())
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(str(path) for path in paths if not IGNORED & set(path.parts))


def text_of(path):
    """The file's text, or None for anything that is not text or not written by hand."""
    if path.stat().st_size > 1_000_000:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def include_violations(name, text):
    folder = next((row for row in MAY_INCLUDE if name.startswith(row[0])), None)
    for included in INCLUDE.findall(without_comments(text)):
        if "../" in included:
            yield f"includes {included}: spell the path from the root of the tree"
        elif folder is None:
            yield f"includes {included}, but {name.split('/')[0]}/ is no folder for sources"
        elif re.fullmatch(SYSTEM, included) or MADE_BY_MOC.fullmatch(included):
            continue
        elif not any(re.match(pattern, included) for pattern in folder[1]):
            yield f"includes {included}: beside std it may include {folder[2]}"


def length_violations(name, text):
    limit = MAX_LINES[pathlib.PurePath(name).suffix]
    lines = text.count("\n")
    if lines > limit and name not in LONGER:
        yield f"has {lines} lines; {limit} are allowed"


def licence_violations(name, text):
    lines = text.splitlines()
    first = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= first or "SPDX-License-Identifier: " not in lines[first]:
        yield "does not start with its SPDX-License-Identifier line"


def needs_licence_line(path):
    return (path.suffix in SOURCE | {".py", ".cmake", ".sh"} or path.name == "CMakeLists.txt"
            or str(path) in ("bootstrap", ".ci/run"))


def declared_ids(texts):
    """Ids of terms and samplers, and keys of their parameters."""
    ids = set()
    for name, text in texts.items():
        if name.startswith(("core/guidance/", "core/sampling/")):
            for first, second in DECLARED_ID.findall(without_comments(text)):
                ids.add(first or second)
    return ids


def id_violations(text, ids):
    for literal in LITERAL.findall(without_comments(text)):
        if literal in ids:
            yield f'spells "{literal}": the window takes such names from the catalogue'


def translation_violations(text):
    for match in VISIBLE.finditer(without_comments(text)):
        words = re.sub(r"\\.|<[^>]*>|%\d", "", match.group(1))
        if re.search(r"[A-Za-z]{2}", words) and match.group(1) not in UNTRANSLATED:
            yield f'shows "{match.group(1)}" without tr()'


def violations(root):
    names = tracked_files(root)
    texts = {name: text for name in names if (text := text_of(root / name)) is not None}
    ids = declared_ids(texts)
    found = []
    if not ids and any(re.match(r"core/(guidance|sampling)/registry\.cpp", name) for name in names):
        found.append("tests/check_tree.py: finds no id in core/guidance and core/sampling any more")
    for name, text in texts.items():
        path = pathlib.PurePath(name)
        problems = []
        if needs_licence_line(path):
            problems += licence_violations(name, text)
        if path.suffix in SOURCE:
            problems += include_violations(name, text)
            problems += length_violations(name, text)
        if name.startswith("ui/") and path.suffix in SOURCE:
            problems += id_violations(text, ids)
            problems += translation_violations(text)
        if name != "tests/check_tree.py":
            for match in MACHINE_PATH.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                problems.append(f"line {line} names a path of one machine: {match.group()}...")
        found += [f"{name}: {problem}" for problem in problems]
    return found


# --- self-test -------------------------------------------------------------------------------------

LICENCE = "// SPDX-License-Identifier: MIT\n"
GOOD = {
    "core/guidance/foo.cpp": LICENCE + '#include "core/api/params.h"\n#include <ATen/ATen.h>\n'
                             'const Card card{.id = "foo"};\n const ParamSpec s{.key = "foo.scale"};\n',
    "core/sampling/bar.cpp": LICENCE + 'const Card card{"bar", "Bar"};\n',
    "ui/pane.cpp": LICENCE + '#include "ui/pane.h"\n#include <QWidget>\n#include <QtTest/QTest>\n'
                   '#include <vector>\n#include "pane.moc"\n// not "foo"\nconst char* text = "foot";\n'
                   'a->setText(tr("Ready")); b->setText("%1 / %2"); c->setWindowTitle("SEG Studio");\n',
    "app/cli_main.cpp": LICENCE + '#include "core/make_engine.h"\n#include <CLI/CLI.hpp>\n'
                        "#include <unistd.h>\n",
    "cuda/src/blur.cu": LICENCE + '#include "cuda/api/ops.h"\n#include <cuda_runtime.h>\n',
    "core/model/cuda_ops.cpp": LICENCE + "#include <c10/cuda/CUDAStream.h>\n",
    "tests/core/tst_a.cpp": LICENCE + '#include <QTest>\n#include "core/base/check.h"\n',
    "CMakeLists.txt": "# SPDX-License-Identifier: MIT\n",
    "bootstrap": "#!/bin/sh\n# SPDX-License-Identifier: MIT\ncp /usr/share/x /etc/y\n",
}
# What is wrong, file, its text, a part of the message it must give.
BAD = [
    ("ui includes a tensor header", "ui/a.cpp", LICENCE + "#include <torch/torch.h>\n", "<torch/torch.h>"),
    ("ui includes json", "ui/a.cpp", LICENCE + "#include <nlohmann/json.hpp>\n", "nlohmann"),
    ("ui includes core", "ui/a.cpp", LICENCE + '#include "core/base/check.h"\n', "core/base"),
    ("ui includes make_engine", "ui/a.cpp", LICENCE + '#include "core/make_engine.h"\n', "make_engine"),
    ("ui includes app", "ui/a.cpp", LICENCE + '#include "app/cli_args.h"\n', "app/"),
    ("ui includes cuda", "ui/a.cpp", LICENCE + '#include "cuda/api/ops.h"\n', "cuda/"),
    ("app includes core", "app/main.cpp", LICENCE + '#include "core/io/x.h"\n', "core/io"),
    ("app includes tensors", "app/main.cpp", LICENCE + "#include <ATen/ATen.h>\n", "ATen"),
    ("app includes json", "app/cli_main.cpp", LICENCE + "#include <nlohmann/json.hpp>\n", "nlohmann"),
    ("cli includes Qt", "app/cli_main.cpp", LICENCE + "#include <QString>\n", "QString"),
    ("cli includes ui", "app/cli_main.cpp", LICENCE + '#include "ui/theme.h"\n', "ui/theme"),
    ("core includes Qt", "core/io/a.cpp", LICENCE + "#include <QString>\n", "QString"),
    ("core includes ui", "core/io/a.cpp", LICENCE + '#include "ui/theme.h"\n', "ui/theme"),
    ("core includes CUDA", "core/model/unet.cpp", LICENCE + "#include <cuda_runtime.h>\n", "cuda_runtime"),
    ("core includes CUDA of tensors", "core/model/unet.cpp",
     LICENCE + "#include <c10/cuda/CUDAStream.h>\n", "c10/cuda"),
    ("core includes kernels", "core/model/unet.cpp", LICENCE + '#include "cuda/src/a.cuh"\n', "cuda/src"),
    ("core/api includes core", "core/api/a.h", LICENCE + '#include "core/base/check.h"\n', "core/base"),
    ("core/api includes json", "core/api/a.h", LICENCE + "#include <nlohmann/json.hpp>\n", "nlohmann"),
    ("core/job includes tensors", "core/job/a.cpp", LICENCE + "#include <ATen/ATen.h>\n", "ATen"),
    ("cuda/api includes CUDA", "cuda/api/a.h", LICENCE + "#include <cuda_runtime.h>\n", "cuda_runtime"),
    ("cuda/ref includes tensors", "cuda/ref/a.cpp", LICENCE + "#include <ATen/ATen.h>\n", "ATen"),
    ("unknown library", "core/io/a.cpp", LICENCE + "#include <boost/any.hpp>\n", "boost"),
    ("own header by its bare name", "core/io/a.cpp", LICENCE + '#include "a.h"\n', '"a.h"'),
    ("parent folder", "tests/core/a.cpp", LICENCE + '#include "../support/a.h"\n', "root of the tree"),
    ("source outside the folders", "misc/a.cpp", LICENCE + "#include <vector>\n", "no folder"),
    ("long source", "core/io/a.cpp", LICENCE + "\n" * 600, "601 lines"),
    ("long header", "core/io/a.h", LICENCE + "\n" * 250, "251 lines"),
    ("long kernel", "cuda/src/a.cu", LICENCE + "\n" * 600, "601 lines"),
    ("no licence line", "core/io/a.cpp", "#include <vector>\n", "SPDX"),
    ("no licence line in a script", "tests/a.py", "#!/usr/bin/env python3\nimport os\n", "SPDX"),
    ("no licence line in a build file", "core/CMakeLists.txt", "add_library(a)\n", "SPDX"),
    ("empty source", "core/io/a.cpp", "", "SPDX"),
    ("ui knows a term", "ui/a.cpp", LICENCE + 'if (id == "foo") return;\n', '"foo"'),
    ("ui knows a sampler", "ui/a.cpp", LICENCE + 'if (id == "bar") return;\n', '"bar"'),
    ("ui knows a parameter", "ui/a.cpp", LICENCE + 'get("foo.scale");\n', '"foo.scale"'),
    ("text without tr()", "ui/a.cpp", LICENCE + 'label->setText("Ready");\n', '"Ready"'),
    ("tool tip without tr()", "ui/a.cpp", LICENCE + 'b->setToolTip(QStringLiteral("Go on"));\n', '"Go on"'),
    ("label without tr()", "ui/a.cpp", LICENCE + 'new QLabel("Seed", this);\n', '"Seed"'),
    ("path of a home folder", "resources/a.json", '{"model": "/home/ann/m"}\n', "line 1"),
    ("path of a work folder", "bootstrap", GOOD["bootstrap"] + "ls /work/x\n", "line 4"),
    ("registry without ids", "core/guidance/registry.cpp", None, "finds no id"),
]


def found_in(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return violations(root)


def self_test():
    failures = [f"a good tree is refused: {line}" for line in found_in(GOOD)]
    for case, name, text, expected in BAD:
        files = {**GOOD, name: text} if text is not None else {name: LICENCE}
        found = found_in(files)
        if len(found) != 1 or not (found[0].startswith(name) or text is None) or expected not in found[0]:
            failures.append(f"{case}: expected one violation with {expected!r}, got {found}")
    for failure in failures:
        print(failure)
    print(f"{len(BAD) + 1 - len(failures)} of {len(BAD) + 1} cases behave")
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = violations(root.resolve())
    for line in found:
        print(line)
    print(f"{len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
