/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JPEG straight into the caller's buffer. The settings are libjpeg's defaults (ISLOW, the standard
 * Huffman tables unless optimised), so the coded data is byte for byte what Pillow and cjpeg write.
 *
 * The libjpeg object is made anew for each image: one that optimised its Huffman tables keeps them, and the
 * next image would be written with its neighbour's.
 */
#include "codec/jpeg_encode.h"

#include "codec/icc.h"
#include "codec/jpeg_trap.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENT_MAX = 65533, APP1 = JPEG_APP0 + 1 };

struct jpeg_encoder {
	struct jpeg_compress_struct jpeg;
	struct jpeg_trap trap;
	struct jpeg_destination_mgr destination;
	size_t room;
	bool full; /* the caller's buffer is, and destination points to spill */
	JOCTET spill;
};

struct encoder *jpeg_encoder_new(void)
{
	struct jpeg_encoder *e = calloc(1, sizeof *e);

	return (struct encoder *)e;
}

void jpeg_encoder_free(struct encoder *encoder)
{
	free(encoder);
}

uint64_t jpeg_encoder_bound(const struct shape *shape, const struct metadata *metadata)
{
	uint64_t width = (shape->width + 15u) & ~15u, height = (shape->height + 15u) & ~15u;
	uint64_t extra = 16 << 10; /* headers, tables, every scan's tables when optimised */

	if (metadata) {
		uint64_t icc = metadata->icc.size;

		extra += icc + (icc / (SEGMENT_MAX - 14) + 1) * 18 + metadata->exif.size +
			metadata->xmp.size + 128;
	}
	/*
	 * At quality 100 a coefficient of a block takes at most 18 bits on average (the standard table's
	 * longest code that the energy of 8-bit samples can pay for throughout); with FF bytes stuffed that
	 * stays below 26, and 32 is easily said.
	 */
	return width * height * (shape->channels <= 2 ? 1 : 3) * 4 + extra;
}

uint64_t jpeg_encoder_estimate(const struct shape *shape, const struct encode_settings *settings)
{
	uint64_t width = (shape->width + 15u) & ~15u, height = (shape->height + 15u) & ~15u;
	uint64_t components = shape->channels <= 2 ? 1 : 3;
	uint64_t strips = width * components * 16 * 5, fixed = 128 << 10;

	/* Two passes keep all coefficients. */
	if (settings->progressive || settings->optimize)
		return strips + fixed + width * height * components * 2;
	return strips + fixed;
}

static void begin_output(j_compress_ptr jpeg)
{
	(void)jpeg;
}

/*
 * libjpeg asks for room as soon as there is none, even behind the last byte of all: it gets one byte more, and
 * the image is too large when that byte is used.
 */
static boolean out_of_room(j_compress_ptr jpeg)
{
	struct jpeg_encoder *e = jpeg->client_data;

	if (e->full) {
		fault_set(&e->trap.fault, IMGBATCH_E_ENCODE, "the output buffer is too small");
		jpeg_trap_jump(&e->trap);
	}
	e->full = true;
	e->destination.next_output_byte = &e->spill;
	e->destination.free_in_buffer = 1;
	return TRUE;
}

static void set_destination(struct jpeg_encoder *e, uint8_t *out, size_t room)
{
	e->destination = (struct jpeg_destination_mgr){.next_output_byte = out,
		.free_in_buffer = room,
		.init_destination = begin_output,
		.empty_output_buffer = out_of_room,
		.term_destination = begin_output};
	e->room = room;
	e->full = false;
	e->jpeg.client_data = e;
	e->jpeg.dest = &e->destination;
	if (room == 0)
		out_of_room(&e->jpeg);
}

/* The image as JPEG can hold it, or why not. */
static int check_image(const struct shape *shape, struct fault *fault)
{
	if (shape->sample != SAMPLE_U8)
		return fault_set(fault, IMGBATCH_E_ENCODE, "JPEG holds 8 bits a sample");
	if (shape_has_alpha(shape))
		return fault_set(fault, IMGBATCH_E_ENCODE, "JPEG holds no alpha channel");
	if (shape->width > JPEG_MAX_DIMENSION || shape->height > JPEG_MAX_DIMENSION)
		return fault_set(fault, IMGBATCH_E_ENCODE,
			"%u x %u: JPEG holds at most %ld each way", shape->width, shape->height,
			(long)JPEG_MAX_DIMENSION);
	return 0;
}

