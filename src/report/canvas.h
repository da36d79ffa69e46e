/* SPDX-License-Identifier: Apache-2.0 */
/* A picture to draw on: boxes, text, other pictures. It has a fixed width and grows downwards. */
#ifndef REPORT_CANVAS_H
#define REPORT_CANVAS_H

#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canvas {
	uint32_t width, height; /* pixels */
	size_t room; /* bytes */
	uint8_t *rgb; /* owned; three bytes a pixel, packed */
	uint8_t paper[3];
};

/* Adds empty rows. False when out of memory. */
bool canvas_grow(struct canvas *canvas, uint32_t rows);
void canvas_release(struct canvas *canvas);

/* What lies outside the canvas is left out. */
void canvas_box(struct canvas *canvas, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	const uint8_t color[3]);
/*
 * An 8-bit image of any number of channels, each of its pixels `scale` pixels wide and high. What is transparent shows
 * a light chequered ground.
 */
void canvas_image(
	struct canvas *canvas, uint32_t x, uint32_t y, unsigned scale, const struct image *image);
/* `size` bytes of text; what is not ASCII is one question mark a character. */
void canvas_text(struct canvas *canvas, uint32_t x, uint32_t y, unsigned scale,
	const uint8_t color[3], const char *text, size_t size);

#endif
