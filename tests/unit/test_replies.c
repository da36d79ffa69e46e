/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the parent against its workers, which decode hostile bytes: what a reply says is believed only where acting on
 * it is sound.
 */
#include "slots/task.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "../seed.h"

static struct task_request request(void)
{
	return (struct task_request){
		.seq = 7, .slot = 3, .room = {4096, 8192}, .granted = 100, .from = 2};
}

static struct task_reply good(void)
{
	struct task_reply reply = {.seq = 7, .slot = 3, .status = TASK_DONE, .output_count = 2};

	reply.output[0].bytes = (struct extent){4096, 100};
	reply.output[0].recipe = (struct extent){4196, 4};
	reply.output[1].bytes = (struct extent){4200, 8088};
	return reply;
}

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		struct task_reply r = reply;                                                       \
		change;                                                                            \
		if (task_reply_check(&r, &asked) == 0)                                             \
			fail_msg("believed: %s", #change);                                         \
	} while (0)

static void bad_replies_are_refused(void **unused)
{
	struct task_request asked = request();
	struct task_reply reply = good();

	(void)unused;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	REFUSED(r.seq = 8);
	REFUSED(r.slot = 2);
	REFUSED(r.status = 4);
	REFUSED(r.warnings = 1u << 31);
	REFUSED(memset(r.detail, 'x', sizeof r.detail));
	REFUSED(strcpy(r.detail, "\x1b[2J"));
	REFUSED(strcpy(r.detail, "two\nlines"));
	REFUSED(strcpy(r.detail, "\xff"));
	REFUSED(r.output_count = TASK_OUTPUTS_MAX + 1);
	REFUSED(r.output[0].bytes.offset = 4095);
	REFUSED(r.output[1].bytes.length = 8089);
	REFUSED(r.output[1].bytes.length = UINT64_MAX);
	REFUSED(r.output[1].bytes.offset = UINT64_MAX);
	REFUSED(r.output[1].bytes = ((struct extent){UINT64_MAX - 1, 4100}));
	REFUSED(r.output[1].bytes.offset = 4199);
	REFUSED(r.output[1].recipe = ((struct extent){4100, 1}));
	REFUSED(r.output[0].mask = ((struct extent){4150, 60}));
	REFUSED(r.output[1].mask = ((struct extent){12287, 2}));
	REFUSED(r.status = TASK_MORE; r.next = 2);
	REFUSED(r.status = TASK_MORE; r.next = 3);
	REFUSED(r.status = TASK_MORE; r.next = 5);
	REFUSED(r.status = TASK_MORE; r.next = 2; r.output_count = 0);
	REFUSED(r.output[1].recipe = ((struct extent){4096, TASK_RECIPE_MAX + 1}));
	REFUSED(r.status = TASK_NEED; r.need = 101);
	REFUSED(r.status = TASK_FAIL; r.code = IMGBATCH_E_CORRUPT);
	REFUSED(r.status = TASK_FAIL; r.code = IMGBATCH_E_CORRUPT; r.output_count = UINT32_MAX);
	REFUSED(r.status = TASK_NEED; r.need = 100);
	REFUSED(r.status = TASK_FAIL; r.code = 0);
	REFUSED(r.status = TASK_FAIL; r.code = 5);
	REFUSED(r.status = TASK_FAIL; r.code = IMGBATCH_E_WRITE);
	REFUSED(r.status = TASK_FAIL; r.code = -40);
	REFUSED(r.status = TASK_FAIL; r.code = IMGBATCH_E_CORRUPT; r.stage = 6);
	REFUSED(r.spent.begun_ns = 2);
	REFUSED(r.spent.stage[SPENT_DECODE].wall_ns = 1);
	REFUSED(r.spent.stage[SPENT_DECODE].cpu_ns = 1);
	REFUSED(r.spent.operation_count = SPENT_OPERATIONS + 1);
	reply.status = TASK_MORE;
	reply.next = 4;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	reply.status = TASK_FAIL;
	reply.output_count = 0;
	reply.code = IMGBATCH_E_CORRUPT;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	reply.status = TASK_NEED;
	reply.need = 101;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	assert_string_equal(stage_name(STAGE_DECODE), "decode");
}

/* What is wrong here is wrong by itself: no extent lies outside, and nothing else is amiss. */
static void limits_hold_where_there_is_room(void **unused)
{
	struct task_request asked = request();
	struct task_reply reply = {.seq = 7, .slot = 3};

	(void)unused;
	asked.room = (struct extent){0, (uint64_t)1 << 40};
	reply.output_count = TASK_OUTPUTS_MAX;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	REFUSED(r.output_count = TASK_OUTPUTS_MAX + 1);
	reply.output_count = 1;
	reply.output[0].recipe.length = TASK_RECIPE_MAX;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	REFUSED(r.output[0].recipe.length = TASK_RECIPE_MAX + 1);
	reply = (struct task_reply){.seq = 7, .slot = 3, .status = TASK_FAIL};
	reply.code = IMGBATCH_E_CORRUPT;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	REFUSED(r.code = IMGBATCH_E_WRITE);
	REFUSED(r.code = IMGBATCH_E_LEDGER);
	REFUSED(r.code = 0);
	REFUSED(r.code = -40);
	REFUSED(r.stage = STAGE_WRITE + 1);
}

