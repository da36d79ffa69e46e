/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one fact of an EXIF block that changes pixels: the orientation tag (EXIF 2.32, tag 0x0112 of IFD0).
 *
 * libexif could read and write it, but it parses the whole block and serialises it anew, which loses maker
 * notes (their offsets are relative to the block) and whatever else it does not know. Patching two bytes
 * where they stand keeps all the rest as the camera wrote it.
 *
 * Blocks are TIFF structures beginning with "II" or "MM". They come from files, so nothing in them is
 * believed: no function here reads or writes outside the block. Any thread.
 */
#ifndef CODEC_EXIF_H
#define CODEC_EXIF_H

#include "codec/codec.h"

/* Has it a TIFF header and a first directory inside the block? */
bool exif_valid(struct bytes block);
/* 1 .. 8; 1 when absent or invalid. */
int exif_orientation(struct bytes block);
/* Overwrites every orientation entry of IFD0; a block that has none stays as it is. */
void exif_set_orientation(uint8_t *block, size_t size, int orientation);

/* The smallest block that says an orientation: a TIFF header and a directory with one entry. */
enum { EXIF_MINIMAL = 26 };
void exif_minimal(uint8_t block[EXIF_MINIMAL], int orientation);

#endif
