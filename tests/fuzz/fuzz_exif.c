/* SPDX-License-Identifier: Apache-2.0 */
/* EXIF blocks: the orientation read and written in place, and not a byte beside it. */
#include "codec/exif.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_set(const uint8_t *block, size_t size, int was, int orientation)
{
	uint8_t *copy = malloc(size ? size : 1), *again = malloc(size ? size : 1);
	struct bytes set = {copy, size};
	int now;

	memcpy(copy, block, size);
	exif_set_orientation(copy, size, orientation);
	now = exif_orientation(set);
	fuzz_check(
		now == orientation || (now == 1 && was == 1), "%d set, %d read", orientation, now);
	fuzz_check(exif_valid(set) == exif_valid((struct bytes){block, size}), "%zu bytes", size);
	memcpy(again, copy, size);
	exif_set_orientation(again, size, orientation);
	fuzz_check(!memcmp(copy, again, size), "set twice");
	free(copy);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes block = {data, size};
	int was = exif_orientation(block);

	fuzz_check(was >= 1 && was <= 8, "%d", was);
	fuzz_check(exif_valid(block) || was == 1, "%d in a block that is none", was);
	for (int orientation = 1; orientation <= 8; orientation++)
		check_set(data, size, was, orientation);
	return 0;
}
