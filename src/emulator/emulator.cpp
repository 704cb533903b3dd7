#include "jwks/emulator.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "base/authority.hpp"
#include "emulator/emulation.hpp"
#include "emulator/http/http_server.hpp"
#include "emulator/http/tls_identity.hpp"
#include "emulator/issuer/token_request.hpp"
#include "emulator/service.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view option, std::string_view why) {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

/// What a client on this machine connects to.
std::string bound_url(bool tls, const std::string& host, std::uint16_t port) {
  std::string reachable = host;
  if (host == "0.0.0.0") reachable = "127.0.0.1";
  if (host == "::") reachable = "::1";
  if (reachable.find(':') != std::string::npos) reachable = '[' + reachable + ']';
  return (tls ? "https://" : "http://") + reachable + ':' + std::to_string(port);
}

/// The host of an issuer's URL, without brackets.
std::string host_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://"), url.size() - 3) + 3);
  const auto authority = parse_authority(url.substr(0, url.find('/')));
  return authority ? std::string(authority->host) : std::string();
}

/// What the server has to be called: clients may know it by its address or as the pinned issuer.
Result<std::shared_ptr<const TlsIdentity>> identity_for(const EmulatorOptions& options) {
  if (!options.tls) return std::shared_ptr<const TlsIdentity>();
  std::vector<std::string> names{options.host};
  if (!options.issuer.empty()) names.push_back(host_of(options.issuer));
  auto identity = TlsIdentity::create(names);
  if (!identity) return identity.error();
  return std::make_shared<const TlsIdentity>(std::move(identity).value());
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
  std::string host{};
  std::string url{};
  std::uint16_t port = 0;
  std::shared_ptr<const TlsIdentity> tls{};  ///< the same after a restart
  std::unique_ptr<Emulation> emulation{};
  std::unique_ptr<Service> service{};
  std::string failing{};  ///< the hook of `fail_with`; guarded by mutex

  std::mutex mutex{};         // serialises stop and restart; no request takes it
  std::mutex server_mutex{};  // of which server there is; held for a moment only
  std::optional<HttpServer> server{};

  // The requests that are being answered use the rest: they end first, and wait for no keys.
  ~State() {
    if (emulation) emulation->realms().stop_searching();
    stop();
  }

  [[nodiscard]] Result<void> serve(HttpServer&& bound) {
    {
      const std::lock_guard lock(server_mutex);
      server.emplace(std::move(bound));
    }
    auto serving = server->serve(
        {.respond = [this](HttpRequest request) { return service->respond(std::move(request)); },
         .greet = [this] { return service->greet(); }});
    if (!serving) stop();  // or it would hold the port, and be taken for one that serves
    return serving;
  }
  /// Not with `server_mutex`: a request that is waited for may ask for a refusal.
  void stop() noexcept {
    std::optional<HttpServer> stopping;
    const std::lock_guard lock(server_mutex);
    stopping = std::exchange(server, std::nullopt);
  }
  /// False: there is no port to close.
  [[nodiscard]] bool refuse_for(std::chrono::milliseconds time) {
    const std::lock_guard lock(server_mutex);
    if (server) server->refuse_for(time);
    return server.has_value();
  }
  /// The realm; null if there is none of this name.
  [[nodiscard]] std::shared_ptr<Realm> realm(std::string_view name) const {
    return emulation->realms().find(name);
  }
};

