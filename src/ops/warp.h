/* SPDX-License-Identifier: Apache-2.0 */
/* What rotate, affine, shear and perspective share: words, pixels, points. */
#ifndef OPS_WARP_H
#define OPS_WARP_H

#include "kernels/warp_kernels.h"
#include "ops/args.h"
#include "ops/op.h"

#include <stdbool.h>
#include <stdint.h>

/* filter= and fill= of such an operation. */
struct warp_look {
	uint8_t filter; /* FILTER_NEAREST, FILTER_BILINEAR or FILTER_BICUBIC */
	uint8_t fill[4];
};

/*
 * filter=nearest|bilinear|bicubic (default own; the recipe's --filter is for what resizes) and fill=COLOUR (default the
 * recipe's background). A fill that is partly transparent is a fault but for nearest: see WARP_HELP_LOOK.
 */
void warp_parse_look(struct op_args *args, const struct op_defaults *defaults, uint8_t own,
	struct warp_look *look);
void warp_print_look(const struct warp_look *look, struct str *out);
/* " filter=... fill=..." for steps_add_text(). */
enum { WARP_LOOK_TEXT = 40 };
void warp_look_text(const struct warp_look *look, char text[WARP_LOOK_TEXT]);

/* centre=X,Y: what stays in place; the middle where it is not given. */
struct warp_centre {
	bool given;
	double x, y; /* pixels from the top left corner */
};

void warp_parse_centre(struct op_args *args, struct warp_centre *centre);
void warp_print_centre(const struct warp_centre *centre, struct str *out);

/* Degrees that a slant may have: short of the right angle, at which nothing is left. */
#define WARP_SHEAR_MAX 89.9

/* Positional degrees of random operations: D is -D to D, A,B is A to B. */
void warp_parse_degrees(struct op_args *args, double range[2]);

/* Adds the step that line says to what a random operation expands into, and releases line. */
int warp_add_line(
	struct str *line, const struct draws *draws, struct steps *out, struct fault *fault);

/* Paragraphs of help that such operations share. */
#define WARP_HELP_LOOK                                                                             \
	"filter=nearest|bilinear|bicubic (default nearest). The recipe's filter does not count "   \
	"here: none of them is antialiased. Indexed images always use nearest. Colour is "         \
	"premultiplied by alpha while it is filtered.\n"                                           \
	"fill=COLOUR (default the recipe's background, transparent black) is what lies outside "   \
	"of the image. It may be partly transparent with nearest only.\n"

/* IMGBATCH_E_OPERATION for samples that cannot be warped. */
int warp_check(const struct shape *in, struct fault *fault);
/*
 * The apply() of all: in, seen through map, on a canvas of width x height. Huge images are split by rows where the
 * engine lends a parallel-for.
 */
int warp_apply(const struct warp_map *map, const struct warp_look *look, uint32_t width,
	uint32_t height, const struct image *in, struct image *out, struct op_env *env);
/* Memory it takes beside the output. */
uint64_t warp_scratch(const struct warp_map *map, const struct warp_look *look, uint32_t width,
	uint32_t height, const struct shape *in);
/* The points() of all: the map runs from output to input, so this is its inverse. */
void warp_points(const struct warp_map *map, double (*xy)[2], size_t count);

#endif
