#include "authority.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

enum { prf_size = 32, nonce_size = 32, largest = 4096 };

struct bench_floor {
    bench_floor_case is;
    EVP_MD *sha1;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    EVP_MAC *hmac_algorithm;
    EVP_MAC_CTX *hmac;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    EVP_PKEY_CTX *generator;
    EVP_PKEY *own_key; /* what we sign with */
    EVP_PKEY_CTX *signer;
    unsigned char messages[2][largest];
    unsigned char sealed[largest];
};

static int prf(bench_floor *f, const void *key, size_t key_length, const void *a, size_t a_length, const void *b,
    size_t b_length, unsigned char *out)
{
    size_t written;
    return EVP_MAC_init(f->hmac, key, key_length, NULL) && EVP_MAC_update(f->hmac, a, a_length)
        && (b_length == 0 || EVP_MAC_update(f->hmac, b, b_length)) && EVP_MAC_final(f->hmac, out, &written, prf_size);
}

static int prf_plus(bench_floor *f, const unsigned char *key, const unsigned char *seed, size_t seed_length,
    unsigned char *out, size_t length)
{
    unsigned char block[prf_size + 256 + 1];
    size_t previous = 0;
    for (unsigned char counter = 1; length > 0; counter++) {
        memcpy(block + previous, seed, seed_length);
        block[previous + seed_length] = counter;
        unsigned char made[prf_size];
        if (!prf(f, key, prf_size, block, previous + seed_length + 1, NULL, 0, made))
            return 0;
        size_t share = length < prf_size ? length : prf_size;
        memcpy(out, made, share);
        memcpy(block, made, prf_size);
        previous = prf_size;
        out += share;
        length -= share;
    }
    return 1;
}

static int hash(bench_floor *f, EVP_MD *algorithm, const void *data, size_t length, unsigned char *out)
{
    return EVP_DigestInit_ex2(f->digest, algorithm, NULL) && EVP_DigestUpdate(f->digest, data, length)
        && EVP_DigestFinal_ex(f->digest, out, NULL);
}

/* One message through the cipher, and through the MAC where the cipher has none of its own. */
static int protect(bench_floor *f, int encrypt, const unsigned char *key, const unsigned char *integrity_key,
    unsigned char *message, size_t length, unsigned char tag[prf_size])
{
    EVP_CIPHER_CTX *context = encrypt ? f->seal : f->open;
    int aead = f->is.integrity_length == 0;
    unsigned char iv[16] = { 0 };
    int written;
    length &= ~(size_t)15;
    if (!aead && !encrypt && !prf(f, integrity_key, f->is.integrity_length, message, length, NULL, 0, tag))
        return 0;
    if (!EVP_CipherInit_ex2(context, NULL, key, iv, -1, NULL))
        return 0;
    if (aead && (!EVP_CipherUpdate(context, NULL, &written, message, 32)
            || (!encrypt && !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag))))
        return 0;
    if (!EVP_CipherUpdate(context, message + 32, &written, message + 32, (int)length - 32))
        return 0;
    unsigned char rest[32];
    if (!EVP_CipherFinal_ex(context, rest, &written))
        return 0;
    if (aead && encrypt)
        return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag);
    return aead || !encrypt || prf(f, integrity_key, f->is.integrity_length, message, length, NULL, 0, tag);
}

static EVP_PKEY_CTX *make_generator(const char *group)
{
    int is_montgomery = strcmp(group, "X25519") == 0;
    int is_modp = strncmp(group, "modp", 4) == 0;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, is_montgomery ? "X25519" : is_modp ? "DH" : "EC", NULL);
    if (!context || EVP_PKEY_keygen_init(context) <= 0)
        return NULL;
    OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
        OSSL_PARAM_construct_end() };
    if (!is_montgomery && EVP_PKEY_CTX_set_params(context, parameters) <= 0)
        return NULL;
    return context;
}

static EVP_CIPHER_CTX *make_cipher(EVP_CIPHER *cipher, int encrypt)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context && EVP_CipherInit_ex2(context, cipher, NULL, NULL, encrypt, NULL))
        EVP_CIPHER_CTX_set_padding(context, 0);
    return context;
}

