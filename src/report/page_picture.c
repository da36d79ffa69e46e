/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page_picture.h"

#include "codec/codec.h"
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHEQUER = 8, /* pixels of a square of the ground */
	SMALL_QUALITY = 82, /* of a JPEG that is only looked at */
	EXACT_LEVEL = 7, /* of a PNG: pages are kept, so size counts */
};

static const uint8_t ground[2] = {255, 226};

void page_pictures_release(struct page_pictures *maker)
{
	codec_png.encoder_free(maker->png);
	codec_jpeg.encoder_free(maker->jpeg);
	free(maker->buffer);
	*maker = (struct page_pictures){0};
}

/* -- made small --------------------------------------------------------------------------------------- */

/* Sums over the pixels that become one: colours times alpha, alpha, how many. */
struct sum {
	uint64_t color[3], alpha, count;
};

static unsigned level(const void *samples, size_t at, uint8_t sample)
{
	if (sample == SAMPLE_U8)
		return ((const uint8_t *)samples)[at];
	return (((const uint16_t *)samples)[at] + 128u) / 257;
}

static void sum_row(struct sum *sum, uint32_t width, const struct image *image, uint32_t y)
{
	const void *row = image_row(image, y);
	const struct shape *shape = &image->shape;
	unsigned colors = shape->channels < 3 ? 1 : 3;

	for (uint32_t to = 0, x = 0; to < width; to++) {
		uint32_t end = (uint32_t)((uint64_t)(to + 1) * shape->width / width);

		for (; x < end; x++) {
			size_t at = (size_t)x * shape->channels;
			unsigned alpha = shape_has_alpha(shape)
				? level(row, at + shape->channels - 1, shape->sample)
				: 255;

			for (unsigned c = 0; c < 3; c++)
				sum[to].color[c] += level(row, at + (colors == 3 ? c : 0),
							    shape->sample) *
					alpha;
			sum[to].alpha += alpha;
			sum[to].count++;
		}
	}
}

static void end_row(const struct sum *sum, const struct image *to, uint32_t y)
{
	uint8_t *row = image_row(to, y);

	for (uint32_t x = 0; x < to->shape.width; x++, row += 3) {
		uint64_t whole = sum[x].count * 255;
		uint64_t under = ground[(x / CHEQUER + y / CHEQUER) % 2] * (whole - sum[x].alpha);

		for (unsigned c = 0; c < 3; c++)
			row[c] = (uint8_t)((sum[x].color[c] + under + whole / 2) / whole);
	}
}

/* Fits within side x side, keeping the aspect as far as whole pixels can. */
static struct shape small_shape(const struct shape *shape, uint32_t side)
{
	uint32_t longest = shape->width > shape->height ? shape->width : shape->height;
	struct shape small = {shape->width, shape->height, 3, SAMPLE_U8, false};

	if (longest <= side)
		return small;
	small.width = (uint32_t)((uint64_t)shape->width * side / longest);
	small.height = (uint32_t)((uint64_t)shape->height * side / longest);
	small.width += !small.width;
	small.height += !small.height;
	return small;
}

int page_picture_shrink(
	const struct image *image, uint32_t side, struct image *to, struct fault *fault)
{
	struct sum *sum;

	to->shape = small_shape(&image->shape, side);
	to->stride = shape_row_size(&to->shape);
	to->data = malloc(shape_bytes(&to->shape));
	sum = malloc(to->shape.width * sizeof *sum);
	if (!to->data || !sum) {
		free(sum);
		free(to->data);
		to->data = NULL;
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a small picture");
	}
	for (uint32_t y = 0, from = 0; y < to->shape.height; y++) {
		uint64_t end = (uint64_t)(y + 1) * image->shape.height / to->shape.height;

		memset(sum, 0, to->shape.width * sizeof *sum);
		for (; from < end; from++)
			sum_row(sum, to->shape.width, image, from);
		end_row(sum, to, y);
	}
	free(sum);
	return 0;
}

/* -- encoded ------------------------------------------------------------------------------------------ */

/* Into maker->buffer. */
static int encode(struct page_pictures *maker, const struct codec *codec, struct encoder **encoder,
	const struct image *image, size_t *size, struct fault *fault)
{
	struct encode_settings settings = encode_default_settings;
	uint64_t bound = codec->encode_bound(&image->shape, NULL);

	settings.png_level = EXACT_LEVEL;
	settings.quality = SMALL_QUALITY;
	settings.subsampling = 444; /* a lone coloured pixel stays one */
	if (bound > maker->room) {
		free(maker->buffer);
		maker->buffer = malloc(bound);
		maker->room = maker->buffer ? bound : 0;
	}
	if (!*encoder)
		*encoder = codec->encoder_new();
	if (!*encoder || !maker->buffer)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a picture");
	return codec->encode(
		*encoder, image, &settings, NULL, maker->buffer, maker->room, size, fault);
}

int page_picture_add_exact(struct page_pictures *maker, struct str *out, const struct image *image,
	struct fault *fault)
{
	size_t size;
	int code = encode(maker, &codec_png, &maker->png, image, &size, fault);

	if (!code)
		page_add_picture(out, "png", maker->buffer, size);
	return code;
}

int page_picture_add_small(struct page_pictures *maker, struct str *out, const struct image *image,
	struct fault *fault)
{
	size_t size, begin = out->length, after;
	int code = page_picture_add_exact(maker, out, image, fault);

	after = out->length;
	if (!code)
		code = encode(maker, &codec_jpeg, &maker->jpeg, image, &size, fault);
	if (code || out->failed || size / 3 * 4 >= after - begin)
		return code;
	out->length = begin; /* the JPEG takes the PNG's place */
	page_add_picture(out, "jpeg", maker->buffer, size);
	return 0;
}
