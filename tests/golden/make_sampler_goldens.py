# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes the sampler reference cases: one JSON file a sampler, made by the schedulers of diffusers.

    python make_sampler_goldens.py OUT_FOLDER          (needs diffusers==0.30.3 and torch)

Every scheduler is built with from_config() of the demo model's scheduler_config.json and runs all
spacings, and Karras sigmas where it has them, for 1, 2, 3, 7, 25 and 50 steps on latents [1,4,2,3]
with a made-up model:

    eps = 0.3 * model_input + 0.2 * sin(timestep / 100 + i)     i = index of the element, fp32

The first latents are init_noise_sigma times `unit_noise`. Runs of 25 and 50 steps keep every fifth
and tenth latent and the last. The noise inside euler_a comes from torch.Generator().manual_seed(7).
A case with `start` begins at that step from add_noise(`clean`, `unit_noise`): image to image.

Each file: {"made_with", "scheduler", "shape", "unit_noise", "clean", "noise_seed", "cases": [
  {"spacing", "sigmas", "steps", "start", "timesteps", "init_noise_sigma", "latents": {"step": [...]}}]}
"""
import argparse
import json
import pathlib

import diffusers
import torch

SHAPE = (1, 4, 2, 3)
NOISE_SEED = 7
SCHEDULERS = {
    "euler": (diffusers.EulerDiscreteScheduler, True, {}),
    "euler_a": (diffusers.EulerAncestralDiscreteScheduler, False, {}),
    "ddim": (diffusers.DDIMScheduler, False, {"clip_sample": False, "set_alpha_to_one": False}),
    "dpmpp_2m": (
        diffusers.DPMSolverMultistepScheduler,
        True,
        {
            "algorithm_type": "dpmsolver++",
            "solver_type": "midpoint",
            "solver_order": 2,
            "lower_order_final": True,
            "final_sigmas_type": "zero",
        },
    ),
    "unipc": (
        diffusers.UniPCMultistepScheduler,
        True,
        {"solver_type": "bh2", "solver_order": 2, "predict_x0": True, "lower_order_final": True},
    ),
}
COUNT = 24
INDEX = torch.arange(COUNT, dtype=torch.float32).reshape(SHAPE)
UNIT_NOISE = (torch.sin(INDEX.double() * 12.9898 + 1.0) * 1.4).float()
CLEAN = (torch.cos(INDEX.double() * 4.1414 + 2.0) * 0.9).float()


def made_up_model(model_input, timestep):
    return 0.3 * model_input + 0.2 * torch.sin(timestep.float() / 100 + INDEX)


def rounded(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def run(make, steps, start):
    scheduler = make()
    scheduler.set_timesteps(steps)
    if len(scheduler.timesteps) != steps:
        raise SystemExit(f"{type(scheduler).__name__} makes another number of steps than {steps}")
    generator = torch.Generator().manual_seed(NOISE_SEED)
    init_noise_sigma = float(scheduler.init_noise_sigma)
    if start == 0:
        latents = UNIT_NOISE * scheduler.init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(start)
        latents = scheduler.add_noise(CLEAN, UNIT_NOISE, scheduler.timesteps[start : start + 1])
    kept = {"first": rounded(latents)}
    every = {25: 5, 50: 10}.get(steps, 1)
    takes_generator = not isinstance(scheduler, diffusers.UniPCMultistepScheduler)
    for index in range(start, steps):
        timestep = scheduler.timesteps[index]
        eps = made_up_model(scheduler.scale_model_input(latents, timestep), timestep)
        extra = {"generator": generator} if takes_generator else {}
        latents = scheduler.step(eps, timestep, latents, **extra).prev_sample
        if index % every == 0 or index == steps - 1:
            kept[str(index)] = rounded(latents)
    return {
        "steps": steps,
        "start": start,
        "timesteps": rounded(scheduler.timesteps.double()),
        "init_noise_sigma": init_noise_sigma,
        "latents": kept,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="folder for the JSON files")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    config = json.loads((root / "resources/models/emoji-sdxl/scheduler/scheduler_config.json").read_text())
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (kind, has_karras, settings) in SCHEDULERS.items():
        cases = []
        for sigmas in ["model", "karras"] if has_karras else ["model"]:
            for spacing in ["leading", "trailing", "linspace"]:
                extra = {"use_karras_sigmas": sigmas == "karras"} if has_karras else {}

                def make():
                    return kind.from_config(config, timestep_spacing=spacing, **settings, **extra)

                for steps, start in [(1, 0), (2, 0), (3, 0), (7, 0), (7, 3), (25, 0), (50, 0)]:
                    cases.append({"spacing": spacing, "sigmas": sigmas, **run(make, steps, start)})
        document = {
            "made_with": f"diffusers {diffusers.__version__}",
            "scheduler": kind.__name__,
            "shape": SHAPE,
            "unit_noise": rounded(UNIT_NOISE),
            "clean": rounded(CLEAN),
            "noise_seed": NOISE_SEED,
            "cases": cases,
        }
        text = json.dumps(document, separators=(",", ":")).replace('{"spacing"', '\n{"spacing"')
        (arguments.out / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
