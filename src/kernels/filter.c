/* SPDX-License-Identifier: Apache-2.0 */
/* Filter functions. The order of operations is part of the contract: it decides the last bit. */
#include "kernels/filter.h"

#include <assert.h>
#include <math.h>

static double box(double x)
{
	return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double bilinear(double x)
{
	x = fabs(x);
	return x < 1.0 ? 1.0 - x : 0.0;
}

/* The two constants are float32 in the reference, which shows in the rounded coefficients. */
static double hamming(double x)
{
	x = fabs(x);
	if (x == 0.0)
		return 1.0;
	if (x >= 1.0)
		return 0.0;
	x *= M_PI;
	return sin(x) / x * (0.54f + 0.46f * cos(x));
}

/* Keys' cubic with a = -0.5. */
static double bicubic(double x)
{
	const double a = -0.5;

	x = fabs(x);
	if (x < 1.0)
		return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
	if (x < 2.0)
		return (((x - 5) * x + 8) * x - 4) * a;
	return 0.0;
}

static double sinc(double x)
{
	if (x == 0.0)
		return 1.0;
	x *= M_PI;
	return sin(x) / x;
}

static double lanczos(double x)
{
	return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

static const struct {
	const char *name;
	double support;
	double (*value)(double x);
} filters[FILTER_COUNT] = {
	[FILTER_NEAREST] = {"nearest", 0, NULL},
	[FILTER_BOX] = {"box", 0.5, box},
	[FILTER_BILINEAR] = {"bilinear", 1, bilinear},
	[FILTER_HAMMING] = {"hamming", 1, hamming},
	[FILTER_BICUBIC] = {"bicubic", 2, bicubic},
	[FILTER_LANCZOS] = {"lanczos", 3, lanczos},
};

const char *filter_name(uint8_t filter)
{
	return filter < FILTER_COUNT ? filters[filter].name : "unknown";
}

double filter_support(uint8_t filter)
{
	assert(filter < FILTER_COUNT);
	return filters[filter].support;
}

double filter_value(uint8_t filter, double x)
{
	assert(filter < FILTER_COUNT && filters[filter].value);
	return filters[filter].value(x);
}
