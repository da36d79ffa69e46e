/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of compare_kernels.h, written so that a compiler makes vectors of them: a file for each instruction set
 * includes this text. Whole numbers are exact, and doubles keep the order that is written here.
 */
#ifndef KERNELS_COMPARE_LOOPS_H
#define KERNELS_COMPARE_LOOPS_H

#include "kernels/compare_kernels.h"

#include <string.h>

enum {
	SUMS_CHUNK = 4096
}; /* samples whose absolute differences, and 8-bit squares, 32 bits hold */

#define LOOPS_SUMS(name, sample_t, square_t)                                                       \
	static void name(                                                                          \
		const void *a_row, const void *b_row, size_t samples, struct compare_sums *sums)   \
	{                                                                                          \
		const sample_t *a = a_row, *b = b_row;                                             \
		for (size_t at = 0; at < samples; at += SUMS_CHUNK) {                              \
			size_t end = samples - at < SUMS_CHUNK ? samples : at + SUMS_CHUNK;        \
			uint32_t absolute = 0, largest = 0;                                        \
			square_t squares = 0;                                                      \
			for (size_t i = at; i < end; i++) {                                        \
				uint32_t d = a[i] > b[i] ? (uint32_t)(a[i] - b[i])                 \
							 : (uint32_t)(b[i] - a[i]);                \
				absolute += d;                                                     \
				squares += (square_t)d * d;                                        \
				largest = d > largest ? d : largest;                               \
			}                                                                          \
			sums->absolute += absolute;                                                \
			sums->squares += squares;                                                  \
			sums->largest = largest > sums->largest ? largest : sums->largest;         \
		}                                                                                  \
	}

LOOPS_SUMS(loops_sums_u8, uint8_t, uint32_t)
LOOPS_SUMS(loops_sums_u16, uint16_t, uint64_t)

/* The channels are a constant where this is inlined. */
#define LOOPS_PAST(name, sample_t)                                                                 \
	static inline __attribute__((always_inline)) size_t name##_of(const sample_t *a,           \
		const sample_t *b, size_t pixels, unsigned channels, uint32_t limit)               \
	{                                                                                          \
		size_t count = 0;                                                                  \
		for (size_t i = 0; i < pixels; i++) {                                              \
			unsigned past = 0;                                                         \
			for (unsigned c = 0; c < channels; c++) {                                  \
				int32_t d = (int32_t)a[i * channels + c] - b[i * channels + c];    \
				past |= (uint32_t)(d < 0 ? -d : d) > limit;                        \
			}                                                                          \
			count += past;                                                             \
		}                                                                                  \
		return count;                                                                      \
	}                                                                                          \
	static size_t name(                                                                        \
		const void *a, const void *b, size_t pixels, unsigned channels, uint32_t limit)    \
	{                                                                                          \
		switch (channels) {                                                                \
		case 1:                                                                            \
			return name##_of(a, b, pixels, 1, limit);                                  \
		case 2:                                                                            \
			return name##_of(a, b, pixels, 2, limit);                                  \
		case 3:                                                                            \
			return name##_of(a, b, pixels, 3, limit);                                  \
		default:                                                                           \
			return name##_of(a, b, pixels, 4, limit);                                  \
		}                                                                                  \
	}

LOOPS_PAST(loops_past_u8, uint8_t)
LOOPS_PAST(loops_past_u16, uint16_t)

/* ---- SSIM ---- */

#define LOOPS_LINES(name, sample_t)                                                                \
	static void name(double *restrict line, const sample_t *restrict a,                        \
		const sample_t *restrict b, size_t count)                                          \
	{                                                                                          \
		double *restrict sum = line, *restrict difference = line + count;                  \
		double *restrict sum2 = line + 2 * count,                                          \
				 *restrict difference2 = line + 3 * count;                         \
		for (size_t i = 0; i < count; i++) {                                               \
			double s = (double)((int32_t)a[i] + (int32_t)b[i]);                        \
			double d = (double)((int32_t)a[i] - (int32_t)b[i]);                        \
			sum[i] = s;                                                                \
			difference[i] = d;                                                         \
			sum2[i] = s * s;                                                           \
			difference2[i] = d * d;                                                    \
		}                                                                                  \
	}

LOOPS_LINES(loops_lines_u8, uint8_t)
LOOPS_LINES(loops_lines_u16, uint16_t)

