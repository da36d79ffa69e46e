/* SPDX-License-Identifier: Apache-2.0 */
#include "report/numbers.h"

void number_add_grouped(struct str *out, uint64_t value)
{
	if (value >= 1000) {
		number_add_grouped(
			out, value / 1000); // NOLINT(misc-no-recursion): seven calls at most
		str_addf(out, ",%03u", (unsigned)(value % 1000));
	} else {
		str_addf(out, "%u", (unsigned)value);
	}
}

void number_add_milli(struct str *out, uint64_t thousandths)
{
	str_addf(out, "%llu.%03u", (unsigned long long)(thousandths / 1000),
		(unsigned)(thousandths % 1000));
}

uint64_t number_milli(double value)
{
	if (!(value > 0))
		return 0;
	return value < 9e12 ? (uint64_t)(value * 1000 + 0.5) : 9000000000000000u;
}

void number_add_short(struct str *out, double value)
{
	uint64_t milli = number_milli(value);

	if (milli < 1000) {
		uint64_t hundredths = (milli + 5) / 10;

		str_addf(
			out, "%u.%02u", (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
	} else if (milli < 9950) {
		uint64_t tenths = (milli + 50) / 100;

		str_addf(out, "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
	} else {
		number_add_grouped(out, (milli + 500) / 1000);
	}
}

void number_add_fine(struct str *out, double value)
{
	const double least = 1e-12;
	int decimals = 3;

	if (!(value >= least && value < 0.005)) {
		number_add_short(out, value);
		return;
	}
	for (value *= 1000; value < 9.95; decimals++)
		value *= 10;
	str_addf(out, "0.%0*u", decimals, (unsigned)(value + 0.5));
}

static uint64_t whole_seconds(double seconds)
{
	return (number_milli(seconds) + 500) / 1000;
}

void number_add_duration(struct str *out, double seconds)
{
	unsigned long long whole = whole_seconds(seconds);

	if (whole < 60) {
		number_add_short(out, seconds);
		str_add(out, " s");
	} else if (whole < 3600) {
		str_addf(out, "%llu min %llu s", whole / 60, whole % 60);
	} else {
		str_addf(out, "%llu h %llu min", whole / 3600, whole / 60 % 60);
	}
}

void number_add_clock(struct str *out, double seconds)
{
	unsigned long long whole = whole_seconds(seconds);

	if (whole >= 3600)
		str_addf(out, "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
	else
		str_addf(out, "%llu:%02llu", whole / 60, whole % 60);
}
