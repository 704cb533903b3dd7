// `jwks verify`: one token against keys from a file or the network.

#include <iostream>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{64} * 1024;

/// The system's clock, but for the time of day.
class StoppedWallClock final : public Clock {
 public:
  explicit StoppedWallClock(std::chrono::system_clock::time_point now) : now_(now) {}
  std::chrono::system_clock::time_point wall_now() const noexcept override { return now_; }
  SteadyTime steady_now() const noexcept override { return system_->steady_now(); }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  SteadyTime deadline) override {
    system_->wait_until(condition, lock, deadline);
  }

 private:
  std::chrono::system_clock::time_point now_;
  std::shared_ptr<Clock> system_ = Clock::system();
};

ValidationOptions validation_of(const VerifyArguments& arguments) {
  ValidationOptions options{.issuer = arguments.keys.issuer,
                            .audiences = arguments.audiences,
                            .allow_any_issuer = arguments.any_issuer,
                            .allow_any_audience = arguments.any_audience,
                            .clock_skew = arguments.clock_skew};
  if (!arguments.algorithms.empty()) {
    options.algorithms = {};
    for (const Algorithm algorithm : arguments.algorithms) options.algorithms.insert(algorithm);
  }
  return options;
}

/// Keys from a file; empty after a complaint.
std::optional<JwkSet> load_keys(const VerifyArguments& arguments) {
  const KeyLocation& location = arguments.keys;
  const bool pem = location.jwks_file.empty();
  const auto text = pem ? read_file(location.pem_file, kMaxPemBytes)
                        : read_file(location.jwks_file, JwkSet::kMaxBytes);
  if (!text) return std::nullopt;
  auto keys = pem ? JwkSet::from_pem(*text, arguments.algorithms.front()) : JwkSet::parse(*text);
  if (!keys) {
    complain(keys.error());
    return std::nullopt;
  }
  return std::move(keys).value();
}

std::optional<JwksVerifier> make_verifier(const VerifyArguments& arguments) {
  const KeyLocation& location = arguments.keys;
  std::shared_ptr<Clock> clock;
  if (arguments.now) clock = std::make_shared<StoppedWallClock>(*arguments.now);

  std::optional<Result<JwksVerifier>> verifier;
  if (!location.jwks_file.empty() || !location.pem_file.empty()) {
    auto keys = load_keys(arguments);
    if (!keys) return std::nullopt;
    verifier = JwksVerifier::create_static(*std::move(keys), validation_of(arguments), clock);
  } else {
    verifier = JwksVerifier::create(
        {.issuer = location.issuer,
         .audiences = arguments.audiences,
         .jwks_uri = location.jwks_uri,
         .validation = validation_of(arguments),
         .http = {.allow_loopback_http = location.allow_loopback_http, .ca_file = location.ca_file},
         .clock = clock});
  }
  if (!*verifier) {
    complain(verifier->error());
    return std::nullopt;
  }
  return std::move(*verifier).value();
}

void print_accepted(const VerifiedToken& token, bool json) {
  if (json) {
    std::cout << R"({"result":"accepted","algorithm":)" << json_string(to_string(token.algorithm()))
              << R"(,"kid":)" << json_string(token.key_id()) << R"(,"thumbprint":)"
              << json_string(token.key_thumbprint()) << R"(,"claims":)"
              << ascii_json(token.claims().json()) << "}\n";
    return;
  }
  std::cout << "accepted\n"
            << "algorithm   " << to_string(token.algorithm()) << '\n'
            << "kid         " << (token.key_id().empty() ? "(none)" : text::escape(token.key_id()))
            << '\n'
            << "thumbprint  " << token.key_thumbprint() << '\n'
            << "claims      " << ascii_json(token.claims().json()) << '\n';
}

void print_error(const Error& error, std::string_view result, bool json) {
  if (!json) {
    std::cout << result << ": " << error.message() << '\n';
    return;
  }
  std::cout << R"({"result":)" << json_string(result) << R"(,"code":)"
            << json_string(to_string(error.code()));
  if (error.reason() != ErrorReason::none) {
    std::cout << R"(,"reason":)" << json_string(to_string(error.reason()));
  }
  std::cout << R"(,"message":)" << json_string(error.message()) << "}\n";
}

}  // namespace

Status run_verify(const VerifyArguments& arguments) {
  const auto verifier = make_verifier(arguments);
  if (!verifier) return Status::usage;
  // A token that is too long for the buffer is too long for the library too, and refused by it.
  const std::string text =
      arguments.token == "-" ? read_standard_input(kMaxTokenBytes + 16) : arguments.token;
  const auto token = verifier->verify(text);
  if (token) {
    print_accepted(*token, arguments.json);
    return Status::accepted;
  }
  const bool unavailable = token.error().category() == ErrorCategory::unavailable;
  print_error(token.error(), unavailable ? "unavailable" : "rejected", arguments.json);
  return unavailable ? Status::unavailable : Status::rejected;
}

}  // namespace jwks::cli