static int check_metadata(const struct metadata *metadata, struct fault *fault)
{
	static const size_t exif_max = SEGMENT_MAX - 6, xmp_max = SEGMENT_MAX - 29;

	if (metadata->exif.size > exif_max)
		return fault_set(fault, IMGBATCH_E_ENCODE,
			"an EXIF block of %zu bytes; JPEG holds %zu", metadata->exif.size,
			exif_max);
	if (metadata->xmp.size > xmp_max)
		return fault_set(fault, IMGBATCH_E_ENCODE,
			"an XMP packet of %zu bytes; JPEG holds %zu", metadata->xmp.size, xmp_max);
	return 0;
}

static void set_density(struct jpeg_compress_struct *jpeg, const struct metadata *metadata)
{
	double x = metadata->density_x * 0.0254 + 0.5, y = metadata->density_y * 0.0254 + 0.5;

	if (x < 1 || y < 1 || x > 65535 || y > 65535)
		return;
	jpeg->density_unit = 1; /* dots per inch */
	jpeg->X_density = (UINT16)x;
	jpeg->Y_density = (UINT16)y;
}

static void set_parameters(struct jpeg_compress_struct *jpeg, const struct shape *shape,
	const struct encode_settings *settings)
{
	jpeg->image_width = shape->width;
	jpeg->image_height = shape->height;
	jpeg->input_components = shape->channels;
	jpeg->in_color_space = shape->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, settings->quality, TRUE);
	jpeg->optimize_coding = settings->optimize;
	if (shape->channels == 3) {
		jpeg->comp_info[0].h_samp_factor = settings->subsampling == 444 ? 1 : 2;
		jpeg->comp_info[0].v_samp_factor = settings->subsampling == 420 ? 2 : 1;
	}
	if (settings->progressive)
		jpeg_simple_progression(jpeg);
}

static void write_app1(
	struct jpeg_compress_struct *jpeg, const char *name, size_t name_size, struct bytes body)
{
	if (!body.size)
		return;
	jpeg_write_m_header(jpeg, APP1, (unsigned)(name_size + body.size));
	for (size_t i = 0; i < name_size; i++)
		jpeg_write_m_byte(jpeg, name[i]);
	for (size_t i = 0; i < body.size; i++)
		jpeg_write_m_byte(jpeg, body.data[i]);
}

static void write_metadata(struct jpeg_compress_struct *jpeg, const struct metadata *metadata)
{
	static const char exif[6] = "Exif\0", xmp[] = "http://ns.adobe.com/xap/1.0/";
	struct bytes icc = icc_checked(
		metadata->icc, icc_space_of((unsigned)jpeg->input_components));

	write_app1(jpeg, exif, sizeof exif, metadata->exif);
	write_app1(jpeg, xmp, sizeof xmp, metadata->xmp);
	if (icc.size)
		jpeg_write_icc_profile(jpeg, icc.data, (unsigned)icc.size);
}

static void write_rows(struct jpeg_compress_struct *jpeg, const struct image *image)
{
	while (jpeg->next_scanline < jpeg->image_height) {
		JSAMPROW rows[16];
		JDIMENSION n = 0;

		while (n < 16 && jpeg->next_scanline + n < jpeg->image_height) {
			rows[n] = image_row(image, jpeg->next_scanline + n);
			n++;
		}
		jpeg_write_scanlines(jpeg, rows, n);
	}
}

/* Behind the trap. */
static void compress(struct jpeg_encoder *e, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata)
{
	set_parameters(&e->jpeg, &image->shape, settings);
	set_density(&e->jpeg, metadata);
	jpeg_start_compress(&e->jpeg, TRUE);
	write_metadata(&e->jpeg, metadata);
	write_rows(&e->jpeg, image);
	jpeg_finish_compress(&e->jpeg);
}

int jpeg_encoder_encode(struct encoder *encoder, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata, uint8_t *out,
	size_t room, size_t *size, struct fault *fault)
{
	static const struct metadata no_metadata;
	struct jpeg_encoder *e = (struct jpeg_encoder *)encoder;
	int code = check_image(&image->shape, fault);

	if (!code && metadata)
		code = check_metadata(metadata, fault);
	if (code)
		return code;
	memset(&e->jpeg, 0, sizeof e->jpeg);
	e->jpeg.err = jpeg_trap_init(&e->trap);
	if (!setjmp(e->trap.jump)) {
		jpeg_create_compress(&e->jpeg);
		set_destination(e, out, room);
		compress(e, image, settings, metadata ? metadata : &no_metadata);
	} else {
		code = e->trap.fault.code == IMGBATCH_E_NOMEM ? IMGBATCH_E_NOMEM
							      : IMGBATCH_E_ENCODE;
	}
	jpeg_destroy_compress(&e->jpeg);
	if (code)
		return fault_set(fault, code, "%s", e->trap.fault.detail);
	*size = e->full ? e->room : e->room - e->destination.free_in_buffer;
	return 0;
}
