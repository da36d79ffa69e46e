/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/meter.h"

void meter_init(struct meter *meter)
{
	*meter = (struct meter){0};
	pthread_mutex_init(&meter->lock, NULL);
}

void meter_release(struct meter *meter)
{
	pthread_mutex_destroy(&meter->lock);
}

/* A thread may have read its clock before another one that came first through the lock. */
static uint64_t passed(const struct meter *meter, uint64_t now_ns)
{
	return now_ns > meter->since_ns ? now_ns - meter->since_ns : 0;
}

void meter_enter(struct meter *meter, uint64_t now_ns)
{
	if (!meter)
		return;
	pthread_mutex_lock(&meter->lock);
	if (meter->inside++ == 0)
		meter->since_ns = now_ns;
	pthread_mutex_unlock(&meter->lock);
}

void meter_leave(struct meter *meter, uint64_t now_ns)
{
	if (!meter)
		return;
	pthread_mutex_lock(&meter->lock);
	if (--meter->inside == 0)
		meter->busy_ns += passed(meter, now_ns);
	pthread_mutex_unlock(&meter->lock);
}

uint64_t meter_busy(struct meter *meter, uint64_t now_ns)
{
	uint64_t busy;

	pthread_mutex_lock(&meter->lock);
	busy = meter->busy_ns + (meter->inside ? passed(meter, now_ns) : 0);
	pthread_mutex_unlock(&meter->lock);
	return busy;
}
