#pragma once

// An emulator without sockets, for tests that hand it requests and look at the answers.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "emulator/service.hpp"
#include "support/catch.hpp"

namespace test {

using jwks::emulator::EmulatorOptions;
using jwks::emulator::HttpRequest;
using jwks::emulator::HttpResponse;

inline constexpr std::chrono::system_clock::time_point kEmulatedNow{
    std::chrono::seconds(1'750'000'000)};

/// Keys that are found at once.
inline EmulatorOptions quick_options() {
  return {.host = "127.0.0.1",
          .issuer = "http://127.0.0.1:4100",
          .keys = {{.algorithm = jwks::Algorithm::es256}, {.algorithm = jwks::Algorithm::eddsa}},
          .clock = [] { return kEmulatedNow; }};
}

struct Emulated {
  explicit Emulated(EmulatorOptions options = quick_options())
      : emulation(started(std::move(options))),
        service(std::make_unique<jwks::emulator::Service>(*emulation)) {}

  HttpResponse respond(HttpRequest request) const { return service->respond(std::move(request)); }
  /// To a client on this machine.
  HttpResponse respond(std::string method, std::string path, std::string body = {},
                       jwks::emulator::HttpHeaders headers = {}) const {
    return respond(
        request(std::move(method), std::move(path), std::move(body), std::move(headers)));
  }

  /// Of a client on this machine. A body counts as JSON unless a header says otherwise.
  static HttpRequest request(std::string method, std::string path, std::string body = {},
                             jwks::emulator::HttpHeaders headers = {}) {
    HttpRequest made{.method = std::move(method),
                     .path = path.substr(0, path.find('?')),
                     .headers = {{"host", "127.0.0.1:4100"}},
                     .body = std::move(body),
                     .from_loopback = true};
    if (const auto question = path.find('?'); question != std::string::npos) {
      made.query = path.substr(question + 1);
    }
    for (auto& each : headers) {
      std::erase_if(made.headers, [&](const auto& old) { return old.first == each.first; });
      made.headers.push_back(std::move(each));
    }
    if (!made.body.empty() && !made.header("content-type")) {
      made.headers.emplace_back("content-type", "application/json");
    }
    return made;
  }

  std::unique_ptr<jwks::emulator::Emulation> emulation;
  std::unique_ptr<jwks::emulator::Service> service;

 private:
  static std::unique_ptr<jwks::emulator::Emulation> started(EmulatorOptions options) {
    auto made =
        jwks::emulator::Emulation::create(std::move(options), {.url = "http://127.0.0.1:4100"});
    if (!made) FAIL(made.error().message());
    return std::move(made).value();
  }
};

/// The value of a header field; empty if there is none.
inline std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [each, value] : response.headers) {
    if (each == name) return value;
  }
  return {};
}

/// The JSON text of a member, or the characters of a string; empty if there is none.
inline std::string member_of(const std::string& object, std::string_view name) {
  const auto document = jwks::json::parse_object(object);
  if (!document) return "not JSON: " + object;
  const auto value = document->root().find(name);
  return value ? std::string(value->as_string().value_or(value->text())) : std::string();
}

/// A decoded segment of a token, counted from 0; empty if it is no base64url.
inline std::string segment_of(std::string token, int which) {
  for (; which > 0; --which) token.erase(0, token.find('.') + 1);
  return jwks::base64url::decode(token.substr(0, token.find('.'))).value_or("");
}

}  // namespace test
