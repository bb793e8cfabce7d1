#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Runs the reference cases through seg-cli on a device, compares every step they keep and every
picture, and a job in each memory mode with the others.

usage: check_device.py SEG_CLI [--device cuda:0] [--dtype fp32] [--resources DIR] [--step-tolerance 1e-4]
       [--image-tolerance 1e-3]

Needs numpy. Prints a JSON document; exit status 1 when a case is over its tolerance, or
a memory mode changes a bit.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import numpy

GOLDEN = pathlib.Path(__file__).resolve().parent


def load_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind, wide = {"F32": ("<f4", numpy.float64), "I64": ("<i8", numpy.int64)}[entry["dtype"]]
        raw = numpy.frombuffer(data[8 + size + begin : 8 + size + end], dtype=kind)
        tensors[name] = raw.reshape(entry["shape"]).astype(wide)
    return tensors


def relative_error(actual, expected):
    if actual.shape != expected.shape or not numpy.isfinite(actual).all():
        return float("inf")
    return float(numpy.linalg.norm(actual - expected) / max(numpy.linalg.norm(expected), 1e-30))


def steps_error(actual, golden):
    """The largest error over the steps that the reference keeps: all, or those of step_indices."""
    kept = golden.get("step_indices", numpy.arange(len(golden["steps"])))
    if len(actual) != kept[-1] + 1:
        return float("inf")
    return max(relative_error(actual[step], expected) for step, expected in zip(kept, golden["steps"]))


def job_of(case, model):
    job = {"format": "seg-studio/job", "version": 1, "model": str(model), "prompt": case["prompt"],
           "negative_prompt": case.get("negative_prompt"), "seed": case["seed"],
           "steps": case["num_inference_steps"], "guidance": {}}
    for side in ("width", "height"):
        if side in case:
            job[side] = case[side]
    sampler = case.get("scheduler", "euler")
    for suffix, key in (("_trailing", "spacing"), ("_linspace", "spacing"), ("_karras", "sigmas")):
        if sampler.endswith(suffix):
            sampler = sampler[: -len(suffix)]
            job[key] = suffix[1:]
    job["sampler"] = sampler
    layers = case.get("seg_applied_layers_index") or case.get("seg_applied_layers") or ["mid"]
    job["guidance"] = {"cfg.scale": max(1.0, case["guidance_scale"]),
                       "cfg.rescale": case.get("guidance_rescale", 0.0),
                       "seg.scale": case["seg_scale"], "seg.sigma": case.get("seg_blur_sigma", "inf"),
                       "seg.layers": ",".join(layers)}
    if "controlnet_conditioning_scale" in case:
        job["control"] = {"model": str(GOLDEN / "models" / "tiny-controlnet"),
                          "image": str(GOLDEN / "controlnet" / case["control_image"]),
                          "scale": case["controlnet_conditioning_scale"]}
    return job


def memory_modes(args):
    """The last latents and pictures of a job in each memory mode: where weights wait must change no bit."""
    hashes = {}
    with tempfile.TemporaryDirectory() as scratch:
        dump = pathlib.Path(scratch) / "dump.safetensors"
        for mode in ("resident", "8gb", "6gb"):
            done = subprocess.run(
                [args.seg_cli, "generate", "--model", "emoji-sdxl", "--prompt", "red apple", "--seed", "11", "--out",
                 str(pathlib.Path(scratch) / "o.png"), "--dump", str(dump), "--device", args.device, "--dtype", args.dtype,
                 "--resources", args.resources, "--memory", mode, "--progress", "none"],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                hashes[mode] = f"{mode} failed: {done.stderr.strip()[-500:]}"
                continue
            made = load_safetensors(dump)
            hashes[mode] = hashlib.sha256(made["steps"].tobytes() + made["image"].tobytes()).hexdigest()
    return hashes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seg_cli")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--dtype", default="fp32")
    parser.add_argument("--resources", default=str(GOLDEN.parent.parent / "resources"))
    parser.add_argument("--step-tolerance", type=float, default=1e-4)
    parser.add_argument("--image-tolerance", type=float, default=1e-3)
    args = parser.parse_args()
    tiny = GOLDEN / "models" / "tiny-sdxl"
    models = {"emoji": "emoji-sdxl", "tiny": tiny, "controlnet": tiny}
    results, worst = [], 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for folder, model in models.items():
            for name, case in json.loads((GOLDEN / folder / "cases.json").read_text()).items():
                job, dump = pathlib.Path(scratch) / "job.json", pathlib.Path(scratch) / "dump.safetensors"
                job.write_text(json.dumps(job_of(case, model)))
                start = time.monotonic()
                done = subprocess.run(
                    [args.seg_cli, "generate", "--job", str(job), "--out", str(pathlib.Path(scratch) / "o.png"),
                     "--dump", str(dump), "--device", args.device, "--dtype", args.dtype,
                     "--resources", args.resources, "--progress", "none"],
                    capture_output=True, text=True, check=False)
                seconds = time.monotonic() - start
                if done.returncode != 0:
                    results.append({"case": name, "error": done.stderr.strip()[-500:]})
                    worst = float("inf")
                    continue
                golden, actual = load_safetensors(GOLDEN / folder / f"{name}.safetensors"), load_safetensors(dump)
                steps = steps_error(actual["steps"], golden)
                image = relative_error(actual["image"], golden["image"]) if "image" in golden else None
                worst = max(worst, steps / args.step_tolerance, (image or 0) / args.image_tolerance)
                results.append({"case": name, "steps": steps, "image": image, "process_s": round(seconds, 2)})
    modes = memory_modes(args) if args.device.startswith("cuda") else {}  # a CPU has no memory modes
    modes_agree = len(set(modes.values())) <= 1
    print(json.dumps({"device": args.device, "dtype": args.dtype, "within_tolerance": worst <= 1,
                      "memory_modes_agree": modes_agree, "memory_modes": modes, "results": results}, indent=1))
    return 0 if worst <= 1 and modes_agree else 1


if __name__ == "__main__":
    sys.exit(main())
