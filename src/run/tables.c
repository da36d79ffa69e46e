/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, for callers of the library: the public half of each row, filled once. */
#include "ops/op.h"

#include <assert.h>
#include <imgbatch/imgbatch.h>
#include <pthread.h>

enum { TABLE_ROOM = 256 };

static struct imgbatch_operation_info table[TABLE_ROOM];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void fill(void)
{
	assert(op_count <= TABLE_ROOM);
	for (size_t i = 0; i < op_count; i++)
		table[i] = (struct imgbatch_operation_info){
			.name = ops[i]->name,
			.usage = ops[i]->usage,
			.summary = ops[i]->summary,
			.help = ops[i]->help,
			.random = ops[i]->kind == OP_RANDOM,
			.group = op_group(i),
		};
}

const struct imgbatch_operation_info *imgbatch_operation_info(size_t index)
{
	if (index >= op_count)
		return NULL;
	pthread_once(&filled, fill);
	return &table[index];
}
