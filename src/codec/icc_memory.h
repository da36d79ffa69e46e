/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Little CMS with a bound on its memory. It allocates tables as large as a profile says that they are before it looks whether
 * they are there: 2 KB of profile were seen to take 120 MB, and it stops at 512 MB for each table.
 * One context and its memory belong to one thread.
 */
#ifndef CODEC_ICC_MEMORY_H
#define CODEC_ICC_MEMORY_H

#include <stdint.h>

#include <lcms2.h>

struct icc_memory {
	uint64_t held; /* bytes that the context's objects have now */
	uint64_t most; /* that they may have; what would pass it fails */
};

/* A context that takes its memory so. memory stays where it is until cmsDeleteContext(). NULL when out of memory. */
cmsContext icc_context_new(struct icc_memory *memory);

#endif
