/* SPDX-License-Identifier: Apache-2.0 */
/* The machine, in words: figures without it say little. */
#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H

/* "AMD EPYC 9R45, 2 CPUs, Linux 6.18.5, outputs in /tmp (ext4)"; free() it. NULL when out of memory. */
char *system_text(const char *scratch);

/* CPU seconds so far: of this whole machine, its host's theft included, and of this process with the children it waited for. */
struct system_load {
	double all, own; /* all: 0 where it cannot be told */
};
struct system_load system_load(void);
/* The share of this machine's CPU time, 0 .. 1, that others took in so many seconds since `before`. */
double system_others(const struct system_load *before, double seconds);

#endif
