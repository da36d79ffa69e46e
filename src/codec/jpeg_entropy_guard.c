/* SPDX-License-Identifier: Apache-2.0 */
/* The one decision whether our entropy decoding runs, and why: entropy.h says what must hold. */
#include "codec/entropy.h"
#include "codec/jpeg_entropy.h"
#include "codec/jpeg_trap.h"
#include "kernels/dispatch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *obstacle; /* why ours cannot run; NULL: it can */
static const char *obstacle_to_transform; /* the same of our inverse DCT, where ours runs */
static enum entropy usual; /* what the environment says */
static bool misspelt;

static const char *const names[] = {"auto", "stock", "fast"};

/* What the library that runs says of itself. It checks its version and the size of its structs itself, at each use. */
static const char *check_library(void)
{
	struct jpeg_error_mgr says;

	jpeg_std_error(&says);
	if (says.last_jpeg_message < JMSG_LASTMSGCODE - 1)
		return "the libjpeg that runs is older than the one it was compiled with";
	if (!strstr(says.jpeg_message_table[JMSG_COPYRIGHT], "libjpeg-turbo"))
		return "the libjpeg that runs does not say that it is libjpeg-turbo";
	return NULL;
}

static void decide(void)
{
	const char *wanted = getenv("IMGBATCH_ENTROPY");

	misspelt = wanted && *wanted;
	for (unsigned i = 0; misspelt && i < sizeof names / sizeof *names; i++)
		if (!strcmp(wanted, names[i])) {
			usual = (enum entropy)i;
			misspelt = false;
			break;
		}
	obstacle = jpeg_entropy_missing();
	if (!obstacle)
		obstacle = check_library();
	if (!obstacle)
		obstacle = jpeg_entropy_test(false);
	if (!obstacle)
		obstacle_to_transform = kernels()->idct ? jpeg_entropy_test(true)
							: "there are no kernels of it";
}

static enum entropy meant(enum entropy choice)
{
	pthread_once(&once, decide);
	return choice == ENTROPY_AUTO ? usual : choice;
}

int entropy_check(enum entropy choice, struct fault *fault)
{
	enum entropy entropy = meant(choice);

	if (misspelt)
		return fault_set(
			fault, IMGBATCH_E_USAGE, "IMGBATCH_ENTROPY takes auto, stock or fast");
	if (entropy == ENTROPY_FAST && obstacle)
		return fault_set(fault, IMGBATCH_E_USAGE, "%s: %s",
			choice == ENTROPY_FAST ? "--entropy fast" : "IMGBATCH_ENTROPY=fast",
			obstacle);
	return 0;
}

enum entropy entropy_resolve(enum entropy choice)
{
	enum entropy entropy = meant(choice);

	return obstacle ? ENTROPY_STOCK : entropy;
}

bool entropy_transforms(void)
{
	pthread_once(&once, decide);
	return !obstacle && !obstacle_to_transform;
}

static void describe_ours(struct str *text)
{
	str_addf(text,
		"entropy decoding ours (%s), as tested at start, of baseline and progressive JPEG",
		kernels()->huffman->name);
	if (obstacle_to_transform)
		str_addf(text, "; inverse DCT libjpeg-turbo's: %s", obstacle_to_transform);
	else
		str_addf(text, "; inverse DCT ours (%s), of baseline", kernels()->idct->name);
	str_add(text, "; libjpeg-turbo's of others");
}

void entropy_describe(struct str *text)
{
	enum entropy entropy = meant(ENTROPY_AUTO);

	if (obstacle)
		str_addf(text, "entropy decoding libjpeg-turbo's: %s", obstacle);
	else if (entropy == ENTROPY_STOCK)
		str_add(text, "entropy decoding libjpeg-turbo's: IMGBATCH_ENTROPY=stock");
	else
		describe_ours(text);
}
