// open_metrics, read back by a strict little parser of the OpenMetrics 1.0 text format.

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "jwks/stats.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::KeySetState;
using jwks::open_metrics;
using jwks::SourceMetrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Labels = std::map<std::string, std::string>;

struct Sample {
  std::string name;
  Labels labels;
  double value = 0;
};

struct Family {
  std::string type;
  std::string unit;
  std::string help;
  std::vector<Sample> samples;

  [[nodiscard]] double value(const std::string& sample, const Labels& labels) const {
    for (const Sample& each : samples)
      if (each.name == sample && each.labels == labels) return each.value;
    throw std::runtime_error("there is no such sample of " + sample);
  }
};
using Families = std::map<std::string, Family>;

/// Throws at whatever a scraper could stumble over.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Families operator()() && {
    for (;;) {
      const std::string line = take_line();
      if (line == "# EOF") break;
      if (line.starts_with("# "))
        read_descriptor(line.substr(2));
      else
        read_sample(line);
    }
    expect(rest_.empty(), "text after # EOF");
    for (const auto& [name, family] : families_) check(name, family);
    return std::move(families_);
  }

 private:
  static void expect(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
  }
  static bool is_name(std::string_view name) {
    const auto good = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
    return !name.empty() && std::all_of(name.begin(), name.end(), good);
  }
  std::string take_line() {
    const std::size_t end = rest_.find('\n');
    expect(end != std::string_view::npos, "no # EOF, or a line without an end");
    std::string line(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    expect(std::all_of(line.begin(), line.end(), printable), "not printable ASCII: " + line);
    return line;
  }

  void read_descriptor(const std::string& line) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    expect(second != std::string::npos, "half a descriptor: " + line);
    const std::string keyword = line.substr(0, first);
    const std::string name = line.substr(first + 1, second - first - 1);
    const std::string text = line.substr(second + 1);
    expect(is_name(name) && !text.empty(), "a bad descriptor: " + line);
    if (name != current_) {
      expect(families_.try_emplace(name).second, "a family in two places: " + name);
      current_ = name;
    }
    Family& family = families_.at(name);
    expect(family.samples.empty(), "a descriptor after samples: " + line);
    std::string& to = keyword == "TYPE"   ? family.type
                      : keyword == "UNIT" ? family.unit
                                          : family.help;
    expect(keyword == "TYPE" || keyword == "UNIT" || keyword == "HELP", "no keyword: " + line);
    expect(to.empty(), "twice: " + line);
    to = text;
  }

  void read_sample(const std::string& line) {
    Sample sample;
    std::size_t at = line.find('{');
    expect(at != std::string::npos, "a sample without labels: " + line);
    sample.name = line.substr(0, at);
    do {
      const std::size_t equals = line.find('=', ++at);
      expect(equals != std::string::npos && line.at(equals + 1) == '"', "a bad label: " + line);
      const std::string label = line.substr(at, equals - at);
      expect(is_name(label), "a bad label name: " + line);
      at = equals + 2;
      std::string value;
      for (; line.at(at) != '"'; ++at) {
        if (line[at] != '\\') {
          value += line[at];
          continue;
        }
        const char escaped = line.at(++at);
        expect(escaped == 'n' || escaped == '\\' || escaped == '"', "a bad escape: " + line);
        value += escaped == 'n' ? '\n' : escaped;
      }
      expect(sample.labels.emplace(label, value).second, "a label twice: " + line);
      ++at;
    } while (line.at(at) == ',');
    expect(line.substr(at, 2) == "} ", "no end of the labels: " + line);
    const std::string number = line.substr(at + 2);
    std::size_t used = 0;
    sample.value = std::stod(number, &used);
    expect(used == number.size() && sample.value >= 0, "a bad number: " + line);
    expect(series_.emplace(sample.name, sample.labels).second, "a series twice: " + line);
    expect(sample.name.starts_with(current_), "a sample of another family: " + line);
    families_.at(current_).samples.push_back(std::move(sample));
  }

  static void check(const std::string& name, const Family& family) {
    static const std::map<std::string, std::set<std::string>> kSuffixes = {
        {"counter", {"_total"}},
        {"gauge", {""}},
        {"stateset", {""}},
        {"histogram", {"_bucket", "_count", "_sum"}}};
    expect(kSuffixes.contains(family.type), "a bad type of " + name);
    expect(!family.help.empty(), "no help for " + name);
    expect(family.unit.empty() || name.ends_with("_" + family.unit), "a bad unit of " + name);
    for (const std::string unit : {"seconds", "bytes"})
      expect(!name.ends_with("_" + unit) || family.unit == unit, "no unit of " + name);
    for (const Sample& each : family.samples) {
      expect(kSuffixes.at(family.type).contains(each.name.substr(name.size())),
             "a bad suffix: " + each.name);
      expect(each.labels.contains("issuer"), "no issuer: " + each.name);
      expect(each.labels.contains("le") == each.name.ends_with("_bucket"), "le: " + each.name);
    }
    if (family.type == "histogram") check_histogram(name, family);
    if (family.type == "stateset") check_states(name, family);
  }
  static void check_histogram(const std::string& name, const Family& family) {
    std::map<std::string, std::vector<std::pair<double, double>>> buckets;
    for (const Sample& each : family.samples) {
      if (each.name != name + "_bucket") continue;
      const std::string& le = each.labels.at("le");
      expect(le == "+Inf" || le.find('.') != std::string::npos, "no canonical le: " + le);
      buckets[each.labels.at("issuer")].emplace_back(std::stod(le), each.value);
    }
    for (const auto& [issuer, list] : buckets) {
      expect(std::is_sorted(list.begin(), list.end()), "buckets out of order");
      for (std::size_t i = 1; i < list.size(); ++i)
        expect(list[i - 1].second <= list[i].second, "buckets are not cumulative");
      expect(list.back().first > 1e300, "no bucket +Inf");
      const Labels labels{{"issuer", issuer}};
      expect(family.value(name + "_count", labels) == list.back().second, "count is not +Inf");
      static_cast<void>(family.value(name + "_sum", labels));
    }
  }
  static void check_states(const std::string& name, const Family& family) {
    std::map<std::string, double> set;
    for (const Sample& each : family.samples) {
      expect(each.labels.size() == 2 && each.labels.contains(name), "labels of a state set");
      expect(each.value == 0 || each.value == 1, "a state is 0 or 1");
      set[each.labels.at("issuer")] += each.value;
    }
    for (const auto& [issuer, sum] : set) expect(sum == 1, "not exactly one state of " + issuer);
  }

  std::string_view rest_;
  std::string current_;
  Families families_;
  std::set<std::pair<std::string, Labels>> series_;
};

