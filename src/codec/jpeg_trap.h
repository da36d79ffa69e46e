/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libjpeg's way of failing, turned into codes: its fatal errors jump back to the call that set the trap,
 * and nothing is ever printed.
 *
 * Each public function of the codec sets the trap first:
 *
 *	if (setjmp(trap->jump))
 *		return ...;	the fault is in trap->fault
 */
#ifndef CODEC_JPEG_TRAP_H
#define CODEC_JPEG_TRAP_H

#include "base/fault.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

struct jpeg_trap {
	struct jpeg_error_mgr manager; /* first: libjpeg hands back a pointer to it */
	jmp_buf jump;
	struct fault fault;
};

/* Fills the trap's manager; warnings are ignored until the caller sets emit_message. */
struct jpeg_error_mgr *jpeg_trap_init(struct jpeg_trap *trap);
static inline struct jpeg_trap *jpeg_trap_of(j_common_ptr common)
{
	return (struct jpeg_trap *)common->err;
}

/* Jumps out with trap->fault, which was filled before. */
_Noreturn static inline void jpeg_trap_jump(struct jpeg_trap *trap)
{
	longjmp(trap->jump, 1);
}

#endif
