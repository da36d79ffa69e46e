/* SPDX-License-Identifier: Apache-2.0 */
/* Defends that a list keeps its items while it grows, grows seldom, and is as it was when it cannot. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void items_stay(void **state)
{
	uint32_t *list = NULL;
	size_t room = 0, before = 0, grown = 0;

	(void)state;
	for (uint32_t count = 0; count < 5000; count++) {
		uint32_t *items = list_room(list, sizeof *list, count + 1, &room, 3);

		assert_non_null(items);
		assert_true(room > count);
		grown += room != before;
		before = room;
		list = items;
		list[count] = count * 7;
	}
	assert_int_equal(room, 6144); /* 3 * 2^11 */
	assert_int_equal(grown, 12);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(list[i], i * 7);
	free(list);
}

static void many_at_once(void **state)
{
	size_t room = 0;
	char *list = list_room(NULL, 1, 0, &room, 8);

	(void)state;
	assert_non_null(list);
	assert_int_equal(room, 8);
	list = list_room(list, 1, 100, &room, 8);
	assert_non_null(list);
	assert_int_equal(room, 128);
	assert_ptr_equal(list_room(list, 1, 128, &room, 8), list);
	free(list);
}

/* More than there are addresses for: in items, and in bytes. */
static void what_cannot_be_changes_nothing(void **state)
{
	size_t room = 0;
	uint64_t *list = list_room(NULL, sizeof *list, 1, &room, 4);

	(void)state;
	assert_non_null(list);
	*list = 42;
	assert_null(list_room(list, sizeof *list, SIZE_MAX, &room, 4));
	assert_null(list_room(list, sizeof *list, SIZE_MAX / 8 + 2, &room, 4));
	assert_int_equal(room, 4);
	assert_int_equal(*list, 42);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_stay),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(what_cannot_be_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
