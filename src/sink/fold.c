/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simple case folding of the alphabets that have case and that file names are written in. It need not be
 * Unicode's whole table: a pair missed here is still caught when the output is renamed, as E_EXISTS.
 *
 * Source: the regular ranges of Unicode's CaseFolding.txt (simple mappings that keep two bytes in UTF-8).
 */
#include "sink/names.h"

static bool within(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

/* Pairs lie side by side, the capital at an even code point, or at an odd one. */
static bool even_pairs(uint32_t c)
{
	return within(c, 0x100, 0x12f) || within(c, 0x132, 0x137) || within(c, 0x14a, 0x177) ||
		within(c, 0x1a0, 0x1a5) || within(c, 0x1de, 0x1ef) || within(c, 0x1f8, 0x21f) ||
		within(c, 0x222, 0x233) || within(c, 0x3d8, 0x3ef) || within(c, 0x460, 0x481) ||
		within(c, 0x48a, 0x4bf) || within(c, 0x4d0, 0x52f);
}

static bool odd_pairs(uint32_t c)
{
	return within(c, 0x139, 0x148) || within(c, 0x179, 0x17e) || within(c, 0x1cd, 0x1dc) ||
		within(c, 0x4c1, 0x4ce);
}

static uint32_t fold_point(uint32_t c)
{
	if ((within(c, 0xc0, 0xde) && c != 0xd7) || (within(c, 0x391, 0x3ab) && c != 0x3a2) ||
		within(c, 0x410, 0x42f))
		return c + 32;
	if (within(c, 0x400, 0x40f))
		return c + 80;
	if (within(c, 0x531, 0x556))
		return c + 48;
	switch (c) {
	case 0x178:
		return 0xff;
	case 0x1af:
		return 0x1b0;
	case 0x386: /* Greek capitals with accents */
		return 0x3ac;
	case 0x388:
	case 0x389:
	case 0x38a:
		return c + 37;
	case 0x38c:
		return 0x3cc;
	case 0x38e:
	case 0x38f:
		return c + 63;
	case 0x3c2: /* final sigma */
		return 0x3c3;
	}
	if (even_pairs(c))
		return c | 1;
	if (odd_pairs(c))
		return c + (c & 1);
	return c;
}

void name_fold(struct str *out, const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t a = (uint8_t)name[i], b = i + 1 < size ? (uint8_t)name[i + 1] : 0;
		char pair[2];
		uint32_t c;

		if (a < 0xc2 || a > 0xdf || (b & 0xc0) != 0x80) {
			str_add_char(out, (char)(a >= 'A' && a <= 'Z' ? a + 32 : a));
			continue;
		}
		c = fold_point((uint32_t)(a & 31) << 6 | (b & 63));
		pair[0] = (char)(0xc0 | c >> 6);
		pair[1] = (char)(0x80 | (c & 63));
		str_add_bytes(out, pair, 2);
		i++;
	}
}