/* Where the request says how many outputs there are, and that they are images. */
static void replies_answer_all_that_is_asked(void **unused)
{
	struct task_request asked = request();
	struct task_reply reply = good();

	(void)unused;
	asked.until = 4;
	asked.formats = 2;
	reply.width = reply.height = 9;
	for (int i = 0; i < 2; i++)
		reply.output[i].width = reply.output[i].height = 9;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
	REFUSED(r.output_count = 1); /* one is left out */
	REFUSED(r.output_count = 3);
	REFUSED(r.status = TASK_MORE; r.next = 4); /* there are no more */
	REFUSED(r.format = 2);
	REFUSED(r.format = 255);
	REFUSED(r.width = 0);
	REFUSED(r.height = UINT32_MAX);
	REFUSED(r.orientation = 9);
	REFUSED(r.output[1].format = 2);
	REFUSED(r.output[0].width = 0);
	REFUSED(r.output[1].height = 0);
	REFUSED(r.output[1].height = 1u << 31);
	reply.status = TASK_MORE;
	reply.output_count = 1;
	reply.next = 3;
	assert_int_equal(task_reply_check(&reply, &asked), 0);
}

/* What the parent does with a reply that was believed must be sound: said once more, in other words than task.c's. */
static void check_sound(const struct task_reply *r, const struct task_request *asked)
{
	uint64_t end = asked->room.offset + asked->room.length;
	unsigned char taken[12288 + 1] = {0};

	assert_true(r->seq == asked->seq && r->slot == asked->slot && r->status <= TASK_MORE);
	assert_true(strnlen(r->detail, sizeof r->detail) < sizeof r->detail);
	if (r->status == TASK_FAIL || r->status == TASK_NEED) {
		assert_int_equal(r->output_count, 0);
		return;
	}
	assert_true(r->output_count <= TASK_OUTPUTS_MAX);
	for (uint32_t i = 0; i < r->output_count; i++) {
		const struct extent all[] = {
			r->output[i].bytes, r->output[i].recipe, r->output[i].mask};

		assert_true(r->output[i].format < asked->formats && r->output[i].width > 0);
		for (int k = 0; k < 3; k++)
			for (uint64_t at = 0; at < all[k].length; at++) {
				assert_true(all[k].offset >= asked->room.offset);
				assert_true(all[k].offset + at < end);
				assert_int_equal(taken[all[k].offset + at]++, 0);
			}
	}
	assert_true(asked->from + r->output_count <= asked->until);
	assert_true(r->status != TASK_MORE || r->next > asked->from);
}

/* Replies with bits and words changed at random: refused, or sound. */
static void mutated_replies_do_no_harm(void **unused)
{
	static const uint64_t odd[] = {0, 1, 2, 4095, 4096, 8192, 12288, UINT32_MAX, INT64_MAX,
		UINT64_MAX, UINT64_MAX - 4096};
	struct task_request asked = request();
	unsigned believed = 0;

	(void)unused;
	asked.until = 4;
	asked.formats = 2;
	for (unsigned round = 0; round < 300000; round++) {
		struct task_reply r = good();
		uint8_t *bytes = (uint8_t *)&r;

		r.status = round % 4;
		r.next = 3 + round % 3;
		r.need = 200;
		r.code = IMGBATCH_E_CORRUPT;
		r.width = r.height = 9;
		r.output_count = round % 5 > 2 ? 2 : round % 5;
		for (int i = 0; i < TASK_OUTPUTS_MAX; i++)
			r.output[i].width = r.output[i].height = 9;
		for (int n = below(4); n > 0; n--) {
			size_t at = below(sizeof r);

			if (below(2))
				bytes[at] ^= (uint8_t)(1 << below(8));
			else if ((at &= ~(size_t)7) + 8 <= sizeof r)
				memcpy(bytes + at, &odd[below(11)], 8);
		}
		if (task_reply_check(&r, &asked) == 0) {
			check_sound(&r, &asked);
			believed++;
		}
	}
	assert_true(believed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_replies_are_refused),
		cmocka_unit_test(limits_hold_where_there_is_room),
		cmocka_unit_test(replies_answer_all_that_is_asked),
		cmocka_unit_test(mutated_replies_do_no_harm),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
