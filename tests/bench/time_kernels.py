#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Times passes of libstudio_cuda.so beside PyTorch's own on one GPU: attention, and a linear layer with GEGLU.

usage: time_kernels.py LIBSTUDIO_CUDA [--dtype fp16] [--rounds 30] [--only attention|geglu] [--out FILE]

Every contestant is a CUDA graph of ten calls on the same arrays, and they run in turn: what is compared was measured in the
same second. Attention: no blur, the last row blurred (sigma 2, and a matrix without zeros), and the last row's mean;
PyTorch's passes never blur. GEGLU: in one pass, and PyTorch's product with this library's GEGLU behind it. Needs torch with
CUDA and a Hopper GPU. Prints a table; FILE gets JSON.
"""
import argparse
import ctypes as c
import json
import math
import pathlib
import re
import statistics

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

F16, BF16, CALLS = 1, 2, 10
GEGLU, ATTENTION, LINEAR_GEGLU = 2, 5, 8  # places in the table of passes, cuda/api/ops.h


class Strides(c.Structure):
    _fields_ = [(name, c.c_int64) for name in ("sample", "head", "token")]


class Mix(c.Structure):
    _fields_ = [("along_y", c.c_void_p), ("along_x", c.c_void_p)]


class Row(c.Structure):
    _fields_ = [("source", c.c_int32), ("mix", c.c_int32)]


class Attention(c.Structure):
    _fields_ = [("dtype", c.c_int32), ("q", c.c_void_p), ("k", c.c_void_p), ("v", c.c_void_p), ("q_stride", Strides),
                ("kv_stride", Strides), ("out", c.c_void_p), ("samples", c.c_int64), ("heads", c.c_int64),
                ("queries", c.c_int64), ("keys", c.c_int64), ("height", c.c_int64), ("width", c.c_int64),
                ("rows", c.POINTER(Row)), ("row_count", c.c_int64), ("mixes", c.POINTER(Mix)), ("mix_count", c.c_int64),
                ("workspace", c.c_void_p), ("workspace_bytes", c.c_int64)]


class Geglu(c.Structure):
    _fields_ = [("dtype", c.c_int32), ("value", c.c_void_p), ("gate", c.c_void_p), ("stride", c.c_int64), ("out", c.c_void_p),
                ("rows", c.c_int64), ("inner", c.c_int64)]


class LinearGeglu(c.Structure):
    _fields_ = [("dtype", c.c_int32), ("x", c.c_void_p), ("weight", c.c_void_p), ("bias", c.c_void_p), ("out", c.c_void_p),
                ("rows", c.c_int64), ("channels", c.c_int64), ("inner", c.c_int64)]


class Stream(c.Structure):
    _fields_ = [("handle", c.c_void_p), ("device", c.c_int32)]


def blur_matrix(side, sigma):
    radius = side if sigma > 10 else math.ceil(6 * sigma) // 2
    matrix = torch.zeros(side, side, dtype=torch.float64)
    for row in range(side):
        for column in range(max(0, row - radius), min(side, row + radius + 1)):
            matrix[row, column] = math.exp(-0.5 * ((row - column) / sigma) ** 2)
    return (matrix / matrix.sum(1, keepdim=True)).float().cuda()


def dtype_of(x):
    return F16 if x.dtype == torch.float16 else BF16


def queue(operation, call):
    error = operation(c.byref(call), Stream(torch.cuda.current_stream().cuda_stream, 0))
    if error:
        raise SystemExit(error.decode())


def our_attention(attend, qkv, heads, side, mix):
    """A function that queues one pass; mix: matrix, "mean" or None."""
    rows, tokens, _, inner = qkv.shape
    out = torch.empty(rows, tokens, inner, dtype=qkv.dtype, device="cuda")
    part = [qkv[:, :, i].data_ptr() for i in range(3)]
    strides = Strides(tokens * 3 * inner, 64, 3 * inner)
    all_rows = (Row * rows)(*[Row(row, 0 if mix is not None and row == rows - 1 else -1) for row in range(rows)])
    pointer = mix.data_ptr() if torch.is_tensor(mix) else None
    mixes = (Mix * 1)(Mix(pointer, pointer))
    workspace = torch.empty(tokens, inner, dtype=qkv.dtype, device="cuda")
    call = Attention(dtype_of(qkv), *part, strides, strides, out.data_ptr(), rows, heads, tokens, tokens, side, side, all_rows,
                     rows, mixes, 0 if mix is None else 1, workspace.data_ptr(), workspace.numel() * 2)

    def run():
        queue(attend, call)

    run.keeps = (out, mix, workspace)
    return run


def geglu_calls(gate, linear_geglu, x, weight, bias):
    rows, inner = x.shape[0], weight.shape[0] // 2
    out = torch.empty(rows, inner, dtype=x.dtype, device="cuda")
    call = LinearGeglu(dtype_of(x), x.data_ptr(), weight.data_ptr(), bias.data_ptr(), out.data_ptr(), rows, x.shape[1], inner)

    def fused():
        queue(linear_geglu, call)

    def apart():
        both = torch.nn.functional.linear(x, weight, bias)
        queue(gate, Geglu(dtype_of(x), both.data_ptr(), both.data_ptr() + 2 * inner, 2 * inner, out.data_ptr(), rows, inner))

    fused.keeps = out
    return {"one pass": fused, "product, GEGLU": apart, "product alone": lambda: torch.nn.functional.linear(x, weight, bias)}


def graph_of(run):
    run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(CALLS):
            run()
    return graph, run  # the graph does not keep what its calls read


def in_turn(graphs, rounds):
    samples = {name: [] for name in graphs}
    for turn in range(rounds + 3):
        for name, (graph, _) in graphs.items():
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            graph.replay()
            end.record()
            torch.cuda.synchronize()
            if turn >= 3:
                samples[name].append(begin.elapsed_time(end) * 1e3 / CALLS)
    return {name: round(statistics.median(values), 2) for name, values in samples.items()}


def time_attention(attend, dtype, rounds):
    results = []
    for side, heads in ((32, 20), (64, 10)):
        for rows in (1, 2, 3):
            qkv = torch.randn(rows, side * side, 3, heads * 64, device="cuda").to(dtype)
            q, k, v = (qkv[:, :, i].unflatten(-1, (heads, 64)).transpose(1, 2) for i in range(3))
            mixes = {"no blur": None, "sigma 2": blur_matrix(side, 2), "sigma 50": blur_matrix(side, 50), "mean": "mean"}
            graphs = {name: graph_of(our_attention(attend, qkv, heads, side, mix)) for name, mix in mixes.items()}
            for backend in (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION):
                with sdpa_kernel(backend):
                    graphs[backend.name] = graph_of(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v))
            times = in_turn(graphs, rounds)
            best = min(times[b.name] for b in (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION))
            ratios = {name: round(times[name] / best, 3) for name in mixes}
            results.append({"map": [side, side], "heads": heads, "rows": rows, "us": times, "of_the_best": ratios})
            print(f"{side}x{side}, {heads} heads, {rows} rows:", times, "of the best:", ratios, flush=True)
    return results


def time_geglu(gate, linear_geglu, dtype, rounds):
    results = []
    for tokens, channels in ((1024, 1280), (4096, 640)):
        for rows in (1, 2, 3):
            x = torch.randn(rows * tokens, channels, device="cuda").to(dtype)
            weight = (torch.randn(8 * channels, channels, device="cuda") / math.sqrt(channels)).to(dtype)
            bias = torch.randn(8 * channels, device="cuda").to(dtype)
            calls = geglu_calls(gate, linear_geglu, x, weight, bias)
            times = in_turn({name: graph_of(call) for name, call in calls.items()}, rounds)
            rate = 2 * x.numel() * weight.shape[0] / times["one pass"] * 1e-6
            results.append({"rows": rows * tokens, "channels": channels, "us": times, "tflop_per_s": round(rate)})
            print(f"{rows * tokens} rows of {channels}:", times, f"{rate:.0f} TFLOP/s", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--dtype", choices=["fp16", "bf16"], default="fp16")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", choices=["attention", "geglu"])
    parser.add_argument("--out")
    arguments = parser.parse_args()
    library = c.CDLL(arguments.library)
    library.studio_cuda_ops.restype = c.POINTER(c.c_void_p)
    header = pathlib.Path(__file__).parents[2] / "cuda/api/ops.h"
    version = int(re.search(r"kOpsVersion = (\d+)", header.read_text())[1])
    table = library.studio_cuda_ops(version)
    if not table:
        raise SystemExit("the library is of another version of ops.h")
    attend, gate, linear_geglu = (c.CFUNCTYPE(c.c_char_p, c.c_void_p, Stream)(table[place]) for place in (ATTENTION, GEGLU, LINEAR_GEGLU))
    dtype = torch.float16 if arguments.dtype == "fp16" else torch.bfloat16
    torch.manual_seed(7)
    results = {}
    if arguments.only != "geglu":
        results["attention"] = time_attention(attend, dtype, arguments.rounds)
    if arguments.only != "attention":
        results["linear layer with GEGLU"] = time_geglu(gate, linear_geglu, dtype, arguments.rounds)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump({"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "dtype": arguments.dtype,
                       "calls_a_graph": CALLS, "rounds": arguments.rounds, **results}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
