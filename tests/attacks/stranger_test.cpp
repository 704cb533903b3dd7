// What it costs to find out that a token is of an issuer that nobody knows: no memory at all.

#include <string>

#include "attacks/allocations.hpp"
#include "jose/route.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

TEST_CASE("reading who a token says it is from allocates nothing", "[claim-68]") {
  std::size_t allocations = 0;
  std::size_t read = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "https://stranger-" + std::to_string(i) + ".example";
    const std::string text = test::token(test::es256())
                                 .claim("iss", test::json_quoted(name))
                                 .signature(std::string(64, 'x'))
                                 .build()
                                 .value();
    const test::Allocations before;
    jwks::jose::IssuerReader reader;
    const auto issuer = reader.read(text);
    const jwks::Error refusal = reader.concerning(jwks::Error(jwks::ErrorCode::wrong_issuer));
    allocations += before.count();
    if (issuer && *issuer == name && !refusal.key_id().empty()) ++read;
  }
  CHECK(read == 1000);
  CHECK(allocations == 0);
}
