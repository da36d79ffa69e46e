/* SPDX-License-Identifier: Apache-2.0 */
/* What this process may use of the machine: containers and affinity count, not what is built in. */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* CPUs: the smaller of the affinity mask and the cgroup's quota (rounded up); at least 1. */
unsigned machine_cpus(void);
/* Bytes of memory available now: the smaller of MemAvailable and what the cgroup has left; 1 GiB where unknown. */
uint64_t machine_memory(void);
/* Two lines for a person, such as "Linux 6.1.0-18-amd64 x86_64" and the processor's name with how many CPUs are to be used. */
void machine_describe(char *text, size_t size);

#endif
