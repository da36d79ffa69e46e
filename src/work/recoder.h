/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pixels through a JPEG file in memory and back: what work lends to operations as struct op_jpeg, so that ops need
 * no codec. The encoder and the decoder are the ones that files go through.
 */
#ifndef WORK_RECODER_H
#define WORK_RECODER_H

#include "codec/codec.h"
#include "ops/op.h"

/* Of one thread; stays where it was initialized, since lent points into it. */
struct recoder {
	struct op_jpeg lent;
	struct encoder *encoder; /* made when first needed */
	struct decoder *decoder;
	uint8_t entropy; /* enum entropy */
};

void recoder_init(struct recoder *recoder, uint8_t entropy);
void recoder_release(struct recoder *recoder);

#endif
