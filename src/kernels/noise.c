/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/noise.h"

#include "kernels/alpha.h"
#include "kernels/dispatch.h"

#include <stdbool.h>

/* The second halves of the keys, "nois" and "eras", so that equal seeds are unrelated. */
enum { KEY_NORMAL = 0x6e6f6973, KEY_UNIFORM = 0x65726173 };

static size_t blocks_of(size_t samples)
{
	return (samples + 3) / 4;
}

size_t noise_memory(const struct shape *shape)
{
	return blocks_of((size_t)shape->width * shape->channels) * 4 * sizeof(uint32_t);
}

/* The same with 16-bit samples. */
static void add_noise16(
	uint16_t *to, const uint16_t *from, const float *normal, size_t samples, float sigma)
{
	for (size_t i = 0; i < samples; i++) {
		float v = (float)from[i] + sigma * normal[i] + 0.5f;

		v = v > 0.0f ? v : 0.0f;
		v = v < 65535.0f ? v : 65535.0f;
		to[i] = (uint16_t)v;
	}
}

void noise_rows(const struct image *out, const struct image *in, float sigma, uint32_t seed,
	uint32_t from, uint32_t to, void *memory)
{
	const struct neighbour_kernels *kernel = kernels()->neighbour;
	const uint32_t key[2] = {seed, KEY_NORMAL};
	size_t samples = (size_t)in->shape.width * in->shape.channels;
	float *normal = memory;

	for (uint32_t y = from; y < to; y++) {
		kernel->normals(normal, blocks_of(samples), y, key);
		if (in->shape.sample == SAMPLE_U16)
			add_noise16(
				image_row(out, y), image_row(in, y), normal, samples, sigma * 257);
		else
			kernel->add_noise(
				image_row(out, y), image_row(in, y), normal, samples, sigma);
		alpha_keep_row(image_row(out, y), image_row(in, y), &in->shape);
	}
}

/* Samples of u8 are the bytes of the words, lowest first, those of u16 their halves. */
static uint32_t word_sample(const uint32_t *words, size_t i, bool deep)
{
	return deep ? words[i / 2] >> (i % 2 * 16) & 65535 : words[i / 4] >> (i % 4 * 8) & 255;
}

void noise_fill(const struct image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t seed,
	void *memory)
{
	const struct shape *shape = &image->shape;
	const uint32_t key[2] = {seed, KEY_UNIFORM};
	bool deep = shape->sample == SAMPLE_U16;
	size_t channels = shape->channels, colors = channels - shape_has_alpha(shape);
	size_t words = ((size_t)width * channels + (deep ? 1 : 3)) / (deep ? 2 : 4);

	for (uint32_t row = 0; row < shape->height; row++) {
		void *to = image_row(image, row);

		kernels()->neighbour->words(memory, blocks_of(words), y + row, key);
		for (size_t i = 0; i < shape->width; i++) {
			for (size_t c = 0; c < colors; c++) {
				size_t at = i * channels + c;
				uint32_t v = word_sample(memory, x * channels + at, deep);

				if (deep)
					((uint16_t *)to)[at] = (uint16_t)v;
				else
					((uint8_t *)to)[at] = (uint8_t)v;
			}
		}
	}
}
