/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libjpeg-turbo makes of a JPEG with its own entropy decoding and with ours: all that a caller could tell apart. For
 * the unit test, the fuzz target and the benchmark, which have no cmocka in common.
 */
#ifndef TESTS_UNIT_ENTROPY_KIT_H
#define TESTS_UNIT_ENTROPY_KIT_H

#include "codec/entropy.h"
#include "codec/jpeg_decoder.h"
#include "codec/jpeg_entropy.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTROPY_MESSAGES = 256,
	ENTROPY_PIXELS_MAX = 1 << 26,
	/*
	 * libjpeg-turbo writes colours past the cache into rows on a 32-byte boundary, which takes far longer to read back.
	 * Rows of both sides lie off it, so that chance does not decide which is faster.
	 */
	ENTROPY_OFF_LINE = 16,
};

/* How an image is decoded. Rows are read up to `rows`, then the image is aborted; 0: all, and it is finished. */
struct entropy_way {
	unsigned eighths; /* 1 .. 8 */
	bool grey; /* luma only, of YCbCr */
	unsigned skip; /* rows passed over at first */
	unsigned left, width; /* columns that are kept; width 0: all */
	unsigned rows;
};

struct entropy_result {
	int error; /* libjpeg's message code of what ended it; 0 */
	unsigned warnings[ENTROPY_MESSAGES]; /* how often each */
	unsigned width, height, channels, done; /* of the output, and rows that came */
	size_t left; /* bytes that the source still had */
	bool exhausted;
	uint64_t pixels; /* a hash of all that came */
	bool ours,
		transformed; /* not compared: who decoded it, and whether its inverse DCT was ours */
};

struct entropy_trap {
	struct jpeg_error_mgr manager; /* first */
	jmp_buf jump;
	struct entropy_result *result;
	struct jpeg_memory_mgr memory; /* the library's own functions */
};

/* Kept from image to image; zeroed at first. entropy NULL: stock. */
struct entropy_kit {
	struct jpeg_entropy *entropy;
	bool lazy; /* tables only where they are worth it */
	uint8_t *row;
	size_t room;
};

static inline void entropy_kit_free(struct entropy_kit *kit)
{
	jpeg_entropy_free(kit->entropy);
	free(kit->row);
}

/*
 * Memory comes zeroed: of some damaged images, cropped and scaled, libjpeg-turbo shows what it never wrote, and then not
 * even two decodes by itself are alike.
 */
static inline void *entropy_kit_small(j_common_ptr common, int pool, size_t size)
{
	void *block = ((struct entropy_trap *)common->err)->memory.alloc_small(common, pool, size);

	return memset(block, 0, size);
}

static inline void *entropy_kit_large(j_common_ptr common, int pool, size_t size)
{
	void *block = ((struct entropy_trap *)common->err)->memory.alloc_large(common, pool, size);

	return memset(block, 0, size);
}

static inline JSAMPARRAY entropy_kit_rows_of(
	j_common_ptr common, int pool, JDIMENSION width, JDIMENSION height)
{
	JSAMPARRAY rows = ((struct entropy_trap *)common->err)
				  ->memory.alloc_sarray(common, pool, width, height);

	for (JDIMENSION y = 0; y < height; y++)
		memset(rows[y], 0, width);
	return rows;
}

static inline void entropy_kit_zero_memory(struct jpeg_decompress_struct *jpeg)
{
	((struct entropy_trap *)jpeg->err)->memory = *jpeg->mem;
	jpeg->mem->alloc_small = entropy_kit_small;
	jpeg->mem->alloc_large = entropy_kit_large;
	jpeg->mem->alloc_sarray = entropy_kit_rows_of;
}

_Noreturn static inline void entropy_kit_error(j_common_ptr common)
{
	struct entropy_trap *trap = (struct entropy_trap *)common->err;

	trap->result->error = trap->manager.msg_code;
	longjmp(trap->jump, 1);
}

static inline void entropy_kit_message(j_common_ptr common, int level)
{
	struct entropy_trap *trap = (struct entropy_trap *)common->err;

	if (level < 0)
		trap->result->warnings[trap->manager.msg_code & (ENTROPY_MESSAGES - 1)]++;
}

