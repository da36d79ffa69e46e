/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends recipes: text that reads back unchanged for every row of the table, faults that name the line, the
 * word and the nearest known one, draws that depend on their key, copy and position only, and Philox itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/nearest.h"
#include "base/number.h"
#include "base/philox.h"
#include "recipe/recipe.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Random words: splitmix64, so that a printed seed repeats a run anywhere. */
static uint64_t state;

static uint64_t next_u64(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned below(unsigned n)
{
	return (unsigned)(next_u64() % n);
}

static double real(double low, double high)
{
	return low + (high - low) * ((double)(next_u64() >> 11) * 0x1p-53);
}

static int seed_setup(void **unused)
{
	const char *text = getenv("IMGBATCH_TEST_SEED");

	(void)unused;
	state = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
	print_message("IMGBATCH_TEST_SEED=%llu\n", (unsigned long long)state);
	return 0;
}

static const char *pick(const char *const *of, unsigned count)
{
	return of[below(count)];
}

#define PICK(...)                                                                                  \
	pick((const char *const[]){__VA_ARGS__},                                                   \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const char *any_filter(void)
{
	return PICK("", ",filter=nearest", ",filter=box", ",filter=bilinear linear",
		",filter=hamming", ",filter=bicubic", " filter=lanczos", " linear");
}

static const char *any_gravity(void)
{
	return PICK("", ",gravity=north", " gravity=southwest", ",gravity=center", ",gravity=east");
}

static const char *any_fill(void)
{
	return PICK("", ",fill=#123", " fill=#12345678", ",fill=white", ",fill=7", ",fill=1,2,3",
		" fill=4,5,6,7", " fill=none");
}

static const char *any_mode(void)
{
	return PICK("", ",mode=edge", " mode=reflect", ",mode=symmetric", " mode=constant");
}

static unsigned side(void)
{
	return 1 + below(1000);
}

static void add_resize(struct str *s)
{
	const char *sign = PICK("", "^", "!", ">", "<", "^>", "!<");

	switch (below(5)) {
	case 0:
		str_addf(s, "resize %ux%u%s", side(), side(), sign);
		break;
	case 1:
		str_addf(s, "resize %ux%s", side(), sign);
		break;
	case 2:
		str_addf(s, "resize x%u%s", side(), sign);
		break;
	case 3:
		str_addf(s, "resize %.17g%%%s", real(0.01, 900), sign);
		break;
	default:
		str_addf(s, "resize %ux%u fit=%s%s%s", side(), side(),
			PICK("inside", "cover", "stretch", "pad"), any_gravity(), any_fill());
	}
	if (!below(3))
		str_addf(s, ",window=%.17g,%.17g,%.17g,%.17g", real(0, 10), real(0, 10),
			real(11, 30), real(11, 30));
	str_addf(s, "%s%s", PICK("", ",no-upscale"), any_filter());
}

static void add_pad(struct str *s)
{
	switch (below(6)) {
	case 0:
		str_addf(s, "pad %u,%u,%u,%u", below(9), below(9), below(9), below(9));
		break;
	case 1:
		str_addf(s, "pad %u,%u", below(9), below(9));
		break;
	case 2:
		str_addf(s, "pad %u", below(9));
		break;
	case 3:
		str_addf(s, "pad %ux%u%s", side(), side(), any_gravity());
		break;
	case 4:
		str_addf(s, "pad multiple=%u%s", side(), any_gravity());
		break;
	default:
		str_addf(s, "pad square%s", any_gravity());
	}
	str_addf(s, "%s%s", any_mode(), any_fill());
}

static void add_crop(struct str *s)
{
	if (below(2))
		str_addf(s, "crop %ux%u%+d%+d%s", side(), side(), (int)below(99) - 50,
			(int)below(99) - 50, any_fill());
	else
		str_addf(s, "crop %u%s%s", side(), any_gravity(), any_fill());
}

static void add_random(struct str *s, const struct op *op)
{
	if (!strcmp(op->name, "random-crop")) {
		str_addf(s, "random-crop %ux%u%s%s%s%s", side(), side(),
			PICK("", ",padding=3", ",padding=1,2", ",padding=1,2,3,4"),
			PICK("", " pad-if-needed"), any_mode(), any_fill());
	} else if (!strcmp(op->name, "random-resized-crop")) {
		str_addf(s, "random-resized-crop %u", side());
		if (below(2))
			str_addf(s, ",scale=%.17g,%.17g", real(0.01, 0.5), real(0.5, 1));
		if (below(2))
			str_addf(s, ",ratio=%.17g,%.17g", real(0.1, 1), real(1, 3));
		str_add(s, any_filter());
	} else {
		str_add(s, op->name);
		if (below(2))
			str_addf(s, " %.17g", real(0, 1));
	}
}

/* Operations whose words are few enough to be listed: a line for each, a row for each way to say it. */
static const char *const lines[] = {
	"random-rotation 30",
	"random-rotation -10,20.5 expand filter=bicubic fill=black",
	"random-rotation 0.1,centre=3,4",
	"random-affine 0",
	"random-affine 15,translate=0.1,0.2,scale=.9,1.1,shear=10",
	"random-affine -5,3 shear=-10,20 filter=bilinear fill=7",
	"random-affine 5 shear=-1,2,-3,4.5 translate=0,1 centre=1,-2 fill=1,2,3",
	"random-perspective fill=none",
	"random-perspective 0.3 p=1 filter=nearest",
	"rotate 12.345678901234567",
	"rotate -30,expand,filter=bicubic,fill=white",
	"rotate 90 centre=-1.5,20 fill=#12345678",
	"affine 10",
	"affine -10,3.5,-2 filter=bilinear fill=none",
	"affine 1e-3,3,2,.7,-12,20.5 centre=0,0 fill=1,2,3",
	"shear 20",
	"shear -20.25,10 centre=5,6 filter=bicubic fill=none",
	"perspective 1,.1,-3,0,1.25,4,1e-5,-2.5e-4 fill=9",
	"perspective 1,0,0,0,1,0,0,0 filter=nearest fill=7",
	"random-short-edge 480",
	"random-short-edge 480,512,544 max-size=1333 filter=box",
	"random-short-edge range=256,480 max-size=480",
	"random-short-edge range=1,2",
	"random-short-edge 480,512 linear",
	"scale-jitter 640",
	"scale-jitter 640x480 scale=0.3,1.7 filter=lanczos linear",
	"five-crop 32",
	"five-crop 32x24",
	"ten-crop 32",
	"ten-crop 32x24 vertical",
	"random-grayscale",
	"random-grayscale 0.3",
	"random-invert p=0.125",
	"random-autocontrast .25",
	"random-equalize",
	"random-posterize 3",
	"random-posterize 0,p=0.1",
	"random-solarize 128.5 0.3",
	"random-sharpness 2,p=1",
	"color-jitter 0.4,0.4,0.4,0.1",
	"color-jitter .3",
	"color-jitter brightness=0.5,1.5 hue=0.1",
	"color-jitter 0.2,0.3 saturation=0,3 hue=-0.5,0.25",
	"photometric-distort",
	"photometric-distort 0.3 brightness=0.5,2 hue=0,0.1",
	"random-channel-shuffle",
	"randaugment",
	"randaugment 3,12",
	"randaugment n=1 m=4 bins=11 filter=bicubic fill=gray",
	"trivial-augment-wide",
	"trivial-augment-wide bins=5 filter=bilinear fill=1,2,3",
	"autoaugment",
	"autoaugment svhn fill=white",
	"autoaugment cifar10 filter=bilinear fill=7",
	"random-gamma",
	"random-gamma 0.5,2,p=0.3",
	"random-gamma 1.5",
	"random-downscale 0.25,0.5",
	"random-downscale .3 p=1",
	"random-blur 5",
	"random-blur 11,sigma=0.3,1.7",
	"random-noise",
	"random-noise 4",
	"random-noise 2,9.5",
	"random-jpeg 40",
	"random-jpeg 30,95 subsampling=444",
	"random-erasing",
	"random-erasing 1 scale=0.1,0.2 ratio=0.5,2 value=random",
	"random-erasing p=0.3 value=1,2,3",
	"coarse-dropout",
	"coarse-dropout 1,holes=3,9,height=0.05,0.3,width=5,20,value=random",
	"coarse-dropout holes=1,64 height=0,0 value=#123456",
	"random-apply [hflip]",
	"random-apply 0.25 [hflip | random-apply p=.125 [crop 5; flip h] | vflip 1]",
	"one-of [hflip | rotate180]",
	"one-of weights=1,0,.5 [hflip | some-of 1 [flip h | flip v] | rotate180]",
	"some-of 0 [hflip]",
	"some-of 2 [hflip | one-of [rotate90 | rotate180 | random-crop 9 mode=edge] | vflip]",
	"brightness 1.3",
	"brightness -0.1",
	"contrast 0",
	"contrast 1.3333333333333333",
	"saturation 100",
	"sharpness 0.1",
	"hue -0.5",
	"hue 0.017",
	"posterize 0",
	"posterize 8",
	"solarize 128",
	"solarize 246.5",
	"gamma 2.2",
	"gamma 0 1.5",
	"autocontrast",
	"autocontrast 0.1",
	"rgb-shift 20,-10.5,0",
	"channel-order bgr",
	"channel-order rrg",
	"blur 0",
	"blur 1.7",
	"blur 2,kernel=9",
	"blur box,3.25",
	"blur pillow 5",
	"unsharp",
	"unsharp 1.5,80,0",
	"median",
	"median 11",
	"motion 7",
	"motion 15,-33.5",
	"clahe",
	"clahe 2.5,4",
	"noise 10.5",
	"noise 4,seed=4294967295",
	"erase 5x6+7-8",
	"erase 5+7+8,value=1,2,3",
	"erase 5x6-7+8 noise,seed=12",
	"jpeg 1",
	"jpeg 90,444",
	"downscale 0.25",
	"downscale .5,down=box,up=bicubic",
	"iou-crop",
	"iou-crop scale=0.5,0.75,aspect=0.25,3,options=0.2,0.9,trials=7",
	"box-safe-crop",
	"box-safe-crop erosion=0.125",
	"zoom-out",
	"zoom-out 0.75,side=1.5,2,fill=#123456",
};

/* One of them. */
static bool add_line(struct str *s, const struct op *op)
{
	const char *of[64];
	size_t length = strlen(op->name);
	unsigned count = 0;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strncmp(lines[i], op->name, length) && strchr(" ", lines[i][length]))
			of[count++] = lines[i];
	if (count)
		str_add(s, of[below(count)]);
	return count > 0;
}

/* Any words for any row of the table. False: a row that this test does not know. */
static bool add_any(struct str *s, const struct op *op)
{
	const char *name = op->name;

	if (add_line(s, op))
		return true;
	if (!strcmp(name, "resize"))
		add_resize(s);
	else if (!strcmp(name, "short-edge"))
		str_addf(s, "short-edge %u%s%s", side(), PICK("", ",max-size=1001"), any_filter());
	else if (!strcmp(name, "long-edge"))
		str_addf(s, "long-edge %u%s", side(), any_filter());
	else if (!strcmp(name, "crop"))
		add_crop(s);
	else if (!strcmp(name, "pad"))
		add_pad(s);
	else if (!strcmp(name, "flip"))
		str_addf(s, "flip %s", PICK("h", "v"));
	else if (!strcmp(name, "rotate90"))
		str_addf(s, "rotate90 %s", PICK("", "cw", "ccw"));
	else if (!strcmp(name, "grayscale"))
		str_addf(s, "grayscale %s", PICK("", "1", "3", "keep"));
	else if (!*op->usage)
		str_add(s, name);
	else if (op->kind == OP_RANDOM)
		add_random(s, op);
	else
		return false;
	return true;
}

static void must_parse(struct recipe *recipe, const char *text)
{
	struct fault fault = {0};

	if (recipe_parse(recipe, text, strlen(text), &fault))
		fail_msg("%s: %s", text, fault.detail);
}

static void assert_same_recipe(const struct recipe *a, const struct recipe *b, const char *text)
{
	assert_int_equal(a->steps.count, b->steps.count);
	assert_memory_equal(&a->defaults, &b->defaults, sizeof a->defaults);
	for (size_t i = 0; i < a->steps.count; i++) {
		const struct step *x = &a->steps.step[i], *y = &b->steps.step[i];

		assert_ptr_equal(x->op, y->op);
		assert_int_equal(x->position, y->position);
		assert_int_equal(x->inside, y->inside);
		if (memcmp(x->params, y->params, STEP_PARAMS_MAX) != 0)
			fail_msg("%s: step %zu reads back otherwise", text, i);
	}
}

static void add_defaults(struct str *s)
{
	if (!below(3))
		str_addf(s, "background %s\n", PICK("#fff", "white", "1,2,3", "9", "#01020304"));
	if (!below(3))
		str_addf(s, "filter %s\n", PICK("box", "bicubic", "nearest"));
	if (!below(3))
		str_add(s, "linear\n");
	if (!below(3))
		str_addf(s, "gravity %s\n", PICK("north", "southeast", "west"));
}

static void test_every_operation_reads_back(void **unused)
{
	struct recipe once, twice;

	(void)unused;
	recipe_init(&once);
	recipe_init(&twice);
	for (size_t i = 0; i < op_count * 300; i++) {
		struct str text = STR_INIT, printed = STR_INIT, again = STR_INIT;

		add_defaults(&text);
		if (!add_any(&text, ops[i % op_count]))
			fail_msg("no words for %s: teach this test", ops[i % op_count]->name);
		must_parse(&once, str_text(&text));
		recipe_print(&once, &printed);
		must_parse(&twice, str_text(&printed));
		assert_same_recipe(&once, &twice, str_text(&text));
		recipe_print(&twice, &again);
		assert_string_equal(str_text(&printed), str_text(&again));
		str_release(&text);
		str_release(&printed);
		str_release(&again);
	}
	recipe_release(&once);
	recipe_release(&twice);
}

static void test_table_is_complete(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < op_count; i++) {
		const struct op *op = ops[i];

		assert_ptr_equal(op_by_name(op->name, strlen(op->name)), op);
		assert_true(op->usage && *op->summary && *op->help && op->parse && op->print);
		assert_true(op->params_size <= STEP_PARAMS_MAX);
		if (op->kind == OP_FIXED)
			assert_true(op->shape && op->apply && !op->expand);
		else
			assert_true((op->expand || op->expand_list) && !op->apply);
	}
}

