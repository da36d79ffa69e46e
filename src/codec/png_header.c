/* SPDX-License-Identifier: Apache-2.0 */
/* A decoder's life, and the facts that a PNG's header holds. */
#include "codec/exif.h"
#include "codec/icc.h"
#include "codec/png_decoder.h"

#include <stdlib.h>
#include <string.h>

struct decoder *png_decoder_new(void)
{
	struct png_decoder *d = calloc(1, sizeof *d);

	return (struct decoder *)d;
}

static void drop_whole(struct png_decoder *d)
{
	free(d->whole);
	d->whole = NULL;
}

void png_decoder_free(struct decoder *decoder)
{
	struct png_decoder *d = png_decoder_of(decoder);

	if (!d)
		return;
	png_guard_close(d);
	drop_whole(d);
	png_inflated_free(&d->inflated);
	free(d->row);
	free(d);
}

static void begin(struct png_decoder *d, struct bytes input, const struct codec_limits *limits,
	uint32_t *warnings)
{
	png_guard_close(d);
	drop_whole(d);
	png_inflated_end_loan(&d->inflated);
	d->input = input;
	d->at = 0;
	d->row_end = SIZE_MAX;
	d->exhausted = d->over_limit = false;
	d->in_header = true;
	d->allocated = 0;
	d->limits = *limits;
	d->warnings = warnings;
	d->harmless = 0;
	d->keep_damaged = d->damaged = d->raw = false;
	d->next = d->first = d->last = 0;
	d->shape = (struct shape){0};
}

static void note_palette(struct png_decoder *d)
{
	png_colorp colors;
	png_bytep alpha = NULL;
	int count = 0, alpha_count = 0;

	memset(d->colors, 0, sizeof d->colors);
	for (int i = 0; i < 256; i++)
		d->colors[i][3] = 255;
	png_get_PLTE(d->png, d->info, &colors, &count);
	if (png_get_valid(d->png, d->info, PNG_INFO_tRNS))
		png_get_tRNS(d->png, d->info, &alpha, &alpha_count, NULL);
	d->color_count = (unsigned)count;
	for (int i = 0; i < count; i++) {
		d->colors[i][0] = colors[i].red;
		d->colors[i][1] = colors[i].green;
		d->colors[i][2] = colors[i].blue;
	}
	for (int i = 0; i < alpha_count && alpha; i++)
		d->colors[i][3] = alpha[i];
}

static uint8_t channels_of(int color_type, bool transparent)
{
	switch (color_type) {
	case PNG_COLOR_TYPE_GRAY:
		return transparent ? 2 : 1;
	case PNG_COLOR_TYPE_GRAY_ALPHA:
		return 2;
	case PNG_COLOR_TYPE_RGB_ALPHA:
		return 4;
	default:
		return transparent ? 4 : 3;
	}
}

static const char *color_name(int color_type)
{
	switch (color_type) {
	case PNG_COLOR_TYPE_GRAY:
		return "grey";
	case PNG_COLOR_TYPE_GRAY_ALPHA:
		return "grey+alpha";
	case PNG_COLOR_TYPE_RGB_ALPHA:
		return "rgba";
	case PNG_COLOR_TYPE_PALETTE:
		return "palette";
	default:
		return "rgb";
	}
}

static void note_metadata(struct png_decoder *d, struct codec_facts *facts)
{
	const struct png_chunks *c = &d->chunks;
	struct metadata *m = &facts->metadata;
	png_charp name;
	png_bytep profile;
	png_uint_32 size;
	int method;

	if (png_get_iCCP(d->png, d->info, &name, &method, &profile, &size))
		m->icc = icc_checked(
			(struct bytes){profile, size}, icc_space_of(facts->shape.channels));
	if (c->has_icc && !m->icc.size)
		*d->warnings |= IMGBATCH_W_ICC;
	if (exif_valid(c->exif))
		m->exif = c->exif;
	else if (c->exif.size)
		*d->warnings |= IMGBATCH_W_EXIF;
	m->xmp = c->xmp;
	m->density_x = c->density_x;
	m->density_y = c->density_y;
	if (c->bad_crc)
		*d->warnings |= IMGBATCH_W_CRC;
}

