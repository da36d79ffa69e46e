/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Huffman tables of the files that were decoded last, ready for use: most files of a folder share theirs, and making
 * them takes as long as decoding some kilobytes. So a table is made once as many bytes have been left to libjpeg for want
 * of it as that: whatever comes, no more than twice the least possible is spent. One thread's.
 */
#ifndef CODEC_JPEG_TABLES_H
#define CODEC_JPEG_TABLES_H

#include "kernels/huffman.h"

#include <stddef.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

/* Each file has up to NUM_HUFF_TBLS of a kind: those of two files are kept. */
enum { JPEG_TABLES_KEPT = 2 * NUM_HUFF_TBLS };

struct jpeg_table {
	uint8_t counts[17], symbols[256]; /* as the file has them: what it is known by */
	uint64_t used; /* when it was last asked for; 0: never */
	size_t missed; /* bytes of data that were decoded without it */
	bool made; /* `dc` or `ac` is valid */
	union {
		struct huffman_dc *dc;
		struct huffman_ac *ac;
		void *block;
	}; /* owned; NULL until first made, then kept for whichever table comes next */
};

struct jpeg_tables {
	uint64_t now; /* counts questions */
	struct jpeg_table dc[JPEG_TABLES_KEPT], ac[JPEG_TABLES_KEPT];
};

void jpeg_tables_release(struct jpeg_tables *tables);
/*
 * The table of this content, ready; NULL: not worth it yet for `bytes` of data, no table, or no memory. What one file asks
 * for stays as it is while no other one asks. eager: it is always worth it.
 */
struct huffman_dc *jpeg_tables_dc(
	struct jpeg_tables *tables, const JHUFF_TBL *content, size_t bytes, bool eager);
struct huffman_ac *jpeg_tables_ac(
	struct jpeg_tables *tables, const JHUFF_TBL *content, size_t bytes, bool eager);

#endif
