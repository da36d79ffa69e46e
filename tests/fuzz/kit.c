/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/str.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_fail(const char *file, int line, const char *expected, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: %s does not hold: ", file, line, expected);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* -- texts -- */

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

void fuzz_check_text(const char *text)
{
	fuzz_check(str_is_utf8(text, strlen(text)), "not UTF-8: %s", text);
	for (const char *c = text; *c; c++)
		fuzz_check(*c == '\n' || !is_control((uint8_t)*c), "a control character: %s", text);
}

void fuzz_check_fault(const struct fault *fault, int code)
{
	fuzz_check(fault->code == code, "%s, told as %s", code_name(code), code_name(fault->code));
	if (!code)
		return;
	fuzz_check(strcmp(code_name(code), "E_UNKNOWN") != 0, "%d", code);
	fuzz_check(memchr(fault->detail, 0, sizeof fault->detail), "no end");
	fuzz_check(fault->detail[0], "%s without a word", code_name(code));
	fuzz_check(!strchr(fault->detail, '\n'), "more than a line: %s", fault->detail);
	fuzz_check_text(fault->detail);
}

/* -- memory -- */

/* The sanitizers' allocator, where there is one: sanitizer/allocator_interface.h. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
	void (*freed)(const volatile void *)) __attribute__((weak));
size_t __sanitizer_get_allocated_size(const volatile void *memory) __attribute__((weak));

static int64_t held, most;

static void on_malloc(const volatile void *memory, size_t size)
{
	(void)memory;
	held += (int64_t)size;
	if (held > most)
		most = held;
}

static void on_free(const volatile void *memory)
{
	if (memory)
		held -= (int64_t)__sanitizer_get_allocated_size(memory);
}

void fuzz_memory_begin(void)
{
	static int installed;

	if (!installed && __sanitizer_install_malloc_and_free_hooks)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	installed = 1;
	held = most = 0;
}

uint64_t fuzz_memory_peak(void)
{
	return (uint64_t)most;
}

/* -- bytes -- */

uint8_t fuzz_u8(struct fuzz_bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

uint16_t fuzz_u16(struct fuzz_bytes *bytes)
{
	uint16_t low = fuzz_u8(bytes);

	return (uint16_t)(low | fuzz_u8(bytes) << 8);
}

uint64_t fuzz_u64(struct fuzz_bytes *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 4; i++)
		value |= (uint64_t)fuzz_u16(bytes) << 16 * i;
	return value;
}

/* -- files -- */

static char folder[200];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	if (folder[0])
		return folder;
	snprintf(folder, sizeof folder, "%s/imgbatch-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	fuzz_check(mkdtemp(folder), "%s", folder);
	atexit(remove_folder);
	return folder;
}

void fuzz_write(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_check(fd >= 0, "%s: %m", path);
	fuzz_check(write(fd, bytes, size) == (ssize_t)size, "%s: %m", path);
	fuzz_check(!close(fd), "%s: %m", path);
}
