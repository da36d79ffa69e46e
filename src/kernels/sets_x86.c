/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel sets of x86-64, and which CPU runs which. The compiler's own test of a feature also asks whether
 * the operating system keeps the registers it needs.
 */
#include "kernels/dispatch.h"
#include "kernels/pdep.h"

#include <cpuid.h>
#include <string.h>

/* BMI and BMI2 came with AVX2, and kernels of bits use them; but a virtual machine may hide one without the others. */
static bool runs_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		__builtin_cpu_supports("bmi2");
}

/* The same, on a CPU that is quick at PDEP. Those of the sets that follow all are. */
static bool runs_avx2pdep(void)
{
	unsigned a, b, c, d;
	char vendor[12];

	if (!runs_avx2() || !__get_cpuid(0, &a, &b, &c, &d))
		return false;
	memcpy(vendor, &b, 4);
	memcpy(vendor + 4, &d, 4);
	memcpy(vendor + 8, &c, 4);
	return __get_cpuid(1, &a, &b, &c, &d) && pdep_is_quick(vendor, family_of(a));
}

/* Not every compiler's test knows AVX-VNNI: leaf 7, part 1, EAX bit 4. Its registers are AVX2's. */
static bool runs_avxvnni(void)
{
	unsigned a, b, c, d;

	return runs_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4);
}

static bool runs_avx512(void)
{
	return runs_avx2() && __builtin_cpu_supports("avx512f") &&
		__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
}

/* What the two sets of AVX2 share. */
#define OF_AVX2                                                                                    \
	.resample_u8 = &resample_u8_avx2, .resample_u16 = &resample_u16_c,                         \
	.alpha_u8 = &alpha_u8_avx2, .png = &png_kernels_avx2, .idct = &idct_avx2,                  \
	.lut = &lut_avx2, .move = &move_avx2, .values_u8 = &values_u8_avx2,                        \
	.values_u16 = &values_u16_c, .warp_u8 = &warp_u8_avx2, .warp_u16 = &warp_u16_c,            \
	.neighbour = &neighbour_avx2, .compare_u8 = &compare_u8_avx2,                              \
	.compare_u16 = &compare_u16_avx2, .ssim_down = ssim_down_avx2

static const struct kernels avx2 = {
	.name = "avx2",
	.runs = runs_avx2,
	.huffman = &huffman_avx2,
	OF_AVX2,
};

static const struct kernels avx2pdep = {
	.name = "avx2pdep",
	.runs = runs_avx2pdep,
	.huffman = &huffman_pdep,
	OF_AVX2,
};

static const struct kernels avxvnni = {
	.name = "avxvnni",
	.runs = runs_avxvnni,
	.resample_u8 = &resample_u8_avxvnni,
	.resample_u16 = &resample_u16_c,
	.alpha_u8 = &alpha_u8_avx2,
	.png = &png_kernels_avx2,
	.huffman = &huffman_pdep,
	.idct = &idct_avxvnni,
	.lut = &lut_avx2,
	.move = &move_avx2,
	.values_u8 = &values_u8_avx2,
	.values_u16 = &values_u16_c,
	.warp_u8 = &warp_u8_avx2,
	.warp_u16 = &warp_u16_c,
	.neighbour = &neighbour_avx2,
	.compare_u8 = &compare_u8_avx2,
	.compare_u16 = &compare_u16_avx2,
	.ssim_down = ssim_down_avx2,
};

static const struct kernels avx512 = {
	.name = "avx512",
	.runs = runs_avx512,
	.resample_u8 = &resample_u8_avx512,
	.resample_u16 = &resample_u16_c,
	.alpha_u8 = &alpha_u8_avx2,
	.png = &png_kernels_avx2,
	.huffman = &huffman_pdep,
	.idct = &idct_avx512,
	.lut = &lut_avx512,
	.move = &move_avx2,
	.values_u8 = &values_u8_avx2,
	.values_u16 = &values_u16_c,
	.warp_u8 = &warp_u8_avx512,
	.warp_u16 = &warp_u16_c,
	.neighbour = &neighbour_avx2,
	.compare_u8 = &compare_u8_avx2,
	.compare_u16 = &compare_u16_avx2,
	.ssim_down = ssim_down_avx2,
};

const struct kernels *const kernel_sets[] = {&kernels_c, &avx2, &avx2pdep, &avxvnni, &avx512};
const size_t kernel_set_count = sizeof kernel_sets / sizeof *kernel_sets;
