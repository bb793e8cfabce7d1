// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Hopper's own instructions (sm_90a) as functions: barriers in shared memory, tile copies, products of a
// warpgroup. Source: NVIDIA, PTX ISA 8.x, mbarrier, cp.async.bulk.tensor and wgmma.
#pragma once

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace studio::cuda::hopper {

__device__ __forceinline__ std::uint32_t shared_address(const void* pointer) { return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer)); }

// A barrier in shared memory. It counts arrivals, and bytes that copies bring; its phases alternate 0, 1, 0, ..
struct Barrier {
  std::uint64_t state;

  __device__ void init(unsigned arrivals) { asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(this)), "r"(arrivals)); }
  __device__ void arrive() { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(this)) : "memory"); }
  __device__ void arrive_expecting(unsigned bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(this)), "r"(bytes) : "memory");
  }
  __device__ void wait(unsigned phase) {
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again_%=:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@done bra ready_%=;\n"
        "bra again_%=;\n"
        "ready_%=:\n"
        "}\n" ::"r"(shared_address(this)),
        "r"(phase)
        : "memory");
  }
};

__device__ __forceinline__ void show_barriers_to_copies() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// Lets copies see, and write over, what this thread wrote to any memory before.
__device__ __forceinline__ void show_memory_to_copies() { asm volatile("fence.proxy.async;" ::: "memory"); }

// Lets products and copies see what this thread wrote to shared memory.
__device__ __forceinline__ void show_memory_to_products() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Waits for all 128 threads of a warpgroup; group: 0 to 14.
__device__ __forceinline__ void await_group(int group) { asm volatile("bar.sync %0, 128;" ::"r"(group + 1) : "memory"); }

// Waits for the kernel before this one, where it let this one begin early; does nothing elsewhere.
__device__ __forceinline__ void await_kernel_before() { asm volatile("griddepcontrol.wait;" ::: "memory"); }

// Lets the next kernel begin when all blocks have come here, if it is launched so.
__device__ __forceinline__ void let_next_kernel_begin() { asm volatile("griddepcontrol.launch_dependents;" ::: "memory"); }

__device__ __forceinline__ void fetch_map(const CUtensorMap& map) { asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory"); }

// Copies 16 bytes, or zeros, into shared memory; copies of a thread are counted in groups.
__device__ __forceinline__ void copy_16(std::uint32_t to, const void* from, bool is_there) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(is_there ? 16 : 0) : "memory");
}
__device__ __forceinline__ void end_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kLeft>
__device__ __forceinline__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory"); }

// Copies the box at (0, token, head, sample) of a map into shared memory; the barrier is told of its bytes.
__device__ __forceinline__ void copy_box(void* to, const CUtensorMap& map, int token, int head, int sample, Barrier& barrier) {
  asm volatile("cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], [%6];" ::"r"(
                   shared_address(to)),
               "l"(&map), "r"(0), "r"(token), "r"(head), "r"(sample), "r"(shared_address(&barrier))
               : "memory");
}

template <int kRegisters>
__device__ __forceinline__ void give_registers_back() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters)); }
template <int kRegisters>
__device__ __forceinline__ void take_registers() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters)); }

// Rows of 128 bytes in shared memory as copy_box() leaves them, swizzled in blocks of 8 rows, described as products want it:
// the half that differs. The start is aligned to 1024 bytes, or lies whole blocks or 32-byte columns after one that is.
struct Rows {
  std::uint32_t half;
  __device__ __forceinline__ Rows after(int bytes) const { return {half + static_cast<std::uint32_t>(bytes / 16)}; }
};
constexpr std::uint32_t kRowsHalf = 1U << 30U | 1024U >> 4U;  // the other half: the swizzle, and from one block to the next

__device__ __forceinline__ Rows describe_rows(const void* start) { return {1U << 16U | shared_address(start) >> 4U}; }

__device__ __forceinline__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void end_group() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Waits until at most kLeft groups are unfinished.
template <int kLeft>
__device__ __forceinline__ void wait_groups() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kLeft) : "memory"); }

// Keeps the compiler from moving uses of these registers over this place.
template <int kCount>
__device__ __forceinline__ void pin(float (&values)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(values[i])::"memory");
}

