/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of work on a slot, as an engine sees it: an opaque function, a fixed-size request and a
 * fixed-size reply. Requests and replies cross process boundaries by copying, so they hold no pointers;
 * whoever receives one checks every offset and length on its own copy.
 */
#ifndef SLOTS_TASK_H
#define SLOTS_TASK_H

#include "base/fault.h"
#include "base/parallel.h"
#include "measure/spent.h"

#include <stddef.h>
#include <stdint.h>

enum { TASK_INPUTS_MAX = 3, TASK_OUTPUTS_MAX = 16 };
enum { TASK_RECIPE_MAX = 1 << 20 }; /* bytes of a drawn recipe's text */

/* Bytes within a slot, from the slot's start. */
struct extent {
	uint64_t offset, length;
};

enum task_flag {
	TASK_OVERSIZE = 1, /* the first input is larger than allowed: only its head was read */
	TASK_ONE = 2, /* only the output `from` is wanted, not those behind it */
	TASK_WHOLE =
		4, /* decode the whole image first: what decoding into a resize is tested against */
	TASK_OVERSIZE_BESIDE = 8, /* the same of an input behind the first */
};

struct task_request {
	uint64_t seq; /* echoed */
	uint32_t slot; /* echoed */
	uint32_t input_count;
	struct extent input[TASK_INPUTS_MAX];
	struct extent room; /* where outputs may be written */
	uint64_t granted; /* bytes of private memory that this run may use */
	uint32_t from; /* the first output wanted: 0, or what the last reply's `next` said */
	uint32_t until; /* how many outputs there are, those before `from` too; 0: not said */
	uint32_t formats; /* formats in replies are below this; 0: not said */
	uint32_t operations; /* and so are operations, below this; 0: not said */
	uint32_t key[2]; /* for draws: recipe_key() of the output's name */
	uint32_t flags; /* enum task_flag */
};

enum task_status {
	TASK_DONE, /* outputs are ready, and these were the last */
	TASK_FAIL, /* code, stage and detail say why */
	TASK_NEED, /* ask again with granted >= need */
	TASK_MORE, /* outputs are ready; ask again with from = next for the rest */
};

/* Where in an image's way something failed; names as BEHAVIOUR's "stage". */
enum task_stage { STAGE_READ, STAGE_DECODE, STAGE_DRAW, STAGE_OP, STAGE_ENCODE, STAGE_WRITE };
/* "read", "decode", ...; static text. */
const char *stage_name(enum task_stage stage);

struct task_output {
	struct extent bytes; /* the encoded file */
	struct extent recipe; /* the drawn recipe's text, beside it */
	struct extent mask; /* the image's mask, likewise encoded; length 0: it has none */
	uint32_t width, height;
	uint8_t format; /* index in the codec table */
};

struct task_reply {
	uint64_t seq;
	uint32_t slot;
	uint32_t status; /* enum task_status */
	int32_t code; /* of TASK_FAIL */
	uint32_t stage; /* enum task_stage, of TASK_FAIL */
	uint32_t warnings; /* enum imgbatch_warning bits */
	uint64_t need; /* of TASK_NEED; else what was estimated, 0 where that was not reached */
	uint64_t room; /* of E_ENCODE for want of room: what would have been enough; else 0 */
	uint32_t next; /* of TASK_MORE */
	uint32_t width, height; /* of the input, as stored; 0 where unknown */
	uint8_t format; /* of the input: index in the codec table; 255 where unknown */
	uint8_t orientation; /* the move (1 .. 8) that laid it upright; 0 where unknown */
	uint32_t output_count;
	struct task_output output[TASK_OUTPUTS_MAX];
	struct spent_work spent; /* what it took; zeros where that is not measured */
	char detail[FAULT_DETAIL_MAX]; /* of TASK_FAIL; UTF-8, NUL-terminated */
};

struct task {
	/*
	 * Makes one worker's state from the run's settings, a flat block of bytes that holds no pointers.
	 * Each worker (thread or process) opens its own. NULL on failure, with a fault.
	 */
	void *(*open)(const void *config, size_t size, struct fault *fault);
	void (*close)(void *worker); /* NULL is fine */
	/*
	 * Does it: input bytes in slot[0 .. size) to output bytes in the same slot. Fills all of reply.
	 * Never fails otherwise. parallel is NULL where the engine has no idle workers to lend.
	 */
	void (*run)(void *worker, const struct task_request *request, uint8_t *slot, size_t size,
		const struct parallel *parallel, struct task_reply *reply);
};

/*
 * Whether a reply can be believed: it answers this request, its numbers are in range, it holds outputs where it says so
 * and none elsewhere, as many as are wanted in all, every extent lies within request->room and none overlaps another, and
 * the detail is a line of plain text. For replies from a process that decodes hostile bytes. Returns 0 or -1.
 */
int task_reply_check(const struct task_reply *reply, const struct task_request *request);

#endif
