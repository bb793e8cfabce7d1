# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Unpacks what SEG Studio needs of one wheel: unpack_wheel.py WHEEL SHA256 KIND SITE SCRATCH.

KIND is cpu (LibTorch without its CUDA libraries), full (all of LibTorch) or nvidia (the libraries of
an nvidia-* wheel). Files are written to SCRATCH first, then renamed into SITE, so that an interrupted
run leaves no half file in place. Exit status 3: the hash differs.
"""

import fnmatch
import hashlib
import os
import shutil
import sys
import zipfile

CPU_LIBRARIES = ("libc10.so", "libtorch_cpu.so", "libgomp.so.1")
# cudart and cupti come with more than LibTorch links: static archives, profilers.
UNNEEDED = ("*.a", "*/libnvperf_*", "*/libcheckpoint.so", "*/libpcsamplingutil.so",
            "*/libtorch_python.so", "*/libshm.so")


def is_wanted(name, kind):
    if name.endswith("/") or any(fnmatch.fnmatch(name, pattern) for pattern in UNNEEDED):
        return False
    if ".dist-info/" in name:
        return os.path.basename(name).lower().startswith(("license", "notice"))
    if kind == "nvidia":
        return fnmatch.fnmatch(name, "nvidia/*/lib/*.so*")
    if name.startswith(("torch/include/", "torch/share/")):
        return True
    folder, base = os.path.split(name)
    return folder == "torch/lib" and (kind == "full" or base in CPU_LIBRARIES)


def place_of(name, wheel):
    """Licence texts go to licences/, everything else keeps its place."""
    if ".dist-info/" in name:
        distribution = os.path.basename(wheel).split("-")[0]
        return os.path.join("licences", distribution, os.path.basename(name))
    return name


def main():
    wheel, sha256, kind, site, scratch = sys.argv[1:]
    digest = hashlib.sha256()
    with open(wheel, "rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    if digest.hexdigest() != sha256:
        return 3
    shutil.rmtree(scratch, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        wanted = [info for info in archive.infolist() if is_wanted(info.filename, kind)]
        places = [place_of(info.filename, wheel) for info in wanted]
        for info, place in zip(wanted, places):
            target = os.path.join(scratch, place)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(info) as source, open(target, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 22)
    for place in places:
        os.makedirs(os.path.dirname(os.path.join(site, place)), exist_ok=True)
        os.replace(os.path.join(scratch, place), os.path.join(site, place))
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
