/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four floats at a time, for portable kernels: vectors where the compiler has them (GCC and Clang, on any
 * machine), else a struct that means the same.
 */
#ifndef KERNELS_QUAD_H
#define KERNELS_QUAD_H

#include <stdint.h>
#include <string.h>

#ifdef __GNUC__

typedef float quad __attribute__((vector_size(16)));
typedef int32_t quad_whole __attribute__((vector_size(16)));

static inline quad quad_load(const float *from)
{
	quad q;

	memcpy(&q, from, sizeof q);
	return q;
}

static inline quad quad_all(float value)
{
	return (quad){value, value, value, value};
}

/* sum + a x b */
static inline quad quad_add_product(quad sum, quad a, quad b)
{
	return sum + a * b;
}

/* to[i] += q[i] x 2^shift; q holds whole numbers. */
static inline void quad_add_to(int32_t *to, quad q, int shift)
{
	quad_whole t;

	memcpy(&t, to, sizeof t);
	t += __builtin_convertvector(q, quad_whole) * (1 << shift);
	memcpy(to, &t, sizeof t);
}

#else

typedef struct {
	float v[4];
} quad;

static inline quad quad_load(const float *from)
{
	quad q;

	memcpy(q.v, from, sizeof q.v);
	return q;
}

static inline quad quad_all(float value)
{
	return (quad){{value, value, value, value}};
}

static inline quad quad_add_product(quad sum, quad a, quad b)
{
	for (int i = 0; i < 4; i++)
		sum.v[i] += a.v[i] * b.v[i];
	return sum;
}

static inline void quad_add_to(int32_t *to, quad q, int shift)
{
	for (int i = 0; i < 4; i++)
		to[i] += (int32_t)q.v[i] * (1 << shift);
}

#endif

#endif
