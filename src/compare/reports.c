/* SPDX-License-Identifier: Apache-2.0 */
/* All reports that are files. */
#include "compare/compare.h"

const struct compare_report *const compare_reports[] = {&compare_html, &compare_junit, NULL};
