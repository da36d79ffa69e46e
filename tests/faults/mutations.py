# SPDX-License-Identifier: Apache-2.0
"""Every guard that something hostile, broken or sudden is met by, and how to take it out: one edit of the source, and the tests of
which at least one must then fail. tools/mutate does it; a test beside this looks that every edit still finds its place.
"""
import dataclasses
import pathlib

TREE = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Mutation:
    name: str
    file: str  # below src/
    old: str  # stands there exactly once
    new: str
    tests: str  # what ctest -R is given


def edit(tree, mutation):
    """Takes the guard out of a tree. Returns what the file held before."""
    path = tree / "src" / mutation.file
    text = path.read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1, f"{mutation.name}: {mutation.file} holds it {text.count(mutation.old)} times"
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    return text


MUTATIONS = [Mutation(*row) for row in (
    # Limits before memory is spent.
    ("JPEG: pixels", "codec/jpeg_markers.c", "if (limits->max_pixels && (uint64_t)m->width", "if (0 && (uint64_t)m->width",
     "unit.test_codec_jpeg"),
    ("JPEG: scans", "codec/jpeg_markers.c", "++m->scans > limits->max_scans", "++m->scans > 1000000u", "unit.test_codec_jpeg"),
    ("JPEG: warnings", "codec/jpeg_verdict.c", "if (++d->harmless < d->limits.max_warnings)", "if (++d->harmless)",
     "unit.test_codec_jpeg"),
    ("PNG: pixels", "codec/png_chunks.c", "if (limits->max_pixels && (uint64_t)chunks->width", "if (0 && (uint64_t)chunks->width",
     "unit.test_codec_png"),
    ("PNG: text and profiles", "codec/png_guard.c", "if (d->allocated > 4 * d->limits.max_profile + (1 << 20))", "if (0)",
     "unit.test_codec_png|faults.test_hostile"),
    ("PNG: warnings", "codec/png_guard.c", "if (++d->harmless >= d->limits.max_warnings)", "if (0 && d->harmless++)",
     "unit.test_codec_png"),
    ("PNG: data behind the last row", "codec/png_guard.c", "if (d->at > d->row_end && d->at < d->chunks.data_end)", "if (0)",
     "unit.test_codec_png|faults.test_hostile"),
    ("PNG: the same, in a file that is cut", "codec/png_chunks.c", "		if (png_chunk_is(&chunk, \"IDAT\"))\n"
     "			chunks->data_end = at;\n		code = check_length(", "		code = check_length(", "unit.test_codec_png"),
    ("files: size", "io/file.c", "length > place.length || (read->most && length > read->most)", "length > place.length",
     "cli.test_testdata|engines.test_files|cli.test_masks"),

    ("JPEG: memory of a profile", "codec/icc_memory.c", "if (owner && owner->held - before + size > owner->most)", "if (0)",
     "unit.test_icc_memory"),
    ("recipe: outputs of an image", "recipe/parse.c", "recipe_fan(p->recipe) > FAN_MAX / op->fan", "0", "unit.test_recipe|fuzz.recipe"),

    ("recipe: operations drawn", "recipe/draw.c", "if (!code && d->out->count == RECIPE_STEPS_MAX)", "if (0)", "unit.test_recipe"),
    ("recipe: a drawn one's text", "work/output.c", "if (text->length > TASK_RECIPE_MAX)", "if (0)", "engines.test_trees"),

    # What no encoder writes is decoded as libjpeg-turbo decodes it.
    ("JPEG: coefficients beyond 16 bits", "kernels/idct_256.h", "if (__builtin_expect(beyond(v[0], (1 << (15 - EXTRA_BITS)) - 1), false))",
     "if (0)", "unit.test_jpeg_blocks"),
    ("JPEG: an inverse DCT that is not the library's", "codec/jpeg_entropy_guard.c", "return !obstacle && !obstacle_to_transform;",
     "return !obstacle;", "cli.test_run"),

    # Damage is never silently grey.
    ("JPEG: damage is a failure", "codec/jpeg_verdict.c", "	if (d->keep_damaged) {\n		*d->warnings |= IMGBATCH_W_DAMAGED;\n"
     "		return;\n	}\n	if (d->trap", "	if (1) {\n		*d->warnings |= IMGBATCH_W_DAMAGED;\n		return;\n	}\n"
     "	if (d->trap", "unit.test_codec_jpeg"),
    ("PNG: CRC of image data", "codec/png_inflate.c", "!png_chunk_intact(&chunk)", "0", "unit.test_codec_png|unit.test_png_inflate"),
    ("PNG: palette index", "codec/png_decode.c", "	if (largest < d->color_count)", "	if (largest < 256)",
     "unit.test_codec_png|cli.test_testdata"),
    ("PNG: palette index above what is wanted", "codec/png_decode.c", "	while (d->next < d->first) /* of",
     "	if (d->whole)\n		d->next = d->first;\n	while (d->next < d->first) /* of",
     "unit.test_codec_png|fuzz.png"),
    ("faults: plain text", "base/fault.c", "	str_make_plain(fault->detail);", "	(void)str_make_plain;", "unit.test_fault|fuzz.sidecar"),

    # Entropy decoding of our own: what it cannot be sure of goes back to libjpeg-turbo.
    ("entropy: which restart marker", "codec/jpeg_intervals.c", "segment->from[1] != JPEG_RST0 + intervals->restart", "0",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("entropy: data left before a marker", "codec/jpeg_intervals.c", "	if (!jpeg_segment_ended(&intervals->segment, &intervals->reader))",
     "	if (0)", "unit.test_jpeg_entropy|fuzz.entropy"),
    ("entropy: a scan that ends in data", "codec/jpeg_intervals.c", "if (at == end || *at == 0)", "if (at == end)",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("entropy: predictors of an interval", "codec/jpeg_intervals.c",
     "	memset(intervals->predictors, 0, sizeof intervals->predictors);", "", "unit.test_jpeg_entropy|fuzz.entropy"),
    ("scans: in their order", "codec/jpeg_scans.c", "			if (bits[place] != before)", "			if (0 && before)",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("scans: values of 16 bits", "codec/jpeg_scans.c", "if ((codes->symbol[i] & 15u) + shift > VALUE_BITS)", "if (0 && shift)",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("scans: what was refined is undone", "codec/jpeg_scans.c", "			else if (abs(*c) & bit)", "			else if (0 && bit)",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("scans: a run ends with its interval", "codec/jpeg_scans.c", "		s->band.run = 0;", "		;",
     "unit.test_jpeg_entropy|fuzz.entropy"),
    ("scans: one that does not end there", "codec/jpeg_scans.c",
     "return s->row + 1 < s->row_count || jpeg_intervals_end(&s->intervals, jpeg->src);",
     "return s->row + 1 < s->row_count || (jpeg_intervals_end(&s->intervals, jpeg->src), true);", "unit.test_jpeg_entropy|fuzz.entropy"),

    # Inputs that move.
    ("read: what is no file", "io/file.c", "if (!S_ISREG(st.st_mode))", "if (0)", "engines.test_files|faults.test_inputs"),
    ("read: a file that changed", "io/file.c", "		return IMGBATCH_E_CHANGED;", "		return 0;",
     "engines.test_files|faults.test_inputs"),
    ("read: symbolic links", "io/file.c", "(read->follow ? 0 : O_NOFOLLOW)", "0", "engines.test_files"),
    ("read: no descriptors", "io/file.c", "	case EMFILE:\n	case ENFILE:\n		return IMGBATCH_E_SYSTEM;\n", "",
     "faults.test_scarcity"),

    # A worker's word.
    ("reply: another job", "slots/task.c", "if (reply->seq != request->seq || reply->slot != request->slot)", "if (0)",
     "unit.test_replies"),
    ("reply: unknown warnings", "slots/task.c", "if (reply->warnings & ~warnings_known())", "if (0)", "unit.test_replies"),
    ("reply: text without an end", "slots/task.c", "if (!memchr(reply->detail, 0, sizeof reply->detail))", "if (0)",
     "unit.test_replies"),
    ("reply: extents outside", "slots/task.c", "if (!extent_inside(all[i], room))", "if (0)", "unit.test_replies"),
    ("reply: extents that overlap", "slots/task.c", "if (extent_overlap(all[i], all[j]))", "if (0)", "unit.test_replies"),
    ("reply: too many outputs", "slots/task.c", "if (reply->output_count > TASK_OUTPUTS_MAX ||", "if (", "unit.test_replies"),
    ("reply: recipes of any length", "slots/task.c", "||\n			output->recipe.length > TASK_RECIPE_MAX)", ")",
     "unit.test_replies"),
    ("reply: outputs left out", "slots/task.c", "return counts_agree(reply, request) ? outputs_check(reply, request) : -1;",
     "return outputs_check(reply, request);", "unit.test_replies"),
    ("reply: codes that end a run", "slots/task.c", "return code < 0 && code > IMGBATCH_E_USAGE &&", "return",
     "unit.test_replies"),
    ("reply: an orientation that is none", "slots/task.c", "if (reply->orientation > 8)", "if (0)", "unit.test_replies"),
    ("reply: a format that is none", "slots/task.c", "		(format < formats && width", "		(width", "unit.test_replies"),
    ("reply: outputs beside a failure", "slots/task.c", "return !reply->output_count && code_is_image", "return code_is_image",
     "unit.test_replies"),
    ("reply: more than its time", "slots/task.c", "|| spent_work_check(&reply->spent, request->operations))", ")",
     "unit.test_replies"),
    ("reply: a clock that is not ours", "measure/account.c", "uint64_t ended = clamp(work->ended_ns, begun, now_ns);",
     "uint64_t ended = work->ended_ns;", "unit.test_measure"),
    ("trace: an image in its way", "report/trace.c", "if (n && strcmp(start, trace_start) != 0)", "if (0)", "cli.test_trace"),
    ("status: a profile from anywhere", "ledger/profile.c", "CASE WHEN json_valid(json) THEN json(json) END", "json",
     "cli.test_status"),
    ("reply: checked at all", "cpu/posts.c", "|| task_reply_check(&reply->reply, &job->request))", "|| 0)", "engines.test_deaths"),

    # Workers that die.
    ("workers: a second chance", "sched/flow.c", "if (seat->deaths++ == 0 && !sched->stopping) {", "if (0) {",
     "engines.test_deaths|faults.test_workers"),
    ("workers: the timeout", "cpu/posts.c", "if (!cpu->settings.timeout_ms || post->count == 0)", "if (1)",
     "engines.test_deaths"),
    ("workers: greed", "sched/flow.c", "bool again = ++seat->needs > NEEDS_MAX;", "bool again = false;", "engines.test_deaths"),
    ("workers: the clock is looked at", "cpu/posts.c", "	if (due > next)\n		return (int)patrol;",
     "	if (due == UINT64_MAX)\n		return -1;", "engines.test_deaths"),
    ("workers: a server that stopped", "cpu/posts.c", "			server_kill(cpu); /* it hangs", "			; /* it hangs",
     "engines.test_deaths"),
    ("workers: a group of their own", "cpu/spawn.c", "POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP", "POSIX_SPAWN_SETSIGDEF",
     "faults.test_workers"),
    ("workers: a crash loop", "cpu/posts.c", "	if (++cpu->barren_deaths > ", "	if (0 && ++cpu->barren_deaths > ",
     "engines.test_deaths"),
    ("sandbox: entered at all", "helper/server.c", "	sandbox_enter(&server->sandbox, socket);", "", "engines.test_sandbox"),
    ("sandbox: require", "helper/server.c", "if (server->hello.sandbox == CPU_SANDBOX_REQUIRE && news->detail[0])", "if (0)",
     "engines.test_sandbox"),
    ("sandbox: no threads instead", "run/engines.c", " || run->options->sandbox == CPU_SANDBOX_REQUIRE) {", ") {",
     "cli.test_sandbox"),
    ("sandbox: Landlock", "helper/sandbox.c", "done = (int)syscall(SYS_landlock_restrict_self, fd, 0);", "done = 0;",
     "engines.test_sandbox"),
    ("sandbox: Landlock on each thread", "helper/sandbox.c", "((sandbox->locks & CPU_LOCK_LANDLOCK) && landlock_enter())", "0",
     "engines.test_sandbox"),
    ("sandbox: the filter on each thread", "helper/sandbox.c", "SCMP_FLTATR_CTL_TSYNC, 1", "SCMP_FLTATR_CTL_TSYNC, 0",
     "engines.test_sandbox"),
    ("sandbox: no code in memory", "helper/sandbox.c", "no_code = SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)",
     "no_code = SCMP_A2_32(SCMP_CMP_MASKED_EQ, 0, 0)", "engines.test_sandbox"),
    ("sandbox: no shared memory", "helper/sandbox.c", "MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)",
     "MAP_ANONYMOUS, MAP_ANONYMOUS)", "engines.test_sandbox"),
    ("sandbox: bound on memory", "helper/sandbox.c", "	limit(RLIMIT_DATA, soft < hard ? soft : hard, hard);", "",
     "engines.test_sandbox"),
    ("sandbox: descriptors to come", "helper/sandbox.c", "	limit(RLIMIT_NOFILE, 0, 0);", "", "engines.test_sandbox"),
    ("sandbox: descriptors inherited", "helper/sandbox.c", "		close_range(0, (unsigned)socket - 1, 0);", "		;",
     "engines.test_sandbox"),
    ("sandbox: signals to others", "helper/sandbox.c", "itself = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid()),",
     "itself = SCMP_A0_32(SCMP_CMP_NE, 0),", "engines.test_sandbox"),
    ("sandbox: other limits", "helper/sandbox.c", "data = SCMP_A1_32(SCMP_CMP_EQ, RLIMIT_DATA);",
     "data = SCMP_A1_32(SCMP_CMP_NE, 99);", "engines.test_sandbox"),
    ("sandbox: system calls", "helper/sandbox.c", "filter = seccomp_init(SCMP_ACT_KILL_PROCESS);",
     "filter = seccomp_init(SCMP_ACT_ALLOW);", "engines.test_sandbox"),
    ("sandbox: the environment", "cpu/spawn.c", "		if (is_passed_on(environ[i]))", "		if (is_passed_on(environ[i]) || 1)",
     "engines.test_sandbox"),

    # Output integrity.
    ("OUT: the lock", "sink/sink.c", "if (flock(sink->lock, LOCK_EX | LOCK_NB))", "if (0)", "faults.test_scarcity|cli.test_run"),
    ("OUT: a strange file is left", "ledger/plan.c", "return exists ? OUTPUT_FOREIGN : 0;", "return OUTPUT_REPLACE;",
     "unit.test_ledger|cli.test_run"),
    ("OUT: a name that was taken meanwhile", "io/file.c", "write->dir, write->path, RENAME_NOREPLACE) == 0)",
     "write->dir, write->path, 0) == 0)", "engines.test_files"),
    ("OUT: the same, on the ring", "io/event_write.c", "write->replace ? 0 : RENAME_NOREPLACE", "0", "engines.test_files"),
    ("OUT: what a killed run left", "io/file.c", "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW", "O_WRONLY | O_CREAT | O_NOFOLLOW",
     "engines.test_files"),
    ("OUT: temporary files go", "sink/sink.c", "		if (entry->d_name[0] != '.')\n			unlinkat(dir, entry->d_name, 0);",
     "", "cli.test_signals|faults.test_kill|engines.test_pairs"),
    ("OUT: colliding names", "ledger/settle.c", "			code = refuse_left(ledger, fault);", "			code = 0;",
     "unit.test_ledger|cli.test_run"),
    ("OUT: inside an input", "run/run.c", "	return source_check_output(run->source, options->out, &run->fault);", "	return 0;",
     "cli.test_run"),
    ("write: short ones go on", "io/file.c", "		done += (uint64_t)n;\n	}\n	return 0;\n}\n\nstatic int write_open",
     "		done = write->bytes.length;\n	}\n	return 0;\n}\n\nstatic int write_open", "faults.test_faults"),
    ("write: close is asked", "io/file.c", "if (close(fd) < 0 && errno != EINTR && !code) {", "if (close(fd) < 0 && 0) {",
     "faults.test_durability"),
    ("write: files that may not grow", "cli/main.c", "signal(SIGXFSZ, SIG_IGN);", "", "faults.test_enospc"),
    ("write: a full disk ends the run", "sched/flow.c", "if (fault.code == IMGBATCH_E_WRITE)", "if (0)",
     "faults.test_durability|faults.test_enospc"),

    # Durability.
    ("durable: bytes before the name", "io/file.c", "(sync && fsync(fd) < 0) ||", "", "faults.test_durability"),
    ("durable: files before rows", "io/durable.c", "		error = fsync(fd) ? errno : 0;", "		error = 0;",
     "faults.test_durability"),
    ("durable: folders", "io/durable.c", "		code = add_folders(durable, at);", "		code = 0;", "faults.test_durability"),
    ("durable: a sync that fails", "io/durable.c", "	if (durable->error)\n		return tell", "	if (0)\n		return tell",
     "faults.test_durability"),
    ("durable: no rows then", "run/run.c", "		ledger_drop_pending(run->ledger);\n		return code;",
     "		ledger_end(run->ledger, code, &run->fault);\n		return code;", "faults.test_durability"),
    ("durable: what was planned, first", "run/commit.c", "	code = durable_poll(durable, true, &run->fault);\n	return",
     "	code = 0;\n	return", "faults.test_durability"),
    ("durable: late names, first", "run/commit.c", "return run->durable ? durable_journal(run->durable, &run->fault) : 0;",
     "return 0;", "faults.test_durability"),
    ("durable: the ledger's log", "io/durable.c", "	if (names)\n		code = add_item(durable, (struct item){0, names - 1, false});",
     "	code = 0;", "faults.test_durability"),

    ("durable: removed files, before their rows", "run/commit.c", "	code = durable_poll(run->durable, true, fault);\n	return code < 0",
     "	code = 0;\n	return code < 0", "faults.test_power"),
    ("prune: what is gone stays gone, first", "ledger/prune.c", "pruner->settle ? pruner->settle(pruner->ctx, fault) : 0;", "0;",
     "unit.test_ledger"),
    ("durable: boxes in one file", "boxes/publish.c", "	return error || !durable ? error : sync_folder(path);", "	return error;",
     "faults.test_power"),
    ("ledger: rows in doubt", "ledger/plan.c", "		!(found->flags & OUTPUT_DOUBT) && ", "		", "unit.test_ledger|faults.test_power"),
    ("ledger: a doubt stays", "ledger/plan.c", "flags | (found->flags & OUTPUT_DOUBT));", "flags);", "unit.test_ledger"),
    ("ledger: skip keeps no cut file", "ledger/plan.c", "if (exists && found->made && ledger->settings.if_exists == LEDGER_SKIP)",
     "if (exists && ledger->settings.if_exists == LEDGER_SKIP)", "unit.test_ledger|faults.test_power"),
    ("ledger: what skip kept is a stranger's", "ledger/plan.c", "OUTPUT_KEEP | OUTPUT_FOREIGN : 0;", "OUTPUT_KEEP : 0;", "unit.test_ledger"),

    ("boxes: names in other encodings", "boxes/voc.c", "patches.ascii = marks.foreign;", "(void)marks.foreign;", "cli.test_boxes"),

    # What others use, and what nobody does any more.
    ("bench: a living one's folder", "bench/scratch.c", "if (hold(fd, LOCK_EX | LOCK_NB))", "if (1)", "cli.test_bench_command"),
    ("bench: what a killed one left", "bench/scratch.c", "		remove_folder(folder);\n	close(fd);", "		;\n	close(fd);",
     "cli.test_bench_command"),
    ("bench: images that failed", "cli/cmd_bench.c", "		status = STATUS_FAILED;", "		;", "cli.test_bench_command"),

    # The accounts.
    ("ledger: a newer one", "ledger/schema.c", "if (version > LEDGER_SCHEMA)", "if (0)", "faults.test_scarcity|unit.test_ledger"),
    ("ledger: a stranger's", "ledger/schema.c", "if (application != APPLICATION_ID)", "if (0)",
     "faults.test_scarcity|unit.test_ledger"),
    ("ledger: pruning stays inside", "ledger/prune.c", "		if (!is_inside(&stale.path, pruner->ways))\n			continue;\n", "",
     "unit.test_ledger|fuzz.ledger"),
    ("ledger: status is plain text", "run/status.c", "str_add_escaped(out, about->version,", "str_add_bytes(out, about->version,",
     "cli.test_status"),
    ("replay: settings only", "run/settings.c", "is_recorded(name) && !imgbatch_set", "!imgbatch_set", "cli.test_replay|fuzz.sidecar"),
    # Pages about runs.
    ("page: whole or not at all", "base/replace.c", "	if (close(fd) && !error)\n		error = errno;", "	close(fd);",
     "faults.test_report"),
    ("page: what a rename would take away", "base/replace.c", "stat(path, &facts) || S_ISREG(facts.st_mode);", "true;",
     "unit.test_replace|cli.test_html"),
    ("page: names are text", "report/run_page_parts.c", "		page_add_name(out, name, size);\n		return;",
     "		str_add_bytes(out, name, size);\n		return;", "unit.test_run_page|browser.test_run_page"),
    ("page: details are text", "report/run_page_parts.c", "		page_add_text(out, text, strlen(text));",
     "		str_add(out, text);", "unit.test_run_page"),
    ("page: failures in bounds", "report/gather.c", "	FAILED_MOST = 12,", "	FAILED_MOST = 4096,", "unit.test_run_page"),
    ("page: what was there, a sample", "report/gather.c", "	THERE_MOST = 24,", "	THERE_MOST = 4096,", "unit.test_run_page"),
    ("run: too many failures", "run/results.c", "run->failed > run->options->max_failures)", "0)", "cli.test_run"),
)]
