/* SPDX-License-Identifier: Apache-2.0 */
/* How long at least one of something was in flight. Any thread; moments need not come in order to the nanosecond. */
#ifndef MEASURE_METER_H
#define MEASURE_METER_H

#include <pthread.h>
#include <stdint.h>

struct meter {
	pthread_mutex_t lock; /* guards the rest */
	unsigned inside;
	uint64_t since_ns; /* when the first of those inside came */
	uint64_t busy_ns;
};

void meter_init(struct meter *meter);
void meter_release(struct meter *meter);
/* One begins, or ends, now. NULL is fine. */
void meter_enter(struct meter *meter, uint64_t now_ns);
void meter_leave(struct meter *meter, uint64_t now_ns);
/* Time with at least one inside, until now. */
uint64_t meter_busy(struct meter *meter, uint64_t now_ns);

#endif
