// A gRPC service that knows its callers: `grpc_service <issuer> <audience> <port>` lists the orders
// of who brings a token of that issuer with the scope orders:read, as the metadata `authorization`.
//
// It uses the callback API: where a key has to be fetched first, the library calls back, and no
// thread waits. A real service adds TLS (grpc::SslServerCredentials): tokens are for nobody else.

#include <grpcpp/grpcpp.h>
#include <jwks/authenticator.hpp>
#include <jwks/http.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "orders.grpc.pb.h"

namespace {

/// The token of a call; empty if there is not exactly one.
std::optional<std::string_view> token_of(const grpc::CallbackServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last || std::next(first) != last) return std::nullopt;
  return jwks::bearer_token({first->second.data(), first->second.size()});
}

/// The code says whether to log in again (UNAUTHENTICATED), to give up (PERMISSION_DENIED) or to
/// try again (UNAVAILABLE), and nothing else: why is for our own log.
grpc::Status status_of(const jwks::Error& error) {
  std::cerr << "refused: " << error.message() << '\n';
  switch (jwks::http_status(error)) {
    case 401:
      return {grpc::StatusCode::UNAUTHENTICATED, "the token is not valid"};
    case 403:
      return {grpc::StatusCode::PERMISSION_DENIED, "the token does not allow this"};
    case 503:
      return {grpc::StatusCode::UNAVAILABLE, "tokens can't be verified now"};
    default:
      return {grpc::StatusCode::INTERNAL, ""};
  }
}

/// Finishes a call that is refused. gRPC clients with a retry policy follow the pushback.
void refuse(grpc::CallbackServerContext& context, grpc::ServerUnaryReactor& reactor,
            const jwks::Error& error) {
  if (const std::optional<std::chrono::milliseconds> delay = error.retry_after()) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(delay->count()));
  }
  reactor.Finish(status_of(error));
}

/// Runs `serve` for callers with this scope, now or when the keys are there, and refuses others.
grpc::ServerUnaryReactor* guarded(const jwks::Authenticator& authenticator,
                                  grpc::CallbackServerContext& context, std::string_view scope,
                                  std::function<grpc::Status(const jwks::Principal&)> serve) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  const auto token = token_of(context);
  if (!token) {
    reactor->Finish({grpc::StatusCode::UNAUTHENTICATED, "a bearer token is needed"});
    return reactor;
  }
  authenticator.authenticate_async(
      *token, [&context, reactor, scope = std::string(scope),
               serve = std::move(serve)](const jwks::Result<jwks::Principal>& principal) {
        if (!principal) return refuse(context, *reactor, principal.error());
        if (const auto may = jwks::require_scope(*principal, scope); !may) {
          return refuse(context, *reactor, may.error());
        }
        reactor->Finish(serve(*principal));
      });
  return reactor;
}

class OrdersService final : public orders::Orders::CallbackService {
 public:
  explicit OrdersService(const jwks::Authenticator& authenticator)
      : authenticator_(authenticator) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const orders::ListRequest*,
                                 orders::ListReply* reply) override {
    return guarded(authenticator_, *context, "orders:read", [reply](const jwks::Principal& caller) {
      reply->set_owner(caller.user_id);
      reply->add_orders("a book");
      return grpc::Status::OK;
    });
  }

 private:
  const jwks::Authenticator& authenticator_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto authenticator = jwks::make_jwks_authenticator(
      {.issuer = argv[1], .audiences = {argv[2]}, .http = {.allow_loopback_http = true}});
  if (!authenticator) {
    std::cerr << authenticator.error().message() << '\n';
    return 2;
  }
  OrdersService service(**authenticator);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::string(argv[3]), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
