/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `channel-order`: red, green and blue in another order. */
#include "kernels/values.h"
#include "ops/args.h"
#include "ops/values.h"

#include <string.h>

struct order_params {
	uint8_t order[3]; /* new colour c is old colour order[c] */
};

_Static_assert(sizeof(struct order_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const char letters[] = "rgb";

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct order_params *p = params;
	const struct op_word *word = args_value(args, "an order (such as bgr)");

	(void)defaults;
	(void)fault;
	for (size_t c = 0; word && c < 3; c++) {
		const char *letter = word->length == 3 ? memchr(letters, word->text[c], 3) : NULL;

		if (letter)
			p->order[c] = (uint8_t)(letter - letters);
		else
			args_fail(args, word, "expected three letters of r, g and b, such as bgr");
	}
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct order_params *p = params;

	str_addf(out, " %c%c%c", letters[p->order[0]], letters[p->order[1]], letters[p->order[2]]);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("channel-order", in, fault);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct order_params *p = params;
	int code;

	if (in->shape.channels < 3) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (!code)
		values_reorder(out, in, p->order);
	return code;
}

const struct op op_channel_order = {
	.name = "channel-order",
	.kind = OP_FIXED,
	.usage = "RGB",
	.summary = "exchange red, green and blue",
	.help = "Three letters of r, g and b: where the new red, green and blue come from. bgr "
		"exchanges red and blue; a "
		"letter may come twice (rrr). Alpha is kept; grey images pass unchanged.\n"
		"As albumentations' ChannelShuffle, with the order said.",
	.params_size = sizeof(struct order_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
};
