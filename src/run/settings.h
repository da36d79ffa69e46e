/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings that an output's bytes depend on, as one line of text: "format=same quality=90 ... seed=0". The
 * ledger keeps it for each run and a sidecar for its output; replaying reads it back.
 */
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include "run/batch.h"

/* Appends the line, without an end of line. */
void settings_print(const struct options *options, struct str *out);
/* Sets a batch's options as the line says. E_LEDGER for what this version of the program does not know. */
int settings_apply(struct imgbatch *batch, const char *text, struct fault *fault);

#endif
