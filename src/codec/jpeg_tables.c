/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_tables.h"

#include <stdlib.h>
#include <string.h>

enum {
	WORTH = 8 << 10, /* bytes of data whose faster decoding pays for a table */
	CACHE_LINE = 64,
};

void jpeg_tables_release(struct jpeg_tables *tables)
{
	for (int i = 0; i < JPEG_TABLES_KEPT; i++) {
		free(tables->dc[i].block);
		free(tables->ac[i].block);
	}
}

/* How many symbols it has; more than 256: it is no table. */
static unsigned symbol_count(const JHUFF_TBL *content)
{
	unsigned count = 0;

	for (int n = 1; n <= 16; n++)
		count += content->bits[n];
	return count;
}

/* The one that is known by this content, or else the one that was not asked for the longest, now known by it. */
static struct jpeg_table *find(
	struct jpeg_tables *tables, struct jpeg_table *all, const JHUFF_TBL *content)
{
	unsigned count = symbol_count(content);
	struct jpeg_table *oldest = all;

	if (count > 256)
		return NULL;
	for (struct jpeg_table *t = all; t < all + JPEG_TABLES_KEPT; t++) {
		if (t->used && !memcmp(t->counts + 1, content->bits + 1, 16) &&
			!memcmp(t->symbols, content->huffval, count)) {
			t->used = ++tables->now;
			return t;
		}
		if (t->used < oldest->used)
			oldest = t;
	}
	memcpy(oldest->counts, content->bits, sizeof oldest->counts);
	memcpy(oldest->symbols, content->huffval, sizeof oldest->symbols);
	oldest->used = ++tables->now;
	oldest->missed = 0;
	oldest->made = false;
	return oldest;
}

/* Whether it is to be made now, and has room for it. */
static bool worth_making(struct jpeg_table *table, size_t size, size_t bytes, bool eager)
{
	table->missed += bytes;
	if (!eager && table->missed < WORTH)
		return false;
	if (!table->block)
		table->block = aligned_alloc(
			CACHE_LINE, (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1));
	return table->block;
}

struct huffman_dc *jpeg_tables_dc(
	struct jpeg_tables *tables, const JHUFF_TBL *content, size_t bytes, bool eager)
{
	struct jpeg_table *table = find(tables, tables->dc, content);

	if (table && !table->made && worth_making(table, sizeof *table->dc, bytes, eager))
		table->made = huffman_dc_init(table->dc, table->counts, table->symbols);
	return table && table->made ? table->dc : NULL;
}

struct huffman_ac *jpeg_tables_ac(
	struct jpeg_tables *tables, const JHUFF_TBL *content, size_t bytes, bool eager)
{
	struct jpeg_table *table = find(tables, tables->ac, content);

	if (table && !table->made && worth_making(table, sizeof *table->ac, bytes, eager))
		table->made = huffman_ac_init(table->ac, table->counts, table->symbols);
	return table && table->made ? table->ac : NULL;
}
