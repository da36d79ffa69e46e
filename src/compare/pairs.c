/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/pairs.h"

#include "base/list.h"
#include "source/glob.h"
#include "source/source.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(struct fault *fault)
{
	return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a listing");
}

static bool add_name(struct tree_names *tree, const char *name, int code)
{
	size_t size = strlen(name) + 1;
	char *text = list_room(tree->text, 1, tree->used + size, &tree->room, 65536);
	struct tree_name *names;

	if (!text)
		return false;
	tree->text = text;
	names = list_room(tree->name, sizeof *names, tree->count + 1, &tree->name_room, 1024);
	if (!names)
		return false;
	tree->name = names;
	memcpy(tree->text + tree->used, name, size);
	tree->name[tree->count++] = (struct tree_name){tree->used, code};
	tree->used += size;
	return true;
}

static int by_name(const void *a, const void *b, void *text)
{
	const struct tree_name *x = a, *y = b;

	return strcmp((const char *)text + x->at, (const char *)text + y->at);
}

/* A link that leads nowhere is a file that cannot be opened; one back to a folder above is nothing at all. */
static int list_all(struct tree_names *tree, struct source *source, struct fault *fault)
{
	struct source_entry entry;
	int got;

	while ((got = source_next(source, &entry, fault)) > 0)
		if (entry.kind != SOURCE_IGNORED && !add_name(tree, entry.name, entry.code))
			return no_memory(fault);
	if (tree->count)
		qsort_r(tree->name, tree->count, sizeof *tree->name, by_name, tree->text);
	return got;
}

static struct source_settings wanted(const struct compare_settings *settings)
{
	return (struct source_settings){
		.include = (const char *const *)settings->include.word,
		.include_count = settings->include.count,
		.exclude = (const char *const *)settings->exclude.word,
		.exclude_count = settings->exclude.count,
		.follow = true,
	};
}

static int list_tree(struct tree_names *tree, const char *path,
	const struct compare_settings *settings, struct fault *fault)
{
	struct source_settings source_settings = wanted(settings);
	struct source *source;
	int code;

	source_settings.in = &path;
	source_settings.in_count = 1;
	code = source_open(&source, &source_settings, fault);
	if (code)
		return code;
	code = list_all(tree, source, fault);
	source_close(source);
	return code;
}

int pairs_list(struct pairs *pairs, const char *const tree[SIDES],
	const struct compare_settings *settings, struct fault *fault)
{
	int code = 0;

	*pairs = (struct pairs){0};
	for (int side = 0; side < SIDES && !code; side++)
		if (tree[side])
			code = list_tree(&pairs->tree[side], tree[side], settings, fault);
	return code;
}

int pairs_of_files(struct pairs *pairs, const char *name, bool expected)
{
	*pairs = (struct pairs){0};
	if (!add_name(&pairs->tree[SIDE_ACTUAL], name, 0) ||
		(expected && !add_name(&pairs->tree[SIDE_EXPECTED], name, 0)))
		return IMGBATCH_E_NOMEM;
	return 0;
}

int pairs_expect(struct pairs *pairs, const char *name, const struct compare_settings *settings)
{
	struct source_settings source_settings = wanted(settings);

	if (!glob_takes_file(&source_settings, name))
		return 0;
	return add_name(&pairs->tree[SIDE_EXPECTED], name, 0) ? 0 : IMGBATCH_E_NOMEM;
}

static const struct tree_name *head(const struct pairs *pairs, int side)
{
	const struct tree_names *tree = &pairs->tree[side];

	return pairs->next[side] < tree->count ? &tree->name[pairs->next[side]] : NULL;
}

bool pairs_next(struct pairs *pairs, struct pair_name *pair)
{
	const struct tree_name *first[SIDES] = {head(pairs, 0), head(pairs, 1)};
	int order = 0;

	*pair = (struct pair_name){0};
	if (!first[0] && !first[1])
		return false;
	if (first[0] && first[1])
		order = strcmp(
			pairs->tree[0].text + first[0]->at, pairs->tree[1].text + first[1]->at);
	else
		order = first[0] ? -1 : 1;
	for (int side = 0; side < SIDES; side++) {
		if (side == 0 ? order > 0 : order < 0)
			continue;
		pair->name = pairs->tree[side].text + first[side]->at;
		pair->there[side] = true;
		if (!pair->code)
			pair->code = first[side]->code;
		pairs->next[side]++;
	}
	return true;
}

void pairs_release(struct pairs *pairs)
{
	for (int side = 0; side < SIDES; side++) {
		free(pairs->tree[side].text);
		free(pairs->tree[side].name);
	}
	*pairs = (struct pairs){0};
}
