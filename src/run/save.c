/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller was given, into a file: as the library's own reports are written. */
#include "base/replace.h"
#include "run/batch.h"

int imgbatch_save(const char *path, const void *bytes, size_t size, struct imgbatch_fault *to)
{
	struct fault fault = {0};

	return fault_report(to, &fault, file_replace(path, bytes, size, &fault));
}
