#include "jwks/emulator.hpp"

#include <mutex>
#include <new>
#include <utility>

#include "emulator/http/http_server.hpp"
#include "emulator/issuer/keyring.hpp"
#include "emulator/service.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view option, std::string_view why) {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

Result<void> check(const EmulatorOptions& options) {
  if (options.host.empty()) return refused("host", "must not be empty");
  if (!options.issuer.empty()) {
    if (const auto problem = issuer_problem(options.issuer); !problem.empty()) {
      return refused("issuer", problem);
    }
  }
  if (options.token_lifetime <= std::chrono::seconds::zero()) {
    return refused("token_lifetime", "must be more than 0 s");
  }
  if (options.jwks_max_age < std::chrono::seconds::zero()) {
    return refused("jwks_max_age", "must not be negative");
  }
  return {};
}

std::vector<KeyOptions> default_keys() {
  return {{.algorithm = Algorithm::es256},
          {.algorithm = Algorithm::rs256},
          {.algorithm = Algorithm::ps256},
          {.algorithm = Algorithm::eddsa}};
}

/// What a client on this machine connects to.
std::string bound_url(const std::string& host, std::uint16_t port) {
  std::string reachable = host;
  if (host == "0.0.0.0") reachable = "127.0.0.1";
  if (host == "::") reachable = "::1";
  if (reachable.find(':') != std::string::npos) reachable = '[' + reachable + ']';
  return "http://" + reachable + ':' + std::to_string(port);
}

/// Runs `work`, and turns what it throws into an error: nothing is thrown at users.
template <class Work>
auto guarded(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  } catch (const std::exception& problem) {
    return refused("emulator", problem.what());
  }
}

}  // namespace

struct Emulator::State {
  std::string host;
  std::string url;
  std::uint16_t port;
  std::unique_ptr<Service> service;

  std::mutex mutex{};                  // serialises stop and restart; no request takes it
  std::optional<HttpServer> server{};  // after the service: destroyed before what it calls

  [[nodiscard]] Result<void> serve(HttpServer&& bound) {
    server.emplace(std::move(bound));
    return server->serve(
        [&answers = *service](const HttpRequest& request) { return answers.respond(request); });
  }
};

Emulator::Emulator(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Emulator::Emulator(Emulator&&) noexcept = default;
Emulator& Emulator::operator=(Emulator&&) noexcept = default;
Emulator::~Emulator() = default;

Result<Emulator> Emulator::start(EmulatorOptions options) {
  return guarded([&]() -> Result<Emulator> {
    if (const auto checked = check(options); !checked) return checked.error();
    auto applications = registered(std::move(options.applications));
    if (!applications) return applications.error();
    // The port first: a busy one is the likeliest failure and the cheapest to find.
    auto server = HttpServer::bind(options.host, options.port);
    if (!server) return server.error();
    auto keyring = Keyring::create(options.keys.empty() ? default_keys() : options.keys);
    if (!keyring) return keyring.error();

    const std::string url = bound_url(options.host, server->port());
    Issuer issuer({.identifier = options.issuer.empty() ? url : options.issuer,
                   .token_lifetime = options.token_lifetime,
                   .jwks_max_age = options.jwks_max_age,
                   .token_type = options.token_type,
                   .clock = options.clock},
                  std::move(*keyring));
    auto service = std::make_unique<Service>(std::move(issuer), std::move(*applications), options);
    std::unique_ptr<State> state(new State{
        .host = options.host, .url = url, .port = server->port(), .service = std::move(service)});
    if (const auto serving = state->serve(std::move(*server)); !serving) return serving.error();
    return Emulator(std::move(state));
  });
}

std::string Emulator::issuer() const { return state_->service->issuer().identifier(); }
std::string Emulator::url() const { return state_->url; }
std::string Emulator::jwks_uri() const { return state_->url + "/.well-known/jwks.json"; }
std::uint16_t Emulator::port() const noexcept { return state_->port; }
std::vector<Application> Emulator::applications() const { return state_->service->applications(); }

Result<std::string> Emulator::issue(const TokenRequest& request) const {
  return guarded([&] { return state_->service->issuer().issue(request); });
}

Result<void> Emulator::rotate_keys(Rotation rotation) const {
  return guarded([&] { return state_->service->issuer().keyring().rotate(rotation); });
}

std::string Emulator::key_id(Algorithm algorithm) const {
  const auto keys = state_->service->issuer().keyring().snapshot();
  const SigningKey* const key = keys->signer(algorithm);
  return key == nullptr ? std::string() : key->key_id();
}

std::string Emulator::jwks() const { return state_->service->issuer().keyring().snapshot()->jwks; }

std::uint64_t Emulator::jwks_version() const {
  return state_->service->issuer().keyring().snapshot()->version;
}

std::size_t Emulator::requests(std::string_view path) const {
  return state_->service->journal().count(path);
}

std::vector<JournalEntry> Emulator::journal() const { return state_->service->journal().entries(); }

void Emulator::clear_journal() const { state_->service->journal().clear(); }

void Emulator::fail_with(std::optional<int> status) const { state_->service->fail_with(status); }

void Emulator::stop() const noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->server.reset();
}

Result<void> Emulator::restart() const {
  return guarded([&]() -> Result<void> {
    const std::lock_guard lock(state_->mutex);
    if (state_->server) return {};
    auto server = HttpServer::bind(state_->host, state_->port);
    if (!server) return server.error();
    return state_->serve(std::move(*server));
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
