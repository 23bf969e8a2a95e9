/* Counts allocations by standing in front of the C library's allocator in this executable and the libraries it loads. */
#define _GNU_SOURCE
#include "CBenchmark.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/* Relaxed: one thread works, and nobody reads while another counts. */
static _Atomic uint64_t allocations;
static _Atomic uint64_t octets;

static inline void count(size_t size)
{
    atomic_store_explicit(&allocations, atomic_load_explicit(&allocations, memory_order_relaxed) + 1, memory_order_relaxed);
    atomic_store_explicit(&octets, atomic_load_explicit(&octets, memory_order_relaxed) + size, memory_order_relaxed);
}

void *malloc(size_t size) { count(size); return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { count(number * size); return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { count(size); return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { count(size); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { count(size); return __libc_memalign(alignment, size); }
int posix_memalign(void **out, size_t alignment, size_t size)
{
    count(size);
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}
void free(void *pointer) { __libc_free(pointer); }

uint64_t bench_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }
uint64_t bench_allocated_bytes(void) { return atomic_load_explicit(&octets, memory_order_relaxed); }

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000000000 + now.tv_nsec : -1;
}

int64_t bench_thread_time(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
int64_t bench_wall_time(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t bench_process_time(int32_t pid)
{
    clockid_t clock;
    return clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : -1;
}
