/* SPDX-License-Identifier: Apache-2.0 */
#include "case.h"

#include "png_mutate.h"

#include <stdlib.h>
#include <string.h>

#pragma weak LLVMFuzzerMutate /* a fuzzer that only replays has none, and never comes here */

enum { SETTINGS = 4 };

/* Where the recipe ends; NULL: it is no such input. */
static const uint8_t *recipe_end(const uint8_t *data, size_t size)
{
	return size > SETTINGS ? memchr(data + SETTINGS, 0, size - SETTINGS) : NULL;
}

bool fuzz_case_read(struct fuzz_case *c, const uint8_t *data, size_t size)
{
	const uint8_t *end = recipe_end(data, size), *image;
	uint8_t *copy;

	if (!end)
		return false;
	image = end + 1;
	memcpy(c->setting, data, SETTINGS);
	c->recipe_size = (size_t)(end - data) - SETTINGS;
	c->recipe = strdup((const char *)data + SETTINGS);
	c->image.size = size - (size_t)(image - data);
	copy = malloc(c->image.size ? c->image.size : 1);
	memcpy(copy, image, c->image.size);
	c->image.data = copy;
	return true;
}

void fuzz_case_release(struct fuzz_case *c)
{
	free(c->recipe);
	free((void *)c->image.data);
}

/* The part [from, to) of data, changed by `mutate`; what stands behind moves. */
static size_t mutate_part(uint8_t *data, size_t size, size_t max_size, size_t from, size_t to,
	unsigned seed, size_t (*mutate)(uint8_t *, size_t, size_t, unsigned))
{
	size_t room = max_size - size + (to - from), tail = size - to, part = to - from;
	uint8_t *copy = malloc(room ? room : 1);

	if (!copy)
		return size;
	memcpy(copy, data + from, part);
	part = mutate(copy, part, room, seed);
	memmove(data + from + part, data + to, tail);
	memcpy(data + from, copy, part);
	free(copy);
	return from + part + tail;
}

static size_t mutate_text(uint8_t *text, size_t size, size_t max_size, unsigned seed)
{
	(void)seed;
	size = LLVMFuzzerMutate(text, size, max_size);
	for (size_t i = 0; i < size; i++) /* or the recipe would end here */
		text[i] = text[i] ? text[i] : '\n';
	return size;
}

size_t fuzz_case_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	const uint8_t *found = recipe_end(data, size);
	size_t end = found ? (size_t)(found - data) : 0;

	if (!found)
		return LLVMFuzzerMutate(data, size, max_size);
	switch (seed % 8) {
	case 0:
		data[seed >> 3 & 3] ^= (uint8_t)(1 << (seed >> 5 & 7));
		return size;
	case 1:
	case 2:
	case 3:
		return mutate_part(data, size, max_size, end + 1, size, seed >> 3, png_mutate);
	default:
		return mutate_part(data, size, max_size, SETTINGS, end, seed, mutate_text);
	}
}
