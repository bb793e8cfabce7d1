#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Times pictures of the Python pipeline (diffusers, the SEG authors' loop and query blur) and of seg-bench in turn.

usage: time_python.py MODEL_FOLDER SEG_BENCH [--device cpu] [--dtype fp32] [--threads 2] [--rounds 3]

A picture is 25 steps of CFG + SEG, three rows a step, from the prompt to the decoded picture. They take turns, so that
a slower hour meets both; ours is the median of three in a process of its own. Needs what
../golden/make_extra_goldens.py needs. Prints JSON.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
import make_extra_goldens as loop

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@torch.inference_mode()
def python_ms(model, item):
    began = time.monotonic()
    tensors, _ = loop.generate(model, item)
    picture = model.vae.decode(tensors["steps"][-1] / model.vae.config.scaling_factor, return_dict=False)[0]
    picture.float().cpu()  # waits for the device
    return (time.monotonic() - began) * 1e3


def our_ms(args):
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "row.json"
        subprocess.run([args.seg_bench, "--model", str(args.model.resolve()), "--device", args.device, "--dtype", args.dtype, "--threads",
                        str(args.threads), "--repeats", "3", "--only", "picture, 25 steps, CFG + SEG", "--out", str(out)],
                       check=True, capture_output=True, text=True)
        return json.loads(out.read_text())["results"][0]["median_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("seg_bench")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="fp32", choices=DTYPES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = loop.Model(args.model)
    for part in (model.unet, model.vae, *model.encoders):
        part.to(args.device, DTYPES[args.dtype])
    item = {"prompt": "rocket", "seed": 31, "num_inference_steps": 25, "guidance_scale": 4.0, "seg_scale": 2.0,
            "seg_blur_sigma": loop.INFINITE_BLUR}
    python_ms(model, item)
    pairs = [(our_ms(args), python_ms(model, item)) for _ in range(args.rounds)]
    print(json.dumps({"device": args.device, "dtype": args.dtype, "threads": args.threads, "torch": torch.__version__,
                      "ours_ms": [round(ours, 1) for ours, _ in pairs], "python_ms": [round(theirs, 1) for _, theirs in pairs],
                      "ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 3)}))


if __name__ == "__main__":
    main()
