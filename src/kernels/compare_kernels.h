/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for comparing rows of one form, u8 or u16 samples as the table says that
 * the functions stand in. Any alignment; nothing outside the rows is read. Every variant gives the same bits.
 */
#ifndef KERNELS_COMPARE_KERNELS_H
#define KERNELS_COMPARE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Sums of the differences of samples; zeroed before the first row. */
struct compare_sums {
	uint64_t absolute, squares;
	uint32_t largest;
};

/*
 * SSIM (Wang et al. 2004) of windows of up to SSIM_TAPS x SSIM_TAPS. The moments of a and b come from those of
 * a + b and a - b, which takes four blurred maps where the paper has five, and is exact where a equals b.
 */
enum { SSIM_REACH = 5, SSIM_TAPS = 2 * SSIM_REACH + 1, SSIM_MAPS = 4 };

/* Weights of a Gaussian: weight[k] of both samples k away from the middle; their sum is 1. */
struct ssim_window {
	uint32_t reach; /* 0 .. SSIM_REACH */
	double weight[SSIM_REACH + 1];
};

struct compare_kernels {
	/* Adds a row. */
	void (*sums)(const void *a, const void *b, size_t samples, struct compare_sums *sums);
	/* How many pixels have a sample that differs by more than limit. */
	size_t (*past)(
		const void *a, const void *b, size_t pixels, unsigned channels, uint32_t limit);
	/*
	 * The four maps of a row, blurred across: a + b, a - b and their squares, of `samples` samples of which each window
	 * holds those `step` apart. a and b have 2 * reach * step samples more. line: room for as many, four times.
	 */
	void (*ssim_across)(double *const to[SSIM_MAPS], const void *a, const void *b,
		size_t samples, size_t step, const struct ssim_window *window, double *line);
};

/*
 * The rows of maps blurred down, 2 * window->reach + 1 of them, and what they come to: each sample's SSIM. c1, c2: the
 * paper's constants.
 */
typedef void ssim_down_fn(double *to, const double *const (*rows)[SSIM_MAPS], size_t samples,
	const struct ssim_window *window, double c1, double c2);

extern const struct compare_kernels compare_u8_c, compare_u16_c, compare_u8_avx2, compare_u16_avx2;
extern ssim_down_fn ssim_down_c, ssim_down_avx2;

#endif