static inline uint64_t entropy_kit_hash(uint64_t hash, const uint8_t *bytes, size_t size)
{
	for (; size >= 8; size -= 8, bytes += 8) {
		uint64_t word;

		memcpy(&word, bytes, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	while (size--)
		hash = (hash ^ *bytes++) * 0x100000001b3u;
	return hash;
}

/* Begins decoding; columns are cut as the codec cuts them. */
static inline void entropy_kit_start(struct entropy_kit *kit, struct jpeg_decompress_struct *jpeg,
	const struct entropy_way *way, struct entropy_result *result)
{
	jpeg->scale_num = way->eighths;
	jpeg->scale_denom = 8;
	if (jpeg->jpeg_color_space == JCS_YCbCr && way->grey)
		jpeg->out_color_space = JCS_GRAYSCALE;
	if ((uint64_t)jpeg->image_width * jpeg->image_height > ENTROPY_PIXELS_MAX) {
		jpeg->err->msg_code = JPEG_MAX_DIMENSION; /* no message's number */
		entropy_kit_error((j_common_ptr)jpeg);
	}
	if (kit->entropy)
		result->ours = jpeg_entropy_start(kit->entropy, jpeg, !kit->lazy);
	else
		jpeg_start_decompress(jpeg);
	if (way->width && way->left < jpeg->output_width) {
		JDIMENSION left = way->left, width = way->width;

		if (width > jpeg->output_width - left)
			width = jpeg->output_width - left;
		jpeg_crop_scanline(jpeg, &left, &width);
		if (result->ours)
			jpeg_entropy_crop(kit->entropy, jpeg, left, width);
	}
	result->width = jpeg->output_width;
	result->height = jpeg->output_height;
	result->channels = (unsigned)jpeg->output_components;
}

static inline void entropy_kit_rows(struct entropy_kit *kit, struct jpeg_decompress_struct *jpeg,
	const struct entropy_way *way, struct entropy_result *result)
{
	size_t size = (size_t)jpeg->output_width * (size_t)jpeg->output_components;
	JSAMPROW row;

	if (size + ENTROPY_OFF_LINE > kit->room) {
		free(kit->row);
		kit->room = (size + ENTROPY_OFF_LINE + 63) & ~(size_t)63;
		kit->row = aligned_alloc(64, kit->room);
	}
	row = kit->row + ENTROPY_OFF_LINE;
	memset(row, 0, size);
	if (way->skip && way->skip < jpeg->output_height)
		jpeg_skip_scanlines(jpeg, way->skip);
	while (jpeg->output_scanline < jpeg->output_height &&
		(!way->rows || result->done < way->rows)) {
		jpeg_read_scanlines(jpeg, &row, 1);
		result->pixels = entropy_kit_hash(result->pixels, row, size);
		result->done++;
	}
}

static inline void entropy_kit_decode(struct entropy_kit *kit, const uint8_t *bytes, size_t size,
	const struct entropy_way *way, struct entropy_result *result)
{
	struct jpeg_decompress_struct jpeg;
	struct entropy_trap trap;
	struct jpeg_source source;

	memset(result, 0, sizeof *result);
	memset(&jpeg, 0, sizeof jpeg);
	jpeg.err = jpeg_std_error(&trap.manager);
	trap.manager.error_exit = entropy_kit_error;
	trap.manager.emit_message = entropy_kit_message;
	trap.result = result;
	jpeg_source_init(&source, (struct bytes){bytes, size});
	if (!setjmp(trap.jump)) {
		jpeg_create_decompress(&jpeg);
		entropy_kit_zero_memory(&jpeg);
		jpeg.src = &source.manager;
		jpeg_read_header(&jpeg, TRUE);
		entropy_kit_start(kit, &jpeg, way, result);
		result->transformed = source.blocks;
		entropy_kit_rows(kit, &jpeg, way, result);
		if (jpeg.output_scanline == jpeg.output_height) {
			jpeg_finish_decompress(&jpeg);
			result->left = source.manager.bytes_in_buffer;
			result->exhausted = source.exhausted;
		}
	} else {
		result->left = source.manager.bytes_in_buffer;
		result->exhausted = source.exhausted;
	}
	jpeg_destroy_decompress(&jpeg);
}

/* What differs, or NULL. */
static inline const char *entropy_kit_difference(
	const struct entropy_result *a, const struct entropy_result *b)
{
	if (a->error != b->error)
		return "error";
	if (memcmp(a->warnings, b->warnings, sizeof a->warnings))
		return "warnings";
	if (a->width != b->width || a->height != b->height || a->channels != b->channels)
		return "shape";
	if (a->done != b->done)
		return "rows";
	if (a->pixels != b->pixels)
		return "pixels";
	if (a->left != b->left || a->exhausted != b->exhausted)
		return "source";
	return NULL;
}

#endif
