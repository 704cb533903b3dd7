#include "emulator/oauth/authorization_endpoint.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "emulator/oauth/client_authentication.hpp"
#include "emulator/oauth/pages.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/oauth/pkce.hpp"
#include "emulator/oauth/redirect.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// RFC 6749 §4.1.2.1: why the client gets no code.
struct Refusal {
  std::string_view error;
  std::string_view description;
};

/// A request of a known client that said where to answer.
class AuthorizationRequest {
 public:
  AuthorizationRequest(OAuthContext& context, const HttpRequest& request, Parameters parameters,
                       ApplicationRecord client, std::string redirect_uri)
      : context_(context),
        request_(request),
        parameters_(std::move(parameters)),
        client_(std::move(client)),
        redirect_uri_(std::move(redirect_uri)) {}

  [[nodiscard]] HttpResponse answer() {
    if (const auto refusal = check()) return refuse(*refusal);
    std::variant<User, Refusal, HttpResponse> user =
        context_.settings.interactive ? ask_user() : pick_user();
    if (const auto* refusal = std::get_if<Refusal>(&user)) return refuse(*refusal);
    if (auto* page = std::get_if<HttpResponse>(&user)) return std::move(*page);
    return approve(std::get<User>(user));
  }

 private:
  [[nodiscard]] std::string_view parameter(std::string_view name) const {
    return find(parameters_, name);
  }

  /// What is wrong with the request. Sets `scopes_`.
  [[nodiscard]] std::optional<Refusal> check() {
    if (const std::string_view problem = problem_of(parameters_); !problem.empty()) {
      return Refusal{"invalid_request", problem};
    }
    // OpenID Connect Core 1.0 §6: what is in there would be overlooked.
    if (!parameter("request").empty()) return Refusal{"request_not_supported", ""};
    if (!parameter("request_uri").empty()) return Refusal{"request_uri_not_supported", ""};
    const std::string_view type = parameter("response_type");
    if (type.empty()) return Refusal{"invalid_request", "response_type is missing"};
    if (type != "code") return Refusal{"unsupported_response_type", "only code is supported"};
    const std::string_view mode = parameter("response_mode");
    if (!mode.empty() && mode != "query") {
      return Refusal{"invalid_request", "only the response_mode query is supported"};
    }
    if (auto refusal = check_pkce()) return refusal;
    if (auto refusal = check_scope()) return refusal;
    return check_prompt();
  }

