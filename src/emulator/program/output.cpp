#include "emulator/program/output.hpp"

#include <arpa/inet.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "emulator/json_text.hpp"
#include "jwks/version.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

std::string ca_url(const Emulator& emulator) {
  return emulator.ca_pem().empty() ? std::string() : emulator.url() + "/_emulate/ca.pem";
}

/// Anybody's name server says what a name like 127.example.com stands for.
bool is_loopback(const std::string& host) {
  in_addr address{};
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && ::inet_pton(AF_INET, host.c_str(), &address) == 1);
}

std::string application_json(const Application& application) {
  JsonObject object;
  object.string("name", application.name).string("client_id", application.client_id);
  if (!application.is_public) object.string("client_secret", application.client_secret);
  return object.text();
}

std::string line(std::string_view name, std::string_view value) {
  constexpr std::size_t kWidth = 15;
  std::string text = "  " + std::string(name);
  text.resize(2 + kWidth, ' ');
  return text + text::escape(value) + '\n';
}

/// One that nobody chose has to be shown, or nobody can use it.
std::string client_text(const Application& application, bool has_generated_secret) {
  std::string text = application.client_id;
  if (has_generated_secret) text += "  secret " + application.client_secret;
  return text + "  (" + application.name + ')';
}

}  // namespace

ExitStatus fail(std::string_view why) {
  std::cerr << "jwks-emulator: " << why << '\n';
  return ExitStatus::failed;
}

bool written() { return static_cast<bool>(std::cout.flush()); }

std::string ready_line(const Emulator& emulator) {
  std::vector<std::string> applications;
  for (const Application& each : emulator.applications()) {
    applications.push_back(application_json(each));
  }
  JsonObject ready;
  ready.string("url", emulator.url())
      .number("port", emulator.port())
      .string("issuer", emulator.issuer())
      .string("jwks_uri", emulator.jwks_uri())
      .string("health", emulator.url() + "/health")
      .string("api_key", emulator.api_key())
      .string("control_token", emulator.control_token());
  if (const std::string ca = ca_url(emulator); !ca.empty()) ready.string("ca", ca);
  return ready.raw("applications", array_of(applications)).text() + '\n';
}

std::string story(const Emulator& emulator, const EmulatorOptions& seed) {
  const bool is_local = is_loopback(seed.host);
  std::string text =
      "jwks-emulator " JWKS_VERSION_STRING ": an issuer for tests only.\n" +
      std::string(is_local ? "Anybody on this machine can mint its tokens.\n\n"
                           : "It can be reached from other machines: whoever has the control "
                             "token can mint its tokens.\n\n");
  text += line("listening", emulator.url());
  text += line("issuer", emulator.issuer());
  text += line("JWK Set", emulator.jwks_uri());
  text += line("health", emulator.url() + "/health");
  text += line("control", emulator.url() + "/_emulate/openapi.json");
  if (const std::string ca = ca_url(emulator); !ca.empty()) text += line("CA certificate", ca);
  if (const std::string key = emulator.api_key(); !key.empty()) text += line("API key", key);
  text += line("control token", emulator.control_token());
  const std::vector<Application> applications = emulator.applications();
  for (std::size_t i = 0; i < applications.size(); ++i) {
    const bool is_generated = i < seed.applications.size() && !applications[i].is_public &&
                              seed.applications[i].client_secret.empty();
    text += line("client", client_text(applications[i], is_generated));
  }
  return text;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
