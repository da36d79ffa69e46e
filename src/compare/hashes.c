/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/hashes.h"

#include "base/list.h"
#include "base/number.h"
#include "base/replace.h"
#include "base/str.h"
#include "base/whole.h"
#include "compare/compare.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] = "imgbatch pixel hashes 1";
static const uint64_t largest_file = (uint64_t)1 << 30;

void hashes_release(struct hashes *hashes)
{
	for (size_t i = 0; i < hashes->count; i++)
		free(hashes->entry[i].name);
	free(hashes->entry);
	*hashes = (struct hashes){0};
}

/* The place of a name, or the one where it would be. */
static size_t place_of(const struct hashes *hashes, const char *name)
{
	size_t low = 0, high = hashes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(hashes->entry[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct hash_entry *hashes_find(const struct hashes *hashes, const char *name)
{
	size_t at = place_of(hashes, name);

	return at < hashes->count && strcmp(hashes->entry[at].name, name) == 0 ? &hashes->entry[at]
									       : NULL;
}

int hashes_put(struct hashes *hashes, const char *name, const struct hash_entry *entry)
{
	size_t at = place_of(hashes, name);
	struct hash_entry *grown;
	char *copy;

	if (at < hashes->count && strcmp(hashes->entry[at].name, name) == 0) {
		copy = hashes->entry[at].name;
		hashes->entry[at] = *entry;
		hashes->entry[at].name = copy;
		return 0;
	}
	grown = list_room(hashes->entry, sizeof *grown, hashes->count + 1, &hashes->room, 64);
	if (!grown)
		return IMGBATCH_E_NOMEM;
	hashes->entry = grown;
	copy = strdup(name);
	if (!copy)
		return IMGBATCH_E_NOMEM;
	memmove(hashes->entry + at + 1, hashes->entry + at,
		(hashes->count - at) * sizeof *hashes->entry);
	hashes->entry[at] = *entry;
	hashes->entry[at].name = copy;
	hashes->count++;
	return 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'    ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : -1;
}

/* \xHH back to bytes, in place. */
static void unescape(char *name)
{
	char *to = name;

	for (const char *from = name; *from; to++) {
		if (from[0] == '\\' && from[1] == 'x' && hex_digit(from[2]) >= 0 &&
			hex_digit(from[3]) >= 0) {
			*to = (char)(hex_digit(from[2]) * 16 + hex_digit(from[3]));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool read_hash(const char *text, struct hash128 *hash)
{
	uint64_t half[2] = {0};

	for (int i = 0; i < 32; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		half[i / 16] = half[i / 16] << 4 | (unsigned)digit;
	}
	*hash = (struct hash128){half[0], half[1]};
	return text[32] == ' ';
}

/* 0, -1: not a line of ours; IMGBATCH_E_NOMEM. */
static int read_line(struct hashes *hashes, char *line)
{
	struct hash_entry entry = {0};
	unsigned channels, bits;
	int used = 0;

	if (!*line || *line == '#')
		return 0;
	if (!read_hash(line, &entry.hash) ||
		sscanf(line + 33, "%" SCNu32 "x%" SCNu32 "x%u %u %n", &entry.width, &entry.height,
			&channels, &bits, &used) != 4 ||
		!used || !line[33 + used])
		return -1;
	entry.channels = (uint8_t)channels;
	entry.bits = (uint8_t)bits;
	unescape(line + 33 + used);
	return hashes_put(hashes, line + 33 + used, &entry);
}

static int read_lines(struct hashes *hashes, char *text, const char *path, struct fault *fault)
{
	unsigned number = 1;

	for (char *line = text, *end; line; line = end, number++) {
		int code;

		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		code = number > 1 ? read_line(hashes, line) : strcmp(line, head) ? -1 : 0;
		if (code == IMGBATCH_E_NOMEM)
			return fault_set(fault, code, "no memory for hashes");
		if (code)
			return fault_set(fault, IMGBATCH_E_USAGE,
				"%.100s, line %u, is no line of pixel hashes", path, number);
	}
	return 0;
}

int hashes_read(struct hashes *hashes, const char *path, bool must, struct fault *fault)
{
	struct fault why = {0};
	struct whole file;
	int code = whole_read(&file, AT_FDCWD, path, true, largest_file, &why);

	*hashes = (struct hashes){0};
	if (code == IMGBATCH_E_VANISHED && !must)
		return 0;
	if (code)
		return fault_set(fault, IMGBATCH_E_USAGE, "--hashes %.80s: %s", path, why.detail);
	code = read_lines(hashes, (char *)file.bytes, path, fault);
	whole_release(&file);
	return code;
}

int hashes_write(const struct hashes *hashes, const char *path, struct fault *fault)
{
	struct str text = STR_INIT;
	int code;

	str_addf(&text, "%s\n", head);
	for (size_t i = 0; i < hashes->count; i++) {
		const struct hash_entry *entry = &hashes->entry[i];

		str_addf(&text, "%016" PRIx64 "%016" PRIx64 " %ux%ux%u %u ", entry->hash.high,
			entry->hash.low, entry->width, entry->height, entry->channels, entry->bits);
		str_add_escaped(&text, entry->name, strlen(entry->name));
		str_add_char(&text, '\n');
	}
	code = text.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for hashes")
			   : file_replace(path, text.text, text.length, fault);
	str_release(&text);
	return code;
}

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

struct hash_entry hashes_of(struct hasher *hasher, const struct image *image)
{
	const struct shape *shape = &image->shape;
	struct hash_entry entry = {.width = shape->width,
		.height = shape->height,
		.channels = shape->channels,
		.bits = shape->sample == SAMPLE_U8 ? 8 : 16};
	uint8_t form[16];

	put32(form, entry.width);
	put32(form + 4, entry.height);
	put32(form + 8, entry.channels);
	put32(form + 12, entry.bits);
	hasher_begin(hasher);
	hasher_add(hasher, form, sizeof form);
	for (uint32_t y = 0; y < shape->height; y++)
		hasher_add(hasher, image_row(image, y), shape_row_size(shape));
	entry.hash = hasher_end(hasher);
	return entry;
}

bool hashes_same(const struct hash_entry *a, const struct hash_entry *b)
{
	return a->hash.high == b->hash.high && a->hash.low == b->hash.low && a->width == b->width &&
		a->height == b->height && a->channels == b->channels && a->bits == b->bits;
}
