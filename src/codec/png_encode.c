/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes PNG straight into the caller's buffer: all rows filtered (png_filter.c), deflated at once by libdeflate,
 * put into chunks (png_write.c). libpng with zlib takes five times as long for files of the same size;
 * docs/PNG-LEVELS.md has the figures, and what each level means.
 */
#include "codec/png_encode.h"

#include "codec/png_filter.h"
#include "codec/png_write.h"

#include <stdlib.h>

#include <libdeflate.h>

enum {
	DIMENSION_MAX = 65535, /* what other programs can be trusted to read */
	KEPT_MAX = 16
		<< 20, /* bytes that an encoder keeps from image to image, beside its compressor */
	LEVELS = 10,
};

/* What --png-level means: measured on photographs, each a step in time and in size. */
static const struct level {
	int deflate; /* libdeflate's level */
	enum png_strategy strategy;
	size_t memory; /* of libdeflate's compressor, rounded up */
} levels[LEVELS] = {
	{0, PNG_STRATEGY_PLAIN, 64 << 10},
	{1, PNG_STRATEGY_PAETH, 256 << 10},
	{1, PNG_STRATEGY_LEAST, 256 << 10},
	{2, PNG_STRATEGY_LEAST, 768 << 10},
	{3, PNG_STRATEGY_LEAST, 768 << 10},
	{4, PNG_STRATEGY_LEAST, 768 << 10},
	{5, PNG_STRATEGY_LEAST, 768 << 10},
	{6, PNG_STRATEGY_LEAST, 768 << 10},
	{7, PNG_STRATEGY_LEAST, 768 << 10},
	{10, PNG_STRATEGY_LEAST, 9 << 20},
};

struct png_encoder {
	struct libdeflate_compressor *compressor; /* owned; NULL until the first image */
	int deflate; /* its level */
};

struct encoder *png_encoder_new(void)
{
	return calloc(1, sizeof(struct png_encoder));
}

void png_encoder_free(struct encoder *encoder)
{
	struct png_encoder *e = (struct png_encoder *)encoder;

	if (!e)
		return;
	libdeflate_free_compressor(e->compressor);
	free(e);
}

uint64_t png_encoder_bound(const struct shape *shape, const struct metadata *metadata)
{
	return png_write_bound(shape, metadata);
}

uint64_t png_encoder_estimate(const struct shape *shape, const struct encode_settings *settings)
{
	return png_filtered_size(shape, 0) + png_filter_scratch(shape) +
		levels[settings->png_level].memory;
}

static int hold_compressor(struct png_encoder *e, int deflate, struct fault *fault)
{
	if (e->compressor && e->deflate == deflate)
		return 0;
	libdeflate_free_compressor(e->compressor);
	e->compressor = libdeflate_alloc_compressor(deflate);
	e->deflate = deflate;
	return e->compressor ? 0
			     : fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a PNG encoder");
}

static int check_shape(const struct shape *shape, struct fault *fault)
{
	if (shape->sample == SAMPLE_F32)
		return fault_set(fault, IMGBATCH_E_ENCODE, "PNG holds 8 or 16 bits a sample");
	if (shape->width > DIMENSION_MAX || shape->height > DIMENSION_MAX)
		return fault_set(fault, IMGBATCH_E_ENCODE,
			"%u x %u: at most %d each way are written", shape->width, shape->height,
			DIMENSION_MAX);
	return 0;
}

static void write_file(struct png_writer *writer, const struct image *image, struct bytes filtered,
	const struct metadata *metadata, struct libdeflate_compressor *compressor)
{
	static const struct metadata no_metadata;

	png_write_header(writer, &image->shape, metadata ? metadata : &no_metadata, compressor);
	png_write_image_data(writer, filtered, compressor);
	png_write_end_chunk(writer);
}

/* Neighbouring indices say nothing of one another, nor do packed ones: the specification's advice is no filter. */
static enum png_strategy strategy_for(
	const struct level *level, const struct image *image, const struct codec_form *form)
{
	bool names = image->shape.indexed || (form->bits && form->bits < 8);

	return names ? PNG_STRATEGY_PLAIN : level->strategy;
}

int png_encoder_encode(struct encoder *encoder, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata, uint8_t *out,
	size_t room, size_t *size, struct fault *fault)
{
	struct png_encoder *e = (struct png_encoder *)encoder;
	static const struct codec_form no_form;
	const struct level *level = levels + settings->png_level;
	const struct codec_form *form = metadata && metadata->form ? metadata->form : &no_form;
	const size_t filtered = png_filtered_size(&image->shape, form->bits);
	struct png_writer writer = {.out = out, .room = room};
	int code = check_shape(&image->shape, fault);
	uint8_t *rows;

	code = code ? code : hold_compressor(e, level->deflate, fault);
	if (code)
		return code;
	rows = malloc(filtered + png_filter_scratch(&image->shape));
	if (!rows)
		return fault_set(
			fault, IMGBATCH_E_NOMEM, "no memory for %zu bytes of rows", filtered);
	png_filter_image(
		image, form->bits, strategy_for(level, image, form), rows, rows + filtered);
	write_file(&writer, image, (struct bytes){rows, filtered}, metadata, e->compressor);
	free(rows);
	if (writer.full)
		return fault_set(fault, IMGBATCH_E_ENCODE, "the output buffer is too small");
	*size = writer.size;
	return 0;
}
