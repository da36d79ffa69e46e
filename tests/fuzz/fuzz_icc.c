/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colour profiles: which are passed on, and what Little CMS does with one of CMYK. The first byte of an input says the
 * colour space.
 */
#include "codec/icc.h"
#include "codec/jpeg_cmyk.h"

#include "fuzz.h"

#include <string.h>

/* Beside what is allowed: the context, and what is in front of each block. */
enum { WIDTH = 64, BESIDE = 1 << 20 };

static void check_accepted(struct bytes profile, struct bytes accepted, enum icc_space space)
{
	struct bytes again = icc_checked(accepted, space);

	if (!accepted.size)
		return;
	fuzz_check(accepted.data == profile.data && accepted.size <= profile.size,
		"%zu of %zu bytes", accepted.size, profile.size);
	fuzz_check(
		again.data == accepted.data && again.size == accepted.size, "not the second time");
}

/* The same pixels give the same colours, with a profile or without. */
static void convert(struct bytes profile, bool inverted)
{
	struct jpeg_cmyk *cmyk = jpeg_cmyk_new();
	uint8_t from[4 * WIDTH], to[3 * WIDTH], again[3 * WIDTH];
	bool used;

	for (size_t i = 0; i < sizeof from; i++)
		from[i] = (uint8_t)(i * 37);
	fuzz_memory_begin();
	used = jpeg_cmyk_begin(cmyk, profile, inverted);
	jpeg_cmyk_row(cmyk, from, to, WIDTH);
	fuzz_check(jpeg_cmyk_begin(cmyk, profile, inverted) == used, "not the second time");
	jpeg_cmyk_row(cmyk, from, again, WIDTH);
	fuzz_check(!memcmp(to, again, sizeof to), "not the second time");
	fuzz_check(fuzz_memory_peak() <= jpeg_cmyk_memory(profile.size) + BESIDE,
		"%llu bytes for a profile of %zu", (unsigned long long)fuzz_memory_peak(),
		profile.size);
	jpeg_cmyk_free(cmyk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum icc_space spaces[] = {ICC_GREY, ICC_RGB, ICC_CMYK, ICC_CMYK};
	struct bytes profile = {data + 1, size - 1}, accepted;

	if (!size)
		return 0;
	accepted = icc_checked(profile, spaces[data[0] & 3]);
	check_accepted(profile, accepted, spaces[data[0] & 3]);
	if (spaces[data[0] & 3] == ICC_CMYK && accepted.size)
		convert(accepted, data[0] & 4);
	return 0;
}
