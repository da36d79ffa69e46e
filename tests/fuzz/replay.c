/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main function of a fuzzer without libFuzzer: runs it once over each file that is named, and over all files below each
 * folder. What it does not survive ends the program, with the file's name on standard error before.
 *
 *	fuzz_jpeg FILE|FOLDER...
 */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static unsigned long done;

/* A block of the file's own size, so that a read behind its end is seen. */
static uint8_t *read_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(size ? size : 1);

	fuzz_check(
		file && bytes && fread(bytes, 1, size, file) == size, "%s: cannot be read", path);
	fclose(file);
	return bytes;
}

static int run(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uint8_t *bytes;

	(void)ftw;
	if (type != FTW_F)
		return type == FTW_D ? 0 : -1;
	fprintf(stderr, "%s\n", path);
	bytes = read_file(path, (size_t)st->st_size);
	LLVMFuzzerTestOneInput(bytes, (size_t)st->st_size);
	free(bytes);
	done++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], run, 16, FTW_PHYS)) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 2;
		}
	}
	printf("%lu inputs\n", done);
	return done ? 0 : 2;
}
