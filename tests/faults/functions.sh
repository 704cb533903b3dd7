#!/usr/bin/env bash
# Fails if the core calls a function of OpenSSL that openssl.cpp does not let fail.
#
#   functions.sh <archive of the core>
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# These free, wipe, ask or describe: they can't fail, or say nothing of it.
readonly harmless='_free$|_free_all$|^ERR_|^OPENSSL_(cleanse|init_crypto)$|^CRYPTO_memcmp$|^BN_(cmp|is_[a-z_]+|num_bits|mod_word)$|^OSSL_PARAM_construct_|^EVP_(sha|shake)[0-9]+$|^EVP_PKEY_is_a$|^BIO_(s_mem|ctrl)$|^OBJ_txt2nid$'

called=$(nm --undefined-only "$1" |
  sed -nE 's/^ +U ((ASN1|BIO|BN|CRYPTO|EC|ECDSA|ERR|EVP|HMAC|OBJ|OPENSSL|OSSL|PEM|RSA|SHA[0-9]*|X509|d2i|i2d)_[A-Za-z0-9_]+)$/\1/p' |
  sort -u | grep -vE "$harmless")
wrapped=$(sed -nE 's/^WRAP\([^,]+, ([A-Za-z0-9_]+),.*/\1/p' "$here/openssl.cpp" | sort -u)
if [[ -z $called ]]; then
  echo "error: no call into OpenSSL was found in $1" >&2
  exit 1
fi
missing=$(comm -23 <(echo "$called") <(echo "$wrapped"))
if [[ -n $missing ]]; then
  echo "error: tests/faults/openssl.cpp lacks: ${missing//$'\n'/ }" >&2
  exit 1
fi
unused=$(comm -13 <(echo "$called") <(echo "$wrapped"))
if [[ -n $unused ]]; then
  echo "error: tests/faults/openssl.cpp wraps what is not called: ${unused//$'\n'/ }" >&2
  exit 1
fi
echo "$(wc -l <<<"$called") functions of OpenSSL, each can fail"
