/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG decoded twice, by libjpeg-turbo's own entropy decoding and by ours in its place: nothing that a caller could tell apart
 * may differ. How (scale, crop, rows, grey, kernels) is read off the input's end, where a JPEG may hold anything.
 */
#include "fuzz.h"

#include "kernels/dispatch.h"

#include "../unit/entropy_kit.h"

enum { HOW = 6, PIXELS_MAX = 1 << 18, SCANNED_MAX = 1 << 20, KEPT_MAX = 256 };

static struct entropy_kit stock, ours;

static struct entropy_way way_of(const uint8_t *data, size_t size)
{
	static const uint8_t eighths[] = {8, 8, 8, 4, 2, 1, 3, 6};
	struct fuzz_bytes how = {data + size - HOW, HOW};
	unsigned bits = fuzz_u8(&how);
	struct entropy_way way = {.eighths = eighths[bits & 7], .grey = (bits & 0x18) == 0x18};

	if (bits & 0x20)
		way.skip = fuzz_u8(&how);
	if (bits & 0x40) {
		way.left = fuzz_u8(&how);
		way.width = 1u + fuzz_u8(&how);
	}
	if (bits & 0x80)
		way.rows = 1u + fuzz_u8(&how);
	return way;
}

/* Few pixels, and few scans of them: others are slow. */
static bool fits(struct bytes input)
{
	struct codec_limits limits = codec_default_limits;
	struct jpeg_markers markers;

	limits.max_pixels = PIXELS_MAX;
	if (jpeg_markers_head(&markers, input, &limits, NULL))
		return false;
	if (!markers.multiple)
		return true;
	limits.max_scans = SCANNED_MAX / (markers.width * markers.height + 1);
	return !jpeg_markers_tail(&markers, input, &limits, NULL);
}

/* As many entries as show that a decoder's tables may come from any file before. */
static void renew(void)
{
	static unsigned count;

	if (ours.entropy && count++ % KEPT_MAX)
		return;
	jpeg_entropy_free(ours.entropy);
	ours.entropy = jpeg_entropy_new(entropy_transforms());
	if (!ours.entropy)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entropy_result want, got;
	struct entropy_way way;

	if (size <= HOW || jpeg_entropy_missing() || !fits((struct bytes){data, size}))
		return 0;
	way = way_of(data, size);
	renew();
	kernels_force(kernel_sets[data[size - 1] & 1 ? 0 : kernel_set_count - 1]);
	if (kernels()->runs && !kernels()->runs())
		kernels_force(&kernels_c);
	entropy_kit_decode(&stock, data, size, &way, &want);
	entropy_kit_decode(&ours, data, size, &way, &got);
	fuzz_check(!entropy_kit_difference(&want, &got), "other %s, %s kernels, %u of 8",
		entropy_kit_difference(&want, &got), kernels()->name, way.eighths);
	return 0;
}
