/* SPDX-License-Identifier: Apache-2.0 */
/* The one choice. What there is to choose from stands in sets_x86.c or sets_portable.c. */
#include "kernels/dispatch.h"

#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const struct kernels kernels_c = {
	.name = "c",
	.resample_u8 = &resample_u8_c,
	.resample_u16 = &resample_u16_c,
	.alpha_u8 = &alpha_u8_c,
	.png = &png_kernels_c,
	.huffman = &huffman_c,
	.lut = &lut_c,
	.move = &move_c,
	.values_u8 = &values_u8_c,
	.values_u16 = &values_u16_c,
	.warp_u8 = &warp_u8_c,
	.warp_u16 = &warp_u16_c,
	.neighbour = &neighbour_c,
	.compare_u8 = &compare_u8_c,
	.compare_u16 = &compare_u16_c,
	.ssim_down = ssim_down_c,
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct kernels *chosen;
static const char *refused; /* what the environment asked for in vain */
static const char *why;

static bool runs(const struct kernels *set)
{
	return !set->runs || set->runs();
}

static void choose(void)
{
	const char *wanted = getenv("IMGBATCH_ISA");

	chosen = &kernels_c;
	for (size_t i = 0; i < kernel_set_count; i++) {
		const struct kernels *set = kernel_sets[i];

		if (wanted && *wanted && strcmp(wanted, set->name) != 0)
			continue;
		if (runs(set)) {
			chosen = set;
			refused = NULL;
			if (wanted && *wanted)
				return;
		} else if (wanted && *wanted) {
			refused = wanted;
			why = "this CPU lacks it";
			return;
		}
	}
	if (wanted && *wanted) {
		refused = wanted;
		why = "this build has no such kernels";
	}
}

const struct kernels *kernels(void)
{
	pthread_once(&once, choose);
	return chosen;
}

int kernels_check(struct fault *fault)
{
	struct str names = STR_INIT;
	int code;

	pthread_once(&once, choose);
	if (!refused)
		return 0;
	for (size_t i = 0; i < kernel_set_count; i++)
		if (runs(kernel_sets[i]))
			str_addf(&names, "%s%s", i ? ", " : "", kernel_sets[i]->name);
	code = fault_set(fault, IMGBATCH_E_USAGE, "IMGBATCH_ISA=%s: %s; here: %s", refused, why,
		str_text(&names));
	str_release(&names);
	return code;
}

void kernels_force(const struct kernels *set)
{
	pthread_once(&once, choose);
	chosen = set;
}
