/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers for tests: splitmix64 from a seed that is printed, and taken from IMGBATCH_TEST_SEED where that
 * is set. Include after cmocka.h.
 */
#ifndef TESTS_SEED_H
#define TESTS_SEED_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state;

static unsigned below(unsigned n)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % n);
}

static int seed_setup(void **unused)
{
	const char *text = getenv("IMGBATCH_TEST_SEED");

	(void)unused;
	state = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
	print_message("IMGBATCH_TEST_SEED=%llu\n", (unsigned long long)state);
	return 0;
}

#endif