Families read(const std::vector<SourceMetrics>& sources) { return Parser(open_metrics(sources))(); }

/// Every field with a value of its own, so that none can be taken for another.
SourceMetrics full_metrics() {
  SourceMetrics metrics;
  metrics.issuer = "https://a.example";
  jwks::Stats& stats = metrics.stats;
  stats.accepted = 1001;
  stats.by_code = {{ErrorCode::bad_signature, 1002}, {ErrorCode::keys_unavailable, 1003}};
  stats.fetches = 1004;
  stats.discovery_fetches = 1005;
  std::uint64_t next = 2000;
  for (auto& outcomes : stats.flights)
    for (auto& count : outcomes) count = next++;
  stats.fetch_durations = {
      .counts = {1, 2, 3, 4, 5, 6, 7, 8}, .count = 9, .sum = milliseconds(12'345)};
  for (auto& count : stats.kid_miss_outcomes) count = next++;
  stats.negative_hits = 1007;
  stats.refreshes_suppressed = 1008;
  stats.stale_verifications = 1009;
  stats.token_cache_hits = 1010;
  stats.events_dropped = 1011;
  stats.waiters = 1012;
  stats.consecutive_failures = 1013;
  stats.bucket_tokens = 1014;
  stats.negative_entries = 1015;
  stats.token_cache_entries = 1016;
  stats.token_cache_bytes = 1017;
  stats.skipped_keys = {ErrorReason::symmetric, ErrorReason::weak_rsa, ErrorReason::symmetric};
  metrics.health.state = KeySetState::stale;
  metrics.health.generation = 1018;
  metrics.health.kids = {"one", "two"};
  metrics.health.key_age = seconds(1019);
  return metrics;
}

}  // namespace

TEST_CASE("every number of a verifier stands under its name") {
  const SourceMetrics metrics = full_metrics();
  const Families families = read({metrics});
  const auto value = [&](const std::string& family, const std::string& suffix, Labels labels = {}) {
    labels["issuer"] = metrics.issuer;
    return families.at(family).value(family + suffix, labels);
  };
  CHECK(value("jwks_verifications", "_total", {{"result", "accepted"}}) == 1001);
  CHECK(value("jwks_verifications", "_total", {{"result", "bad_signature"}}) == 1002);
  CHECK(value("jwks_verifications", "_total", {{"result", "keys_unavailable"}}) == 1003);
  CHECK(value("jwks_requests", "_total", {{"document", "key_set"}}) == 1004);
  CHECK(value("jwks_requests", "_total", {{"document", "discovery"}}) == 1005);
  CHECK(value("jwks_flights", "_total", {{"cause", "startup"}, {"outcome", "changed"}}) == 2000);
  CHECK(value("jwks_flights", "_total", {{"cause", "kid_miss"}, {"outcome", "failed"}}) == 2014);
  CHECK(value("jwks_flights", "_total", {{"cause", "manual"}, {"outcome", "rejected"}}) == 2019);
  CHECK(value("jwks_flight_duration_seconds", "_bucket", {{"le", "0.025"}}) == 1);
  CHECK(value("jwks_flight_duration_seconds", "_bucket", {{"le", "1.0"}}) == 6);
  CHECK(value("jwks_flight_duration_seconds", "_bucket", {{"le", "+Inf"}}) == 9);
  CHECK(value("jwks_flight_duration_seconds", "_count") == 9);
  CHECK(value("jwks_flight_duration_seconds", "_sum") == 12.345);
  CHECK(value("jwks_kid_misses", "_total", {{"outcome", "found"}}) == 2020);
  CHECK(value("jwks_kid_misses", "_total", {{"outcome", "unavailable"}}) == 2024);
  CHECK(value("jwks_negative_hits", "_total") == 1007);
  CHECK(value("jwks_refreshes_suppressed", "_total") == 1008);
  CHECK(value("jwks_stale_verifications", "_total") == 1009);
  CHECK(value("jwks_token_cache_hits", "_total") == 1010);
  CHECK(value("jwks_events_dropped", "_total") == 1011);
  CHECK(value("jwks_waiters", "") == 1012);
  CHECK(value("jwks_consecutive_failures", "") == 1013);
  CHECK(value("jwks_forced_refreshes_available", "") == 1014);
  CHECK(value("jwks_negative_entries", "") == 1015);
  CHECK(value("jwks_token_cache_entries", "") == 1016);
  CHECK(value("jwks_token_cache_bytes", "") == 1017);
  CHECK(value("jwks_keys_skipped", "", {{"reason", "symmetric"}}) == 2);
  CHECK(value("jwks_keys_skipped", "", {{"reason", "weak_rsa"}}) == 1);
  CHECK(value("jwks_key_set_generation", "") == 1018);
  CHECK(value("jwks_keys", "") == 2);
  CHECK(value("jwks_key_age_seconds", "") == 1019);
  CHECK(value("jwks_key_set_state", "", {{"jwks_key_set_state", "stale"}}) == 1);
  CHECK(value("jwks_key_set_state", "", {{"jwks_key_set_state", "fresh"}}) == 0);
  CHECK(families.at("jwks_flights").samples.size() == jwks::kFetchCauses * jwks::kFetchOutcomes);
  CHECK(families.at("jwks_key_set_state").samples.size() == 7);
}

TEST_CASE("several issuers share one block per family") {
  SourceMetrics other = full_metrics();
  other.issuer = "https://b.example";
  other.stats.waiters = 0;
  const Families families = read({full_metrics(), other});
  const Family& waiters = families.at("jwks_waiters");
  CHECK(waiters.samples.size() == 2);
  CHECK(waiters.value("jwks_waiters", {{"issuer", "https://a.example"}}) == 1012);
  CHECK(waiters.value("jwks_waiters", {{"issuer", "https://b.example"}}) == 0);
  CHECK(read({}).size() == families.size());
}

TEST_CASE("an issuer can't break out of its label") {
  SourceMetrics metrics;
  metrics.issuer = "a\"} 1\nb\\n{c=\"d\"}\\";
  const Families families = read({metrics});
  const std::string label = R"(a"} 1\x0ab\x5cn{c="d"}\x5c)";
  CHECK(families.at("jwks_waiters").value("jwks_waiters", {{"issuer", label}}) == 0);
}

