/* SPDX-License-Identifier: Apache-2.0 */
/* A decoder's life, and the facts that a JPEG's header holds. */
#include "codec/exif.h"
#include "codec/icc.h"
#include "codec/jpeg_decoder.h"

#include <stdlib.h>
#include <string.h>

struct decoder *jpeg_decoder_new(void)
{
	struct jpeg_decoder *d = calloc(1, sizeof *d);

	return (struct decoder *)d;
}

static void destroy(struct jpeg_decoder *d)
{
	if (d->created)
		jpeg_destroy_decompress(&d->jpeg);
	d->created = false;
}

void jpeg_decoder_free(struct decoder *decoder)
{
	struct jpeg_decoder *d = jpeg_decoder_of(decoder);

	if (!d)
		return;
	destroy(d);
	jpeg_cmyk_free(d->cmyk);
	jpeg_entropy_free(d->entropy);
	jpeg_verify_free(d->verify);
	free(d->icc);
	free(d->scratch);
	free(d);
}

static void begin(struct jpeg_decoder *d, struct bytes input, const struct codec_limits *limits,
	uint32_t *warnings)
{
	destroy(d);
	d->input = input;
	d->limits = *limits;
	d->warnings = warnings;
	d->harmless = 0;
	d->keep_damaged = d->check_full = d->verifying = false;
	d->rows_left = 0;
	d->profile.size = 0;
	jpeg_source_init(&d->source, input);
	jpeg_trap_init(&d->trap);
}

/* libjpeg's own reading of the header. Behind the trap. */
static void read_header(struct jpeg_decoder *d)
{
	memset(&d->jpeg, 0, sizeof d->jpeg);
	d->jpeg.err = &d->trap.manager;
	d->created = true;
	jpeg_create_decompress(&d->jpeg);
	d->trap.manager.emit_message = jpeg_verdict_on_message;
	d->jpeg.client_data = d;
	d->jpeg.src = &d->source.manager;
	jpeg_read_header(&d->jpeg, TRUE);
}

/* The profile's parts put together; a single part stays where it is. */
static int gather_icc(struct jpeg_decoder *d, struct bytes *icc, struct fault *fault)
{
	const struct jpeg_markers *m = &d->markers;
	size_t size = jpeg_markers_icc_size(m), at = 0;

	*icc = (struct bytes){.size = 0};
	if (size == 0)
		return 0;
	if (m->icc_count == 1) {
		*icc = m->icc[0];
		return 0;
	}
	if (size > d->icc_room) {
		uint8_t *larger = realloc(d->icc, size);

		if (!larger)
			return fault_set(
				fault, IMGBATCH_E_NOMEM, "no memory for the colour profile");
		d->icc = larger;
		d->icc_room = size;
	}
	for (unsigned i = 0; i < m->icc_count; at += m->icc[i++].size)
		memcpy(d->icc + at, m->icc[i].data, m->icc[i].size);
	*icc = (struct bytes){d->icc, size};
	return 0;
}

static int note_metadata(struct jpeg_decoder *d, struct codec_facts *facts, struct fault *fault)
{
	const struct jpeg_markers *m = &d->markers;
	bool cmyk = jpeg_decoder_is_cmyk(d);
	struct bytes icc;
	int code = gather_icc(d, &icc, fault);

	if (code)
		return code;
	icc = icc_checked(icc, cmyk ? ICC_CMYK : icc_space_of(facts->shape.channels));
	if (!icc.size && (m->icc_count || m->icc_broken))
		*d->warnings |= IMGBATCH_W_ICC;
	/* What comes out of a CMYK image is sRGB: its profile is used up by the conversion. */
	if (cmyk)
		d->profile = icc;
	else
		facts->metadata.icc = icc;
	facts->conversion = d->profile.size ? jpeg_cmyk_memory(d->profile.size) : 0;
	if (exif_valid(m->exif))
		facts->metadata.exif = m->exif;
	else if (m->exif.size)
		*d->warnings |= IMGBATCH_W_EXIF;
	facts->metadata.xmp = m->xmp;
	facts->metadata.density_x = m->density_x;
	facts->metadata.density_y = m->density_y;
	return 0;
}

/* Static name of the stored colours; NULL where libjpeg has no conversion for them. */
static const char *color_name(const struct jpeg_decompress_struct *jpeg)
{
	switch (jpeg->jpeg_color_space) {
	case JCS_GRAYSCALE:
		return "grey";
	case JCS_RGB:
		return "rgb";
	case JCS_YCbCr:
		return "ycbcr";
	case JCS_CMYK:
		return "cmyk";
	case JCS_YCCK:
		return "ycck";
	default:
		return NULL;
	}
}

static int note_facts(struct jpeg_decoder *d, struct codec_facts *facts, struct fault *fault)
{
	const struct jpeg_decompress_struct *jpeg = &d->jpeg;
	int code;

	*facts = (struct codec_facts){.codec = &codec_jpeg, .bits = 8};
	facts->shape = (struct shape){.width = jpeg->image_width,
		.height = jpeg->image_height,
		.channels = jpeg->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3,
		.sample = SAMPLE_U8};
	facts->color = color_name(jpeg);
	if (!facts->color)
		return fault_set(fault, IMGBATCH_E_UNSUPPORTED,
			"%d colour components of unknown meaning", jpeg->num_components);
	facts->whole = d->markers.multiple;
	facts->subsampling = jpeg_markers_subsampling(&d->markers);
	code = note_metadata(d, facts, fault);
	facts->orientation = (uint8_t)exif_orientation(facts->metadata.exif);
	return code;
}

int jpeg_decoder_header(struct decoder *decoder, const uint8_t *bytes, size_t size,
	const struct codec_limits *limits, struct codec_facts *facts, uint32_t *warnings,
	struct fault *fault)
{
	struct jpeg_decoder *d = jpeg_decoder_of(decoder);
	int code;

	begin(d, (struct bytes){bytes, size}, limits, warnings);
	code = jpeg_markers_head(&d->markers, d->input, limits, fault);
	/* Each scan costs a pass over the whole image: many of them are counted before any is decoded. */
	if (!code && d->markers.multiple)
		code = jpeg_markers_tail(&d->markers, d->input, limits, fault);
	if (code)
		return code;
	if (setjmp(d->trap.jump))
		return jpeg_verdict(d, fault);
	read_header(d);
	return note_facts(d, facts, fault);
}
