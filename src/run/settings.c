/* SPDX-License-Identifier: Apache-2.0 */
#include "run/settings.h"

#include "codec/codec.h"

#include <string.h>

enum { NAME_MAX_SIZE = 32, VALUE_MAX_SIZE = 64 };

void settings_print(const struct options *options, struct str *out)
{
	static const char *const metadata[] = {"none", "icc", "all"};
	const char *format = options->format == FORMAT_SAME ? "same"
							    : codecs[options->format]->name;

	str_addf(out, "format=%s quality=%llu subsampling=%llu", format,
		(unsigned long long)options->quality, (unsigned long long)options->subsampling);
	str_addf(out, " progressive=%d optimize=%d png-level=%llu depth=%s", options->progressive,
		options->optimize, (unsigned long long)options->png_level,
		options->keep_depth ? "keep" : "8");
	str_addf(out, " decode=%s", options->decode_scaled ? "scaled" : "full");
	if (options->masks)
		str_addf(out, " mask-fill=%llu", (unsigned long long)options->mask_fill);
	str_addf(out, " auto-orient=%d metadata=%s copies=%llu seed=%llu keep-damaged=%d",
		options->auto_orient, metadata[options->metadata],
		(unsigned long long)options->copies, (unsigned long long)options->seed,
		options->keep_damaged);
}

/*
 * A recorded line may have come with a folder from anywhere: of all options it may set those that settings_print() writes,
 * never a path or a program.
 */
static bool is_recorded(const char *name)
{
	static const char *const recorded[] = {"format", "quality", "subsampling", "progressive",
		"optimize", "png-level", "depth", "decode", "mask-fill", "auto-orient", "metadata",
		"copies", "seed", "keep-damaged"};

	for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
		if (!strcmp(recorded[i], name))
			return true;
	return false;
}

static bool is_switch(const char *name)
{
	const struct imgbatch_option_info *info;

	for (size_t i = 0; (info = imgbatch_option_info(i)); i++)
		if (!strcmp(info->name, name))
			return !info->value;
	return false;
}

/* One NAME=VALUE of `size` bytes. Switches are 0 or 1. */
static int apply_one(struct imgbatch *batch, const char *word, size_t size, struct fault *fault)
{
	const char *equals = memchr(word, '=', size);
	char name[NAME_MAX_SIZE], value[VALUE_MAX_SIZE];
	size_t name_size = equals ? (size_t)(equals - word) : 0;
	size_t value_size = size - name_size - 1;
	const char *said = value;

	if (!equals || name_size >= sizeof name || value_size >= sizeof value)
		goto unknown;
	memcpy(name, word, name_size);
	name[name_size] = '\0';
	memcpy(value, equals + 1, value_size);
	value[value_size] = '\0';
	if (is_switch(name))
		said = strcmp(value, "0") ? "yes" : "no";
	if (is_recorded(name) && !imgbatch_set(batch, name, said, NULL))
		return 0;
unknown:
	return fault_set(fault, IMGBATCH_E_LEDGER,
		"the recorded setting \"%.*s\" is not one of this version",
		(int)(size < 100 ? size : 100), word);
}

int settings_apply(struct imgbatch *batch, const char *text, struct fault *fault)
{
	int code = 0;

	while (!code && *text) {
		size_t size = strcspn(text, " \n");

		if (size)
			code = apply_one(batch, text, size, fault);
		text += size + (text[size] != '\0');
	}
	return code;
}
