// OpenMetrics 1.0 text: one block per metric family, over all issuers.

#include <array>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <map>
#include <ranges>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "jwks/stats.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using Sources = std::span<const SourceMetrics>;

bool has_key_set(const SourceMetrics& source) noexcept {
  return !source.issuer.empty() || source.health.state != KeySetState::empty;
}

/// Without what only counts results.
auto key_sets(Sources sources) { return std::views::filter(sources, &has_key_set); }

struct Label {
  std::string_view name;
  std::string_view value;
};

constexpr std::size_t kLongestEscape = 4;  ///< \xHH: nothing is cut, which could make two the same

/// One metric family: its descriptors, then its samples.
class Family {
 public:
  Family(std::string& out, std::string_view type, std::string_view name, std::string_view unit,
         std::string_view help)
      : out_(out), name_(name) {
    describe("TYPE", type);
    if (!unit.empty()) describe("UNIT", unit);
    describe("HELP", help);
  }

  void sample(std::string_view suffix, const SourceMetrics& of, std::initializer_list<Label> labels,
              std::string_view value) {
    out_.append(name_).append(suffix).append("{");
    append({"issuer", text::escape(of.issuer, kLongestEscape * of.issuer.size())});
    for (const Label& label : labels) {
      out_.push_back(',');
      append(label);
    }
    out_.append("} ").append(value).append("\n");
  }
  void sample(std::string_view suffix, const SourceMetrics& of, std::initializer_list<Label> labels,
              std::uint64_t value) {
    sample(suffix, of, labels, std::string_view(std::to_string(value)));
  }

 private:
  void describe(std::string_view keyword, std::string_view text) {
    out_.append("# ").append(keyword).append(" ").append(name_).append(" ").append(text).append(
        "\n");
  }
  void append(const Label& label) {
    out_.append(label.name).append("=\"");
    for (const char c : label.value) {  // printable ASCII: a line break needs no escape
      if (c == '\\' || c == '"') out_.push_back('\\');
      out_.push_back(c);
    }
    out_.push_back('"');
  }

  std::string& out_;
  std::string_view name_;
};

/// Always with a fraction, as OpenMetrics wants it of `le`; whatever the locale is.
std::string decimal(std::chrono::duration<double> seconds) {
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds.count()).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/// A family of one sample per issuer.
struct Single {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const SourceMetrics&);
  std::string_view unit = {};
};

constexpr Single kCounters[] = {
    {"jwks_stale_verifications", "Tokens accepted with stale keys.",
     [](const SourceMetrics& of) { return of.stats.stale_verifications; }},
    {"jwks_token_cache_hits", "Signatures that needed no check.",
     [](const SourceMetrics& of) { return of.stats.token_cache_hits; }},
    {"jwks_negative_hits", "Searches for a kid that is remembered as absent.",
     [](const SourceMetrics& of) { return of.stats.negative_hits; }},
    {"jwks_refreshes_suppressed", "Searches for a key for which the issuer was not asked.",
     [](const SourceMetrics& of) { return of.stats.refreshes_suppressed; }},
    {"jwks_events_dropped", "Events that a slow observer missed.",
     [](const SourceMetrics& of) { return of.stats.events_dropped; }},
};

constexpr Single kGauges[] = {
    {"jwks_key_set_generation", "Grows when the published keys change.",
     [](const SourceMetrics& of) { return of.health.generation; }},
    {"jwks_keys", "Usable keys.",
     [](const SourceMetrics& of) { return std::uint64_t{of.health.kids.size()}; }},
    {"jwks_consecutive_failures", "Retrievals of the key set that failed in a row.",
     [](const SourceMetrics& of) { return of.stats.consecutive_failures; }},
    {"jwks_waiters", "Callers that wait for the key set.",
     [](const SourceMetrics& of) { return of.stats.waiters; }},
    {"jwks_forced_refreshes_available", "Forced refreshes that would be admitted at once.",
     [](const SourceMetrics& of) { return of.stats.bucket_tokens; }},
    {"jwks_negative_entries", "Kids that are remembered as absent.",
     [](const SourceMetrics& of) { return of.stats.negative_entries; }},
    {"jwks_token_cache_entries", "Tokens in the cache of verified tokens.",
     [](const SourceMetrics& of) { return of.stats.token_cache_entries; }},
    {"jwks_token_cache_bytes", "Memory of the cache of verified tokens.",
     [](const SourceMetrics& of) { return of.stats.token_cache_bytes; }, "bytes"},
};

void write_singles(std::string& out, Sources sources, std::string_view type,
                   std::string_view suffix, std::span<const Single> families) {
  for (const Single& each : families) {
    Family family(out, type, each.name, each.unit, each.help);
    for (const SourceMetrics& source : key_sets(sources))
      family.sample(suffix, source, {}, each.value(source));
  }
}

