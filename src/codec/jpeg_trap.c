/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_trap.h"

#include <jerror.h>

/* What kind of failure a fatal message of libjpeg-turbo 2.1 is. */
static int code_of(int message)
{
	switch (message) {
	case JERR_OUT_OF_MEMORY:
		return IMGBATCH_E_NOMEM;
	case JERR_IMAGE_TOO_BIG:
	case JERR_WIDTH_OVERFLOW:
		return IMGBATCH_E_LIMIT_PIXELS;
	case JERR_ARITH_NOTIMPL:
	case JERR_BAD_PRECISION:
	case JERR_CCIR601_NOTIMPL:
	case JERR_COMPONENT_COUNT:
	case JERR_CONVERSION_NOTIMPL:
	case JERR_FRACT_SAMPLE_NOTIMPL:
	case JERR_NOTIMPL:
	case JERR_NOT_COMPILED:
	case JERR_SOF_UNSUPPORTED:
		return IMGBATCH_E_UNSUPPORTED;
	default:
		return IMGBATCH_E_CORRUPT;
	}
}

_Noreturn static void on_error(j_common_ptr common)
{
	struct jpeg_trap *trap = jpeg_trap_of(common);
	char text[JMSG_LENGTH_MAX];

	trap->manager.format_message(common, text);
	fault_set(&trap->fault, code_of(trap->manager.msg_code), "%s", text);
	jpeg_trap_jump(trap);
}

static void on_message(j_common_ptr common, int level)
{
	(void)common;
	(void)level;
}

static void on_output(j_common_ptr common)
{
	(void)common;
}

struct jpeg_error_mgr *jpeg_trap_init(struct jpeg_trap *trap)
{
	jpeg_std_error(&trap->manager);
	trap->manager.error_exit = on_error;
	trap->manager.emit_message = on_message;
	trap->manager.output_message = on_output;
	trap->fault = (struct fault){0};
	return &trap->manager;
}
