/* SPDX-License-Identifier: Apache-2.0 */
#include "io/slow.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>

enum { PIECE_NS = 50000000 }; /* of a wait: what a wish to stop may have to wait for */

struct slow {
	uint64_t latency_ns;
	double ns_per_byte;
	const atomic_bool *stopped; /* borrowed */
	pthread_mutex_t lock; /* guards free_ns */
	uint64_t free_ns; /* when the line has carried all that was asked for */
};

struct slow *slow_new(const struct slow_settings *settings)
{
	struct slow *slow = calloc(1, sizeof *slow);

	if (!slow)
		return NULL;
	slow->latency_ns = (uint64_t)(settings->latency_ms * 1e6);
	if (settings->megabytes_per_s > 0)
		slow->ns_per_byte = 1000 / settings->megabytes_per_s;
	slow->stopped = settings->stopped;
	pthread_mutex_init(&slow->lock, NULL);
	return slow;
}

void slow_free(struct slow *slow)
{
	if (!slow)
		return;
	pthread_mutex_destroy(&slow->lock);
	free(slow);
}

uint64_t slow_answer(const struct slow *slow)
{
	return slow && slow->latency_ns ? clock_ns() + slow->latency_ns : 0;
}

uint64_t slow_transfer(struct slow *slow, uint64_t bytes)
{
	uint64_t now, due;

	if (!slow || slow->ns_per_byte == 0)
		return 0;
	now = clock_ns();
	pthread_mutex_lock(&slow->lock);
	if (slow->free_ns < now)
		slow->free_ns = now;
	slow->free_ns += (uint64_t)((double)bytes * slow->ns_per_byte);
	due = slow->free_ns;
	pthread_mutex_unlock(&slow->lock);
	return due;
}

uint64_t slow_until(const struct slow *slow, uint64_t due)
{
	uint64_t now;

	if (!due || (slow->stopped && atomic_load_explicit(slow->stopped, memory_order_relaxed)))
		return 0;
	now = clock_ns();
	if (due <= now)
		return 0;
	return due - now > PIECE_NS ? now + PIECE_NS : due;
}

void slow_sleep(const struct slow *slow, uint64_t due)
{
	uint64_t until;

	while ((until = slow_until(slow, due))) {
		struct timespec at = {(time_t)(until / 1000000000), (long)(until % 1000000000)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}
