// The clock, the journal, and what the emulator runs with, over HTTP.

#include "emulator/control/control.hpp"
#include "emulator/control/fault_json.hpp"
#include "emulator/control/query_reader.hpp"
#include "emulator/issuer/members.hpp"
#include "emulator/json_text.hpp"
#include "emulator/time_text.hpp"
#include "jwks/version.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using std::chrono::milliseconds;

std::string truth(bool value) { return value ? "true" : "false"; }

std::string clock_json(const EmulatorClock& clock) {
  const EmulatorClock::Time now = clock.now();
  return JsonObject()
      .raw("now", seconds_text(std::chrono::floor<milliseconds>(now.time_since_epoch())))
      .string("time", utc_text(now))
      .raw("offset", seconds_text(std::chrono::floor<milliseconds>(clock.offset())))
      .raw("frozen", truth(clock.is_frozen()))
      .text();
}

/// Seconds since the epoch, or a date-time.
std::optional<EmulatorClock::Time> read_time(ObjectReader& members, std::string_view name) {
  const auto value = members.any(name);
  if (!value) return std::nullopt;
  if (const auto text = value->as_string()) {
    const auto time = parse_date_time(*text);
    if (!time) members.refuse(name, "must be an RFC 3339 date-time or seconds since the epoch");
    return time;
  }
  const auto since_epoch = members.seconds(name);
  if (!since_epoch) return std::nullopt;
  return EmulatorClock::Time(*since_epoch);
}

std::string issuer_json(const std::string& name, const Realm& realm, const std::string& url) {
  return JsonObject()
      .string("name", name)
      .string("issuer", realm.issuer.identifier())
      .string("jwks_uri", url + (name.empty() ? "" : '/' + name) + std::string(Issuer::kJwksPath))
      .text();
}

std::string issuers_json(Emulation& emulation) {
  std::vector<std::string> issuers;
  for (const std::string& name : emulation.realms().names()) {
    const auto realm = emulation.realms().find(name);
    if (realm) issuers.push_back(issuer_json(name, *realm, emulation.surroundings().url));
  }
  return array_of(issuers);
}

std::string application_json(const Application& application) {
  return JsonObject()
      .string("name", application.name)
      .string("type", application.type == ApplicationType::oauth ? "oauth" : "m2m")
      .string("client_id", application.client_id)
      .string("client_secret", application.client_secret)
      .string("organization", application.organization)
      .string("audience", application.audience)
      .raw("scopes", string_array(application.scopes))
      .raw("redirect_uris", string_array(application.redirect_uris))
      .raw("is_public", truth(application.is_public))
      .text();
}

std::string options_json(const EmulatorOptions& options) {
  return JsonObject()
      .string("host", options.host)
      .number("token_lifetime", options.token_lifetime.count())
      .number("jwks_max_age", options.jwks_max_age.count())
      .string("token_type", options.token_type)
      .raw("claims", object_text(options.claims))
      .raw("scopes_as_array", truth(options.scopes_as_array))
      .raw("interactive", truth(options.interactive))
      .raw("allow_plain_pkce", truth(options.allow_plain_pkce))
      .raw("auto_issuers", truth(options.auto_issuers))
      .raw("tls", truth(options.tls))
      .raw("trust_forwarded", truth(options.trust_forwarded))
      .raw("seed", std::to_string(options.seed))
      .text();
}

}  // namespace

HttpResponse Control::show_clock() const {
  return json_response(200, clock_json(emulation_.clock()));
}

HttpResponse Control::move_clock(const HttpRequest& request) const {
  return answer_object(request, [this](ObjectReader& members) -> std::optional<HttpResponse> {
    if (!members.any("set") + !members.any("advance") + !members.any("reset") != 2) {
      members.refuse("", "exactly one of set, advance and reset is required");
    }
    const auto set = read_time(members, "set");
    const auto frozen = members.boolean("frozen");
    if (frozen && !members.any("set")) members.refuse("frozen", "goes with set");
    const auto advance = members.seconds("advance");
    const auto reset = members.boolean("reset");
    if (reset && !*reset) members.refuse("reset", "must be true");
    if (!members.finish()) return std::nullopt;
    if (set) emulation_.clock().set(*set, frozen.value_or(false));
    if (advance) emulation_.clock().advance(*advance);
    if (reset) emulation_.clock().reset();
    return show_clock();
  });
}

HttpResponse Control::show_journal(const HttpRequest& request) const {
  QueryReader query(request.query);
  JournalFilter filter;
  filter.path = query.string("path").value_or(filter.path);
  filter.limit = query.count("limit");
  std::string field;
  if (const std::string problem = pattern_problem("*", filter.path, field); !problem.empty()) {
    query.refuse(field, problem);
  }
  if (!query.finish()) return bad_request(query.problems());
  return json_response(200, emulation_.journal().to_json(filter));
}

HttpResponse Control::show_issuers() const {
  return json_response(200, JsonObject().raw("issuers", issuers_json(emulation_)).text());
}

HttpResponse Control::show_config() const {
  const EmulatorOptions& options = emulation_.options();
  const auto json_of = [](const auto& each) { return to_json(each); };
  // Secrets too: who reads this may mint any token anyway, and needs those that were generated.
  return json_response(200, JsonObject()
                                .string("version", JWKS_VERSION_STRING)
                                .string("url", emulation_.surroundings().url)
                                .string("issuer", options.issuer)
                                .string("api_key", emulation_.directory().any_api_key())
                                .string("control_token", emulation_.control_token())
                                .raw("issuers", issuers_json(emulation_))
                                .raw("applications", array_of(emulation_.directory().applications(),
                                                              application_json))
                                .raw("options", options_json(options))
                                .raw("hooks", array_of(emulation_.hooks().list(), json_of))
                                .raw("faults", array_of(emulation_.faults().list(), json_of))
                                .text());
}

HttpResponse Control::reset() const {
  if (const auto done = emulation_.reset(); !done) {
    return error_response(500, "internal_error", done.error().message());
  }
  return HttpResponse{.status = 204};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
