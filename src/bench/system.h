/* SPDX-License-Identifier: Apache-2.0 */
/* The machine, in words: figures without it say little. */
#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H

/* "AMD EPYC 9R45, 2 CPUs, Linux 6.18.5, outputs in /tmp (ext4)"; free() it. NULL when out of memory. */
char *system_text(const char *scratch);

#endif
