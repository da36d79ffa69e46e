/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker would try that an image has taken over. The synthetic task does attempt N for an input of 'h' and N, and
 * its output is a struct attempted, unless the attempt ends the process.
 */
#ifndef TESTS_ATTEMPTS_H
#define TESTS_ATTEMPTS_H

#include <stdint.h>

struct attempted {
	int32_t result; /* negative: refused */
	int32_t error; /* errno of a refusal */
};

enum { ATTEMPTS_MAX = 32 };
/* NULL behind the last one. */
const char *attempt_name(unsigned number);
struct attempted attempt(unsigned number);

#endif
