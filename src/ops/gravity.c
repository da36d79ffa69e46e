/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/gravity.h"

const char *const gravity_names[GRAVITY_COUNT] = {
	"center",
	"north",
	"northeast",
	"east",
	"southeast",
	"south",
	"southwest",
	"west",
	"northwest",
};

/* -1: the start, 0: the middle, 1: the end. */
static const struct {
	int8_t x, y;
} side[GRAVITY_COUNT] = {
	{0, 0}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}};

static int64_t offset(int8_t at, uint32_t in, uint32_t out)
{
	int64_t rest = (int64_t)in - out, half;

	if (at < 0)
		return 0;
	if (at > 0)
		return rest;
	if (rest < 0)
		return -(-rest / 2);
	half = rest / 2;
	return rest % 2 && half % 2 ? half + 1 : half;
}

int64_t gravity_crop_x(uint8_t gravity, uint32_t in, uint32_t out)
{
	return offset(side[gravity].x, in, out);
}

int64_t gravity_crop_y(uint8_t gravity, uint32_t in, uint32_t out)
{
	return offset(side[gravity].y, in, out);
}