void write_verifications(std::string& out, Sources sources) {
  Family family(out, "counter", "jwks_verifications", "", "Answers, by result.");
  for (const SourceMetrics& source : sources) {
    family.sample("_total", source, {{"result", "accepted"}}, source.stats.accepted);
    for (const auto& [code, count] : source.stats.by_code)
      family.sample("_total", source, {{"result", to_string(code)}}, count);
  }
}

void write_requests(std::string& out, Sources sources) {
  Family family(out, "counter", "jwks_requests", "", "HTTP requests to the issuer.");
  for (const SourceMetrics& source : key_sets(sources)) {
    family.sample("_total", source, {{"document", "key_set"}}, source.stats.fetches);
    family.sample("_total", source, {{"document", "discovery"}}, source.stats.discovery_fetches);
  }
}

void write_flights(std::string& out, Sources sources) {
  Family family(out, "counter", "jwks_flights", "", "Retrievals of the key set that ended.");
  for (const SourceMetrics& source : key_sets(sources))
    for (std::size_t cause = 0; cause < kFetchCauses; ++cause)
      for (std::size_t outcome = 0; outcome < kFetchOutcomes; ++outcome)
        family.sample("_total", source,
                      {{"cause", to_string(static_cast<FetchCause>(cause))},
                       {"outcome", to_string(static_cast<FetchOutcome>(outcome))}},
                      source.stats.flights[cause][outcome]);
}

void write_durations(std::string& out, Sources sources) {
  Family family(out, "histogram", "jwks_flight_duration_seconds", "seconds",
                "Durations of retrievals of the key set.");
  for (const SourceMetrics& source : key_sets(sources)) {
    const FetchDurations& durations = source.stats.fetch_durations;
    for (std::size_t i = 0; i < durations.counts.size(); ++i)
      family.sample("_bucket", source, {{"le", decimal(FetchDurations::kBounds[i])}},
                    durations.counts[i]);
    family.sample("_bucket", source, {{"le", "+Inf"}}, durations.count);
    family.sample("_count", source, {}, durations.count);
    family.sample("_sum", source, {}, decimal(durations.sum));
  }
}

void write_misses(std::string& out, Sources sources) {
  Family family(out, "counter", "jwks_kid_misses", "", "Searches for a token's key that ended.");
  for (const SourceMetrics& source : key_sets(sources))
    for (std::size_t outcome = 0; outcome < kMissOutcomes; ++outcome)
      family.sample("_total", source, {{"outcome", to_string(static_cast<MissOutcome>(outcome))}},
                    source.stats.kid_miss_outcomes[outcome]);
}

void write_state(std::string& out, Sources sources) {
  constexpr std::string_view kName = "jwks_key_set_state";  // also the label: a rule of state sets
  Family family(out, "stateset", kName, "", "State of the key set.");
  for (const SourceMetrics& source : key_sets(sources))
    for (const KeySetState state :
         {KeySetState::empty, KeySetState::fresh, KeySetState::refresh_due,
          KeySetState::stale_unproven, KeySetState::stale, KeySetState::expired,
          KeySetState::static_keys})
      family.sample("", source, {{kName, to_string(state)}},
                    source.health.state == state ? 1U : 0U);
}

void write_key_age(std::string& out, Sources sources) {
  Family family(out, "gauge", "jwks_key_age_seconds", "seconds",
                "Time since the issuer last confirmed the key set.");
  for (const SourceMetrics& source : key_sets(sources)) {
    const KeySetState state = source.health.state;
    if (state == KeySetState::empty || state == KeySetState::static_keys) continue;
    family.sample("", source, {}, static_cast<std::uint64_t>(source.health.key_age.count()));
  }
}

void write_skipped(std::string& out, Sources sources) {
  Family family(out, "gauge", "jwks_keys_skipped", "", "Entries of the key set that are not used.");
  for (const SourceMetrics& source : key_sets(sources)) {
    std::map<ErrorReason, std::uint64_t> reasons;
    for (const ErrorReason reason : source.stats.skipped_keys) ++reasons[reason];
    for (const auto& [reason, count] : reasons)
      family.sample("", source, {{"reason", to_string(reason)}}, count);
  }
}

}  // namespace

std::string open_metrics(std::span<const SourceMetrics> sources) {
  std::string out;
  write_verifications(out, sources);
  write_requests(out, sources);
  write_flights(out, sources);
  write_durations(out, sources);
  write_misses(out, sources);
  write_singles(out, sources, "counter", "_total", kCounters);
  write_state(out, sources);
  write_key_age(out, sources);
  write_skipped(out, sources);
  write_singles(out, sources, "gauge", "", kGauges);
  out += "# EOF\n";
  return out;
}

}  // namespace v0
}  // namespace jwks
