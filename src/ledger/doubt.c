/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows in doubt. A file is known again by its size and time, and a run that ends suddenly has not yet said which files it
 * replaced. A new file's time tells it from the old one, unless files get their inputs' times: then the row of each output
 * that is about to be replaced is marked, before the first file is written, and believed again once its result is committed.
 */
#include "ledger/internal.h"

unsigned doubt_of(const struct ledger *ledger, const struct found *found)
{
	bool replaced = ledger->settings.same_times && found->made;

	return (found->flags & OUTPUT_DOUBT) | (replaced ? OUTPUT_DOUBT : 0);
}

int doubt_replaced(struct ledger *ledger, struct fault *fault)
{
	char sql[200];

	if (!ledger->settings.same_times)
		return 0;
	sqlite3_snprintf(sizeof sql, sql,
		"UPDATE output SET flags = flags | %d WHERE run = %lld AND made = 1 AND seq IN "
		"(SELECT seq FROM image WHERE state = %d)",
		OUTPUT_DOUBT, (long long)ledger->run, LEDGER_PLANNED);
	return db_exec(ledger, sql, fault);
}
