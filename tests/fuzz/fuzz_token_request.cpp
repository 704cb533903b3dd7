// Token requests: whatever is asked for, a token or an error comes of it, and no verifier falls
// over the token.

#include "emulator/emulation.hpp"
#include "emulator/issuer/token_request.hpp"
#include "fuzz/fuzz.hpp"
#include "jwks/verify.hpp"

namespace {

using namespace jwks::emulator;

constexpr std::string_view kUrl = "http://127.0.0.1:4100";
constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'750'000'000)};

struct World {
  std::unique_ptr<Emulation> emulation =
      Emulation::create(
          {.keys = {{.algorithm = jwks::Algorithm::es256}, {.algorithm = jwks::Algorithm::eddsa}},
           .clock = [] { return std::chrono::system_clock::time_point(kNow); }},
          {.url = std::string(kUrl)})
          .value();
  jwks::JwkSet keys =
      jwks::JwkSet::parse(emulation->realms().root()->issuer.keyring().snapshot()->jwks).value();
  jwks::ValidationPolicy policy =
      jwks::ValidationPolicy::create({.issuer = std::string(kUrl), .audiences = {"orders-api"}})
          .value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const auto request = parse_token_request(fuzz::text_of(data, size));
  if (!request) {
    fuzz::require(fuzz::is_printable(request.error().message()), "an error is one line");
    return 0;
  }
  const auto token = world.emulation->issue(*request);
  if (!token) {
    fuzz::require(fuzz::is_printable(token.error().message()), "an error is one line");
    return 0;
  }
  const auto verified = jwks::verify(*token, world.keys, world.policy, kNow);
  if (!verified) {
    fuzz::require(fuzz::is_printable(verified.error().message()), "an error is one line");
    return 0;
  }
  fuzz::require(verified->claims().issuer() == kUrl, "only this issuer's tokens are accepted");
  const auto expiry = verified->claims().expires_at();
  fuzz::require(expiry && expiry->floor() >= kNow - std::chrono::minutes(1),
                "no expired token is accepted");
  return 0;
}
