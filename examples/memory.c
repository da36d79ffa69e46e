/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One image in memory: bytes in, bytes out. No files, no threads, no other process; what a server would
 * do with an upload.
 *
 *	memory RECIPE NAME < picture > result      memory "random-resized-crop 224; hflip 0.5" cat.jpg
 *
 * NAME is what the picture would be called below the input folder: with it, random operations draw what a run
 * over files would draw, and the bytes are the same.
 */
#include <imgbatch/imgbatch.h>

#include <stdio.h>
#include <stdlib.h>

/* All of a stream; the caller frees it. NULL when it cannot be read or kept. */
static unsigned char *read_all(FILE *file, size_t *size)
{
	unsigned char *bytes = NULL, *more;
	size_t room = 0;

	*size = 0;
	do {
		if (*size == room) {
			room = room ? room * 2 : 65536;
			more = realloc(bytes, room);
			if (!more) {
				free(bytes);
				return NULL;
			}
			bytes = more;
		}
		*size += fread(bytes + *size, 1, room - *size, file);
	} while (!feof(file) && !ferror(file));
	if (ferror(file)) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

int main(int argc, char **argv)
{
	struct imgbatch_fault fault = {0};
	struct imgbatch_result result;
	struct imgbatch *batch;
	unsigned char *bytes;
	size_t size;
	int status = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: %s RECIPE NAME < picture > result\n", argv[0]);
		return 2;
	}
	bytes = read_all(stdin, &size);
	batch = imgbatch_new();
	if (!bytes || !batch)
		goto end;
	if (imgbatch_recipe_parse(batch, argv[1], &fault))
		goto end;
	/* A batch keeps its memory: a server would call this again and again. */
	if (imgbatch_process(batch, bytes, size, argv[2], 0, &result, &fault))
		goto end;
	if (fwrite(result.data, 1, result.size, stdout) == result.size && fflush(stdout) == 0)
		status = 0;
	fprintf(stderr, "%s, %ux%u: %s\n", result.format, (unsigned)result.width,
		(unsigned)result.height, result.recipe);
end:
	if (fault.code)
		fprintf(stderr, "%s: %s\n", imgbatch_code_name(fault.code), fault.detail);
	imgbatch_free(batch);
	free(bytes);
	return status;
}
