/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: one shared mapping (a sealed memfd) cut into equal pieces that hold bytes only.
 *
 *	memfd  │ slot 0: input room │ output room ░░░░░│ slot 1: ...      ░░░│ ...
 *	        └ touched pages cost memory; the rest is address space ┘
 *
 * Room is reserved virtually and grows by touch. What a huge image left behind is given back. The number of
 * slots is the back-pressure of the whole run. Workers in other processes map the same memfd.
 */
#ifndef SLOTS_SLOTS_H
#define SLOTS_SLOTS_H

#include "slots/task.h"

#include <stdint.h>
#include <stddef.h>

struct slots {
	int fd; /* the memfd, close-on-exec */
	uint8_t *base; /* slot i begins at base + i * size */
	size_t size; /* bytes a slot, a multiple of the page size */
	size_t input_room; /* bytes of it for inputs, at its start; the rest is for outputs */
	uint32_t count;
};

/*
 * Reserves count slots of input_room + output_room bytes. Where the system grants less address space
 * (vm.overcommit_memory=2, RLIMIT_AS), takes fewer slots, then smaller rooms, and says in *slots what it got.
 * E_NOMEM when not even one slot of 1 MiB can be had.
 */
int slots_open(struct slots *slots, uint32_t count, uint64_t input_room, uint64_t output_room,
	struct fault *fault);
void slots_close(struct slots *slots);

static inline uint8_t *slot_bytes(const struct slots *slots, uint32_t index)
{
	return slots->base + slots->size * index;
}

/* Where a slot's outputs go: the pages behind the input room. */
struct extent slot_output_room(const struct slots *slots);

/*
 * Gives back the pages of a slot's first `used` bytes of either room beyond `keep`, when that is worth its
 * cost. Returns how many bytes of the slot are still backed by memory.
 */
uint64_t slot_trim(const struct slots *slots, uint32_t index, uint64_t input_used,
	uint64_t output_used, uint64_t keep);

#endif
