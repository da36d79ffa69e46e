/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard output is buffered, so a full disk or a reader that went away may speak only at the end: every command
 * leaves through output_finish(), which flushes, closes and looks.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/*
 * Opened the wrong way round on purpose: reading or writing where the caller closed the descriptor fails, as it
 * should, but no file of ours gets its number.
 */
void output_prepare(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			abort();
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

int output_finish(int status)
{
	bool lost = ferror(stdout);
	int error = 0;

	if (fflush(stdout) || fclose(stdout)) {
		error = errno;
		lost = true;
	}
	if (!lost)
		return status;
	complain("standard output: %s", error ? strerror(error) : "could not be written");
	return status == STATUS_USAGE ? status : STATUS_ENVIRONMENT;
}

int output_text(char *text)
{
	size_t length;

	if (!text)
		return complain_fault(IMGBATCH_E_NOMEM, NULL);
	length = strlen(text);
	fputs(text, stdout);
	if (length && text[length - 1] != '\n')
		putchar('\n');
	imgbatch_free_text(text);
	return STATUS_OK;
}

int output_file(const char *path, const void *bytes, size_t size)
{
	struct imgbatch_fault fault;
	int code;

	if (strcmp(path, "-") == 0) {
		fwrite(bytes, 1, size, stdout); /* output_finish() looks */
		return STATUS_OK;
	}
	code = imgbatch_save(path, bytes, size, &fault);
	return code ? complain_fault(code, &fault) : STATUS_OK;
}
