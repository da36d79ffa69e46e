/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What resize, short-edge and long-edge share: sizes decided, then pixels resampled, whole or in part.
 *
 * A planner that streams rows asks op->resolve() for the resize_work, makes its two plans with resize_axes() and
 * feeds a resampler (kernels/resample.h) itself; resize_part() is the same for pixels that are all there.
 */
#ifndef OPS_RESIZE_H
#define OPS_RESIZE_H

#include "base/fault.h"
#include "image/image.h"
#include "kernels/axis.h"
#include "ops/op.h"

#include <stdbool.h>
#include <stdint.h>

/* A resize of an image of known shape: nothing is left to decide. */
struct resize_work {
	uint32_t width, height; /* the size resampled to */
	float window[4]; /* x0, y0, x1, y1 of the source; the whole image: 0, 0, width, height */
	uint8_t filter; /* enum resample_filter; nearest for indexed images */
	bool copy; /* same size and the whole image: the pixels are the source's */
	bool move; /* a whole-number window of the output's size: resampled pixels are the source's, but
		    * alpha still passes through premultiplying unless filter is nearest */
	bool linear; /* by light (kernels/light.h), where there is anything to average */
	bool padded; /* fit=pad: the resampled image lies on a canvas */
	uint32_t canvas_width,
		canvas_height; /* the output's size: width and height unless padded */
	uint32_t left, top; /* where on the canvas it lies */
	uint8_t fill[4];
};

/* The output's shape. */
struct shape resize_shape(const struct resize_work *work, const struct shape *in);
/*
 * The part of a resize's output inside rect, which lies within it: the same bytes as the whole cut afterwards,
 * from only the source rows and columns that it needs. out as in apply(). Masks (env) are resampled by nearest.
 */
int resize_part(const struct resize_work *work, const struct image *in, const struct rect *part,
	struct image *out, struct op_env *env);
/* Memory that resize_part takes beside the output when it runs on one thread, for any part. */
uint64_t resize_scratch(const struct resize_work *work, const struct shape *in);

/*
 * The keys of the two plans for the part of the resampled image (not the canvas) inside rect. For neither
 * copies nor nearest.
 */
void resize_axes(const struct resize_work *work, const struct shape *in, const struct rect *part,
	struct axis_key *x, struct axis_key *y);

/* For operations that expand into a resize: stretch to width x height. step is a fresh `resize` step. */
void op_resize_set(struct step *step, uint32_t width, uint32_t height, uint8_t filter, bool linear);

/* IMGBATCH_E_OPERATION for samples that cannot be resized. */
int resize_check(const struct shape *in, struct fault *fault);

/* shape(), apply(), scratch() and points() of an operation that has resolve(). */
typedef int resize_resolve_fn(
	const void *params, const struct shape *in, struct resize_work *work, struct fault *fault);
int resize_shape_by(resize_resolve_fn *resolve, const void *params, const struct shape *in,
	struct shape *out, struct fault *fault);
int resize_apply_by(resize_resolve_fn *resolve, const void *params, const struct image *in,
	struct image *out, struct op_env *env);
uint64_t resize_scratch_by(resize_resolve_fn *resolve, const void *params, const struct shape *in);
void resize_points_by(resize_resolve_fn *resolve, const void *params, const struct shape *in,
	double (*xy)[2], size_t count);

#endif