TEST_CASE("an issuer that is no text is shown as its bytes, and two of them stay two") {
  const std::pair<std::string, std::string> cases[] = {
      {"https://caf\xC3\xA9.example", R"(https://caf\xc3\xa9.example)"},
      {std::string("\0\x1b[31m\r\x7f", 8), R"(\x00\x1b[31m\x0d\x7f)"},
      {"a\xFF", R"(a\xff)"},        // no UTF-8
      {R"(a\xff)", R"(a\x5cxff)"},  // what the one before looks like
      {"\xED\xA0\x80", R"(\xed\xa0\x80)"},
      {std::string(1000, '\n') + "1", {}},
      {std::string(1000, '\n') + "2", {}}};
  std::vector<SourceMetrics> all;
  for (const auto& [issuer, label] : cases) all.push_back({.issuer = issuer});
  const Families families = read(all);  // which refuses two of the same name
  const Family& waiters = families.at("jwks_waiters");
  CHECK(waiters.samples.size() == std::size(cases));
  for (const auto& [issuer, label] : cases) {
    CAPTURE(label);
    if (!label.empty()) CHECK(waiters.value("jwks_waiters", {{"issuer", label}}) == 0);
  }
}

TEST_CASE("of what has no key set only the results are told") {
  SourceMetrics unrouted;
  unrouted.stats.by_code = {{ErrorCode::wrong_issuer, 7}};
  SourceMetrics of_any_issuer;  // whose keys were given
  of_any_issuer.health.state = KeySetState::static_keys;
  for (const auto& [name, family] : read({unrouted, full_metrics()})) {
    CAPTURE(name);
    const auto count =
        std::count_if(family.samples.begin(), family.samples.end(),
                      [](const Sample& each) { return each.labels.at("issuer").empty(); });
    CHECK(count == (name == "jwks_verifications" ? 2 : 0));
  }
  CHECK(read({unrouted})
            .at("jwks_verifications")
            .value("jwks_verifications_total", {{"issuer", ""}, {"result", "wrong_issuer"}}) == 7);
  CHECK(read({of_any_issuer}).at("jwks_keys").value("jwks_keys", {{"issuer", ""}}) == 0);
}

