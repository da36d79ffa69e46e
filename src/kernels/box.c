/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/box.h"

#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

enum { LANES = 128, ONE = 1 << 24 }; /* samples a strip down is wide */

struct box box_of(float radius)
{
	struct box box = {.radius = (uint32_t)radius};

	box.whole = (uint32_t)((float)ONE / (radius * 2 + 1));
	box.end = (ONE - (box.radius * 2 + 1) * box.whole) / 2;
	return box;
}

/* Gwosdek and others, "Theoretical foundations of Gaussian convolution by extended box filtering", SSVM 2011. */
float box_gaussian_radius(float radius)
{
	float variance = radius * radius / 3;
	float length = (float)sqrt(12.0 * variance + 1.0);
	float whole = (float)floor((length - 1.0) / 2.0);
	float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);

	part /= 6 * (variance - (whole + 1) * (whole + 1));
	return whole + part;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Samples of the longest strip's lines. */
static size_t strip_samples(const struct shape *shape)
{
	size_t across = (size_t)shape->width * shape->channels * NEIGHBOUR_STRIP;

	return larger(across, (size_t)shape->height * LANES);
}

/* Sums of a line's lanes, then two strips. */
size_t box_memory(const struct shape *shape)
{
	size_t lanes = larger(LANES, (size_t)shape->channels * NEIGHBOUR_STRIP);

	return lanes * sizeof(uint64_t) + 2 * strip_samples(shape) * sample_size(shape->sample);
}

static uint32_t strips(size_t of, size_t each)
{
	return (uint32_t)((of + each - 1) / each);
}

uint32_t box_strips_across(const struct shape *shape)
{
	return strips(shape->height, NEIGHBOUR_STRIP);
}

uint32_t box_strips_down(const struct shape *shape)
{
	return strips((size_t)shape->width * shape->channels, LANES);
}

/* What one share works with. */
struct strip {
	void *sum, *now, *then;
	bool deep;
};

static struct strip strip_in(void *memory, const struct shape *shape)
{
	size_t lanes = larger(LANES, (size_t)shape->channels * NEIGHBOUR_STRIP);
	unsigned char *now = (unsigned char *)memory + lanes * sizeof(uint64_t);

	return (struct strip){.sum = memory,
		.now = now,
		.then = now + strip_samples(shape) * sample_size(shape->sample),
		.deep = shape->sample == SAMPLE_U16};
}

/* neighbour_kernels.h's box with 16-bit samples. */
static void box16(uint16_t *to, const uint16_t *from, uint32_t lines, size_t lanes,
	const struct box *box, uint64_t *sum)
{
	int64_t last = (int64_t)lines - 1, radius = box->radius;
	uint32_t inside = box->radius < lines ? box->radius : lines;

	for (size_t i = 0; i < lanes; i++) {
		sum[i] = from[i] * (uint64_t)(box->radius + 1) +
			from[(size_t)last * lanes + i] * (uint64_t)(box->radius - inside);
		for (uint32_t x = 0; x < inside; x++)
			sum[i] += from[x * lanes + i];
	}
	for (int64_t x = 0; x <= last; x++, to += lanes) {
		int64_t left = x - radius - 1, right = x + radius;
		const uint16_t *gone = from + (size_t)(left < 0 ? 0 : left) * lanes;
		const uint16_t *come = from + (size_t)(right < last ? right : last) * lanes;
		const uint16_t *next = from + (size_t)(right + 1 < last ? right + 1 : last) * lanes;

		for (size_t i = 0; i < lanes; i++) {
			sum[i] += come[i] - (uint64_t)gone[i];
			to[i] = (uint16_t)((sum[i] * box->whole +
						   ((uint64_t)gone[i] + next[i]) * box->end +
						   (1u << 23)) >>
				24);
		}
	}
}

/* The result is in strip->now. */
static void run_passes(
	struct strip *strip, uint32_t lines, size_t lanes, const struct box *box, unsigned passes)
{
	for (; passes; passes--) {
		void *now = strip->now;

		if (strip->deep)
			box16(strip->then, now, lines, lanes, box, strip->sum);
		else
			kernels()->neighbour->box(strip->then, now, lines, lanes, box, strip->sum);
		strip->now = strip->then;
		strip->then = now;
	}
}