Emulator::Emulator(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Emulator::Emulator(Emulator&&) noexcept = default;
Emulator& Emulator::operator=(Emulator&&) noexcept = default;
Emulator::~Emulator() = default;

Result<Emulator> Emulator::start(EmulatorOptions options) {
  return guarded([&]() -> Result<Emulator> {
    // Asked here already: no host at all would be bound as any.
    if (options.host.empty()) return refused("host", "must not be empty");
    // The port first: a busy one is the likeliest failure and the cheapest to find.
    const auto tls = identity_for(options);
    if (!tls) return tls.error();
    auto server = HttpServer::bind(options.host, options.port, {}, *tls);
    if (!server) return server.error();
    auto state = std::make_unique<State>();
    state->host = options.host;
    state->url = bound_url(options.tls, options.host, server->port());
    state->port = server->port();
    state->tls = *tls;
    auto emulation = Emulation::create(
        std::move(options), {.url = state->url,
                             .ca_pem = *tls ? (*tls)->ca_pem() : std::string(),
                             .refuse_for = [at = state.get()](std::chrono::milliseconds time) {
                               return at->refuse_for(time);
                             }});
    if (!emulation) return emulation.error();
    state->emulation = std::move(*emulation);
    state->service = std::make_unique<Service>(*state->emulation);
    if (const auto serving = state->serve(std::move(*server)); !serving) return serving.error();
    return Emulator(std::move(state));
  });
}

std::string Emulator::issuer(std::string_view name) const {
  const auto realm = state_->realm(name);
  return realm ? realm->issuer.identifier() : std::string();
}
std::string Emulator::url() const { return state_->url; }
std::string Emulator::jwks_uri(std::string_view issuer) const {
  std::string uri = state_->url;
  if (!issuer.empty()) uri.append("/").append(issuer);
  return uri += Issuer::kJwksPath;
}
std::uint16_t Emulator::port() const noexcept { return state_->port; }
std::string Emulator::ca_pem() const { return state_->emulation->surroundings().ca_pem; }

std::vector<Application> Emulator::applications() const {
  return state_->emulation->directory().applications();
}
std::string Emulator::api_key() const { return state_->emulation->directory().any_api_key(); }
std::string Emulator::control_token() const { return state_->emulation->control_token(); }

Result<std::string> Emulator::issue(const TokenRequest& request) const {
  return guarded([&]() -> Result<std::string> {
    if (const auto checked = check_json(request); !checked) return checked.error();
    return state_->emulation->issue(request);
  });
}

Result<void> Emulator::rotate_keys(Rotation rotation, std::string_view issuer) const {
  return guarded([&] { return state_->emulation->rotate(rotation, issuer); });
}

std::string Emulator::key_id(Algorithm algorithm, std::string_view issuer) const {
  const auto realm = state_->realm(issuer);
  if (!realm) return {};
  const auto keys = realm->issuer.keyring().snapshot();
  const SigningKey* const key = keys->signer(algorithm);
  return key == nullptr ? std::string() : key->key_id();
}

std::string Emulator::jwks(std::string_view issuer) const {
  const auto realm = state_->realm(issuer);
  return realm ? realm->issuer.keyring().snapshot()->jwks : std::string();
}

std::uint64_t Emulator::jwks_version(std::string_view issuer) const {
  const auto realm = state_->realm(issuer);
  return realm ? realm->issuer.keyring().snapshot()->version : 0;
}

std::size_t Emulator::requests(std::string_view path) const {
  return state_->emulation->journal().count(path);
}

std::vector<JournalEntry> Emulator::journal() const {
  return state_->emulation->journal().entries();
}

void Emulator::clear_journal() const { state_->emulation->journal().clear(); }

Result<std::string> Emulator::add_hook(Hook hook) const {
  return guarded([&] { return state_->emulation->hooks().add(std::move(hook)); });
}
std::vector<Hook> Emulator::hooks() const { return state_->emulation->hooks().list(); }
bool Emulator::remove_hook(std::string_view id) const {
  return state_->emulation->hooks().remove(id);
}
void Emulator::clear_hooks() const { state_->emulation->hooks().clear(); }

Result<std::string> Emulator::add_fault(Fault fault) const {
  return guarded([&] { return state_->emulation->add_fault(std::move(fault)); });
}
std::vector<Fault> Emulator::faults() const { return state_->emulation->faults().list(); }
bool Emulator::remove_fault(std::string_view id) const {
  return state_->emulation->faults().remove(id);
}
void Emulator::clear_faults() const { state_->emulation->faults().clear(); }

Result<void> Emulator::fail_with(std::optional<int> status) const {
  return guarded([&]() -> Result<void> {
    const std::lock_guard lock(state_->mutex);
    std::string failing;
    if (status) {
      auto added = state_->emulation->hooks().add({.status = *status}, Hooks::Turn::first);
      if (!added) return added.error();
      failing = std::move(added).value();
    }
    remove_hook(std::exchange(state_->failing, std::move(failing)));
    return {};
  });
}

std::chrono::system_clock::time_point Emulator::now() const {
  return state_->emulation->clock().now();
}
void Emulator::set_clock(std::chrono::system_clock::time_point time, bool frozen) const {
  state_->emulation->clock().set(time, frozen);
}
void Emulator::advance_clock(std::chrono::nanoseconds by) const {
  state_->emulation->clock().advance(by);
}
void Emulator::reset_clock() const { state_->emulation->clock().reset(); }

Result<void> Emulator::reset() const {
  return guarded([&] { return state_->emulation->reset(); });
}

void Emulator::stop() const noexcept {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->stop();
}

Result<void> Emulator::restart() const {
  return guarded([&]() -> Result<void> {
    const std::lock_guard lock(state_->mutex);
    if (state_->server) return {};
    auto server = HttpServer::bind(state_->host, state_->port, {}, state_->tls);
    if (!server) return server.error();
    return state_->serve(std::move(*server));
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
