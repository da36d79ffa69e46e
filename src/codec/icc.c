/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/icc.h"

enum { HEADER_SIZE = 128, TAG_SIZE = 12 };

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Does every tag's data lie inside the profile? */
static bool tags_inside(struct bytes profile)
{
	uint32_t count = be32(profile.data + HEADER_SIZE);

	if (count > (profile.size - HEADER_SIZE - 4) / TAG_SIZE)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *tag = profile.data + HEADER_SIZE + 4 + (size_t)i * TAG_SIZE;
		uint32_t offset = be32(tag + 4), size = be32(tag + 8);

		if (offset > profile.size || size > profile.size - offset)
			return false;
	}
	return true;
}

enum icc_space icc_space_of(unsigned channels)
{
	return channels <= 2 ? ICC_GREY : ICC_RGB;
}

struct bytes icc_checked(struct bytes profile, enum icc_space space)
{
	const struct bytes none = {.size = 0};
	uint32_t stated;

	if (profile.size < HEADER_SIZE + 4)
		return none;
	stated = be32(profile.data);
	if (stated < HEADER_SIZE + 4 || stated > profile.size)
		return none;
	profile.size = stated;
	if (be32(profile.data + 36) != 0x61637370 /* 'acsp' */ || be32(profile.data + 16) != space)
		return none;
	return tags_inside(profile) ? profile : none;
}
