#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Times the attention pass of libstudio_cuda.so beside each of PyTorch's own on one GPU.

usage: time_attention.py LIBSTUDIO_CUDA [--dtype fp16] [--rounds 30] [--out FILE]

Every contestant is a CUDA graph of ten calls on the same q, k and v, and they run in turn: what is compared
was measured in the same second. Rows: no blur, the last row blurred (sigma 2, and a matrix without zeros), and
the last row's mean; PyTorch's passes never blur. Needs torch with CUDA and a Hopper GPU. Prints a table; FILE gets JSON.
"""
import argparse
import ctypes as c
import json
import math
import statistics

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

OPS_VERSION, F16, BF16, CALLS = 4, 1, 2, 10
ATTENTION_PLACE = 5  # in the table of passes, cuda/api/ops.h


class Strides(c.Structure):
    _fields_ = [(name, c.c_int64) for name in ("sample", "head", "token")]


class Mix(c.Structure):
    _fields_ = [("along_y", c.c_void_p), ("along_x", c.c_void_p)]


class Row(c.Structure):
    _fields_ = [("source", c.c_int32), ("mix", c.c_int32)]


class Call(c.Structure):
    _fields_ = [("dtype", c.c_int32), ("q", c.c_void_p), ("k", c.c_void_p), ("v", c.c_void_p), ("q_stride", Strides),
                ("kv_stride", Strides), ("out", c.c_void_p), ("samples", c.c_int64), ("heads", c.c_int64),
                ("queries", c.c_int64), ("keys", c.c_int64), ("height", c.c_int64), ("width", c.c_int64),
                ("rows", c.POINTER(Row)), ("row_count", c.c_int64), ("mixes", c.POINTER(Mix)), ("mix_count", c.c_int64)]


class Stream(c.Structure):
    _fields_ = [("handle", c.c_void_p), ("device", c.c_int32)]


def blur_matrix(side, sigma):
    radius = side if sigma > 10 else math.ceil(6 * sigma) // 2
    matrix = torch.zeros(side, side, dtype=torch.float64)
    for row in range(side):
        for column in range(max(0, row - radius), min(side, row + radius + 1)):
            matrix[row, column] = math.exp(-0.5 * ((row - column) / sigma) ** 2)
    return (matrix / matrix.sum(1, keepdim=True)).float().cuda()


def our_call(attend, qkv, heads, side, mix):
    """A function that queues one pass; mix: matrix, "mean" or None."""
    rows, tokens, _, inner = qkv.shape
    out = torch.empty(rows, tokens, inner, dtype=qkv.dtype, device="cuda")
    part = [qkv[:, :, i].data_ptr() for i in range(3)]
    strides = Strides(tokens * 3 * inner, 64, 3 * inner)
    all_rows = (Row * rows)(*[Row(row, 0 if mix is not None and row == rows - 1 else -1) for row in range(rows)])
    pointer = mix.data_ptr() if torch.is_tensor(mix) else None
    mixes = (Mix * 1)(Mix(pointer, pointer))
    call = Call(F16 if qkv.dtype == torch.float16 else BF16, *part, strides, strides, out.data_ptr(), rows, heads, tokens,
                tokens, side, side, all_rows, rows, mixes, 0 if mix is None else 1)

    def run():
        error = attend(c.byref(call), Stream(torch.cuda.current_stream().cuda_stream, 0))
        if error:
            raise SystemExit(error.decode())

    run.keeps = (out, mix)
    return run


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--dtype", choices=["fp16", "bf16"], default="fp16")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    library = c.CDLL(arguments.library)
    library.studio_cuda_ops.restype = c.POINTER(c.c_void_p)
    table = library.studio_cuda_ops(OPS_VERSION)
    if not table:
        raise SystemExit("the library is of another version of ops.h")
    attend = c.CFUNCTYPE(c.c_char_p, c.c_void_p, Stream)(table[ATTENTION_PLACE])
    dtype = torch.float16 if arguments.dtype == "fp16" else torch.bfloat16
    torch.manual_seed(7)
    results = []
    for side, heads in ((32, 20), (64, 10)):
        for rows in (1, 2, 3):
            qkv = torch.randn(rows, side * side, 3, heads * 64, device="cuda").to(dtype)
            q, k, v = (qkv[:, :, i].unflatten(-1, (heads, 64)).transpose(1, 2) for i in range(3))
            mixes = {"no blur": None, "sigma 2": blur_matrix(side, 2), "sigma 50": blur_matrix(side, 50), "mean": "mean"}
            graphs = {name: graph_of(our_call(attend, qkv, heads, side, mix)) for name, mix in mixes.items()}
            for backend in (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION):
                with sdpa_kernel(backend):
                    graphs[backend.name] = graph_of(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v))
            times = in_turn(graphs, arguments.rounds)
            best = min(times[b.name] for b in (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION))
            ratios = {name: round(times[name] / best, 3) for name in mixes}
            results.append({"map": [side, side], "heads": heads, "rows": rows, "us": times, "of_the_best": ratios})
            print(f"{side}x{side}, {heads} heads, {rows} rows:", times, "of the best:", ratios, flush=True)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump({"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "dtype": arguments.dtype,
                       "calls_a_graph": CALLS, "rounds": arguments.rounds, "results": results}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
