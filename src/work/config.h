/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What work is to do with every image of a run: one flat block without pointers, so that it can be handed
 * to a worker in another process as it stands. The recipe's text follows the struct.
 */
#ifndef WORK_CONFIG_H
#define WORK_CONFIG_H

#include "codec/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum work_metadata { METADATA_NONE, METADATA_ICC, METADATA_ALL };

enum { FORMAT_SAME = 255 }; /* the input's own; other values are indices in the codec table */

struct work_config {
	uint64_t size; /* of the block, text included */
	struct codec_limits limits;
	struct encode_settings encode;
	uint64_t
		memory; /* what one image may take at most, however long it waits: E_LIMIT_MEMORY beyond */
	uint32_t copies; /* times that a random recipe is drawn; at least 1 */
	uint8_t format; /* FORMAT_SAME or an index in the codec table */
	uint8_t metadata; /* enum work_metadata */
	bool keep_depth; /* 16-bit samples stay 16 bits where the output's format can hold them */
	bool auto_orient; /* apply the EXIF orientation and reset the tag */
	bool decode_scaled; /* large JPEGs may be decoded at a smaller DCT scale: close, not the same */
	bool check_full; /* decode every file to its end */
	bool keep_damaged;
	uint8_t entropy; /* enum entropy */
	uint64_t
		verify; /* of 2^32 images so many are also decoded by libjpeg-turbo alone, and compared */
	bool masks; /* the second input is the image's mask, which follows it */
	bool boxes; /* the third input is its boxes (boxes.h), for what draws by them */
	uint32_t mask_fill; /* what a mask holds where its image is filled */
	bool measure; /* say what each stage took */
	bool dry_run; /* stop before decoding pixels: reply with shapes and the estimate in `need` */
	uint32_t recipe_length; /* bytes of text behind the struct, without a NUL */
	char recipe[];
};

/* A block with every default and this recipe text; free() it. NULL when out of memory. */
struct work_config *work_config_new(const char *recipe, size_t length);
/* Whether a block of size bytes is one that work can use: it came from another process. */
bool work_config_valid(const void *block, size_t size);

#endif
