# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes LoRA files and what diffusers makes of them with the tests' small model.

    python make_lora_goldens.py OUT_FOLDER

Needs diffusers==0.37.1, peft==0.21.2, transformers==4.57.6, torch and safetensors.

NAME.lora.safetensors    the file: kohya is written here, in kohya's layout with the original block
                         names; peft and dora are saved by diffusers, with its metadata
NAME.expected.safetensors  from load_lora_weights() and set_adapters(): pooled and the first 8 tokens of
                         prompt_embeds of one text by the text encoders with the LoRA on, and the UNet's
                         prediction for latents [1,4,16,16] at one timestep, all in fp32 on the CPU. The weights of the LoRAs are
                         in the metadata.
two.expected.safetensors  the same for two of the files at once

Seed rule: torch.manual_seed() with the number beside each name in CASES; latents: seed 1.
"""
import argparse
import json
import pathlib

import peft
import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.training_utils import _collate_lora_metadata
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / "models/tiny-sdxl"
PROMPT = "a red apple on a table"
TIMESTEP = 601
CASES = {"kohya": (11, 0.75), "peft": (13, 1.0), "dora": (14, 0.6)}
TOGETHER = ("kohya", "dora")

# Modules of the small model: one of each kind, and both ends of the numbering.
UNET = {
    "down_blocks.0.resnets.1.conv1": "input_blocks_2_0_in_layers_2",
    "down_blocks.0.downsamplers.0.conv": "input_blocks_3_0_op",
    "down_blocks.1.resnets.0.time_emb_proj": "input_blocks_4_0_emb_layers_1",
    "down_blocks.1.attentions.0.proj_in": "input_blocks_4_1_proj_in",
    "down_blocks.1.attentions.1.transformer_blocks.0.attn1.to_q": "input_blocks_5_1_transformer_blocks_0_attn1_to_q",
    "down_blocks.2.attentions.0.transformer_blocks.1.attn2.to_k": "input_blocks_7_1_transformer_blocks_1_attn2_to_k",
    "mid_block.resnets.1.conv2": "middle_block_2_out_layers_3",
    "mid_block.attentions.0.transformer_blocks.0.attn1.to_k": "middle_block_1_transformer_blocks_0_attn1_to_k",
    "mid_block.attentions.0.transformer_blocks.0.attn1.to_v": "middle_block_1_transformer_blocks_0_attn1_to_v",
    "mid_block.attentions.0.transformer_blocks.1.ff.net.0.proj": "middle_block_1_transformer_blocks_1_ff_net_0_proj",
    "mid_block.attentions.0.transformer_blocks.1.ff.net.2": "middle_block_1_transformer_blocks_1_ff_net_2",
    "up_blocks.0.resnets.2.conv_shortcut": "output_blocks_2_0_skip_connection",
    "up_blocks.0.attentions.2.transformer_blocks.0.attn1.to_out.0": "output_blocks_2_1_transformer_blocks_0_attn1_to_out_0",
    "up_blocks.0.upsamplers.0.conv": "output_blocks_2_2_conv",
    "up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v": "output_blocks_3_1_transformer_blocks_0_attn2_to_v",
    "up_blocks.1.attentions.2.proj_out": "output_blocks_5_1_proj_out",
}
# diffusers knows the names of a text encoder's attention in kohya files by its out_proj, which all have.
TEXT_1 = ["text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.0.self_attn.out_proj",
          "text_model.encoder.layers.1.mlp.fc2"]
TEXT_2 = ["text_model.encoder.layers.0.self_attn.v_proj", "text_model.encoder.layers.1.self_attn.out_proj",
          "text_model.encoder.layers.2.mlp.fc1"]


def pair(weight, rank):
    """Random numbers that half precision holds exactly; the product is about a third of the weight."""
    down = torch.randn(rank, *weight.shape[1:]).half()
    up = torch.randn(weight.shape[0], rank)
    up *= 0.3 * weight.float().norm() / (up @ down.float().flatten(1)).norm()
    return down, up.half().reshape(weight.shape[0], rank, *[1] * (weight.dim() - 2))


def networks_of(pipe):
    return {"unet": pipe.unet, "te1": pipe.text_encoder, "te2": pipe.text_encoder_2}


def write_kohya(path):
    pipe = StableDiffusionXLPipeline.from_pretrained(MODEL)
    weights = {part: network.state_dict() for part, network in networks_of(pipe).items()}
    modules = [("unet", name, original) for name, original in UNET.items()]
    modules += [("te1", name, name.replace(".", "_")) for name in TEXT_1] + [("te2", name, name.replace(".", "_")) for name in TEXT_2]
    tensors = {}
    for i, (part, name, written) in enumerate(modules):
        down, up = pair(weights[part][name + ".weight"], 1 + i % 3)
        stem = f"lora_{part}_{written}"
        tensors[stem + ".lora_down.weight"] = down
        tensors[stem + ".lora_up.weight"] = up
        # diffusers loses the alphas of attention that differ from the others; one for all it keeps.
        alpha = 2.5 if part == "unet" else 1.5
        tensors[stem + ".alpha"] = torch.tensor(alpha).half()
    save_file(tensors, path, {"ss_network_module": "networks.lora"})


def write_peft(path, use_dora):
    """Adapters that PEFT makes and diffusers saves, with PEFT's names and settings."""
    pipe = StableDiffusionXLPipeline.from_pretrained(MODEL)
    patterns = {} if use_dora else {"rank_pattern": {"attn1.to_q": 3}, "alpha_pattern": {"attn1.to_q": 7, "up_blocks.0.upsamplers.0.conv": 1}}
    configs = {
        "unet": peft.LoraConfig(r=2, lora_alpha=3, target_modules=list(UNET), use_dora=use_dora, **patterns),
        "te1": peft.LoraConfig(r=2, lora_alpha=2, target_modules=TEXT_1, use_rslora=True, use_dora=use_dora),
        "te2": peft.LoraConfig(r=4, lora_alpha=2, target_modules=TEXT_2, use_rslora=True, use_dora=use_dora),
    }
    states = {}
    for part, network in networks_of(pipe).items():
        network.add_adapter(configs[part])
        for module in network.modules():
            if "default" not in getattr(module, "lora_A", {}):
                continue
            down, up = pair(module.get_base_layer().weight.data, module.lora_A["default"].weight.shape[0])
            module.lora_A["default"].weight.data = down.float()
            module.lora_B["default"].weight.data = up.float()
            if use_dora:
                magnitude = module.lora_magnitude_vector["default"].weight
                magnitude.data = magnitude.data * (1 + 0.2 * torch.randn_like(magnitude))
        network.peft_config["default"].base_model_name_or_path = None
        state = peft.get_peft_model_state_dict(network)
        states[part] = {name: tensor.detach().half().contiguous() for name, tensor in state.items()}
    metadata = _collate_lora_metadata({"unet": pipe.unet, "text_encoder": pipe.text_encoder, "text_encoder_2": pipe.text_encoder_2})
    StableDiffusionXLPipeline.save_lora_weights(path.parent, states["unet"], states["te1"], states["te2"], weight_name=path.name, **metadata)


