/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libjpeg warns where it could also fail: it fills what is missing with grey and goes on. Here each of its
 * warnings (libjpeg-turbo 2.1.5, jerror.h) is either harmless, and a bit for the report, or it means that
 * pixels are not what was stored, and then the image fails unless damage is to be kept.
 */
#include "codec/jpeg_decoder.h"

#include <jerror.h>

static unsigned current_row(const struct jpeg_decompress_struct *jpeg)
{
	uint64_t row = (uint64_t)jpeg->input_iMCU_row * (unsigned)jpeg->max_v_samp_factor * DCTSIZE;

	return row < jpeg->image_height ? (unsigned)row : jpeg->image_height;
}

/* The bit of a harmless warning, or 0 for damage. */
static uint32_t harmless_bit(const struct jpeg_error_mgr *manager)
{
	int marker = manager->msg_parm.i[1];

	switch (manager->msg_code) {
	case JWRN_EXTRANEOUS_DATA:
		/* Bytes left over before a restart marker: the interval was decoded wrongly. */
		return marker >= JPEG_RST0 && marker <= JPEG_RST0 + 7 ? 0 : IMGBATCH_W_JUNK;
	case JWRN_ADOBE_XFORM:
	case JWRN_JFIF_MAJOR:
	case JWRN_NOT_SEQUENTIAL:
		return IMGBATCH_W_MARKER;
	default:
		return 0;
	}
}

static void note_harmless(struct jpeg_decoder *d, uint32_t bit)
{
	char text[JMSG_LENGTH_MAX];

	*d->warnings |= bit;
	if (++d->harmless < d->limits.max_warnings)
		return;
	d->trap.manager.format_message((j_common_ptr)&d->jpeg, text);
	fault_set(
		&d->trap.fault, IMGBATCH_E_CORRUPT, "%u warnings, the last: %s", d->harmless, text);
	jpeg_trap_jump(&d->trap);
}

/* The coded data ran out: at the file's end, or at an end marker that comes too early. */
static bool is_cut(const struct jpeg_decoder *d)
{
	return d->source.exhausted || d->jpeg.unread_marker == JPEG_EOI;
}

/* A damaged image that is kept can warn at every block, so nothing is formatted before it is needed. */
static void note_damage(struct jpeg_decoder *d)
{
	char text[JMSG_LENGTH_MAX];
	const struct jpeg_decompress_struct *jpeg = &d->jpeg;
	unsigned scan = (unsigned)jpeg->input_scan_number;
	unsigned scans = d->markers.scans > scan ? d->markers.scans : scan;

	if (d->keep_damaged) {
		*d->warnings |= IMGBATCH_W_DAMAGED;
		return;
	}
	if (d->trap.manager.msg_code == JWRN_HIT_MARKER && is_cut(d)) {
		fault_set(&d->trap.fault, IMGBATCH_E_TRUNCATED,
			"ends in scan %u of %u, row %u of %u", scan, scans, current_row(jpeg),
			jpeg->image_height);
		jpeg_trap_jump(&d->trap);
	}
	d->trap.manager.format_message((j_common_ptr)&d->jpeg, text);
	fault_set(&d->trap.fault, IMGBATCH_E_CORRUPT, "scan %u of %u, row %u of %u: %s", scan,
		scans, current_row(jpeg), jpeg->image_height, text);
	jpeg_trap_jump(&d->trap);
}

void jpeg_verdict_on_message(j_common_ptr common, int level)
{
	struct jpeg_decoder *d = common->client_data;
	uint32_t bit;

	if (level >= 0)
		return; /* tracing */
	bit = harmless_bit(common->err);
	if (bit)
		note_harmless(d, bit);
	else
		note_damage(d);
}

int jpeg_verdict(const struct jpeg_decoder *d, struct fault *fault)
{
	const struct fault *trapped = &d->trap.fault;

	if (trapped->code == IMGBATCH_E_CORRUPT && d->source.exhausted)
		return fault_set(fault, IMGBATCH_E_TRUNCATED, "the file ends too early: %s",
			trapped->detail);
	return fault_set(fault, trapped->code, "%s", trapped->detail);
}

int jpeg_verdict_cut(struct jpeg_decoder *d, struct fault *fault, const char *detail)
{
	if (!d->keep_damaged)
		return fault_set(fault, IMGBATCH_E_TRUNCATED, "%s", detail);
	*d->warnings |= IMGBATCH_W_DAMAGED;
	return 0;
}
