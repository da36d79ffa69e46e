/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/heat.h"

#include "codec/codec.h"
#include "compare/picture.h"

#include <stdlib.h>
#include <string.h>

enum { PALE = 200, FAINTEST = 96, PNG_LEVEL = 3, BAND_ROWS = 64 };

/* A pixel's grey between PALE and white, as the eye places things by it. */
static uint8_t pale(const struct image *image, uint32_t x, uint32_t y)
{
	unsigned colours = image->shape.channels < 3 ? 1 : 3;
	uint32_t sum = 0;

	for (unsigned c = 0; c < colours; c++)
		sum += picture_level(image, x, y, c) / (picture_peak(&image->shape) / 255);
	return (uint8_t)(PALE + sum * (255 - PALE) / (255 * colours));
}

/* How strong a difference is, FAINTEST .. 255. */
static uint8_t strength(const struct comparison *c, uint32_t x, uint32_t y)
{
	const struct shape *shape = &c->a.shape;
	uint32_t largest = 0;

	for (unsigned channel = 0; channel < shape->channels; channel++) {
		int32_t d = (int32_t)expected_level(c, x, y, channel) -
			(int32_t)actual_level(c, x, y, channel);
		uint32_t size = (uint32_t)abs(d) / (picture_peak(shape) / 255);

		largest = size > largest ? size : largest;
	}
	return (uint8_t)(FAINTEST + largest * (255 - FAINTEST) / 255);
}

static void paint_row(const struct comparison *c, uint32_t y, const uint8_t *marks, uint8_t *to)
{
	for (uint32_t x = 0; x < c->a.shape.width; x++, to += 3) {
		uint8_t rest = 0;

		switch ((enum mark)marks[x]) {
		case MARK_EQUAL:
			memset(to, pale(&c->a, x, y), 3);
			break;
		case MARK_WITHIN:
			memcpy(to, (uint8_t[]){150, 190, 255}, 3);
			break;
		case MARK_DIFFERS:
			rest = (uint8_t)(255 - strength(c, x, y));
			memcpy(to, (uint8_t[]){255, rest, rest}, 3);
			break;
		case MARK_ANTIALIASED:
			memcpy(to, (uint8_t[]){255, 235, 0}, 3);
			break;
		}
	}
}

int heat_png(const struct image *image, uint8_t **data, size_t *size, struct fault *fault)
{
	struct encode_settings settings = encode_default_settings;
	struct encoder *encoder = codec_png.encoder_new();
	size_t room = (size_t)codec_png.encode_bound(&image->shape, NULL);
	uint8_t *out = malloc(room), *fitted;
	int code = IMGBATCH_E_NOMEM;

	settings.png_level = PNG_LEVEL;
	if (encoder && out)
		code = codec_png.encode(encoder, image, &settings, NULL, out, room, size, fault);
	else
		fault_set(fault, code, "no memory for a picture of differences");
	codec_png.encoder_free(encoder);
	if (code) {
		free(out);
		return code;
	}
	fitted = realloc(out, *size);
	*data = fitted ? fitted : out;
	return 0;
}

/* A picture in the making, in bands of rows. */
struct painting {
	const struct comparison *c;
	const struct image *image;
	uint8_t *marks; /* a row a band */
};

static void paint_band(void *arg, unsigned i)
{
	const struct painting *p = arg;
	const struct shape *shape = &p->image->shape;
	uint32_t end = (i + 1) * BAND_ROWS < shape->height ? (i + 1) * BAND_ROWS : shape->height;
	uint8_t *marks = p->marks + (size_t)i * shape->width;

	for (uint32_t y = i * BAND_ROWS; y < end; y++) {
		measure_marks(p->c, y, marks);
		paint_row(p->c, y, marks, image_row(p->image, y));
	}
}

int heat_image(const struct comparison *c, struct image *image, struct fault *fault)
{
	struct shape shape = c->a.shape;
	unsigned bands = (shape.height + BAND_ROWS - 1) / BAND_ROWS;
	struct painting painting = {
		.c = c, .image = image, .marks = pool_take(c->pool, (size_t)shape.width * bands)};
	int code;

	shape.channels = 3;
	shape.sample = SAMPLE_U8;
	code = picture_take(c->pool, &shape, image, fault);
	if (!painting.marks || code)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a picture of differences");
	parallel_for(c->parallel, bands, paint_band, &painting);
	return 0;
}
