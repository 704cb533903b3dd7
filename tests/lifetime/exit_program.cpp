// Ends a process in the ways that are hard on background threads, while a fetch is under way. The
// threads must be joined before OpenSSL is torn down, and nothing may wait for the issuer: the
// process ends with status 0, or CTest's timeout or a signal tells.
//
//   exit_program static|leaked|callback|curl

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "jwks/jwks_verifier.hpp"

namespace {

using jwks::JwksVerifier;

std::promise<void> fetching;

/// Says that it was called, and then waits to be stopped.
class HangingFetcher final : public jwks::Fetcher {
 public:
  Outcome fetch(const jwks::FetchRequest&, std::stop_token stop) override {
    fetching.set_value();
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    return {jwks::Error(jwks::ErrorCode::keys_unavailable, jwks::ErrorReason::fetch_failed)};
  }
};

/// Ends the process from the library's own thread.
class ExitingObserver final : public jwks::Observer {
 public:
  void on_event(const jwks::Event&) override {
    fetching.get_future().wait();
    std::exit(0);
  }
};

JwksVerifier make(std::shared_ptr<jwks::Observer> observer = {}) {
  return JwksVerifier::create({.issuer = "https://issuer.example",
                               .audiences = {"a"},
                               .jwks_uri = "https://issuer.example/jwks",
                               .fetcher = std::make_shared<HangingFetcher>(),
                               .observer = std::move(observer)})
      .value();
}

/// An issuer that takes connections and says nothing, for libcurl to wait for.
std::string silent_issuer() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, where, size) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, where, &size) != 0) {
    std::cerr << "no loopback socket\n";
    std::exit(1);
  }
  std::thread([listener] {
    accept(listener, nullptr, nullptr);
    fetching.set_value();
  }).detach();
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc == 2 ? argv[1] : "";
  if (how == "static") {
    static const JwksVerifier verifier = make();
    fetching.get_future().wait();
    return 0;  // the verifier is destroyed after the exit handler has joined the threads
  }
  if (how == "leaked") {
    static const auto* const verifier = new JwksVerifier(make());
    fetching.get_future().wait();
    static_cast<void>(verifier->verify("a.b.c"));
    return 0;
  }
  if (how == "callback") {
    static const JwksVerifier verifier = make(std::make_shared<ExitingObserver>());
    std::promise<void> never;
    never.get_future().wait();
  }
  if (how == "curl") {
    static const JwksVerifier verifier =
        JwksVerifier::create(
            {.issuer = silent_issuer(), .audiences = {"a"}, .http = {.allow_loopback_http = true}})
            .value();
    fetching.get_future().wait();
    return 0;
  }
  std::cerr << "usage: exit_program static|leaked|callback|curl\n";
  return 2;
}
