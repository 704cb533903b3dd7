#include "crypto/tls_credentials.hpp"

#include <openssl/err.h>

#include "support/catch.hpp"
#include "support/certificates.hpp"

namespace {

using jwks::crypto::is_certificate_of;
using jwks::crypto::private_key_fault;
using jwks::crypto::trusted_certificates_fault;

const test::Identity& ours() {
  static const test::Identity made = test::make_authority("ours");
  return made;
}
const test::Identity& theirs() {
  static const test::Identity made = test::make_authority("theirs");
  return made;
}

}  // namespace

TEST_CASE("certificates to trust are one or more that can be read") {
  const std::string one = ours().certificate_pem();
  CHECK(trusted_certificates_fault(one).empty());
  CHECK(trusted_certificates_fault("a comment\n" + one + theirs().certificate_pem()).empty());

  CHECK(trusted_certificates_fault("") == "it holds no certificate in PEM");
  CHECK(trusted_certificates_fault("hello") == "it holds no certificate in PEM");
  CHECK(trusted_certificates_fault(ours().key_pem()) == "it holds no certificate in PEM");
  // One that is damaged is not passed over: its authority would be missed when it is needed.
  std::string damaged = one;
  damaged[damaged.size() / 2] = '!';
  CHECK(trusted_certificates_fault(one + damaged) == "it holds a certificate that can't be read");
  CHECK(trusted_certificates_fault(test::pem("CERTIFICATE", "no DER")) ==
        "it holds a certificate that can't be read");
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a client's key is one that can be read without a passphrase") {
  CHECK(private_key_fault(ours().key_pem()).empty());
  CHECK_FALSE(private_key_fault("").empty());
  CHECK_FALSE(private_key_fault(ours().certificate_pem()).empty());

  const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PrivateKey(out.get(), ours().key.get(), EVP_aes_128_cbc(),
                                   reinterpret_cast<const unsigned char*>("secret"), 6, nullptr,
                                   nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  CHECK_FALSE(private_key_fault({data, static_cast<std::size_t>(size)}).empty());
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a certificate belongs to its own key") {
  CHECK(is_certificate_of(ours().certificate_pem(), ours().key_pem()));
  CHECK(is_certificate_of(ours().certificate_pem() + theirs().certificate_pem(), ours().key_pem()));
  CHECK_FALSE(is_certificate_of(theirs().certificate_pem(), ours().key_pem()));
  CHECK_FALSE(is_certificate_of("", ours().key_pem()));
  CHECK_FALSE(is_certificate_of(ours().certificate_pem(), ""));
  CHECK(ERR_peek_error() == 0);
}
