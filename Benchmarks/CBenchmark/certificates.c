#include "authority.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *make_key(const char *kind)
{
    return strcmp(kind, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
                                    : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static X509 *make_certificate(bench_authority *authority, EVP_PKEY *key, const char *name, int is_authority)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_NAME_new();
    char alternative[256];
    snprintf(alternative, sizeof(alternative), "DNS:%s", name);
    int made = certificate && subject && X509_set_version(certificate, X509_VERSION_3)
        && ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), ++authority->serial)
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        && X509_gmtime_adj(X509_getm_notAfter(certificate), 86400)
        && X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"swand", -1, -1, 0)
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0)
        && X509_set_subject_name(certificate, subject) && X509_set_pubkey(certificate, key)
        && X509_set_issuer_name(
            certificate, is_authority ? subject : X509_get_subject_name(authority->certificate));
    X509 *issuer = is_authority ? certificate : authority->certificate;
    if (is_authority)
        made = made && add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE")
            && add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    else
        made = made && add_extension(certificate, issuer, NID_subject_alt_name, alternative);
    made = made && add_extension(certificate, issuer, NID_subject_key_identifier, "hash")
        && add_extension(certificate, issuer, NID_authority_key_identifier, "keyid")
        && X509_sign(certificate, authority->key, EVP_sha256());
    X509_NAME_free(subject);
    if (made)
        return certificate;
    X509_free(certificate);
    return NULL;
}

bench_authority *bench_authority_new(const char *kind)
{
    bench_authority *authority = calloc(1, sizeof(*authority));
    if (!authority)
        return NULL;
    authority->kind = kind;
    authority->key = make_key(kind);
    if (authority->key)
        authority->certificate = make_certificate(authority, authority->key, "bench CA", 1);
    if (strcmp(kind, "RSA") == 0)
        authority->shared = make_key(kind);
    if (authority->certificate)
        return authority;
    bench_authority_free(authority);
    return NULL;
}

void bench_authority_free(bench_authority *authority)
{
    if (!authority)
        return;
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    EVP_PKEY_free(authority->shared);
    free(authority);
}

void bench_bytes_free(bench_bytes *bytes)
{
    free(bytes->bytes);
    bytes->bytes = NULL;
    bytes->length = 0;
}

static int export_certificate(X509 *certificate, bench_bytes *out)
{
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    if (length <= 0)
        return 0;
    *out = (bench_bytes) { der, (size_t)length };
    return 1;
}

int bench_authority_certificate(bench_authority *authority, bench_bytes *certificate)
{
    return export_certificate(authority->certificate, certificate);
}

int bench_authority_issue(bench_authority *authority, const char *name, bench_bytes *certificate, bench_bytes *key)
{
    EVP_PKEY *pair = authority->shared;
    if (pair)
        EVP_PKEY_up_ref(pair);
    else
        pair = make_key(authority->kind);
    X509 *made = pair ? make_certificate(authority, pair, name, 0) : NULL;
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = pair ? EVP_PKEY2PKCS8(pair) : NULL;
    int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
    int done = made && length > 0 && export_certificate(made, certificate);
    if (done)
        *key = (bench_bytes) { der, (size_t)length };
    else
        free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_free(made);
    EVP_PKEY_free(pair);
    return done;
}
