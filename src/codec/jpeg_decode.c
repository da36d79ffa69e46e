/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a JPEG, straight into the caller's image.
 *
 * Of the wanted rectangle's columns, the decoder delivers one iMCU more on either side: "fancy" upsampling
 * of chroma looks at neighbours, and at a crop's edge it would invent them. Above the rectangle rows are
 * entropy-decoded only; below it nothing is decoded at all, but the markers are walked to the end, so that
 * a file that was cut there is still told.
 */
#include "codec/jpeg_decoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 16
}; /* rows a call of jpeg_read_scanlines may return: more than libjpeg ever does */

/* Bytes of coefficients a multi-scan image keeps for each pixel, in halves; our entropy decoding takes a 16th more. */
static unsigned coefficient_halves(const struct codec_facts *facts)
{
	static const struct {
		const char *name;
		unsigned halves; /* samples a pixel x 2 bytes x 2 */
	} known[] = {{"4:2:0", 6}, {"4:1:1", 6}, {"4:2:2", 8}, {"4:4:0", 8}, {"4:4:4", 12}};
	unsigned channels = facts->color[0] == 'c' || !strcmp(facts->color, "ycck")
		? 4
		: facts->shape.channels;

	for (size_t i = 0; channels == 3 && i < sizeof known / sizeof *known; i++) {
		if (!strcmp(known[i].name, facts->subsampling))
			return known[i].halves;
	}
	return channels * 4;
}

uint64_t jpeg_decoder_estimate(const struct codec_facts *facts, const struct codec_request *request)
{
	/* Sizes are rounded up to iMCUs, at most 32 x 32. Strips: 5 iMCU rows of samples, before and after. */
	uint64_t width = (facts->shape.width + 31u) & ~31u;
	uint64_t height = (facts->shape.height + 31u) & ~31u;
	uint64_t strips = width * 4 * 32 * 5, fixed = (256 << 10) + facts->conversion;

	if (facts->whole)
		fixed += width * height * coefficient_halves(facts) * 17 / 32;
	/* Verified, the image is decoded twice, and a strip is kept of it. */
	return request->verify ? 2 * (strips + fixed) + strips : strips + fixed;
}

static int grow_scratch(struct jpeg_decoder *d, size_t size, struct fault *fault)
{
	uint8_t *larger;

	if (size <= d->scratch_room)
		return 0;
	larger = realloc(d->scratch, size);
	if (!larger)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a row of %zu bytes", size);
	d->scratch = larger;
	d->scratch_room = size;
	return 0;
}

static int begin_cmyk(struct jpeg_decoder *d, struct fault *fault)
{
	if (!d->cmyk)
		d->cmyk = jpeg_cmyk_new();
	if (!d->cmyk)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a colour conversion");
	if (!jpeg_cmyk_begin(d->cmyk, d->profile, d->jpeg.saw_Adobe_marker))
		*d->warnings |= IMGBATCH_W_ICC;
	return 0;
}

static void set_parameters(struct jpeg_decoder *d, uint8_t scale)
{
	struct jpeg_decompress_struct *jpeg = &d->jpeg;

	jpeg->out_color_space = jpeg_decoder_is_cmyk(d)   ? JCS_CMYK
		: jpeg->jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
							  : JCS_RGB;
	jpeg->dct_method = JDCT_ISLOW;
	jpeg->do_fancy_upsampling = TRUE;
	jpeg->scale_num = scale;
	jpeg->scale_denom = 8;
}

/*
 * An incomplete multi-scan image (scans are missing, which is legal) is smoothed across blocks, further than
 * one iMCU: its columns are not cut.
 */
static bool smooths(const struct jpeg_decompress_struct *jpeg)
{
	if (!jpeg->progressive_mode || !jpeg->coef_bits)
		return false;
	for (int c = 0; c < jpeg->num_components; c++) {
		for (int i = 0; i < DCTSIZE2; i++) {
			if (jpeg->coef_bits[c][i] != 0)
				return true;
		}
	}
	return false;
}

/*
 * Cropping is trusted where it was tested. With factors like 4x2 libjpeg enlarges chroma half by its inverse
 * DCT and half by upsampling when scaling, and a crop's edge then reaches further than one iMCU.
 */
