#ifndef SWAND_BENCH_AUTHORITY_H
#define SWAND_BENCH_AUTHORITY_H

#include "CBenchmark.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct bench_authority {
    const char *kind;
    EVP_PKEY *key;
    X509 *certificate;
    /* The key pair of all subjects, where a fresh one costs too much. */
    EVP_PKEY *shared;
    int64_t serial;
};

#endif
