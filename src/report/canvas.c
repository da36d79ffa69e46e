/* SPDX-License-Identifier: Apache-2.0 */
#include "report/canvas.h"

#include "report/font.h"

#include <stdlib.h>
#include <string.h>

enum { CHEQUER = 8 };

static const uint8_t ground[2][3] = {{255, 255, 255}, {226, 226, 226}};

bool canvas_grow(struct canvas *canvas, uint32_t rows)
{
	size_t row = (size_t)canvas->width * 3, needed = row * ((size_t)canvas->height + rows);

	if (needed > canvas->room) {
		size_t room = needed > 2 * canvas->room ? needed : 2 * canvas->room;
		uint8_t *grown = realloc(canvas->rgb, room);

		if (!grown)
			return false;
		canvas->rgb = grown;
		canvas->room = room;
	}
	canvas->height += rows;
	canvas_box(canvas, 0, canvas->height - rows, canvas->width, rows, canvas->paper);
	return true;
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->rgb);
	*canvas = (struct canvas){0};
}

void canvas_box(struct canvas *canvas, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	const uint8_t color[3])
{
	uint32_t right = x + width < canvas->width ? x + width : canvas->width;
	uint32_t bottom = y + height < canvas->height ? y + height : canvas->height;

	for (uint32_t row = y; row < bottom; row++) {
		uint8_t *to = canvas->rgb + ((size_t)row * canvas->width + x) * 3;

		for (uint32_t i = x; i < right; i++, to += 3)
			memcpy(to, color, 3);
	}
}

/* A pixel of 1 to 4 channels as RGB; transparent ones over the ground at canvas pixel (x, y). */
static void pixel_rgb(
	const uint8_t *pixel, unsigned channels, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	const uint8_t *under = ground[(x / CHEQUER + y / CHEQUER) % 2];
	unsigned alpha = channels == 2 || channels == 4 ? pixel[channels - 1] : 255;

	for (unsigned c = 0; c < 3; c++) {
		unsigned value = pixel[channels < 3 ? 0 : c];

		rgb[c] = (uint8_t)((value * alpha + under[c] * (255 - alpha) + 127) / 255);
	}
}

void canvas_image(
	struct canvas *canvas, uint32_t x, uint32_t y, unsigned scale, const struct image *image)
{
	unsigned channels = image->shape.channels;

	for (uint32_t row = 0; row < image->shape.height; row++) {
		const uint8_t *from = image_row(image, row);

		for (uint32_t i = 0; i < image->shape.width; i++, from += channels) {
			uint32_t left = x + i * scale, top = y + row * scale;
			uint8_t rgb[3];

			pixel_rgb(from, channels, left, top, rgb);
			canvas_box(canvas, left, top, scale, scale, rgb);
		}
	}
}

static void draw_glyph(struct canvas *canvas, uint32_t x, uint32_t y, unsigned scale,
	const uint8_t color[3], const uint8_t *glyph)
{
	for (unsigned row = 0; row < FONT_HEIGHT; row++)
		for (unsigned i = 0; i < FONT_WIDTH; i++)
			if (glyph[row] >> (FONT_WIDTH - 1 - i) & 1)
				canvas_box(canvas, x + i * scale, y + row * scale, scale, scale,
					color);
}

void canvas_text(struct canvas *canvas, uint32_t x, uint32_t y, unsigned scale,
	const uint8_t color[3], const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c & 0xC0) == 0x80)
			continue; /* belongs to the UTF-8 character before */
		draw_glyph(canvas, x, y, scale, color, font_glyph(c));
		x += FONT_ADVANCE * scale;
	}
}
