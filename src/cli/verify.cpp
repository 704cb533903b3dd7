// `jwks verify`: one token against keys from a file or the network.

#include <iostream>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/terminal.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {
namespace {

struct VerifyArguments {
  std::string token = "-";  ///< "-": standard input
  KeyLocation keys{};
  std::vector<std::string> audiences{};
  bool any_issuer = false;
  bool any_audience = false;
  std::vector<Algorithm> algorithms{};  ///< empty: the default allow-list
  std::chrono::seconds clock_skew{60};
  std::optional<std::chrono::sys_seconds> now{};
  bool json = false;
};

/// The texts that become other types once everything is parsed.
struct Raw {
  std::vector<std::string> algorithms{};
  std::int64_t clock_skew = 60;
  std::string now{};
};

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
    verifier = JwksVerifier::create({.issuer = location.issuer,
                                     .audiences = arguments.audiences,
                                     .jwks_uri = location.jwks_uri,
                                     .validation = validation_of(arguments),
                                     .http = location.http(),
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
  const Status status = status_of(token.error());
  print_error(token.error(), status == Status::unavailable ? "unavailable" : "rejected",
              arguments.json);
  return status;
}

/// What CLI11 can't express; throws its error.
void complete(VerifyArguments& arguments, const Raw& raw) {
  const KeyLocation& keys = arguments.keys;
  const bool local = !keys.jwks_file.empty() || !keys.pem_file.empty();
  if (arguments.any_issuer && (!local || !keys.issuer.empty())) {
    throw CLI::ValidationError("--any-issuer", "needs --jwks or --key, and no --issuer");
  }
  if (!arguments.any_issuer && keys.issuer.empty()) throw CLI::RequiredError("--issuer");
  if (arguments.any_audience != arguments.audiences.empty()) {
    throw CLI::ValidationError("--audience", "give at least one, or --any-audience");
  }
  arguments.algorithms = algorithms_of(raw.algorithms);
  if (!keys.pem_file.empty() && arguments.algorithms.size() != 1) {
    throw CLI::ValidationError("--algorithms", "a key from --key is for exactly one");
  }
  arguments.clock_skew = std::chrono::seconds(raw.clock_skew);
  if (!raw.now.empty()) arguments.now = parse_time(raw.now);
}

}  // namespace

Status status_of(const Error& error) noexcept {
  return error.category() == ErrorCategory::unavailable ? Status::unavailable : Status::rejected;
}

Command add_verify(CLI::App& app) {
  const auto arguments = std::make_shared<VerifyArguments>();
  const auto raw = std::make_shared<Raw>();
  CLI::App* const command = app.add_subcommand("verify", "Verify a token");
  command->add_option("token", arguments->token,
                      "The token; - (default) reads standard input, which keeps it out of the "
                      "shell's history and the list of processes");
  command->add_option("--issuer", arguments->keys.issuer,
                      "Expected \"iss\"; its keys are found by discovery unless given otherwise");
  command->add_flag("--any-issuer", arguments->any_issuer, "Don't check \"iss\" (local keys only)");
  command->add_option("--audience", arguments->audiences, "Accepted \"aud\"; may be repeated")
      ->allow_extra_args(false);  // or it would swallow the token
  command->add_flag("--any-audience", arguments->any_audience, "Don't check \"aud\"");

  CLI::Option_group* const where = command->add_option_group("keys", "Where the keys are");
  where->add_option("--jwks", arguments->keys.jwks_file, "File with a JWK Set")
      ->check(CLI::ExistingFile);
  where->add_option("--jwks-uri", arguments->keys.jwks_uri, "URL of the JWK Set");
  CLI::Option* const pem =
      where->add_option("--key", arguments->keys.pem_file, "PEM file with one public key")
          ->check(CLI::ExistingFile);
  where->require_option(0, 1);
  add_network_options(*command, arguments->keys);

  pem->needs(add_algorithms(*command, raw->algorithms));
  command->add_option("--clock-skew", raw->clock_skew, "Tolerance in seconds")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  command->add_option("--now", raw->now, "Judge as if it were this time")->check(is_time());
  command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  return {command, [arguments, raw] {
            complete(*arguments, *raw);
            return run_verify(*arguments);
          }};
}

}  // namespace jwks::cli
