/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a resampling along one axis: for each output sample, which input samples with what weights.
 *
 * A plan depends on sizes and the filter only, never on pixels, so images of the same sizes share it:
 * a worker keeps an axis_cache. A plan may cover a part of the outputs only, and then asks for no more
 * inputs than these need.
 *
 *	input   0 ......... low ............... high ......... in
 *	                     |<- span 0 ->|       |
 *	                         |<- span 1 ->| ..|
 *	output  0 ... first, first + 1, ... first + count - 1 ... out
 *
 * Source: Pillow 9.4 (Resample.c, precompute_coeffs and normalize_coeffs_8bpc), bit for bit.
 */
#ifndef KERNELS_AXIS_H
#define KERNELS_AXIS_H

#include "kernels/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fixed-point weights are scaled by 2^22: 255 x 2^22 and the overshoot of any filter fit 32 bits. */
enum { AXIS_BITS = 22 };

/* What a plan is made from. Compared field by field. */
struct axis_key {
	uint32_t in; /* input samples, at least 1 */
	uint32_t out; /* output samples of the whole, at least 1 */
	float from, to; /* the window in input coordinates; 0 <= from < to <= in */
	uint32_t first, count; /* the outputs that are planned; count at least 1 */
	uint8_t filter; /* enum resample_filter, not nearest */
	bool deep; /* weights in double for 16-bit samples; else fixed point for 8-bit ones */
	bool reversed; /* the same plan for an axis that runs the other way: input i is in - 1 - i, outputs last first */
};

/* Inputs low + first .. low + first + count - 1. */
struct span {
	uint32_t first, count;
};

enum { AXIS_TABLES = 5 };
/* No table takes more bytes: so many a weight, of so many outputs more than there are, and some besides. */
enum { AXIS_TABLE_WEIGHT = 32, AXIS_TABLE_OUTPUTS = 8, AXIS_TABLE_HEAD = 256 };

struct axis {
	struct axis_key key;
	uint32_t low, high; /* the inputs that any planned output needs: low .. high - 1 */
	uint32_t reach; /* no output's window, zero weights at its ends included, is wider */
	uint32_t stride; /* weights from one output to the next; a multiple of 4 */
	struct span
		*span; /* count of them; trimmed of zero weights at both ends, at least 1 wide */
	int32_t *weight; /* count x stride, zero behind each span's end; NULL when deep */
	double *weight_deep; /* the same for deep; else NULL */
	/* Tables that a kernel variant derives from the plan, by channel count; freed with it. */
	void *table[AXIS_TABLES];
	uint64_t bytes; /* what the plan holds at most, with one channel count's table */
};

/* NULL when out of memory. The caller frees. */
struct axis *axis_new(const struct axis_key *key);
/* NULL is fine. */
void axis_free(struct axis *axis);
/* Bytes that such a plan takes at most, with the table of one kernel variant for one channel count. */
uint64_t axis_estimate(const struct axis_key *key);
/* Its reach: no output's window is wider. */
uint32_t axis_reach(const struct axis_key *key);

/*
 * Plans kept from image to image. One thread at a time; taken plans stay valid, and may be read by any
 * thread, until put back.
 */
struct axis_cache;

struct axis_cache *axis_cache_new(void); /* NULL when out of memory */
void axis_cache_free(struct axis_cache *cache); /* every plan must be back; NULL is fine */
/* cache may be NULL: the plan is made anew. NULL when out of memory. */
struct axis *axis_cache_take(struct axis_cache *cache, const struct axis_key *key);
void axis_cache_put(struct axis_cache *cache, struct axis *axis); /* axis NULL is fine */

#endif
