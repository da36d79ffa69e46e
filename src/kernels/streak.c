/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/streak.h"

#include "kernels/dispatch.h"
#include "kernels/lines.h"

#include <math.h>
#include <stdlib.h>

/* To 15 decimals, so that no machine's last bit decides where a tap lies. */
static double rounded(double value)
{
	return rint(value * 1e15) / 1e15;
}

static uint32_t farther(uint32_t far, int at)
{
	return (uint32_t)abs(at) > far ? (uint32_t)abs(at) : far;
}

void streak_init(struct streak *streak, uint32_t length, double angle)
{
	double radians = fmod(angle, 360) * 0.017453292519943295;
	double x = rounded(cos(radians)), y = rounded(-sin(radians));
	double longer = fmax(fabs(x), fabs(y));
	int half = (int)length / 2;

	*streak = (struct streak){.length = length};
	for (int k = -half; k <= half; k++) {
		int at_x = (int)lround(k * (x / longer)), at_y = (int)lround(k * (y / longer));

		streak->x[k + half] = (int16_t)at_x;
		streak->y[k + half] = (int16_t)at_y;
		streak->side = farther(streak->side, at_x);
		streak->above = farther(streak->above, at_y);
	}
}

size_t streak_memory(const struct streak *streak, const struct shape *shape)
{
	return lines_memory(shape, streak->above, streak->side);
}

static void mean16(uint16_t *to, const void *const *taps, size_t samples, uint32_t count)
{
	for (size_t i = 0; i < samples; i++) {
		uint32_t sum = count / 2;

		for (uint32_t k = 0; k < count; k++)
			sum += ((const uint16_t *)taps[k])[i];
		to[i] = (uint16_t)(sum / count);
	}
}

void streak_rows(const struct image *out, const struct image *in, const struct streak *streak,
	uint32_t from, uint32_t to, void *memory)
{
	size_t pixel = shape_pixel_size(&in->shape);
	size_t samples = (size_t)in->shape.width * in->shape.channels;
	const void *taps[STREAK_MAX];
	struct lines lines;

	lines_init(&lines, in, streak->above, streak->side, BORDER_REFLECT, memory);
	for (uint32_t y = from; y < to; y++) {
		lines_move(&lines, y);
		for (uint32_t k = 0; k < streak->length; k++) {
			const unsigned char *row = lines.row[(int)streak->above + streak->y[k]];

			taps[k] = row + (size_t)((int)streak->side + streak->x[k]) * pixel;
		}
		if (in->shape.sample == SAMPLE_U16)
			mean16(image_row(out, y), taps, samples, streak->length);
		else
			kernels()->neighbour->mean(image_row(out, y), (const uint8_t *const *)taps,
				samples, streak->length);
	}
}
