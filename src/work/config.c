/* SPDX-License-Identifier: Apache-2.0 */
#include "work/config.h"

#include <stdlib.h>
#include <string.h>

struct work_config *work_config_new(const char *recipe, size_t length)
{
	struct work_config *config;

	if (length > UINT32_MAX)
		return NULL;
	config = calloc(1, sizeof *config + length);
	if (!config)
		return NULL;
	config->size = sizeof *config + length;
	config->limits = codec_default_limits;
	config->encode = encode_default_settings;
	config->memory = UINT64_MAX;
	config->copies = 1;
	config->format = FORMAT_SAME;
	config->metadata = METADATA_ICC;
	config->auto_orient = true;
	config->recipe_length = (uint32_t)length;
	if (length)
		memcpy(config->recipe, recipe, length);
	return config;
}

bool work_config_valid(const void *block, size_t size)
{
	const struct work_config *config = block;

	return size >= sizeof *config && config->size == size &&
		config->recipe_length == size - sizeof *config && config->copies >= 1 &&
		config->entropy <= ENTROPY_FAST &&
		(config->format == FORMAT_SAME || config->format < CODEC_COUNT);
}
