/* SPDX-License-Identifier: Apache-2.0 */
/* Bands of rows are measured by themselves and their results put together in order. Equal rows cost a comparison. */
#include "compare/measure.h"

#include "compare/picture.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

enum { BANDS_MAX = 64, BAND_BYTES = 256 * 1024, CHUNK = 256 /* bytes compared at once */ };

struct band {
	uint32_t first, rows;
	struct compare_sums sums;
	uint64_t unequal, past;
	uint32_t largest_row; /* the first that holds the largest difference */
	struct perceptual_counts perceptual;
};

struct measuring {
	const struct comparison *c;
	const struct compare_kernels *kernels;
	uint32_t limit; /* in levels of these samples */
	bool perceptual;
	struct band band[BANDS_MAX];
};

void comparison_fill(const struct comparison *c)
{
	for (uint32_t y = 0; y < c->a.shape.height; y++)
		if (c->same[y])
			memcpy(image_row(&c->b, y), image_row(&c->a, y),
				shape_row_size(&c->a.shape));
}

uint32_t expected_level(const struct comparison *c, uint32_t x, uint32_t y, unsigned channel)
{
	return picture_level(&c->a, x, y, channel);
}

uint32_t actual_level(const struct comparison *c, uint32_t x, uint32_t y, unsigned channel)
{
	return picture_level(c->same[y] ? &c->a : &c->b, x, y, channel);
}

static const struct compare_kernels *kernels_of(const struct shape *shape)
{
	return shape->sample == SAMPLE_U8 ? kernels()->compare_u8 : kernels()->compare_u16;
}

static void measure_row(const struct measuring *m, struct band *band, uint32_t y)
{
	const struct image *a = &m->c->a;
	const void *x = image_row(a, y), *z = image_row(&m->c->b, y);
	const struct shape *shape = &a->shape;
	uint32_t before = band->sums.largest;
	size_t unequal;

	if (!m->c->same[y])
		m->c->same[y] = memcmp(x, z, shape_row_size(shape)) == 0;
	if (m->c->same[y])
		return;
	m->kernels->sums(x, z, (size_t)shape->width * shape->channels, &band->sums);
	if (band->sums.largest > before)
		band->largest_row = y;
	unequal = m->kernels->past(x, z, shape->width, shape->channels, 0);
	band->unequal += unequal;
	if (!m->perceptual)
		band->past += m->limit
			? m->kernels->past(x, z, shape->width, shape->channels, m->limit)
			: unequal;
}

static void measure_band(void *arg, unsigned i)
{
	struct measuring *m = arg;
	struct band *band = &m->band[i];

	for (uint32_t y = band->first; y < band->first + band->rows; y++)
		measure_row(m, band, y);
}

static void measure_perception(void *arg, unsigned i)
{
	struct measuring *m = arg;
	struct band *band = &m->band[i];

	if (band->unequal)
		perceptual_count(m->c, band->first, band->rows, &band->perceptual, NULL);
}

/* Bands of a size that caches hold, but no more than there is room for. */
static unsigned cut_bands(struct measuring *m)
{
	const struct shape *shape = &m->c->a.shape;
	uint64_t bytes = shape_bytes(shape);
	uint32_t count = (uint32_t)(bytes / BAND_BYTES > BANDS_MAX ? BANDS_MAX
								   : bytes / BAND_BYTES);

	count = count < 1 ? 1 : count > shape->height ? shape->height : count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t first = (uint32_t)((uint64_t)shape->height * i / count);
		uint32_t end = (uint32_t)((uint64_t)shape->height * (i + 1) / count);

		m->band[i] = (struct band){.first = first, .rows = end - first};
	}
	return count;
}

static char channel_name(const struct shape *shape, unsigned channel)
{
	if (shape_has_alpha(shape) && channel == shape->channels - 1u)
		return 'A';
	return shape->channels < 3 ? 'Y' : "RGB"[channel];
}

/* The first sample of row y that differs by the largest difference. */
static void find_place(const struct comparison *c, uint32_t y, struct imgbatch_measures *measures)
{
	const struct shape *shape = &c->a.shape;

	for (uint32_t x = 0; x < shape->width; x++)
		for (unsigned channel = 0; channel < shape->channels; channel++) {
			uint32_t expected = expected_level(c, x, y, channel);
			uint32_t actual = actual_level(c, x, y, channel);
			uint32_t d = expected > actual ? expected - actual : actual - expected;

			if (d != measures->largest)
				continue;
			measures->x = x;
			measures->y = y;
			measures->channel = channel_name(shape, channel);
			measures->expected = expected;
			measures->actual = actual;
			return;
		}
}

