#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Holds seg-cli to diffusers on a model of SDXL's full shape, with seeded random weights.

    python check_full_size.py make FOLDER [--device cpu]   writes the model there, 7.1 GB in fp16, 1 to 3 minutes
    python check_full_size.py run FOLDER SEG_CLI [--device cpu] [--dtype fp32] [--memory resident]
                            [--sizes 512x512,...]

`run` makes the first two steps of CFG + SEG jobs twice: by the loop of make_extra_goldens.py in fp32, and
by seg-cli. What is compared is how far the latents moved, x_n - x_0, which is made of predictions alone: the
noise they started from, which both share, would hide an error. Half precision is compared with the fp32
loop; beside it stands how far the loop itself is off in that precision on that device, and how far off the
latents are.

Needs diffusers==0.30.3, transformers, torch, safetensors and numpy. In fp32 16 GB of memory are in use.
Prints a JSON document; exit status 1 when a size is over 1e-4 (fp32), or over 2e-2 or the loop's own error
(half precision).
"""
import argparse
import gc
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import torch

import make_extra_goldens as loop
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

DEMO = loop.MODELS["emoji-sdxl"]
UNET = {"sample_size": 128, "block_out_channels": (320, 640, 1280), "layers_per_block": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10), "attention_head_dim": (5, 10, 20), "cross_attention_dim": 2048,
        "use_linear_projection": True, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816}
VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4, "sample_size": 1024,
       "scaling_factor": 0.13025, "down_block_types": ("DownEncoderBlock2D",) * 4,
       "up_block_types": ("UpDecoderBlock2D",) * 4}
TEXTS = {"text_encoder": (CLIPTextModel, {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
                                          "num_attention_heads": 12, "hidden_act": "quick_gelu",
                                          "projection_dim": 768}),
         "text_encoder_2": (CLIPTextModelWithProjection,
                            {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
                             "num_attention_heads": 20, "hidden_act": "gelu", "projection_dim": 1280})}
SEED = 20261128


def make(folder, device):
    """The tokenizers and their vocabulary are the demo model's; everything else has SDXL's shape.
    The same seed gives other numbers on another device."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer", "tokenizer_2", "scheduler"):
        shutil.copytree(DEMO / name, folder / name, dirs_exist_ok=True)
    shutil.copy(DEMO / "model_index.json", folder)
    torch.manual_seed(SEED)
    torch.set_default_device(device)
    for name, (kind, shape) in TEXTS.items():
        config = CLIPTextConfig.from_pretrained(DEMO / name)
        config.update({**shape, "vocab_size": 49408})  # the demo's words and rows that nothing asks for: SDXL's size
        kind(config).half().save_pretrained(folder / name)
    AutoencoderKL(**VAE).half().save_pretrained(folder / "vae")
    UNet2DConditionModel(**UNET).half().save_pretrained(folder / "unet")


def moved(steps, first):
    return steps.double() - first.double()


def distance(actual, expected):
    return ((actual - expected).norm() / expected.norm()).item()


def job_of(item, folder, extra):
    return {"format": "seg-studio/job", "version": 1, "model": str(folder.resolve()), "prompt": item["prompt"],
            "seed": item["seed"], "steps": item["num_inference_steps"], "width": item["width"],
            "height": item["height"], "guidance": {"cfg.scale": item["guidance_scale"], "seg.scale": item["seg_scale"],
                                                   "seg.sigma": item["seg_blur_sigma"]}, **extra}


def references(folder, items, device, dtype):
    """By size: how the loop's latents moved in fp32, and its own error in `dtype`."""
    found = {}
    for kind in dict.fromkeys((torch.float32, dtype)):
        model = loop.Model(folder)
        parts = [model.unet, *model.encoders]
        for part in parts:
            part.to(device, kind)
        for name, item in items.items():
            began = time.monotonic()
            tensors, _ = loop.generate(model, item)
            scheduler = loop.scheduler_of(item, model.scheduler)
            scheduler.set_timesteps(item["num_inference_steps"])
            first = tensors["latents_init"] * scheduler.init_noise_sigma
            steps = moved(tensors["steps"].float().cpu(), first)
            if kind == torch.float32:
                found[name] = {"first": first, "steps": steps, "seconds": time.monotonic() - began, "own_error": None}
            else:
                found[name]["own_error"] = distance(steps, found[name]["steps"])
        del model, parts
        gc.collect()
    return found


