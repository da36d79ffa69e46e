/* SPDX-License-Identifier: Apache-2.0 */
/* Defends the completion queue: nothing is lost, order is kept, and a sleeper is woken by a push, a wake or its time. */
#include "base/clock.h"
#include "slots/queue.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 3, EACH = 20000 };

static void order_is_kept(void **state)
{
	struct queue *queue = queue_new();
	struct job jobs[3] = {{.seq = 0}, {.seq = 1}, {.seq = 2}};

	(void)state;
	assert_null(queue_take(queue, 1, 0));
	for (int i = 0; i < 3; i++)
		queue_push(queue, &jobs[i]);
	struct job *job = queue_take(queue, 1, -1);
	for (uint64_t i = 0; i < 3; i++, job = job->next)
		assert_int_equal(job->seq, i);
	assert_null(job);
	assert_null(queue_take(queue, 1, 0));
	queue_free(queue);
	queue_free(NULL);
}

static void waits_are_bounded(void **state)
{
	struct queue *queue = queue_new();
	uint64_t start = clock_us();

	(void)state;
	assert_null(queue_take(queue, 1, 20));
	assert_true(clock_us() - start >= 19000);
	queue_wake(queue); /* before the wait: the next one returns */
	assert_null(queue_take(queue, 1, -1));
	queue_free(queue);
}

struct pusher {
	struct queue *queue;
	struct job *jobs;
};

/* Pushes one job, and another once the taker has had time to wake for the first. */
static void *push_two(void *arg)
{
	struct pusher *pusher = arg;

	queue_push(pusher->queue, &pusher->jobs[0]);
	usleep(20000);
	queue_push(pusher->queue, &pusher->jobs[1]);
	return NULL;
}

static void jobs_gather(void **state)
{
	struct queue *queue = queue_new();
	struct job jobs[3] = {{.seq = 0}, {.seq = 1}, {.seq = 2}};
	struct pusher pusher = {queue, jobs};
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, push_two, &pusher);
	struct job *job = queue_take(queue, 2, -1);
	pthread_join(thread, NULL);
	assert_ptr_equal(job, &jobs[0]);
	assert_ptr_equal(job->next, &jobs[1]);
	queue_push(queue, &jobs[2]);
	assert_ptr_equal(queue_take(queue, 2, 20), &jobs[2]); /* time is up: what there is */
	queue_push(queue, &jobs[2]);
	queue_wake(queue);
	assert_ptr_equal(queue_take(queue, 2, -1), &jobs[2]);
	queue_free(queue);
}

static void *push_all(void *arg)
{
	struct pusher *pusher = arg;

	for (int i = 0; i < EACH; i++) {
		queue_push(pusher->queue, &pusher->jobs[i]);
		if (i % 1000 == 0)
			usleep(1000); /* lets the taker fall asleep */
	}
	return NULL;
}

static void nothing_is_lost(void **state)
{
	struct queue *queue = queue_new();
	struct job *jobs = calloc(THREADS * EACH, sizeof *jobs);
	struct pusher pushers[THREADS];
	pthread_t threads[THREADS];
	uint64_t next[THREADS] = {0};
	unsigned taken = 0;

	(void)state;
	for (int t = 0; t < THREADS; t++) {
		pushers[t] = (struct pusher){queue, jobs + t * EACH};
		for (int i = 0; i < EACH; i++) {
			pushers[t].jobs[i].seq = (uint64_t)i;
			pushers[t].jobs[i].slot = (uint32_t)t;
		}
		pthread_create(&threads[t], NULL, push_all, &pushers[t]);
	}
	while (taken < THREADS * EACH)
		for (struct job *job = queue_take(queue, 1, -1); job; job = job->next, taken++)
			assert_int_equal(job->seq, next[job->slot]++);
	for (int t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	assert_null(queue_take(queue, 1, 0));
	free(jobs);
	queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(waits_are_bounded),
		cmocka_unit_test(jobs_gather),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
