/* SPDX-License-Identifier: Apache-2.0 */
#include "png_mutate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { SIGNATURE = 8, FRAME = 12, ROWS_MAX = 1 << 20 };

#pragma weak LLVMFuzzerMutate /* a fuzzer that only replays has none, and never comes here */

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The size of the body of the chunk at `at`; -1: it does not lie inside. */
static int64_t body_size(const uint8_t *data, size_t size, size_t at)
{
	uint32_t length;

	if (size < at + FRAME)
		return -1;
	length = get32(data + at);
	return length <= size - at - FRAME ? (int64_t)length : -1;
}

static void put_sum(uint8_t *chunk, size_t body)
{
	put32(chunk + 8 + body, (uint32_t)crc32(0, chunk + 4, (uInt)(4 + body)));
}

static void mend_sums(uint8_t *data, size_t size)
{
	size_t at = SIGNATURE;

	for (int64_t body = body_size(data, size, at); body >= 0;
		body = body_size(data, size, at)) {
		put_sum(data + at, (size_t)body);
		at += FRAME + (size_t)body;
	}
}

/* Where image data begin and end, and the stream in one piece, at `stream`. */
static size_t join(const uint8_t *data, size_t size, uint8_t *stream, size_t *from, size_t *to)
{
	size_t at = SIGNATURE, joined = 0;

	*from = *to = 0;
	for (int64_t body = body_size(data, size, at); body >= 0;
		body = body_size(data, size, at)) {
		bool idat = !memcmp(data + at + 4, "IDAT", 4);

		if (idat && !*from)
			*from = at;
		if (!idat && *from)
			break;
		if (idat) {
			memcpy(stream + joined, data + at + 8, (size_t)body);
			joined += (size_t)body;
		}
		at += FRAME + (size_t)body;
		*to = at;
	}
	return joined;
}

/* As much as there is of a stream, even of a damaged one. */
static size_t inflate_some(const uint8_t *stream, size_t size, uint8_t *rows)
{
	z_stream z = {.next_in = (Bytef *)stream,
		.avail_in = (uInt)size,
		.next_out = rows,
		.avail_out = ROWS_MAX};

	if (inflateInit(&z) != Z_OK)
		return 0;
	inflate(&z, Z_SYNC_FLUSH);
	inflateEnd(&z);
	return z.total_out;
}

/* The rows, changed, in one chunk instead of those of [from, to). 0: there is no room. */
static size_t put_rows(uint8_t *data, size_t size, size_t max_size, size_t from, size_t to,
	const uint8_t *rows, size_t rows_size, int level)
{
	uLongf packed = compressBound(rows_size);
	uint8_t *stream = malloc(packed);
	size_t tail = size - to, whole = 0;

	if (stream && compress2(stream, &packed, rows, rows_size, level) == Z_OK &&
		from + FRAME + packed + tail <= max_size) {
		memmove(data + from + FRAME + packed, data + to, tail);
		put32(data + from, (uint32_t)packed);
		memcpy(data + from + 4, "IDAT", 4);
		memcpy(data + from + 8, stream, packed);
		put_sum(data + from, packed);
		whole = from + FRAME + packed + tail;
	}
	free(stream);
	return whole;
}

static size_t mutate_rows(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint8_t *stream = malloc(size ? size : 1), *rows = malloc(ROWS_MAX);
	size_t from, to, joined, count = 0, whole = 0;

	if (stream && rows) {
		joined = join(data, size, stream, &from, &to);
		count = joined ? inflate_some(stream, joined, rows) : 0;
		if (count) {
			count = LLVMFuzzerMutate(rows, count, ROWS_MAX);
			whole = put_rows(data, size, max_size, from, to, rows, count, seed % 10);
		}
	}
	free(stream);
	free(rows);
	return whole;
}

size_t png_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t mutated;

	if (seed % 4 == 0) {
		mutated = mutate_rows(data, size, max_size, seed >> 2);
		if (mutated)
			return mutated;
	}
	mutated = LLVMFuzzerMutate(data, size, max_size);
	if (seed % 4 != 1)
		mend_sums(data, mutated);
	return mutated;
}
