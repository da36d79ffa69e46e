/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A colour's hue turned, by way of HSV in 8 bits.
 * Source: Pillow 9.4 (Convert.c, rgb2hsv and hsv2rgb), exact, with its mixture of float and double.
 */
#ifndef KERNELS_HUE_H
#define KERNELS_HUE_H

#include <math.h>
#include <stdint.h>

/* Hue and saturation of a colour that is not grey; most and least are its largest and smallest level. */
static inline void hue_of(
	const uint8_t rgb[3], uint8_t most, uint8_t least, uint8_t *hue, uint8_t *saturation)
{
	float span = (float)(most - least), s = span / (float)most, h;
	float r = (float)(most - rgb[0]) / span, g = (float)(most - rgb[1]) / span;
	float b = (float)(most - rgb[2]) / span;

	if (rgb[0] == most)
		h = b - g;
	else if (rgb[1] == most)
		h = (float)(2.0 + (double)r - (double)b);
	else
		h = (float)(4.0 + (double)g - (double)r);
	h = (float)fmod((double)h / 6.0 + 1.0, 1.0);
	*hue = (uint8_t)((double)h * 255.0);
	*saturation = (uint8_t)((double)s * 255.0);
}

/* The colour of a hue and saturation whose largest level is `most`. */
static inline void hue_color(uint8_t hue, uint8_t saturation, uint8_t most, uint8_t rgb[3])
{
	double sixth = (float)hue * 6.0 / 255.0, v = most;
	int sector = (int)sixth;
	float f = (float)(sixth - sector), s = (float)((float)saturation / 255.0);
	uint8_t p = (uint8_t)round(v * (1.0 - (double)s));
	uint8_t q = (uint8_t)round(v * (1.0 - (double)(s * f)));
	uint8_t t = (uint8_t)round(v * (1.0 - (double)s * (1.0 - (double)f)));
	const uint8_t colors[6][3] = {
		{most, t, p}, {q, most, p}, {p, most, t}, {p, q, most}, {t, p, most}, {most, p, q}};

	for (int c = 0; c < 3; c++)
		rgb[c] = colors[sector % 6][c];
}

static inline void hue_turn(uint8_t to[3], const uint8_t from[3], uint8_t shift)
{
	uint8_t most = from[0] > from[1] ? from[0] : from[1];
	uint8_t least = from[0] < from[1] ? from[0] : from[1];
	uint8_t hue, saturation;

	most = from[2] > most ? from[2] : most;
	least = from[2] < least ? from[2] : least;
	if (most == least) {
		to[0] = to[1] = to[2] = most;
		return;
	}
	hue_of(from, most, least, &hue, &saturation);
	hue_color((uint8_t)(hue + shift), saturation, most, to);
}

#endif
