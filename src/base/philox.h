/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Philox4x32-10: random numbers that are a pure function of a key and a counter.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Nothing is
 * kept between draws, so no draw depends on a worker, a shard, an order or a time.
 */
#ifndef BASE_PHILOX_H
#define BASE_PHILOX_H

#include <stdint.h>

/* Ten rounds: counter and key in, four 32-bit words out. Any thread. */
void philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