def run(args):
    torch.set_num_threads(args.threads)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False  # fp32 means fp32
    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[args.dtype]
    items = {}
    for size in args.sizes.split(","):
        width, height = (int(side) for side in size.split("x"))
        items[size] = {"prompt": "rocket", "seed": 31, "num_inference_steps": 2, "width": width, "height": height,
                       "guidance_scale": 5.0, "seg_scale": 3.0, "seg_blur_sigma": args.blur_sigma}
    known = references(args.folder, items, args.device, dtype)
    results, is_right = [], True
    with tempfile.TemporaryDirectory() as scratch:
        job, dump = pathlib.Path(scratch) / "job.json", pathlib.Path(scratch) / "dump.safetensors"
        for size in [*items, next(iter(items))]:  # and back to the first
            job.write_text(json.dumps(job_of(items[size], args.folder, json.loads(args.extra))))
            began = time.monotonic()
            done = subprocess.run([args.seg_cli, "generate", "--job", str(job), "--out", str(pathlib.Path(scratch) / "o.png"),
                            "--dump", str(dump), "--device", args.device, "--dtype", args.dtype, "--threads",
                            str(args.threads), "--progress", "json", "--memory", args.memory],
                           check=True, capture_output=True, text=True)
            seconds = time.monotonic() - began
            finished = [json.loads(line) for line in done.stdout.splitlines() if '"finished"' in line][-1]
            first, expected, own = (known[size][key] for key in ("first", "steps", "own_error"))
            actual = moved(load_file(str(dump))["steps"], first)
            errors = [distance(a, e) for a, e in zip(actual, expected, strict=True)]
            of_latents = [distance(a + first, e + first) for a, e in zip(actual, expected, strict=True)]
            allowed = 1e-4 if own is None else min(2e-2, max(own, 1e-4))
            is_right &= max(errors) <= allowed
            results.append({"size": size, "error_by_step": errors, "allowed": allowed, "loop_own_error": own,
                            "latents_error_by_step": of_latents,
                            "gpu_peak_gb": round(finished.get("gpu_peak_bytes", 0) / 1e9, 3),
                            "moved": expected.norm().item() / first.norm().item(),
                            "process_s": round(seconds, 1), "loop_fp32_s": round(known[size]["seconds"], 1)})
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    print(json.dumps({"device": args.device, "dtype": args.dtype, "memory": args.memory, "extra": args.extra, "torch": torch.__version__, "seed": SEED,
                      "guidance": "CFG 5, SEG scale 3", "blur_sigma": str(args.blur_sigma),
                      "within_tolerance": bool(is_right), "results": results}, indent=1))
    return 0 if is_right else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    new = ways.add_parser("make")
    new.add_argument("folder", type=pathlib.Path)
    new.add_argument("--device", default="cpu")
    one = ways.add_parser("run")
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("seg_cli")
    one.add_argument("--device", default="cpu")
    one.add_argument("--dtype", default="fp32", choices=("fp32", "fp16", "bf16"))
    one.add_argument("--sizes", default="512x512,1024x1024,832x1216,1536x640")
    one.add_argument("--blur-sigma", type=float, default=2.0)
    one.add_argument("--memory", default="resident", choices=("resident", "8gb", "6gb"))
    one.add_argument("--threads", type=int, default=2)
    one.add_argument("--extra", default="{}", help='more of the job, such as {"speed": {"fp8": true}}: what an approximation is off')
    args = parser.parse_args()
    if args.way == "make":
        make(args.folder, args.device)
        return 0
    return run(args)


if __name__ == "__main__":
    sys.exit(main())
