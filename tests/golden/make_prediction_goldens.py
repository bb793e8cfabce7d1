# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes reference cases for models that predict something else than noise, for betas rescaled to no
signal, for latent consistency and for EDM noise levels: one JSON file a kind, made by the schedulers of
diffusers.

    python make_prediction_goldens.py OUT_FOLDER       (needs diffusers==0.30.3 and torch)

Tables are the schedulers' own, in fp32; the steps over them are taken in fp64, for which the schedulers'
casts to torch.float32 are turned into fp64 and their noise is drawn in fp32 and widened. Latents are
[1,4,2,3]; the made-up model answers

    output = 0.6 * tanh(model_input + 0.2 * sin(timestep / 100 + i))     i = index of the element, fp64

The first latents are init_noise_sigma times `unit_noise`. Noise inside euler_a and lcm comes from
torch.Generator().manual_seed(7). A case with `start` begins at that step from add_noise(`clean`,
`unit_noise`). Kept are the latents of such a start, those after the first step and the last ones.
"""
import argparse
import json
import pathlib

import diffusers
import torch
from diffusers.schedulers import scheduling_edm_dpmsolver_multistep, scheduling_edm_euler
from diffusers.schedulers import scheduling_euler_ancestral_discrete, scheduling_euler_discrete, scheduling_lcm
from diffusers.schedulers import scheduling_dpmsolver_multistep

SHAPE = (1, 4, 2, 3)
NOISE_SEED = 7
COUNT = 24
INDEX = torch.arange(COUNT, dtype=torch.float64).reshape(SHAPE)
UNIT_NOISE = (torch.sin(INDEX * 12.9898 + 1.0) * 1.4).float().double()
CLEAN = (torch.cos(INDEX * 4.1414 + 2.0) * 0.9).float().double()

SDXL = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
MULTISTEP = {"solver_order": 2, "lower_order_final": True}
SCHEDULERS = {
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "euler_a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "dpmpp_2m": (
        diffusers.DPMSolverMultistepScheduler,
        {"algorithm_type": "dpmsolver++", "solver_type": "midpoint", "final_sigmas_type": "zero", **MULTISTEP},
    ),
    "unipc": (diffusers.UniPCMultistepScheduler, {"solver_type": "bh2", "predict_x0": True, **MULTISTEP}),
    "lcm": (diffusers.LCMScheduler, {"steps_offset": 0}),
    "edm_euler": (diffusers.EDMEulerScheduler, {}),
    "edm_dpmpp_2m": (
        diffusers.EDMDPMSolverMultistepScheduler,
        {"algorithm_type": "dpmsolver++", "solver_type": "midpoint", "final_sigmas_type": "zero", **MULTISTEP},
    ),
}
PLAYGROUND = {"num_train_timesteps": 1000, "sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5}
COSXL = {**PLAYGROUND, "sigma_max": 120.0, "sigma_data": 1.0, "sigma_schedule": "exponential", "prediction_type": "v_prediction"}


class Wide:
    """The module torch as a scheduler's step sees it: fp32 is fp64."""

    def __getattr__(self, name):
        return getattr(torch, "float64" if name == "float32" else name)


def randn_tensor(shape, generator=None, device=None, dtype=None, layout=None):
    return torch.randn(shape, generator=generator).to(dtype)


MODULES = [
    scheduling_edm_dpmsolver_multistep,
    scheduling_edm_euler,
    scheduling_euler_ancestral_discrete,
    scheduling_euler_discrete,
    scheduling_lcm,
    scheduling_dpmsolver_multistep,
]


def made_up_model(model_input, timestep):
    return 0.6 * torch.tanh(model_input + 0.2 * torch.sin(timestep.double() / 100 + INDEX))


def rounded(tensor):
    return [float(f"{value:.8g}") for value in tensor.double().flatten().tolist()]


