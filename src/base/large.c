/* SPDX-License-Identifier: Apache-2.0 */
#include "base/large.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
	HUGE_PAGE = 2 << 20
}; /* x86-64's, and arm64's with pages of 4 KiB; elsewhere the advice falls flat */

void *large_alloc(size_t size)
{
	void *memory;

	if (size < 2 * HUGE_PAGE)
		return malloc(size);
	if (posix_memalign(&memory, HUGE_PAGE, size))
		return NULL;
	/* A kernel built without them refuses, and nothing is lost. */
	(void)madvise(memory, size & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE);
	return memory;
}
