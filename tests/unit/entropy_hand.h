/* SPDX-License-Identifier: Apache-2.0 */
/* Progressive JPEGs of a few blocks, written bit by bit: what no encoder makes. For the unit test of entropy decoding. */
#ifndef TESTS_UNIT_ENTROPY_HAND_H
#define TESTS_UNIT_ENTROPY_HAND_H

#include "codec_kit.h"

#include <stdio.h>

struct hand {
	uint8_t bytes[512];
	size_t size;
};

/* Bytes as hexadecimal digits, blanks between them. */
static void hand_hex(struct hand *hand, const char *digits)
{
	unsigned byte;
	int used;

	for (; sscanf(digits, " %2x%n", &byte, &used) == 1; digits += used)
		hand->bytes[hand->size++] = (uint8_t)byte;
}

/* Coded bits as 0 and 1, blanks between them, and ones up to the byte's end. Eight ones in a row are not for here. */
static void hand_bits(struct hand *hand, const char *bits)
{
	unsigned count = 0;

	for (; *bits; bits++) {
		if (*bits == ' ')
			continue;
		if (count % 8 == 0)
			hand->bytes[hand->size++] = 0xff;
		if (*bits == '0')
			hand->bytes[hand->size - 1] &= (uint8_t) ~(0x80u >> count % 8);
		count++;
	}
}

/* Up to the first scan: one grey component of `blocks` blocks beside one another; a restart interval of 0: none. */
static struct hand hand_begin(unsigned blocks, unsigned interval)
{
	struct hand hand = {.size = 0};
	char text[64];

	hand_hex(&hand, "ffd8 ffdb 0043 00");
	for (int i = 0; i < 64; i++)
		hand_hex(&hand, "01");
	snprintf(text, sizeof text, "ffc2 000b 08 0008 %04x 01 01 11 00", 8 * blocks);
	hand_hex(&hand, text);
	snprintf(text, sizeof text, "ffdd 0004 %04x", interval);
	hand_hex(&hand, interval ? text : "");
	/* DC: 0 says that it stays as it was. */
	hand_hex(&hand, "ffc4 0014 00 01000000000000000000000000000000 00");
	return hand;
}

/* Two AC symbols, with the codes 0 and 10. */
static void hand_codes(struct hand *hand, const char *symbols)
{
	hand_hex(hand, "ffc4 0015 10 01010000000000000000000000000000");
	hand_hex(hand, symbols);
}

/* A scan's header: first and last place, and which bits. */
static void hand_scan(struct hand *hand, const char *places_and_bits)
{
	hand_hex(hand, "ffda 0008 01 01 00");
	hand_hex(hand, places_and_bits);
}

static struct file hand_end(struct hand *hand)
{
	hand_hex(hand, "ffd9");
	return kit_cut(&(struct file){hand->bytes, hand->size}, hand->size);
}

#endif
