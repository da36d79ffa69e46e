/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures for pages: made small, encoded by our own encoders, added as data. One thread at a time.
 */
#ifndef REPORT_PAGE_PICTURE_H
#define REPORT_PAGE_PICTURE_H

#include "base/fault.h"
#include "base/str.h"
#include "image/image.h"

#include <stdint.h>

/* Encoders and their buffer, kept from picture to picture. Zeroed before first use. */
struct page_pictures {
	struct encoder *png, *jpeg; /* owned; NULL until first needed */
	uint8_t *buffer; /* owned */
	size_t room;
};

void page_pictures_release(struct page_pictures *maker);

/*
 * An image of 8 or 16 bits and any number of channels as 8-bit RGB, at most `side` pixels each way: means of whole pixels,
 * what is transparent over a chequered ground. A small image keeps its size. to->data is the caller's to free.
 */
int page_picture_shrink(
	const struct image *image, uint32_t side, struct image *to, struct fault *fault);

/* Appends a data URI: every sample kept. */
int page_picture_add_exact(struct page_pictures *maker, struct str *out, const struct image *image,
	struct fault *fault);
/* The same of an RGB image as PNG or as JPEG, whichever is smaller: for what is only looked at. */
int page_picture_add_small(struct page_pictures *maker, struct str *out, const struct image *image,
	struct fault *fault);

#endif
