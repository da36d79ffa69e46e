/* SPDX-License-Identifier: Apache-2.0 */
/* A worker helper that runs the synthetic task: what imgbatch-worker is to the real one. */
#include "helper/helper.h"
#include "synthetic.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	return argc == 2 ? fork_server(atoi(argv[1]), &synthetic_task) : 2;
}
