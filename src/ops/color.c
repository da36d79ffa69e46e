/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/color.h"

#include "base/nearest.h"
#include "kernels/grey.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint8_t color[4];
} names[] = {
	{"black", {0, 0, 0, 255}},
	{"white", {255, 255, 255, 255}},
	{"gray", {128, 128, 128, 255}},
	{"grey", {128, 128, 128, 255}},
	{"silver", {192, 192, 192, 255}},
	{"red", {255, 0, 0, 255}},
	{"maroon", {128, 0, 0, 255}},
	{"orange", {255, 165, 0, 255}},
	{"yellow", {255, 255, 0, 255}},
	{"olive", {128, 128, 0, 255}},
	{"lime", {0, 255, 0, 255}},
	{"green", {0, 128, 0, 255}},
	{"aqua", {0, 255, 255, 255}},
	{"cyan", {0, 255, 255, 255}},
	{"teal", {0, 128, 128, 255}},
	{"blue", {0, 0, 255, 255}},
	{"navy", {0, 0, 128, 255}},
	{"fuchsia", {255, 0, 255, 255}},
	{"magenta", {255, 0, 255, 255}},
	{"purple", {128, 0, 128, 255}},
	{"none", {0, 0, 0, 0}},
	{"transparent", {0, 0, 0, 0}},
};

static const size_t name_count = sizeof names / sizeof *names;

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* length is 3, 4, 6 or 8 digits. */
static bool parse_hex(const char *text, size_t length, uint8_t color[4])
{
	size_t wide = length > 4 ? 2 : 1;

	color[3] = 255;
	for (size_t i = 0; i < length; i += wide) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + wide - 1]);

		if (high < 0 || low < 0)
			return false;
		color[i / wide] = (uint8_t)(high * 16 + low);
	}
	return true;
}

bool color_parse(const char *text, size_t length, uint8_t color[4])
{
	if (length > 1 && text[0] == '#') {
		size_t digits = length - 1;

		if (digits != 3 && digits != 4 && digits != 6 && digits != 8)
			return false;
		return parse_hex(text + 1, digits, color);
	}
	for (size_t i = 0; i < name_count; i++) {
		if (strlen(names[i].name) == length && !strncasecmp(names[i].name, text, length)) {
			memcpy(color, names[i].color, 4);
			return true;
		}
	}
	return false;
}

void color_print(const uint8_t color[4], struct str *out)
{
	str_addf(out, "#%02x%02x%02x%02x", color[0], color[1], color[2], color[3]);
}

const char *color_nearest(const char *text, size_t length)
{
	struct nearest nearest;

	nearest_init(&nearest, text, length);
	for (size_t i = 0; i < name_count; i++)
		nearest_offer(&nearest, names[i].name);
	return nearest.name;
}

void color_pixel(const uint8_t color[4], const struct shape *shape, void *pixel)
{
	uint8_t value[4] = {color[0], color[1], color[2], color[3]};

	if (shape->channels < 3) {
		value[0] = (uint8_t)grey_of(color[0], color[1], color[2]);
		value[1] = color[3];
	}
	for (int c = 0; c < shape->channels; c++) {
		if (shape->indexed)
			value[c] = 0;
		if (shape->sample == SAMPLE_U8)
			((uint8_t *)pixel)[c] = value[c];
		else if (shape->sample == SAMPLE_U16)
			((uint16_t *)pixel)[c] = (uint16_t)(value[c] * 257);
		else
			((float *)pixel)[c] = (float)value[c] / 255;
	}
}