static void add_up(const struct measuring *m, unsigned bands, struct imgbatch_measures *measures,
	struct compare_sums *sums)
{
	uint32_t row = 0;

	for (unsigned i = 0; i < bands; i++) {
		const struct band *band = &m->band[i];

		measures->unequal += band->unequal;
		measures->differing += m->perceptual ? band->perceptual.differing : band->past;
		measures->antialiased += band->perceptual.antialiased;
		sums->absolute += band->sums.absolute;
		sums->squares += band->sums.squares;
		if (band->sums.largest > measures->largest) {
			measures->largest = band->sums.largest;
			row = band->largest_row;
		}
	}
	if (measures->largest)
		find_place(m->c, row, measures);
}

void measure_pixels(const struct comparison *c, struct imgbatch_measures *measures)
{
	const struct shape *shape = &c->a.shape;
	const struct imgbatch_budget *budget = c->budget;
	struct measuring m = {.c = c,
		.kernels = kernels_of(shape),
		.limit = budget->threshold * (picture_peak(shape) / 255),
		.perceptual = budget->asked & IMGBATCH_LIMIT_PERCEPTUAL};
	struct compare_sums sums = {0};
	unsigned bands = cut_bands(&m);
	double samples;

	parallel_for(c->parallel, bands, measure_band, &m);
	if (m.perceptual) {
		perceptual_prepare(c);
		parallel_for(c->parallel, bands, measure_perception, &m);
	}
	*measures = (struct imgbatch_measures){
		.pixels = (uint64_t)shape->width * shape->height - c->ignored,
		.ignored = c->ignored,
		.peak = picture_peak(shape),
		.channel = '-',
		.ssim = -1,
	};
	add_up(&m, bands, measures, &sums);
	samples = (double)measures->pixels * shape->channels;
	measures->mean = samples > 0 ? (double)sums.absolute / samples : 0;
	measures->rms = samples > 0 ? sqrt((double)sums.squares / samples) : 0;
	measures->psnr = sums.squares ? 20 * log10(measures->peak / measures->rms) : INFINITY;
}

/* Bytes that both begin with. */
static size_t common_begin(const uint8_t *a, const uint8_t *b, size_t size)
{
	size_t at = 0;

	while (at + CHUNK <= size && memcmp(a + at, b + at, CHUNK) == 0)
		at += CHUNK;
	while (at < size && a[at] == b[at])
		at++;
	return at;
}

/* Where the bytes begin that both end with. */
static size_t common_end(const uint8_t *a, const uint8_t *b, size_t size)
{
	while (size >= CHUNK && memcmp(a + size - CHUNK, b + size - CHUNK, CHUNK) == 0)
		size -= CHUNK;
	while (size && a[size - 1] == b[size - 1])
		size--;
	return size;
}

bool measure_span(const struct comparison *c, uint32_t y, uint32_t *from, uint32_t *to)
{
	const size_t size = shape_pixel_size(&c->a.shape), row = shape_row_size(&c->a.shape);
	const uint8_t *a = expected_row(c, y), *b = actual_row(c, y);
	size_t begin = c->same[y] ? row : common_begin(a, b, row);

	if (begin == row)
		return false;
	*from = (uint32_t)(begin / size);
	*to = (uint32_t)((common_end(a, b, row) - 1) / size + 1);
	return true;
}

void measure_marks(const struct comparison *c, uint32_t y, uint8_t *marks)
{
	const struct shape *shape = &c->a.shape;
	const struct compare_kernels *kernels = kernels_of(shape);
	const size_t size = shape_pixel_size(shape);
	const uint8_t *a = expected_row(c, y), *b = actual_row(c, y);
	const uint32_t limit = c->budget->threshold * (picture_peak(shape) / 255);
	struct perceptual_counts counts = {0};
	uint32_t from, to;

	if (c->budget->asked & IMGBATCH_LIMIT_PERCEPTUAL) {
		perceptual_count(c, y, 1, &counts, marks);
		return;
	}
	memset(marks, MARK_EQUAL, shape->width);
	if (!measure_span(c, y, &from, &to))
		return;
	for (uint32_t x = from; x < to; x++)
		if (memcmp(a + x * size, b + x * size, size) != 0)
			marks[x] = kernels->past(
					   a + x * size, b + x * size, 1, shape->channels, limit)
				? MARK_DIFFERS
				: MARK_WITHIN;
}