static bool crops_well(const struct jpeg_decoder *d)
{
	static const char *const names[] = {"4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1"};
	const char *name = jpeg_markers_subsampling(&d->markers);

	if (d->jpeg.num_components == 1)
		return !smooths(&d->jpeg);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!strcmp(names[i], name))
			return !smooths(&d->jpeg);
	}
	return false;
}

/* The wanted pixels at the request's scale, as [from, to) along one axis of `length` scaled pixels. */
static void scale_span(
	uint32_t *from, uint32_t *to, uint32_t at, uint32_t size, uint8_t scale, uint32_t length)
{
	*from = (uint32_t)((uint64_t)at * scale / 8);
	*to = (uint32_t)(((uint64_t)(at + size) * scale + 7) / 8);
	if (*to > length)
		*to = length;
	if (*from >= *to)
		*from = *to - 1;
}

/* Cuts the columns, with the margin. Returns the first column that will come, in scaled pixels. */
static uint32_t crop_columns(struct jpeg_decompress_struct *jpeg, uint32_t from, uint32_t to)
{
	uint32_t imcu = (uint32_t)(jpeg->max_h_samp_factor * jpeg->min_DCT_scaled_size);
	JDIMENSION left, width;

	left = from > imcu ? from - imcu : 0;
	to = to + imcu < jpeg->output_width ? to + imcu : jpeg->output_width;
	width = to - left;
	if (left == 0 && width == jpeg->output_width)
		return 0;
	jpeg_crop_scanline(jpeg, &left, &width);
	return left;
}

static void note_delivery(const struct jpeg_decoder *d, uint32_t x, uint32_t y, uint32_t height,
	uint8_t scale, struct codec_delivery *delivery)
{
	const struct jpeg_decompress_struct *jpeg = &d->jpeg;
	uint32_t unit = 8 / scale; /* stored pixels to a scaled one */
	struct rect *rect = &delivery->rect;

	delivery->scale = scale;
	delivery->shape = (struct shape){.width = jpeg->output_width,
		.height = height,
		.channels = jpeg->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3,
		.sample = SAMPLE_U8};
	rect->x = x * unit;
	rect->y = y * unit;
	rect->width = jpeg->output_width * unit;
	rect->height = height * unit;
	if (rect->width > jpeg->image_width - rect->x)
		rect->width = jpeg->image_width - rect->x;
	if (rect->height > jpeg->image_height - rect->y)
		rect->height = jpeg->image_height - rect->y;
}

/* With our entropy decoding where it is chosen and can be; whether it is. */
static bool start_decompress(struct jpeg_decoder *d, uint8_t choice)
{
	enum entropy entropy = entropy_resolve(choice);

	if (entropy != ENTROPY_STOCK && !d->entropy)
		d->entropy = jpeg_entropy_new(entropy_transforms());
	if (entropy != ENTROPY_STOCK && d->entropy)
		return jpeg_entropy_start(d->entropy, &d->jpeg, entropy == ENTROPY_FAST);
	jpeg_start_decompress(&d->jpeg);
	return false;
}

/* Behind the trap. */
static int start(struct jpeg_decoder *d, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault)
{
	struct jpeg_decompress_struct *jpeg = &d->jpeg;
	const struct rect *rect = &request->rect;
	uint32_t left, right, top, bottom, x = 0;
	bool ours;
	int code;

	set_parameters(d, request->scale);
	ours = start_decompress(d, request->entropy);
	code = grow_scratch(d, (size_t)jpeg->output_width * (size_t)jpeg->output_components, fault);
	if (!code && jpeg->out_color_space == JCS_CMYK)
		code = begin_cmyk(d, fault);
	if (code)
		return code;
	scale_span(&left, &right, rect->x, rect->width, request->scale, jpeg->output_width);
	scale_span(&top, &bottom, rect->y, rect->height, request->scale, jpeg->output_height);
	if (crops_well(d))
		x = crop_columns(jpeg, left, right);
	if (ours)
		jpeg_entropy_crop(d->entropy, jpeg, x, jpeg->output_width);
	if (top)
		jpeg_skip_scanlines(jpeg, top);
	d->rows_left = bottom - top;
	note_delivery(d, x, top, d->rows_left, request->scale, delivery);
	return 0;
}

static int start_trapped(struct jpeg_decoder *d, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault)
{
	const struct rect *rect = &request->rect;

	assert(rect->width && rect->height && rect->x + rect->width <= d->jpeg.image_width &&
		rect->y + rect->height <= d->jpeg.image_height);
	d->keep_damaged = request->keep_damaged;
	d->check_full = request->check_full;
	if (setjmp(d->trap.jump))
		return jpeg_verdict(d, fault);
	return start(d, request, delivery, fault);
}

