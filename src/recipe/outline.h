/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outlines: polygons that lie on an image (boxes, the shapes of objects) and follow it through a drawn recipe. Corners
 * go where the operations say that points go; after each step what has left the image is cut off. So a box that was
 * turned and then cut is the turned box's part, not a box around a box, and the rectangle around it is the tightest
 * that its corners allow.
 *
 * Coordinates are pixels from the top left corner of the image: the centre of its first pixel is (0.5, 0.5).
 */
#ifndef RECIPE_OUTLINE_H
#define RECIPE_OUTLINE_H

#include "recipe/recipe.h"

/* What is known of the image that something was annotated on. */
struct annotated {
	uint32_t width,
		height; /* what the annotation says, in pixels; 0: it does not, and the stored size is meant */
	bool shares; /* coordinates are shares of the upright image, whatever its size */
	struct shape stored; /* the image as it is stored, */
	uint8_t orientation; /* and the move (kernels/move.h) that laid it upright: MOVE_NONE where none was applied */
};
/* The image's shape upright. */
struct shape annotated_upright(const struct annotated *on);
/*
 * Annotated points, onto the upright image. An annotation of the stored size is turned with the image; one that
 * has only the upright size was made upright. false: it has neither size.
 */
bool annotated_place(const struct annotated *on, double (*xy)[2], size_t count);

struct outline {
	double (*xy)[2]; /* owned */
	size_t count, room; /* count 0: nothing is left */
	double share; /* of its area as it lay in the image at first that is still inside */
};

void outline_release(struct outline *outline);
/* A polygon of so many corners, to be filled in. false when out of memory, as all here. */
bool outline_make(struct outline *outline, size_t count);
/* box: x and y of two opposite corners. */
bool outline_set_box(struct outline *outline, const double box[4]);
/* Area of the polygon, and the rectangle around it: left, top, right, bottom; zeros when nothing is left. */
double outline_area(const struct outline *outline);
void outline_bounds(const struct outline *outline, double box[4]);
/* Cuts off what lies outside of an image of this shape. Source: Sutherland and Hodgman, CACM 17, 1974. */
bool outline_cut(struct outline *outline, const struct shape *shape);

/* One fixed step, which makes `after` of an image of shape `before`. */
bool outlines_step(struct outline *outlines, size_t count, const struct step *step,
	const struct shape *before, const struct shape *after);
/*
 * All steps of a fixed recipe, over an upright image of shape `in`, to which outlines are cut first: what lies outside of
 * it from the beginning counts for no area. E_OPERATION when a step does not apply, E_NOMEM.
 */
int outlines_follow(struct outline *outlines, size_t count, const struct recipe *fixed,
	const struct shape *in, struct fault *fault);

#endif
