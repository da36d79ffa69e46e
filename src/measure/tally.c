/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/tally.h"

#include "measure/histogram.h"
#include "measure/timeline.h"

#include <stdlib.h>
#include <string.h>

void tally_init(struct tally *tally, struct imgbatch_profile *out)
{
	*tally = (struct tally){.out = out};
	meter_init(&tally->reading);
	meter_init(&tally->writing);
	if (out)
		timeline_init(&out->timeline);
}

int tally_workers(struct tally *tally, unsigned workers)
{
	struct imgbatch_profile *out = tally->out;

	if (!out)
		return 0;
	out->worker = calloc(workers, sizeof *out->worker);
	tally->account = calloc(workers, sizeof *tally->account);
	if (!out->worker || !tally->account)
		return -1;
	out->workers = workers;
	return 0;
}

void tally_release(struct tally *tally)
{
	meter_release(&tally->reading);
	meter_release(&tally->writing);
	free(tally->account);
}

void tally_begin(struct tally *tally, uint64_t now_ns)
{
	if (!tally->out)
		return;
	tally->begun_ns = tally->worked_ns = tally->levels_ns = now_ns;
	for (unsigned i = 0; i < tally->out->workers; i++)
		account_init(&tally->account[i], now_ns);
}

void level_set(struct imgbatch_level *level, uint64_t value)
{
	level->now = value;
	if (level->most < value)
		level->most = value;
}

void tally_levels(struct tally *tally, uint64_t now_ns)
{
	struct imgbatch_levels *levels;
	double seconds = (double)(now_ns - tally->levels_ns) / 1e9;

	if (!tally->out)
		return;
	levels = &tally->out->levels;
	struct imgbatch_level *const all[] = {&levels->reading, &levels->ready, &levels->working,
		&levels->held, &levels->finished, &levels->writing, &levels->slots,
		&levels->slot_bytes, &levels->granted};
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		all[i]->area_s += (double)all[i]->now * seconds;
	tally->levels_ns = now_ns;
	tally->out->run_s = (double)(now_ns - tally->begun_ns) / 1e9;
}

static uint64_t since_begin(const struct tally *tally, uint64_t moment)
{
	return moment > tally->begun_ns ? moment - tally->begun_ns : 0;
}

static void add_pace(
	struct imgbatch_storage_profile *storage, const struct spent_io *io, uint64_t bytes)
{
	uint64_t since = io->begun_ns > storage->last_ns ? io->begun_ns : storage->last_ns;
	double x = (double)bytes, y = io->ended_ns > since ? (double)(io->ended_ns - since) : 0;

	storage->pace.count++;
	storage->pace.x += x;
	storage->pace.y += y;
	storage->pace.xx += x * x;
	storage->pace.xy += x * y;
	if (storage->last_ns < io->ended_ns)
		storage->last_ns = io->ended_ns;
}

static struct imgbatch_span *add_io(struct tally *tally, struct imgbatch_storage_profile *storage,
	const struct spent_io *io, unsigned files, uint64_t bytes)
{
	struct imgbatch_profile *out = tally->out;

	add_pace(storage, io, bytes);
	storage->files += files;
	storage->bytes += bytes;
	storage->flight_ns += io->ended_ns - io->begun_ns;
	storage->cpu_ns += io->cpu_ns;
	histogram_add(&storage->size, bytes);
	out->io_minor_faults += io->minor_faults;
	out->io_major_faults += io->major_faults;
	return timeline_at(&out->timeline, since_begin(tally, io->ended_ns));
}

void tally_read(struct tally *tally, const struct spent_io *io, unsigned files, uint64_t bytes)
{
	if (tally->out)
		add_io(tally, &tally->out->reading, io, files, bytes)->read_bytes += bytes;
}

void tally_write(struct tally *tally, const struct spent_io *io, unsigned files, uint64_t bytes)
{
	if (tally->out)
		add_io(tally, &tally->out->writing, io, files, bytes)->written_bytes += bytes;
}