int jpeg_decoder_start(struct decoder *decoder, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault)
{
	struct jpeg_decoder *d = jpeg_decoder_of(decoder);
	uint32_t warnings = *d->warnings;
	int code = start_trapped(d, request, delivery, fault);

	d->verifying = request->verify;
	if (!d->verifying)
		return code;
	if (!d->verify)
		d->verify = jpeg_verify_new();
	if (!d->verify)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory to verify with");
	return jpeg_verify_start(
		d->verify, d->input, &d->limits, request, warnings, code, delivery, fault);
}

/* Up to n rows from y of the strip on; how many came. Behind the trap. */
static uint32_t read_straight(
	struct jpeg_decoder *d, const struct image *strip, uint32_t y, uint32_t n)
{
	JSAMPROW rows[BATCH];

	if (n > BATCH)
		n = BATCH;
	for (uint32_t i = 0; i < n; i++)
		rows[i] = image_row(strip, y + i);
	return jpeg_read_scanlines(&d->jpeg, rows, n);
}

static uint32_t read_cmyk(struct jpeg_decoder *d, const struct image *strip, uint32_t y)
{
	JSAMPROW row = d->scratch;
	uint32_t got = jpeg_read_scanlines(&d->jpeg, &row, 1);

	if (got)
		jpeg_cmyk_row(d->cmyk, row, image_row(strip, y), d->jpeg.output_width);
	return got;
}

static int rows_trapped(
	struct jpeg_decoder *d, const struct image *strip, uint32_t *got, struct fault *fault)
{
	uint32_t want = strip->shape.height < d->rows_left ? strip->shape.height : d->rows_left;

	*got = 0;
	if (setjmp(d->trap.jump))
		return jpeg_verdict(d, fault);
	while (*got < want) {
		uint32_t came = d->jpeg.out_color_space == JCS_CMYK
			? read_cmyk(d, strip, *got)
			: read_straight(d, strip, *got, want - *got);

		assert(came); /* only a source that suspends gives nothing */
		*got += came;
	}
	d->rows_left -= want;
	return 0;
}

int jpeg_decoder_rows(
	struct decoder *decoder, const struct image *strip, uint32_t *got, struct fault *fault)
{
	struct jpeg_decoder *d = jpeg_decoder_of(decoder);
	int code = rows_trapped(d, strip, got, fault);

	return d->verifying ? jpeg_verify_rows(d->verify, strip, *got, code, fault) : code;
}

/*
 * Decodes the rows that nobody asked for. Of several scans all were read at the start. (Not with
 * jpeg_skip_scanlines: to the very end it decodes nothing, and from the middle of some damaged images on it
 * takes billions of steps.)
 */
static void decode_rest(struct jpeg_decoder *d)
{
	struct jpeg_decompress_struct *jpeg = &d->jpeg;
	JSAMPROW row = d->scratch;

	while (!d->markers.multiple && jpeg->output_scanline < jpeg->output_height)
		jpeg_read_scanlines(jpeg, &row, 1);
}

static int finish_trapped(struct jpeg_decoder *d, struct fault *fault)
{
	struct jpeg_decompress_struct *jpeg = &d->jpeg;
	int code;

	if (setjmp(d->trap.jump))
		return jpeg_verdict(d, fault);
	if (d->check_full)
		decode_rest(d);
	if (jpeg->output_scanline == jpeg->output_height)
		jpeg_finish_decompress(jpeg);
	else
		jpeg_abort_decompress(jpeg);
	if (!d->markers.multiple) {
		code = jpeg_markers_tail(&d->markers, d->input, &d->limits, fault);
		if (code)
			return code;
	}
	if (!d->markers.end)
		return jpeg_verdict_cut(d, fault, "ends without an end marker (EOI)");
	if (d->markers.end < d->input.size)
		*d->warnings |= IMGBATCH_W_TRAILING;
	return 0;
}

int jpeg_decoder_finish(struct decoder *decoder, struct fault *fault)
{
	struct jpeg_decoder *d = jpeg_decoder_of(decoder);
	int code = finish_trapped(d, fault);

	return d->verifying ? jpeg_verify_finish(d->verify, *d->warnings, code, fault) : code;
}
