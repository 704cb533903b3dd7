// `jwks serve-auth`: answers the questions of a proxy (nginx `auth_request`, Envoy `ext_authz`),
// may this request pass, and who is it?

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "cli/serve/audit_log.hpp"
#include "cli/serve/gate.hpp"
#include "cli/serve/options.hpp"
#include "cli/serve/server.hpp"
#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

/// For answers that wait for keys when the program is told to end.
constexpr std::chrono::milliseconds kGrace{1000};

/// Blocks the signals that end the program, in this thread and in those it starts.
sigset_t block_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// With the audit log on standard output, that is for nothing else.
bool say_ready(const ServeOptions& options, const Server& server) {
  std::string line = "jwks serve-auth: listening on " + server.url() + '\n';
  if (!options.status.empty()) line += "jwks serve-auth: status on " + server.status_url() + '\n';
  if (options.audit == "-") {
    std::cerr << line;
    return true;
  }
  std::cout << line;
  return flush_output();
}

Status run_serve_auth(const ServeOptions& options) {
  const ServerOptions server_options = cli::server_options(options);
  const PrincipalMapper mapper = mapper_of(options);
  ::signal(SIGPIPE, SIG_IGN);  // who reads our output may leave: writing says so
  std::shared_ptr<AuditLog> audit;
  if (!options.audit.empty()) {
    audit = AuditLog::open(options.audit);
    if (audit == nullptr) return Status::usage;
  }
  const sigset_t signals = block_signals();
  AuthenticatorPtr authenticator = authenticator_of(options, mapper);
  if (authenticator == nullptr) return Status::usage;

  auto server =
      Server::start(server_options,
                    std::make_unique<Gate>(std::move(authenticator), mapper,
                                           GateOptions{.realm = options.realm,
                                                       .ext_authz_prefix = options.ext_authz_prefix,
                                                       .auditor = audit}));
  if (!server) {
    complain(std::string(server.error().subject()) + ": " + std::string(server.error().detail()));
    return Status::usage;
  }
  if (!say_ready(options, *server)) return Status::usage;
  int signal = 0;
  ::sigwait(&signals, &signal);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // another one ends the program at once
  server->stop(kGrace);
  return Status::accepted;
}

}  // namespace

Command add_serve_auth(CLI::App& app) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* const command =
      app.add_subcommand("serve-auth", "Check tokens for a proxy: nginx auth_request, Envoy");
  add_options(*command, *options);
  return {command, [options] { return run_serve_auth(*options); }};
}

}  // namespace jwks::cli
