/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where PDEP is quick. A CPU says that it has the instruction, but not how long that takes: 3 cycles on Intel's, all of them,
 * and on AMD's from Zen 3 on; before that AMD's, and Hygon's which are made after Zen, do it in microcode, in up to some 290.
 *
 * Source: uops.info, PDEP_R64_R64_R64 (Haswell to Alder Lake, Zen 2, Zen 3).
 */
#ifndef KERNELS_PDEP_H
#define KERNELS_PDEP_H

#include <stdbool.h>
#include <string.h>

/* Of a CPU that has it: by its vendor's twelve letters and its family (base and extended), as CPUID tells them. */
static inline bool pdep_is_quick(const char vendor[12], unsigned family)
{
	if (!memcmp(vendor, "GenuineIntel", 12))
		return true;
	if (!memcmp(vendor, "AuthenticAMD", 12) || !memcmp(vendor, "HygonGenuine", 12))
		return family >= 0x19;
	return false; /* not known to be */
}

/* EAX of CPUID's leaf 1. */
static inline unsigned family_of(unsigned signature)
{
	unsigned base = signature >> 8 & 15;

	return base == 15 ? base + (signature >> 20 & 255) : base;
}

#endif
