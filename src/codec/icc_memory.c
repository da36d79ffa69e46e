/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/icc_memory.h"

#include <stdlib.h>

#include <lcms2_plugin.h>

/* In front of each block. The context's own block is made before it has an owner, and is not counted. */
struct head {
	struct icc_memory *owner; /* NULL: none */
	uint64_t size;
};

_Static_assert(sizeof(struct head) % 16 == 0, "blocks behind it are aligned as malloc's are");

static void *resize(struct icc_memory *owner, struct head *head, uint64_t size)
{
	uint64_t before = head ? head->size : 0;
	struct head *larger;

	if (owner && owner->held - before + size > owner->most)
		return NULL;
	larger = realloc(head, sizeof *head + size);
	if (!larger)
		return NULL;
	*larger = (struct head){owner, size};
	if (owner)
		owner->held += size - before;
	return larger + 1;
}

static void *on_malloc(cmsContext context, cmsUInt32Number size)
{
	return size ? resize(cmsGetContextUserData(context), NULL, size) : NULL;
}

static void *on_realloc(cmsContext context, void *memory, cmsUInt32Number size)
{
	struct head *head = memory;

	if (!head)
		return on_malloc(context, size);
	return resize(head[-1].owner, head - 1, size);
}

static void on_free(cmsContext context, void *memory)
{
	struct head *head = memory;

	(void)context;
	if (!head)
		return;
	head--;
	if (head->owner)
		head->owner->held -= head->size;
	free(head);
}

cmsContext icc_context_new(struct icc_memory *memory)
{
	cmsPluginMemHandler handler = {
		.base = {.Magic = cmsPluginMagicNumber,
			.ExpectedVersion = 2000,
			.Type = cmsPluginMemHandlerSig},
		.MallocPtr = on_malloc,
		.FreePtr = on_free,
		.ReallocPtr = on_realloc,
	};

	return cmsCreateContext(&handler, memory);
}