def run(name, settings, steps, start=0):
    kind, own = SCHEDULERS[name]
    scheduler = kind(**{**settings, **own})
    scheduler.set_timesteps(steps)
    if len(scheduler.timesteps) != steps:
        raise SystemExit(f"{kind.__name__} makes another number of steps than {steps}")
    init_noise_sigma = float(scheduler.init_noise_sigma)
    for table in ("sigmas", "alphas_cumprod", "final_alpha_cumprod"):
        if hasattr(scheduler, table):
            setattr(scheduler, table, getattr(scheduler, table).double())
    generator = torch.Generator().manual_seed(NOISE_SEED)
    for module in MODULES:
        module.torch, module.randn_tensor = Wide(), randn_tensor
    if start == 0:
        latents = UNIT_NOISE * init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(start)
        latents = scheduler.add_noise(CLEAN, UNIT_NOISE, scheduler.timesteps[start : start + 1])
    kept = {} if start == 0 else {"first": rounded(latents)}
    extra = {} if isinstance(scheduler, diffusers.UniPCMultistepScheduler) else {"generator": generator}
    for index in range(start, steps):
        timestep = scheduler.timesteps[index]
        output = made_up_model(scheduler.scale_model_input(latents, timestep), timestep)
        latents = scheduler.step(output, timestep, latents, **extra).prev_sample
        assert latents.dtype == torch.float64
        if index in (start, steps - 1):
            kept[str(index)] = rounded(latents)
    for module in MODULES:
        module.torch = torch
    return {
        "sampler": name.removeprefix("edm_"),
        "spacing": settings.get("timestep_spacing", "leading"),
        "sigmas": "karras" if settings.get("use_karras_sigmas") else "model",
        "prediction": settings.get("prediction_type", "epsilon"),
        "zero_snr": settings.get("rescale_betas_zero_snr", False),
        "edm": {key: value for key, value in settings.items() if key.startswith("sigma_")} if name.startswith("edm") else None,
        "steps": steps,
        "start": start,
        "timesteps": rounded(scheduler.timesteps),
        "init_noise_sigma": float(f"{init_noise_sigma:.10g}"),
        "latents": kept,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="folder for the JSON files")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    velocity = []
    for name in ("euler", "euler_a", "ddim", "dpmpp_2m", "unipc"):
        for spacing, zero in (("leading", False), ("trailing", True), ("linspace", True)):
            settings = {**SDXL, "timestep_spacing": spacing, "prediction_type": "v_prediction", "rescale_betas_zero_snr": zero}
            velocity += [run(name, settings, steps, start) for steps, start in ((1, 0), (3, 0), (8, 0), (8, 3))]
    for name in ("euler", "dpmpp_2m", "unipc"):
        settings = {**SDXL, "timestep_spacing": "trailing", "prediction_type": "v_prediction", "use_karras_sigmas": True}
        velocity.append(run(name, settings, 8))
    # Noise predictions over rescaled betas, where no step starts at the last timestep.
    for name in ("euler", "ddim", "unipc"):
        velocity.append(run(name, {**SDXL, "timestep_spacing": "leading", "rescale_betas_zero_snr": True}, 5))

    clean = [
        run(name, {**SDXL, "timestep_spacing": "trailing", "prediction_type": "sample"}, steps)
        for name in ("euler", "ddim", "dpmpp_2m", "unipc", "lcm")
        for steps in (1, 4)
    ]
    lcm = []
    for prediction, zero in (("epsilon", False), ("v_prediction", True)):
        settings = {**SDXL, "timestep_spacing": "leading", "prediction_type": prediction, "rescale_betas_zero_snr": zero}
        lcm += [run("lcm", settings, steps, start) for steps, start in ((1, 0), (2, 0), (4, 0), (4, 2), (7, 0), (50, 0))]
    edm = [run(name, settings, steps) for name in ("edm_euler", "edm_dpmpp_2m") for settings in (PLAYGROUND, COSXL) for steps in (2, 9)]

    betas = {}
    for zero in (False, True):
        scheduler = diffusers.EulerDiscreteScheduler(**SDXL, rescale_betas_zero_snr=zero)
        key = "zero_snr" if zero else "plain"
        betas[key] = {str(t): float(f"{float(scheduler.alphas_cumprod[t]):.10g}") for t in (*range(0, 999, 37), 997, 998, 999)}
    for name, cases in {"velocity": velocity, "clean": clean, "lcm": lcm, "edm": edm}.items():
        document = {
            "made_with": f"diffusers {diffusers.__version__}, torch {torch.__version__.split('+')[0]}",
            "shape": SHAPE,
            "unit_noise": rounded(UNIT_NOISE),
            "clean": rounded(CLEAN),
            "noise_seed": NOISE_SEED,
            "cases": cases,
        }
        if name == "velocity":
            document["alphas_cumprod"] = betas
        text = json.dumps(document, separators=(",", ":")).replace('{"sampler"', '\n{"sampler"')
        (arguments.out / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
