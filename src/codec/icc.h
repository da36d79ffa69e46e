/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of an ICC profile (ICC.1:2010, 7.2) before it is passed on. Any thread. */
#ifndef CODEC_ICC_H
#define CODEC_ICC_H

#include "codec/codec.h"

/* Signatures of the device colour spaces that JPEG and PNG can hold. */
enum icc_space {
	ICC_GREY = 0x47524159, /* 'GRAY' */
	ICC_RGB = 0x52474220, /* 'RGB ' */
	ICC_CMYK = 0x434d594b, /* 'CMYK' */
};

/* The space of pixels with that many channels (alpha counts, and is no colour). */
enum icc_space icc_space_of(unsigned channels);
/*
 * Checks signature, sizes, the tag table and that the profile is of this colour space. A profile that is
 * padded at its end is cut to the size it states. Returns size 0 where the profile is unfit.
 */
struct bytes icc_checked(struct bytes profile, enum icc_space space);

#endif
