/* SPDX-License-Identifier: Apache-2.0 */
/* Colours in recipes: RGBA of 8 bits each, whatever the image they are laid into. */
#ifndef OPS_COLOR_H
#define OPS_COLOR_H

#include "base/str.h"
#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COLOR_PIXEL_MAX = 16 }; /* bytes of any pixel: four floats */

/* #rgb, #rgba, #rrggbb, #rrggbbaa, or a name (CSS's sixteen, orange, grey, none, transparent). */
bool color_parse(const char *text, size_t length, uint8_t color[4]);
/* Appends #rrggbbaa. */
void color_print(const uint8_t color[4], struct str *out);
/* The name nearest to a wrong one, or NULL. */
const char *color_nearest(const char *text, size_t length);

/*
 * One pixel of an image of this shape: grey images take the colour's luma, images without alpha leave it out,
 * 16-bit samples are 257 times the 8-bit ones, floats 1 / 255. Indexed images take index 0.
 */
void color_pixel(const uint8_t color[4], const struct shape *shape, void *pixel);

#endif
