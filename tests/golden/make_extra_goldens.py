# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes reference cases that the SEG authors' pipeline cannot make: pictures that are not square,
windows of steps, more samplers; and the autoencoder's two directions.

    python make_extra_goldens.py --check          replays ../emoji and ../tiny: proves this file right
    python make_extra_goldens.py OUT_FOLDER       writes extra/ and vae/ there

Needs diffusers==0.30.3, transformers==4.46, torch and safetensors. UNet, autoencoder, text encoders,
tokenizers and schedulers are those of diffusers and transformers, in fp32 on the CPU; the loop and the
query blur follow SusungHong/SEG-SDXL pipeline_seg.py, with two differences. A query map keeps its true
height and width, and each axis clamps its blur kernel to its own length: on squares both are the same.
And SEG works only in the steps floor(seg_start * n) <= step < floor(seg_stop * n).

Seed rule: latents_init is the unit normal noise of torch.Generator().manual_seed(seed); noise inside
euler_a comes from a second generator, seeded seed + 1. Each case is one file with latents_init
[B,4,h,w] and steps [n,B,4,h,w], the latents after each step; its settings are in cases.json.

vae/: for each model picture [1,3,H,W] in [0,1], mean and sampled [1,4,h,w] (both times the scaling
factor; sampled with the standard deviation times unit_noise), decoded [1,3,H,W] in [0,1], of mean.
"""
import argparse
import json
import math
import pathlib
import warnings

warnings.filterwarnings("ignore")
import diffusers
import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import AttnProcessor2_0
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

HERE = pathlib.Path(__file__).resolve().parent
MODELS = {
    "emoji-sdxl": HERE.parent.parent / "resources/models/emoji-sdxl",
    "tiny-sdxl": HERE / "models/tiny-sdxl",
}
INFINITE_BLUR = 9999999.0
SCHEDULERS = {
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "euler_a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "dpmpp_2m": (
        diffusers.DPMSolverMultistepScheduler,
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
        {"solver_type": "bh2", "solver_order": 2, "predict_x0": True, "lower_order_final": True},
    ),
}


def case(name, prompt, seed, steps, size, **settings):
    width, height = size
    return {"name": name, "model": "emoji-sdxl", "prompt": prompt, "seed": seed, "num_inference_steps": steps,
            "width": width, "height": height, "guidance_scale": 1.0, "seg_scale": 2.0, **settings}


CASES = [
    case("wide_cfg_seg_sigma1", "rocket", 31, 4, (160, 96), guidance_scale=4.0, seg_blur_sigma=1.0),
    case("tall_cfg_seg_sigma100", "red apple", 32, 4, (96, 160), guidance_scale=4.0, seg_blur_sigma=100.0),
    case("wide_cfg_seg_inf", "penguin", 33, 4, (160, 96), guidance_scale=3.0, seg_scale=3.0,
         seg_blur_sigma=INFINITE_BLUR),
    case("wide_all_layers_sigma2", "green tree", 34, 4, (96, 64), guidance_scale=4.0, seg_blur_sigma=2.0,
         seg_applied_layers=["down", "mid", "up"]),
    case("euler_karras_seg", "yellow star", 35, 6, (96, 64), scheduler="euler_karras", guidance_scale=4.0,
         seg_blur_sigma=1.5),
    case("unipc_linspace_seg", "blue car", 36, 6, (64, 96), scheduler="unipc_linspace", guidance_scale=4.0,
         seg_blur_sigma=INFINITE_BLUR),
    case("euler_a_trailing_seg", "dog", 37, 6, (96, 64), scheduler="euler_a_trailing", seg_blur_sigma=2.0),
    case("ddim_trailing_seg", "cat", 38, 4, (64, 64), scheduler="ddim_trailing", guidance_scale=5.0,
         seg_blur_sigma=1.0, guidance_rescale=0.5),
    case("layers_down", "a red heart", 39, 4, (96, 64), seg_blur_sigma=1.0, seg_applied_layers=["down"]),
    case("layers_d0_u5", "a red heart", 39, 4, (96, 64), seg_blur_sigma=1.0,
         seg_applied_layers_index=["d0", "u5"]),
    # floor(0.25 * 6) = 1, floor(0.75 * 6) = 4: steps 1, 2 and 3.
    case("window", "house", 40, 6, (64, 64), guidance_scale=4.0, seg_scale=3.0, seg_blur_sigma=INFINITE_BLUR,
         seg_start=0.25, seg_stop=0.75),
    case("batch3_empty_negative", ["rocket", "", "a cat face on a pink background"], 41, 4, (64, 64),
         negative_prompt="", guidance_scale=4.0, seg_blur_sigma=1.0),
    case("tiny_wide_up", "a photo of a cat", 42, 4, (320, 192), model="tiny-sdxl", guidance_scale=4.0,
         seg_blur_sigma=3.0, seg_applied_layers_index=["u0", "u5", "u8"]),
]


class Model:
    def __init__(self, folder):
        options = {"torch_dtype": torch.float32, "local_files_only": True}
        self.unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", **options).eval()
        self.vae = diffusers.AutoencoderKL.from_pretrained(folder / "vae", **options).eval()
        self.encoders = [
            CLIPTextModel.from_pretrained(folder / "text_encoder", **options).eval(),
            CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2", **options).eval(),
        ]
        self.tokenizers = [CLIPTokenizer.from_pretrained(folder / name, local_files_only=True)
                           for name in ("tokenizer", "tokenizer_2")]
        self.scheduler = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        self.factor = 2 ** (len(self.vae.config.block_out_channels) - 1)
        self.layers = {}  # "d0" -> the processor's name
        names = [name for name in self.unet.attn_processors if name.endswith("attn1.processor")]
        for prefix in ("down_blocks", "mid_block", "up_blocks"):
            for i, name in enumerate([name for name in names if name.startswith(prefix)]):
                self.layers[f"{prefix[0]}{i}"] = name

    def encode(self, prompts):
        states = []
        for tokenizer, encoder in zip(self.tokenizers, self.encoders):
            ids = tokenizer(prompts, padding="max_length", max_length=tokenizer.model_max_length, truncation=True,
                            return_tensors="pt").input_ids
            out = encoder(ids.to(encoder.device), output_hidden_states=True)
            states.append(out.hidden_states[-2])
        return torch.cat(states, -1), out[0]

    def negative(self, prompt, positive):
        if prompt is None:
            return tuple(torch.zeros_like(part) for part in positive)
        return self.encode([prompt] * positive[0].shape[0])

    def chosen_layers(self, item):
        if "seg_applied_layers_index" in item:
            return [self.layers[layer] for layer in item["seg_applied_layers_index"]]
        parts = {part[0] for part in item.get("seg_applied_layers", ["mid"])}
        return [name for layer, name in self.layers.items() if layer[0] in parts]


def scheduler_of(item, config):
    name, changes = item.get("scheduler", "euler"), {}
    if name.endswith("_karras"):
        name, changes = name[: -len("_karras")], {"use_karras_sigmas": True}
    for spacing in ("leading", "trailing", "linspace"):
        if name.endswith("_" + spacing):
            name, changes = name[: -len(spacing) - 1], {"timestep_spacing": spacing}
    kind, options = SCHEDULERS[name]
    return kind.from_config(config, **options, **changes)


def kernel(sigma, length):
    size = math.ceil(6 * sigma) + 1 - math.ceil(6 * sigma) % 2
    size = min(size, length - (length % 2 - 1))
    x = torch.linspace(-(size - 1) / 2, (size - 1) / 2, size)
    weights = torch.exp(-0.5 * (x / sigma) ** 2)
    return weights / weights.sum()


def blurred(query_map, sigma):
    """[B,C,H,W] -> the same."""
    if sigma > 9999.0:
        return query_map.mean(dim=(2, 3), keepdim=True).expand_as(query_map)
    ky, kx = (kernel(sigma, query_map.shape[side]).to(query_map) for side in (2, 3))
    channels, pad_x, pad_y = query_map.shape[1], len(kx) // 2, len(ky) // 2
    padded = F.pad(query_map, [pad_x, pad_x, pad_y, pad_y], mode="reflect")
    return F.conv2d(padded, (ky[:, None] * kx[None, :]).expand(channels, 1, -1, -1), groups=channels)


class SegProcessor:
    """Self-attention in which the last state["samples"] samples have blurred queries."""

    def __init__(self, state, sigma):
        self.state, self.sigma = state, sigma

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **kwargs):
        batch, tokens, width = hidden_states.shape
        q, k, v = attn.to_q(hidden_states), attn.to_k(hidden_states), attn.to_v(hidden_states)
        samples = self.state["samples"]
        if samples:
            height, length = self.state["latent"]
            shrink = math.isqrt(height * length // tokens)
            h, w = -(-height // shrink), -(-length // shrink)
            query_map = q[-samples:].transpose(1, 2).reshape(samples, -1, h, w)
            last = blurred(query_map, self.sigma).reshape(samples, -1, tokens).transpose(1, 2)
            q = torch.cat([q[:-samples], last])
        q, k, v = (x.view(batch, tokens, attn.heads, -1).transpose(1, 2) for x in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width)
        return attn.to_out[1](attn.to_out[0](out))


def combined(parts, item):
    """parts: predictions by row: "c" conditional, "u" negative, "s" blurred."""
    guidance, scale, rescale = item["guidance_scale"], item["seg_scale"], item.get("guidance_rescale", 0.0)
    cond = noise = parts["c"]
    if "u" in parts:
        noise = noise + (guidance - 1.0) * (cond - parts["u"])
    if "s" in parts:
        noise = noise + scale * (cond - parts["s"])
    if "u" in parts and rescale > 0.0:
        spread = cond.std(dim=(1, 2, 3), keepdim=True) / noise.std(dim=(1, 2, 3), keepdim=True)
        noise = rescale * noise * spread + (1.0 - rescale) * noise
    return noise


@torch.inference_mode()
def generate(model, item):
    prompts = item["prompt"] if isinstance(item["prompt"], list) else [item["prompt"]]
    batch, count = len(prompts), item["num_inference_steps"]
    native = model.unet.config.sample_size * model.factor
    width, height = item.get("width", native), item.get("height", native)
    latent = (height // model.factor, width // model.factor)
    first_step, end_step = (math.floor(item.get(key, default) * count + 1e-9)
                            for key, default in (("seg_start", 0.0), ("seg_stop", 1.0)))
    texts = {"c": model.encode(prompts)}
    texts["s"], texts["u"] = texts["c"], model.negative(item.get("negative_prompt"), texts["c"])

    scheduler = scheduler_of(item, model.scheduler)
    scheduler.set_timesteps(count)
    noise = torch.randn((batch, 4, *latent), generator=torch.Generator().manual_seed(item["seed"]))
    x = (noise * scheduler.init_noise_sigma).to(model.unet.device, model.unet.dtype)
    has_noise = isinstance(scheduler, diffusers.EulerAncestralDiscreteScheduler)
    extra = {"generator": torch.Generator().manual_seed(item["seed"] + 1)} if has_noise else {}

    state = {"samples": 0, "latent": latent}
    processors = {name: AttnProcessor2_0() for name in model.unet.attn_processors}
    if item["seg_scale"] > 0.0:
        for name in model.chosen_layers(item):
            processors[name] = SegProcessor(state, item["seg_blur_sigma"])
    model.unet.set_attn_processor(processors)
    time_ids = torch.tensor([[height, width, 0, 0, height, width]]).to(x)

    steps = []
    for i, t in enumerate(scheduler.timesteps):
        seg_now = item["seg_scale"] > 0.0 and first_step <= i < end_step
        rows = ["u"] * (item["guidance_scale"] > 1.0) + ["c"] + ["s"] * seg_now
        state["samples"] = batch if seg_now else 0
        added = {"text_embeds": torch.cat([texts[row][1] for row in rows]),
                 "time_ids": time_ids.repeat(len(rows) * batch, 1)}
        predictions = model.unet(scheduler.scale_model_input(torch.cat([x] * len(rows)), t), t,
                                 encoder_hidden_states=torch.cat([texts[row][0] for row in rows]),
                                 added_cond_kwargs=added, return_dict=False)[0].chunk(len(rows))
        x = scheduler.step(combined(dict(zip(rows, predictions)), item), t, x, **extra).prev_sample
        steps.append(x)
    return {"latents_init": noise, "steps": torch.stack(steps)}, scheduler.timesteps.tolist()


def smooth_picture(height, width):
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    return torch.stack([0.5 + 0.4 * torch.sin(3 * x + y), 0.2 + 0.6 * y, 0.5 + 0.3 * torch.cos(4 * x * y)])[None]


@torch.inference_mode()
def autoencode(model, height, width):
    vae, picture = model.vae, smooth_picture(height, width)
    distribution = vae.encode(picture * 2 - 1).latent_dist
    noise = torch.randn(distribution.mean.shape, generator=torch.Generator().manual_seed(5))
    decoded = vae.decode(distribution.mean, return_dict=False)[0]
    return {"picture": picture, "unit_noise": noise, "mean": distribution.mean * vae.config.scaling_factor,
            "sampled": (distribution.mean + distribution.std * noise) * vae.config.scaling_factor,
            "decoded": (decoded / 2 + 0.5).clamp(0, 1)}


def save(tensors, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, str(path))


def check(models):
    worst = 0.0
    for folder, name in (("emoji", "emoji-sdxl"), ("tiny", "tiny-sdxl")):
        for key, item in json.loads((HERE / folder / "cases.json").read_text()).items():
            expected = load_file(str(HERE / folder / f"{key}.safetensors"))
            tensors, _ = generate(models[name], item)
            steps = tensors["steps"][expected["step_indices"]] if "step_indices" in expected else tensors["steps"]
            error = max(((x - y).norm() / y.norm()).item() for x, y in zip(steps, expected["steps"], strict=True))
            worst = max(worst, error)
            print(f"{key:24s} {error:.1e}", flush=True)
    if worst > 1e-5:
        raise SystemExit(f"largest relative error {worst:.1e}; 1e-5 is allowed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--threads", type=int, default=1, help="sums, and so the last bits, depend on it")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    models = {name: Model(folder) for name, folder in MODELS.items()}
    if args.check:
        check(models)
    if args.out is None:
        return
    table = {}
    for item in CASES:
        tensors, timesteps = generate(models[item["model"]], item)
        save(tensors, args.out / "extra" / f"{item['name']}.safetensors")
        table[item["name"]] = {**item, "timesteps": timesteps}
        print(item["name"], flush=True)
    (args.out / "extra" / "cases.json").write_text(json.dumps(table, indent=1) + "\n")
    for name, size in (("emoji-sdxl", (48, 32)), ("tiny-sdxl", (32, 64))):
        save(autoencode(models[name], *size), args.out / "vae" / f"{name}.safetensors")


if __name__ == "__main__":
    main()
