/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of resampling, by the names that users give them.
 *
 * Source: Pillow 9.4 (Resample.c), whose values these reproduce to the last bit of the rounded
 * coefficients. A filter is a function of the distance to the output's centre in source samples; when
 * shrinking it is stretched by the scale, which is what makes it antialias.
 */
#ifndef KERNELS_FILTER_H
#define KERNELS_FILTER_H

#include <stddef.h>
#include <stdint.h>

enum resample_filter {
	FILTER_NEAREST, /* no weights: see nearest.h */
	FILTER_BOX,
	FILTER_BILINEAR,
	FILTER_HAMMING,
	FILTER_BICUBIC,
	FILTER_LANCZOS,
	FILTER_COUNT,
};

/* "lanczos"; static text. */
const char *filter_name(uint8_t filter);
/* How far the filter reaches to each side, in source samples at scale 1; 0 for nearest. */
double filter_support(uint8_t filter);
/* Its value at x. Not for nearest. */
double filter_value(uint8_t filter, double x);

#endif
