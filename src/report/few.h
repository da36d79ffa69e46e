/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few images out of very many, for a page about a run: those of the smallest rank. With a hash of the name as rank they are
 * a random sample that is the same whatever the order in which images end.
 *
 * Source: bottom-k sampling (Cohen and Kaplan 2007). Of n images about k ln(n / k) are ever copied.
 */
#ifndef REPORT_FEW_H
#define REPORT_FEW_H

#include <imgbatch/imgbatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where an image's bytes lie: path is relative to dir. */
struct kept_place {
	int dir; /* -1: nowhere */
	const char *path;
	bool follow; /* a symbolic link at its end is followed */
};

/* An image, or one output of it, as far as a page tells of it. All texts are owned, and cut where they are long. */
struct kept {
	uint64_t rank;
	int code;
	const char *stage; /* static text; "" */
	char *name, *detail; /* of the input; detail may be NULL */
	unsigned warnings;
	uint32_t width, height;
	uint64_t bytes;
	/* Of an output that is kept. */
	char *output, *recipe; /* NULL: none */
	uint32_t out_width, out_height;
	uint64_t out_bytes;
	/* Its picture: of the output where there is one, else of the input. */
	int dir; /* -1: there are no bytes to make one of; borrowed */
	char *path; /* owned */
	bool follow;
	uint8_t *picture; /* an encoded file, owned; NULL: none */
	size_t picture_size;
	const char *type; /* "jpeg"; static text */
	const char *without; /* why there is none; static text; NULL: not tried */
};

struct few {
	struct kept *kept; /* owned; ascending rank */
	size_t count, most;
};

/* Whether one of this rank would be kept, were it offered now. */
bool few_wants(const struct few *few, uint64_t rank);
/*
 * Keeps a copy of an image; output: one of its outputs, or NULL; place: where its bytes are, or NULL. Call it only with
 * a rank that few_wants(). False when out of memory.
 */
bool few_keep(struct few *few, uint64_t rank, const struct imgbatch_image *image,
	const struct imgbatch_output *output, const struct kept_place *place);
/* The first `count` by name of output or input, for showing: of the order by rank nothing is left. */
void few_sort_by_name(struct few *few, size_t count);
void few_release(struct few *few); /* most stays */

#endif