bench_floor *bench_floor_new(const bench_floor_case *description)
{
    bench_floor *f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    f->is = *description;
    f->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    f->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    f->digest = EVP_MD_CTX_new();
    f->hmac_algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    f->hmac = EVP_MAC_CTX_new(f->hmac_algorithm);
    OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end() };
    f->cipher = EVP_CIPHER_fetch(NULL, description->cipher, NULL);
    f->seal = make_cipher(f->cipher, 1);
    f->open = make_cipher(f->cipher, 0);
    f->generator = make_generator(description->group);
    int made = f->sha1 && f->sha256 && f->digest && f->hmac && f->cipher && f->seal && f->open && f->generator
        && EVP_MAC_CTX_set_params(f->hmac, parameters);
    if (made && description->authority) {
        bench_bytes certificate = { 0 }, key = { 0 };
        made = bench_authority_issue(description->authority, "responder.example", &certificate, &key);
        const unsigned char *position = key.bytes;
        f->own_key = made ? d2i_AutoPrivateKey(NULL, &position, (long)key.length) : NULL;
        f->signer = f->own_key ? EVP_PKEY_CTX_new_from_pkey(NULL, f->own_key, NULL) : NULL;
        made = f->signer && EVP_PKEY_sign_init(f->signer) > 0
            && EVP_PKEY_CTX_set_signature_md(f->signer, EVP_sha256()) > 0;
        bench_bytes_free(&certificate);
        bench_bytes_free(&key);
    }
    if (made)
        return f;
    bench_floor_free(f);
    return NULL;
}

void bench_floor_free(bench_floor *f)
{
    if (!f)
        return;
    EVP_PKEY_CTX_free(f->signer);
    EVP_PKEY_free(f->own_key);
    EVP_PKEY_CTX_free(f->generator);
    EVP_CIPHER_CTX_free(f->open);
    EVP_CIPHER_CTX_free(f->seal);
    EVP_CIPHER_free(f->cipher);
    EVP_MAC_CTX_free(f->hmac);
    EVP_MAC_free(f->hmac_algorithm);
    EVP_MD_CTX_free(f->digest);
    EVP_MD_free(f->sha256);
    EVP_MD_free(f->sha1);
    free(f);
}

/* Our key pair, the peer's public value as a key, the shared secret. */
static int exchange_keys(bench_floor *f, const unsigned char *peer, size_t peer_length, EVP_PKEY *template_key,
    unsigned char *secret, size_t *secret_length)
{
    EVP_PKEY *own = NULL, *other = EVP_PKEY_new();
    unsigned char *value = NULL;
    int done = EVP_PKEY_keygen(f->generator, &own) > 0 && EVP_PKEY_get1_encoded_public_key(own, &value) > 0
        && EVP_PKEY_copy_parameters(other, template_key) > 0
        && EVP_PKEY_set1_encoded_public_key(other, peer, peer_length) > 0;
    EVP_PKEY_CTX *derivation = done ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) : NULL;
    /* Without the validating form: RFC 6989 asks for less in these groups, and decoding has checked the curve. */
    done = derivation && EVP_PKEY_derive_init(derivation) > 0
        && EVP_PKEY_derive_set_peer_ex(derivation, other, 0) > 0
        && EVP_PKEY_derive(derivation, secret, secret_length) > 0;
    EVP_PKEY_CTX_free(derivation);
    OPENSSL_free(value);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return done;
}

static int verify_peer(bench_floor *f, const bench_bytes *certificate, const unsigned char *octets, size_t length,
    const unsigned char *signature, size_t signature_length)
{
    const unsigned char *position = certificate->bytes;
    X509 *parsed = d2i_X509(NULL, &position, (long)certificate->length);
    EVP_PKEY *key = parsed ? X509_get0_pubkey(parsed) : NULL;
    EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    unsigned char digest[32];
    int done = context && X509_verify(parsed, f->is.authority->key) == 1 && hash(f, f->sha256, octets, length, digest)
        && EVP_PKEY_verify_init(context) > 0 && EVP_PKEY_CTX_set_signature_md(context, f->sha256) > 0
        && EVP_PKEY_verify(context, signature, signature_length, digest, sizeof(digest)) == 1;
    EVP_PKEY_CTX_free(context);
    X509_free(parsed);
    return done;
}

/* What the initiator has done before: its public value, a sealed IKE_AUTH and a signature. */
typedef struct {
    EVP_PKEY *pair;
    unsigned char *value;
    size_t value_length;
    unsigned char octets[largest];
    unsigned char signature[512];
    size_t signature_length;
    unsigned char tag[prf_size];
} initiator_part;

