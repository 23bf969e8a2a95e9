/* What the benchmarks do in C: the bare cryptography of a set-up, certificates to spend, and a count of allocations. */
#ifndef SWAND_CBENCHMARK_H
#define SWAND_CBENCHMARK_H

#include <stddef.h>
#include <stdint.h>

/* Calls of malloc, calloc, realloc and their kind since the process began, by any code in it. */
uint64_t bench_allocations(void);
uint64_t bench_allocated_bytes(void);

/* CPU time in nanoseconds: of this thread, and of a process (-1: there is none). */
int64_t bench_thread_time(void);
int64_t bench_process_time(int32_t pid);
/* Time on the wall in nanoseconds. */
int64_t bench_wall_time(void);

/* Key pairs and the certificates that a CA signs for them. */
typedef struct bench_authority bench_authority;

/* kind: "EC" for P-256, "RSA" for RSA-2048; NULL on failure. */
bench_authority *bench_authority_new(const char *kind);
void bench_authority_free(bench_authority *authority);

typedef struct {
    unsigned char *bytes;
    size_t length;
} bench_bytes;
void bench_bytes_free(bench_bytes *bytes);

/* DER of the CA's own certificate. */
int bench_authority_certificate(bench_authority *authority, bench_bytes *certificate);
/* A certificate for CN=<name> with DNS:<name>; key receives PKCS #8 in DER. RSA keys are made once and shared,
 * because one costs more than a hundred set-ups; the certificates differ all the same. */
int bench_authority_issue(bench_authority *authority, const char *name, bench_bytes *certificate, bench_bytes *key);

/* The floor: only the operations that a responder cannot avoid in IKE_SA_INIT and IKE_AUTH, with algorithms fetched
 * once and no parsing, sockets or tables. */
typedef struct {
    const char *group;      /* "X25519", "P-256" or "modp_2048" */
    const char *cipher;     /* "AES-256-GCM", "AES-128-CBC" … */
    size_t key_length;      /* octets of SK_e with salt */
    size_t integrity_length;/* octets of SK_ai; 0 with AEAD */
    size_t child_length;    /* octets of keying material of one direction of the CHILD_SA */
    size_t init_request;    /* octets of the messages of this case */
    size_t init_response;
    size_t auth_request;
    size_t auth_response;
    bench_authority *authority; /* NULL: pre-shared keys */
} bench_floor_case;

typedef struct bench_floor bench_floor;
bench_floor *bench_floor_new(const bench_floor_case *description);
void bench_floor_free(bench_floor *floor);
/* CPU nanoseconds of one set-up with this client certificate (ignored with pre-shared keys); negative on failure.
 * What only the initiator does is prepared outside of the measured time. */
int64_t bench_floor_run(bench_floor *floor, const bench_bytes *certificate, const bench_bytes *key);

#endif
