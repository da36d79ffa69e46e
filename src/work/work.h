/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work itself: input bytes to output bytes, a pure function of the bytes, the settings and a key.
 *
 *	bytes ─► probe ─► header ─► limits ─► draw ─► estimate ─► decode ─► orient ─┬─► steps ─► finish ─► encode ─► bytes
 *	                                        NEED ◄─┘                            └─► (each copy)      MORE ◄─┘
 *
 * It knows neither paths nor engines. Pixels live in the worker's own pool, kept from image to image.
 */
#ifndef WORK_WORK_H
#define WORK_WORK_H

#include "slots/task.h"

/* What a request's inputs are, by their number; which of them there are is a matter of the settings. */
enum work_input { WORK_IMAGE, WORK_MASK, WORK_BOXES };

/* The task that engines run; its config is a struct work_config. */
extern const struct task work_task;

/* Outputs that one input gives at most under a config: copies times the recipe's fan. */
uint32_t work_output_count(uint32_t copies, unsigned fan);

#endif
