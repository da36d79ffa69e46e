/* SPDX-License-Identifier: Apache-2.0 */
/* Is it JSON (RFC 8259)? */
#ifndef TESTS_FUZZ_JSON_H
#define TESTS_FUZZ_JSON_H

#include <stdbool.h>

bool json_valid(const char *text);

#endif
