/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/gauss.h"

#include "kernels/border.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

/* As many bits as let the centre's weight fit 16 of them, with its sign. */
static void make_whole(struct gauss *gauss, const double *weight, uint32_t reach)
{
	int32_t left;

	gauss->bits = GAUSS_BITS_MAX;
	while (ldexp(weight[0], (int)gauss->bits) > INT16_MAX - 1 && gauss->bits > 15)
		gauss->bits--;
	left = 1 << gauss->bits;
	gauss->reach = 0;
	for (uint32_t k = 1; k <= reach; k++) {
		gauss->weight[k] = (int16_t)lround(ldexp(weight[k], (int)gauss->bits));
		left -= 2 * gauss->weight[k];
		if (gauss->weight[k])
			gauss->reach = k;
	}
	/* So narrow a Gaussian that only the centre counts. */
	if (left > INT16_MAX) {
		gauss->bits = 14;
		left = 1 << 14;
	}
	gauss->weight[0] = (int16_t)left;
	gauss->weight[gauss->reach + 1] = 0;
}

void gauss_plan_init(struct gauss_plan *plan, double sigma, uint32_t reach)
{
	double sum = 1;

	plan->reach = reach;
	plan->weight[0] = 1;
	for (uint32_t k = 1; k <= reach; k++) {
		plan->weight[k] = exp(-0.5 * (k / sigma) * (k / sigma));
		sum += 2 * plan->weight[k];
	}
	for (uint32_t k = 0; k <= reach; k++)
		plan->weight[k] /= sum;
	make_whole(&plan->whole, plan->weight, reach);
}

static uint32_t reach_of(const struct gauss_plan *plan, const struct shape *shape)
{
	return shape->sample == SAMPLE_U16 ? plan->reach : plan->whole.reach;
}

/* Pointers to rows, then a line with its borders. */
size_t gauss_memory(const struct gauss_plan *plan, const struct shape *shape)
{
	size_t reach = reach_of(plan, shape);
	size_t samples = (shape->width + 2 * reach) * shape->channels;

	return (2 * reach + 1) * sizeof(void *) +
		samples * (shape->sample == SAMPLE_U16 ? sizeof(double) : sizeof(int16_t));
}

/* The borders of a line of pixels of `size` bytes. */
static void mirror(unsigned char *line, uint32_t width, uint32_t reach, size_t size)
{
	unsigned char *first = line + reach * size;

	for (uint32_t k = 1; k <= reach; k++) {
		memcpy(first - k * size,
			first + border_index(-(int64_t)k, width, BORDER_REFLECT) * size, size);
		memcpy(first + (width - 1 + k) * size,
			first + border_index((int64_t)width - 1 + k, width, BORDER_REFLECT) * size,
			size);
	}
}

static void down16(
	double *to, const uint16_t *const *rows, size_t samples, const struct gauss_plan *plan)
{
	for (size_t i = 0; i < samples; i++)
		to[i] = rows[plan->reach][i] * plan->weight[0];
	for (uint32_t k = 1; k <= plan->reach; k++) {
		const uint16_t *a = rows[plan->reach - k], *b = rows[plan->reach + k];

		for (size_t i = 0; i < samples; i++)
			to[i] += (a[i] + b[i]) * plan->weight[k];
	}
}

static void across16(uint16_t *to, const double *line, size_t samples, size_t step,
	const struct gauss_plan *plan)
{
	const double *centre = line + plan->reach * step;

	for (size_t i = 0; i < samples; i++) {
		double sum = centre[i] * plan->weight[0];

		for (uint32_t k = 1; k <= plan->reach; k++)
			sum += (centre[i - k * step] + centre[i + k * step]) * plan->weight[k];
		/* What exceeds full by the rounding of weights stays below its half. */
		to[i] = (uint16_t)(sum + 0.5);
	}
}

void gauss_rows(const struct image *out, const struct image *in, const struct gauss_plan *plan,
	uint32_t from, uint32_t to, void *memory)
{
	const struct shape *shape = &in->shape;
	size_t step = shape->channels, samples = (size_t)shape->width * step;
	uint32_t reach = reach_of(plan, shape);
	const void **rows = memory;
	void *line = rows + 2 * reach + 1;

	for (uint32_t y = from; y < to; y++) {
		for (uint32_t k = 0; k <= 2 * reach; k++)
			rows[k] = image_row(in,
				border_index(
					(int64_t)y + k - reach, shape->height, BORDER_REFLECT));
		if (shape->sample == SAMPLE_U16) {
			down16((double *)line + reach * step, (const uint16_t *const *)rows,
				samples, plan);
			mirror(line, shape->width, reach, step * sizeof(double));
			across16(image_row(out, y), line, samples, step, plan);
		} else {
			kernels()->neighbour->gauss_down((int16_t *)line + reach * step,
				(const uint8_t *const *)rows, samples, &plan->whole);
			mirror(line, shape->width, reach, step * sizeof(int16_t));
			kernels()->neighbour->gauss_across(
				image_row(out, y), line, samples, step, &plan->whole);
		}
	}
}
