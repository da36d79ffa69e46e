/* SPDX-License-Identifier: Apache-2.0 */
/* Holds jpeg_inside.h against the library's own declarations, where they are installed. No code. */
#include "codec/jpeg_inside.h"

#ifdef __has_include
#if __has_include(<jpegint.h>)

#include <stddef.h>

#include <jpegint.h>

#define SAME(ours, theirs, member)                                                                 \
	_Static_assert(offsetof(struct ours, member) == offsetof(struct theirs, member),           \
		"libjpeg-turbo's " #theirs " is not as it was")

SAME(jpeg_inside_entropy, jpeg_entropy_decoder, start_pass);
SAME(jpeg_inside_entropy, jpeg_entropy_decoder, decode_mcu);
_Static_assert(sizeof(struct jpeg_entropy_decoder) <= sizeof(struct jpeg_inside_entropy) &&
		offsetof(struct jpeg_entropy_decoder, insufficient_data) >=
			offsetof(struct jpeg_inside_entropy, zero),
	"libjpeg-turbo's jpeg_entropy_decoder is not as it was");
SAME(jpeg_inside_coef, jpeg_d_coef_controller, start_input_pass);
SAME(jpeg_inside_coef, jpeg_d_coef_controller, consume_data);
SAME(jpeg_inside_coef, jpeg_d_coef_controller, start_output_pass);
SAME(jpeg_inside_coef, jpeg_d_coef_controller, decompress_data);
SAME(jpeg_inside_input, jpeg_input_controller, consume_input);
SAME(jpeg_inside_input, jpeg_input_controller, reset_input_controller);
SAME(jpeg_inside_input, jpeg_input_controller, start_input_pass);
SAME(jpeg_inside_input, jpeg_input_controller, finish_input_pass);

#endif
#endif
