/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's half of `--io auto`: sees how long workers starve, asks the tuner how many reads are to be in flight,
 * and gives them to the engine that suits so many.
 *
 *	few: sched->io[0], as opened ──► more than FAR_ABOVE: io[1], opened when first wanted ──► fewer than that: io[0] again
 *
 * A change costs nothing that is in flight: each job comes back from the engine that has it, new ones go to the other.
 */
#include "sched/inner.h"

#include "base/clock.h"

#include <stdio.h>

enum {
	FAR_ABOVE = 16, /* reads in flight for which threads are too many */
	START_PAGES = 8 << 20, /* of a read while nobody knows how large files are */
	START_MS = 1, /* between two looks at the clock while nothing has come back */
};

void adapt_open(struct sched *sched)
{
	struct adapt *adapt = &sched->adapt;
	unsigned first = sched->io_capacity, most = sched->settings.io_most;

	adapt->on = most != 0;
	if (!adapt->on)
		return;
	if (most > sched->seat_count)
		most = sched->seat_count;
	tuner_init(&adapt->tuner, sched->settings.workers, first < most ? first : most, most);
	adapt->expected = SEAT_PAGES;
	sched->io_limit = adapt->tuner.limit;
}

/* Opens io[1] if it is not yet known whether it can run here. */
static bool far_open(struct sched *sched)
{
	struct adapt *adapt = &sched->adapt;
	struct io_port *far = &sched->io[1];

	if (far->io || !sched->settings.io_far || adapt->refused.code)
		return far->io != NULL;
	if (sched_open_io(sched, far, sched->settings.io_far, adapt->tuner.most, &adapt->refused))
		return false;
	if (sched->client->told) {
		char text[128];

		snprintf(text, sizeof text, "--io auto: %s, since %u reads are to be in flight",
			far->engine->name, adapt->tuner.limit);
		sched->client->told(sched->client->ctx, text);
	}
	return true;
}

void adapt_apply(struct sched *sched)
{
	unsigned limit = sched->adapt.tuner.limit, capacity;
	struct io_port *port = &sched->io[limit > FAR_ABOVE && far_open(sched)];

	if (port->engine->stretch)
		port->engine->stretch(port->io, limit);
	capacity = port->engine->capacity(port->io);
	sched->io_now = port;
	sched->io_capacity = capacity;
	sched->io_limit = limit < capacity ? limit : capacity;
	memory_room(sched, sched->cpu_capacity + sched->io_limit + SEATS_SPARE);
}

/* While no read has come back: begins more, as far as they have room however large they are. */
static void start_wait(struct sched *sched, uint64_t now)
{
	struct adapt *adapt = &sched->adapt;
	uint64_t room = sched->memory.page_budget;

	if (room && (sched->io_limit + 1) * (uint64_t)START_PAGES > room)
		return;
	if (tuner_waited(&adapt->tuner, now - adapt->since_ns))
		adapt_apply(sched);
}

int adapt_timeout(const struct sched *sched, int timeout_ms)
{
	const struct adapt *adapt = &sched->adapt;

	if (!adapt->on || adapt->tuner.state != TUNER_START || sched->exhausted ||
		adapt->seen.reads || sched->io_limit == adapt->tuner.most)
		return timeout_ms;
	return START_MS;
}

void adapt_waits(struct sched *sched)
{
	struct adapt *adapt = &sched->adapt;
	unsigned reading = sched->io_busy - sched->writing, workers = sched->settings.workers;

	if (!adapt->on)
		return;
	adapt->waits_ns = clock_ns();
	if (!adapt->since_ns)
		adapt->since_ns = adapt->waits_ns;
	/* At the end of the list workers starve, and reading more is no remedy. */
	adapt->idle = reading && !sched->exhausted && sched->cpu_busy < workers
		? workers - sched->cpu_busy
		: 0;
	if (adapt->seen.in_flight < reading)
		adapt->seen.in_flight = reading;
	if (!sched->exhausted && sched->free_count && flow_read_room(sched) &&
		!memory_read_ok(sched))
		adapt->seen.short_of_memory = true;
}

void adapt_read(struct sched *sched, const struct seat *seat)
{
	struct adapt *adapt = &sched->adapt;

	if (!adapt->on)
		return;
	adapt->seen.reads++;
	for (uint32_t i = 0; i < seat->job.read_count; i++)
		adapt->seen.read_us += seat->job.read[i].us;
	/* Sizes vary: the larger ones are what memory has to be kept for. */
	if (seat->pages > adapt->expected)
		adapt->expected = seat->pages;
	else
		adapt->expected -= (adapt->expected - seat->pages) / 16;
}

void adapt_waited(struct sched *sched)
{
	struct adapt *adapt = &sched->adapt;
	uint64_t now;

	if (!adapt->on || sched->exhausted)
		return;
	now = clock_ns();
	adapt->seen.starved_ns += adapt->idle * (now - adapt->waits_ns);
	adapt->seen.ns = now - adapt->since_ns;
	if (!adapt->seen.reads && adapt->tuner.state == TUNER_START)
		start_wait(sched, now);
	if (!tuner_enough(&adapt->tuner, &adapt->seen))
		return;
	if (tuner_judge(&adapt->tuner, &adapt->seen))
		adapt_apply(sched);
	adapt->seen = (struct tuner_seen){0};
	adapt->since_ns = now;
}

/* What the starving came to before and after. */
static void tell_points(const struct tuner *tuner, char *text, size_t size)
{
	const struct tuner_point *worst = &tuner->worst, *last = &tuner->last;

	if (worst->limit && worst->limit != last->limit)
		snprintf(text, size, ": workers starved %.0f%% of the time at %u, %.0f%% at %u",
			worst->starved * 100, worst->limit, last->starved * 100, last->limit);
	else if (last->limit)
		snprintf(text, size, ": workers starved %.0f%% of the time at %u",
			last->starved * 100, last->limit);
	else
		snprintf(text, size, ": over too soon to change anything");
}

static void tell_tries(const struct tuner *tuner, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s",
		tuner->paced ? "; begun with more, since at first nothing came back" : "",
		tuner->refused ? "; still more did not help" : "",
		tuner->lowered ? "; memory had no room for more" : "");
}

void adapt_tell(const struct sched *sched)
{
	const struct adapt *adapt = &sched->adapt;
	const struct sched_client *client = sched->client;
	char points[128], tries[128], text[512];

	if (!adapt->on || !client->told)
		return;
	tell_points(&adapt->tuner, points, sizeof points);
	tell_tries(&adapt->tuner, tries, sizeof tries);
	snprintf(text, sizeof text, "--io auto: %s, %u reads in flight%s%s%s%s",
		sched->io_now->engine->name, sched->io_limit, points, tries,
		adapt->refused.code ? "; not event: " : "",
		adapt->refused.code ? adapt->refused.detail : "");
	client->told(client->ctx, text);
}
