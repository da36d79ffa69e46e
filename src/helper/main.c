/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imgbatch-worker: the process that worker processes are forked from. It is started by the processes engine and is of
 * no use by itself.
 */
#include "helper/helper.h"
#include "work/work.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	char *end;
	long control;

	if (argc != 2) {
		fputs("imgbatch-worker: started by imgbatch --cpu processes, not by hand\n",
			stderr);
		return 2;
	}
	control = strtol(argv[1], &end, 10);
	if (*end || end == argv[1] || control < 0) {
		fputs("imgbatch-worker: its argument is a descriptor\n", stderr);
		return 2;
	}
	/*
	 * libjpeg takes and gives back its arrays for each image: keep their pages instead of faulting them in anew.
	 * Inherited by the workers.
	 */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	return fork_server((int)control, &work_task);
}
