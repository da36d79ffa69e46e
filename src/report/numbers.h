/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people and for JSON, without printf's locale. */
#ifndef REPORT_NUMBERS_H
#define REPORT_NUMBERS_H

#include "base/str.h"

#include <stdint.h>

/* 1234567 as "1,234,567". */
void number_add_grouped(struct str *out, uint64_t value);
/* Thousandths as "12.345". */
void number_add_milli(struct str *out, uint64_t thousandths);
/* Three digits that matter and no exponent: "0.42", "4.2", "34", "1,234". Negative and odd values are "0". */
void number_add_short(struct str *out, double value);
/* The same, but where that is "0.00" of more than nothing: "0.0031", "0.000079". */
void number_add_fine(struct str *out, double value);
/* "4.2 s", "2 min 5 s", "1 h 2 min". */
void number_add_duration(struct str *out, double seconds);
/* "0:45", "2:40", "1:02:03". */
void number_add_clock(struct str *out, double seconds);
/* A double as a whole number of thousandths, clamped to what JSON readers take exactly. */
uint64_t number_milli(double value);

#endif
