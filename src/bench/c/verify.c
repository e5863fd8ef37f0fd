/*
 * Measures schnorrsig_verify as libsecp256k1's own benchmark does: for each signature it parses the key and verifies.
 * The library is the one that the server uses, loaded without a JVM.
 * Usage: verify <libsecp256k1-jni.so> <seconds>. Prints verifications per second.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT 256
#define CONTEXT_NONE 1u

typedef void *(*context_create_fn)(unsigned int flags);
typedef int (*keypair_create_fn)(const void *context, void *keypair, const unsigned char *secret);
typedef int (*keypair_xonly_pub_fn)(const void *context, void *pubkey, int *parity, const void *keypair);
typedef int (*xonly_parse_fn)(const void *context, void *pubkey, const unsigned char *bytes);
typedef int (*xonly_serialize_fn)(const void *context, unsigned char *bytes, const void *pubkey);
typedef int (*sign32_fn)(const void *context, unsigned char *sig, const unsigned char *id, const void *keypair,
                         const unsigned char *random);
typedef int (*verify_fn)(const void *context, const unsigned char *sig, const unsigned char *id, size_t length,
                         const void *pubkey);

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return found;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    static unsigned char ids[COUNT][32], sigs[COUNT][64], keys[COUNT][32];
    unsigned char keypair[96], pubkey[64];
    if (argc != 3) return 2;
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    context_create_fn create = (context_create_fn)symbol(library, "secp256k1_context_create");
    keypair_create_fn keypair_create = (keypair_create_fn)symbol(library, "secp256k1_keypair_create");
    keypair_xonly_pub_fn xonly_pub = (keypair_xonly_pub_fn)symbol(library, "secp256k1_keypair_xonly_pub");
    xonly_parse_fn parse = (xonly_parse_fn)symbol(library, "secp256k1_xonly_pubkey_parse");
    xonly_serialize_fn serialize = (xonly_serialize_fn)symbol(library, "secp256k1_xonly_pubkey_serialize");
    sign32_fn sign = (sign32_fn)symbol(library, "secp256k1_schnorrsig_sign32");
    verify_fn verify = (verify_fn)symbol(library, "secp256k1_schnorrsig_verify");

    void *context = create(CONTEXT_NONE);
    for (int i = 0; i < COUNT; i++) {
        unsigned char secret[32];
        memset(secret, i + 1 > 255 ? 255 : i + 1, sizeof secret);
        secret[0] = 1;
        memset(ids[i], i, sizeof ids[i]);
        if (!keypair_create(context, keypair, secret) || !xonly_pub(context, pubkey, NULL, keypair) ||
            !serialize(context, keys[i], pubkey) || !sign(context, sigs[i], ids[i], keypair, NULL)) {
            return 1;
        }
    }
    double seconds = atof(argv[2]), start = now();
    long count = 0;
    while (now() - start < seconds) {
        for (int i = 0; i < COUNT; i++) {
            if (!parse(context, pubkey, keys[i]) || !verify(context, sigs[i], ids[i], 32, pubkey)) return 1;
        }
        count += COUNT;
    }
    printf("%f\n", (double)count / (now() - start));
    return 0;
}
