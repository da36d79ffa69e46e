/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_cmyk.h"

#include "base/hash.h"
#include "codec/icc_memory.h"

#include <stdlib.h>

struct jpeg_cmyk {
	struct icc_memory memory; /* the context's */
	cmsContext context; /* owned: its errors are its own, nothing is shared between threads */
	cmsHTRANSFORM transform; /* owned; NULL: none was made yet */
	uint64_t made_from; /* hash of the profile and the flag that it was made from */
	bool use_transform;
	bool inverted;
};

/* The profile twice, its tables as 16-bit numbers twice, and the table that Little CMS makes of them all, 17 steps a side. */
uint64_t jpeg_cmyk_memory(size_t profile_size)
{
	return (4 << 20) + 6 * (uint64_t)profile_size;
}

struct jpeg_cmyk *jpeg_cmyk_new(void)
{
	struct jpeg_cmyk *cmyk = calloc(1, sizeof *cmyk);

	if (!cmyk)
		return NULL;
	cmyk->memory.most = jpeg_cmyk_memory(0);
	cmyk->context = icc_context_new(&cmyk->memory);
	if (!cmyk->context) {
		free(cmyk);
		return NULL;
	}
	return cmyk;
}

void jpeg_cmyk_free(struct jpeg_cmyk *cmyk)
{
	if (!cmyk)
		return;
	if (cmyk->transform)
		cmsDeleteTransform(cmyk->transform);
	cmsDeleteContext(cmyk->context);
	free(cmyk);
}

static cmsHTRANSFORM make_transform(cmsContext context, struct bytes profile, bool inverted)
{
	cmsHPROFILE from = cmsOpenProfileFromMemTHR(
		context, profile.data, (cmsUInt32Number)profile.size);
	cmsHPROFILE to = cmsCreate_sRGBProfileTHR(context);
	cmsHTRANSFORM transform = NULL;

	if (from && to && cmsGetColorSpace(from) == cmsSigCmykData)
		transform = cmsCreateTransformTHR(context, from,
			inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, to, TYPE_RGB_8, INTENT_PERCEPTUAL,
			0);
	if (from)
		cmsCloseProfile(from);
	if (to)
		cmsCloseProfile(to);
	return transform;
}

/* Making a transform takes milliseconds, and batches tend to carry one profile: the last one is kept. */
bool jpeg_cmyk_begin(struct jpeg_cmyk *cmyk, struct bytes profile, bool inverted)
{
	uint64_t hash;

	cmyk->inverted = inverted;
	cmyk->use_transform = profile.size > 0;
	if (!cmyk->use_transform)
		return true;
	hash = hash64(profile.data, profile.size, inverted);
	if (!cmyk->transform || cmyk->made_from != hash) {
		if (cmyk->transform)
			cmsDeleteTransform(cmyk->transform);
		cmyk->transform = NULL;
		cmyk->memory.most = jpeg_cmyk_memory(profile.size);
		cmyk->transform = make_transform(cmyk->context, profile, inverted);
		cmyk->made_from = hash;
	}
	cmyk->use_transform = cmyk->transform != NULL;
	return cmyk->use_transform;
}

static uint8_t scaled(unsigned a, unsigned b)
{
	return (uint8_t)((a * b + 127) / 255);
}

void jpeg_cmyk_row(
	const struct jpeg_cmyk *cmyk, const uint8_t *cmyk_row, uint8_t *rgb_row, uint32_t width)
{
	uint8_t flip = cmyk->inverted ? 0 : 255;

	if (cmyk->use_transform) {
		cmsDoTransform(cmyk->transform, cmyk_row, rgb_row, width);
		return;
	}
	for (uint32_t x = 0; x < width; x++, cmyk_row += 4, rgb_row += 3) {
		unsigned light = cmyk_row[3] ^ flip; /* 255 - v is v ^ 255 */

		for (int c = 0; c < 3; c++)
			rgb_row[c] = scaled((unsigned)(cmyk_row[c] ^ flip), light);
	}
}
