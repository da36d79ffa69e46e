/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/ignore.h"

#include "base/whole.h"
#include "compare/picture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t largest_file = (uint64_t)1 << 30;

/* 1 where anything of the pixel's colour is seen. */
static void mask_row(uint8_t *to, const struct image *from, uint32_t y)
{
	const struct shape *shape = &from->shape;
	unsigned colours = shape->channels < 3 ? 1 : 3;

	for (uint32_t x = 0; x < shape->width; x++) {
		bool seen = false;

		for (unsigned c = 0; c < colours; c++)
			seen = seen || picture_level(from, x, y, c);
		if (shape_has_alpha(shape))
			seen = seen && picture_level(from, x, y, colours);
		to[x] = seen;
	}
}

static int keep_mask(struct ignore_mask *mask, const struct image *from, struct fault *fault)
{
	mask->image.shape = from->shape;
	mask->image.shape.channels = 1;
	mask->image.shape.sample = SAMPLE_U8;
	mask->image.stride = from->shape.width;
	mask->image.data = malloc((size_t)shape_bytes(&mask->image.shape));
	if (!mask->image.data)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a mask");
	for (uint32_t y = 0; y < from->shape.height; y++)
		mask_row(image_row(&mask->image, y), from, y);
	return 0;
}

int ignore_mask_read(struct ignore_mask *mask, const char *path, struct fault *fault)
{
	struct fault why = {0};
	struct picture picture;
	struct reader reader;
	struct whole file;
	int code;

	*mask = (struct ignore_mask){0};
	code = whole_read(&file, AT_FDCWD, path, true, largest_file, &why);
	if (code)
		return fault_set(fault, IMGBATCH_E_USAGE, "--mask %.80s: %s", path, why.detail);
	code = reader_init(&reader, codec_default_limits.max_pixels, &why);
	if (!code)
		code = picture_read(&reader, (struct bytes){file.bytes, file.size}, READING_PIXELS,
			&picture, &why);
	if (!code)
		code = keep_mask(mask, &picture.image, &why);
	if (code)
		code = fault_set(fault, code == IMGBATCH_E_NOMEM ? code : IMGBATCH_E_USAGE,
			"--mask %.80s: %s", path, why.detail);
	reader_release(&reader);
	whole_release(&file);
	return code;
}

void ignore_mask_release(struct ignore_mask *mask)
{
	free(mask->image.data);
	*mask = (struct ignore_mask){0};
}

static void mark_rects(uint8_t *out, const struct shape *shape, const struct compare_rects *rects)
{
	for (size_t i = 0; i < rects->count; i++) {
		struct rect r = rects->rect[i];

		if (r.x >= shape->width || r.y >= shape->height)
			continue;
		if (r.width > shape->width - r.x)
			r.width = shape->width - r.x;
		if (r.height > shape->height - r.y)
			r.height = shape->height - r.y;
		for (uint32_t y = r.y; y < r.y + r.height; y++)
			memset(out + (size_t)y * shape->width + r.x, 1, r.width);
	}
}

static uint64_t make_equal(const struct comparison *c, const uint8_t *out)
{
	size_t size = shape_pixel_size(&c->a.shape);
	uint64_t count = 0;

	for (uint32_t y = 0; y < c->a.shape.height; y++)
		for (uint32_t x = 0; x < c->a.shape.width; x++) {
			if (!*out++)
				continue;
			if (!c->same[y])
				memcpy((uint8_t *)image_row(&c->b, y) + x * size,
					(const uint8_t *)image_row(&c->a, y) + x * size, size);
			count++;
		}
	return count;
}

int ignore_apply(const struct comparison *c, const struct compare_rects *all,
	const struct compare_rects *own, const struct ignore_mask *mask, uint64_t *count,
	struct fault *fault)
{
	const struct image *keep = mask && mask->image.data ? &mask->image : NULL;
	const struct shape *shape = &c->a.shape;
	size_t pixels = (size_t)shape->width * shape->height;
	uint8_t *out;

	*count = 0;
	if (!all->count && !own->count && !keep)
		return 0;
	if (keep && (keep->shape.width != shape->width || keep->shape.height != shape->height))
		return fault_set(fault, IMGBATCH_E_MASK, "--mask is %ux%u, the images are %ux%u",
			keep->shape.width, keep->shape.height, shape->width, shape->height);
	out = pool_take(c->pool, pixels);
	if (!out)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for what is left out");
	for (size_t i = 0; i < pixels; i++)
		out[i] = keep ? !((const uint8_t *)keep->data)[i] : 0;
	mark_rects(out, shape, all);
	mark_rects(out, shape, own);
	*count = make_equal(c, out);
	return 0;
}