static struct bytes stored_palette(struct png_decoder *d)
{
	for (unsigned i = 0; i < d->color_count; i++)
		memcpy(d->stored_palette + 3 * i, d->colors[i], 3);
	return (struct bytes){d->stored_palette, 3 * d->color_count};
}

static size_t store_samples(uint8_t *to, const png_uint_16 *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		to[2 * i] = (uint8_t)(samples[i] >> 8);
		to[2 * i + 1] = (uint8_t)samples[i];
	}
	return 2 * count;
}

/* Only libpng knows which of several tRNS chunks it took, and which it found malformed or out of place. */
static struct bytes stored_transparency(struct png_decoder *d, int color_type)
{
	png_bytep alpha = NULL;
	png_color_16p color = NULL;
	int count = 0;
	size_t size;

	if (!png_get_tRNS(d->png, d->info, &alpha, &count, &color))
		return (struct bytes){.size = 0};
	if (color_type == PNG_COLOR_TYPE_PALETTE) {
		size = (size_t)count;
		memcpy(d->stored_transparency, alpha, size);
	} else if (color_type == PNG_COLOR_TYPE_GRAY) {
		size = store_samples(d->stored_transparency, &color->gray, 1);
	} else {
		size = store_samples(d->stored_transparency,
			(png_uint_16[]){color->red, color->green, color->blue}, 3);
	}
	return (struct bytes){d->stored_transparency, size};
}

/* Samples as they lie in the file, and what they are written with to lie so again. */
static void note_form(struct png_decoder *d, struct codec_facts *facts)
{
	facts->raw = d->shape;
	facts->raw.indexed = d->palette;
	facts->raw.channels = d->palette ? 1 : png_get_channels(d->png, d->info);
	facts->form.bits = facts->bits;
	if (d->palette)
		facts->form.palette = stored_palette(d);
	facts->form.transparency = stored_transparency(d, png_get_color_type(d->png, d->info));
	d->raw_shape = facts->raw;
}

static void note_facts(struct png_decoder *d, struct codec_facts *facts)
{
	int color_type = png_get_color_type(d->png, d->info);
	int depth = png_get_bit_depth(d->png, d->info);
	bool transparent = png_get_valid(d->png, d->info, PNG_INFO_tRNS);

	d->palette = color_type == PNG_COLOR_TYPE_PALETTE;
	if (d->palette)
		note_palette(d);
	d->shape = (struct shape){.width = d->chunks.width,
		.height = d->chunks.height,
		.channels = channels_of(color_type, transparent),
		.sample = depth == 16 ? SAMPLE_U16 : SAMPLE_U8};
	*facts = (struct codec_facts){.codec = &codec_png,
		.shape = d->shape,
		.bits = (uint8_t)depth,
		.whole = png_get_interlace_type(d->png, d->info) != PNG_INTERLACE_NONE,
		.animated = d->chunks.animated,
		.packed = d->chunks.packed,
		.color = color_name(color_type),
		.subsampling = ""};
	note_form(d, facts);
	if (d->chunks.animated)
		*d->warnings |= IMGBATCH_W_APNG;
	note_metadata(d, facts);
	facts->orientation = (uint8_t)exif_orientation(facts->metadata.exif);
}

/*
 * What libpng need not keep: it still checks lengths and checksums of these, but unpacks nothing. Text it
 * does unpack, to find out whether it is a bomb.
 */
static void ignore_chunks(png_structp png)
{
	static const png_byte names[] =
		"tEXt\0tIME\0pHYs\0oFFs\0sCAL\0pCAL\0sPLT\0hIST\0bKGD\0eXIf\0"
		"gAMA\0cHRM\0sRGB\0sBIT";

	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
}

int png_decoder_header(struct decoder *decoder, const uint8_t *bytes, size_t size,
	const struct codec_limits *limits, struct codec_facts *facts, uint32_t *warnings,
	struct fault *fault)
{
	struct png_decoder *d = png_decoder_of(decoder);
	int code;

	begin(d, (struct bytes){bytes, size}, limits, warnings);
	code = png_chunks_walk(&d->chunks, d->input, limits, fault);
	if (code)
		return code;
	if (setjmp(d->jump))
		return png_guard_verdict(d, fault);
	if (!png_guard_open(d))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a PNG decoder");
	ignore_chunks(d->png);
	png_read_info(d->png, d->info);
	d->in_header = false;
	note_facts(d, facts);
	return 0;
}