/* Rows are listed in groups: what is in the wrong one, or in none, was put into the wrong place of the table. */
static void test_groups_hold_what_belongs_there(void **unused)
{
	const char *group = "";
	unsigned groups = 0;

	(void)unused;
	for (size_t i = 0; i < op_count; i++) {
		const struct op *op = ops[i];
		bool random = op->kind == OP_RANDOM;

		groups += strcmp(group, op_group(i)) != 0;
		group = op_group(i);
		assert_int_equal(!strncmp(group, "random ", 7), random);
		if (!strcmp(group, "geometry") || !strcmp(group, "random geometry"))
			assert_true(op->moves && !op->list);
		else if (strcmp(group, "random choice") != 0)
			assert_true(!op->moves && !op->list);
	}
	assert_int_equal(groups, 6);
}

static void test_one_text_many_spellings(void **unused)
{
	static const char *const texts[] = {
		"resize 256x256^,filter=bicubic\ncrop 224x224\nhflip 0.5",
		"resize 256x256^ filter=bicubic; crop 224x224;hflip",
		"# a comment\n\n  resize 256x256^ , filter=bicubic # why\r\n\tcrop 224\r\n;;hflip "
		"p=0.5 #",
		"resize 256x256 fit=cover filter=bicubic;crop 224x224 gravity=center;hflip .5;",
	};
	struct recipe first, other;

	(void)unused;
	recipe_init(&first);
	recipe_init(&other);
	must_parse(&first, texts[0]);
	assert_int_equal(first.steps.count, 3);
	for (size_t i = 1; i < sizeof texts / sizeof *texts; i++) {
		must_parse(&other, texts[i]);
		assert_same_recipe(&first, &other, texts[i]);
	}
	recipe_release(&first);
	recipe_release(&other);
}