TEST_CASE("exactly the state that holds is set, and age is told only of keys that have one") {
  for (const KeySetState state : {KeySetState::empty, KeySetState::fresh, KeySetState::refresh_due,
                                  KeySetState::stale_unproven, KeySetState::stale,
                                  KeySetState::expired, KeySetState::static_keys}) {
    SourceMetrics metrics;
    metrics.issuer = "i";
    metrics.health.state = state;
    const Families families = read({metrics});
    CAPTURE(to_string(state));
    CHECK(families.at("jwks_key_set_state")
              .value("jwks_key_set_state",
                     {{"issuer", "i"}, {"jwks_key_set_state", std::string(to_string(state))}}) ==
          1);
    const bool has_age = state != KeySetState::empty && state != KeySetState::static_keys;
    CHECK(families.at("jwks_key_age_seconds").samples.size() == (has_age ? 1U : 0U));
  }
}

TEST_CASE("the text looks as it should to the byte") {
  SourceMetrics metrics;
  metrics.issuer = "i";
  const std::string text = open_metrics(std::vector{metrics});
  CHECK(
      text.starts_with("# TYPE jwks_verifications counter\n"
                       "# HELP jwks_verifications Answers, by result.\n"
                       "jwks_verifications_total{issuer=\"i\",result=\"accepted\"} 0\n"));
  CHECK(text.find("# TYPE jwks_flight_duration_seconds histogram\n"
                  "# UNIT jwks_flight_duration_seconds seconds\n") != std::string::npos);
  CHECK(text.find("jwks_flight_duration_seconds_sum{issuer=\"i\"} 0.0\n") != std::string::npos);
  CHECK(open_metrics({}).ends_with("\n# EOF\n"));
}

TEST_CASE("a verifier's own metrics are well-formed in every stage of its life") {
  const test::Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  const auto accepted = [&] {
    return read({verifier.metrics()})
        .at("jwks_verifications")
        .value("jwks_verifications_total",
               {{"issuer", std::string(test::kIssuer)}, {"result", "accepted"}});
  };
  CHECK(accepted() == 0);
  REQUIRE(verifier.verify(test::token_of(test::key_a())));
  static_cast<void>(verifier.verify("no token"));
  CHECK(accepted() == 1);
  issuer.fetcher->fail();
  issuer.clock->advance(seconds(301));
  REQUIRE(verifier.verify(test::token_of(test::key_a())));
  CHECK(accepted() == 2);
  verifier.close();
  CHECK(accepted() == 2);
}
