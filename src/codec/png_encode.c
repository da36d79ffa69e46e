/* SPDX-License-Identifier: Apache-2.0 */
/* Writes PNG straight into the caller's buffer, through libpng. */
#include "codec/png_encode.h"

#include "codec/icc.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

enum {
	DIMENSION_MAX = 65535, /* what other programs can be trusted to read */
	DATA_CHUNK = 64 << 10, /* bytes of one IDAT chunk */
	CHUNK_FRAME = 12,
};

struct png_encoder {
	png_structp png; /* owned while encoding */
	png_infop info;
	jmp_buf jump;
	struct fault trapped;
	uint8_t *out; /* borrowed while encoding */
	size_t room, size;
};

struct encoder *png_encoder_new(void)
{
	struct png_encoder *e = calloc(1, sizeof *e);

	return (struct encoder *)e;
}

void png_encoder_free(struct encoder *encoder)
{
	free(encoder);
}

/* zlib's deflateBound for any window and memory level. */
static uint64_t deflated(uint64_t size)
{
	return size + ((size + 7) >> 3) + ((size + 63) >> 6) + 5 + 6;
}

uint64_t png_encoder_bound(const struct shape *shape, const struct metadata *metadata)
{
	uint64_t data = deflated((shape_row_size(shape) + 1) * (uint64_t)shape->height);
	uint64_t extra = 1024; /* signature, IHDR, pHYs, IEND, frames of the rest */

	if (metadata)
		extra += deflated(metadata->icc.size) + metadata->exif.size + metadata->xmp.size;
	return data + (data / DATA_CHUNK + 1) * CHUNK_FRAME + extra;
}

uint64_t png_encoder_estimate(const struct shape *shape, const struct encode_settings *settings)
{
	(void)settings;
	/* Rows as they are, before, and under trial by filters; deflate's window, hashes and buffers. */
	return 6 * (shape_row_size(shape) + 64) + (512 << 10);
}

_Noreturn static void on_error(png_structp png, png_const_charp text)
{
	struct png_encoder *e = png_get_error_ptr(png);
	int code = strstr(text, "ut of memory") ? IMGBATCH_E_NOMEM : IMGBATCH_E_ENCODE;

	fault_set(&e->trapped, code, "%s", text);
	longjmp(e->jump, 1);
}

/* Only metadata make libpng warn, and what it warns of it leaves out. */
static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void on_write(png_structp png, png_bytep from, size_t size)
{
	struct png_encoder *e = png_get_io_ptr(png);

	if (size > e->room - e->size)
		png_error(png, "the output buffer is too small");
	memcpy(e->out + e->size, from, size);
	e->size += size;
}

static void on_flush(png_structp png)
{
	(void)png;
}

/* The one place that weighs size against speed. Filters: libpng's choice by least absolute sum. */
static void set_compression(png_structp png, const struct encode_settings *settings)
{
	png_set_compression_level(png, settings->png_level);
	png_set_filter(png, PNG_FILTER_TYPE_BASE,
		settings->png_level == 0 ? PNG_FILTER_NONE : PNG_ALL_FILTERS);
	png_set_compression_buffer_size(png, DATA_CHUNK);
}

static void set_header(struct png_encoder *e, const struct shape *shape)
{
	static const int color_types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
		PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};

	png_set_IHDR(e->png, e->info, shape->width, shape->height,
		shape->sample == SAMPLE_U16 ? 16 : 8, color_types[shape->channels],
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
}

/* libpng wants text with a NUL behind it, which a packet inside a file does not have. */
static void write_xmp(struct png_encoder *e, struct bytes xmp)
{
	static const uint8_t keyword[] =
		"XML:com.adobe.xmp\0\0\0\0"; /* not compressed, no language */
	static const png_byte type[] = "iTXt";

	png_write_chunk_start(e->png, type, (png_uint_32)(sizeof keyword + xmp.size));
	png_write_chunk_data(e->png, keyword, sizeof keyword);
	png_write_chunk_data(e->png, xmp.data, xmp.size);
	png_write_chunk_end(e->png);
}

static void write_header(struct png_encoder *e, const struct shape *shape, const struct metadata *m)
{
	struct bytes icc = icc_checked(m->icc, icc_space_of(shape->channels));

	if (icc.size)
		png_set_iCCP(e->png, e->info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, icc.data,
			(png_uint_32)icc.size);
	if (m->exif.size)
		png_set_eXIf_1(e->png, e->info, (png_uint_32)m->exif.size, (png_bytep)m->exif.data);
	if (m->density_x && m->density_y)
		png_set_pHYs(e->png, e->info, m->density_x, m->density_y, PNG_RESOLUTION_METER);
	png_write_info(e->png, e->info);
	if (m->xmp.size)
		write_xmp(e, m->xmp);
}

/* Behind the trap. */
static void compress(struct png_encoder *e, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata)
{
	e->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, e, on_error, on_warning);
	e->info = e->png ? png_create_info_struct(e->png) : NULL;
	if (!e->info) {
		fault_set(&e->trapped, IMGBATCH_E_NOMEM, "no memory for a PNG encoder");
		return;
	}
	png_set_write_fn(e->png, e, on_write, on_flush);
	png_set_benign_errors(e->png, 1);
	set_header(e, &image->shape);
	set_compression(e->png, settings);
	write_header(e, &image->shape, metadata);
	if (image->shape.sample == SAMPLE_U16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		png_set_swap(e->png);
	for (uint32_t y = 0; y < image->shape.height; y++)
		png_write_row(e->png, image_row(image, y));
	png_write_end(e->png, NULL);
}

int png_encoder_encode(struct encoder *encoder, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata, uint8_t *out,
	size_t room, size_t *size, struct fault *fault)
{
	static const struct metadata no_metadata;
	struct png_encoder *e = (struct png_encoder *)encoder;
	const struct shape *shape = &image->shape;

	if (shape->sample == SAMPLE_F32)
		return fault_set(fault, IMGBATCH_E_ENCODE, "PNG holds 8 or 16 bits a sample");
	if (shape->width > DIMENSION_MAX || shape->height > DIMENSION_MAX)
		return fault_set(fault, IMGBATCH_E_ENCODE,
			"%u x %u: at most %d each way are written", shape->width, shape->height,
			DIMENSION_MAX);
	e->out = out;
	e->room = room;
	e->size = 0;
	e->trapped = (struct fault){0};
	if (!setjmp(e->jump))
		compress(e, image, settings, metadata ? metadata : &no_metadata);
	png_destroy_write_struct(&e->png, &e->info);
	if (e->trapped.code)
		return fault_set(fault, e->trapped.code, "%s", e->trapped.detail);
	*size = e->size;
	return 0;
}
