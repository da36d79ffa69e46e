/* SPDX-License-Identifier: Apache-2.0 */
/* What two files say beside their pixels: orientation, profile, density, text, XMP. Any thread. */
#ifndef COMPARE_FACTS_H
#define COMPARE_FACTS_H

#include "base/str.h"
#include "compare/picture.h"

/* Appends what differs, as "orientation 1 against 6; ICC profile 3,144 bytes against none". */
void facts_compare(struct str *out, const struct picture *expected, const struct picture *actual);

#endif
