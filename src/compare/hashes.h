/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goldens by hash: a text file of pixel hashes, so that large references need not be checked in. A line an image, sorted:
 *
 *	imgbatch pixel hashes 1
 *	0123456789abcdef0123456789abcdef 640x480x3 8 a/b.png
 *
 * XXH3-128 over width, height, channels and bits (each as 32 bits, little-endian), then the samples in reading order,
 * 16-bit ones little-endian. Names come last, with odd bytes as \xHH.
 */
#ifndef COMPARE_HASHES_H
#define COMPARE_HASHES_H

#include "base/fault.h"
#include "base/hash.h"
#include "image/image.h"

struct hash_entry {
	char *name; /* owned by the list that it is in */
	struct hash128 hash;
	uint32_t width, height;
	uint8_t channels, bits;
};

struct hashes {
	struct hash_entry *entry; /* owned, sorted by name */
	size_t count, room;
};

/* E_USAGE names file and line; a file that is not there is an empty list where `must` is false. */
int hashes_read(struct hashes *hashes, const char *path, bool must, struct fault *fault);
void hashes_release(struct hashes *hashes);
/* NULL: there is none. */
const struct hash_entry *hashes_find(const struct hashes *hashes, const char *name);
/* Adds one, or puts it in the place of the one with its name (copied). E_NOMEM. */
int hashes_put(struct hashes *hashes, const char *name, const struct hash_entry *entry);
/* E_WRITE, E_NOMEM. */
int hashes_write(const struct hashes *hashes, const char *path, struct fault *fault);
/* The hash of an image, and its form. */
struct hash_entry hashes_of(struct hasher *hasher, const struct image *image);
bool hashes_same(const struct hash_entry *a, const struct hash_entry *b);

#endif
