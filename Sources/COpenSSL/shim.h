/* libcrypto as Swift sees it: the headers, and inline functions for what exists only as macros. */
#ifndef SWAND_COPENSSL_H
#define SWAND_COPENSSL_H

#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/crypto.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/ecdsa.h>
#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/store.h>
#include <openssl/obj_mac.h>

/* Which parts of a key EVP_PKEY_fromdata makes. */
static const int swand_select_parameters = EVP_PKEY_KEY_PARAMETERS;
static const int swand_select_public_key = EVP_PKEY_PUBLIC_KEY;

/* Stacks: typed accessors are macros, which Swift does not see. */

static inline int swand_x509_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *swand_x509_at(const STACK_OF(X509) *stack, int i) { return sk_X509_value(stack, i); }
static inline STACK_OF(X509) *swand_x509_stack(void) { return sk_X509_new_null(); }
/* The stack holds a reference of its own; 0 without memory. */
static inline int swand_x509_push(STACK_OF(X509) *stack, X509 *x)
{
    if (!X509_up_ref(x))
        return 0;
    if (sk_X509_push(stack, x) > 0)
        return 1;
    X509_free(x);
    return 0;
}
static inline void swand_x509_stack_free(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

static inline STACK_OF(X509_CRL) *swand_crl_stack(void) { return sk_X509_CRL_new_null(); }
static inline int swand_crl_push(STACK_OF(X509_CRL) *stack, X509_CRL *crl)
{
    if (!X509_CRL_up_ref(crl))
        return 0;
    if (sk_X509_CRL_push(stack, crl) > 0)
        return 1;
    X509_CRL_free(crl);
    return 0;
}
static inline void swand_crl_stack_free(STACK_OF(X509_CRL) *stack) { sk_X509_CRL_pop_free(stack, X509_CRL_free); }

static inline int swand_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline GENERAL_NAME *swand_name_at(const GENERAL_NAMES *names, int i)
{
    return sk_GENERAL_NAME_value(names, i);
}

static inline int swand_usage_count(const EXTENDED_KEY_USAGE *usages) { return sk_ASN1_OBJECT_num(usages); }
static inline int swand_usage_nid_at(const EXTENDED_KEY_USAGE *usages, int i)
{
    return OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));
}

static inline int swand_revoked_count(X509_CRL *crl)
{
    return sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
}

/* The memory of a memory BIO; it stays the BIO's. */
static inline long swand_bio_bytes(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

#endif
