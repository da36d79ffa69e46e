/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A view of pixels. Views own nothing, so a crop is free: whoever made the storage says how long it lives.
 *
 * Samples are interleaved, rows `stride` bytes apart, top row first. Channels: 1 grey, 2 grey and alpha,
 * 3 RGB, 4 RGBA; alpha is straight, never premultiplied. An indexed image has one channel of palette
 * indices or instance numbers: only operations that move pixels by whole numbers may touch it.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sample { SAMPLE_U8, SAMPLE_U16, SAMPLE_F32 };

/* What an image is like, without its pixels. Widths and heights in pixels, at least 1. */
struct shape {
	uint32_t width, height;
	uint8_t channels; /* 1 .. 4 */
	uint8_t sample; /* enum sample */
	bool indexed;
};

struct image {
	struct shape shape;
	size_t stride; /* bytes from one row to the next */
	void *data; /* borrowed */
};

struct rect {
	uint32_t x, y, width, height;
};

static inline size_t sample_size(uint8_t sample)
{
	return sample == SAMPLE_U8 ? 1 : sample == SAMPLE_U16 ? 2 : 4;
}

static inline size_t shape_pixel_size(const struct shape *shape)
{
	return sample_size(shape->sample) * shape->channels;
}

static inline size_t shape_row_size(const struct shape *shape)
{
	return shape_pixel_size(shape) * shape->width;
}

/* Bytes of a packed image of this shape: what estimates are made of. */
static inline uint64_t shape_bytes(const struct shape *shape)
{
	return (uint64_t)shape_row_size(shape) * shape->height;
}

static inline bool shape_has_alpha(const struct shape *shape)
{
	return shape->channels == 2 || shape->channels == 4;
}

static inline bool shape_same(const struct shape *a, const struct shape *b)
{
	return a->width == b->width && a->height == b->height && a->channels == b->channels &&
		a->sample == b->sample && a->indexed == b->indexed;
}

static inline void *image_row(const struct image *image, uint32_t y)
{
	return (unsigned char *)image->data + image->stride * y;
}

/* The part of image inside rect, which must lie within it. */
static inline struct image image_view(const struct image *image, const struct rect *rect)
{
	struct image part = *image;

	part.shape.width = rect->width;
	part.shape.height = rect->height;
	part.data = (unsigned char *)image_row(image, rect->y) +
		shape_pixel_size(&image->shape) * rect->x;
	return part;
}

/* Copies pixels between images of one shape; they may differ in stride but not overlap. */
void image_copy(const struct image *to, const struct image *from);

#endif