static void test_defaults_hold_wherever_they_stand(void **unused)
{
	struct recipe recipe;
	struct str s = STR_INIT;

	(void)unused;
	recipe_init(&recipe);
	must_parse(&recipe,
		"crop 9\nresize 5x5!\nrandom-resized-crop 8\nresize 4x4! filter=box\n"
		"background #fff\nfilter bicubic\ngravity south");
	recipe_print(&recipe, &s);
	assert_string_equal(str_text(&s),
		"filter bicubic\ngravity south\nbackground #ffffffff\n"
		"crop 9x9 gravity=south fill=#ffffffff\n"
		"resize 5x5! filter=bicubic\n"
		"random-resized-crop 8x8 scale=0.08,1 ratio=0.75,1.3333333333333333 "
		"filter=bicubic\n"
		"resize 4x4! filter=box\n");
	str_release(&s);
	recipe_release(&recipe);
}

/* Draws a recipe until one of its steps works on 8 bits only; false: none of so many did. */
static bool becomes_shallow(const struct recipe *recipe, unsigned draws)
{
	struct shape in = {90, 70, 3, SAMPLE_U8, false};
	struct recipe drawn;
	bool found = false;

	recipe_init(&drawn);
	for (unsigned copy = 0; copy < draws && !found; copy++) {
		const uint32_t key[2] = {7, copy};
		struct fault fault = {0};

		/* What does not apply to such an image becomes nothing. */
		found = !recipe_draw(recipe, key, copy, 0, &in, NULL, &drawn, &fault) &&
			recipe_shallow(&drawn);
	}
	recipe_release(&drawn);
	return found;
}