static void note_busy(struct tally *tally, const struct account_span *span)
{
	timeline_busy(&tally->out->timeline, since_begin(tally, span->begun_ns),
		since_begin(tally, span->ended_ns));
	if (tally->worked_ns < span->ended_ns)
		tally->worked_ns = span->ended_ns;
}

struct account_span tally_work(struct tally *tally, uint32_t worker, const struct account_way *way,
	const struct spent_work *work, uint64_t helped_ns, uint64_t now_ns)
{
	struct imgbatch_profile *out = tally->out;
	struct account_span span = {0, 0};

	if (!out || worker >= out->workers || !work->begun_ns)
		return span;
	span = account_work(
		&tally->account[worker], &out->worker[worker], way, work, helped_ns, now_ns);
	note_busy(tally, &span);
	return span;
}

struct account_span tally_lost(
	struct tally *tally, uint32_t worker, const struct account_way *way, uint64_t now_ns)
{
	struct account_span span = {0, 0};

	if (!tally->out || worker >= tally->out->workers)
		return span;
	span = account_lost(&tally->account[worker], &tally->out->worker[worker], way, now_ns);
	note_busy(tally, &span);
	return span;
}

static void add_operation(struct imgbatch_profile *out, const struct spent_operation *one)
{
	struct imgbatch_operation_profile *row;

	if (one->op >= IMGBATCH_OPERATIONS_MAX)
		return;
	if (out->operation_count <= one->op)
		out->operation_count = one->op + 1;
	row = &out->operation[one->op];
	row->count += one->count;
	row->wall_ns += one->spent.wall_ns;
	row->cpu_ns += one->spent.cpu_ns;
}

static void add_stage(struct imgbatch_profile *out, enum imgbatch_stage stage, struct spent spent)
{
	histogram_add(&out->stage[stage].wall_ns, spent.wall_ns);
	out->stage[stage].cpu_ns += spent.cpu_ns;
}

static void add_work(struct imgbatch_profile *out, const struct spent_work *work)
{
	struct spent operations = {0, 0};

	add_stage(out, IMGBATCH_STAGE_PLAN, work->stage[SPENT_PLAN]);
	add_stage(out, IMGBATCH_STAGE_DECODE, work->stage[SPENT_DECODE]);
	add_stage(out, IMGBATCH_STAGE_ENCODE, work->stage[SPENT_ENCODE]);
	for (unsigned i = 0; i < work->operation_count; i++) {
		operations.wall_ns += work->operation[i].spent.wall_ns;
		operations.cpu_ns += work->operation[i].spent.cpu_ns;
		add_operation(out, &work->operation[i]);
	}
	add_stage(out, IMGBATCH_STAGE_OPERATIONS, operations);
	out->minor_faults += work->minor_faults;
	out->major_faults += work->major_faults;
}

void tally_image(struct tally *tally, const struct spent_job *spent, uint64_t now_ns)
{
	struct imgbatch_profile *out = tally->out;

	if (!out)
		return;
	out->images++;
	add_stage(out, IMGBATCH_STAGE_QUEUE, (struct spent){spent->queue_ns, 0});
	if (spent->read.wall_ns)
		add_stage(out, IMGBATCH_STAGE_READ, spent->read);
	if (spent->work.begun_ns)
		add_work(out, &spent->work);
	if (spent->write.wall_ns)
		add_stage(out, IMGBATCH_STAGE_WRITE, spent->write);
	timeline_at(&out->timeline, since_begin(tally, now_ns))->images++;
}

void tally_end(struct tally *tally, uint64_t now_ns, uint64_t (*helped)(void *ctx, uint32_t worker),
	void *ctx)
{
	struct imgbatch_profile *out = tally->out;
	struct account_close close = {.worked_ns = tally->worked_ns, .now_ns = now_ns};

	if (!out)
		return;
	close.read_ns = out->reading.last_ns;
	tally_levels(tally, now_ns);
	for (uint32_t i = 0; i < out->workers; i++)
		account_end(
			&tally->account[i], &out->worker[i], helped ? helped(ctx, i) : 0, &close);
	out->reading.busy_ns = meter_busy(&tally->reading, now_ns);
	out->writing.busy_ns = meter_busy(&tally->writing, now_ns);
}
