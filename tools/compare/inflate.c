/* SPDX-License-Identifier: Apache-2.0 */
/* inflate PNG PNG: inflates the image data of both with libdeflate, each in a thread of its own: what no comparison can be faster than. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;

	if (!file || fseek(file, 0, SEEK_END))
		exit(1);
	*size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*size);
	if (!bytes || fread(bytes, 1, *size, file) != *size)
		exit(1);
	fclose(file);
	return bytes;
}

/* The bodies of the IDAT chunks, in a row. */
static size_t join(const uint8_t *file, size_t size, uint8_t *stream)
{
	size_t at = 8, joined = 0;

	while (at + 12 <= size && be32(file + at) <= size - at - 12) {
		if (memcmp(file + at + 4, "IDAT", 4) == 0) {
			memcpy(stream + joined, file + at + 8, be32(file + at));
			joined += be32(file + at);
		}
		at += 12 + be32(file + at);
	}
	return joined;
}

/* 8 bits a sample, not interlaced, as the race's files are. */
static void *inflate_file(void *path)
{
	static const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4};
	size_t size, room;
	uint8_t *file = read_file(path, &size), *stream = malloc(size), *out;
	size_t packed = join(file, size, stream);

	room = ((size_t)be32(file + 16) * channels[file[25] % 7] + 1) * be32(file + 20);
	out = malloc(room);
	if (!out ||
		libdeflate_zlib_decompress(
			libdeflate_alloc_decompressor(), stream, packed, out, room, NULL))
		exit(1);
	return NULL;
}

int main(int count, char **words)
{
	pthread_t other;

	if (count != 3 || pthread_create(&other, NULL, inflate_file, words[1]))
		return 2;
	inflate_file(words[2]);
	return pthread_join(other, NULL) != 0;
}