/* What a random operation says of 16 bits is true of what it becomes, both ways. */
static void test_random_operations_know_their_depth(void **unused)
{
	struct recipe recipe;

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < op_count; i++) {
		bool found = false, shallow = false;

		for (unsigned k = 0; k < 40 && ops[i]->kind == OP_RANDOM && !ops[i]->list; k++) {
			struct str text = STR_INIT;
			bool made;

			assert_true(add_any(&text, ops[i]));
			must_parse(&recipe, str_text(&text));
			made = becomes_shallow(&recipe, 20);
			if (made && !recipe_shallow(&recipe))
				fail_msg("%s: said to be deep, but needs 8 bits", str_text(&text));
			found = found || made;
			shallow = shallow || recipe_shallow(&recipe);
			str_release(&text);
		}
		if (shallow && !found)
			fail_msg("%s: not said to be deep, but needs no 8 bits", ops[i]->name);
	}
	recipe_release(&recipe);
}

static void test_faults_name_the_word(void **unused)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"resise 10x10", "line 1: \"resise\": no such operation; did you mean resize?"},
		{"crop 5\nhflp", "line 2: \"hflp\": no such operation; did you mean hflip?"},
		{"qwertyuiop 5", "line 1: \"qwertyuiop\": no such operation"},
		{"crop", "line 1: crop: a size (WxH or WxH+X+Y) is missing"},
		{"crop 10y10", "line 1: crop: \"10y10\": expected N or WxH, sides 1 to 1000000"},
		{"crop 0x10", "line 1: crop: \"0x10\": expected N or WxH, sides 1 to 1000000"},
		{"crop 5x5+1",
			"line 1: crop: \"5x5+1\": expected WxH or WxH+X+Y, offsets up to 1000000"},
		{"\n\nresize 9x9,fliter=box",
			"line 3: resize: \"fliter=box\": not known here; did you mean filter?"},
		{"resize 9x9,filter=bocks",
			"line 1: resize: \"bocks\": not one of nearest, box, bilinear, hamming, "
			"bicubic, lanczos"},
		{"resize 9x9 filter=box filter=box", "line 1: resize: \"filter=box\": given twice"},
		{"resize 9x9 filter=", "line 1: resize: \"filter=\": a value is missing"},
		{"resize 9x9 window=1,2,3", "line 1: resize: \"1\": a window is x0,y0,x1,y1"},
		{"resize 9x9 7", "line 1: resize: \"7\": nothing here takes this word"},
		{"resize 9x,fit=pad", "line 1: resize: \"9x\": fit=pad needs both sides"},
		{"hflip 1.5", "line 1: hflip: \"1.5\": out of range 0 to 1"},
		{"hflip half", "line 1: hflip: \"half\": not a number"},
		{"hflip nan", "line 1: hflip: \"nan\": not a number"},
		{"hflip 0x1p-1", "line 1: hflip: \"0x1p-1\": not a number"},
		{"flip x", "line 1: flip: \"x\": not one of h, v"},
		{"pad 1,2,3", "line 1: pad: a border is N, LR,TB or L,T,R,B"},
		{"pad square multiple=4", "line 1: pad: square and multiple= exclude each other"},
		{"crop 5 fill=whit", "line 1: crop: \"whit\": no such colour; did you mean white?"},
		{"crop 5 fill=1,2", "line 1: crop: \"2\": a colour has one, three or four levels"},
		{"crop 5 fill=1,2,256", "line 1: crop: \"256\": out of range 0 to 255"},
		{"crop 5 fill=1,2,3,4,5", "line 1: crop: \"5\": fill takes 4 values at most"},
		{"hflip 1 | vflip 1", "line 1: \"|\": only lists in brackets are parted by |"},
		{"crop 5 [hflip]", "line 1: \"[\": this operation takes no list"},
		{"crop 5\n[", "line 2: \"[\": an operation's name was expected"},
		{"crop 5 ]", "line 1: \"]\": there is no list to end here"},
		{"filter boxx", "line 1: filter: \"boxx\": did you mean box?"},
		{"background", "line 1: background: a colour is missing"},
		{"linear yes", "line 1: linear: \"yes\": nothing here takes this word"},
		{"short-edge 256 max-size=256", "line 1: short-edge: max-size must be above 256"},
		{"random-resized-crop 5 scale=1,0.5",
			"line 1: random-resized-crop: \"0.5\": scale: the low end comes first"},
		{"random-apply 0.5", "line 1: \"random-apply\": a list in brackets is missing"},
		{"random-apply [ ]", "line 1: \"random-apply\": its list is empty"},
		{"one-of weights=1,2 [hflip | vflip | flip h]",
			"line 1: one-of: \"1\": 2 weights for 3 operations"},
		{"one-of weights=0,0 [hflip | vflip]",
			"line 1: one-of: \"0\": one weight at least must be above 0"},
		{"some-of 3 [hflip | random-apply [vflip | flip h]]",
			"line 1: some-of: \"3\": the list holds 2"},
		{"random-apply [hflip | five-crop 8]",
			"line 1: \"five-crop\": makes several outputs, which a list cannot"},
		{"five-crop 1; ten-crop 1; ten-crop 1; ten-crop 1; five-crop 1",
			"line 1: \"five-crop\": too many outputs of one image"},
		{"random-short-edge",
			"line 1: random-short-edge: a size, or range=LO,HI, is missing"},
		{"random-short-edge range=9,9",
			"line 1: random-short-edge: \"9\": range: the high end must be above the "
			"low one"},
		{"random-short-edge range=8,12,max-size=11",
			"line 1: random-short-edge: max-size must be 12 at least"},
		{"brightness", "line 1: brightness: a factor is missing"},
		{"contrast 101", "line 1: contrast: \"101\": out of range -100 to 100"},
		{"saturation 1 2", "line 1: saturation: \"2\": nothing here takes this word"},
		{"sharpness inf", "line 1: sharpness: \"inf\": not a number"},
		{"hue 0.6", "line 1: hue: \"0.6\": out of range -0.5 to 0.5"},
		{"invert 1", "line 1: invert: \"1\": nothing here takes this word"},
		{"posterize 2.5", "line 1: posterize: \"2.5\": not a whole number"},
		{"posterize 9", "line 1: posterize: \"9\": out of range 0 to 8"},
		{"blur", "line 1: blur: a sigma, `box R` or `pillow R` is missing"},
		{"blur 81", "line 1: blur: \"81\": out of range 0 to 80"},
		{"blur 2 kernel=4", "line 1: blur: \"4\": a kernel has an odd width"},
		{"blur box 2 kernel=5", "line 1: blur: \"kernel=5\": no such setting"},
		{"blur box pillow 2", "line 1: blur: box and pillow are two different blurs"},
		{"median 4", "line 1: median: \"4\": the square has an odd side"},
		{"motion 6", "line 1: motion: \"6\": the line has an odd length"},
		{"motion 257", "line 1: motion: \"257\": out of range 1 to 255"},
		{"clahe 4,65", "line 1: clahe: \"65\": out of range 1 to 64"},
		{"noise 4 seed=-1", "line 1: noise: \"-1\": not a whole number"},
		{"erase 5x5", "line 1: erase: \"5x5\": expected WxH+X+Y: where does it lie?"},
		{"erase 5x5+1+1 seed=2", "line 1: erase: \"seed=2\": no such setting"},
		{"jpeg 0", "line 1: jpeg: \"0\": out of range 1 to 100"},
		{"jpeg 50 411", "line 1: jpeg: \"411\": not one of 420, 422, 444"},
		{"downscale 1.5", "line 1: downscale: \"1.5\": out of range 0.001 to 1"},
		{"solarize 257", "line 1: solarize: \"257\": out of range 0 to 256"},
		{"gamma -1", "line 1: gamma: \"-1\": out of range 0 to 100"},
		{"gamma 1 -1", "line 1: gamma: \"-1\": out of range 0 to 1000"},
		{"autocontrast 51", "line 1: autocontrast: \"51\": out of range 0 to 50"},
		{"rgb-shift 1,2", "line 1: rgb-shift: a shift of blue is missing"},
		{"rgb-shift 1,2,256", "line 1: rgb-shift: \"256\": out of range -255 to 255"},
		{"channel-order bgx",
			"line 1: channel-order: \"bgx\": expected three letters of r, g and b, "
			"such as bgr"},
		{"channel-order bg",
			"line 1: channel-order: \"bg\": expected three letters of r, g and b, "
			"such as bgr"},
		{"color-jitter",
			"line 1: color-jitter: what to jitter is missing: brightness=, contrast=, "
			"saturation=, hue="},
		{"color-jitter 1,1,1,0.6", "line 1: color-jitter: \"0.6\": out of range 0 to 0.5"},
		{"color-jitter hue=0.2,0.1",
			"line 1: color-jitter: \"0.1\": hue: the low end comes first"},
		{"random-jpeg 0", "line 1: random-jpeg: \"0\": out of range 1 to 100"},
		{"random-jpeg 90,10", "line 1: random-jpeg: \"10\": the low end comes first"},
		{"random-posterize 9", "line 1: random-posterize: \"9\": out of range 0 to 8"},
		{"randaugment m=31", "line 1: randaugment: the magnitude must be below 31 bins"},
		{"autoaugment imagnet", "line 1: autoaugment: \"imagnet\": did you mean imagenet?"},
		{"random-blur 4", "line 1: random-blur: \"4\": a kernel's width is odd"},
		{"random-gamma 2,1", "line 1: random-gamma: \"1\": the low end comes first"},
		{"random-erasing value=randon",
			"line 1: random-erasing: \"randon\": not a colour: #rrggbb, a name, or "
			"r,g,b[,a]"},
		{"coarse-dropout height=0.5,3",
			"line 1: coarse-dropout: height: shares below 1, or whole numbers of "
			"pixels"},
		{"crop 5\x1b[31m", "line 1: \"[\": this operation takes no list"},
		{"\xff", "a recipe is UTF-8 text"},
	};
	struct recipe recipe;

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fault fault = {0};
		const char *text = cases[i].text;

		if (recipe_parse(&recipe, text, strlen(text), &fault) != IMGBATCH_E_RECIPE)
			fail_msg("%s: accepted", text);
		assert_string_equal(fault.detail, cases[i].said);
		assert_int_equal(recipe.steps.count, 0);
	}
	recipe_release(&recipe);
}

