// A resolver that hangs for as long as the process lives, as getaddrinfo may do for half a minute
// when a name server is gone. Nothing may wait for that: the process ends with status 0, or CTest's
// timeout tells.
//
//   resolver_program stop|deadline|close|destroy|exit

#include <netdb.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "jwks/jwks_verifier.hpp"

namespace {

using jwks::JwksVerifier;

std::promise<void> resolving;

void until_it_hangs() { resolving.get_future().wait(); }

JwksVerifier make() {
  return JwksVerifier::create({.issuer = "https://issuer.example", .audiences = {"a"}}).value();
}

/// A fetch alone, which a stop or its own deadline has to end.
int fetch(std::chrono::milliseconds total_timeout, bool stops) {
  const auto fetcher = jwks::make_curl_fetcher().value();
  bool failed = false;
  std::jthread caller([&](const std::stop_token& stop) {
    failed =
        !fetcher
             ->fetch({.url = "https://issuer.example/jwks", .total_timeout = total_timeout}, stop)
             .response;
  });
  until_it_hangs();
  if (stops) caller.request_stop();
  caller.join();
  return failed ? 0 : 1;
}

}  // namespace

/// In place of the system's. libcurl asks it on a thread of its own.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char*, const char*,
                                                                  const addrinfo*, addrinfo**) {
  int ends[2];
  if (pipe(ends) != 0) return EAI_SYSTEM;
  static std::once_flag first;
  std::call_once(first, [] { resolving.set_value(); });
  char never = 0;
  return read(ends[0], &never, 1) == 1 ? EAI_FAIL : EAI_SYSTEM;
}

int main(int argc, char** argv) {
  const std::string_view how = argc == 2 ? argv[1] : "";
  if (how == "stop") return fetch(std::chrono::hours(1), /*stops=*/true);
  if (how == "deadline") return fetch(std::chrono::milliseconds(100), /*stops=*/false);
  if (how == "close") {
    const JwksVerifier verifier = make();
    auto waiter =
        std::async(std::launch::async, [&] { return verifier.warm_up(std::chrono::minutes(30)); });
    until_it_hangs();
    verifier.close();
    const auto told = waiter.get();
    return !told && told.error().reason() == jwks::ErrorReason::closed ? 0 : 1;
  }
  if (how == "destroy") {
    std::optional<JwksVerifier> verifier = make();
    until_it_hangs();
    verifier.reset();
    return 0;
  }
  if (how == "exit") {
    static const JwksVerifier verifier = make();
    until_it_hangs();
    return 0;
  }
  std::cerr << "usage: resolver_program stop|deadline|close|destroy|exit\n";
  return 2;
}
