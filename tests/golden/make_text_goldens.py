# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes reference cases for CLIP skip, SDXL's size conditioning, long and emphasised prompts, and a run
of a model that is said to predict v: texts/NAME.safetensors and texts/cases.json.

    python make_text_goldens.py OUT_FOLDER     (needs diffusers==0.30.3, transformers==4.46, torch, safetensors)

Model: emoji-sdxl, fp32 on the CPU, one thread. Runs are StableDiffusionXLPipeline's own, given embeddings:
diffusers applies clip_skip to the prompt alone, so the negative embeddings are made here with the same
layer. latents_init is the unit normal noise of torch.Generator().manual_seed(seed), steps the latents
after each step. Long and emphasised prompts follow AUTOMATIC1111 stable-diffusion-webui
sd_hijack_clip.py and sd_emphasis.py ("Original") without their early end of a part at a comma: pieces are
tokenised one by one, cut into parts of 75 tokens, each framed and padded as a whole text; states are
multiplied by their token's weight, then by the ratio of a part's mean before and after; shorter texts get
parts of an empty text; pooled is that of the first part.
"""
import argparse
import json
import pathlib
import warnings

warnings.filterwarnings("ignore")
import diffusers
import torch
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "resources/models/emoji-sdxl"
LONG = "red apple on a green leaf, " * 12
PART = 75


class Encoders:
    def __init__(self):
        options = {"torch_dtype": torch.float32, "local_files_only": True}
        self.models = [
            CLIPTextModel.from_pretrained(MODEL / "text_encoder", **options).eval(),
            CLIPTextModelWithProjection.from_pretrained(MODEL / "text_encoder_2", **options).eval(),
        ]
        self.tokenizers = [CLIPTokenizer.from_pretrained(MODEL / name, local_files_only=True) for name in ("tokenizer", "tokenizer_2")]

    def plain(self, prompt, skip):
        states = []
        for tokenizer, model in zip(self.tokenizers, self.models):
            ids = tokenizer(prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
            out = model(ids, output_hidden_states=True)
            states.append(out.hidden_states[-(skip + 2)])
        return torch.cat(states, -1), out[0]

    def parts(self, pieces, skip):
        """[(text, weight)] -> parts of states per encoder, pooled."""
        all_states = []
        for tokenizer, model in zip(self.tokenizers, self.models):
            ids, weights = [], []
            for text, weight in pieces:
                own = tokenizer(text, add_special_tokens=False).input_ids
                ids += own
                weights += [weight] * len(own)
            states = []
            for first in range(0, max(len(ids), 1), PART):
                some, factors = ids[first : first + PART], weights[first : first + PART]
                rest = PART - len(some)
                framed = [tokenizer.bos_token_id, *some, tokenizer.eos_token_id] + [tokenizer.pad_token_id] * rest
                factors = torch.tensor([1.0, *factors, 1.0] + [1.0] * rest)
                out = model(torch.tensor([framed]), output_hidden_states=True)
                z = out.hidden_states[-(skip + 2)]
                before = z.mean()
                z = z * factors.reshape(1, -1, 1)
                z = z * (before / z.mean())
                states.append(z)
                if first == 0:
                    pooled = out[0]
            all_states.append(states)
        return all_states, pooled

    def joined(self, texts, skip=0):
        encoded = [self.parts(pieces, skip) for pieces in texts]
        empty, _ = self.parts([("", 1.0)], skip)
        count = max(len(states) for parts, _ in encoded for states in parts)
        result = []
        for parts, pooled in encoded:
            padded = [torch.cat(states + empty[i] * (count - len(states)), 1) for i, states in enumerate(parts)]
            result.append((torch.cat(padded, -1), pooled))
        return result


def run(pipeline, positive, negative, seed, steps, size, **extra):
    width, height = size
    noise = torch.randn((1, 4, height // 4, width // 4), generator=torch.Generator().manual_seed(seed))
    kept = []

    def keep(_pipeline, _step, _timestep, values):
        kept.append(values["latents"].clone())
        return values

    # The pipeline multiplies given latents by init_noise_sigma itself.
    pipeline(prompt_embeds=positive[0], pooled_prompt_embeds=positive[1], negative_prompt_embeds=negative[0],
             negative_pooled_prompt_embeds=negative[1], latents=noise, num_inference_steps=steps, width=width, height=height,
             guidance_scale=4.0, output_type="latent", callback_on_step_end=keep, **extra)
    return {"latents_init": noise, "steps": torch.stack(kept), "prompt_embeds": positive[0], "pooled": positive[1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="folder for texts/")
    out = parser.parse_args().out / "texts"
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    encoders = Encoders()
    pipeline = diffusers.StableDiffusionXLPipeline.from_pretrained(MODEL, torch_dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    cases = {}

    def write(name, tensors, **settings):
        save_file({key: value.contiguous() for key, value in tensors.items()}, out / f"{name}.safetensors")
        cases[name] = settings

    # Embeddings are most of a file: one case keeps their first tokens.
    def small(tensors, *, embeds):
        kept = {key: tensors[key] for key in ("latents_init", "steps")}
        return {**kept, "prompt_embeds_head": tensors["prompt_embeds"][:, :8], "pooled": tensors["pooled"]} if embeds else kept

    with torch.no_grad():
        tensors = run(pipeline, encoders.plain("red apple", 1), encoders.plain("blue car", 1), 51, 3, (64, 48),
                      original_size=(300, 200), crops_coords_top_left=(16, 8), target_size=(512, 384),
                      negative_original_size=(64, 32), negative_crops_coords_top_left=(0, 4), negative_target_size=(640, 128))
        sections = {"clip_skip": 1, "original_height": 300, "original_width": 200, "crop_top": 16, "crop_left": 8, "target_height": 512,
                    "target_width": 384, "negative_original_height": 64, "negative_original_width": 32, "negative_crop_top": 0,
                    "negative_crop_left": 4, "negative_target_height": 640, "negative_target_width": 128}
        write("skip_and_sizes", small(tensors, embeds=False), prompt="red apple", negative_prompt="blue car", seed=51, steps=3, width=64, height=48,
              conditioning=sections)

        long, negative = encoders.joined([[(LONG, 1.0)], [("blue car", 1.0)]])
        assert long[0].shape[1] == 154
        write("long", small(run(pipeline, long, negative, 52, 3, (48, 64)), embeds=False), prompt=LONG, negative_prompt="blue car", seed=52,
              steps=3, width=48, height=64, conditioning={"prompt_syntax": "long"})

        pieces = [[("a ", 1.0), ("red", 1.3), (" apple ", 1.0), ("on a leaf", 1 / 1.1)], [("blue ", 1.0), ("car", 0.5)]]
        positive, negative = encoders.joined(pieces, 1)
        write("weighted", small(run(pipeline, positive, negative, 53, 3, (48, 48)), embeds=True), prompt="a (red:1.3) apple [on a leaf]",
              negative_prompt="blue (car:0.5)", seed=53, steps=3, width=48, height=48,
              conditioning={"prompt_syntax": "weighted", "clip_skip": 1})

        config = dict(pipeline.scheduler.config, timestep_spacing="trailing", prediction_type="v_prediction", rescale_betas_zero_snr=True)
        for name, kind, more in (("ddim", diffusers.DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
                                 ("euler", diffusers.EulerDiscreteScheduler, {})):
            pipeline.scheduler = kind.from_config(config, **more)
            tensors = run(pipeline, encoders.plain("red apple", 0), encoders.plain("", 0), 54, 4, (48, 48))
            write(f"velocity_{name}", small(tensors, embeds=False), prompt="red apple", negative_prompt="", seed=54, steps=4, width=48, height=48,
                  sampler=name, spacing="trailing", model_options={"prediction": "v_prediction", "zero_snr": True})
    (out / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