/* Whatever the bytes, parsing ends with a recipe or a fault, and what parses reads back. */
static void test_any_bytes(void **unused)
{
	static const char alphabet[] =
		"  ,,;;\n|[]#=x+-.0123456789%^!<>abfilterpadcropresizehflipfillwhite";
	struct recipe once, twice;

	(void)unused;
	recipe_init(&once);
	recipe_init(&twice);
	for (int i = 0; i < 20000; i++) {
		struct str text = STR_INIT, printed = STR_INIT;
		struct fault fault = {0};
		unsigned length = below(60);

		if (below(2))
			add_any(&text, ops[below((unsigned)op_count)]);
		for (unsigned j = 0; j < length; j++)
			str_add_char(&text, alphabet[below(sizeof alphabet - 1)]);
		if (text.length && below(3) == 0)
			text.text[below((unsigned)text.length)] =
				alphabet[below(sizeof alphabet - 1)];
		if (!recipe_parse(&once, str_text(&text), text.length, &fault)) {
			recipe_print(&once, &printed);
			must_parse(&twice, str_text(&printed));
			assert_same_recipe(&once, &twice, str_text(&text));
		} else {
			assert_int_equal(fault.code, IMGBATCH_E_RECIPE);
			assert_true(*fault.detail);
		}
		str_release(&text);
		str_release(&printed);
	}
	recipe_release(&once);
	recipe_release(&twice);
}

