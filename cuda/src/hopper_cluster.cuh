// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What clusters of blocks and large products add to hopper.cuh: blocks that send numbers to each other, pairs of them that
// share copies, products 256 columns wide, and results put into shared memory as tiles. Source: NVIDIA, PTX ISA 8.x.
#pragma once

#include "cuda/src/hopper.cuh"

namespace studio::cuda::hopper {

// This block's number in its cluster.
__device__ __forceinline__ unsigned rank_in_cluster() {
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// Counts this thread among those that have begun, then waits until all of the cluster's blocks have: from then on they may
// reach each other's memory. Shows no memory but barriers that show_barriers_to_copies() followed.
__device__ __forceinline__ void arrive_in_cluster() { asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory"); }
__device__ __forceinline__ void await_cluster() { asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory"); }

// Sends two numbers to where block `rank` of the cluster has what this one has at `to`, in shared memory; aligned to 8. The
// barrier that it has in the same place as this one is told of 8 bytes.
__device__ __forceinline__ void send_to_block(void* to, float first, float second, Barrier& barrier, unsigned rank) {
  asm volatile(
      "{\n"
      ".reg .b32 there, barrier;\n"
      "mapa.shared::cluster.u32 there, %0, %2;\n"
      "mapa.shared::cluster.u32 barrier, %1, %2;\n"
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.f32 [there], {%3, %4}, [barrier];\n"
      "}\n" ::"r"(shared_address(to)),
      "r"(shared_address(&barrier)), "r"(rank), "f"(first), "f"(second)
      : "memory");
}

// Waits for all threads of both blocks.
__device__ __forceinline__ void await_pair() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Arrives at the barrier that block `rank` of the pair has in the same place. Orders copies and products, which do not need
// the fence of a wider scope, and not other accesses to memory.
__device__ __forceinline__ void arrive_at(Barrier& barrier, unsigned rank) {
  asm volatile(
      "{\n"
      ".reg .b32 there;\n"
      "mapa.shared::cluster.u32 there, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [there];\n"
      "}\n" ::"r"(shared_address(&barrier)),
      "r"(rank)
      : "memory");
}

// Copies the box at (column, row) of a matrix into shared memory; the barrier is told of its bytes.
__device__ __forceinline__ void copy_tile(void* to, const CUtensorMap& map, int column, int row, Barrier& barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(shared_address(to)),
               "l"(&map), "r"(column), "r"(row), "r"(shared_address(&barrier))
               : "memory");
}

// The same into the same place of both blocks; each one's barrier is told.
__device__ __forceinline__ void copy_tile_to_both(void* to, const CUtensorMap& map, int column, int row, Barrier& barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%2, %3}], [%4], %5;" ::"r"(
                   shared_address(to)),
               "l"(&map), "r"(column), "r"(row), "r"(shared_address(&barrier)), "h"(static_cast<std::uint16_t>(3))
               : "memory");
}

// Puts two 8x8 tiles of 16-bit numbers into shared memory; thread 8 i + j of a warp gives the address of row j of tile i.
__device__ __forceinline__ void store_tiles(std::uint32_t address, std::uint32_t first, std::uint32_t second) {
  asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(address), "r"(first), "r"(second) : "memory");
}

#define STUDIO_F8(x, i) "+f"(x[i]), "+f"(x[i + 1]), "+f"(x[i + 2]), "+f"(x[i + 3]), "+f"(x[i + 4]), "+f"(x[i + 5]), "+f"(x[i + 6]), "+f"(x[i + 7])
#define STUDIO_F32(x, i) STUDIO_F8(x, i), STUDIO_F8(x, i + 8), STUDIO_F8(x, i + 16), STUDIO_F8(x, i + 24)
#define STUDIO_D128                                                                                                                     \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, "  \
  "%28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, "   \
  "%54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "   \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, "   \
  "%105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, " \
  "%127}"

// As multiply_rows(), for twice as many columns. Shapes: a [64,16], b [256,16]; d [64,256].
template <class T>
__device__ __forceinline__ void multiply_wide(float (&d)[128], Rows a, Rows b, int adds) {
  if constexpr (std::is_same_v<T, __half>) {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 a, b;\nsetp.ne.b32 adds, %130, 0;\nmov.b64 a, {%128, %131};\nmov.b64 b, {%129, %131};\nwgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 " STUDIO_D128
                 ", a, b, adds, 1, 1, 0, 0;\n}\n"
                 : STUDIO_F32(d, 0), STUDIO_F32(d, 32), STUDIO_F32(d, 64), STUDIO_F32(d, 96)
                 : "r"(a.half), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  } else {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 a, b;\nsetp.ne.b32 adds, %130, 0;\nmov.b64 a, {%128, %131};\nmov.b64 b, {%129, %131};\nwgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 " STUDIO_D128
                 ", a, b, adds, 1, 1, 0, 0;\n}\n"
                 : STUDIO_F32(d, 0), STUDIO_F32(d, 32), STUDIO_F32(d, 64), STUDIO_F32(d, 96)
                 : "r"(a.half), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  }
}

#undef STUDIO_D128
#undef STUDIO_F32
#undef STUDIO_F8

}  // namespace studio::cuda::hopper
