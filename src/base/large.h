/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of many MiB that is filled at once. In huge pages, where the kernel gives them on request, touching it for the
 * first time takes a five hundredth of the page faults.
 */
#ifndef BASE_LARGE_H
#define BASE_LARGE_H

#include <stddef.h>

/* As malloc(), and free() takes it back. Any thread. */
void *large_alloc(size_t size);

#endif