def write_expected(path, used):
    """used: {path of a LoRA: weight}."""
    pipe = StableDiffusionXLPipeline.from_pretrained(MODEL)
    for lora in used:
        pipe.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name=lora.name.split(".")[0],
                               low_cpu_mem_usage=False)  # magnitudes need the weights
    pipe.set_adapters([lora.name.split(".")[0] for lora in used], list(used.values()))
    with torch.no_grad():
        states, _, pooled, _ = pipe.encode_prompt(PROMPT, device="cpu", do_classifier_free_guidance=False)
        latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1))
        ids = torch.tensor([[64.0, 64.0, 0.0, 0.0, 64.0, 64.0]])
        added = {"text_embeds": pooled, "time_ids": ids}
        prediction = pipe.unet(latents, TIMESTEP, encoder_hidden_states=states, added_cond_kwargs=added).sample
        pipe.unload_lora_weights()
        plain = pipe.unet(latents, TIMESTEP, encoder_hidden_states=states, added_cond_kwargs=added).sample
    away = ((prediction - plain).norm() / plain.norm()).item()
    print(f"{path.name}: prediction {away:.3f} away from the one without LoRA in the UNet")
    tensors = {"latents": latents, "prompt_embeds": states[:, :8], "pooled": pooled, "prediction": prediction}
    weights = {lora.name: weight for lora, weight in used.items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, {"prompt": PROMPT, "weights": json.dumps(weights)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    used = {}
    for name, (seed, weight) in CASES.items():
        path = out / f"{name}.lora.safetensors"
        torch.manual_seed(seed)
        if name == "kohya":
            write_kohya(path)
        else:
            write_peft(path, name == "dora")
        used[name] = {path: weight}
        write_expected(out / f"{name}.expected.safetensors", used[name])
    write_expected(out / "two.expected.safetensors", {**used[TOGETHER[0]], **used[TOGETHER[1]]})


if __name__ == "__main__":
    main()