static void draw_text(const struct recipe *recipe, uint64_t seed, const char *name, uint32_t copy,
	struct str *out)
{
	struct shape in = {.width = 640, .height = 480, .channels = 3};
	struct recipe drawn;
	struct fault fault;
	uint32_t key[2];

	recipe_init(&drawn);
	recipe_key(seed, name, strlen(name), key);
	assert_int_equal(recipe_draw(recipe, key, copy, 0, &in, NULL, &drawn, &fault), 0);
	assert_false(recipe_is_random(&drawn));
	str_clear(out);
	recipe_print(&drawn, out);
	recipe_release(&drawn);
}

static void test_draws_depend_on_key_copy_and_position(void **unused)
{
	struct recipe recipe;
	struct str a = STR_INIT, b = STR_INIT;

	(void)unused;
	recipe_init(&recipe);
	must_parse(&recipe, "random-resized-crop 224");
	draw_text(&recipe, 0, "a/b", 0, &a);
	draw_text(&recipe, 0, "a/b", 0, &b);
	assert_string_equal(str_text(&a), str_text(&b));
	draw_text(&recipe, 1, "a/b", 0, &b);
	assert_string_not_equal(str_text(&a), str_text(&b));
	draw_text(&recipe, 0, "a/c", 0, &b);
	assert_string_not_equal(str_text(&a), str_text(&b));
	draw_text(&recipe, 0, "a/b", 1, &b);
	assert_string_not_equal(str_text(&a), str_text(&b));
	must_parse(&recipe, "hflip 0; random-resized-crop 224");
	draw_text(&recipe, 0, "a/b", 0, &b);
	assert_string_not_equal(str_text(&a), str_text(&b));
	str_release(&a);
	str_release(&b);
	recipe_release(&recipe);
}

/* What random operations before it drew, or refused, does not shift an operation's draws. */
static void test_draws_do_not_shift(void **unused)
{
	struct recipe recipe;
	struct str a = STR_INIT, b = STR_INIT;

	(void)unused;
	recipe_init(&recipe);
	must_parse(&recipe, "random-resized-crop 200,ratio=0.001,0.002; random-crop 100");
	draw_text(&recipe, 0, "a", 0, &a);
	must_parse(&recipe, "random-resized-crop 200; random-crop 100");
	draw_text(&recipe, 0, "a", 0, &b);
	assert_string_equal(
		strstr(str_text(&a), "crop 100x100"), strstr(str_text(&b), "crop 100x100"));
	str_release(&a);
	str_release(&b);
	recipe_release(&recipe);
}

static void test_drawn_recipe_replays(void **unused)
{
	struct recipe recipe, replay;
	struct str a = STR_INIT, b = STR_INIT;

	(void)unused;
	recipe_init(&recipe);
	recipe_init(&replay);
	must_parse(&recipe,
		"background #abc; random-resized-crop 99; hflip; random-crop 120,pad-if-needed");
	for (uint32_t copy = 0; copy < 50; copy++) {
		draw_text(&recipe, 3, "x", copy, &a);
		must_parse(&replay, str_text(&a));
		draw_text(&replay, 9, "y", 7, &b);
		assert_string_equal(str_text(&a), str_text(&b));
	}
	str_release(&a);
	str_release(&b);
	recipe_release(&recipe);
	recipe_release(&replay);
}

