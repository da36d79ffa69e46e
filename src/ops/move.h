/* SPDX-License-Identifier: Apache-2.0 */
/* For operations that expand into a flip. */
#ifndef OPS_MOVE_H
#define OPS_MOVE_H

#include "ops/op.h"

#include <stdbool.h>

/* step is a fresh `flip` step. */
void op_flip_set(struct step *step, bool vertical);

#endif
