/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `struct imgbatch` is inside: every option with its value, and the recipe. Files of run/ read the fields;
 * options.c is the only one that sets them.
 */
#ifndef RUN_BATCH_H
#define RUN_BATCH_H

#include "base/str.h"
#include "recipe/recipe.h"
#include "work/config.h"

#include <imgbatch/imgbatch.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing list of words. */
struct words {
	char **word; /* owned, each too */
	size_t count;
};

enum on_collision { COLLISION_REFUSE, COLLISION_SUFFIX };
enum durability { DURABILITY_NONE, DURABILITY_BATCH, DURABILITY_FILE };
enum if_exists { EXISTS_UPDATE, EXISTS_SKIP, EXISTS_OVERWRITE, EXISTS_ERROR };

struct options {
	struct words in, include, exclude;
	char *files_from, *root; /* owned; NULL: not set */
	bool null, follow, keep_roots;

	char *masks, *masks_out, *boxes, *boxes_out; /* owned; NULL: not set */
	uint64_t mask_fill;
	double min_area, min_visibility;

	char *out, *name, *html, *trace; /* owned; NULL: not set */
	uint8_t format; /* FORMAT_SAME or a codec's index */
	uint64_t quality, subsampling, png_level, copies, seed;
	bool progressive, optimize, keep_depth, auto_orient, preserve_times, prune, dry_run,
		sidecar;
	uint8_t metadata; /* enum work_metadata */
	uint8_t on_collision, if_exists, durability; /* enums above */

	char *io, *cpu, *worker; /* owned; NULL: auto, auto, looked for */
	uint8_t sandbox; /* enum cpu_sandbox */
	uint64_t io_jobs, jobs, memory; /* 0: chosen */
	double simulate_latency, simulate_bandwidth; /* ms; 10^6 bytes a second; 0: none */
	uint64_t max_pixels, max_file_size;
	double timeout; /* seconds an image; 0: none */
	bool decode_scaled, check_full, keep_damaged;
	uint8_t entropy; /* enum entropy */
	double verify_decode; /* a share */
	uint64_t max_failures; /* UINT64_MAX: no bound */
};

struct imgbatch {
	struct options options;
	struct str recipe_text; /* as given, operation by operation */
	struct recipe recipe; /* the same, parsed */

	atomic_bool stopped; /* by imgbatch_stop, for good */

	/* imgbatch_process: one worker and its slot, made when first used, dropped when an option changes. */
	void *worker;
	struct work_config *config;
	uint8_t *slot; /* owned */
	size_t slot_size;
	struct str drawn; /* the drawn recipe of its last result */
	struct imgbatch_profile *profile; /* owned; of the last run; NULL: none */
	uint8_t *sheet; /* owned; imgbatch_preview's last one */
};

void options_init(struct options *options);
void options_release(struct options *options);
/* The block that work gets, from options and recipe; free() it. NULL when out of memory. */
struct work_config *batch_config(const struct imgbatch *batch, uint64_t memory);
/* What its options say of inputs; borrowed from them. */
struct source_settings;
void batch_inputs(const struct imgbatch *batch, struct source_settings *settings);
/* Forgets what imgbatch_process keeps from call to call. */
void batch_drop_worker(struct imgbatch *batch);

/* Copies the library's inner fault to a caller's, which may be NULL. Returns code. */
int fault_report(struct imgbatch_fault *to, const struct fault *from, int code);

#endif
