/* SPDX-License-Identifier: Apache-2.0 */
/* Items are kept on a free list with the room of their strings: in the steady state a job allocates little. */
#include "run/item.h"

#include "base/list.h"

#include <stdlib.h>

struct item *item_take(struct run *run)
{
	struct item *item = run->free_items;

	if (item)
		run->free_items = item->next;
	else
		item = calloc(1, sizeof *item);
	return item;
}

void item_forget_reply(struct item *item)
{
	for (int i = 0; i < JOB_WRITES_MAX; i++) {
		free(item->output[i].path);
		item->output[i].path = NULL;
		str_release(&item->output[i].text);
	}
}

static void item_forget(struct item *item)
{
	item_forget_reply(item);
	for (size_t i = 0; i < item->made_count; i++) {
		free((char *)item->made[i].path);
		free((char *)item->made[i].recipe);
		free((char *)item->made[i].mask);
	}
	item->made_count = 0;
	item->write_us = 0;
	item->hashed = false;
	item->labels_side = 0;
	str_clear(&item->path);
	str_clear(&item->name);
	str_clear(&item->mask);
}

void item_put(struct run *run, struct item *item)
{
	item_forget(item);
	item->next = run->free_items;
	run->free_items = item;
}

void run_free_items(struct run *run)
{
	for (struct item *item = run->free_items, *next; item; item = next) {
		next = item->next;
		free(item->made);
		str_release(&item->path);
		str_release(&item->name);
		str_release(&item->mask);
		free(item);
	}
	run->free_items = NULL;
}

struct imgbatch_output *item_add_made(struct item *item)
{
	struct imgbatch_output *made = list_room(
		item->made, sizeof *made, item->made_count + 1, &item->made_room, 4);

	if (!made)
		return NULL;
	item->made = made;
	return &item->made[item->made_count++];
}