  [[nodiscard]] std::optional<Refusal> check_pkce() const {
    const std::string_view challenge = parameter("code_challenge");
    if (challenge.empty() && client_.application.is_public) {
      return Refusal{"invalid_request", "a public client needs a code_challenge"};
    }
    const std::string_view method = parameter("code_challenge_method");
    const std::string_view problem =
        challenge_problem(challenge, method, context_.settings.allow_plain_pkce);
    if (!problem.empty()) return Refusal{"invalid_request", problem};
    if (client_.application.is_public && method != "S256") {
      return Refusal{"invalid_request", "a public client needs code_challenge_method S256"};
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Refusal> check_scope() {
    scopes_ = client_.application.scopes;
    const std::string_view scope = parameter("scope");
    if (scope.empty()) return std::nullopt;
    auto asked = split_scope(scope);
    if (!asked) return Refusal{"invalid_scope", "scopes are separated by one space"};
    const bool is_granted = std::all_of(asked->begin(), asked->end(), [&](const auto& each) {
      return contains(client_.application.scopes, each) || contains(standard_scopes(), each);
    });
    if (!is_granted) {
      return Refusal{"invalid_scope", "this client may not ask for all of these scopes"};
    }
    scopes_ = *std::move(asked);
    return std::nullopt;
  }

  /// OpenID Connect Core 1.0 §3.1.2.1.
  [[nodiscard]] std::optional<Refusal> check_prompt() const {
    const std::string_view max_age = parameter("max_age");
    if (!std::all_of(max_age.begin(), max_age.end(), text::is_digit)) {
      return Refusal{"invalid_request", "max_age is no number of seconds"};
    }
    const auto prompts = split_scope(parameter("prompt"));
    if (!parameter("prompt").empty() && (!prompts || (asks_for_none() && prompts->size() > 1))) {
      return Refusal{"invalid_request", "prompt is none alone, or a list of other values"};
    }
    return std::nullopt;
  }

  [[nodiscard]] bool asks_for_none() const {
    return contains(split_scope(parameter("prompt")).value_or(std::vector<std::string>{}), "none");
  }

  /// Lets in whom the request names. Everybody logs in just now, which suits every "max_age".
  [[nodiscard]] std::variant<User, Refusal, HttpResponse> pick_user() const {
    const std::string_view hint = parameter("login_hint");
    if (hint.empty()) return context_.directory.first_user();
    if (auto user = context_.directory.user_by_email(hint)) return *std::move(user);
    if (asks_for_none()) return Refusal{"login_required", "login_hint names no user"};
    return Refusal{"access_denied", "login_hint names no user"};
  }

  [[nodiscard]] std::variant<User, Refusal, HttpResponse> ask_user() const {
    // There are no sessions: whoever comes has to say who it is.
    if (asks_for_none()) return Refusal{"login_required", "nobody is logged in"};
    const bool is_form = request_.method == "POST";
    if (is_form && !parameter(kCancelField).empty()) {
      return Refusal{"access_denied", "the user cancelled"};
    }
    const bool is_attempt = is_form && !parameter(kEmailField).empty();
    if (is_attempt) {
      auto user = context_.directory.log_in(parameter(kEmailField), parameter(kPasswordField));
      if (user) return *std::move(user);
    }
    LoginPage page{.client_name = client_.application.name.empty() ? client_.application.client_id
                                                                   : client_.application.name,
                   .email = parameter(is_attempt ? kEmailField : std::string_view("login_hint")),
                   .carried = parameters_,
                   .is_second_attempt = is_attempt};
    std::erase_if(page.carried, [](const auto& each) {
      return each.first == kEmailField || each.first == kPasswordField;
    });
    return login_page(page);
  }

  [[nodiscard]] HttpResponse approve(const User& user) {
    AuthorizationCode code{.grant = {.application_id = client_.id,
                                     .client_id = client_.application.client_id,
                                     .user_id = user.id,
                                     .scopes = scopes_,
                                     .nonce = std::string(parameter("nonce")),
                                     .auth_time = context_.clock.now()},
                           .redirect_uri = redirect_uri_,
                           .redirect_uri_was_sent = !parameter("redirect_uri").empty(),
                           .challenge = std::string(parameter("code_challenge")),
                           .challenge_is_plain = parameter("code_challenge_method") != "S256"};
    return send_back({{"code", context_.grants.add_code(std::move(code))}});
  }

  [[nodiscard]] HttpResponse refuse(const Refusal& refusal) const {
    Parameters answer{{"error", std::string(refusal.error)}};
    if (!refusal.description.empty()) {
      answer.emplace_back("error_description", refusal.description);
    }
    return send_back(std::move(answer));
  }

  [[nodiscard]] HttpResponse send_back(Parameters answer) const {
    const std::string_view state = find_sound(parameters_, "state");
    if (!state.empty()) answer.emplace_back("state", state);
    answer.emplace_back("iss", request_.issuer);  // RFC 9207 §2
    // RFC 9700 §4.12: after a POST, a status that can't carry the body along.
    return redirect_to(redirect_uri_, answer, request_.method == "POST" ? 303 : 302);
  }

  OAuthContext& context_;
  const HttpRequest& request_;
  const Parameters parameters_;
  const ApplicationRecord client_;
  const std::string redirect_uri_;
  std::vector<std::string> scopes_;
};

/// Where the client is answered: where it asks to be if that is registered, byte for byte, or at
/// its only URI if it does not say. Empty otherwise.
std::string_view redirect_uri_for(const Application& client, const Parameters& parameters) {
  std::string_view uri = find_sound(parameters, "redirect_uri");
  const auto& registered = client.redirect_uris;
  const bool was_sent = !find(parameters, "redirect_uri").empty();
  if (!was_sent && registered.size() == 1) uri = registered.front();
  return contains(registered, uri) && is_redirectable(uri) ? uri : std::string_view{};
}

}  // namespace

const std::vector<std::string>& standard_scopes() {
  static const std::vector<std::string> scopes{"openid", "profile", "email", "offline_access"};
  return scopes;
}

HttpResponse answer_authorization_request(OAuthContext& context, const HttpRequest& request) {
  const bool is_post = request.method == "POST";
  if (is_post && request.media_type() != "application/x-www-form-urlencoded") {
    return error_page("The request must be a form.");
  }
  Parameters parameters = without_omitted(parse_form(is_post ? request.body : request.query));
  auto client = find_client(context.directory, find_sound(parameters, "client_id"));
  if (!client) return error_page("No such client: the client_id is missing or unknown.");
  std::string redirect_uri(redirect_uri_for(client->application, parameters));
  if (redirect_uri.empty()) {
    return error_page("The redirect_uri is missing, or not one of the client's.");
  }
  return AuthorizationRequest(context, request, std::move(parameters), *std::move(client),
                              std::move(redirect_uri))
      .answer();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
