/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes that an image is drawn by, as an input of the work: what the client writes into the slot. */
#ifndef WORK_BOXES_H
#define WORK_BOXES_H

#include <stdint.h>

struct work_boxes {
	uint32_t count;
	uint32_t width, height; /* of the image as annotated; 0: not said */
	uint32_t shares; /* 1: boxes are shares of the upright image */
	double box[][4]; /* left, top, right, bottom */
};

#endif
