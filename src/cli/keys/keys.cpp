// `jwks keys`: which keys of a JWK Set the library uses, and why not the others.

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/algorithm_names.hpp"
#include "cli/command.hpp"
#include "cli/keys/key_list.hpp"
#include "cli/keys/recording_fetcher.hpp"
#include "cli/keys/watch.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "jwks/jwks_verifier.hpp"
#include "source/cache_control.hpp"

namespace jwks::cli {
namespace {

constexpr std::chrono::seconds kPatience{15};

struct KeysArguments {
  KeyLocation location{};
  bool json = false;
  bool watch = false;
  std::int64_t interval = 0;  ///< seconds; 0: not given
};

/// A key set, and how it came.
struct Found {
  std::string document{};
  // Of the network:
  std::string jwks_uri{};
  std::string discovery{};  ///< the document that named it; empty if none did
  std::optional<FetchResponse> response{};
};

// --- Finding ---

/// Finds and fetches the key set exactly as a service would. On failure the status to end with.
std::optional<Found> fetch_keys(const KeyLocation& location, Status& status) {
  status = Status::usage;
  auto curl = make_curl_fetcher(location.http());
  if (!curl) {
    complain(curl.error());
    return std::nullopt;
  }
  const auto fetcher = std::make_shared<RecordingFetcher>(std::move(curl).value());
  const std::string& place = location.issuer.empty() ? location.jwks_uri : location.issuer;
  const auto verifier =
      JwksVerifier::create({.issuer = place,
                            .jwks_uri = location.jwks_uri,
                            .validation = {.allow_any_audience = true, .algorithms = kEveryKeyPair},
                            .cache = {.background_refresh = false},
                            .http = location.http(),
                            .fetcher = fetcher});
  if (!verifier) {
    complain(verifier.error());
    return std::nullopt;
  }
  status = Status::unavailable;
  const Waiting waiting("waiting for " + text::escape(place, 60));
  const auto loaded = verifier->warm_up(kPatience, WarmUp::fail_fast);
  const std::vector<RecordedResponse> responses = fetcher->responses();
  // A set of which no key is usable can be shown as well.
  const bool came = loaded || loaded.error().reason() == ErrorReason::document_rejected;
  if (!came || responses.empty()) {
    complain(loaded.error());
    return std::nullopt;
  }
  const RecordedResponse& last = responses.back();
  Found found{.document = last.response.body, .jwks_uri = last.url, .response = last.response};
  for (const RecordedResponse& each : responses) {
    if (each.url != last.url) found.discovery = each.response.body;
  }
  return found;
}

std::optional<Found> find_keys(const KeyLocation& location, Status& status) {
  if (location.jwks_file.empty()) return fetch_keys(location, status);
  status = Status::usage;
  auto document = read_input(location.jwks_file, JwkSet::kMaxBytes);
  if (!document) return std::nullopt;
  return Found{.document = *std::move(document)};
}

// --- Printing ---

/// What the issuer says that it signs ID tokens with.
std::vector<std::string> algorithms_of(const Found& found) {
  std::vector<std::string> algorithms;
  const auto document = json::parse_object(found.discovery, {.depth = 16});
  if (!document) return algorithms;
  const auto listed = document->root().find("id_token_signing_alg_values_supported");
  if (!listed || !listed->is_array()) return algorithms;
  for (const JsonValue each : *listed) algorithms.emplace_back(each.as_string().value_or(""));
  return algorithms;
}

std::chrono::seconds ttl_of(const FetchResponse& response) {
  return source::freshness_of(response, CacheOptions{}).ttl;
}

void print_origin(const KeyLocation& location, const Found& found, const Colours& colours) {
  Table table;
  const auto add = [&table, &colours](const char* name, const std::string& value) {
    table.add_row({{name, [&colours](std::string_view text) { return colours.faint(text); }},
                   {text::escape(value)}});
  };
  if (!found.discovery.empty()) {
    std::string algorithms;
    for (const std::string& each : algorithms_of(found)) algorithms += each + ' ';
    add("issuer", location.issuer);
    add("signs with", std::string(text::trim(algorithms)));
  }
  add("jwks_uri", found.jwks_uri);
  add("status", std::to_string(found.response->status));
  add("Cache-Control", found.response->cache_control);
  add("Age", found.response->age);
  add("ETag", found.response->etag);
  add("kept for", std::to_string(ttl_of(*found.response).count()) + " s");
  table.print(std::cout);
  std::cout << '\n';
}

std::string origin_json(const KeyLocation& location, const Found& found) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    out += json_string(name) + ':' + value + ',';
  };
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? std::string("null") : json_string(text);
  };
  if (!found.discovery.empty()) {
    std::string algorithms;
    for (const std::string& each : algorithms_of(found)) {
      algorithms += (algorithms.empty() ? "" : ",") + json_string(each);
    }
    add("issuer", json_string(location.issuer));
    add("id_token_signing_alg_values_supported", '[' + algorithms + ']');
  }
  add("jwks_uri", json_string(found.jwks_uri));
  add("status", std::to_string(found.response->status));
  add("cache_control", text_or_null(found.response->cache_control));
  add("age", text_or_null(found.response->age));
  add("etag", text_or_null(found.response->etag));
  add("ttl", std::to_string(ttl_of(*found.response).count()));
  return out;
}

