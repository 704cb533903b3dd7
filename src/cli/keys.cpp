// `jwks keys`: which keys of a JWK Set the library uses, and why not the others.

#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/terminal.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {
namespace {

constexpr std::chrono::seconds kPatience{15};

/// Remembers the last document, so that a set of which no key is usable can be shown as well: a
/// verifier would refuse it whole.
class RememberingFetcher final : public Fetcher {
 public:
  explicit RememberingFetcher(std::shared_ptr<Fetcher> inner) : inner_(std::move(inner)) {}

  Outcome fetch(const FetchRequest& request, std::stop_token stop) override {
    Outcome outcome = inner_->fetch(request, std::move(stop));
    if (outcome.response && outcome.response->status == 200) {
      const std::lock_guard lock(mutex_);
      body_ = outcome.response->body;
    }
    return outcome;
  }

  [[nodiscard]] std::string body() const {
    const std::lock_guard lock(mutex_);
    return body_;
  }

 private:
  std::shared_ptr<Fetcher> inner_;
  mutable std::mutex mutex_;
  std::string body_;
};

/// The text of the set, found and fetched exactly as a service would.
std::optional<std::string> fetch_document(const KeyLocation& location, Status& status) {
  status = Status::usage;
  auto curl = make_curl_fetcher(location.http());
  if (!curl) {
    complain(curl.error());
    return std::nullopt;
  }
  const auto fetcher = std::make_shared<RememberingFetcher>(std::move(curl).value());
  const auto verifier =
      JwksVerifier::create({.issuer = location.issuer.empty() ? location.jwks_uri : location.issuer,
                            .jwks_uri = location.jwks_uri,
                            .validation = {.allow_any_audience = true},
                            .cache = {.background_refresh = false},
                            .http = location.http(),
                            .fetcher = fetcher});
  if (!verifier) {
    complain(verifier.error());
    return std::nullopt;
  }
  status = Status::unavailable;
  const auto loaded = verifier->warm_up(kPatience);
  if (!loaded && loaded.error().reason() != ErrorReason::document_rejected) {
    complain(loaded.error());
    return std::nullopt;
  }
  return fetcher->body();
}

void print_row(std::string_view kid, std::string_view type, std::string_view algorithm,
               std::string_view bits, std::string_view state) {
  std::cout << std::left << std::setw(46) << (kid.empty() ? "-" : kid) << std::setw(5) << type
            << std::setw(9) << algorithm << std::setw(6) << bits << state << '\n';
}

void print(const JwkSet& keys) {
  print_row("kid", "kty", "alg", "bits", "");
  for (const Jwk& key : keys.keys()) {
    const auto algorithm = key.algorithm();
    print_row(text::escape(key.key_id(), 45), key.key_type(),
              algorithm ? to_string(*algorithm) : "by type", std::to_string(key.bits()), "usable");
  }
  for (const SkippedKey& key : keys.skipped()) {
    print_row(key.key_id, "-", "-", "-", "not used: " + std::string(to_string(key.reason)));
  }
}

Status run_keys(const KeyLocation& location) {
  Status status = Status::usage;
  const auto document = location.jwks_file.empty()
                            ? fetch_document(location, status)
                            : read_file(location.jwks_file, JwkSet::kMaxBytes);
  if (!document) return status;
  const auto keys = JwkSet::parse(*document);
  if (!keys) {
    complain(keys.error());
    return status;
  }
  print(*keys);
  return keys->keys().empty() ? Status::rejected : Status::accepted;
}

}  // namespace

Command add_keys(CLI::App& app) {
  const auto location = std::make_shared<KeyLocation>();
  CLI::App* const command = app.add_subcommand("keys", "List the keys of a JWK Set");
  CLI::Option_group* const where = command->add_option_group("keys", "Where the keys are");
  where->add_option("--issuer", location->issuer, "Issuer to find them by discovery");
  where->add_option("--jwks-uri", location->jwks_uri, "URL of the JWK Set");
  where->add_option("--file", location->jwks_file, "File with a JWK Set")->check(CLI::ExistingFile);
  where->require_option(1);
  add_network_options(*command, *location);
  return {command, [location] { return run_keys(*location); }};
}

}  // namespace jwks::cli
