// examples/envoy: the configuration fits what `jwks serve-auth` does by default. How the server
// answers Envoy's requests is tested in tests/cli/serve_auth_test.cpp.

#include <fstream>
#include <iterator>
#include <string>

#include "e2e/program.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("Envoy's example lets nobody pass without an answer, and asks where it is given") {
  std::ifstream file(JWKS_ENVOY_EXAMPLE "/envoy.yaml");
  const std::string yaml{std::istreambuf_iterator<char>(file), {}};
  CHECK(holds(yaml, "failure_mode_allow: false\n"));
  CHECK(holds(yaml, "status_on_error: { code: ServiceUnavailable }\n"));
  CHECK(holds(yaml, "allowed_upstream_headers:\n"));
  CHECK(holds(yaml, "path_prefix: /ext_authz\n"));
  CHECK(holds(yaml, "uri: http://127.0.0.1:9180\n"));
  CHECK(holds(yaml, "address: 127.0.0.1, port_value: 9180"));

  const std::string help = run_program({JWKS_PROGRAM, "serve-auth", "--help"}).out;
  CHECK(holds(help, "=/ext_authz"));
  CHECK(holds(help, "=127.0.0.1:9180"));
}

}  // namespace
