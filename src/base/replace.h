/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written whole or not at all: under a temporary name beside its own, then renamed. */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include "base/fault.h"

#include <stddef.h>

/*
 * Makes or replaces the file at path, and the folders above it. Whatever happens, what stands there is the old file or
 * the whole new one. E_WRITE with path and reason, also where something other than a regular file is there; E_NOMEM. Any
 * thread, but one at a time for one path.
 */
int file_replace(const char *path, const void *bytes, size_t size, struct fault *fault);
/* Whether that could be: 0, or E_WRITE where something other than a regular file is at path. Nothing is touched. */
int file_replaceable(const char *path, struct fault *fault);

#endif