// Registers that the next product sets.
template <int kCount>
__device__ __forceinline__ void leave_unset(float (&values)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "=f"(values[i]));
}

// This thread's number in its warpgroup, read anew: what follows from it is not kept in registers beyond its use.
__device__ __forceinline__ int thread_of_group() {
  int thread;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
  return thread % 128;
}

#define STUDIO_F8(x, i) "+f"(x[i]), "+f"(x[i + 1]), "+f"(x[i + 2]), "+f"(x[i + 3]), "+f"(x[i + 4]), "+f"(x[i + 5]), "+f"(x[i + 6]), "+f"(x[i + 7])
#define STUDIO_F32(x, i) STUDIO_F8(x, i), STUDIO_F8(x, i + 8), STUDIO_F8(x, i + 16), STUDIO_F8(x, i + 24)
#define STUDIO_D64                                                                                                                     \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, " \
  "%28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, "  \
  "%54, %55, %56, %57, %58, %59, %60, %61, %62, %63}"
#define STUDIO_D32                                                                                                                     \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, " \
  "%28, %29, %30, %31}"

// d (+)= a b for 64 rows of a warpgroup; a, b described. `adds`: 0 sets d.
// With columns counted in eights, thread t of a warp has of its rows t/4 and t/4 + 8 the columns 2(t%4) and 2(t%4) + 1 of d.
// Shapes: a [64,16], b [128,16], numbers of one row adjacent; d [64,128].
template <class T>
__device__ __forceinline__ void multiply_rows(float (&d)[64], Rows a, Rows b, int adds) {
  if constexpr (std::is_same_v<T, __half>) {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 a, b;\nsetp.ne.b32 adds, %66, 0;\nmov.b64 a, {%64, %67};\nmov.b64 b, {%65, %67};\nwgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 " STUDIO_D64
                 ", a, b, adds, 1, 1, 0, 0;\n}\n"
                 : STUDIO_F32(d, 0), STUDIO_F32(d, 32)
                 : "r"(a.half), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  } else {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 a, b;\nsetp.ne.b32 adds, %66, 0;\nmov.b64 a, {%64, %67};\nmov.b64 b, {%65, %67};\nwgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 " STUDIO_D64
                 ", a, b, adds, 1, 1, 0, 0;\n}\n"
                 : STUDIO_F32(d, 0), STUDIO_F32(d, 32)
                 : "r"(a.half), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  }
}

// The same with a in the registers of the warpgroup, four of 8x8 as d lies; b [16,64], the 64 adjacent; d [64,64].
template <class T>
__device__ __forceinline__ void multiply_columns(float (&d)[32], const std::uint32_t (&a)[4], Rows b, int adds) {
  if constexpr (std::is_same_v<T, __half>) {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 b;\nsetp.ne.b32 adds, %37, 0;\nmov.b64 b, {%36, %38};\nwgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 " STUDIO_D32
                 ", {%32, %33, %34, %35}, b, adds, 1, 1, 1;\n}\n"
                 : STUDIO_F32(d, 0)
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  } else {
    asm volatile("{\n.reg .pred adds;\n.reg .b64 b;\nsetp.ne.b32 adds, %37, 0;\nmov.b64 b, {%36, %38};\nwgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 " STUDIO_D32
                 ", {%32, %33, %34, %35}, b, adds, 1, 1, 1;\n}\n"
                 : STUDIO_F32(d, 0)
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b.half), "r"(adds), "n"(kRowsHalf));
  }
}

#undef STUDIO_D64
#undef STUDIO_D32
#undef STUDIO_F32
#undef STUDIO_F8

// Two numbers as 16 bits each, the first in the lower half.
template <class T>
__device__ __forceinline__ std::uint32_t pair(float first, float second) {
  if constexpr (std::is_same_v<T, __half>) {
    const __half2 both = __floats2half2_rn(first, second);
    return reinterpret_cast<const std::uint32_t&>(both);
  } else {
    const __nv_bfloat162 both = __floats2bfloat162_rn(first, second);
    return reinterpret_cast<const std::uint32_t&>(both);
  }
}

}  // namespace studio::cuda::hopper
