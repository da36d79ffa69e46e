/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzzers share. Each fuzz_NAME.c is one: a function that is given bytes and must survive them. Two programs are
 * made of it:
 *
 *	built with clang (tools/fuzz): libFuzzer drives it, under ASan and UBSan
 *	built as all else is: replay.c drives it over files, which is how what was once found stays a test
 *
 * Surviving is the least of it. A fuzzer also says what must hold of the answer (fuzz_check), and how much memory it may
 * have taken.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

/* The fuzzer. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional, libFuzzer's: what a fuzzer does instead of libFuzzer when an input is to be changed. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* libFuzzer's own way of changing bytes, for such a function. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Aborts, with what was expected, unless it holds. */
#define fuzz_check(holds, ...)                                                                     \
	do {                                                                                       \
		if (!(holds))                                                                      \
			fuzz_fail(__FILE__, __LINE__, #holds, __VA_ARGS__);                        \
	} while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *expected, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Checks what a person is told of a failure: its code, and one line of UTF-8. */
void fuzz_check_fault(const struct fault *fault, int code);
/* Checks that a text could be shown on a terminal: UTF-8, and no control character but ends of lines. */
void fuzz_check_text(const char *text);

/*
 * From here on, what is allocated is counted: the most that was held at once, beyond what was held here. One thread.
 * Always 0 in a build without ASan, whose allocator it is that tells.
 */
void fuzz_memory_begin(void);
uint64_t fuzz_memory_peak(void);

/* A few bytes off the front of an input, as numbers; zeros behind its end. */
struct fuzz_bytes {
	const uint8_t *at;
	size_t left;
};
uint8_t fuzz_u8(struct fuzz_bytes *bytes);
uint16_t fuzz_u16(struct fuzz_bytes *bytes);
uint64_t fuzz_u64(struct fuzz_bytes *bytes);

/* A private folder below TMPDIR, made at the first call, removed when the program ends. */
const char *fuzz_folder(void);
/* Writes a whole file. */
void fuzz_write(const char *path, const void *bytes, size_t size);

#endif
