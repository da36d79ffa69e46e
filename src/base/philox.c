/* SPDX-License-Identifier: Apache-2.0 */
#include "base/philox.h"

enum { PHILOX_ROUNDS = 10 };

/* The paper's multipliers, and the Weyl sequence that bumps the key: golden ratio and sqrt(3) - 1, as 0.32 fixed point. */
static const uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
static const uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;

void philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < PHILOX_ROUNDS; round++) {
		uint64_t product_0 = (uint64_t)multiplier_0 * c0;
		uint64_t product_1 = (uint64_t)multiplier_1 * c2;

		c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)product_1;
		c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)product_0;
		k0 += weyl_0;
		k1 += weyl_1;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}