/* False: does not apply to such an image. */
static bool draw_any(const struct recipe *recipe, const struct shape *in, uint64_t seed,
	struct recipe *drawn, struct str *text)
{
	const double box[2][4] = {{in->width * 0.25, in->height * 0.5, in->width * 0.5, in->height},
		{0, 0, in->width * 0.1, in->height * 0.3}};
	const struct recipe_boxes boxes = {box, 2};
	struct fault fault = {0};
	uint32_t key[2];
	int code;

	recipe_key(seed, "any", 3, key);
	code = recipe_draw(
		recipe, key, 0, (uint32_t)seed % recipe_fan(recipe), in, &boxes, drawn, &fault);
	str_clear(text);
	recipe_print(drawn, text);
	if (code && code != IMGBATCH_E_OPERATION)
		fail_msg("%s", fault.detail);
	return !code;
}

/* What an operation becomes does what it promises: moves only, or works on 16 bits too. */
static void assert_kept_promises(const struct op *op, const struct recipe *drawn)
{
	for (size_t i = 0; i < drawn->steps.count; i++) {
		const struct op *fixed = drawn->steps.step[i].op;

		assert_int_equal(fixed->kind, OP_FIXED);
		if (!op->list && ((op->deep && !fixed->deep) || (op->moves && !fixed->moves)))
			fail_msg("%s becomes %s", op->name, fixed->name);
	}
}

/*
 * Of every random operation, in any words, for any image: what is drawn reads back to itself; an operation added
 * at the end changes nothing before it.
 */
static void test_whatever_is_drawn_is_a_recipe(void **unused)
{
	struct recipe recipe, drawn, replay;
	unsigned applied = 0, trials = 0;

	(void)unused;
	recipe_init(&recipe);
	recipe_init(&drawn);
	recipe_init(&replay);
	for (size_t i = 0; i < op_count * 100; i++) {
		const struct op *op = ops[i % op_count];
		struct shape in = {1 + below(3000), 1 + below(3000), (uint8_t)(1 + below(4)),
			SAMPLE_U8, false};
		struct str text = STR_INIT, first = STR_INIT, again = STR_INIT;
		uint64_t seed = next_u64();

		if (op->kind == OP_FIXED)
			continue;
		add_any(&text, op);
		must_parse(&recipe, str_text(&text));
		trials++;
		if (draw_any(&recipe, &in, seed, &drawn, &first)) {
			applied++;
			assert_kept_promises(op, &drawn);
			must_parse(&replay, str_text(&first));
			recipe_print(&replay, &again);
			assert_string_equal(str_text(&first), str_text(&again));
			str_add(&text, "\nhflip 1; transpose");
			must_parse(&recipe, str_text(&text));
			assert_true(draw_any(&recipe, &in, seed, &drawn, &again));
			str_add(&first, "flip h\ntranspose\n");
			assert_string_equal(str_text(&first), str_text(&again));
		}
		str_release(&text);
		str_release(&first);
		str_release(&again);
	}
	assert_true(applied > trials * 3 / 4);
	recipe_release(&recipe);
	recipe_release(&drawn);
	recipe_release(&replay);
}

/* What is drawn can be read again, so that it is bounded as what is written; a list of many holes is not. */
static void test_what_is_drawn_has_a_bound(void **unused)
{
	enum { HOLES = 64, ENOUGH = RECIPE_STEPS_MAX / HOLES };
	static const char line[] = "coarse-dropout 1 holes=64,64\n";
	struct shape in = {.width = 64, .height = 48, .channels = 3};
	struct recipe recipe, drawn;
	struct str text = STR_INIT;
	struct fault fault = {0};
	uint32_t key[2] = {1, 2};

	(void)unused;
	recipe_init(&recipe);
	recipe_init(&drawn);
	for (int i = 0; i < ENOUGH; i++)
		str_add(&text, line);
	assert_int_equal(recipe_parse(&recipe, text.text, text.length, &fault), 0);
	assert_int_equal(recipe_draw(&recipe, key, 0, 0, &in, NULL, &drawn, &fault), 0);
	assert_int_equal(drawn.steps.count, ENOUGH * HOLES);
	str_add(&text, line);
	assert_int_equal(recipe_parse(&recipe, text.text, text.length, &fault), 0);
	assert_int_equal(
		recipe_draw(&recipe, key, 0, 0, &in, NULL, &drawn, &fault), IMGBATCH_E_OPERATION);
	assert_non_null(strstr(fault.detail, "more than 10000 operations"));
	str_release(&text);
	recipe_release(&drawn);
	recipe_release(&recipe);
}

static void test_shape_and_limits(void **unused)
{
	struct shape in = {.width = 640, .height = 480, .channels = 3}, out;
	struct recipe recipe;
	struct fault fault = {0};

	(void)unused;
	recipe_init(&recipe);
	must_parse(
		&recipe, "short-edge 256; crop 224; rotate90; pad 1,2,3,4; grayscale; resize 200%");
	assert_int_equal(recipe_shape(&recipe, &in, 0, &out, &fault), 0);
	assert_int_equal(out.width, 456);
	assert_int_equal(out.height, 460);
	assert_int_equal(out.channels, 1);
	assert_int_equal(recipe_shape(&recipe, &in, 100000, &out, &fault), IMGBATCH_E_LIMIT_PIXELS);
	must_parse(&recipe, "resize 9x9! window=0,0,700,20");
	assert_int_equal(recipe_shape(&recipe, &in, 0, &out, &fault), IMGBATCH_E_OPERATION);
	assert_int_equal(recipe_fan(&recipe), 1);
	recipe_release(&recipe);
}

