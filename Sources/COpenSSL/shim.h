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
#include <stdint.h>
#include <string.h>
#include <time.h>

/* Which parts of a key EVP_PKEY_fromdata makes. */
static const int swand_select_parameters = EVP_PKEY_KEY_PARAMETERS;
static const int swand_select_public_key = EVP_PKEY_PUBLIC_KEY;
static const int swand_select_keypair = EVP_PKEY_KEYPAIR;

/* Parameters of keys. The builder keeps pointers to names and values, which Swift's strings do not outlive.
 * The caller frees the result with OSSL_PARAM_free; NULL on failure. */

static inline OSSL_PARAM *swand_built(OSSL_PARAM_BLD *builder, int is_filled)
{
    OSSL_PARAM *parameters = is_filled ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    OSSL_PARAM_BLD_free(builder);
    return parameters;
}

static inline OSSL_PARAM *swand_dh_parameters(const BIGNUM *p, const BIGNUM *g, int private_bits)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    return swand_built(builder, builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, p)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, g)
        && OSSL_PARAM_BLD_push_int(builder, OSSL_PKEY_PARAM_DH_PRIV_LEN, private_bits));
}

static inline OSSL_PARAM *swand_ec_pair_parameters(
    const char *group, const BIGNUM *private_key, const unsigned char *public_key, size_t public_length)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    return swand_built(builder, builder
        && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, private_key)
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public_key, public_length));
}

static inline OSSL_PARAM *swand_rsa_public_parameters(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    return swand_built(builder, builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e));
}

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

/* 1.3.6.1.5.5.8.2.2, which has no NID. */
static inline int swand_usage_is_ike_intermediate(const EXTENDED_KEY_USAGE *usages, int i)
{
    char text[32];
    int length = OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usages, i), 1);
    return length > 0 && strcmp(text, "1.3.6.1.5.5.8.2.2") == 0;
}

static inline int swand_policy_count(const CERTIFICATEPOLICIES *policies) { return sk_POLICYINFO_num(policies); }
/* Dotted decimal of a policy; the length that it needs, or less than 1. */
static inline int swand_policy_text(const CERTIFICATEPOLICIES *policies, int i, char *text, int size)
{
    const POLICYINFO *policy = sk_POLICYINFO_value(policies, i);
    return policy ? OBJ_obj2txt(text, size, policy->policyid, 1) : 0;
}

static inline int swand_error_is(unsigned long code, int library, int reason)
{
    return ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason;
}

static inline int swand_revoked_count(X509_CRL *crl)
{
    return sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
}

/* Seconds since 1970, for the validity of certificates. */
static inline int64_t swand_time_of_day(void) { return (int64_t)time(NULL); }

static inline int swand_distribution_point_count(const CRL_DIST_POINTS *points)
{
    return sk_DIST_POINT_num(points);
}
/* The full name of a distribution point; NULL where it has none. */
static inline GENERAL_NAMES *swand_distribution_point_name(const CRL_DIST_POINTS *points, int i)
{
    const DIST_POINT *point = sk_DIST_POINT_value(points, i);
    return point && point->distpoint && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;
}

#endif