static const unsigned char fixed_key[64] = { 1, 2, 3 };

static int prepare(bench_floor *f, initiator_part *part, const bench_bytes *key)
{
    if (EVP_PKEY_keygen(f->generator, &part->pair) <= 0)
        return 0;
    part->value_length = EVP_PKEY_get1_encoded_public_key(part->pair, &part->value);
    memcpy(f->sealed, part->octets, sizeof(f->sealed));
    if (!protect(f, 1, fixed_key, fixed_key, f->sealed, f->is.auth_request, part->tag))
        return 0;
    if (!f->is.authority)
        return part->value_length > 0;
    const unsigned char *position = key->bytes;
    EVP_PKEY *signing = d2i_AutoPrivateKey(NULL, &position, (long)key->length);
    EVP_PKEY_CTX *context = signing ? EVP_PKEY_CTX_new_from_pkey(NULL, signing, NULL) : NULL;
    unsigned char digest[32];
    part->signature_length = sizeof(part->signature);
    int done = context && hash(f, f->sha256, part->octets, f->is.init_request + nonce_size + prf_size, digest)
        && EVP_PKEY_sign_init(context) > 0 && EVP_PKEY_CTX_set_signature_md(context, f->sha256) > 0
        && EVP_PKEY_sign(context, part->signature, &part->signature_length, digest, sizeof(digest)) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(signing);
    return done;
}

static int respond(bench_floor *f, initiator_part *part, const bench_bytes *certificate)
{
    unsigned char digest[32], nonces[2 * nonce_size + 16] = { 0 }, secret[512], seed[prf_size];
    unsigned char material[512], made[prf_size], inner[prf_size], tag[prf_size];
    size_t secret_length = sizeof(secret);
    /* IKE_SA_INIT */
    for (int i = 0; i < 4; i++)
        if (!hash(f, f->sha1, part->octets, 22, digest))
            return 0;
    if (RAND_bytes(nonces, nonce_size) != 1 || RAND_bytes(nonces + 2 * nonce_size, 8) != 1
        || !exchange_keys(f, part->value, part->value_length, part->pair, secret, &secret_length)
        || !prf(f, nonces, 2 * nonce_size, secret, secret_length, NULL, 0, seed)
        || !prf_plus(f, seed, nonces, sizeof(nonces), material,
            3 * prf_size + 2 * (f->is.key_length + f->is.integrity_length)))
        return 0;
    /* IKE_AUTH */
    if (!protect(f, 0, fixed_key, fixed_key, f->sealed, f->is.auth_request, part->tag)
        || !prf(f, material, prf_size, part->octets, 24, NULL, 0, inner)
        || !prf(f, material, prf_size, part->octets, 24, NULL, 0, made))
        return 0;
    size_t peer_octets = f->is.init_request + nonce_size + prf_size;
    size_t own_octets = f->is.init_response + nonce_size + prf_size;
    if (f->is.authority) {
        unsigned char signature[512];
        size_t length = sizeof(signature);
        if (!verify_peer(f, certificate, part->octets, peer_octets, part->signature, part->signature_length)
            || !hash(f, f->sha256, part->octets, own_octets, digest)
            || EVP_PKEY_sign(f->signer, signature, &length, digest, sizeof(digest)) <= 0)
            return 0;
    } else if (!prf(f, fixed_key, 32, "Key Pad for IKEv2", 17, NULL, 0, inner)
        || !prf(f, inner, prf_size, part->octets, peer_octets, NULL, 0, made)
        || !prf(f, inner, prf_size, part->octets, own_octets, NULL, 0, made))
        return 0;
    return prf_plus(f, material, nonces, 2 * nonce_size, material, 2 * f->is.child_length)
        && protect(f, 1, fixed_key, fixed_key, f->messages[0], f->is.auth_response, tag);
}

int64_t bench_floor_run(bench_floor *f, const bench_bytes *certificate, const bench_bytes *key)
{
    initiator_part part;
    memset(&part, 0, sizeof(part));
    RAND_bytes(part.octets, sizeof(part.octets));
    int64_t spent = -1;
    if (prepare(f, &part, key)) {
        int64_t start = bench_thread_time();
        int done = respond(f, &part, certificate);
        spent = done ? bench_thread_time() - start : -1;
    }
    EVP_PKEY_free(part.pair);
    OPENSSL_free(part.value);
    return spent;
}