static void test_philox_known_answers(void **unused)
{
	static const struct {
		uint32_t counter[4], key[2], out[4];
	} known[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u},
			{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
			{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint32_t out[4];

		philox4x32_10(known[i].counter, known[i].key, out);
		assert_memory_equal(out, known[i].out, sizeof out);
	}
}

static void test_draws_below_is_exact_at_its_ends(void **unused)
{
	struct draws draws = {.key = {1, 2}};

	(void)unused;
	for (int i = 0; i < 1000; i++) {
		double unit;

		assert_int_equal(draws_below(&draws, 1), 0);
		assert_true(draws_below(&draws, 0x80000001u) <= 0x80000000u);
		unit = draws_unit(&draws);
		assert_true(unit >= 0 && unit < 1);
		assert_true(draws_range(&draws, 3, 3) == 3);
	}
	assert_int_equal(draws.next, 4000);
}

static void test_numbers_read_back(void **unused)
{
	(void)unused;
	for (int i = 0; i < 20000; i++) {
		char text[NUMBER_TEXT_MAX];
		uint64_t bits = next_u64();
		double value, again;

		memcpy(&value, &bits, sizeof value);
		if (value != value || value - value != 0)
			continue;
		number_print(text, value);
		assert_true(number_parse(text, strlen(text), &again));
		assert_memory_equal(&value, &again, sizeof value);
	}
}

static void test_numbers_ignore_the_locale(void **unused)
{
	char text[NUMBER_TEXT_MAX];
	double value;

	(void)unused;
	if (!setlocale(LC_ALL, "de_DE.UTF-8")) /* not everywhere installed: then nothing to see */
		return;
	number_print(text, 0.5);
	assert_string_equal(text, "0.5");
	assert_true(number_parse("0.5", 3, &value) && value == 0.5);
	setlocale(LC_ALL, "C");
}

static void test_nearest(void **unused)
{
	static const char *const names[] = {
		"resize", "crop", "flip", "hflip", "rotate90", "rotate180"};
	static const char *const pairs[][2] = {
		{"resiez", "resize"},
		{"corp", "crop"},
		{"flipp", "flip"},
		{"rotate", NULL},
		{"rotate9", "rotate90"},
		{"xyz", NULL},
		{"", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct nearest nearest;

		nearest_init(&nearest, pairs[i][0], strlen(pairs[i][0]));
		for (size_t j = 0; j < sizeof names / sizeof *names; j++)
			nearest_offer(&nearest, names[j]);
		if (pairs[i][1])
			assert_string_equal(nearest.name ? nearest.name : "none", pairs[i][1]);
		else if (i != 3)
			assert_null(nearest.name);
	}
}

/* Steps said in words are those that a recipe's text makes, in any locale; what is no step is told. */
static void test_steps_said_in_words(void **unused)
{
	struct recipe recipe;
	struct steps steps = STEPS_INIT;
	struct fault fault = {0};
	double share = 100.0 / 3;

	(void)unused;
	setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed */
	assert_int_equal(steps_add_text(&steps, 5, &fault, "resize %.17g%% filter=box", share), 0);
	assert_int_equal(steps_add_text(&steps, 6, &fault, "crop %ux%u%+d%+d, fill=%u,%u,%u", 4u,
				 5u, -1, 2, 7u, 8u, 9u),
		0);
	setlocale(LC_ALL, "C");
	recipe_init(&recipe);
	must_parse(&recipe, "resize 33.333333333333336% filter=box; crop 4x5-1+2 fill=7,8,9");
	assert_int_equal(steps.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(steps.step[i].op, recipe.steps.step[i].op);
		assert_int_equal(steps.step[i].position, 5 + i);
		assert_memory_equal(
			steps.step[i].params, recipe.steps.step[i].params, STEP_PARAMS_MAX);
	}
	assert_int_equal(steps_add_text(&steps, 0, &fault, "crpo 5"), IMGBATCH_E_RECIPE);
	assert_int_equal(steps_add_text(&steps, 0, &fault, "crop five"), IMGBATCH_E_RECIPE);
	assert_int_equal(steps_add_text(&steps, 0, &fault, "crop %*d", 600, 5), IMGBATCH_E_RECIPE);
	steps_release(&steps);
	recipe_release(&recipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_complete),
		cmocka_unit_test(test_every_operation_reads_back),
		cmocka_unit_test(test_groups_hold_what_belongs_there),
		cmocka_unit_test(test_one_text_many_spellings),
		cmocka_unit_test(test_defaults_hold_wherever_they_stand),
		cmocka_unit_test(test_random_operations_know_their_depth),
		cmocka_unit_test(test_faults_name_the_word),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_draws_depend_on_key_copy_and_position),
		cmocka_unit_test(test_draws_do_not_shift),
		cmocka_unit_test(test_drawn_recipe_replays),
		cmocka_unit_test(test_whatever_is_drawn_is_a_recipe),
		cmocka_unit_test(test_what_is_drawn_has_a_bound),
		cmocka_unit_test(test_shape_and_limits),
		cmocka_unit_test(test_philox_known_answers),
		cmocka_unit_test(test_draws_below_is_exact_at_its_ends),
		cmocka_unit_test(test_numbers_read_back),
		cmocka_unit_test(test_numbers_ignore_the_locale),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_steps_said_in_words),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
