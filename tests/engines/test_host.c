/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the library's manners in a host program: imgbatch_run, called twice with every engine pair from a
 * program that has threads and an OpenMP pool of its own, works, and leaves no descriptor, thread or child behind.
 */
#include "cpu/cpu.h"
#include "io/io.h"

#include <dirent.h>
#include <imgbatch/imgbatch.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { IMAGES = 12, EDGE = 40 };

static char *folder; /* of this test's files */

/* A host that is busy with itself: an OpenMP pool that was used, and a thread that runs on. */
static atomic_bool host_ends;

static void *host_thread(void *arg)
{
	(void)arg;
	while (!atomic_load(&host_ends))
		usleep(1000);
	return NULL;
}

static long host_openmp(void)
{
	long sum = 0;

#ifndef __SANITIZE_THREAD__ /* libgomp is not instrumented: TSan would report its inner workings */
#pragma omp parallel for reduction(+ : sum) num_threads(3)
#endif
	for (int i = 0; i < 1000; i++)
		sum += i;
	return sum;
}

static unsigned count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void write_png(const char *path, unsigned seed);

static void make_inputs(void)
{
	char path[512];

	for (unsigned i = 0; i < IMAGES; i++) {
		snprintf(path, sizeof path, "%s/in/%02u.png", folder, i);
		write_png(path, i);
	}
	snprintf(path, sizeof path, "%s/in/broken.png", folder);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fputs("\x89PNG\r\n\x1a\nnothing good", file);
	fclose(file);
}

static int setup(void **state)
{
	char name[] = "/tmp/imgbatch-host-XXXXXX", path[600];

	(void)state;
	folder = strdup(mkdtemp(name));
	snprintf(path, sizeof path, "mkdir %s/in", folder);
	if (system(path))
		return -1;
	make_inputs();
	return 0;
}

static int teardown(void **state)
{
	char command[600];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	free(folder);
	return system(command);
}

static void run_once(const char *io, const char *cpu, unsigned number)
{
	struct imgbatch *batch = imgbatch_new();
	struct imgbatch_summary summary;
	struct imgbatch_fault fault;
	char in[512], out[512];

	snprintf(in, sizeof in, "%s/in", folder);
	snprintf(out, sizeof out, "%s/out-%s-%s-%u", folder, io, cpu, number);
	assert_int_equal(imgbatch_set(batch, "in", in, &fault), 0);
	assert_int_equal(imgbatch_set(batch, "out", out, &fault), 0);
	assert_int_equal(imgbatch_set(batch, "io", io, &fault), 0);
	assert_int_equal(imgbatch_set(batch, "cpu", cpu, &fault), 0);
	assert_int_equal(imgbatch_set(batch, "jobs", "2", &fault), 0);
	assert_int_equal(imgbatch_set(batch, "worker", TEST_HELPER, &fault), 0);
	assert_int_equal(imgbatch_recipe_parse(batch, "resize 16x16!; flip h", &fault), 0);
	if (imgbatch_run(batch, NULL, &summary, &fault))
		fail_msg("%s x %s: %s %s", io, cpu, imgbatch_code_name(fault.code), fault.detail);
	assert_int_equal(summary.listed, IMAGES + 1);
	assert_int_equal(summary.ok, IMAGES);
	assert_int_equal(summary.failed, 1);
	imgbatch_free(batch);
}

static bool can_run(const char *kind, const char *name)
{
	struct imgbatch_engine_info info;

	setenv("IMGBATCH_WORKER", TEST_HELPER, 1);
	for (size_t i = 0; !imgbatch_engine_info(i, &info); i++)
		if (!strcmp(info.kind, kind) && !strcmp(info.name, name))
			return info.available;
	return false;
}

static void test_every_pair_twice(void **state)
{
	pthread_t thread;
	unsigned descriptors, threads;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, host_thread, NULL), 0);
	assert_int_equal(host_openmp(), 499500);
	for (int io = 0; io < IO_ENGINE_COUNT; io++)
		for (int cpu = 0; cpu < CPU_ENGINE_COUNT; cpu++) {
			const char *io_name = io_engines[io]->name,
				   *cpu_name = cpu_engines[cpu]->name;

#ifdef __SANITIZE_THREAD__
			if (!strcmp(cpu_name, "openmp"))
				continue;
#endif
			if (!can_run("io", io_name) || !can_run("cpu", cpu_name)) {
				print_message(
					"left out, cannot run here: %s x %s\n", io_name, cpu_name);
				continue;
			}
			run_once(io_name, cpu_name, 1);
			descriptors = count_entries("/proc/self/fd");
			threads = count_entries("/proc/self/task");
			run_once(io_name, cpu_name, 2);
			assert_int_equal(count_entries("/proc/self/fd"), descriptors);
			assert_true(count_entries("/proc/self/task") <= threads);
			assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
		}
	assert_int_equal(host_openmp(), 499500);
	atomic_store(&host_ends, true);
	pthread_join(thread, NULL);
}

/* An 8-bit grey PNG of EDGE x EDGE, deflate "stored": enough of an encoder for a test that must not trust ours. */
static uint32_t crc_of(const unsigned char *p, size_t size, uint32_t crc)
{
	for (size_t i = 0; i < size; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
	}
	return crc;
}

static void put_32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void write_chunk(FILE *file, const char *type, const unsigned char *data, size_t size)
{
	unsigned char word[4];
	uint32_t crc = crc_of((const unsigned char *)type, 4, 0xFFFFFFFFu);

	put_32(word, (uint32_t)size);
	fwrite(word, 1, 4, file);
	fwrite(type, 1, 4, file);
	fwrite(data, 1, size, file);
	put_32(word, ~crc_of(data, size, crc));
	fwrite(word, 1, 4, file);
}

static void write_png(const char *path, unsigned seed)
{
	enum { RAW = EDGE * (EDGE + 1) };
	unsigned char header[13] = {0, 0, 0, EDGE, 0, 0, 0, EDGE, 8}, data[RAW + 11];
	uint32_t a = 1, b = 0;
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	data[0] = 0x78;
	data[1] = 0x01;
	data[2] = 1; /* final, stored */
	data[3] = RAW & 0xFF;
	data[4] = RAW >> 8;
	data[5] = (unsigned char)~data[3];
	data[6] = (unsigned char)~data[4];
	for (int i = 0; i < RAW; i++) {
		unsigned char v = i % (EDGE + 1) ? (unsigned char)(i * (seed + 3)) : 0;

		data[7 + i] = v;
		a = (a + v) % 65521;
		b = (b + a) % 65521;
	}
	put_32(data + 7 + RAW, b << 16 | a);
	fwrite("\x89PNG\r\n\x1a\n", 1, 8, file);
	write_chunk(file, "IHDR", header, sizeof header);
	write_chunk(file, "IDAT", data, sizeof data);
	write_chunk(file, "IEND", header, 0);
	assert_int_equal(fclose(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair_twice),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
