/* SPDX-License-Identifier: Apache-2.0 */
/* A small font for what is written into pictures: printable ASCII, all of one width. */
#ifndef REPORT_FONT_H
#define REPORT_FONT_H

#include <stdint.h>

enum {
	FONT_WIDTH = 5,
	FONT_HEIGHT = 9,
	FONT_ADVANCE = 6, /* from one character to the next */
	FONT_LINE = 12, /* from one line to the next */
};

/* FONT_HEIGHT rows of a character, the left pixel in bit FONT_WIDTH - 1. What it has no glyph for is a question mark. */
const uint8_t *font_glyph(unsigned char c);

#endif
