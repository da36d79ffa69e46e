/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/exif.h"

#include <string.h>

enum {
	TAG_ORIENTATION = 0x0112,
	TYPE_SHORT = 3,
	TYPE_LONG = 4,
	ENTRY_SIZE = 12, /* tag, type, count, value */
};

/* The entries of IFD0 that lie inside the block. */
struct ifd {
	const uint8_t *block;
	size_t first; /* offset of the first entry */
	unsigned count;
	bool big_endian;
};

static uint32_t get(const uint8_t *at, unsigned size, bool big_endian)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)at[i] << 8 * (big_endian ? size - 1 - i : i);
	return value;
}

static void put(uint8_t *at, unsigned size, bool big_endian, uint32_t value)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * (big_endian ? size - 1 - i : i));
}

static bool ifd_find(struct ifd *ifd, struct bytes block)
{
	size_t offset, room;

	if (block.size < 8 || block.data[0] != block.data[1])
		return false;
	if (block.data[0] != 'I' && block.data[0] != 'M')
		return false;
	ifd->block = block.data;
	ifd->big_endian = block.data[0] == 'M';
	if (get(block.data + 2, 2, ifd->big_endian) != 42)
		return false;
	offset = get(block.data + 4, 4, ifd->big_endian);
	if (offset < 8 || offset > block.size - 2)
		return false;
	ifd->first = offset + 2;
	ifd->count = get(block.data + offset, 2, ifd->big_endian);
	room = (block.size - ifd->first) / ENTRY_SIZE;
	if (ifd->count > room)
		ifd->count = (unsigned)room;
	return true;
}

/* The offset of entry i's orientation value and its size in bytes, or 0 where entry i is something else. */
static size_t ifd_orientation(const struct ifd *ifd, unsigned i, unsigned *size)
{
	size_t at = ifd->first + (size_t)i * ENTRY_SIZE;
	const uint8_t *entry = ifd->block + at;
	uint32_t type = get(entry + 2, 2, ifd->big_endian);

	if (get(entry, 2, ifd->big_endian) != TAG_ORIENTATION ||
		get(entry + 4, 4, ifd->big_endian) != 1)
		return 0;
	if (type != TYPE_SHORT && type != TYPE_LONG)
		return 0;
	*size = type == TYPE_SHORT ? 2 : 4;
	return at + 8;
}

bool exif_valid(struct bytes block)
{
	struct ifd ifd;

	return ifd_find(&ifd, block);
}

int exif_orientation(struct bytes block)
{
	struct ifd ifd;
	unsigned size;

	if (!ifd_find(&ifd, block))
		return 1;
	for (unsigned i = 0; i < ifd.count; i++) {
		size_t at = ifd_orientation(&ifd, i, &size);
		uint32_t value;

		if (!at)
			continue;
		value = get(block.data + at, size, ifd.big_endian);
		return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

void exif_set_orientation(uint8_t *block, size_t size, int orientation)
{
	struct bytes bytes = {.data = block, .size = size};
	struct ifd ifd;
	unsigned value_size;

	if (!ifd_find(&ifd, bytes))
		return;
	for (unsigned i = 0; i < ifd.count; i++) {
		size_t at = ifd_orientation(&ifd, i, &value_size);

		if (at)
			put(block + at, value_size, ifd.big_endian, (uint32_t)orientation);
	}
}

void exif_minimal(uint8_t block[EXIF_MINIMAL], int orientation)
{
	static const uint8_t frame[EXIF_MINIMAL] = {
		'I', 'I', 42, 0, 8, 0, 0, 0, /* little-endian; the first directory is at 8 */
		1, 0, /* one entry: */
		0x12, 0x01, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, /* orientation, one SHORT */
		0, 0, 0, 0, /* no further directory */
	};
	enum { VALUE_AT = 18 };

	memcpy(block, frame, sizeof frame);
	block[VALUE_AT] = (uint8_t)orientation;
}