static void turn16(uint16_t *to, const struct image *in, uint32_t y, uint32_t rows, size_t columns)
{
	for (uint32_t r = 0; r < rows; r++) {
		const uint16_t *from = image_row(in, y + r);

		for (size_t i = 0; i < columns; i++)
			to[i * NEIGHBOUR_STRIP + r] = from[i];
	}
}

static void turn16_back(
	const struct image *out, uint32_t y, uint32_t rows, const uint16_t *from, size_t columns)
{
	for (uint32_t r = 0; r < rows; r++) {
		uint16_t *to = image_row(out, y + r);

		for (size_t i = 0; i < columns; i++)
			to[i] = from[i * NEIGHBOUR_STRIP + r];
	}
}

/* The last strip of few rows: one by one. */
static void turn8(uint8_t *to, const struct image *in, uint32_t y, uint32_t rows, size_t columns)
{
	if (rows == NEIGHBOUR_STRIP) {
		kernels()->neighbour->turn(to, image_row(in, y), in->stride, columns);
		return;
	}
	for (uint32_t r = 0; r < rows; r++) {
		const uint8_t *from = image_row(in, y + r);

		for (size_t i = 0; i < columns; i++)
			to[i * NEIGHBOUR_STRIP + r] = from[i];
	}
}

static void turn8_back(
	const struct image *out, uint32_t y, uint32_t rows, const uint8_t *from, size_t columns)
{
	if (rows == NEIGHBOUR_STRIP) {
		kernels()->neighbour->turn_back(image_row(out, y), out->stride, from, columns);
		return;
	}
	for (uint32_t r = 0; r < rows; r++) {
		uint8_t *to = image_row(out, y + r);

		for (size_t i = 0; i < columns; i++)
			to[i] = from[i * NEIGHBOUR_STRIP + r];
	}
}

void box_across(const struct image *out, const struct image *in, const struct box *box,
	unsigned passes, uint32_t from, uint32_t to, void *memory)
{
	const struct shape *shape = &in->shape;
	size_t columns = (size_t)shape->width * shape->channels;
	struct strip strip = strip_in(memory, shape);

	/* Lanes of rows that are not there are computed, too, and go nowhere. */
	memset(strip.now, 0, columns * NEIGHBOUR_STRIP * sample_size(shape->sample));
	for (uint32_t i = from; i < to; i++) {
		uint32_t y = i * NEIGHBOUR_STRIP, left = shape->height - y;
		uint32_t rows = left < NEIGHBOUR_STRIP ? left : NEIGHBOUR_STRIP;

		if (strip.deep)
			turn16(strip.now, in, y, rows, columns);
		else
			turn8(strip.now, in, y, rows, columns);
		run_passes(&strip, shape->width, (size_t)shape->channels * NEIGHBOUR_STRIP, box,
			passes);
		if (strip.deep)
			turn16_back(out, y, rows, strip.now, columns);
		else
			turn8_back(out, y, rows, strip.now, columns);
	}
}

/* Between the image's samples left .. left + n - 1 and a strip's lines. */
static void cut(
	const struct strip *strip, const struct image *image, size_t left, size_t n, bool back)
{
	size_t size = sample_size(image->shape.sample);
	unsigned char *line = strip->now;

	for (uint32_t y = 0; y < image->shape.height; y++, line += LANES * size) {
		unsigned char *row = (unsigned char *)image_row(image, y) + left * size;

		if (back)
			memcpy(row, line, n * size);
		else
			memcpy(line, row, n * size);
	}
}

void box_down(const struct image *image, const struct box *box, unsigned passes, uint32_t from,
	uint32_t to, void *memory)
{
	const struct shape *shape = &image->shape;
	size_t columns = (size_t)shape->width * shape->channels;
	struct strip strip = strip_in(memory, shape);

	memset(strip.now, 0, (size_t)shape->height * LANES * sample_size(shape->sample));
	for (uint32_t i = from; i < to; i++) {
		size_t left = (size_t)i * LANES,
		       n = columns - left < LANES ? columns - left : LANES;

		cut(&strip, image, left, n, false);
		run_passes(&strip, shape->height, LANES, box, passes);
		cut(&strip, image, left, n, true);
	}
}
