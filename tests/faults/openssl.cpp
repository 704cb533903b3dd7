// One wrapper for each function of OpenSSL that the core calls and that can fail. Functions that
// free, wipe or look after the error queue can't. functions.sh checks that none was forgotten.

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <type_traits>

#include "faults/faults.hpp"

namespace {

template <class R>
R failure(fault::Kind kind) {
  if constexpr (std::is_pointer_v<R>) {
    return nullptr;
  } else {
    return kind == fault::Kind::negative ? static_cast<R>(-1) : static_cast<R>(0);
  }
}

}  // namespace

// By the linker's rule __real_f is OpenSSL's own, and __wrap_f is what the core's objects call.
#define WRAP(result, name, parameters, arguments)                         \
  extern "C" result __real_##name parameters;                             \
  extern "C" result __wrap_##name parameters;                             \
  static_assert(std::is_same_v<decltype(__real_##name), decltype(name)>); \
  result __wrap_##name parameters {                                       \
    fault::Kind kind{};                                                   \
    if (fault::due(kind)) return failure<result>(kind);                   \
    return __real_##name arguments;                                       \
  }

// clang-format off
WRAP(BIO*, BIO_new, (const BIO_METHOD* m), (m))
WRAP(BIO*, BIO_new_mem_buf, (const void* b, int n), (b, n))
WRAP(BN_CTX*, BN_CTX_new, (), ())
WRAP(BN_MONT_CTX*, BN_MONT_CTX_new, (), ())
WRAP(int, BN_MONT_CTX_set, (BN_MONT_CTX* m, const BIGNUM* n, BN_CTX* c), (m, n, c))
WRAP(BIGNUM*, BN_bin2bn, (const unsigned char* b, int n, BIGNUM* r), (b, n, r))
WRAP(int, BN_bn2binpad, (const BIGNUM* a, unsigned char* b, int n), (a, b, n))
WRAP(BIGNUM*, BN_copy, (BIGNUM* a, const BIGNUM* b), (a, b))
WRAP(BIGNUM*, BN_dup, (const BIGNUM* a), (a))
WRAP(int, BN_from_montgomery, (BIGNUM* r, const BIGNUM* a, BN_MONT_CTX* m, BN_CTX* c), (r, a, m, c))
WRAP(int, BN_hex2bn, (BIGNUM** r, const char* s), (r, s))
WRAP(BIGNUM*, BN_lebin2bn, (const unsigned char* b, int n, BIGNUM* r), (b, n, r))
WRAP(int, BN_mod_add_quick, (BIGNUM* r, const BIGNUM* a, const BIGNUM* b, const BIGNUM* m), (r, a, b, m))
WRAP(int, BN_mod_exp, (BIGNUM* r, const BIGNUM* a, const BIGNUM* p, const BIGNUM* m, BN_CTX* c), (r, a, p, m, c))
WRAP(BIGNUM*, BN_mod_inverse, (BIGNUM* r, const BIGNUM* a, const BIGNUM* n, BN_CTX* c), (r, a, n, c))
WRAP(int, BN_mod_mul_montgomery, (BIGNUM* r, const BIGNUM* a, const BIGNUM* b, BN_MONT_CTX* m, BN_CTX* c), (r, a, b, m, c))
WRAP(BIGNUM*, BN_mod_sqrt, (BIGNUM* r, const BIGNUM* a, const BIGNUM* n, BN_CTX* c), (r, a, n, c))
WRAP(int, BN_mod_sub_quick, (BIGNUM* r, const BIGNUM* a, const BIGNUM* b, const BIGNUM* m), (r, a, b, m))
WRAP(BIGNUM*, BN_new, (), ())
WRAP(int, BN_set_word, (BIGNUM* a, BN_ULONG w), (a, w))
WRAP(int, BN_sub, (BIGNUM* r, const BIGNUM* a, const BIGNUM* b), (r, a, b))
WRAP(int, BN_sub_word, (BIGNUM* a, BN_ULONG w), (a, w))
WRAP(int, BN_to_montgomery, (BIGNUM* r, const BIGNUM* a, BN_MONT_CTX* m, BN_CTX* c), (r, a, m, c))
WRAP(EC_GROUP*, EC_GROUP_new_by_curve_name, (int nid), (nid))
WRAP(int, EVP_DigestFinalXOF, (EVP_MD_CTX* c, unsigned char* md, std::size_t n), (c, md, n))
WRAP(int, EVP_DigestFinal_ex, (EVP_MD_CTX* c, unsigned char* md, unsigned* s), (c, md, s))
WRAP(int, EVP_DigestInit_ex2, (EVP_MD_CTX* c, const EVP_MD* t, const OSSL_PARAM* p), (c, t, p))
WRAP(int, EVP_DigestUpdate, (EVP_MD_CTX* c, const void* d, std::size_t n), (c, d, n))
WRAP(int, EVP_DigestVerify, (EVP_MD_CTX* c, const unsigned char* s, std::size_t sn, const unsigned char* t, std::size_t tn), (c, s, sn, t, tn))
WRAP(int, EVP_DigestVerifyInit_ex, (EVP_MD_CTX* c, EVP_PKEY_CTX** p, const char* t, OSSL_LIB_CTX* l, const char* q, EVP_PKEY* k, const OSSL_PARAM* o), (c, p, t, l, q, k, o))
WRAP(EVP_MAC_CTX*, EVP_MAC_CTX_new, (EVP_MAC* m), (m))
WRAP(EVP_MAC*, EVP_MAC_fetch, (OSSL_LIB_CTX* l, const char* a, const char* p), (l, a, p))
WRAP(int, EVP_MAC_final, (EVP_MAC_CTX* c, unsigned char* out, std::size_t* n, std::size_t size), (c, out, n, size))
WRAP(int, EVP_MAC_init, (EVP_MAC_CTX* c, const unsigned char* k, std::size_t n, const OSSL_PARAM* p), (c, k, n, p))
WRAP(int, EVP_MAC_update, (EVP_MAC_CTX* c, const unsigned char* d, std::size_t n), (c, d, n))
WRAP(EVP_MD_CTX*, EVP_MD_CTX_new, (), ())
WRAP(EVP_MD*, EVP_MD_fetch, (OSSL_LIB_CTX* l, const char* a, const char* p), (l, a, p))
WRAP(EVP_PKEY_CTX*, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX* l, const char* n, const char* p), (l, n, p))
WRAP(EVP_PKEY_CTX*, EVP_PKEY_CTX_new_from_pkey, (OSSL_LIB_CTX* l, EVP_PKEY* k, const char* p), (l, k, p))
WRAP(int, EVP_PKEY_CTX_set_rsa_mgf1_md, (EVP_PKEY_CTX* c, const EVP_MD* m), (c, m))
WRAP(int, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX* c, int p), (c, p))
WRAP(int, EVP_PKEY_CTX_set_rsa_pss_saltlen, (EVP_PKEY_CTX* c, int n), (c, n))
WRAP(int, EVP_PKEY_CTX_set_signature_md, (EVP_PKEY_CTX* c, const EVP_MD* m), (c, m))
WRAP(EVP_PKEY*, EVP_PKEY_dup, (EVP_PKEY* k), (k))
WRAP(int, EVP_PKEY_fromdata, (EVP_PKEY_CTX* c, EVP_PKEY** k, int s, OSSL_PARAM* p), (c, k, s, p))
WRAP(int, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX* c), (c))
WRAP(int, EVP_PKEY_get_bn_param, (const EVP_PKEY* k, const char* n, BIGNUM** b), (k, n, b))
WRAP(int, EVP_PKEY_get_group_name, (const EVP_PKEY* k, char* g, std::size_t n, std::size_t* len), (k, g, n, len))
WRAP(int, EVP_PKEY_get_int_param, (const EVP_PKEY* k, const char* n, int* out), (k, n, out))
WRAP(int, EVP_PKEY_get_raw_public_key, (const EVP_PKEY* k, unsigned char* b, std::size_t* n), (k, b, n))
WRAP(EVP_PKEY*, EVP_PKEY_new_raw_public_key_ex, (OSSL_LIB_CTX* l, const char* t, const char* p, const unsigned char* k, std::size_t n), (l, t, p, k, n))
WRAP(int, EVP_PKEY_verify, (EVP_PKEY_CTX* c, const unsigned char* s, std::size_t sn, const unsigned char* t, std::size_t tn), (c, s, sn, t, tn))
WRAP(int, EVP_PKEY_verify_init, (EVP_PKEY_CTX* c), (c))
WRAP(OSSL_PARAM_BLD*, OSSL_PARAM_BLD_new, (), ())
WRAP(int, OSSL_PARAM_BLD_push_BN, (OSSL_PARAM_BLD* b, const char* k, const BIGNUM* n), (b, k, n))
WRAP(int, OSSL_PARAM_BLD_push_octet_string, (OSSL_PARAM_BLD* b, const char* k, const void* d, std::size_t n), (b, k, d, n))
WRAP(int, OSSL_PARAM_BLD_push_utf8_string, (OSSL_PARAM_BLD* b, const char* k, const char* s, std::size_t n), (b, k, s, n))
WRAP(OSSL_PARAM*, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD* b), (b))
WRAP(int, PEM_read_bio, (BIO* b, char** n, char** h, unsigned char** d, long* len), (b, n, h, d, len))
WRAP(EVP_PKEY*, PEM_read_bio_PrivateKey, (BIO* b, EVP_PKEY** k, pem_password_cb* c, void* u), (b, k, c, u))
WRAP(X509*, PEM_read_bio_X509, (BIO* b, X509** x, pem_password_cb* c, void* u), (b, x, c, u))
WRAP(int, PEM_write_bio_PUBKEY, (BIO* b, const EVP_PKEY* k), (b, k))
WRAP(EVP_PKEY*, X509_get0_pubkey, (const X509* x), (x))
WRAP(int, X509_check_private_key, (const X509* x, const EVP_PKEY* k), (x, k))
WRAP(EVP_PKEY*, d2i_PUBKEY, (EVP_PKEY** k, const unsigned char** d, long n), (k, d, n))
WRAP(EVP_PKEY*, d2i_PublicKey, (int t, EVP_PKEY** k, const unsigned char** d, long n), (t, k, d, n))
WRAP(X509*, d2i_X509, (X509** x, const unsigned char** d, long n), (x, d, n))
// clang-format on