/* One map: from holds reach * step samples more on both sides. */
static void loops_blur(double *restrict to, const double *restrict from, size_t samples,
	size_t step, const struct ssim_window *window)
{
	const double *middle = from + window->reach * step;
	double weight = window->weight[0];

	for (size_t i = 0; i < samples; i++)
		to[i] = middle[i] * weight;
	for (uint32_t k = 1; k <= window->reach; k++) {
		const double *left = middle - k * step, *right = middle + k * step;

		weight = window->weight[k];
		for (size_t i = 0; i < samples; i++)
			to[i] += (left[i] + right[i]) * weight;
	}
}

/* The usual window in one pass over registers. */
static void loops_blur_full(double *restrict to, const double *restrict from, size_t samples,
	size_t step, const double weight[SSIM_REACH + 1])
{
	const double *m = from + SSIM_REACH * step;
	const double w0 = weight[0], w1 = weight[1], w2 = weight[2];
	const double w3 = weight[3], w4 = weight[4], w5 = weight[5];

	for (size_t i = 0; i < samples; i++, m++) {
		double sum = m[0] * w0;

		sum += (m[-(ptrdiff_t)step] + m[step]) * w1;
		sum += (m[-2 * (ptrdiff_t)step] + m[2 * step]) * w2;
		sum += (m[-3 * (ptrdiff_t)step] + m[3 * step]) * w3;
		sum += (m[-4 * (ptrdiff_t)step] + m[4 * step]) * w4;
		sum += (m[-5 * (ptrdiff_t)step] + m[5 * step]) * w5;
		to[i] = sum;
	}
}

#define LOOPS_ACROSS(name, lines, sample_t)                                                        \
	static void name(double *const to[SSIM_MAPS], const void *a, const void *b,                \
		size_t samples, size_t step, const struct ssim_window *window, double *line)       \
	{                                                                                          \
		size_t count = samples + 2 * window->reach * step;                                 \
		lines(line, (const sample_t *)a, (const sample_t *)b, count);                      \
		for (int map = 0; map < SSIM_MAPS; map++) {                                        \
			const double *from = line + (size_t)map * count;                           \
			if (window->reach == SSIM_REACH)                                           \
				loops_blur_full(to[map], from, samples, step, window->weight);     \
			else                                                                       \
				loops_blur(to[map], from, samples, step, window);                  \
		}                                                                                  \
	}

LOOPS_ACROSS(loops_across_u8, loops_lines_u8, uint8_t)
LOOPS_ACROSS(loops_across_u16, loops_lines_u16, uint16_t)

/* A map's rows around the middle one, at sample i. */
static inline __attribute__((always_inline)) double loops_down_at(
	const double *const (*rows)[SSIM_MAPS], int map, size_t i, const struct ssim_window *window,
	uint32_t reach)
{
	double sum = rows[reach][map][i] * window->weight[0];

	for (uint32_t k = 1; k <= reach; k++)
		sum += (rows[reach - k][map][i] + rows[reach + k][map][i]) * window->weight[k];
	return sum;
}

static inline __attribute__((always_inline)) void loops_down_of(double *restrict to,
	const double *const (*rows)[SSIM_MAPS], size_t samples, const struct ssim_window *window,
	uint32_t reach, double c1, double c2)
{
	for (size_t i = 0; i < samples; i++) {
		double sum = loops_down_at(rows, 0, i, window, reach);
		double difference = loops_down_at(rows, 1, i, window, reach);
		double sum2 = loops_down_at(rows, 2, i, window, reach);
		double difference2 = loops_down_at(rows, 3, i, window, reach);

		sum *= sum;
		difference *= difference;
		sum2 -= sum;
		difference2 -= difference;
		to[i] = ((sum - difference) * 0.5 + c1) * ((sum2 - difference2) * 0.5 + c2) /
			(((sum + difference) * 0.5 + c1) * ((sum2 + difference2) * 0.5 + c2));
	}
}

static void loops_down(double *to, const double *const (*rows)[SSIM_MAPS], size_t samples,
	const struct ssim_window *window, double c1, double c2)
{
	if (window->reach == SSIM_REACH)
		loops_down_of(to, rows, samples, window, SSIM_REACH, c1, c2);
	else
		loops_down_of(to, rows, samples, window, window->reach, c1, c2);
}

#endif
