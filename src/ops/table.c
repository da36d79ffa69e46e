/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, in the order of --help. Adding one: its file, its declaration, its row. */
#include "ops/op.h"

/* Fixed: what moves pixels. */
extern const struct op op_resize, op_short_edge, op_long_edge;
extern const struct op op_crop, op_pad;
extern const struct op op_flip, op_rotate90, op_rotate180, op_transpose, op_transverse;
extern const struct op op_rotate, op_affine, op_shear, op_perspective;

/* Fixed: values, pixel by pixel. */
extern const struct op op_grayscale;
extern const struct op op_brightness, op_contrast, op_saturation, op_sharpness, op_hue;
extern const struct op op_invert, op_posterize, op_solarize, op_gamma;
extern const struct op op_equalize, op_autocontrast;
extern const struct op op_rgb_shift, op_sepia, op_channel_order;

/* Fixed: values, by their neighbours. */
extern const struct op op_blur, op_unsharp, op_median, op_motion, op_clahe;
extern const struct op op_noise, op_erase, op_jpeg, op_downscale;

/* Random. */
extern const struct op op_random_crop, op_random_resized_crop;
extern const struct op op_hflip, op_vflip;
extern const struct op op_random_rotation, op_random_affine, op_random_perspective;
extern const struct op op_random_short_edge, op_scale_jitter, op_five_crop, op_ten_crop;
extern const struct op op_random_grayscale, op_color_jitter, op_photometric_distort;
extern const struct op op_random_channel_shuffle, op_random_sharpness, op_random_invert;
extern const struct op op_random_posterize, op_random_solarize, op_random_equalize;
extern const struct op op_random_autocontrast;
extern const struct op op_randaugment, op_trivial_augment_wide, op_autoaugment;
extern const struct op op_random_gamma, op_random_blur, op_random_noise, op_random_jpeg;
extern const struct op op_random_downscale;
extern const struct op op_random_erasing, op_coarse_dropout;
extern const struct op op_iou_crop, op_box_safe_crop, op_zoom_out;
extern const struct op op_random_apply, op_one_of, op_some_of;

const struct op *const ops[] = {
	/* Fixed: what moves pixels. */
	&op_resize,
	&op_short_edge,
	&op_long_edge,
	&op_crop,
	&op_pad,
	&op_flip,
	&op_rotate90,
	&op_rotate180,
	&op_transpose,
	&op_transverse,
	&op_rotate,
	&op_affine,
	&op_shear,
	&op_perspective,

	/* Fixed: values, pixel by pixel. */
	&op_grayscale,
	&op_brightness,
	&op_contrast,
	&op_saturation,
	&op_sharpness,
	&op_hue,
	&op_invert,
	&op_posterize,
	&op_solarize,
	&op_gamma,
	&op_equalize,
	&op_autocontrast,
	&op_rgb_shift,
	&op_sepia,
	&op_channel_order,

	/* Fixed: values, by their neighbours. */
	&op_blur,
	&op_unsharp,
	&op_median,
	&op_motion,
	&op_clahe,
	&op_noise,
	&op_erase,
	&op_jpeg,
	&op_downscale,

	/* Random: geometry. */
	&op_random_crop,
	&op_random_resized_crop,
	&op_hflip,
	&op_vflip,
	&op_random_rotation,
	&op_random_affine,
	&op_random_perspective,
	&op_random_short_edge,
	&op_scale_jitter,
	&op_five_crop,
	&op_ten_crop,
	&op_zoom_out,
	&op_iou_crop,
	&op_box_safe_crop,

	/* Random: values. */
	&op_random_grayscale,
	&op_color_jitter,
	&op_photometric_distort,
	&op_random_channel_shuffle,
	&op_random_sharpness,
	&op_random_invert,
	&op_random_posterize,
	&op_random_solarize,
	&op_random_equalize,
	&op_random_autocontrast,
	&op_random_gamma,
	&op_random_blur,
	&op_random_noise,
	&op_random_jpeg,
	&op_random_downscale,
	&op_random_erasing,
	&op_coarse_dropout,

	/* Random: lists and policies. */
	&op_random_apply,
	&op_one_of,
	&op_some_of,
	&op_randaugment,
	&op_trivial_augment_wide,
	&op_autoaugment,
};

const size_t op_count = sizeof ops / sizeof *ops;

/* The row that each group begins with, and its name for help and documents. */
static const struct {
	const struct op *first;
	const char *name;
} groups[] = {
	{&op_resize, "geometry"},
	{&op_grayscale, "values"},
	{&op_blur, "neighbours"},
	{&op_random_crop, "random geometry"},
	{&op_random_grayscale, "random values"},
	{&op_random_apply, "random choice"},
};

uint32_t op_index(const struct op *op)
{
	uint32_t index = 0;

	while (ops[index] != op)
		index++;
	return index;
}

const char *op_group(size_t index)
{
	const char *name = "";

	for (size_t i = 0; i <= index; i++)
		for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
			if (groups[g].first == ops[i])
				name = groups[g].name;
	return name;
}