void print(const KeysArguments& arguments, const Found& found, const std::vector<ListedKey>& keys) {
  if (arguments.json) {
    std::cout << '{' << (found.response ? origin_json(arguments.location, found) : "")
              << R"("keys":)" << to_json(keys) << "}\n";
    return;
  }
  const Colours colours = Colours::of_standard_output();
  if (found.response) print_origin(arguments.location, found, colours);
  print_table(keys, colours);
}

/// RFC 7517 §9.2: whoever could read the set can sign with these.
void warn_of_exposed(const std::vector<ListedKey>& keys) {
  for (const ListedKey& each : keys) {
    if (!each.exposed) continue;
    warn("the set shows the secret part of key " +
         (each.key_id ? '"' + text::escape(*each.key_id, 64) + '"' : std::string("without a kid")) +
         ": whoever has seen it can sign tokens; replace the key now");
  }
}

Status run_keys(const KeysArguments& arguments) {
  Status status = Status::usage;
  const auto found = find_keys(arguments.location, status);
  if (!found) return status;
  const auto keys = list_keys(found->document);
  if (!keys) {
    complain(found->response ? found->jwks_uri : arguments.location.jwks_file, keys.error());
    return status;
  }
  print(arguments, *found, *keys);
  warn_of_exposed(*keys);
  const bool usable =
      std::ranges::any_of(*keys, [](const ListedKey& each) { return each.key.has_value(); });
  return usable ? Status::accepted : Status::rejected;
}

Status run(const KeysArguments& arguments) {
  if (!arguments.watch) return run_keys(arguments);
  if (!arguments.location.jwks_file.empty()) {
    throw CLI::ValidationError("--watch", "a file is not watched; use --issuer or --jwks-uri");
  }
  std::optional<std::chrono::seconds> interval;
  if (arguments.interval > 0) interval = std::chrono::seconds(arguments.interval);
  return watch_keys(arguments.location, interval);
}

}  // namespace

Command add_keys(CLI::App& app) {
  const auto arguments = std::make_shared<KeysArguments>();
  KeyLocation& location = arguments->location;
  CLI::App* const command = app.add_subcommand("keys", "List the keys of a JWK Set");
  CLI::Option_group* const where = command->add_option_group("keys", "Where the keys are");
  where->add_option("--issuer", location.issuer, "Issuer to find them by discovery")
      ->type_name("URL")
      ->check(is_not_empty());
  where->add_option("--jwks-uri", location.jwks_uri, "URL of the JWK Set")
      ->type_name("URL")
      ->check(is_not_empty());
  where->add_option("--file", location.jwks_file, "File with a JWK Set; - is standard input")
      ->type_name("FILE")
      ->check(is_not_empty());
  where->require_option(1);
  add_network_options(*command, location);
  CLI::Option* const json = command->add_flag("--json", arguments->json, "Print one JSON object");
  CLI::Option* const watch = command->add_flag(
      "--watch", arguments->watch, "Show how the key set changes, until a signal comes");
  watch->excludes(json);
  command->add_option("--interval", arguments->interval, "With --watch: ask every so many seconds")
      ->check(is_decimal())
      ->check(CLI::Range(1, 86'400).description(""))
      ->type_name("SECONDS")
      ->needs(watch);
  return {command, [arguments] { return run(*arguments); }};
}

}  // namespace jwks::cli
